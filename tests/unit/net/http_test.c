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
    assert_text(http_head_value(request.head, HEADER_HOST), "x");
    assert_text(http_head_value(request.head, HEADER_X_AMZ_TARGET),
                "SimpleWorkflowService.ListDomains");
    assert_text(http_head_value(request.head, HEADER_CONTENT_TYPE), "application/json");
    assert_false(bytes_is_absent(http_head_value(request.head, HEADER_AUTHORIZATION)));
    assert_text(http_head_value(request.head, HEADER_AUTHORIZATION), "");
    assert_true(bytes_is_absent(http_head_value(request.head, HEADER_EXPECT)));
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

static void read_whole(struct http *http, const char *text)
{
    assert_int_equal(read_piece(http, text, strlen(text)), strlen(text));
    assert_int_equal(http->state, HTTP_WHOLE);
}

static void all_headers_are_kept_in_their_order(void **state)
{
    static const struct {
        const char *name, *value;
    } expected[] = {
        { "Host", "x" }, { "X-A", "1" }, { "x-a", "" }, { "My-Header", "a   b\t c" },
        { "X-A", "1" },
    };
    struct http *http = *state;

    read_whole(http, "POST / HTTP/1.1\r\nHost: x\r\nX-A:1\r\nx-a: \r\n"
                     "My-Header: \t a   b\t c \t\r\nX-A: 1\r\n\r\n");
    assert_int_equal(http->head.lines, sizeof(expected) / sizeof(expected[0]));
    for (uint32_t i = 0; i < http->head.lines; i++) {
        assert_text(http_head_line(&http->head, i).name, expected[i].name);
        assert_text(http_head_line(&http->head, i).value, expected[i].value);
    }
}

/* As many as the limit allows, so that what holds them has to grow; one more is refused. */
static void headers_are_kept_up_to_the_limit(void **state)
{
    struct http *http = *state;

    for (uint32_t more = 0; more < 2; more++) {
        read_piece(http, "GET / HTTP/1.1\r\nHost: x\r\n", 25);
        for (uint32_t i = 1; i < limits.header_lines_max; i++)
            read_piece(http, "A: b\r\n", 6);
        read_piece(http, more ? "C: d\r\n\r\n" : "\r\n", more ? 8 : 2);
        assert_int_equal(http->state, more ? HTTP_REFUSED : HTTP_WHOLE);
        if (more) {
            assert_int_equal(http->refusal, 431);
        } else {
            assert_int_equal(http->head.lines, limits.header_lines_max);
            assert_text(http_head_line(&http->head, limits.header_lines_max - 1).value, "b");
        }
        http_reset(http);
    }
}

/* The library has a bound of its own, which is lower. */
static void a_head_may_be_as_long_as_the_limit(void **state)
{
    const struct http_limits large = { 1 << 20, 20, 1 << 20 };
    static char name[100000];
    struct http *http = http_new(&large);

    (void)state;
    memset(name, 'a', sizeof(name));
    read_piece(http, "GET / HTTP/1.1\r\nHost: x\r\n", 25);
    for (int i = 0; i < 5; i++) {
        read_piece(http, name, sizeof(name));
        read_piece(http, ": b\r\n", 5);
        assert_int_equal(http->state, HTTP_IN_HEAD);
    }
    read_whole(http, "\r\n");
    assert_int_equal(http->head.lines, 6);
    http_free(http);
}

static void the_url_is_taken_apart(void **state)
{
    static const struct {
        const char *request, *method, *path, *query;
    } urls[] = {
        { "POST / HTTP/1.0\r\n\r\n", "POST", "/", NULL },
        { "GET /? HTTP/1.0\r\n\r\n", "GET", "/", "" },
        { "PUT /a%20b?c=%2F&d=?/ HTTP/1.0\r\n\r\n", "PUT", "/a%20b", "c=%2F&d=?/" },
        { "GET http://h:1/a?b=/ HTTP/1.0\r\n\r\n", "GET", "/a", "b=/" },
        { "GET http://h?b=/c HTTP/1.0\r\n\r\n", "GET", "/", "b=/c" },
        { "GET http://h HTTP/1.0\r\n\r\n", "GET", "/", NULL },
    };

    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        struct http *http = *state;
        read_whole(http, urls[i].request);
        assert_text(http_head_method(&http->head), urls[i].method);
        assert_text(http_head_path(&http->head), urls[i].path);
        struct bytes query = http_head_query(&http->head);
        assert_int_equal(bytes_is_absent(query), urls[i].query == NULL);
        if (urls[i].query)
            assert_text(query, urls[i].query);
        http_reset(http);
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
        assert_true(bytes_is_absent(http_head_value(request.head, (enum http_header)i)));
    assert_false(http->head.keeps_alive);
}

#define test(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_request_is_the_same_in_any_two_pieces),
        test(a_request_is_the_same_byte_by_byte),
        test(changed_bytes_are_survived),
        test(all_headers_are_kept_in_their_order),
        test(headers_are_kept_up_to_the_limit),
        test(a_head_may_be_as_long_as_the_limit),
        test(the_url_is_taken_apart),
        test(only_the_waiting_are_told_to_continue),
        test(a_reset_forgets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
