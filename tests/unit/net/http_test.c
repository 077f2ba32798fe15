/* One request in every possible pair of pieces must read as the same request. */
#include "net/http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
/* after its prerequisites */
#include <cmocka.h>

static const struct http_limits limits = { 4096, 20, 8192 };

#define COUNTED                                                        \
    "POST /path?query HTTP/1.1\r\n"                                    \
    "Host: x\r\n"                                                      \
    "X-Amz-Target: \tSimpleWorkflowService.ListDomains \r\n"           \
    "X-Unknown-Header-That-Is-Longer-Than-Any-That-We-Know: value\r\n" \
    "content-TYPE: application/json\r\n"                               \
    "Authorization:\r\n"                                               \
    "Content-Length: 11\r\n\r\n"                                       \
    "hello world"
#define CHUNKED                                           \
    "POST /path?query HTTP/1.1\r\n"                       \
    "Authorization: \r\n"                                 \
    "Host: x\r\n"                                         \
    "X-Amz-Target: SimpleWorkflowService.ListDomains\r\n" \
    "Content-Type: application/json\r\n"                  \
    "Transfer-Encoding: chunked\r\n\r\n"                  \
    "5\r\nhello\r\n1;x\r\n \r\n00005\r\nworld\r\n0\r\nTrailer: t\r\n\r\n"
#define NEXT "GET"

static int start(void **state)
{
    *state = http_new(&limits);
    return 0;
}

static int stop(void **state)
{
    http_free(*state);
    return 0;
}

/* Reads a piece that is a heap block of its own, so that a sanitizer sees what is read behind it.
 */
static size_t read_piece(struct http *http, const char *text, size_t len)
{
    char *piece = malloc(len > 0 ? len : 1);

    assert_non_null(piece);
    memcpy(piece, text, len);
    size_t used = http_read(http, bytes_of(piece, len));
    free(piece);
    return used;
}

static void assert_text(struct bytes actual, const char *expected)
{
    assert_int_equal(actual.len, strlen(expected));
    assert_memory_equal(actual.ptr, expected, actual.len);
}

static void check_request(struct http *http)
{
    assert_int_equal(http->state, HTTP_WHOLE);
    struct http_request request = http_request(http);
    assert_int_equal(request.verb, VERB_POST);
    assert_text(request.path, "/path");
    assert_text(request.body, "hello world");
    assert_text(request.headers[HEADER_HOST], "x");
    assert_text(request.headers[HEADER_X_AMZ_TARGET], "SimpleWorkflowService.ListDomains");
    assert_text(request.headers[HEADER_CONTENT_TYPE], "application/json");
    assert_false(bytes_is_absent(request.headers[HEADER_AUTHORIZATION]));
    assert_text(request.headers[HEADER_AUTHORIZATION], "");
    assert_true(bytes_is_absent(request.headers[HEADER_EXPECT]));
    assert_true(http->head.keeps_alive);
}

static void read_in_two(struct http *http, const char *text)
{
    size_t whole = strlen(text) - strlen(NEXT);

    for (size_t cut = 0; cut <= whole; cut++) {
        size_t used = read_piece(http, text, cut);
        assert_int_equal(used, cut);
        if (cut < whole)
            used += read_piece(http, text + cut, strlen(text) - cut);
        assert_int_equal(used, whole);
        check_request(http);
        http_reset(http);
    }
}

static void a_request_is_the_same_in_any_two_pieces(void **state)
{
    read_in_two(*state, COUNTED NEXT);
    read_in_two(*state, CHUNKED NEXT);
}

static void a_request_is_the_same_byte_by_byte(void **state)
{
    static const char *const texts[] = { COUNTED, CHUNKED };

    for (int i = 0; i < 2; i++) {
        for (const char *at = texts[i]; *at; at++)
            assert_int_equal(read_piece(*state, at, 1), 1);
        check_request(*state);
        http_reset(*state);
    }
}

/* Whatever byte is changed: no crash, nothing beyond the text is used. */
static void changed_bytes_are_survived(void **state)
{
    static const char bytes[] = "\0\r\n :;x0\xff";
    static const char *const texts[] = { COUNTED, CHUNKED };
    char text[sizeof(CHUNKED) > sizeof(COUNTED) ? sizeof(CHUNKED) : sizeof(COUNTED)];

    for (int i = 0; i < 2; i++) {
        size_t len = strlen(texts[i]);
        for (size_t at = 0; at < len; at++) {
            for (size_t b = 0; b < sizeof(bytes); b++) {
                memcpy(text, texts[i], len);
                text[at] = bytes[b];
                assert_true(read_piece(*state, text, len) <= len);
                http_reset(*state);
            }
        }
    }
}

static void only_the_waiting_are_told_to_continue(void **state)
{
    struct http *http = *state;
    const char head[] =
        "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n";

    read_piece(http, head, strlen(head));
    assert_false(http_wants_continue(http));
    read_piece(http, "\r\n", 2);
    assert_true(http_wants_continue(http));
    read_piece(http, "a", 1);
    assert_false(http_wants_continue(http));
    read_piece(http, "bc", 2);
    assert_int_equal(http->state, HTTP_WHOLE);
}

/* What the last request left behind is not the next one's. */
static void a_reset_forgets(void **state)
{
    struct http *http = *state;

    read_piece(http, COUNTED, strlen(COUNTED));
    http_reset(http);
    read_piece(http, "GET / HTTP/1.0\r\n\r\n", 18);
    assert_int_equal(http->state, HTTP_WHOLE);
    struct http_request request = http_request(http);
    assert_text(request.body, "");
    for (int i = 0; i < HEADER_COUNT; i++)
        assert_true(bytes_is_absent(request.headers[i]));
    assert_false(http->head.keeps_alive);
}

#define test(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_request_is_the_same_in_any_two_pieces),
        test(a_request_is_the_same_byte_by_byte),
        test(changed_bytes_are_survived),
        test(only_the_waiting_are_told_to_continue),
        test(a_reset_forgets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
