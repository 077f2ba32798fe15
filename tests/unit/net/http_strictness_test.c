/* Requests that a server must be strict about, each as bytes on a connection of its own. */
#include "peer.h"

#include "base/text.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* after its prerequisites */
#include <cmocka.h>

static struct rig rig;

static int start_with_patience(uint32_t seconds)
{
    rig = rig_prepare();
    rig.config.header_timeout_s = seconds;
    rig.config.body_timeout_s = seconds;
    rig.config.write_timeout_s = seconds;
    rig.config.idle_timeout_s = seconds;
    rig.config.header_bytes_max = 4096;
    rig.config.header_lines_max = 20;
    rig_start(&rig);
    return 0;
}

static int start(void **state)
{
    (void)state;
    return start_with_patience(3600);
}

static int start_impatient(void **state)
{
    (void)state;
    return start_with_patience(1);
}

static int stop(void **state)
{
    (void)state;
    rig_stop(&rig);
    return 0;
}

/* "\0" cannot stand in a string: '~' does. */
static struct bytes with_nul(const char *text)
{
    static char copy[1024];
    size_t len = strlen(text);

    assert_true(len < sizeof(copy));
    for (size_t i = 0; i < len; i++)
        copy[i] = text[i] == '~' ? '\0' : text[i];
    return bytes_of(copy, len);
}

static void expect_refusal(const char *name, struct bytes request, int status)
{
    struct peer peer = peer_connect(&rig);

    print_message("  %s\n", name);
    peer_send(&peer, request);
    struct reply reply = peer_reply(&peer);
    if (reply.status != status)
        print_error("%s: %s", name, reply.head);
    assert_int_equal(reply.status, status);
    assert_int_equal(reply.body_len, 0);
    assert_non_null(strstr(reply.head, "\r\nConnection: close\r\n"));
    assert_non_null(strstr(reply.head, "\r\nx-amzn-RequestId: "));
    peer_expect_end(&peer);
    reply_free(&reply);
    peer_close(&peer);
}

#define POST "POST / HTTP/1.1\r\nHost: x\r\n"
#define GET "GET /healthz HTTP/1.1\r\n"
#define LENGTH "Content-Length: 2\r\n"
#define CHUNKED "Transfer-Encoding: chunked\r\n"

static const struct {
    const char *name, *request;
    int status;
} refused[] = {
    { "length and coding", POST LENGTH CHUNKED "\r\n", 400 },
    { "coding and length", POST CHUNKED LENGTH "\r\n", 400 },
    { "two lengths", POST LENGTH "Content-Length: 3\r\n\r\n", 400 },
    { "the same length twice", POST LENGTH LENGTH "\r\n", 400 },
    { "a list of lengths", POST "Content-Length: 2, 2\r\n\r\n", 400 },
    { "negative length", POST "Content-Length: -2\r\n\r\n", 400 },
    { "length with a plus", POST "Content-Length: +2\r\n\r\n", 400 },
    { "length in hexadecimal", POST "Content-Length: 0x2\r\n\r\n", 400 },
    { "length of letters", POST "Content-Length: two\r\n\r\n", 400 },
    { "empty length", POST "Content-Length: \r\n\r\n", 400 },
    { "length with a gap", POST "Content-Length: 2 2\r\n\r\n", 400 },
    { "length beyond 64 bits", POST "Content-Length: 99999999999999999999\r\n\r\n", 400 },
    { "coding that is not chunked", POST "Transfer-Encoding: gzip\r\n\r\n", 400 },
    { "two codings", POST "Transfer-Encoding: gzip, chunked\r\n\r\n", 400 },
    { "coding twice", POST CHUNKED CHUNKED "\r\n", 400 },
    { "coding with something in front", POST "Transfer-Encoding: xchunked\r\n\r\n", 400 },
    { "coding with something behind", POST "Transfer-Encoding: chunkedx\r\n\r\n", 400 },
    { "coding that is empty", POST "Transfer-Encoding: \r\n\r\n", 400 },
    { "coding in HTTP/1.0", "POST / HTTP/1.0\r\nHost: x\r\n" CHUNKED "\r\n", 400 },
    { "space before the colon", POST "Content-Length : 2\r\n\r\n", 400 },
    { "tab before the colon", POST "Content-Length\t: 2\r\n\r\n", 400 },
    { "space inside a name", POST "Content Length: 2\r\n\r\n", 400 },
    { "space before the first name", GET " Host: x\r\n\r\n", 400 },
    { "no name", POST ": 2\r\n\r\n", 400 },
    { "no colon", POST "Content-Length\r\n\r\n", 400 },
    { "folded line", POST "A: b\r\n c\r\n\r\n", 400 },
    { "line folded with a tab", POST "A: b\r\n\tc\r\n\r\n", 400 },
    { "no Host", GET "\r\n", 400 },
    { "two Hosts", GET "Host: x\r\nHost: x\r\n\r\n", 400 },
    { "two targets", POST "X-Amz-Target: a\r\nX-Amz-Target: b\r\n\r\n", 400 },
    { "two content types", POST "Content-Type: a\r\ncontent-type: a\r\n\r\n", 400 },
    { "bare line feeds", "GET /healthz HTTP/1.1\nHost: x\n\n", 400 },
    { "bare line feed behind the request line", "GET /healthz HTTP/1.1\nHost: x\r\n\r\n", 400 },
    { "bare line feed behind a header", GET "Host: x\n\r\n", 400 },
    { "bare line feed at the end", GET "Host: x\r\n\n", 400 },
    { "bare carriage return in a value", GET "Host: x\rA: b\r\n\r\n", 400 },
    { "carriage return twice", GET "Host: x\r\r\n\r\n", 400 },
    { "carriage return and something at the end", GET "Host: x\r\n\rX", 400 },
    { "NUL in a value", GET "Host: ~\r\n\r\n", 400 },
    { "NUL behind a value", GET "Host: x~\r\n\r\n", 400 },
    { "NUL within a value", GET "Host: x\r\nA: some~thing\r\n\r\n", 400 },
    { "NUL in a name", GET "Host: x\r\nA~: b\r\n\r\n", 400 },
    { "NUL in the path", "GET /~ HTTP/1.1\r\nHost: x\r\n\r\n", 400 },
    { "control character in a value", GET "Host: x\r\nA: \x01\r\n\r\n", 400 },
    { "delete character in a value", GET "Host: x\r\nA: some\x7fthing\r\n\r\n", 400 },
    { "nonsense", "nonsense\r\n\r\n", 400 },
    { "TLS", "\x16\x03\x01\x02", 400 },
    { "unknown method", "BREW / HTTP/1.1\r\nHost: x\r\n\r\n", 400 },
    { "method in small letters", "get / HTTP/1.1\r\nHost: x\r\n\r\n", 400 },
    { "HTTP/2 in plain", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400 },
    { "another version", "GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505 },
    { "no version", "GET /\r\nHost: x\r\n\r\n", 505 },
    { "a version of letters", "GET / HTTP/x.y\r\nHost: x\r\n\r\n", 400 },
    { "another protocol", "GET / HTCPCP/1.0\r\nHost: x\r\n\r\n", 400 },
    { "another expectation", POST "Expect: a-miracle\r\n" LENGTH "\r\n", 417 },
    { "body over the limit", POST "Content-Length: 1048577\r\n\r\n", 413 },
    { "body far over the limit", POST "Content-Length: 9999999999999999999\r\n\r\n", 413 },
    { "body at the limit, with headers over", POST "Content-Length: 1048576\r\n\r\n", 413 },
    { "body over the limit, announced",
      POST "Content-Length: 1048577\r\nExpect: 100-continue\r\n\r\n", 413 },
    { "chunk over the limit", POST CHUNKED "\r\n100001\r\n", 413 },
    { "chunk beyond 64 bits", POST CHUNKED "\r\nfffffffffffffffffffff\r\n", 413 },
    { "chunk without size", POST CHUNKED "\r\n\r\n", 400 },
    { "chunk size of letters", POST CHUNKED "\r\nxyz\r\n", 400 },
    { "chunk size in hexadecimal notation", POST CHUNKED "\r\n0x2\r\n", 400 },
    { "negative chunk size", POST CHUNKED "\r\n-2\r\n", 400 },
    { "chunk size with a gap", POST CHUNKED "\r\n2 2\r\n", 400 },
    { "chunk size with a space behind", POST CHUNKED "\r\n2 \r\n", 400 },
    { "chunk line with a bare line feed", POST CHUNKED "\r\n2\n{}\r\n", 400 },
    { "chunk line with a bare carriage return", POST CHUNKED "\r\n2\r{}\r\n", 400 },
    { "chunk extension with a bare line feed", POST CHUNKED "\r\n2;a\n{}\r\n", 400 },
    { "chunk longer than it says", POST CHUNKED "\r\n2\r\n{}}\r\n", 400 },
    { "chunk with a bare line feed behind", POST CHUNKED "\r\n2\r\n{}\n0\r\n\r\n", 400 },
    { "NUL in a chunk extension", POST CHUNKED "\r\n2;~\r\n{}\r\n0\r\n\r\n", 400 },
    { "NUL in a trailer", POST CHUNKED "\r\n0\r\nA: ~\r\n\r\n", 400 },
    { "trailer with a bare line feed", POST CHUNKED "\r\n0\r\nA: b\n\r\n", 400 },
    { "bare line feed behind the trailers", POST CHUNKED "\r\n0\r\n\n", 400 },
};

static void wrong_requests_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        expect_refusal(refused[i].name, with_nul(refused[i].request), refused[i].status);
}

static const struct {
    const char *name, *request;
    int status;
} accepted[] = {
    { "path with a query", "GET /healthz?a=b HTTP/1.1\r\nHost: x\r\n\r\n", 200 },
    { "whole URL", "GET http://x:80/healthz HTTP/1.1\r\nHost: x\r\n\r\n", 200 },
    { "whole URL without a path", "GET http://x HTTP/1.1\r\nHost: x\r\n\r\n", 404 },
    { "path in high bytes", "GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n", 404 },
    { "asterisk", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 404 },
    { "tunnel", "CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n", 404 },
    { "upgrade", GET "Host: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", 200 },
    { "empty Host", GET "Host:\r\n\r\n", 200 },
    { "empty line in front", "\r\n" GET "Host: x\r\n\r\n", 200 },
    { "names in any case", GET "hOST: x\r\n\r\n", 200 },
    { "no space behind the colon", GET "Host:x\r\n\r\n", 200 },
    { "much space around a value", GET "Host: \t x \t \r\n\r\n", 200 },
    { "length with zeros", POST "Content-Length: 0002\r\n\r\n{}", 404 },
    { "a later minor version", "GET /healthz HTTP/1.2\r\nHost: x\r\n\r\n", 200 },
    { "one chunk", POST CHUNKED "\r\n2\r\n{}\r\n0\r\n\r\n", 404 },
    { "coding in capitals", POST "Transfer-Encoding: Chunked \r\n\r\n2\r\n{}\r\n0\r\n\r\n", 404 },
    { "no chunk", POST CHUNKED "\r\n0\r\n\r\n", 404 },
    { "chunks, extensions, trailers",
      POST CHUNKED "\r\n1;a=b\r\n{\r\n01 ; c=\"d\"\r\n}\r\n000;\r\nA: b\r\nC:\r\n\r\n", 404 },
};

/* Each twice on one connection: the second answer shows that both ends agree where the first ended.
 */
static void odd_requests_are_accepted(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++) {
        struct peer peer = peer_connect(&rig);
        print_message("  %s\n", accepted[i].name);
        peer_send_text(&peer, accepted[i].request);
        peer_send_text(&peer, accepted[i].request);
        peer_expect_status(&peer, accepted[i].status);
        peer_expect_status(&peer, accepted[i].status);
        peer_send_text(&peer, GET "Host: x\r\nConnection: close\r\n\r\n");
        peer_expect_status(&peer, 200);
        peer_expect_end(&peer);
        peer_close(&peer);
    }
}

/* "GET" and a header of so many bytes in all. */
static struct text long_head(size_t bytes)
{
    struct text text;

    text_init(&text, bytes);
    text_append_cstr(&text, GET "Host: x\r\nA: ");
    while (text.len < bytes - 4)
        text_append_char(&text, 'a');
    text_append_cstr(&text, "\r\n\r\n");
    return text;
}

static void headers_are_bounded_in_bytes(void **state)
{
    struct text fits = long_head(4095), too_long = long_head(4097);
    struct peer peer = peer_connect(&rig);

    (void)state;
    peer_send(&peer, text_bytes(&fits));
    peer_expect_status(&peer, 200);
    peer_close(&peer);
    expect_refusal("4097 bytes of headers", text_bytes(&too_long), 431);
    too_long.len = 4096; /* and the end never comes */
    expect_refusal("4096 bytes without an end", text_bytes(&too_long), 431);
    text_deinit(&fits);
    text_deinit(&too_long);
}

static struct text many_lines(int count)
{
    struct text text;

    text_init(&text, 4096);
    text_append_cstr(&text, GET "Host: x\r\n");
    for (int i = 1; i < count; i++)
        text_append_cstr(&text, "A: b\r\n");
    text_append_cstr(&text, "\r\n");
    return text;
}

static void headers_are_bounded_in_lines(void **state)
{
    struct text fits = many_lines(20), too_many = many_lines(21);
    struct peer peer = peer_connect(&rig);

    (void)state;
    peer_send(&peer, text_bytes(&fits));
    peer_expect_status(&peer, 200);
    peer_close(&peer);
    expect_refusal("21 headers", text_bytes(&too_many), 431);
    text_deinit(&fits);
    text_deinit(&too_many);
}

static void chunk_framing_is_bounded(void **state)
{
    struct text text;

    (void)state;
    text_init(&text, 4 << 20);
    text_append_cstr(&text, POST CHUNKED "\r\n0\r\n");
    while (text.len < 6000)
        text_append_cstr(&text, "A: b\r\n");
    expect_refusal("trailers without end", text_bytes(&text), 431);

    text_reset(&text);
    text_append_cstr(&text, POST CHUNKED "\r\n2;");
    while (text.len < 1200000)
        text_append_char(&text, 'a');
    expect_refusal("extension without end", text_bytes(&text), 413);

    text_reset(&text);
    text_append_cstr(&text, POST CHUNKED "\r\n");
    while (text.len < 1500000)
        text_append_cstr(&text, "1\r\na\r\n");
    expect_refusal("a body in crumbs", text_bytes(&text), 413);
    text_deinit(&text);
}

/* The client sends ten megabytes more, and still gets to read why it is refused. */
static void a_body_over_the_limit_is_not_read(void **state)
{
    struct peer peer = peer_connect(&rig);
    static char piece[1 << 20];

    (void)state;
    peer_send_text(&peer, POST "Content-Length: 104857600\r\n\r\n");
    for (int i = 0; i < 10; i++)
        if (!peer_try_send(&peer, bytes_of(piece, sizeof(piece))))
            break;
    peer_expect_status(&peer, 413);
    peer_expect_end(&peer);
    peer_close(&peer);
}

static void a_body_at_the_limit_is_read(void **state)
{
    struct peer peer = peer_connect(&rig);
    static char piece[1000000];

    (void)state;
    memset(piece, ' ', sizeof(piece));
    peer_send_text(&peer, POST "Content-Length: 1000000\r\n\r\n");
    peer_send(&peer, bytes_of(piece, sizeof(piece)));
    peer_expect_status(&peer, 404);
    peer_close(&peer);
}

static void a_body_waits_for_continue(void **state)
{
    struct peer peer = peer_connect(&rig);
    struct bytes call = call_text("RegisterDomain", "Expect: 100-continue\r\n", register_body);
    size_t body_len = strlen(register_body);

    (void)state;
    peer_send(&peer, bytes_of(call.ptr, call.len - body_len));
    struct reply proceed = peer_reply_without_body(&peer);
    assert_string_equal(proceed.head, "HTTP/1.1 100 Continue\r\n\r\n");
    peer_send(&peer, bytes_of(register_body, 5));
    peer_send(&peer, bytes_of(register_body + 5, body_len - 5));
    peer_expect_status(&peer, 200);
    /* It came along: no need to say anything. */
    peer_send(&peer, call_text("RegisterDomain", "Expect: 100-Continue\r\n", register_body));
    peer_expect_status(&peer, 200);
    peer_close(&peer);
}

/* What two calls on another connection show: whatever was sent before them was heard. */
static void let_it_hear(void)
{
    for (int i = 0; i < 2; i++) {
        struct peer other = peer_connect(&rig);
        peer_send_text(&other, GET "Host: x\r\n\r\n");
        peer_expect_status(&other, 200);
        peer_close(&other);
    }
}

/* Also where what comes is not of the body yet, but of its framing. */
static void it_is_told_to_continue_once(void **state)
{
    struct peer peer = peer_connect(&rig);

    (void)state;
    peer_send_text(&peer, POST CHUNKED "Expect: 100-continue\r\n\r\n");
    struct reply proceed = peer_reply_without_body(&peer);
    assert_string_equal(proceed.head, "HTTP/1.1 100 Continue\r\n\r\n");
    peer_send_text(&peer, "2\r\n");
    let_it_hear();
    peer_send_text(&peer, "{}\r\n0\r\n\r\n");
    peer_expect_status(&peer, 404);
    peer_close(&peer);
}

static void http_1_0_is_spoken(void **state)
{
    struct peer peer = peer_connect(&rig);

    (void)state;
    peer_send_text(&peer, "GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    struct reply reply = peer_reply(&peer);
    assert_int_equal(reply.status, 200);
    assert_non_null(strstr(reply.head, "\r\nConnection: keep-alive\r\n"));
    reply_free(&reply);
    peer_send_text(&peer, "GET /healthz HTTP/1.0\r\nExpect: whatever\r\n\r\n");
    reply = peer_reply(&peer);
    assert_int_equal(reply.status, 200);
    assert_non_null(strstr(reply.head, "\r\nConnection: close\r\n"));
    reply_free(&reply);
    peer_expect_end(&peer);
    peer_close(&peer);
}

static void nothing_is_answered_behind_a_close(void **state)
{
    struct peer peer = peer_connect(&rig);

    (void)state;
    peer_send_text(&peer, GET "Host: x\r\nConnection: close\r\n\r\n" GET "Host: x\r\n\r\n");
    peer_expect_status(&peer, 200);
    peer_expect_end(&peer);
    peer_close(&peer);
}

static void a_slow_head_is_ended(void **state)
{
    (void)state;
    expect_refusal("head without an end", BYTES(GET "Host: x\r\n"), 408);
}

static void a_slow_body_is_ended(void **state)
{
    (void)state;
    expect_refusal("body without an end", BYTES(POST LENGTH "\r\n{"), 408);
    expect_refusal("chunk without an end", BYTES(POST CHUNKED "\r\n2\r\n{"), 408);
}

static void an_idle_connection_is_closed(void **state)
{
    struct peer fresh = peer_connect(&rig), used = peer_connect(&rig);

    (void)state;
    peer_send_text(&used, GET "Host: x\r\n\r\n");
    peer_expect_status(&used, 200);
    peer_expect_end(&used);
    peer_expect_end(&fresh);
    peer_close(&used);
    peer_close(&fresh);
}

/* Longer than any of the deadlines: none of them is for a held poll. */
static void a_held_poll_is_not_idle(void **state)
{
    struct peer held = peer_connect(&rig), idle = peer_connect(&rig);

    (void)state;
    peer_send(&held, call_text("PollForActivityTask", NULL, poll_body));
    fake_service_wait_parked(rig.service, 1);
    peer_expect_end(&idle);
    peer_close(&idle);
    idle = peer_connect(&rig);
    peer_expect_end(&idle);
    peer_close(&idle);
    fake_service_answer_polls(rig.service);
    peer_expect_status(&held, 200);
    peer_close(&held);
}

static bool is_served(struct rig *small)
{
    struct peer peer = peer_connect(small);
    struct bytes request = BYTES(GET "Host: x\r\nConnection: close\r\n\r\n");

    bool served = peer_try_send(&peer, request) && peer_read_to_end(&peer) > 0;
    peer_close(&peer);
    return served;
}

/* Only one connection may be open, so the next is served only once this one is given up. */
static void a_client_that_does_not_read_is_given_up(void **state)
{
    struct rig small = rig_prepare();

    (void)state;
    small.config.write_timeout_s = 1;
    small.config.connections_max = 1;
    rig_start(&small);
    struct peer peer = peer_connect(&small);
    peer_send(&peer, call_text("ListDomains", NULL, "{\"registrationStatus\":\"REGISTERED\"}"));
    while (!is_served(&small))
        ;
    assert_true(peer_read_to_end(&peer) < FAKE_LIST_BYTES);
    peer_close(&peer);
    rig_stop(&small);
}

#define test(name) cmocka_unit_test_setup_teardown(name, start, stop)
#define impatient_test(name) cmocka_unit_test_setup_teardown(name, start_impatient, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(wrong_requests_are_refused),
        test(odd_requests_are_accepted),
        test(headers_are_bounded_in_bytes),
        test(headers_are_bounded_in_lines),
        test(chunk_framing_is_bounded),
        test(a_body_over_the_limit_is_not_read),
        test(a_body_at_the_limit_is_read),
        test(a_body_waits_for_continue),
        test(it_is_told_to_continue_once),
        test(http_1_0_is_spoken),
        test(nothing_is_answered_behind_a_close),
        impatient_test(a_slow_head_is_ended),
        impatient_test(a_slow_body_is_ended),
        impatient_test(an_idle_connection_is_closed),
        impatient_test(a_held_poll_is_not_idle),
        test(a_client_that_does_not_read_is_given_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
