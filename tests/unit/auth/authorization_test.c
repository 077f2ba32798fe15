#include "auth/authorization.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
/* after its prerequisites */
#include <cmocka.h>

#define V4                                                                   \
    "AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-west-1/swf/aws4_request, " \
    "SignedHeaders=host;x-amz-date, Signature=0f"
#define AWS3                                                         \
    "AWS3 AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE,Algorithm=HmacSHA256," \
    "SignedHeaders=Host;X-Amz-Date;X-Amz-Target;Content-Encoding,"   \
    "Signature=FL4ouCb8n6j5egcKOXoa+5Vctc8WmA91B2ekKnks2J8="

static struct arena arena;

static int start(void **state)
{
    (void)state;
    arena_init(&arena, "test", 1 << 20);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    arena_deinit(&arena);
    return 0;
}

/* NULL: not sent. */
static struct signed_headers headers_of(const char *authorization, const char *amzn)
{
    return (struct signed_headers){
        .authorization = bytes_of_cstr(authorization),
        .amzn_authorization = bytes_of_cstr(amzn),
        .amz_date = BYTES("20260101T000000Z"),
    };
}

static void assert_text(struct bytes actual, const char *expected)
{
    if (!bytes_equal_cstr(actual, expected))
        fail_msg("\n got: %.*s\nwant: %s", BYTES_FMT(actual), expected);
}

static struct fault parse(const struct signed_headers *headers, struct authorization *out)
{
    struct fault fault = authorization_read(headers, &arena, out);

    return fault_is_none(fault) ? authorization_complete(out, &arena) : fault;
}

static struct authorization parsed(struct signed_headers headers)
{
    struct authorization out;
    struct fault fault = parse(&headers, &out);

    if (!fault_is_none(fault))
        fail_msg("%.*s", BYTES_FMT(fault.message));
    return out;
}

static void expect_fault(struct signed_headers headers, enum fault_code code, const char *message)
{
    struct authorization out;
    struct fault fault = parse(&headers, &out);

    assert_int_equal(fault.code, code);
    assert_text(fault.message, message);
}

static void expect_incomplete(const char *authorization, const char *message)
{
    expect_fault(headers_of(authorization, NULL), FAULT_INCOMPLETE_SIGNATURE, message);
}

static void version_4_is_parsed(void **state)
{
    struct authorization out = parsed(headers_of(V4, NULL));

    (void)state;
    assert_int_equal(out.scheme, SIGNATURE_V4);
    assert_text(out.access_key_id, "AKID");
    assert_text(out.scope_date, "20260101");
    assert_text(out.scope_region, "eu-west-1");
    assert_text(out.signed_header_names, "host;x-amz-date");
    assert_text(out.signature, "0f");
}

/* Clients that are told an IP address sign whatever they take for its region. */
static void odd_scopes_and_separators_are_accepted(void **state)
{
    struct authorization out = parsed(
        headers_of("AWS4-HMAC-SHA256\tSignature=0f,SignedHeaders=host,Unknown=,"
                   "Credential=AKID/20260101/0/127/aws4_request",
                   NULL));

    (void)state;
    assert_text(out.scope_region, "0");
    assert_text(out.signature, "0f");
}

static void the_date_header_will_do(void **state)
{
    struct signed_headers headers = headers_of(V4, NULL);

    (void)state;
    headers.amz_date = BYTES_ABSENT;
    headers.date = BYTES("Thu, 01 Jan 2026 00:00:00 GMT");
    assert_text(parsed(headers).access_key_id, "AKID");
}

static void the_signature_of_2012_is_parsed(void **state)
{
    struct authorization out = parsed(headers_of(NULL, AWS3));

    (void)state;
    assert_int_equal(out.scheme, SIGNATURE_AWS3);
    assert_text(out.access_key_id, "AKIAIOSFODNN7EXAMPLE");
    assert_text(out.signed_header_names, "Host;X-Amz-Date;X-Amz-Target;Content-Encoding");
    assert_text(out.signature, "FL4ouCb8n6j5egcKOXoa+5Vctc8WmA91B2ekKnks2J8=");
    assert_text(parsed(headers_of(AWS3, NULL)).access_key_id, "AKIAIOSFODNN7EXAMPLE");
    /* Over TLS it needs no list of headers; and Authorization may be a proxy's. */
    out = parsed(
        headers_of("Basic dTpw", "AWS3-HTTPS AWSAccessKeyId=K,Algorithm=HmacSHA1,Signature=s="));
    assert_text(out.access_key_id, "K");
    assert_true(bytes_is_absent(out.signed_header_names));
}

static void absence_is_told(void **state)
{
    static const char *const none[] = { NULL,  "", "Basic dTpw", "AWS4", "AWS", "aws4-hmac-sha256",
                                        "AWS3" };

    (void)state;
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        expect_fault(headers_of(none[i], NULL), FAULT_MISSING_AUTHENTICATION_TOKEN,
                     "Request is missing Authentication Token");
}

static void missing_parts_are_told_together(void **state)
{
    struct signed_headers headers = headers_of("AWS4-HMAC-SHA256 X=y", NULL);

    (void)state;
    expect_incomplete("AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host",
                      "Authorization header requires 'Signature' parameter. Authorization="
                      "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host");
    expect_incomplete("AWS4-HMAC-SHA256 Credential=a/b/c/d/e, Signature=0f, SignedHeaders=",
                      "Authorization header requires 'SignedHeaders' parameter. Authorization="
                      "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, Signature=0f, SignedHeaders=");
    headers.amz_date = BYTES_ABSENT;
    expect_fault(headers, FAULT_INCOMPLETE_SIGNATURE,
                 "Authorization header requires 'Credential' parameter. "
                 "Authorization header requires 'Signature' parameter. "
                 "Authorization header requires 'SignedHeaders' parameter. "
                 "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' "
                 "header. Authorization=AWS4-HMAC-SHA256 X=y");
    expect_fault(headers_of(NULL, "AWS3 AWSAccessKeyId=K"), FAULT_INCOMPLETE_SIGNATURE,
                 "Authorization header requires 'Signature' parameter. "
                 "Authorization header requires 'Algorithm' parameter. "
                 "Authorization=AWS3 AWSAccessKeyId=K");
}

/* As the real service answered an access key id with a space in it. */
static void a_word_without_equal_sign_is_told(void **state)
{
    (void)state;
    expect_incomplete(
        "AWS4-HMAC-SHA256 Credential=Ole Claus/20150924/eu-central-1/swf/aws4_request, "
        "SignedHeaders=host, Signature=0f",
        "'Claus/20150924/eu-central-1/swf/aws4_request' not a valid key=value pair (missing "
        "equal-sign) in Authorization header: 'AWS4-HMAC-SHA256 Credential=Ole "
        "Claus/20150924/eu-central-1/swf/aws4_request, SignedHeaders=host, Signature=0f'.");
}

static void another_algorithm_is_told(void **state)
{
    (void)state;
    expect_incomplete("AWS4-HMAC-SHA25 Credential=a/b/c/d/e,SignedHeaders=host,Signature=0f",
                      "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA25' (only AWS4-HMAC-SHA256 for "
                      "now). ");
}

static void the_form_of_a_credential_is_told(void **state)
{
    static const char *const credentials[] = { "a", "a/b/c/d", "a/b/c/d/e/f", "/////" };
    char header[128], message[256];

    (void)state;
    for (size_t i = 0; i < sizeof(credentials) / sizeof(credentials[0]); i++) {
        snprintf(header, sizeof(header),
                 "AWS4-HMAC-SHA256 Credential=%s,SignedHeaders=host,Signature=0f", credentials[i]);
        snprintf(message, sizeof(message),
                 "Credential must have exactly 5 slash-delimited elements, e.g. "
                 "keyid/date/region/service/term, got '%s'",
                 credentials[i]);
        expect_incomplete(header, message);
    }
}

/* A header may hold any bytes, a message only characters. */
static void bytes_that_are_no_text_are_not_repeated(void **state)
{
    (void)state;
    expect_incomplete("AWS4-HMAC-SHA256 K\xffy",
                      "'K?y' not a valid key=value pair (missing equal-sign) in Authorization "
                      "header: 'AWS4-HMAC-SHA256 K?y'.");
}

/* Exactly as long as it is, so that a sanitizer sees what is read behind it. */
static struct bytes cut_copy(const char *text, size_t len)
{
    char *copy = malloc(len > 0 ? len : 1);

    assert_non_null(copy);
    memcpy(copy, text, len);
    return bytes_of(copy, len);
}

/* Every start of a good header is either incomplete or whole, and nothing is read behind it. */
static void every_prefix_is_survived(void **state)
{
    static const char *const whole[] = { V4, AWS3 };

    (void)state;
    for (size_t w = 0; w < 2; w++) {
        for (size_t len = 0; len <= strlen(whole[w]); len++) {
            struct signed_headers headers = headers_of(NULL, NULL);
            struct authorization out;
            headers.authorization = cut_copy(whole[w], len);
            struct fault fault = parse(&headers, &out);
            if (!fault_is_none(fault))
                assert_true(fault.code == FAULT_INCOMPLETE_SIGNATURE ||
                            fault.code == FAULT_MISSING_AUTHENTICATION_TOKEN);
            free((void *)(uintptr_t)headers.authorization.ptr);
        }
    }
}

#define test(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(version_4_is_parsed),
        test(odd_scopes_and_separators_are_accepted),
        test(the_date_header_will_do),
        test(the_signature_of_2012_is_parsed),
        test(absence_is_told),
        test(missing_parts_are_told_together),
        test(a_word_without_equal_sign_is_told),
        test(another_algorithm_is_told),
        test(the_form_of_a_credential_is_told),
        test(bytes_that_are_no_text_are_not_repeated),
        test(every_prefix_is_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
