/*
 * A verification is a row of checks, the first of which to fail answers (see the tables v4 and
 * aws3). They are in the order of the real service: what can be said without the secret comes
 * first.
 */
#include "auth/signature.h"

#include "auth/aws3.h"
#include "auth/canonical_request.h"
#include "auth/presigned.h"
#include "auth/quoted.h"
#include "auth/request_date.h"
#include "auth/signing_keys.h"
#include "base/memory.h"
#include "base/random.h"
#include <openssl/crypto.h>

#define SERVICE "swf"
#define TERMINATOR "aws4_request"
#define WINDOW_S (15 * 60)
#define EXPIRES_S_MAX (7 * 24 * 3600)
#define CANONICAL_BYTES_MAX ((size_t)256 << 10)
#define SHOWN_BYTES_MAX ((size_t)16 << 10) /* of that, in an answer */
#define STRANGER_BYTES 32

struct signature_verifier {
    struct hasher *hasher;
    struct signing_keys *keys;
    struct text canonical, string_to_sign;
    /* Signs in place of keys that are unknown. Nobody knows it. */
    struct credential stranger;
    char stranger_secret[STRANGER_BYTES];
};

/* One request on its way through the checks. */
struct verification {
    struct signature_verifier *verifier;
    const struct signed_request *request;
    const struct credential_source *source;
    struct arena *arena;
    struct instant now;
    struct authorization said;
    char date[REQUEST_DATE_LEN + 1]; /* of the request, once it is checked */
    const struct credential *signer; /* once its signature is */
};

struct signature_verifier *signature_verifier_new(uint32_t keys_max)
{
    struct signature_verifier *verifier = memory_new(sizeof(*verifier));

    verifier->hasher = hasher_new();
    verifier->keys = signing_keys_new(verifier->hasher, keys_max);
    text_init(&verifier->canonical, CANONICAL_BYTES_MAX);
    text_init(&verifier->string_to_sign, CANONICAL_BYTES_MAX);
    random_system(verifier->stranger_secret, sizeof(verifier->stranger_secret));
    verifier->stranger.secret = bytes_of(verifier->stranger_secret, STRANGER_BYTES);
    return verifier;
}

void signature_verifier_free(struct signature_verifier *verifier)
{
    if (!verifier)
        return;
    signing_keys_free(verifier->keys);
    hasher_free(verifier->hasher);
    text_deinit(&verifier->canonical);
    text_deinit(&verifier->string_to_sign);
    OPENSSL_cleanse(verifier, sizeof(*verifier));
    memory_free(verifier);
}

static struct fault invalid(struct bytes message)
{
    return fault_of(FAULT_INVALID_SIGNATURE, message);
}

static struct fault incomplete(struct bytes message)
{
    return fault_of(FAULT_INCOMPLETE_SIGNATURE, message);
}

static struct fault unrecognized(void)
{
    return fault_of(FAULT_UNRECOGNIZED_CLIENT,
                    BYTES("The security token included in the request is invalid."));
}

/* ---- what the request says */

static struct fault read_claim(const struct signed_request *request, struct arena *arena,
                               struct authorization *out)
{
    struct signed_headers headers = {
        .authorization = signed_request_header(request, BYTES("authorization")),
        .amzn_authorization = signed_request_header(request, BYTES("x-amzn-authorization")),
        .amz_date = signed_request_header(request, BYTES("x-amz-date")),
        .date = signed_request_header(request, BYTES("date")),
        .security_token = signed_request_header(request, BYTES("x-amz-security-token")),
    };

    if (!presigned_is(request->query, arena))
        return authorization_read(&headers, arena, out);
    if (!bytes_is_absent(headers.authorization))
        return invalid(BYTES("Found both 'X-Amz-Algorithm' as a query-string param and "
                             "'Authorization' as HTTP header."));
    return presigned_read(request->query, arena, out);
}

struct fault signature_claim(const struct signed_request *request, struct arena *arena,
                             struct authorization *out)
{
    struct fault fault = read_claim(request, arena, out);

    return fault_is_none(fault) ? authorization_complete(out, arena) : fault;
}

/* ---- its date */

/* Date may be written as HTTP has it; the clients of AWS3 wrote X-Amz-Date so, too. */
static bool parse_date(const struct authorization *said, struct instant *out)
{
    if (said->scheme == SIGNATURE_V4 && request_date_parse_iso(said->date, out))
        return true;
    bool is_iso_only = said->scheme == SIGNATURE_V4 && said->date_is_amz;
    return !is_iso_only && request_date_parse_http(said->date, out);
}

/* How old the request may be: a presigned one may ask for less than everybody has, not for more. */
static struct fault read_window(const struct verification *v, long long *window_s)
{
    unsigned long long expires_s;

    *window_s = WINDOW_S;
    if (bytes_is_absent(v->said.expires))
        return NO_FAULT;
    if (!bytes_parse_u64(v->said.expires, &expires_s) || expires_s < 1 || expires_s > EXPIRES_S_MAX)
        return incomplete(BYTES("X-Amz-Expires must be a number of seconds from 1 to 604800. "
                                "Re-examine the query-string parameters."));
    if (expires_s < WINDOW_S)
        *window_s = (long long)expires_s;
    return NO_FAULT;
}

static struct fault expired(const struct verification *v, struct instant oldest, struct instant now,
                            long long window_s)
{
    char limit[REQUEST_DATE_LEN + 1], present[REQUEST_DATE_LEN + 1];
    bool in_minutes = window_s % 60 == 0;

    request_date_format(oldest, limit);
    request_date_format(now, present);
    return invalid(arena_printf(
        v->arena, "Signature expired: %s is now earlier than %s (%s - %lld %s)", v->date, limit,
        present, in_minutes ? window_s / 60 : window_s, in_minutes ? "min." : "sec."));
}

static struct fault not_yet_current(const struct verification *v, struct instant newest,
                                    struct instant now)
{
    char limit[REQUEST_DATE_LEN + 1], present[REQUEST_DATE_LEN + 1];

    request_date_format(newest, limit);
    request_date_format(now, present);
    return invalid(arena_printf(
        v->arena, "Signature not yet current: %s is still later than %s (%s + %d min.)", v->date,
        limit, present, WINDOW_S / 60));
}

static struct fault check_date(struct verification *v)
{
    struct instant date, now = { v->now.ms - v->now.ms % 1000 }; /* the text has no fractions */
    long long window_s;

    if (!parse_date(&v->said, &date)) {
        struct bytes shown = quoted(v->arena, v->said.date);
        return incomplete(
            arena_concat(v->arena, BYTES("Date must be in ISO-8601 'basic format'. Got '"), shown,
                         BYTES("'. See http://en.wikipedia.org/wiki/ISO_8601")));
    }
    request_date_format(date, v->date);
    struct fault fault = read_window(v, &window_s);
    if (!fault_is_none(fault))
        return fault;
    struct instant oldest = instant_add(now, duration_of_s(-window_s));
    struct instant newest = instant_add(now, duration_of_s(WINDOW_S));
    if (instant_before(date, oldest))
        return expired(v, oldest, now, window_s);
    return instant_before(newest, date) ? not_yet_current(v, newest, now) : NO_FAULT;
}

/* ---- which headers are signed */

static struct fault must_be_signed(const struct verification *v, const char *name)
{
    return invalid(
        arena_printf(v->arena, "'%s' must be a 'SignedHeader' in the AWS Authorization.", name));
}

static bool is_host(struct bytes name)
{
    const struct header header = { .name = name };

    return header_is(&header, BYTES("host"));
}

static struct fault check_host(struct verification *v)
{
    struct bytes names = v->said.signed_header_names;

    while (names.len > 0) {
        const char *end = memchr(names.ptr, ';', names.len);
        struct bytes name = bytes_of(names.ptr, end ? (size_t)(end - names.ptr) : names.len);
        if (is_host(name))
            return NO_FAULT;
        names = bytes_skip(names, end ? name.len + 1 : name.len);
    }
    return must_be_signed(v, "Host");
}

/* Here the date is signed only as a header, so it must be one that is. */
static struct fault check_headers_of_aws3(struct verification *v)
{
    const char *date = v->said.date_is_amz ? "X-Amz-Date" : "Date";

    if (!aws3_signs(&v->said, BYTES("host")))
        return must_be_signed(v, "Host");
    return aws3_signs(&v->said, bytes_of_cstr(date)) ? NO_FAULT : must_be_signed(v, date);
}

/* ---- what the key is for */

static struct fault check_algorithm(struct verification *v)
{
    return authorization_check_algorithm(&v->said, v->arena);
}

static struct fault check_credential(struct verification *v)
{
    return authorization_split_credential(&v->said, v->arena);
}

/* Old clients take the first word of the host's name for the service, and so sign for "127" or
 * "localhost" when they call an address. */
static bool is_our_service(const struct verification *v)
{
    struct bytes host = signed_request_header(v->request, BYTES("host"));
    size_t len = 0;

    while (len < host.len && host.ptr[len] != '.' && host.ptr[len] != ':')
        len++;
    return bytes_equal(v->said.scope_service, BYTES(SERVICE)) ||
           (len > 0 && bytes_equal(v->said.scope_service, bytes_of(host.ptr, len)));
}

/* Everything that is wrong, in one message. */
static struct fault check_scope(struct verification *v)
{
    const struct authorization *said = &v->said;
    struct text wrong;

    text_init(&wrong, SHOWN_BYTES_MAX);
    if (said->scope_region.len == 0)
        text_append_cstr(&wrong, "Credential should be scoped to a valid region, not ''. ");
    if (!is_our_service(v))
        text_append_cstr(&wrong, "Credential should be scoped to correct service: '" SERVICE "'. ");
    if (!bytes_equal(said->scope_terminator, BYTES(TERMINATOR))) {
        text_append_cstr(&wrong, "Credential should be scoped with a valid terminator: '" TERMINATOR
                                 "', not '");
        text_append(&wrong, said->scope_terminator);
        text_append_cstr(&wrong, "'. ");
    }
    if (!bytes_equal(said->scope_date, bytes_of(v->date, REQUEST_DAY_LEN))) {
        text_append_cstr(&wrong, "Date in Credential scope does not match YYYYMMDD from ISO-8601 "
                                 "version of date from HTTP: '");
        text_append(&wrong, said->scope_date);
        text_printf(&wrong, "' != '%.*s', from '%s'.", REQUEST_DAY_LEN, v->date, v->date);
    }
    struct fault fault = NO_FAULT;
    if (wrong.len > 0 || wrong.overflowed)
        fault = invalid(quoted(v->arena, text_bytes(&wrong)));
    text_deinit(&wrong);
    return fault;
}

/* ---- the signature */

#define MISMATCH                                                                            \
    "The request signature we calculated does not match the signature you provided. Check " \
    "your AWS Secret Access Key and signing method. Consult the service documentation for " \
    "details."

/* With what should have been signed, so that a client's author can see the difference. */
static struct fault mismatch(const struct verification *v)
{
    struct bytes canonical = text_bytes(&v->verifier->canonical);
    struct bytes to_sign = text_bytes(&v->verifier->string_to_sign);

    if (v->said.scheme == SIGNATURE_AWS3 || canonical.len + to_sign.len > SHOWN_BYTES_MAX)
        return invalid(BYTES(MISMATCH));
    struct bytes message = arena_concat(
        v->arena, BYTES(MISMATCH "\n\nThe Canonical String for this request should have been\n'"),
        canonical, BYTES("'\n\nThe String-to-Sign should have been\n'"), to_sign, BYTES("'\n"));
    return invalid(quoted(v->arena, message));
}

/* From the start of one part of the credential to the end of a later one. */
static struct bytes between(struct bytes first, struct bytes last)
{
    return bytes_of(first.ptr, (size_t)(last.ptr + last.len - first.ptr));
}

/* False when there is no canonical form, so that nothing can be signed. */
static bool write_string_to_sign(struct verification *v)
{
    struct signature_verifier *verifier = v->verifier;
    struct text *canonical = &verifier->canonical, *out = &verifier->string_to_sign;
    struct bytes left_out = v->said.is_in_query ? BYTES(PRESIGNED_SIGNATURE) : BYTES_ABSENT;
    char hex[DIGEST_HEX_LEN];

    text_reset(canonical);
    text_reset(out);
    struct digest digest = hasher_digest(verifier->hasher, HASH_SHA256, v->request->body);
    digest_format_hex(&digest, hex);
    bool is_whole = canonical_request_append(canonical, v->request, v->said.signed_header_names,
                                             left_out, bytes_of(hex, sizeof(hex)));
    digest = hasher_digest(verifier->hasher, HASH_SHA256, text_bytes(canonical));
    digest_format_hex(&digest, hex);
    text_append(out, BYTES("AWS4-HMAC-SHA256\n"));
    text_append(out, bytes_of(v->date, REQUEST_DATE_LEN));
    text_append_char(out, '\n');
    text_append(out, between(v->said.scope_date, v->said.scope_terminator));
    text_append_char(out, '\n');
    text_append(out, bytes_of(hex, sizeof(hex)));
    return is_whole && !out->overflowed;
}

static bool is_made_with(const struct verification *v, const struct hmac_key *key)
{
    struct bytes to_sign = text_bytes(&v->verifier->string_to_sign);
    char hex[DIGEST_HEX_LEN];

    struct digest mac = hasher_hmac(v->verifier->hasher, key, to_sign);
    digest_format_hex(&mac, hex);
    return v->said.signature.len == sizeof(hex) &&
           CRYPTO_memcmp(v->said.signature.ptr, hex, sizeof(hex)) == 0;
}

static struct signing_scope scope_of(const struct authorization *said, struct bytes secret)
{
    return (struct signing_scope){
        .name = between(said->access_key_id, said->scope_service),
        .date = said->scope_date,
        .region = said->scope_region,
        .service = said->scope_service,
        .terminator = said->scope_terminator,
        .secret = secret,
    };
}

static bool v4_is_right(struct verification *v, struct bytes secret)
{
    struct signing_keys *keys = v->verifier->keys;
    struct signing_scope scope = scope_of(&v->said, secret);

    bool is_whole = write_string_to_sign(v);
    const struct hmac_key *kept = signing_keys_find(keys, &scope);
    bool is_right = is_made_with(v, kept ? kept : signing_keys_derive(keys, &scope)) && is_whole;
    if (is_right && !kept)
        signing_keys_keep(keys, &scope);
    if (!is_right && kept)
        signing_keys_derive(keys, &scope); /* for nothing: a kept key should not answer sooner */
    return is_right;
}

static bool is_right(struct verification *v, struct bytes secret)
{
    if (v->said.scheme == SIGNATURE_V4)
        return v4_is_right(v, secret);
    return aws3_is_right(&v->said, v->request, secret, v->verifier->hasher, v->arena);
}

static struct fault check_signature(struct verification *v)
{
    const struct credential *found = v->source->find(v->source->context, v->said.access_key_id);
    bool is_known = found && found->is_active;

    if (!is_right(v, is_known ? found->secret : v->verifier->stranger.secret)) {
        struct fault fault = mismatch(v); /* written for strangers too: that takes time */
        return is_known ? fault : unrecognized();
    }
    if (!is_known)
        return unrecognized();
    v->signer = found;
    return NO_FAULT;
}

/* ---- the session token */

/* The same for tokens and for their absence: both must be as the credential has it. */
static bool has_its_token(const struct credential *credential, struct bytes token)
{
    struct bytes wanted = credential->session_token;

    return bytes_is_absent(wanted) == bytes_is_absent(token) && wanted.len == token.len &&
           (wanted.len == 0 || CRYPTO_memcmp(wanted.ptr, token.ptr, wanted.len) == 0);
}

static struct fault check_token(struct verification *v)
{
    const struct credential *signer = v->signer;

    if (!has_its_token(signer, v->said.security_token))
        return unrecognized();
    if (!instant_before(v->now, signer->expires))
        return fault_of(FAULT_EXPIRED_TOKEN,
                        BYTES("The security token included in the request is expired"));
    return NO_FAULT;
}

/* ---- all of it */

typedef struct fault check_fn(struct verification *v);

static check_fn *const v4[] = { check_date,  check_host,      check_algorithm, check_credential,
                                check_scope, check_signature, check_token,     NULL };
static check_fn *const aws3[] = { check_date,      check_headers_of_aws3, check_algorithm,
                                  check_signature, check_token,           NULL };

struct fault signature_verify(struct signature_verifier *verifier,
                              const struct signed_request *request, struct instant now,
                              const struct credential_source *source, struct arena *arena,
                              const struct credential **who)
{
    struct verification v = {
        .verifier = verifier,
        .request = request,
        .source = source,
        .arena = arena,
        .now = now,
    };

    *who = NULL;
    struct fault fault = read_claim(request, arena, &v.said);
    check_fn *const *check = v.said.scheme == SIGNATURE_V4 ? v4 : aws3;
    for (; fault_is_none(fault) && *check; check++)
        fault = (*check)(&v);
    if (fault_is_none(fault))
        *who = v.signer;
    return fault;
}
