/* What the signer writes is what the server's verifier takes; and the heads of answers. */
#include "bench/signer.h"

#include "auth/signature.h"
#include "bench/reply.h"
#include "bench/scrape.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
/* after its prerequisites */
#include <cmocka.h>

#define NOW ((struct instant){ 1795774974123 }) /* 2026-11-27T10:22:54Z */
#define NEXT_DAY ((struct instant){ 1795774974123 + 24 * 3600 * 1000 })
#define BODY BYTES("{\"domain\":\"d\"}")

static struct signature_verifier *verifier;
static struct arena arena;
static struct text request;

static const struct credential *find(void *context, struct bytes access_key_id)
{
    static const struct credential known = { .access_key_id = { "AKID", 4 },
                                             .secret = { "secret", 6 },
                                             .is_active = true,
                                             .expires = { INT64_MAX } };
    static const struct credential temporary = { .access_key_id = { "ASID", 4 },
                                                 .secret = { "secret", 6 },
                                                 .is_active = true,
                                                 .expires = { INT64_MAX },
                                                 .session_token = { "a/token+", 8 } };

    (void)context;
    if (bytes_equal(access_key_id, temporary.access_key_id))
        return &temporary;
    return bytes_equal(access_key_id, known.access_key_id) ? &known : NULL;
}

static struct signer *signer_of(const char *id, const char *secret)
{
    struct signer_config config = { "127.0.0.1:9347", "eu-west-1", id, secret, NULL };
    return signer_new(&config);
}

/* Takes the request apart as a server would. */
static struct signed_request take_apart(struct header headers[16])
{
    struct bytes rest = text_bytes(&request);
    struct signed_request out = { BYTES("POST"), BYTES("/"), BYTES_ABSENT, headers, 0, BODY };

    assert_true(bytes_starts_with(rest, BYTES("POST / HTTP/1.1\r\n")));
    rest = bytes_skip(rest, 17);
    while (!bytes_starts_with(rest, BYTES("\r\n"))) {
        const char *colon = memchr(rest.ptr, ':', rest.len);
        const char *end = memmem(rest.ptr, rest.len, "\r\n", 2);
        headers[out.header_count++] = (struct header){
            bytes_of(rest.ptr, (size_t)(colon - rest.ptr)),
            bytes_of(colon + 2, (size_t)(end - colon) - 2)
        };
        rest = bytes_skip(rest, (size_t)(end - rest.ptr) + 2);
    }
    assert_true(bytes_equal(bytes_skip(rest, 2), BODY));
    return out;
}

static enum fault_code verify(struct signer *signer, struct instant now)
{
    struct header headers[16];
    const struct credential *who;
    struct credential_source source = { find, NULL };

    text_reset(&request);
    signer_append(signer, OPERATION_LIST_DOMAINS, BODY, now, &request);
    struct signed_request received = take_apart(headers);
    return signature_verify(verifier, &received, now, &source, &arena, &who).code;
}

static int start(void **state)
{
    (void)state;
    verifier = signature_verifier_new(4);
    arena_init(&arena, "test", (size_t)1 << 20);
    text_init(&request, 65536);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    signature_verifier_free(verifier);
    arena_deinit(&arena);
    text_deinit(&request);
    return 0;
}

static void its_signature_is_right(void **state)
{
    struct signer *signer = signer_of("AKID", "secret");

    (void)state;
    assert_int_equal(verify(signer, NOW), FAULT_NONE);
    assert_int_equal(verify(signer, NOW), FAULT_NONE);
    assert_int_equal(verify(signer, NEXT_DAY), FAULT_NONE);
    signer_free(signer);
}

static void temporary_credentials_have_a_token(void **state)
{
    struct signer_config config = { "127.0.0.1:9347", "eu-west-1", "ASID", "secret", "a/token+" };
    struct signer *signer = signer_new(&config);

    (void)state;
    assert_int_equal(verify(signer, NOW), FAULT_NONE);
    signer_free(signer);
    config.session_token = "";
    signer = signer_new(&config);
    assert_int_equal(verify(signer, NOW), FAULT_UNRECOGNIZED_CLIENT);
    signer_free(signer);
}

static void another_secret_is_not(void **state)
{
    struct signer *signer = signer_of("AKID", "other");

    (void)state;
    assert_int_equal(verify(signer, NOW), FAULT_INVALID_SIGNATURE);
    signer_free(signer);
}

static void without_a_key_it_claims_one(void **state)
{
    struct signer *signer = signer_of("", "");
    struct header headers[16];
    struct authorization claim;

    (void)state;
    assert_int_equal(verify(signer, NOW), FAULT_UNRECOGNIZED_CLIENT);
    struct signed_request received = take_apart(headers);
    assert_int_equal(signature_claim(&received, &arena, &claim).code, FAULT_NONE);
    signer_free(signer);
}

/* ---- answers ---- */

#define HEAD "HTTP/1.1 200 OK\r\nX: y\r\ncontent-length: 5\r\n\r\n"

static void an_answer_is_whole_at_its_last_byte(void **state)
{
    struct bytes whole = BYTES(HEAD "12345");
    struct reply_head head;

    (void)state;
    for (size_t len = 0; len < whole.len; len++)
        assert_int_equal(reply_read(bytes_of(whole.ptr, len), &head), REPLY_PARTIAL);
    assert_int_equal(reply_read(whole, &head), REPLY_WHOLE);
    assert_int_equal(head.status, 200);
    assert_int_equal(head.len, sizeof HEAD - 1);
    assert_int_equal(head.body_len, 5);
    assert_false(head.closes);
}

static void a_last_answer_says_so(void **state)
{
    struct reply_head head;

    (void)state;
    assert_int_equal(reply_read(BYTES("HTTP/1.1 503 No\r\nConnection: close\r\nContent-Length: 0"
                                      "\r\n\r\n"),
                                &head),
                     REPLY_WHOLE);
    assert_int_equal(head.status, 503);
    assert_true(head.closes);
}

static void what_cannot_be_read_is_broken(void **state)
{
    static const struct bytes broken[] = {
        BYTES("HTTP/1.1 200 OK\r\n\r\n"),
        BYTES("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
        BYTES("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"),
        BYTES("HTTP/1.1 2x0 OK\r\nContent-Length: 0\r\n\r\n"),
        BYTES("SSH-2.0-OpenSSH_9.2p1\r\n\r\n"),
    };
    struct reply_head head;

    (void)state;
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++)
        assert_int_equal(reply_read(broken[i], &head), REPLY_BROKEN);
}

static void series_are_added_up(void **state)
{
    struct bytes page = BYTES("# TYPE a counter\na{x=\"1 2\"} 1.5\na{x=\"2\"} 2\nab 7\nb 1e3");
    double sum;

    (void)state;
    assert_true(scrape_sum(page, "a", &sum));
    assert_true(sum == 3.5);
    assert_true(scrape_sum(page, "b", &sum));
    assert_true(sum == 1000);
    assert_false(scrape_sum(page, "c", &sum));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_signature_is_right),
        cmocka_unit_test(temporary_credentials_have_a_token),
        cmocka_unit_test(another_secret_is_not),
        cmocka_unit_test(without_a_key_it_claims_one),
        cmocka_unit_test(an_answer_is_whole_at_its_last_byte),
        cmocka_unit_test(a_last_answer_says_so),
        cmocka_unit_test(what_cannot_be_read_is_broken),
        cmocka_unit_test(series_are_added_up),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
