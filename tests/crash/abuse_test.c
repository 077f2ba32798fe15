/*
 * Clients that misbehave, against the real server: it refuses them, keeps serving a good one, and
 * does not grow.
 *
 * CRASH_SEED in the environment chooses other random bytes and mutations.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "caller.h"
#include "certificates/issuer.h"
#include "must.h"
#include "peer.h"
#include "process.h"
#include "told/told.h"
#include "base/random.h"
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define DOMAIN BYTES("d")
#define TEXT_BYTES_MAX ((size_t)64 << 20)
#define MB ((size_t)1 << 20)

/* A request may take 48 times its length while it is decoded, the store has 128 MB of buffers and
 * cache. */
#define RSS_BYTES_MAX (400 * MB)
/* The second time, everything that grows with use has grown. */
#define RSS_GROWTH_MAX (48 * MB)

static struct fixture {
    struct scratch scratch;
    char data[SCRATCH_PATH_MAX], log[SCRATCH_PATH_MAX];
    char ca[SCRATCH_PATH_MAX], certificate[SCRATCH_PATH_MAX], key[SCRATCH_PATH_MAX];
    char tls_endpoint[64];
    struct process server;
    struct text text;
    struct random_sequence random;
    unsigned long long seed;
    unsigned good_turns;
} fixture;

/* ---- the good client */

static const struct workflow_type type = { BYTES("t"), BYTES("1") };

static void register_all(void)
{
    static const struct task_list list = { BYTES("l") };
    struct caller caller;

    caller_init(&caller, fixture.server.endpoint);
    must_register(&caller, DOMAIN, "1", &type, &list);
    caller_deinit(&caller);
}

/* A workflow from its start to its end, with what is said of it. */
static void serve_good_client_at(const char *endpoint)
{
    struct caller caller;
    struct event *events;
    size_t count;

    caller_init_trusting(&caller, endpoint, fixture.ca);
    struct bytes id = arena_printf(&caller.arena, "good-%u", fixture.good_turns++);
    struct start_workflow_execution_input start = { .domain = DOMAIN,
                                                    .workflow_id = id,
                                                    .workflow_type = &type };
    struct terminate_workflow_execution_input end = { .domain = DOMAIN,
                                                      .workflow_id = id,
                                                      .reason = BYTES("r") };
    assert_int_equal(caller_call(&caller, OPERATION_START_WORKFLOW_EXECUTION, &start), DONE);
    struct workflow_execution run = { id,
                                      ((const struct run_output *)caller.reply.output)->run_id };
    assert_int_equal(caller_call(&caller, OPERATION_TERMINATE_WORKFLOW_EXECUTION, &end), DONE);
    assert_int_equal(caller_read_history(&caller, DOMAIN, &run, 0, &events, &count), DONE);
    assert_int_equal(count, 3);
    assert_int_equal(events[2].type, EVENT_WORKFLOW_EXECUTION_TERMINATED);
    const struct workflow_execution_detail *detail = caller_describe(&caller, DOMAIN, &run);
    assert_non_null(detail);
    assert_int_equal(detail->execution_info->close_status, CLOSE_STATUS_TERMINATED);
    caller_deinit(&caller);
}

static void assert_well(void)
{
    serve_good_client_at(fixture.server.endpoint);
    serve_good_client_at(fixture.tls_endpoint);
    assert_in_range(process_rss_bytes(&fixture.server), 1, RSS_BYTES_MAX);
}

/* ---- tools of the others */

static struct peer connected(void)
{
    struct peer peer;
    assert_true(peer_connect(&peer, fixture.server.port));
    return peer;
}

static struct bytes call_text(const char *operation, struct bytes body)
{
    text_reset(&fixture.text);
    peer_write_call(&fixture.text, operation, body);
    return text_bytes(&fixture.text);
}

/* Not one for which the server would be to blame. */
static void assert_acceptable(int status)
{
    if (status != 501 && status != 505) /* what a request may ask for, and nobody has */
        assert_in_range(status, 200, 499);
}

/* Sends all of it on a connection of its own and takes the answers until the server hangs up; the
 * status of the last one, or 0. */
static int send_whole(struct bytes request, unsigned *answers)
{
    struct peer peer = connected();
    struct peer_answer answer = { 0 };

    *answers = 0;
    peer_send(&peer, request);
    peer_send_end(&peer);
    while (peer_receive(&peer, &answer)) {
        ++*answers;
        assert_acceptable(answer.status);
    }
    peer_close(&peer);
    return answer.status;
}

/* ---- bodies that are no calls */

static struct bytes repeated(struct text *out, const char *piece, size_t times)
{
    text_init(out, TEXT_BYTES_MAX);
    for (size_t i = 0; i < times; i++)
        text_append_cstr(out, piece);
    return text_bytes(out);
}

static void assert_body_refused(const char *operation, struct bytes body)
{
    struct peer peer = connected();
    struct peer_answer answer;

    assert_true(peer_send(&peer, call_text(operation, body)));
    assert_true(peer_receive(&peer, &answer));
    if (answer.status != 400)
        fail_msg("%d for %.*s", answer.status, body.len > 100 ? 100 : (int)body.len, body.ptr);
    assert_non_null(memmem(answer.body.ptr, answer.body.len, "\"__type\":", 9));
    assert_in_range(answer.body.len, 10, 64 << 10); /* not all of it back */
    peer_close(&peer);
}

static void test_malformed_bodies(void **state)
{
    static const char *const bodies[] = {
        "",
        "{",
        "}",
        "nonsense",
        "{\"domain\":}",
        "{\"domain\":\"d\",}",
        "{'domain':'d'}",
        "{\"domain\":\"d\"}{}",
        "{\"domain\":\"d\"",
        "\"d\"",
        "[]",
        "null",
        "[{\"domain\":\"d\"}]",
        "{\"domain\":1,\"workflowId\":\"w\",\"signalName\":\"s\"}",
        "{\"domain\":[\"d\"],\"workflowId\":\"w\",\"signalName\":\"s\"}",
        "{\"domain\":{\"d\":\"d\"},\"workflowId\":\"w\",\"signalName\":\"s\"}",
        "{\"domain\":\"d\",\"workflowId\":true,\"signalName\":\"s\"}",
        "{\"domain\":\"d\",\"workflowId\":null,\"signalName\":\"s\"}",
        "{\"domain\":\"d\",\"workflowId\":\"w\",\"signalName\":\"s\",\"input\":1e999}",
        "{\"domain\":\"d\",\"workflowId\":\"w\",\"signalName\":\"s\",\"input\":\"\\ud800\"}",
        "{\"domain\":\"d\",\"workflowId\":\"w\",\"signalName\":\"s\",\"input\":\"\\x\"}",
        "{\"domain\":\"d\",\"workflowId\":\"w\",\"signalName\":\"s\",\"input\":\"\xff\"}",
        "{\"domain\":\"d\",\"workflowId\":\"w\",\"signalName\":\"s\",\"input\":\"\xc0\x80\"}",
        "{\"domain\":\"d\",\"workflowId\":\"w\",\"signalName\":\"s\",\"input\":\"\xed\xa0\x80\"}",
        "{\"domain\":\"d\",\"workflowId\":\"w\",\"signalName\":\"s\",\"input\":\"\xf4\x90\x80\x80\"}",
        "{\"domain\":\"d\",\"workflowId\":\"w\",\"signalName\":\"s\",\"input\":\"\n\"}",
        "{\"domain\":\"d\",\"workflowId\":\"w\xe2\x82\",\"signalName\":\"s\"}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
        assert_body_refused("SignalWorkflowExecution", bytes_of_cstr(bodies[i]));
    assert_body_refused("SignalWorkflowExecution",
                        BYTES("{\"domain\":\"d\0\",\"workflowId\":\"w\"}"));
    assert_well();
}

static void test_deep_nesting(void **state)
{
    static const struct {
        const char *piece;
        size_t times;
    } rows[] = { { "[", 100000 },
                 { "{\"a\":", 100000 },
                 { "[[],", 100000 },
                 { "{\"decisions\":[", 50000 },
                 { "{\"domain\":\"d\",\"x\":[", 45000 } };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct text deep;
        assert_body_refused("RespondDecisionTaskCompleted",
                            repeated(&deep, rows[i].piece, rows[i].times));
        text_deinit(&deep);
    }
    struct text body;
    (void)repeated(&body, "[", 100000);
    for (int i = 0; i < 100000; i++)
        text_append_char(&body, ']');
    assert_body_refused("ListDomains", text_bytes(&body));
    text_deinit(&body);
    assert_well();
}

/* As much as fits into a request, of what costs most. */
static void test_expensive_bodies(void **state)
{
    static const struct {
        const char *start, *piece, *end;
    } rows[] = {
        { "{\"taskToken\":\"t\",\"decisions\":[", "{},", "{}]}" },
        { "{\"taskToken\":\"t\",\"decisions\":[", "{\"decisionType\":\"x\"},", "{}]}" },
        { "{\"taskToken\":\"t\",\"decisions\":[],\"executionContext\":\"", "\\u0000", "\"}" },
        { "{\"taskToken\":\"t\",\"decisions\":[],\"x\":[", "1,", "1]}" },
        { "{\"taskToken\":\"t\"", ",\"taskToken\":\"t\"", "}" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct text body;
        text_init(&body, TEXT_BYTES_MAX);
        text_append_cstr(&body, rows[i].start);
        while (body.len < 1000 * 1000)
            text_append_cstr(&body, rows[i].piece);
        text_append_cstr(&body, rows[i].end);
        for (int j = 0; j < 5; j++)
            assert_body_refused("RespondDecisionTaskCompleted", text_bytes(&body));
        text_deinit(&body);
    }
    assert_well();
}

/* ---- requests that are too long, or not requests */

static void test_bodies_that_are_too_long(void **state)
{
    static const char *const heads[] = {
        "Content-Length: 1100000\r\n\r\n",
        "Content-Length: 99999999999\r\n\r\n",
        "Content-Length: 18446744073709551615\r\n\r\n",
        "Content-Length: 99999999999999999999999999\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n200000\r\n",
        "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
        "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffffffff\r\n",
    };
    struct text filler;
    unsigned answers;

    (void)state;
    struct bytes much = repeated(&filler, "0123456789abcdef", 1 << 17);
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        text_reset(&fixture.text);
        text_printf(&fixture.text,
                    "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-amz-json-1.0\r\n%s",
                    heads[i]);
        text_append(&fixture.text, much);
        int status = send_whole(text_bytes(&fixture.text), &answers);
        /* Who goes on sending may find the connection reset before the answer was read. */
        if (status != 413 && status != 400 && status != 0)
            fail_msg("%d for %s", status, heads[i]);
        assert_in_range(answers, 0, 1);
    }
    text_deinit(&filler);
    assert_well();
}

static void test_endless_heads(void **state)
{
    static const char *const pieces[] = { "X-Filler: 0123456789abcdef\r\n", "a", "x:", "\r\n " };
    struct text filler;
    unsigned answers;

    (void)state;
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        struct bytes much = repeated(&filler, pieces[i], 200000);
        text_reset(&fixture.text);
        text_append_cstr(&fixture.text, "POST / HTTP/1.1\r\nHost: x\r\n");
        text_append(&fixture.text, much);
        int status = send_whole(text_bytes(&fixture.text), &answers);
        assert_true(status == 431 || status == 400 || status == 0);
        text_deinit(&filler);
    }
    assert_well();
}

/* Requests whose end could be seen in two places: one refusal, and the rest is never taken for a
 * second request. */
static void test_smuggled_requests(void **state)
{
#define HEAD "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-amz-json-1.0\r\n"
#define SECOND "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    static const char *const requests[] = {
        HEAD "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" SECOND,
        HEAD "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" SECOND,
        HEAD "Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}" SECOND,
        HEAD "Content-Length: 2, 40\r\n\r\n{}" SECOND,
        HEAD "Content-Length: +2\r\n\r\n{}" SECOND,
        HEAD "Content-Length: -2\r\n\r\n{}" SECOND,
        HEAD "Content-Length: 0x2\r\n\r\n{}" SECOND,
        HEAD "Content-Length : 2\r\n\r\n{}" SECOND,
        HEAD "Content-Length: 2\n\n{}" SECOND,
        HEAD "Content-Length:\r\n 2\r\n\r\n{}" SECOND,
        HEAD "Content-Length: 2\r\nHost: y\r\n\r\n{}" SECOND,
        HEAD "Transfer-Encoding: identity\r\n\r\n{}" SECOND,
        HEAD "Transfer-Encoding: chunked, identity\r\n\r\n2\r\n{}\r\n0\r\n\r\n" SECOND,
        HEAD "Transfer-Encoding: xchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n" SECOND,
        HEAD "Transfer-Encoding: chunked\r\n\r\n2x\r\n{}\r\n0\r\n\r\n" SECOND,
        HEAD "Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n" SECOND,
        HEAD "Transfer-Encoding: chunked\r\n\r\n2\n{}\n0\n\n" SECOND,
        HEAD "Transfer-Encoding: chunked\r\n\r\n2\r\n{}xx0\r\n\r\n" SECOND,
        ("POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}" SECOND),
    };
    unsigned answers;

    (void)state;
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        int status = send_whole(bytes_of_cstr(requests[i]), &answers);
        if (status < 400 || answers != 1)
            fail_msg("%d, %u answers for request %zu", status, answers, i);
    }
    assert_well();
}

static void test_random_bytes(void **state)
{
    char bytes[8192];
    unsigned answers;

    (void)state;
    for (int i = 0; i < 300; i++) {
        size_t len = random_below(&fixture.random, sizeof bytes);
        random_fill(&fixture.random, bytes, len);
        (void)send_whole(bytes_of(bytes, len), &answers);
        assert_in_range(answers, 0, 1);
    }
    assert_well();
}

/* ---- mutations of good calls */

static const struct {
    const char *operation, *body;
} calls[] = {
    { "RegisterDomain",
      "{\"name\":\"e\",\"description\":\"x\",\"workflowExecutionRetentionPeriodInDays\":\"10\","
      "\"tags\":[{\"key\":\"k\",\"value\":\"v\"}]}" },
    { "DescribeDomain", "{\"name\":\"d\"}" },
    { "ListDomains",
      "{\"registrationStatus\":\"REGISTERED\",\"maximumPageSize\":10,\"reverseOrder\":true}" },
    { "DeprecateDomain", "{\"name\":\"e\"}" },
    { "RegisterWorkflowType",
      "{\"domain\":\"d\",\"name\":\"u\",\"version\":\"1\",\"defaultTaskList\":{\"name\":\"l\"},"
      "\"defaultTaskPriority\":\"-5\",\"defaultChildPolicy\":\"ABANDON\"}" },
    { "ListWorkflowTypes",
      "{\"domain\":\"d\",\"registrationStatus\":\"REGISTERED\",\"nextPageToken\":\"\"}" },
    { "RegisterActivityType",
      "{\"domain\":\"d\",\"name\":\"a\",\"version\":\"1\","
      "\"defaultTaskHeartbeatTimeout\":\"NONE\",\"defaultTaskStartToCloseTimeout\":\"60\"}" },
    { "StartWorkflowExecution",
      "{\"domain\":\"d\",\"workflowId\":\"m\",\"workflowType\":{\"name\":\"t\",\"version\":\"1\"},\"taskPriority\":"
      "\"7\",\"tagList\":[\"a\",\"b\"],\"input\":\"\\u00e4\\ud83d\\ude00\",\"executionStartToCloseTimeout\":\"100\"}" },
    { "SignalWorkflowExecution",
      "{\"domain\":\"d\",\"workflowId\":\"m\",\"signalName\":\"s\",\"input\":\"\xc3\xa4\"}" },
    { "RequestCancelWorkflowExecution", "{\"domain\":\"d\",\"workflowId\":\"m\"}" },
    { "TerminateWorkflowExecution",
      "{\"domain\":\"d\",\"workflowId\":\"m\",\"reason\":\"r\",\"childPolicy\":\"TERMINATE\"}" },
    { "DescribeWorkflowExecution",
      "{\"domain\":\"d\",\"execution\":{\"workflowId\":\"m\",\"runId\":\"r\"}}" },
    { "GetWorkflowExecutionHistory",
      "{\"domain\":\"d\",\"execution\":{\"workflowId\":\"m\",\"runId\":\"r\"},\"maximumPageSize\":3,"
      "\"nextPageToken\":\"AAAA\",\"reverseOrder\":false}" },
    { "RespondDecisionTaskCompleted",
      "{\"taskToken\":\"TOKEN\",\"executionContext\":\"c\",\"decisions\":[{\"decisionType\":\"ScheduleActivityTask\","
      "\"scheduleActivityTaskDecisionAttributes\":{\"activityType\":{\"name\":\"a\",\"version\":\"1\"},"
      "\"activityId\":\"1\",\"taskList\":{\"name\":\"l\"},\"scheduleToCloseTimeout\":\"9\"}},{\"decisionType\":"
      "\"StartTimer\",\"startTimerDecisionAttributes\":{\"timerId\":\"1\",\"startToFireTimeout\":\"1\"}},"
      "{\"decisionType\":\"RecordMarker\",\"recordMarkerDecisionAttributes\":{\"markerName\":\"m\"}}]}" },
    { "RespondActivityTaskCompleted", "{\"taskToken\":\"TOKEN\",\"result\":\"r\"}" },
    { "RespondActivityTaskFailed", "{\"taskToken\":\"TOKEN\",\"reason\":\"r\",\"details\":\"d\"}" },
    { "RecordActivityTaskHeartbeat", "{\"taskToken\":\"TOKEN\",\"details\":\"r\"}" },
    { "CountOpenWorkflowExecutions",
      "{\"domain\":\"d\",\"startTimeFilter\":{\"oldestDate\":1.5e9,\"latestDate\":"
      "1700000000.123},\"tagFilter\":{\"tag\":\"a\"}}" },
    { "ListClosedWorkflowExecutions",
      "{\"domain\":\"d\",\"closeTimeFilter\":{\"oldestDate\":0},\"closeStatusFilter\":"
      "{\"status\":\"FAILED\"},\"maximumPageSize\":1}" },
    { "ListTagsForResource", "{\"resourceArn\":\"arn:aws:swf:us-east-1:123456789012:/domain/d\"}" },
    { "TagResource", "{\"resourceArn\":\"arn:aws:swf:us-east-1:123456789012:/domain/d\",\"tags\":"
                     "[{\"key\":\"k\",\"value\":\"v\"}]}" },
    { "RespondDecisionTaskCompleted",
      "{\"taskToken\":\"TOKEN\",\"decisions\":[{\"decisionType\":\"StartChildWorkflowExecution\","
      "\"startChildWorkflowExecutionDecisionAttributes\":{\"workflowId\":\"c\",\"workflowType\":"
      "{\"name\":\"t\",\"version\":\"1\"},\"tagList\":[\"a\"],\"childPolicy\":\"ABANDON\"}},"
      "{\"decisionType\":\"SignalExternalWorkflowExecution\","
      "\"signalExternalWorkflowExecutionDecisionAttributes\":{\"workflowId\":\"m\",\"signalName\":\"s\"}},"
      "{\"decisionType\":\"RequestCancelExternalWorkflowExecution\","
      "\"requestCancelExternalWorkflowExecutionDecisionAttributes\":{\"workflowId\":\"c\"}},"
      "{\"decisionType\":\"ScheduleLambdaFunction\",\"scheduleLambdaFunctionDecisionAttributes\":"
      "{\"id\":\"1\",\"name\":\"f\",\"input\":\"i\",\"startToCloseTimeout\":\"9\"}}]}" },
    { "RespondDecisionTaskCompleted",
      "{\"taskToken\":\"TOKEN\",\"decisions\":[{\"decisionType\":\"ContinueAsNewWorkflowExecution\","
      "\"continueAsNewWorkflowExecutionDecisionAttributes\":{\"input\":\"i\",\"tagList\":[\"b\"],"
      "\"workflowTypeVersion\":\"1\"}}]}" },
};
#define CALLS (sizeof calls / sizeof calls[0])

static size_t below(size_t bound)
{
    return bound ? (size_t)random_below(&fixture.random, bound) : 0;
}

/* Pieces that mean something in one of the languages on the way. */
static const char *const pieces[] = {
    "{",    "}",    "[",  "]",  "\"",   "\\",      ",",         ":",
    "null", "true", "-1", "0",  "1e9",  "\\u0000", "\\ud800",   "\r\n",
    "\r",   "\n",   " ",  "\t", "\xff", "é",       "NONE",      "99999999999999999999",
    "0.5",  "arn",  "/",  "|",  "{}",   "[]",      "\"x\":{},", "\"domain\":\"d\",",
};

static void append_changed(struct text *out, struct bytes from)
{
    size_t at = below(from.len), to = at + below(from.len - at < 40 ? from.len - at : 40);

    text_append(out, bytes_of(from.ptr, at));
    switch (below(6)) {
    case 0: /* one byte else */
        text_append_char(out, (char)below(256));
        to = at + 1;
        break;
    case 1: /* a piece left out */
        break;
    case 2: /* a piece twice */
        text_append(out, bytes_of(from.ptr + at, to - at));
        to = at;
        break;
    case 3: /* a piece put in */
        text_append_cstr(out, pieces[below(sizeof pieces / sizeof pieces[0])]);
        to = at;
        break;
    case 4: /* a piece instead of another */
        text_append_cstr(out, pieces[below(sizeof pieces / sizeof pieces[0])]);
        break;
    default: /* cut off */
        to = from.len;
        break;
    }
    if (to < from.len)
        text_append(out, bytes_skip(from, to));
}

/* One to four changes. */
static void mutate(struct text *text)
{
    for (size_t i = 1 + below(4); i > 0 && text->len > 0; i--) {
        struct text changed;
        text_init(&changed, TEXT_BYTES_MAX);
        append_changed(&changed, text_bytes(text));
        text_deinit(text);
        *text = changed;
    }
}

/* A token that the server made, so that changes of it are near a good one. */
static void take_token(struct text *token)
{
    struct peer peer = connected();
    struct peer_answer answer;

    text_reset(token);
    assert_true(
        peer_send(&peer, call_text("StartWorkflowExecution", bytes_of_cstr(calls[7].body))));
    assert_true(peer_receive(&peer, &answer));
    assert_true(
        peer_send(&peer, call_text("PollForDecisionTask",
                                   BYTES("{\"domain\":\"d\",\"taskList\":{\"name\":\"l\"}}"))));
    assert_true(peer_receive(&peer, &answer));
    const char *at = memmem(answer.body.ptr, answer.body.len, "\"taskToken\":\"", 13);
    if (at) {
        struct bytes rest = bytes_skip(answer.body, (size_t)(at - answer.body.ptr) + 13);
        text_append(
            token,
            bytes_of(rest.ptr, (size_t)((const char *)memchr(rest.ptr, '"', rest.len) - rest.ptr)));
    }
    peer_close(&peer);
}

static void write_body(struct text *out, const char *body, struct bytes token)
{
    const char *place = strstr(body, "TOKEN");

    text_reset(out);
    if (place) {
        text_append(out, bytes_of(body, (size_t)(place - body)));
        text_append(out, token);
        body = place + 5;
    }
    text_append_cstr(out, body);
}

/* The lengths are right, so every one is answered, and the connection stays. */
static void test_mutated_bodies(void **state)
{
    struct text body, token;
    struct peer peer = connected();
    struct peer_answer answer;
    unsigned statuses[2] = { 0 };

    (void)state;
    text_init(&body, TEXT_BYTES_MAX);
    text_init(&token, 4096);
    for (int i = 0; i < 6000; i++) {
        size_t call = below(CALLS);
        if (i % 500 == 0)
            take_token(&token);
        write_body(&body, calls[call].body, text_bytes(&token));
        if (below(20) > 0)
            mutate(&body);
        assert_true(peer_send(&peer, call_text(calls[call].operation, text_bytes(&body))));
        assert_true(peer_receive(&peer, &answer));
        if (answer.status != 200 && answer.status != 400)
            fail_msg("%d for %s %.*s", answer.status, calls[call].operation,
                     BYTES_FMT(text_bytes(&body)));
        statuses[answer.status == 200]++;
    }
    assert_true(statuses[0] > 100 && statuses[1] > 100); /* neither all nonsense nor all the same */
    peer_close(&peer);
    text_deinit(&body);
    text_deinit(&token);
    assert_well();
}

static void test_mutated_requests(void **state)
{
    struct text request;
    unsigned answers;

    (void)state;
    for (int i = 0; i < 1500; i++) {
        size_t call = below(CALLS);
        text_init(&request, TEXT_BYTES_MAX);
        text_append(&request, call_text(calls[call].operation, bytes_of_cstr(calls[call].body)));
        if (below(3) == 0) /* two behind each other */
            peer_write_call(&request, calls[call].operation, bytes_of_cstr(calls[call].body));
        mutate(&request);
        (void)send_whole(text_bytes(&request), &answers);
        assert_in_range(answers, 0, 3);
        text_deinit(&request);
    }
    assert_well();
}

/* ---- many connections, and impolite ends */

#define CONNECTIONS_MAX 3000

/* As many as the system lets us open. */
static size_t connections(void)
{
    struct rlimit limit;

    ensure(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    return limit.rlim_cur / 2 < CONNECTIONS_MAX ? limit.rlim_cur / 2 : CONNECTIONS_MAX;
}

static const char *const beginnings[] = {
    "",
    "P",
    "POST / HTTP/1.1\r\n",
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n{\"domain\"",
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n{",
};

static void test_thousands_of_half_requests(void **state)
{
    size_t count = connections();
    struct peer *peers = calloc(count, sizeof *peers);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        peers[i] = connected();
        peer_send(&peers[i],
                  bytes_of_cstr(beginnings[i % (sizeof beginnings / sizeof beginnings[0])]));
        if (i % 1000 == 0)
            assert_well();
    }
    assert_well();
    for (size_t i = 0; i < count; i++)
        peer_close(&peers[i]);
    free(peers);
    assert_well();
}

/* What a client of TLS says first. */
static struct bytes client_hello(void)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL *ssl = SSL_new(context);
    char *data;

    SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(ssl);
    assert_int_equal(SSL_do_handshake(ssl), -1); /* it waits for an answer */
    long len = BIO_get_mem_data(SSL_get_wbio(ssl), &data);
    text_reset(&fixture.text);
    text_append(&fixture.text, bytes_of(data, (size_t)len));
    SSL_free(ssl);
    SSL_CTX_free(context);
    return text_bytes(&fixture.text);
}

/* Nothing, a part, all of it and no more, and a message that claims to be long. */
static void test_thousands_in_a_handshake(void **state)
{
    size_t count = connections();
    struct peer *peers = calloc(count, sizeof *peers);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        struct bytes hello = client_hello();
        assert_true(peer_connect(&peers[i], fixture.server.tls_port));
        if (i % 4 == 1)
            hello.len = below((uint32_t)hello.len);
        if (i % 4 == 3)
            hello = BYTES("\x16\x03\x01\x40\x00\x01\x00\x80\x00");
        if (i % 4 > 0)
            peer_send(&peers[i], hello);
        if (i % 1000 == 0)
            assert_well();
    }
    assert_well();
    for (size_t i = 0; i < count; i++)
        peer_close(&peers[i]);
    free(peers);
    assert_well();
}

static void test_random_bytes_as_tls(void **state)
{
    (void)state;
    for (int i = 0; i < 500; i++) {
        struct peer peer;
        char bytes[300] = "\x16\x03\x01";
        for (size_t j = i % 2 ? 3 : 0; j < sizeof bytes; j++)
            bytes[j] = (char)below(256);
        assert_true(peer_connect(&peer, fixture.server.tls_port));
        peer_send(&peer, bytes_of(bytes, sizeof bytes));
        peer_close(&peer);
    }
    assert_well();
}

/* Ends with RST instead of FIN. */
static void hang_up(struct peer *peer)
{
    struct linger now = { .l_onoff = 1 };
    setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    peer_close(peer);
}

static void wait_until_no_poll_is_parked(void)
{
    do
        assert_true(peer_read_health(fixture.server.port, &fixture.text));
    while (health_number(text_bytes(&fixture.text), "parkedPolls") > 0);
}

static void test_polls_of_clients_that_vanish(void **state)
{
    struct peer peers[200];

    (void)state;
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < 200; i++) {
            peers[i] = connected();
            peer_send(
                &peers[i],
                call_text("PollForActivityTask",
                          BYTES("{\"domain\":\"d\",\"taskList\":{\"name\":\"nothing here\"}}")));
        }
        for (int i = 0; i < 200; i++)
            i % 2 ? hang_up(&peers[i]) : peer_close(&peers[i]);
        wait_until_no_poll_is_parked();
    }
    assert_well();
}

/* Many requests at once, and nobody who reads the answers. */
static void test_clients_that_never_read(void **state)
{
    struct peer peers[20];
    struct text many;

    (void)state;
    text_init(&many, TEXT_BYTES_MAX);
    for (int i = 0; i < 200; i++)
        peer_write_call(&many, "ListDomains", BYTES("{\"registrationStatus\":\"REGISTERED\"}"));
    for (int i = 0; i < 20; i++) {
        struct timeval soon = { .tv_usec = 20000 };
        peers[i] = connected();
        setsockopt(peers[i].fd, SOL_SOCKET, SO_SNDTIMEO, &soon, sizeof soon);
        for (int j = 0; j < 50 && peer_send(&peers[i], text_bytes(&many)); j++)
            continue;
    }
    assert_well();
    for (int i = 0; i < 20; i++)
        hang_up(&peers[i]);
    text_deinit(&many);
    assert_well();
}

/* ---- once more, and the sum */

static void test_everything_again_does_not_grow(void **state)
{
    size_t before = process_rss_bytes(&fixture.server);

    test_malformed_bodies(state);
    test_deep_nesting(state);
    test_expensive_bodies(state);
    test_bodies_that_are_too_long(state);
    test_endless_heads(state);
    test_random_bytes(state);
    test_mutated_requests(state);
    test_thousands_of_half_requests(state);
    test_thousands_in_a_handshake(state);
    test_random_bytes_as_tls(state);
    test_polls_of_clients_that_vanish(state);
    test_clients_that_never_read(state);
    size_t after = process_rss_bytes(&fixture.server);
    print_message("%zu MB resident, then %zu\n", before / MB, after / MB);
    assert_in_range(after, 1, before + RSS_GROWTH_MAX);
}

static void test_it_ends_in_order(void **state)
{
    (void)state;
    assert_int_equal(process_stop(&fixture.server), 0);
    process_read_log(&fixture.server, &fixture.text);
    assert_false(
        log_has_line(text_bytes(&fixture.text), (const char *const[]){ "level=error", NULL }));
    assert_in_range(fixture.text.len, 1, 64 << 10); /* nobody can fill the disk with the log */
}

static void raise_file_limit(void)
{
    struct rlimit limit;

    ensure(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = limit.rlim_max;
    (void)!setrlimit(RLIMIT_NOFILE, &limit);
}

static void make_certificates(void)
{
    struct issuer *issuer = issuer_new("abuse");

    scratch_path(&fixture.scratch, "ca.pem", fixture.ca);
    scratch_path(&fixture.scratch, "server.pem", fixture.certificate);
    scratch_path(&fixture.scratch, "server.key", fixture.key);
    issuer_write(issuer, fixture.ca);
    issuer_issue(issuer, "server", 30, fixture.certificate, fixture.key);
    issuer_free(issuer);
}

static int setup(void **state)
{
    const char *arguments[] = { "--poll-seconds", "2",          "--tls-listen",
                                "127.0.0.1:0",    "--tls-cert", fixture.certificate,
                                "--tls-key",      fixture.key,  NULL };

    (void)state;
    fixture.seed = told_number("CRASH_SEED", 1);
    print_message("seed %llu\n", fixture.seed);
    fixture.random.state = fixture.seed;
    raise_file_limit();
    scratch_init(&fixture.scratch);
    scratch_path(&fixture.scratch, "data", fixture.data);
    scratch_path(&fixture.scratch, "log", fixture.log);
    text_init(&fixture.text, TEXT_BYTES_MAX);
    make_certificates();
    process_serve(&fixture.server, fixture.log, fixture.data, arguments, NULL);
    if (!process_wait_listening(&fixture.server) || !process_wait_listening_tls(&fixture.server))
        return -1;
    snprintf(fixture.tls_endpoint, sizeof fixture.tls_endpoint, "https://127.0.0.1:%u",
             fixture.server.tls_port);
    register_all();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    process_kill(&fixture.server);
    text_deinit(&fixture.text);
    scratch_deinit(&fixture.scratch);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_malformed_bodies),
        cmocka_unit_test(test_deep_nesting),
        cmocka_unit_test(test_expensive_bodies),
        cmocka_unit_test(test_bodies_that_are_too_long),
        cmocka_unit_test(test_endless_heads),
        cmocka_unit_test(test_smuggled_requests),
        cmocka_unit_test(test_random_bytes),
        cmocka_unit_test(test_mutated_bodies),
        cmocka_unit_test(test_mutated_requests),
        cmocka_unit_test(test_thousands_of_half_requests),
        cmocka_unit_test(test_thousands_in_a_handshake),
        cmocka_unit_test(test_random_bytes_as_tls),
        cmocka_unit_test(test_polls_of_clients_that_vanish),
        cmocka_unit_test(test_clients_that_never_read),
        cmocka_unit_test(test_everything_again_does_not_grow),
        cmocka_unit_test(test_it_ends_in_order),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, setup, teardown);
}
