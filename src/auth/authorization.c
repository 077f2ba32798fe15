/*
 * Signature Version 4:  Authorization: AWS4-HMAC-SHA256
 * Credential=KEY/DATE/REGION/SERVICE/aws4_request, SignedHeaders=a;b, Signature=HEX and the form of
 * 2012: X-Amzn-Authorization: AWS3 AWSAccessKeyId=KEY,Algorithm=HmacSHA256,
 *                       [SignedHeaders=A;B,]Signature=BASE64
 *
 * Both are a word and then pairs, with commas or spaces between them. The texts of the faults are
 * the real service's, as far as they are known, down to the space at the end of some.
 */
#include "auth/authorization.h"

enum parameter {
    CREDENTIAL,
    SIGNATURE,
    SIGNED_HEADERS,
    ACCESS_KEY_ID,
    ALGORITHM,
    PARAMETER_COUNT,
};

static const char *const parameter_names[PARAMETER_COUNT] = {
    [CREDENTIAL] = "Credential",        [SIGNATURE] = "Signature",
    [SIGNED_HEADERS] = "SignedHeaders", [ACCESS_KEY_ID] = "AWSAccessKeyId",
    [ALGORITHM] = "Algorithm",
};

/* What each scheme cannot do without, in the order in which it is missed. */
static const bool needed[][PARAMETER_COUNT] = {
    [SIGNATURE_V4] = { [CREDENTIAL] = true, [SIGNATURE] = true, [SIGNED_HEADERS] = true },
    [SIGNATURE_AWS3] = { [SIGNATURE] = true, [ACCESS_KEY_ID] = true, [ALGORITHM] = true },
};

/* A header taken apart. */
struct parsed {
    struct bytes header;
    struct bytes algorithm; /* its first word */
    struct bytes values[PARAMETER_COUNT];
};

static struct fault incomplete(struct bytes message)
{
    return fault_of(FAULT_INCOMPLETE_SIGNATURE, message);
}

/* A copy of what a client sent, fit to be repeated in an answer: headers may hold bytes that are no
 * UTF-8, JSON may not. */
static struct bytes printable(struct arena *arena, struct bytes sent)
{
    char *copy = arena_alloc_text(arena, sent.len);

    for (size_t i = 0; i < sent.len; i++)
        copy[i] = (sent.ptr[i] & 0x80) ? '?' : sent.ptr[i];
    return bytes_of(copy, sent.len);
}

static bool is_separator(char c)
{
    return c == ',' || c == ' ' || c == '\t';
}

/* The next word of *rest, which is shortened; false at the end. */
static bool next_word(struct bytes *rest, struct bytes *word)
{
    size_t start = 0, end;

    while (start < rest->len && is_separator(rest->ptr[start]))
        start++;
    for (end = start; end < rest->len && !is_separator(rest->ptr[end]);)
        end++;
    *word = bytes_of(rest->ptr + start, end - start);
    *rest = bytes_skip(*rest, end);
    return word->len > 0;
}

/* "Name=value"; a name that nobody knows is passed over. False when there is no equal-sign. */
static bool take_pair(struct parsed *parsed, struct bytes word)
{
    const char *equal = memchr(word.ptr, '=', word.len);

    if (!equal)
        return false;
    struct bytes name = bytes_of(word.ptr, (size_t)(equal - word.ptr));
    for (int i = 0; i < PARAMETER_COUNT; i++)
        if (bytes_equal_cstr(name, parameter_names[i]))
            parsed->values[i] = bytes_skip(word, name.len + 1);
    return true;
}

static struct fault take_apart(struct bytes header, struct arena *arena, struct parsed *parsed)
{
    struct bytes rest = header, word;

    *parsed = (struct parsed){ .header = header };
    next_word(&rest, &parsed->algorithm);
    while (next_word(&rest, &word)) {
        if (take_pair(parsed, word))
            continue;
        struct bytes shown = printable(arena, word), whole = printable(arena, header);
        return incomplete(arena_printf(arena,
                                       "'%.*s' not a valid key=value pair (missing equal-sign) in "
                                       "Authorization header: '%.*s'.",
                                       BYTES_FMT(shown), BYTES_FMT(whole)));
    }
    return NO_FAULT;
}

/* Everything that is missing, in one message. */
static struct fault check_complete(const struct parsed *parsed, enum signature_scheme scheme,
                                   const struct signed_headers *headers, struct arena *arena)
{
    struct bytes missing = BYTES("");

    for (int i = 0; i < PARAMETER_COUNT; i++)
        if (needed[scheme][i] && parsed->values[i].len == 0)
            missing = arena_printf(arena, "%.*sAuthorization header requires '%s' parameter. ",
                                   BYTES_FMT(missing), parameter_names[i]);
    if (bytes_is_absent(headers->amz_date) && bytes_is_absent(headers->date))
        missing = arena_printf(arena,
                               "%.*sAuthorization header requires existence of either a "
                               "'X-Amz-Date' or a 'Date' header. ",
                               BYTES_FMT(missing));
    if (missing.len == 0)
        return NO_FAULT;
    struct bytes whole = printable(arena, parsed->header);
    return incomplete(
        arena_printf(arena, "%.*sAuthorization=%.*s", BYTES_FMT(missing), BYTES_FMT(whole)));
}

static struct fault check_algorithm(const struct parsed *parsed, struct arena *arena)
{
    if (bytes_equal(parsed->algorithm, BYTES("AWS4-HMAC-SHA256")))
        return NO_FAULT;
    struct bytes shown = printable(arena, parsed->algorithm);
    return incomplete(
        arena_printf(arena, "Unsupported AWS 'algorithm': '%.*s' (only AWS4-HMAC-SHA256 for now). ",
                     BYTES_FMT(shown)));
}

#define CREDENTIAL_PARTS 5

/* Cuts at the slashes; false when there are not exactly five parts. */
static bool split_credential(struct bytes credential, struct bytes parts[CREDENTIAL_PARTS])
{
    for (int i = 0; i < CREDENTIAL_PARTS; i++) {
        const char *slash = memchr(credential.ptr, '/', credential.len);
        bool is_last = i == CREDENTIAL_PARTS - 1;
        if (is_last != !slash)
            return false;
        parts[i] = is_last ? credential
                           : bytes_of(credential.ptr, (size_t)(slash - credential.ptr));
        if (!is_last)
            credential = bytes_skip(credential, parts[i].len + 1);
    }
    return true;
}

static struct fault take_v4(const struct parsed *parsed, struct arena *arena,
                            struct authorization *out)
{
    struct bytes parts[CREDENTIAL_PARTS];

    struct fault fault = check_algorithm(parsed, arena);
    if (!fault_is_none(fault))
        return fault;
    if (!split_credential(parsed->values[CREDENTIAL], parts)) {
        struct bytes shown = printable(arena, parsed->values[CREDENTIAL]);
        return incomplete(arena_printf(arena,
                                       "Credential must have exactly 5 slash-delimited elements, "
                                       "e.g. keyid/date/region/service/term, got '%.*s'",
                                       BYTES_FMT(shown)));
    }
    out->access_key_id = parts[0];
    out->scope_date = parts[1];
    out->scope_region = parts[2];
    return NO_FAULT;
}

static bool starts_with_aws3(struct bytes header)
{
    return bytes_starts_with(header, BYTES("AWS3 ")) ||
           bytes_starts_with(header, BYTES("AWS3-HTTPS "));
}

/* Which header counts, and in which form it is; false when there is none that we know. Something
 * else in Authorization may be meant for a proxy. */
static bool choose(const struct signed_headers *headers, struct bytes *header,
                   enum signature_scheme *scheme)
{
    *header = headers->authorization;
    *scheme = SIGNATURE_V4;
    if (bytes_starts_with(*header, BYTES("AWS4-")))
        return true;
    *scheme = SIGNATURE_AWS3;
    if (starts_with_aws3(*header))
        return true;
    *header = headers->amzn_authorization;
    return starts_with_aws3(*header);
}

struct fault authorization_parse(const struct signed_headers *headers, struct arena *arena,
                                 struct authorization *out)
{
    struct parsed parsed;
    struct bytes header;

    *out = (struct authorization){ 0 };
    if (!choose(headers, &header, &out->scheme))
        return fault_of(FAULT_MISSING_AUTHENTICATION_TOKEN,
                        BYTES("Request is missing Authentication Token"));
    struct fault fault = take_apart(header, arena, &parsed);
    if (fault_is_none(fault))
        fault = check_complete(&parsed, out->scheme, headers, arena);
    if (fault_is_none(fault) && out->scheme == SIGNATURE_V4)
        fault = take_v4(&parsed, arena, out);
    if (!fault_is_none(fault))
        return fault;
    if (out->scheme == SIGNATURE_AWS3)
        out->access_key_id = parsed.values[ACCESS_KEY_ID];
    out->signed_header_names = parsed.values[SIGNED_HEADERS];
    out->signature = parsed.values[SIGNATURE];
    return NO_FAULT;
}
