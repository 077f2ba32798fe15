#include "auth/authorization.h"

#include "base/ensure.h"

/* ---- "Name=value" pairs, separated by commas or white space */

static bool is_separator(char c)
{
    return c == ',' || c == ' ' || c == '\t';
}

/* Takes the next pair's text off the front of `rest`; false when there is none left. */
static bool next_pair(struct bytes *rest, struct bytes *pair)
{
    size_t start = 0, end;

    while (start < rest->len && is_separator(rest->ptr[start]))
        start++;
    for (end = start; end < rest->len && !is_separator(rest->ptr[end]);)
        end++;
    *pair = bytes_of(rest->ptr + start, end - start);
    *rest = bytes_skip(*rest, end);
    return pair->len > 0;
}

static bool split_pair(struct bytes pair, struct bytes *name, struct bytes *value)
{
    const char *equals = memchr(pair.ptr, '=', pair.len);

    if (equals == NULL)
        return false;
    *name = bytes_of(pair.ptr, (size_t)(equals - pair.ptr));
    *value = bytes_skip(pair, name->len + 1);
    return true;
}

/* Where the value of a pair goes. */
struct wanted {
    struct bytes name;
    struct bytes *value;
};

static struct fault incomplete(struct bytes text)
{
    return fault_of(FAULT_INCOMPLETE_SIGNATURE, text);
}

static struct fault read_pairs(struct bytes header, struct bytes rest, const struct wanted *wanted, size_t count,
                               struct arena *arena)
{
    struct bytes pair, name, value;

    while (next_pair(&rest, &pair)) {
        if (!split_pair(pair, &name, &value))
            return incomplete(arena_printf(arena,
                                           "'%.*s' not a valid key=value pair (missing equal-sign) in "
                                           "Authorization header: '%.*s'.",
                                           BYTES_FMT(pair), BYTES_FMT(header)));
        for (size_t i = 0; i < count; i++)
            if (bytes_equal(name, wanted[i].name))
                *wanted[i].value = value;
    }
    return NO_FAULT;
}

/* ---- Signature Version 4 */

static struct bytes first_word(struct bytes header)
{
    size_t len = 0;

    while (len < header.len && header.ptr[len] != ' ')
        len++;
    return bytes_of(header.ptr, len);
}

/* The parts that a header lacks, in the service's words, one behind the other. */
static struct fault check_parts(const struct signed_headers *headers, struct bytes credential,
                                const struct authorization *parsed, struct arena *arena)
{
    bool has_date = headers->amz_date.len || headers->date.len;
    const char *no_credential = credential.len ? "" : "Authorization header requires 'Credential' parameter. ";
    const char *no_signature =
        parsed->signature.len ? "" : "Authorization header requires 'Signature' parameter. ";
    const char *no_names =
        parsed->signed_header_names.len ? "" : "Authorization header requires 'SignedHeaders' parameter. ";
    const char *no_date = has_date ? ""
                                   : "Authorization header requires existence of either a 'X-Amz-Date' or a "
                                     "'Date' header. ";

    if (credential.len && parsed->signature.len && parsed->signed_header_names.len && has_date)
        return NO_FAULT;
    return incomplete(arena_printf(arena, "%s%s%s%sAuthorization=%.*s", no_credential, no_signature, no_names,
                                   no_date, BYTES_FMT(headers->authorization)));
}

#define CREDENTIAL_PARTS 5

static bool split_credential(struct bytes credential, struct bytes parts[CREDENTIAL_PARTS])
{
    for (int i = 0; i < CREDENTIAL_PARTS; i++) {
        const char *slash = credential.len ? memchr(credential.ptr, '/', credential.len) : NULL;
        bool is_last = i == CREDENTIAL_PARTS - 1;

        if (is_last != (slash == NULL))
            return false;
        parts[i] = bytes_of(credential.ptr, is_last ? credential.len : (size_t)(slash - credential.ptr));
        credential = bytes_skip(credential, parts[i].len + !is_last);
    }
    return true;
}

static struct fault take_credential(struct bytes credential, struct authorization *out, struct arena *arena)
{
    struct bytes parts[CREDENTIAL_PARTS];

    if (!split_credential(credential, parts))
        return incomplete(arena_printf(arena,
                                       "Credential must have exactly 5 slash-delimited elements, e.g. "
                                       "keyid/date/region/service/term, got '%.*s'",
                                       BYTES_FMT(credential)));
    out->access_key_id = parts[0];
    out->scope_date = parts[1];
    out->scope_region = parts[2];
    return NO_FAULT;
}

static struct fault parse_v4(const struct signed_headers *headers, struct arena *arena, struct authorization *out)
{
    struct bytes header = headers->authorization, algorithm = first_word(header), credential = BYTES_ABSENT;
    const struct wanted wanted[] = {
        { BYTES("Credential"), &credential },
        { BYTES("SignedHeaders"), &out->signed_header_names },
        { BYTES("Signature"), &out->signature },
    };
    struct fault fault;

    if (!bytes_equal(algorithm, BYTES("AWS4-HMAC-SHA256")))
        return incomplete(arena_printf(arena,
                                       "Unsupported AWS 'algorithm': '%.*s' (only AWS4-HMAC-SHA256 for now). ",
                                       BYTES_FMT(algorithm)));
    fault = read_pairs(header, bytes_skip(header, algorithm.len), wanted, sizeof(wanted) / sizeof(wanted[0]), arena);
    if (fault_is_none(fault))
        fault = check_parts(headers, credential, out, arena);
    return fault_is_none(fault) ? take_credential(credential, out, arena) : fault;
}

/* ---- the scheme of the first clients: "AWS3 AWSAccessKeyId=...,Algorithm=HmacSHA256,...,Signature=..." */

static struct fault parse_aws3(struct bytes header, struct arena *arena, struct authorization *out)
{
    struct bytes scheme = first_word(header);
    const struct wanted wanted[] = {
        { BYTES("AWSAccessKeyId"), &out->access_key_id },
        { BYTES("SignedHeaders"), &out->signed_header_names },
        { BYTES("Signature"), &out->signature },
    };
    struct fault fault =
        read_pairs(header, bytes_skip(header, scheme.len), wanted, sizeof(wanted) / sizeof(wanted[0]), arena);

    if (!fault_is_none(fault))
        return fault;
    if (out->access_key_id.len && out->signature.len)
        return NO_FAULT;
    return incomplete(
        arena_printf(arena, "%s%sAuthorization=%.*s",
                     out->access_key_id.len ? "" : "Authorization header requires 'AWSAccessKeyId' parameter. ",
                     out->signature.len ? "" : "Authorization header requires 'Signature' parameter. ",
                     BYTES_FMT(header)));
}

struct fault authorization_parse(const struct signed_headers *headers, struct arena *arena, struct authorization *out)
{
    *out = (struct authorization){ .scheme = SIGNATURE_V4 };
    if (bytes_starts_with(headers->authorization, BYTES("AWS4-")))
        return parse_v4(headers, arena, out);
    out->scheme = SIGNATURE_AWS3;
    if (bytes_starts_with(headers->amzn_authorization, BYTES("AWS3")))
        return parse_aws3(headers->amzn_authorization, arena, out);
    if (bytes_starts_with(headers->authorization, BYTES("AWS3")))
        return parse_aws3(headers->authorization, arena, out);
    return fault_of(FAULT_MISSING_AUTHENTICATION_TOKEN, BYTES("Request is missing Authentication Token"));
}
