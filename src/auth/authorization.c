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

#include "auth/quoted.h"

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
        struct bytes shown = quoted(arena, word), whole = quoted(arena, header);
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
    struct bytes whole = quoted(arena, parsed->header);
    return incomplete(
        arena_printf(arena, "%.*sAuthorization=%.*s", BYTES_FMT(missing), BYTES_FMT(whole)));
}

struct fault authorization_check_algorithm(const struct authorization *authorization,
                                           struct arena *arena)
{
    struct bytes algorithm = authorization->algorithm;
    bool is_v4 = authorization->scheme == SIGNATURE_V4;

    if (is_v4
            ? bytes_equal_cstr(algorithm, "AWS4-HMAC-SHA256")
            : bytes_equal_cstr(algorithm, "HmacSHA256") || bytes_equal_cstr(algorithm, "HmacSHA1"))
        return NO_FAULT;
    struct bytes shown = quoted(arena, algorithm);
    return incomplete(arena_concat(arena, BYTES("Unsupported AWS 'algorithm': '"), shown,
                                   is_v4 ? BYTES("' (only AWS4-HMAC-SHA256 for now). ")
                                         : BYTES("' (only HmacSHA256 and HmacSHA1 for now). ")));
}

#define CREDENTIAL_PARTS 5

/* Cuts at the slashes, without those at the end; false when there are not exactly five parts. */
static bool split(struct bytes credential, struct bytes parts[CREDENTIAL_PARTS])
{
    while (credential.len > 0 && credential.ptr[credential.len - 1] == '/')
        credential.len--;
    for (int i = 0; i < CREDENTIAL_PARTS; i++) {
        const char *slash = credential.len ? memchr(credential.ptr, '/', credential.len) : NULL;
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

struct fault authorization_split_credential(struct authorization *authorization,
                                            struct arena *arena)
{
    struct bytes parts[CREDENTIAL_PARTS];

    if (!split(authorization->credential, parts)) {
        struct bytes shown = quoted(arena, authorization->credential);
        return incomplete(
            arena_concat(arena,
                         BYTES("Credential must have exactly 5 slash-delimited elements, e.g. "
                               "keyid/date/region/service/term, got '"),
                         shown, BYTES("'")));
    }
    authorization->access_key_id = parts[0];
    authorization->scope_date = parts[1];
    authorization->scope_region = parts[2];
    authorization->scope_service = parts[3];
    authorization->scope_terminator = parts[4];
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

static struct authorization collected(const struct parsed *parsed, enum signature_scheme scheme,
                                      const struct signed_headers *headers)
{
    bool is_v4 = scheme == SIGNATURE_V4;
    bool signs_https = bytes_equal(parsed->algorithm, BYTES("AWS3-HTTPS"));

    return (struct authorization){
        .scheme = scheme,
        /* "AWS3-HTTPS" signs no more than the date, which is not enough for anybody. */
        .algorithm = is_v4 || signs_https ? parsed->algorithm : parsed->values[ALGORITHM],
        .credential = parsed->values[CREDENTIAL],
        .access_key_id = is_v4 ? BYTES_ABSENT : parsed->values[ACCESS_KEY_ID],
        .signed_header_names = parsed->values[SIGNED_HEADERS],
        .signature = parsed->values[SIGNATURE],
        .date = bytes_or(headers->amz_date, headers->date),
        .date_is_amz = !bytes_is_absent(headers->amz_date),
        .security_token = headers->security_token,
    };
}

struct fault authorization_read(const struct signed_headers *headers, struct arena *arena,
                                struct authorization *out)
{
    enum signature_scheme scheme;
    struct parsed parsed;
    struct bytes header;

    *out = (struct authorization){ 0 };
    if (!choose(headers, &header, &scheme))
        return fault_of(FAULT_MISSING_AUTHENTICATION_TOKEN,
                        BYTES("Request is missing Authentication Token"));
    struct fault fault = take_apart(header, arena, &parsed);
    if (fault_is_none(fault))
        fault = check_complete(&parsed, scheme, headers, arena);
    if (fault_is_none(fault))
        *out = collected(&parsed, scheme, headers);
    return fault;
}

struct fault authorization_complete(struct authorization *authorization, struct arena *arena)
{
    struct fault fault;

    if (authorization->scheme != SIGNATURE_V4)
        return NO_FAULT;
    fault = authorization_check_algorithm(authorization, arena);
    return fault_is_none(fault) ? authorization_split_credential(authorization, arena) : fault;
}
