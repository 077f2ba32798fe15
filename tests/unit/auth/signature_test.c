/*
 * What is refused, in which words and in which order; who is let in; and that no changed bit is.
 *
 * With --judge it is the other end of signers.py instead.
 */
#include "auth/signature.h"
#include "judge.h"
#include "signer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
/* after its prerequisites */
#include <cmocka.h>

#define NOW 1370772015000 /* DATE */
#define DATE "20130609T100015Z"
#define SCOPE "20130609/us-east-1/swf/aws4_request"
#define NAMES "content-type;host;x-amz-date;x-amz-target"
#define TYPE "application/x-amz-json-1.0"
#define HOST "swf.us-east-1.amazonaws.com"
#define TARGET "SimpleWorkflowService.ListDomains"
#define BODY "{\"registrationStatus\":\"REGISTERED\"}"
#define NO_SIGNATURE "0000000000000000000000000000000000000000000000000000000000000000"
#define INVALID_TOKEN "The security token included in the request is invalid."
#define MISMATCH                                                                            \
    "The request signature we calculated does not match the signature you provided. Check " \
    "your AWS Secret Access Key and signing method. Consult the service documentation for " \
    "details."

static struct signature_verifier *verifier;
static struct arena arena;

static int start(void **state)
{
    (void)state;
    arena_init(&arena, "test", 4 << 20);
    verifier = signature_verifier_new(4);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    signature_verifier_free(verifier);
    arena_deinit(&arena);
    return 0;
}

/* ---- a request and its verdict */

static const char not_sent[] = "";

/* What a test changes of the usual request: absent members are as usual, or not sent. */
struct letter {
    const char *authorization, *amzn_authorization;
    const char *amz_date, *date, *token, *query;
    const char *host, *body, *content_sha256;
    int64_t later_ms; /* the clock of the server, after DATE */
};

#define LETTER(...) (&(struct letter){ __VA_ARGS__ })

static const char *usually(const char *given, const char *usual_value)
{
    if (given == not_sent)
        return NULL;
    return given ? given : usual_value;
}

static void add(struct header *headers, size_t *count, const char *name, const char *value)
{
    if (value)
        headers[(*count)++] = (struct header){ bytes_of_cstr(name), bytes_of_cstr(value) };
}

static struct fault verify_from(const struct letter *letter, const struct credential_source *source,
                                const struct credential **who)
{
    struct header headers[9];
    size_t count = 0;

    add(headers, &count, "Content-Type", TYPE);
    add(headers, &count, "Host", usually(letter->host, HOST));
    add(headers, &count, "X-Amz-Date", usually(letter->amz_date, DATE));
    add(headers, &count, "Date", letter->date);
    add(headers, &count, "X-Amz-Target", TARGET);
    add(headers, &count, "X-Amz-Security-Token", letter->token);
    add(headers, &count, "X-Amz-Content-Sha256", letter->content_sha256);
    add(headers, &count, "Authorization", letter->authorization);
    add(headers, &count, "X-Amzn-Authorization", letter->amzn_authorization);
    const struct signed_request request = {
        .method = BYTES("POST"),
        .path = BYTES("/"),
        .query = bytes_of_cstr(letter->query),
        .headers = headers,
        .header_count = count,
        .body = bytes_of_cstr(usually(letter->body, BODY)),
    };
    return signature_verify(verifier, &request, (struct instant){ NOW + letter->later_ms }, source,
                            &arena, who);
}

static struct fault verify(const struct letter *letter)
{
    const struct credential_source source = { .find = judge_find };
    const struct credential *who;

    struct fault fault = verify_from(letter, &source, &who);
    assert_int_equal(fault_is_none(fault), who != NULL);
    return fault;
}

static void expect(const struct letter *letter, enum fault_code code, const char *message)
{
    struct fault fault = verify(letter);

    if (fault.code != code || !bytes_equal_cstr(fault.message, message))
        fail_msg("\n got: %s: %.*s\nwant: %s: %s", fault_kinds[fault.code].name,
                 BYTES_FMT(fault.message), fault_kinds[code].name, message);
}

static void expect_passed(const struct letter *letter)
{
    struct fault fault = verify(letter);

    if (!fault_is_none(fault))
        fail_msg("%s: %.*s", fault_kinds[fault.code].name, BYTES_FMT(fault.message));
}

/* ---- signing it */

static const struct signer_scope usual = {
    .secret = JUDGE_SECRET, .date = DATE, .region = "us-east-1", .service = "swf"
};

/* What the usual request is signed over; `names` and `headers` where a test has others. */
static void write_canonical(char *out, size_t size, const char *headers, const char *names)
{
    char digest[65];

    signer_digest(BYTES(BODY), digest);
    snprintf(out, size, "POST\n/\n\n%s\n%s\n%s",
             headers ? headers
                     : "content-type:" TYPE "\nhost:" HOST "\nx-amz-date:" DATE
                       "\nx-amz-target:" TARGET "\n",
             names ? names : NAMES, digest);
}

/* The header for it, in the arena. */
static const char *signed_by(const char *key_id, const struct signer_scope *scope,
                             const char *headers, const char *names)
{
    char canonical[2048], signature[65];

    write_canonical(canonical, sizeof(canonical), headers, names);
    signer_sign(scope, bytes_of_cstr(canonical), signature);
    return arena_printf(&arena,
                        "AWS4-HMAC-SHA256 Credential=%s/%.8s/%s/%s/aws4_request, "
                        "SignedHeaders=%s, Signature=%s",
                        key_id, scope->date, scope->region, scope->service, names ? names : NAMES,
                        signature)
        .ptr;
}

static const char *well_signed(void)
{
    return signed_by("AKIDEXAMPLE", &usual, NULL, NULL);
}

/* ---- who is let in */

static void a_signed_request_tells_who(void **state)
{
    const struct credential_source source = { .find = judge_find };
    const struct credential *who;

    (void)state;
    for (int i = 0; i < 3; i++) { /* the second time its key is kept */
        struct fault fault = verify_from(LETTER(.authorization = well_signed()), &source, &who);
        assert_true(fault_is_none(fault));
        assert_ptr_equal(who, judge_find(NULL, BYTES("AKIDEXAMPLE")));
    }
}

static void any_region_will_do(void **state)
{
    static const char *const regions[] = { "eu-west-1", "0", "nowhere", "us-east-1" };

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct signer_scope scope = usual;
        scope.region = regions[i];
        expect_passed(LETTER(.authorization = signed_by("AKIDEXAMPLE", &scope, NULL, NULL)));
    }
}

/* boto 2 signs for the first word of the host's name. */
static void the_word_of_the_host_will_do_for_the_service(void **state)
{
    static const struct {
        const char *host, *service;
    } pairs[] = { { "127.0.0.1:9347", "127" },
                  { "localhost:9347", "localhost" },
                  { "localhost", "localhost" } };

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        char headers[128];
        struct signer_scope scope = usual;
        scope.service = pairs[i].service;
        scope.region = "0";
        snprintf(headers, sizeof(headers),
                 "host:%s\nx-amz-date:" DATE "\nx-amz-target:" TARGET "\n", pairs[i].host);
        const char *authorization = signed_by("AKIDEXAMPLE", &scope, headers,
                                              "host;x-amz-date;x-amz-target");
        expect_passed(LETTER(.authorization = authorization, .host = pairs[i].host));
        expect(LETTER(.authorization = authorization, .host = "elsewhere:9347"),
               FAULT_INVALID_SIGNATURE, "Credential should be scoped to correct service: 'swf'. ");
    }
}

static void the_date_may_be_in_date(void **state)
{
    const char *authorization = signed_by("AKIDEXAMPLE", &usual, "host:" HOST "\n", "host");

    (void)state;
    expect_passed(LETTER(.authorization = authorization, .amz_date = not_sent, .date = DATE));
    expect_passed(LETTER(.authorization = authorization, .amz_date = not_sent,
                         .date = "Sun, 09 Jun 2013 10:00:15 GMT"));
    /* X-Amz-Date wins. */
    expect_passed(LETTER(.authorization = authorization, .date = "Sun, 09 Jun 2013 13:00:15 GMT"));
}

static void a_slash_behind_the_credential_means_nothing(void **state)
{
    const char *authorization = well_signed();
    const char *behind = strstr(authorization, "aws4_request") + strlen("aws4_request");

    (void)state;
    expect_passed(
        LETTER(.authorization = arena_printf(&arena, "%.*s//%s", (int)(behind - authorization),
                                             authorization, behind)
                                    .ptr));
}

/* ---- what is refused before the signature */

static void a_request_is_signed_one_way(void **state)
{
    (void)state;
    expect(LETTER(.authorization = well_signed(), .query = "a=b&X-Amz-Algorithm"),
           FAULT_INVALID_SIGNATURE,
           "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP "
           "header.");
    expect(LETTER(.query = "X-Amz-Credential=a"), FAULT_MISSING_AUTHENTICATION_TOKEN,
           "Request is missing Authentication Token");
    expect(LETTER(.authorization = "Basic dTpw"), FAULT_MISSING_AUTHENTICATION_TOKEN,
           "Request is missing Authentication Token");
}

static void what_a_query_misses_is_told_together(void **state)
{
    (void)state;
    expect(LETTER(.query = "X-Amz-Algorithm="), FAULT_INCOMPLETE_SIGNATURE,
           "AWS query-string parameters must include 'X-Amz-Algorithm'. "
           "AWS query-string parameters must include 'X-Amz-Credential'. "
           "AWS query-string parameters must include 'X-Amz-Signature'. "
           "AWS query-string parameters must include 'X-Amz-SignedHeaders'. "
           "AWS query-string parameters must include 'X-Amz-Date'. "
           "Re-examine the query-string parameters.");
    expect(LETTER(.query = "X-Amz-Signature=0&X%2dAmz-Algorithm=A&X-Amz-Date=D&X-Amz-Credential=C"),
           FAULT_INCOMPLETE_SIGNATURE,
           "AWS query-string parameters must include 'X-Amz-SignedHeaders'. "
           "Re-examine the query-string parameters.");
}

static void a_date_must_be_one(void **state)
{
    (void)state;
    expect(LETTER(.authorization = well_signed(), .amz_date = "201"), FAULT_INCOMPLETE_SIGNATURE,
           "Date must be in ISO-8601 'basic format'. Got '201'. See "
           "http://en.wikipedia.org/wiki/ISO_8601");
    expect(LETTER(.authorization = well_signed(), .amz_date = "Sun, 09 Jun 2013 10:00:15 GMT"),
           FAULT_INCOMPLETE_SIGNATURE,
           "Date must be in ISO-8601 'basic format'. Got 'Sun, 09 Jun 2013 10:00:15 GMT'. See "
           "http://en.wikipedia.org/wiki/ISO_8601");
    expect(LETTER(.authorization = well_signed(), .amz_date = not_sent, .date = "\xff"),
           FAULT_INCOMPLETE_SIGNATURE,
           "Date must be in ISO-8601 'basic format'. Got '?'. See "
           "http://en.wikipedia.org/wiki/ISO_8601");
}

static void clocks_may_differ_by_fifteen_minutes(void **state)
{
    const int64_t window = 15 * 60 * 1000;

    (void)state;
    expect_passed(LETTER(.authorization = well_signed(), .later_ms = window + 999));
    expect(LETTER(.authorization = well_signed(), .later_ms = window + 1000),
           FAULT_INVALID_SIGNATURE,
           "Signature expired: 20130609T100015Z is now earlier than 20130609T100016Z "
           "(20130609T101516Z - 15 min.)");
    expect_passed(LETTER(.authorization = well_signed(), .later_ms = -window));
    expect(LETTER(.authorization = well_signed(), .later_ms = -window - 1), FAULT_INVALID_SIGNATURE,
           "Signature not yet current: 20130609T100015Z is still later than 20130609T100014Z "
           "(20130609T094514Z + 15 min.)");
}

static void host_must_be_signed(void **state)
{
    (void)state;
    expect(LETTER(.authorization = signed_by("AKIDEXAMPLE", &usual, "x-amz-date:" DATE "\n",
                                             "x-amz-date")),
           FAULT_INVALID_SIGNATURE, "'Host' must be a 'SignedHeader' in the AWS Authorization.");
    expect(LETTER(.authorization = signed_by("AKIDEXAMPLE", &usual, "", "hosts;xhost;;ho")),
           FAULT_INVALID_SIGNATURE, "'Host' must be a 'SignedHeader' in the AWS Authorization.");
}

static const char *with_credential(const char *credential)
{
    return arena_printf(&arena,
                        "AWS4-HMAC-SHA256 Credential=%s, SignedHeaders=" NAMES
                        ", Signature=" NO_SIGNATURE,
                        credential)
        .ptr;
}

static void what_is_wrong_with_the_scope_is_told_together(void **state)
{
    (void)state;
    expect(LETTER(.authorization = with_credential("a/b/c/d/e")), FAULT_INVALID_SIGNATURE,
           "Credential should be scoped to correct service: 'swf'. "
           "Credential should be scoped with a valid terminator: 'aws4_request', not 'e'. "
           "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from "
           "HTTP: 'b' != '20130609', from '20130609T100015Z'.");
    expect(LETTER(.authorization = with_credential("a/20130609//swf/aws4_request")),
           FAULT_INVALID_SIGNATURE, "Credential should be scoped to a valid region, not ''. ");
    expect(LETTER(.authorization = with_credential("a/20130608/r/swf/aws4_request")),
           FAULT_INVALID_SIGNATURE,
           "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from "
           "HTTP: '20130608' != '20130609', from '20130609T100015Z'.");
    expect(LETTER(.authorization = with_credential("a/20130609/r/SWF/aws4_request")),
           FAULT_INVALID_SIGNATURE, "Credential should be scoped to correct service: 'swf'. ");
}

/* Everything is wrong at first; one thing after the other is put right. */
static void complaints_come_in_the_order_of_the_service(void **state)
{
    (void)state;
    expect(LETTER(.authorization = "AWS4-X Credential=a,SignedHeaders=b", .amz_date = "c"),
           FAULT_INCOMPLETE_SIGNATURE,
           "Authorization header requires 'Signature' parameter. "
           "Authorization=AWS4-X Credential=a,SignedHeaders=b");
    expect(
        LETTER(.authorization = "AWS4-X Credential=a,SignedHeaders=b,Signature=s", .amz_date = "c"),
        FAULT_INCOMPLETE_SIGNATURE,
        "Date must be in ISO-8601 'basic format'. Got 'c'. See "
        "http://en.wikipedia.org/wiki/ISO_8601");
    expect(LETTER(.authorization = "AWS4-X Credential=a,SignedHeaders=b,Signature=s"),
           FAULT_INVALID_SIGNATURE, "'Host' must be a 'SignedHeader' in the AWS Authorization.");
    expect(LETTER(.authorization = "AWS4-X Credential=a,SignedHeaders=Host,Signature=s"),
           FAULT_INCOMPLETE_SIGNATURE,
           "Unsupported AWS 'algorithm': 'AWS4-X' (only AWS4-HMAC-SHA256 for now). ");
    expect(LETTER(.authorization = "AWS4-HMAC-SHA256 Credential=a,SignedHeaders=Host,Signature=s"),
           FAULT_INCOMPLETE_SIGNATURE,
           "Credential must have exactly 5 slash-delimited elements, e.g. "
           "keyid/date/region/service/term, got 'a'");
    expect(LETTER(.authorization = with_credential("a/20130609/r/s/aws4_request")),
           FAULT_INVALID_SIGNATURE, "Credential should be scoped to correct service: 'swf'. ");
    expect(LETTER(.authorization = with_credential("a/20130609/r/swf/aws4_request")),
           FAULT_UNRECOGNIZED_CLIENT, INVALID_TOKEN);
    assert_int_equal(verify(LETTER(.authorization = with_credential("ASIATEMPORARY/" SCOPE))).code,
                     FAULT_INVALID_SIGNATURE);
    expect(LETTER(.authorization = signed_by("ASIATEMPORARY", &usual, NULL, NULL)),
           FAULT_UNRECOGNIZED_CLIENT, INVALID_TOKEN);
    expect_passed(LETTER(.authorization = signed_by("ASIATEMPORARY", &usual, NULL, NULL),
                         .token = JUDGE_TOKEN));
}

/* ---- what is refused by the signature */

static void a_mismatch_shows_what_should_have_been_signed(void **state)
{
    char canonical[2048], digest[65];

    (void)state;
    write_canonical(canonical, sizeof(canonical), NULL, NULL);
    signer_digest(bytes_of_cstr(canonical), digest);
    const char *expected =
        arena_printf(&arena,
                     MISMATCH "\n\nThe Canonical String for this request should have been\n'%s'\n\n"
                              "The String-to-Sign should have been\n'AWS4-HMAC-SHA256\n" DATE
                              "\n" SCOPE "\n%s'\n",
                     canonical, digest)
            .ptr;
    expect(LETTER(.authorization = with_credential("AKIDEXAMPLE/" SCOPE)), FAULT_INVALID_SIGNATURE,
           expected);
    /* The same when a right signature came before, so that its key is kept. */
    expect_passed(LETTER(.authorization = well_signed()));
    expect(LETTER(.authorization = with_credential("AKIDEXAMPLE/" SCOPE)), FAULT_INVALID_SIGNATURE,
           expected);
}

static void a_long_mismatch_is_not_shown(void **state)
{
    char query[20000];

    (void)state;
    memset(query, 'q', sizeof(query));
    query[sizeof(query) - 1] = '\0';
    expect(LETTER(.authorization = with_credential("AKIDEXAMPLE/" SCOPE), .query = query),
           FAULT_INVALID_SIGNATURE, MISMATCH);
}

static void a_signature_is_whole_and_in_lower_case(void **state)
{
    const char *authorization = well_signed();
    size_t len = strlen(authorization);

    (void)state;
    for (size_t cut = 1; cut < 64; cut++)
        assert_int_equal(
            verify(LETTER(.authorization =
                              arena_printf(&arena, "%.*s", (int)(len - cut), authorization).ptr))
                .code,
            FAULT_INVALID_SIGNATURE);
    assert_int_equal(
        verify(LETTER(.authorization = arena_printf(&arena, "%s0", authorization).ptr)).code,
        FAULT_INVALID_SIGNATURE);
}

/* "UNSIGNED-PAYLOAD" is for S3: elsewhere it is a header like any other. */
static void the_body_is_always_signed(void **state)
{
    const char *names = "host;x-amz-content-sha256";
    char canonical[512], signature[65];

    (void)state;
    snprintf(canonical, sizeof(canonical),
             "POST\n/\n\nhost:" HOST "\nx-amz-content-sha256:UNSIGNED-PAYLOAD\n\n%s\n"
             "UNSIGNED-PAYLOAD",
             names);
    signer_sign(&usual, bytes_of_cstr(canonical), signature);
    const char *authorization = arena_printf(&arena,
                                             "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/" SCOPE
                                             ", SignedHeaders=%s, Signature=%s",
                                             names, signature)
                                    .ptr;
    assert_int_equal(
        verify(LETTER(.authorization = authorization, .content_sha256 = "UNSIGNED-PAYLOAD")).code,
        FAULT_INVALID_SIGNATURE);
    authorization = signed_by("AKIDEXAMPLE", &usual,
                              "host:" HOST "\nx-amz-content-sha256:UNSIGNED-PAYLOAD\n", names);
    expect_passed(LETTER(.authorization = authorization, .content_sha256 = "UNSIGNED-PAYLOAD"));
    assert_int_equal(verify(LETTER(.authorization = authorization, .body = "{}",
                                   .content_sha256 = "UNSIGNED-PAYLOAD"))
                         .code,
                     FAULT_INVALID_SIGNATURE);
}

/* ---- keys and tokens */

static const struct credential *find_this(void *context, struct bytes access_key_id)
{
    const struct credential *credential = context;
    return bytes_equal(credential->access_key_id, access_key_id) ? credential : NULL;
}

static enum fault_code code_for(struct credential credential, const struct letter *letter)
{
    const struct credential_source source = { .find = find_this, .context = &credential };
    const struct credential *who;

    struct fault fault = verify_from(letter, &source, &who);
    assert_int_equal(who != NULL, fault_is_none(fault));
    return fault.code;
}

static struct credential permanent(void)
{
    return (struct credential){ .access_key_id = BYTES("K"),
                                .secret = BYTES(JUDGE_SECRET),
                                .is_active = true,
                                .expires = { INT64_MAX } };
}

static void keys_must_be_known_and_active(void **state)
{
    const struct letter *letter = LETTER(.authorization = signed_by("K", &usual, NULL, NULL));
    struct credential credential = permanent();

    (void)state;
    assert_int_equal(code_for(credential, letter), FAULT_NONE);
    credential.is_active = false;
    assert_int_equal(code_for(credential, letter), FAULT_UNRECOGNIZED_CLIENT);
    credential.is_active = true;
    assert_int_equal(code_for(credential, letter), FAULT_NONE);
    credential.access_key_id = BYTES("k");
    assert_int_equal(code_for(credential, letter), FAULT_UNRECOGNIZED_CLIENT);
    expect(LETTER(.authorization = signed_by("AKIDINACTIVE", &usual, NULL, NULL)),
           FAULT_UNRECOGNIZED_CLIENT, INVALID_TOKEN);
}

/* Although the key of the old one was kept. */
static void another_secret_counts_at_once(void **state)
{
    struct signer_scope scope = usual;
    struct credential credential = permanent();
    const struct letter *old = LETTER(.authorization = signed_by("K", &usual, NULL, NULL));

    (void)state;
    scope.secret = "another";
    const struct letter *new = LETTER(.authorization = signed_by("K", &scope, NULL, NULL));
    assert_int_equal(code_for(credential, old), FAULT_NONE);
    assert_int_equal(code_for(credential, new), FAULT_INVALID_SIGNATURE);
    credential.secret = BYTES("another");
    assert_int_equal(code_for(credential, old), FAULT_INVALID_SIGNATURE);
    assert_int_equal(code_for(credential, new), FAULT_NONE);
}

static void tokens_belong_to_their_keys(void **state)
{
    static const char *const tokens[] = { NULL, "", "token", "tokeN", "toke", "tokens" };
    const char *authorization = signed_by("K", &usual, NULL, NULL);
    struct credential credential = permanent();

    (void)state;
    for (int i = 0; i < 6; i++)
        assert_int_equal(
            code_for(credential, LETTER(.authorization = authorization, .token = tokens[i])),
            tokens[i] ? FAULT_UNRECOGNIZED_CLIENT : FAULT_NONE);
    credential.session_token = BYTES("token");
    for (int i = 0; i < 6; i++)
        assert_int_equal(
            code_for(credential, LETTER(.authorization = authorization, .token = tokens[i])),
            i == 2 ? FAULT_NONE : FAULT_UNRECOGNIZED_CLIENT);
}

static void tokens_expire(void **state)
{
    const char *authorization = signed_by("K", &usual, NULL, NULL);
    struct credential credential = permanent();

    (void)state;
    credential.session_token = BYTES("token");
    credential.expires = (struct instant){ NOW + 1 };
    assert_int_equal(code_for(credential, LETTER(.authorization = authorization, .token = "token")),
                     FAULT_NONE);
    credential.expires = (struct instant){ NOW };
    assert_int_equal(code_for(credential, LETTER(.authorization = authorization, .token = "token")),
                     FAULT_EXPIRED_TOKEN);
    credential.expires = (struct instant){ 0 }; /* 1970 is a time as any other */
    assert_int_equal(code_for(credential, LETTER(.authorization = authorization, .token = "token")),
                     FAULT_EXPIRED_TOKEN);
    /* Whoever has not the token is not told about it. */
    assert_int_equal(code_for(credential, LETTER(.authorization = authorization, .token = "x")),
                     FAULT_UNRECOGNIZED_CLIENT);
    const struct credential_source source = { .find = find_this, .context = &credential };
    const struct credential *who;
    struct fault fault = verify_from(LETTER(.authorization = authorization, .token = "token"),
                                     &source, &who);
    assert_true(
        bytes_equal_cstr(fault.message, "The security token included in the request is expired"));
}

/* ---- presigned */

/* The parameters in their canonical order, and signed. */
static const char *presigned(const char *key_id, const char *expires, const char *token)
{
    char query[512], canonical[1024], digest[65], signature[65];

    snprintf(query, sizeof(query),
             "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=%s%%2F20130609%%2Fus-east-1%%2Fswf"
             "%%2Faws4_request&X-Amz-Date=" DATE "%s%s%s%s&X-Amz-SignedHeaders=host",
             key_id, expires ? "&X-Amz-Expires=" : "", expires ? expires : "",
             token ? "&X-Amz-Security-Token=" : "", token ? token : "");
    signer_digest(BYTES(BODY), digest);
    snprintf(canonical, sizeof(canonical), "POST\n/\n%s\nhost:" HOST "\n\nhost\n%s", query, digest);
    signer_sign(&usual, bytes_of_cstr(canonical), signature);
    return arena_printf(&arena, "X-Amz-Signature=%s&%s", signature, query).ptr;
}

static void a_query_may_be_signed(void **state)
{
    (void)state;
    expect_passed(LETTER(.query = presigned("AKIDEXAMPLE", NULL, NULL), .amz_date = not_sent));
    expect_passed(LETTER(.query = presigned("AKIDEXAMPLE", "900", NULL), .amz_date = "ignored"));
    assert_int_equal(verify(LETTER(.query = presigned("AKIDEXAMPLE", NULL, NULL), .body = "")).code,
                     FAULT_INVALID_SIGNATURE);
    assert_int_equal(
        verify(LETTER(.query =
                          arena_printf(&arena, "%s&a=b", presigned("AKIDEXAMPLE", NULL, NULL)).ptr))
            .code,
        FAULT_INVALID_SIGNATURE);
}

static void a_query_has_its_own_token(void **state)
{
    const char *token = "FwoGZXIvYXdzEJr%2F%2F%2F%2F%2F%2F%2F%2F%2F%2FwEaDP%2B%2F%3D%3D";

    (void)state;
    expect_passed(LETTER(.query = presigned("ASIATEMPORARY", "60", token)));
    expect(LETTER(.query = presigned("ASIATEMPORARY", "60", "x")), FAULT_UNRECOGNIZED_CLIENT,
           INVALID_TOKEN);
    expect(LETTER(.query = presigned("ASIATEMPORARY", "60", NULL), .token = JUDGE_TOKEN),
           FAULT_UNRECOGNIZED_CLIENT, INVALID_TOKEN);
}

/* It may ask for less than a quarter of an hour, not for more. */
static void a_query_expires(void **state)
{
    static const char *const wrong[] = { "0", "604801", "-1", "x", "", "99999999999999999999" };

    (void)state;
    expect_passed(LETTER(.query = presigned("AKIDEXAMPLE", "60", NULL), .later_ms = 60000));
    expect(LETTER(.query = presigned("AKIDEXAMPLE", "60", NULL), .later_ms = 61000),
           FAULT_INVALID_SIGNATURE,
           "Signature expired: 20130609T100015Z is now earlier than 20130609T100016Z "
           "(20130609T100116Z - 1 min.)");
    expect(LETTER(.query = presigned("AKIDEXAMPLE", "1", NULL), .later_ms = 2000),
           FAULT_INVALID_SIGNATURE,
           "Signature expired: 20130609T100015Z is now earlier than 20130609T100016Z "
           "(20130609T100017Z - 1 sec.)");
    expect_passed(LETTER(.query = presigned("AKIDEXAMPLE", "604800", NULL), .later_ms = 900000));
    expect(LETTER(.query = presigned("AKIDEXAMPLE", "604800", NULL), .later_ms = 901000),
           FAULT_INVALID_SIGNATURE,
           "Signature expired: 20130609T100015Z is now earlier than 20130609T100016Z "
           "(20130609T101516Z - 15 min.)");
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        expect(LETTER(.query = presigned("AKIDEXAMPLE", wrong[i], NULL)),
               FAULT_INCOMPLETE_SIGNATURE,
               "X-Amz-Expires must be a number of seconds from 1 to 604800. "
               "Re-examine the query-string parameters.");
}

/* Also where both were signed. */
static void the_first_parameter_of_a_name_counts(void **state)
{
    (void)state;
    expect_passed(
        LETTER(.query = presigned("AKIDEXAMPLE", "60&X-Amz-Expires=61", NULL), .later_ms = 60000));
    expect(LETTER(.query = presigned("AKIDEXAMPLE", "60&X-Amz-Expires=61", NULL), .later_ms = 61000),
           FAULT_INVALID_SIGNATURE,
           "Signature expired: 20130609T100015Z is now earlier than 20130609T100016Z "
           "(20130609T100116Z - 1 min.)");
}

/* In a header there is none, but an escape may stand for one. */
static void a_nul_in_a_query_cuts_no_text(void **state)
{
#define QUERY(algorithm, scope, date)                                                         \
    "X-Amz-Algorithm=" algorithm "&X-Amz-Credential=AKIDEXAMPLE%2F" scope "&X-Amz-Date=" date \
    "&X-Amz-SignedHeaders=host&X-Amz-Signature=0"
#define V4 "AWS4-HMAC-SHA256"
    static const struct {
        const char *query;
        struct bytes says; /* somewhere */
    } rows[] = {
        { QUERY("A%00B", "20130609%2Fr%2Fswf%2Faws4_request", DATE), BYTES("'A\0B' (only ") },
        { QUERY(V4, "20130609%00%2Fr", DATE), BYTES("got 'AKIDEXAMPLE/20130609\0/r'") },
        { QUERY(V4, "20130609%2Fr%2Fswf%2Faws4_request", "A%00B"), BYTES("Got 'A\0B'. See ") },
        { QUERY(V4, "20130609%2Fr%2Fswf%2Fx%00y", DATE), BYTES("not 'x\0y'. ") },
        { QUERY(V4, "2013%000609%2Fr%2Fswf%2Faws4_request", DATE),
          BYTES("'2013\0"
                "0609' != '20130609', from '" DATE "'.") },
        { QUERY(V4, "20130609%2Fr%00s%2Fswf%2Faws4_request", DATE),
          BYTES("\n20130609/r\0s/swf/aws4_request\n") },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bytes says = rows[i].says;
        struct fault fault = verify(LETTER(.query = rows[i].query, .amz_date = not_sent));
        if (!memmem(fault.message.ptr, fault.message.len, says.ptr, says.len))
            fail_msg("row %zu: %.*s", i, BYTES_FMT(fault.message));
    }
}

/* ---- AWS3 */

#define AWS3_DATE "Sun, 09 Jun 2013 10:00:15 GMT"
#define AWS3_LIST "SignedHeaders=X-Amz-Target;Host;X-Amz-Date,"

static const char *aws3(const char *algorithm, const char *list, const char *digest,
                        const char *mac)
{
    char signature[65];

    signer_sign_aws3(JUDGE_SECRET, digest, mac,
                     BYTES("POST\n/\n\nhost:" HOST "\nx-amz-date:" AWS3_DATE
                           "\nx-amz-target:" TARGET "\n\n" BODY),
                     signature);
    return arena_printf(&arena, "AWS3 AWSAccessKeyId=AKIDEXAMPLE,Algorithm=%s,%sSignature=%s",
                        algorithm, list, signature)
        .ptr;
}

static void the_first_clients_are_let_in(void **state)
{
    static const struct {
        const char *algorithm, *digest, *mac;
        bool passes;
    } ways[] = {
        { "HmacSHA256", "SHA256", "SHA256", true }, { "HmacSHA1", "SHA256", "SHA1", true },
        { "HmacSHA1", "SHA1", "SHA1", true },       { "HmacSHA256", "SHA1", "SHA256", false },
        { "HmacSHA256", "SHA256", "SHA1", false },  { "HmacSHA1", "SHA256", "SHA256", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        const char *amzn = aws3(ways[i].algorithm, AWS3_LIST, ways[i].digest, ways[i].mac);
        if (ways[i].passes) {
            expect_passed(LETTER(.amzn_authorization = amzn, .amz_date = AWS3_DATE));
            expect_passed(LETTER(.authorization = amzn, .amz_date = AWS3_DATE));
        } else {
            expect(LETTER(.amzn_authorization = amzn, .amz_date = AWS3_DATE),
                   FAULT_INVALID_SIGNATURE, MISMATCH);
        }
    }
    expect_passed(LETTER(.amzn_authorization = aws3("HmacSHA256", "", "SHA256", "SHA256"),
                         .amz_date = AWS3_DATE));
}

static void the_first_clients_are_refused(void **state)
{
    const char *good = aws3("HmacSHA256", AWS3_LIST, "SHA256", "SHA256");

    (void)state;
    expect(LETTER(.amzn_authorization = "AWS3 AWSAccessKeyId=K"), FAULT_INCOMPLETE_SIGNATURE,
           "Authorization header requires 'Signature' parameter. "
           "Authorization header requires 'Algorithm' parameter. "
           "Authorization=AWS3 AWSAccessKeyId=K");
    expect(LETTER(.amzn_authorization = good, .amz_date = AWS3_DATE, .later_ms = 901000),
           FAULT_INVALID_SIGNATURE,
           "Signature expired: 20130609T100015Z is now earlier than 20130609T100016Z "
           "(20130609T101516Z - 15 min.)");
    expect(LETTER(.amzn_authorization = aws3("HmacSHA256", "SignedHeaders=X-Amz-Date,", "SHA256",
                                             "SHA256"),
                  .amz_date = AWS3_DATE),
           FAULT_INVALID_SIGNATURE, "'Host' must be a 'SignedHeader' in the AWS Authorization.");
    /* Else it would be good for ever. */
    expect(
        LETTER(.amzn_authorization = aws3("HmacSHA256", "SignedHeaders=Host,", "SHA256", "SHA256"),
               .amz_date = AWS3_DATE),
        FAULT_INVALID_SIGNATURE, "'X-Amz-Date' must be a 'SignedHeader' in the AWS Authorization.");
    expect(LETTER(.amzn_authorization = aws3("HmacMD5", AWS3_LIST, "SHA256", "SHA256"),
                  .amz_date = AWS3_DATE),
           FAULT_INCOMPLETE_SIGNATURE,
           "Unsupported AWS 'algorithm': 'HmacMD5' (only HmacSHA256 and HmacSHA1 for now). ");
    /* It signs the date alone. */
    expect(LETTER(.amzn_authorization =
                      "AWS3-HTTPS AWSAccessKeyId=AKIDEXAMPLE,Algorithm=HmacSHA256,Signature=s",
                  .amz_date = AWS3_DATE),
           FAULT_INCOMPLETE_SIGNATURE,
           "Unsupported AWS 'algorithm': 'AWS3-HTTPS' (only HmacSHA256 and HmacSHA1 for now). ");
    expect(LETTER(.amzn_authorization = "AWS3 AWSAccessKeyId=K,Algorithm=HmacSHA256,Signature=s",
                  .amz_date = AWS3_DATE),
           FAULT_UNRECOGNIZED_CLIENT, INVALID_TOKEN);
    expect(LETTER(.amzn_authorization = good, .amz_date = AWS3_DATE, .token = "t"),
           FAULT_UNRECOGNIZED_CLIENT, INVALID_TOKEN);
    assert_int_equal(
        verify(LETTER(.amzn_authorization = good, .amz_date = AWS3_DATE, .body = BODY " ")).code,
        FAULT_INVALID_SIGNATURE);
}

/* ---- one bit */

#define PARTS_MAX 32

/* A request whose every byte can be changed. */
struct pliable {
    struct signed_request request;
    struct header headers[8];
    struct bytes *parts[PARTS_MAX];
    bool is_name[PARTS_MAX]; /* of a header: the case of its letters means nothing */
    size_t count;
};

static void add_part(struct pliable *pliable, struct bytes *part, const char *text, bool is_name)
{
    *part = arena_copy(&arena, bytes_of_cstr(text));
    pliable->is_name[pliable->count] = is_name;
    pliable->parts[pliable->count++] = part;
}

static void add_line(struct pliable *pliable, const char *name, const char *value)
{
    struct header *header = &pliable->headers[pliable->request.header_count++];

    add_part(pliable, &header->name, name, true);
    add_part(pliable, &header->value, value, false);
}

static void make_pliable(struct pliable *pliable, const char *query, const char *authorization,
                         const char *amz_date)
{
    *pliable = (struct pliable){ 0 };
    pliable->request.headers = pliable->headers;
    add_part(pliable, &pliable->request.method, "POST", false);
    add_part(pliable, &pliable->request.path, "/", false);
    add_part(pliable, &pliable->request.query, query, false);
    add_part(pliable, &pliable->request.body, BODY, false);
    add_line(pliable, "Host", HOST);
    if (!authorization)
        return;
    add_line(pliable, "X-Amz-Target", TARGET);
    add_line(pliable, "Content-Type", TYPE);
    add_line(pliable, "X-Amz-Date", amz_date);
    add_line(pliable,
             strncmp(authorization, "AWS3", 4) == 0 ? "X-Amzn-Authorization" : "Authorization",
             authorization);
}

static bool passes(const struct pliable *pliable)
{
    const struct credential_source source = { .find = judge_find };
    const struct credential *who;
    struct arena scratch;

    arena_init(&scratch, "scratch", 1 << 20);
    struct fault fault = signature_verify(verifier, &pliable->request, (struct instant){ NOW },
                                          &source, &scratch, &who);
    arena_deinit(&scratch);
    return fault_is_none(fault);
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void change_every_bit(struct pliable *pliable)
{
    assert_true(passes(pliable));
    for (size_t p = 0; p < pliable->count; p++) {
        char *text = (char *)(uintptr_t)pliable->parts[p]->ptr;
        for (size_t bit = 0; bit < 8 * pliable->parts[p]->len; bit++) {
            char mask = (char)(1 << bit % 8), before = text[bit / 8];
            bool is_same = pliable->is_name[p] && mask == 0x20 && is_letter(before);
            text[bit / 8] = (char)(before ^ mask);
            if (passes(pliable) != is_same)
                fail_msg("bit %zu of %.*s", bit, BYTES_FMT(*pliable->parts[p]));
            text[bit / 8] = before;
        }
    }
    assert_true(passes(pliable));
}

static void no_changed_bit_passes(void **state)
{
    struct pliable pliable;

    (void)state;
    make_pliable(&pliable, "", well_signed(), DATE);
    change_every_bit(&pliable);
}

static void no_changed_bit_of_a_query_passes(void **state)
{
    struct pliable pliable;

    (void)state;
    make_pliable(&pliable, presigned("AKIDEXAMPLE", "900", NULL), NULL, NULL);
    change_every_bit(&pliable);
}

/* Here neither Content-Type nor the list of names is signed, so those may change. */
static void no_changed_bit_of_the_first_clients_passes(void **state)
{
    const char *authorization = aws3("HmacSHA256", "", "SHA256", "SHA256");
    struct pliable pliable;

    (void)state;
    make_pliable(&pliable, "", authorization, AWS3_DATE);
    struct bytes **type = &pliable.parts[8];
    assert_true(bytes_equal_cstr(*type[0], "Content-Type"));
    memmove(type, type + 2, (pliable.count - 10) * sizeof(type[0]));
    pliable.count -= 2;
    change_every_bit(&pliable);
}

/* ---- and the rest */

static void a_claim_is_believed_as_it_stands(void **state)
{
    const struct header header = { BYTES("authorization"),
                                   bytes_of_cstr(with_credential("K/20130609/r/s/t")) };
    const struct header date = { BYTES("x-amz-date"), BYTES("x") };
    const struct header headers[] = { header, date };
    struct signed_request request = { .headers = headers, .header_count = 2 };
    struct authorization claim;

    (void)state;
    assert_true(fault_is_none(signature_claim(&request, &arena, &claim)));
    assert_true(bytes_equal_cstr(claim.access_key_id, "K"));
    request.query = BYTES("X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=L%2Fa%2Fb%2Fc%2Fd&"
                          "X-Amz-Date=x&X-Amz-SignedHeaders=y&X-Amz-Signature=z");
    assert_int_equal(signature_claim(&request, &arena, &claim).code, FAULT_INVALID_SIGNATURE);
    request.header_count = 0;
    assert_true(fault_is_none(signature_claim(&request, &arena, &claim)));
    assert_true(bytes_equal_cstr(claim.access_key_id, "L"));
    request.query = BYTES_ABSENT;
    assert_int_equal(signature_claim(&request, &arena, &claim).code,
                     FAULT_MISSING_AUTHENTICATION_TOKEN);
}

#define test(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        test(a_signed_request_tells_who),
        test(any_region_will_do),
        test(the_word_of_the_host_will_do_for_the_service),
        test(the_date_may_be_in_date),
        test(a_slash_behind_the_credential_means_nothing),
        test(a_request_is_signed_one_way),
        test(what_a_query_misses_is_told_together),
        test(a_date_must_be_one),
        test(clocks_may_differ_by_fifteen_minutes),
        test(host_must_be_signed),
        test(what_is_wrong_with_the_scope_is_told_together),
        test(complaints_come_in_the_order_of_the_service),
        test(a_mismatch_shows_what_should_have_been_signed),
        test(a_long_mismatch_is_not_shown),
        test(a_signature_is_whole_and_in_lower_case),
        test(the_body_is_always_signed),
        test(keys_must_be_known_and_active),
        test(another_secret_counts_at_once),
        test(tokens_belong_to_their_keys),
        test(tokens_expire),
        test(a_query_may_be_signed),
        test(a_query_has_its_own_token),
        test(the_first_parameter_of_a_name_counts),
        test(a_nul_in_a_query_cuts_no_text),
        test(a_query_expires),
        test(the_first_clients_are_let_in),
        test(the_first_clients_are_refused),
        test(no_changed_bit_passes),
        test(no_changed_bit_of_a_query_passes),
        test(no_changed_bit_of_the_first_clients_passes),
        test(a_claim_is_believed_as_it_stands),
    };

    if (argc > 1 && strcmp(argv[1], "--judge") == 0)
        return judge_stream(stdin, stdout);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
