/* The server over a fake service: answers to the byte, their order, clients that come and go. */
#include "peer.h"

#include "base/text.h"
#include "net/audit.h"
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
/* after its prerequisites */
#include <cmocka.h>

static const char amz_json[] = "application/x-amz-json-1.0";

static int start(void **state)
{
    static struct rig rig;
    rig = rig_prepare();
    rig_start(&rig);
    *state = &rig;
    return 0;
}

static int start_tls(void **state)
{
    static struct rig rig;
    rig = rig_prepare();
    rig_speak_tls(&rig);
    rig_start(&rig);
    *state = &rig;
    return 0;
}

static int stop(void **state)
{
    rig_stop(*state);
    return 0;
}

static struct reply exchange(struct rig *rig, struct bytes request)
{
    struct peer peer = peer_connect(rig);
    peer_send(&peer, request);
    struct reply reply = peer_reply(&peer);
    peer_close(&peer);
    return reply;
}

static void copy_id(char *to, const char *from)
{
    const char *id = strstr(from, "RequestId: ");

    assert_non_null(id);
    memcpy(strstr(to, "IIIIIIII-"), id + 11, 36);
}

/* `errors` is a whole header line or empty. The world stands still, so the date is known; the
 * request id is taken as it comes (answer_test.c looks at its form). */
static void expect_reply(struct rig *rig, struct bytes request, const char *status,
                         const char *type, const char *errors, const char *body)
{
    char head[1024];
    struct reply reply = exchange(rig, request);

    snprintf(head, sizeof(head),
             "HTTP/1.1 %s\r\n"
             "x-amzn-RequestId: IIIIIIII-IIII-IIII-IIII-IIIIIIIIIIII\r\n"
             "Content-Type: %s\r\n"
             "Content-Length: %zu\r\n"
             "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
             "%s\r\n",
             status, type, strlen(body), errors);
    copy_id(head, reply.head);
    assert_string_equal(reply.head, head);
    assert_string_equal(reply.body, body);
    reply_free(&reply);
}

/* Of what is no answer of the API: a browser may see it. */
static const char *advice(const struct rig *rig)
{
#define ADVICE                                                                \
    "Cache-Control: no-store\r\n"                                             \
    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n" \
    "X-Content-Type-Options: nosniff\r\n"
    return rig->tls ? ADVICE "Strict-Transport-Security: max-age=31536000\r\n" : ADVICE;
}

static void an_output_is_answered(void **state)
{
    expect_reply(*state, call_text("CountOpenWorkflowExecutions", NULL, count_body), "200 OK",
                 amz_json, "", "{\"count\":7,\"truncated\":false}");
}

static void no_output_is_an_empty_body(void **state)
{
    expect_reply(*state, call_text("RegisterDomain", NULL, register_body), "200 OK", amz_json, "",
                 "");
}

static void a_fault_is_answered(void **state)
{
    expect_reply(*state, call_text("DescribeDomain", NULL, "{\"name\":\"nowhere\"}"),
                 "400 Bad Request", amz_json, "x-amzn-query-error: UnknownResourceFault;Sender\r\n",
                 "{\"__type\":\"com.amazonaws.swf.base.model#UnknownResourceFault\","
                 "\"message\":\"Unknown domain: nowhere\"}");
}

static void a_failure_is_the_receivers(void **state)
{
    expect_reply(*state, call_text("DeprecateDomain", NULL, "{\"name\":\"d\"}"),
                 "500 Internal Server Error", amz_json,
                 "x-amzn-query-error: InternalFailure;Receiver\r\n",
                 "{\"__type\":\"com.amazon.coral.service#InternalFailure\"}");
}

#define SIGNED                                                         \
    "X-Amz-Date: 20260101T000000Z\r\nAuthorization: AWS4-HMAC-SHA256 " \
    "Credential=AKID/20260101/0/127/aws4_request,SignedHeaders=host;x-amz-date,Signature=0\r\n"

static void the_old_dialect_is_spoken(void **state)
{
    expect_reply(*state,
                 BYTES("POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                       "X-Amz-Target: com.amazonaws.swf.service.model.SimpleWorkflowService."
                       "DescribeDomain\r\n"
                       "Content-Type: application/json; charset=UTF-8\r\n"
                       "Content-Encoding: amz-1.0\r\n" SIGNED
                       "Content-Length: 18\r\n\r\n{\"name\":\"nowhere\"}"),
                 "400 Bad Request", "application/json",
                 "x-amzn-query-error: UnknownResourceFault;Sender\r\n",
                 "{\"__type\":\"com.amazonaws.swf.base.model#UnknownResourceFault\","
                 "\"message\":\"Unknown domain: nowhere\"}");
}

/* The sample request of the API reference for RespondDecisionTaskCompleted, with a shorter token.
 */
static void the_signature_of_2012_is_accepted(void **state)
{
    static const char body[] =
        "{ \"executionContext\": \"Black Friday\", \"decisions\": [ { "
        "\"scheduleActivityTaskDecisionAttributes\": { \"control\": \"digital music\", "
        "\"taskList\": { \"name\": \"specialTaskList\" }, \"scheduleToCloseTimeout\": \"900\", "
        "\"activityType\": { \"version\": \"1.0\", \"name\": \"activityVerify\" }, "
        "\"heartbeatTimeout\": \"120\", \"activityId\": \"verification-27\", "
        "\"scheduleToStartTimeout\": \"300\", \"startToCloseTimeout\": \"600\", "
        "\"taskPriority\": \"100\", \"input\": \"5634-0056-4367-0923,12/12,437\" }, "
        "\"decisionType\": \"ScheduleActivityTask\" } ], \"taskToken\": \"AAAAKgAAAAEAAAA\" }";
    char request[4096];

    int len = snprintf(request, sizeof(request),
                       "POST / HTTP/1.1\r\nHost: swf.us-east-1.amazonaws.com\r\n"
                       "User-Agent: Mozilla/5.0 (Windows; U; Windows NT 6.1)\r\n"
                       "Keep-Alive: 115\r\nConnection: keep-alive\r\n"
                       "Content-Type: application/x-amz-json-1.0\r\n"
                       "X-Amz-Date: Sun, 15 Jan 2012 23:31:06 GMT\r\n"
                       "X-Amz-Target: SimpleWorkflowService.RespondDecisionTaskCompleted\r\n"
                       "Content-Encoding: amz-1.0\r\n"
                       "X-Amzn-Authorization: AWS3 AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE,"
                       "Algorithm=HmacSHA256,SignedHeaders=Host;X-Amz-Date;X-Amz-Target;"
                       "Content-Encoding,Signature=FL4ouCb8n6j5egcKOXoa+5Vctc8WmA91B2ekKnks2J8=\r\n"
                       "Pragma: no-cache\r\nContent-Length: %zu\r\n\r\n%s",
                       strlen(body), body);
    expect_reply(*state, bytes_of(request, (size_t)len), "200 OK", amz_json, "", "");
}

static void what_is_not_a_call_is_unknown(void **state)
{
    static const char *const requests[] = {
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}",
        "POST /elsewhere HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-amz-json-1.0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}",
        "POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}",
    };
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
        expect_reply(*state, bytes_of_cstr(requests[i]), "404 Not Found", "application/xml",
                     advice(*state), "<UnknownOperationException/>\n");
}

static void health_is_told(void **state)
{
    expect_reply(*state, BYTES("GET /healthz?verbose HTTP/1.1\r\nHost: x\r\n\r\n"), "200 OK",
                 "application/json", advice(*state),
                 "{\"calls\":0,\"commits\":2,\"openExecutions\":4,\"parkedPolls\":0,\"turns\":1,"
                 "\"status\":\"ok\"}");
}

/* By a thread that does not wait for the turn. */
static void health_is_bad_while_nothing_advances(void **state)
{
    struct rig *rig = *state;

    fake_service_stall(rig->service, true);
    expect_reply(rig, BYTES("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"), "503 Service Unavailable",
                 "application/json", advice(rig),
                 "{\"calls\":0,\"commits\":2,\"openExecutions\":4,\"parkedPolls\":0,\"turns\":1,"
                 "\"status\":\"stalled\"}");
    fake_service_stall(rig->service, false);
    health_is_told(state);
}

static void a_head_has_no_body(void **state)
{
    struct peer peer = peer_connect(*state);

    peer_send_text(&peer, "HEAD /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
                          "HEAD /nothing HTTP/1.1\r\nHost: x\r\n\r\n");
    struct reply health = peer_reply_without_body(&peer);
    struct reply nothing = peer_reply_without_body(&peer);
    assert_int_equal(health.status, 200);
    assert_true(health.body_len > 50);
    assert_int_equal(nothing.status, 404);
    assert_int_equal(nothing.body_len, 29);
    assert_int_equal(peer.len, 0);
    peer_close(&peer);
}

/* The order of checks: each of these is wrong in this way and in all later ones. */
static void checks_come_in_order(void **state)
{
    static const struct {
        const char *headers, *body, *type;
    } rows[] = {
        { "X-Amz-Target: Nobody.Knows\r\n", "{\"name\":", "SerializationException" },
        { "", "", "SerializationException" },
        { "X-Amz-Target: SimpleWorkflowService.RegisterDomain\r\n", "{\"name\":7",
          "SerializationException" },
        { "X-Amz-Target: Nobody.Knows\r\n", "{\"name\":7}", "UnknownOperationException" },
        { "", "{}", "UnknownOperationException" },
        { "X-Amz-Target: SimpleWorkflowService.RegisterDomain\r\n", "{\"name\":7}",
          "MissingAuthenticationTokenException" },
        { "X-Amz-Target: SimpleWorkflowService.RegisterDomain\r\nAuthorization: AWS4-HMAC x\r\n",
          "{\"name\":7}", "IncompleteSignatureException" },
        { "X-Amz-Target: SimpleWorkflowService.RegisterDomain\r\n" SIGNED, "{\"name\":7}",
          "SerializationException" },
        { "X-Amz-Target: SimpleWorkflowService.RegisterDomain\r\n" SIGNED, "{\"name\":\"a:b\"}",
          "Value null at 'workflowExecutionRetentionPeriodInDays'" },
        { "X-Amz-Target: SimpleWorkflowService.RegisterDomain\r\n" SIGNED,
          "{\"name\":\"a:b\",\"workflowExecutionRetentionPeriodInDays\":\"1\"}",
          "ValidationException" },
    };
    char request[2048];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int len = snprintf(request, sizeof(request),
                           "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                           "%sContent-Length: %zu\r\n\r\n%s",
                           rows[i].headers, strlen(rows[i].body), rows[i].body);
        struct reply reply = exchange(*state, bytes_of(request, (size_t)len));
        assert_int_equal(reply.status, 400);
        if (!strstr(reply.body, rows[i].type))
            fail_msg("row %zu: %s", i, reply.body);
        reply_free(&reply);
    }
    assert_int_equal(fake_service_calls(((struct rig *)*state)->service), 0);
}

static void a_request_may_come_byte_by_byte(void **state)
{
    struct peer peer = peer_connect(*state);
    struct bytes text = call_text("RegisterDomain", NULL, register_body);

    for (size_t i = 0; i < text.len; i++)
        peer_send(&peer, bytes_of(text.ptr + i, 1));
    peer_expect_status(&peer, 200);
    peer_close(&peer);
}

static void pipelined_requests_are_answered_in_order(void **state)
{
    struct peer peer = peer_connect(*state);
    struct text all;

    text_init(&all, 1 << 20);
    for (int i = 0; i < 50; i++) {
        text_append(&all, call_text("RegisterDomain", NULL, register_body));
        text_append_cstr(&all, "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n");
        text_append(&all, call_text("DeprecateDomain", NULL, "{\"name\":\"d\"}"));
    }
    peer_send(&peer, text_bytes(&all));
    for (int i = 0; i < 50; i++) {
        peer_expect_status(&peer, 200);
        peer_expect_status(&peer, 404);
        peer_expect_status(&peer, 500);
    }
    text_deinit(&all);
    peer_close(&peer);
}

static void what_comes_behind_a_held_poll_waits(void **state)
{
    struct rig *rig = *state;
    struct peer peer = peer_connect(rig);

    peer_send(&peer, call_text("PollForDecisionTask", NULL, poll_body));
    peer_send(&peer, call_text("DeprecateDomain", NULL, "{\"name\":\"d\"}"));
    fake_service_wait_parked(rig->service, 1);
    assert_int_equal(fake_service_calls(rig->service), 1);
    peer_send_text(&peer, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    fake_service_answer_polls(rig->service);
    struct reply poll = peer_reply(&peer);
    assert_string_equal(poll.body, "{\"previousStartedEventId\":0,\"startedEventId\":0}");
    reply_free(&poll);
    peer_expect_status(&peer, 500);
    peer_expect_status(&peer, 200);
    peer_close(&peer);
}

struct flood {
    struct peer *peer;
    struct bytes data;
};

static void *send_flood(void *context)
{
    struct flood *flood = context;
    return peer_try_send(flood->peer, flood->data) ? flood : NULL;
}

/* A megabyte behind a poll: the server stops reading, and goes on afterwards. */
static void a_flood_behind_a_held_poll_waits(void **state)
{
    struct rig *rig = *state;
    struct peer peer = peer_connect(rig);
    struct text all;
    pthread_t sender;
    void *sent;
    int count = 1;

    text_init(&all, 1 << 21);
    text_append(&all, call_text("PollForActivityTask", NULL, poll_body));
    for (; all.len < 1 << 20; count++)
        text_append(&all, call_text("RegisterDomain", NULL, register_body));
    struct flood flood = { &peer, text_bytes(&all) };
    assert_int_equal(pthread_create(&sender, NULL, send_flood, &flood), 0);
    fake_service_wait_parked(rig->service, 1);
    fake_service_answer_polls(rig->service);
    for (int i = 0; i < count; i++)
        peer_expect_status(&peer, 200);
    assert_int_equal(pthread_join(sender, &sent), 0);
    assert_non_null(sent);
    text_deinit(&all);
    peer_close(&peer);
}

static void a_poll_whose_client_is_gone_is_abandoned(void **state)
{
    struct rig *rig = *state;
    struct peer peers[3];

    for (int i = 0; i < 3; i++) {
        peers[i] = peer_connect(rig);
        peer_send(&peers[i], call_text("PollForActivityTask", NULL, poll_body));
    }
    fake_service_wait_parked(rig->service, 3);
    peer_close(&peers[0]);
    fake_service_wait_abandoned(rig->service, 1);
    peer_reset(&peers[1]);
    fake_service_wait_abandoned(rig->service, 2);
    shutdown(peers[2].fd, SHUT_WR);
    fake_service_wait_abandoned(rig->service, 3);
    peer_expect_end(&peers[2]);
    peer_close(&peers[2]);
}

/* It may wait for its answer all the same. */
static void a_call_of_a_half_closed_client_is_answered(void **state)
{
    struct peer peer = peer_connect(*state);

    peer_send(&peer, call_text("ListDomains", NULL, "{\"registrationStatus\":\"REGISTERED\"}"));
    shutdown(peer.fd, SHUT_WR);
    peer_expect_status(&peer, 200);
    peer_expect_end(&peer);
    peer_close(&peer);
}

static const char start_body[] = "{\"domain\":\"d\",\"workflowId\":\"i\",\"workflowType\":"
                                 "{\"name\":\"w\",\"version\":\"1\"}}";

/* A call that is under way until fake_service_answer_polls. */
static struct peer begin_start(struct rig *rig, uint64_t parked)
{
    struct peer peer = peer_connect(rig);

    fake_service_park_starts(rig->service);
    peer_send(&peer, call_text("StartWorkflowExecution", NULL, start_body));
    fake_service_wait_parked(rig->service, parked);
    return peer;
}

/* What was sent before has been met, as somebody who came later has been served. */
static void settle(struct rig *rig)
{
    struct peer later = peer_connect(rig);

    peer_send_text(&later, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    peer_expect_status(&later, 200);
    peer_close(&later);
}

static void end_half(struct rig *rig, struct peer *peer)
{
    shutdown(peer->fd, SHUT_WR);
    settle(rig);
}

/* The first of it is as much as the server keeps behind a call. The rest lies unread, and has room
 * in the socket's window, so that an end behind it arrives. */
#define KEPT_BYTES (20u << 10)
#define LEFT_BYTES (32u << 10)

static void send_more_than_is_read(struct rig *rig, struct peer *peer, struct bytes data)
{
    ensure(data.len > KEPT_BYTES && data.len - KEPT_BYTES <= LEFT_BYTES);
    peer_send(peer, bytes_of(data.ptr, KEPT_BYTES));
    settle(rig);
    peer_send(peer, bytes_skip(data, KEPT_BYTES));
}

static void all_calls_of_a_half_closed_client_are_answered(void **state)
{
    struct rig *rig = *state;
    struct peer peer = begin_start(rig, 1);

    peer_send(&peer, call_text("RegisterDomain", NULL, register_body));
    peer_send_text(&peer, "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n");
    peer_send(&peer, call_text("ListDomains", NULL, "{\"registrationStatus\":\"REGISTERED\"}"));
    peer_send(&peer, call_text("DeprecateDomain", NULL, "{\"name\":\"d\"}"));
    end_half(rig, &peer);
    fake_service_answer_polls(rig->service);
    peer_expect_status(&peer, 200);
    peer_expect_status(&peer, 200);
    peer_expect_status(&peer, 404);
    peer_expect_status(&peer, 200);
    peer_expect_status(&peer, 500);
    peer_expect_end(&peer);
    peer_close(&peer);
}

/* What it did not send whole is no request. */
static void a_half_closed_client_gets_no_more_than_it_asked_for(void **state)
{
    static const char *const rests[] = {
        "P", "GET /healthz HTTP/1.1\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n{}"
    };
    struct rig *rig = *state;

    for (size_t i = 0; i < sizeof(rests) / sizeof(rests[0]); i++) {
        struct peer peer = begin_start(rig, 1);
        peer_send(&peer, call_text("RegisterDomain", NULL, register_body));
        peer_send_text(&peer, rests[i]);
        end_half(rig, &peer);
        fake_service_answer_polls(rig->service);
        peer_expect_status(&peer, 200);
        peer_expect_status(&peer, 200);
        peer_expect_end(&peer);
        peer_close(&peer);
    }
}

/* Nobody knows who would take its task. */
static void a_half_closed_client_begins_no_poll(void **state)
{
    struct rig *rig = *state;
    struct peer peer = begin_start(rig, 1);

    fake_service_stop_parking(rig->service); /* polls would be answered */
    peer_expect_status(&peer, 200);
    peer_close(&peer);
    peer = begin_start(rig, 1);
    peer_send(&peer, call_text("RegisterDomain", NULL, register_body));
    peer_send(&peer, call_text("PollForDecisionTask", NULL, poll_body));
    peer_send(&peer, call_text("RegisterDomain", NULL, register_body));
    end_half(rig, &peer);
    fake_service_answer_polls(rig->service);
    peer_expect_status(&peer, 200);
    peer_expect_status(&peer, 200);
    peer_expect_end(&peer);
    peer_close(&peer);
    assert_int_equal(fake_service_calls(rig->service), 3);
}

/* More than the server keeps waits behind the call, and the end behind that: the server learns of
 * it by asking the kernel, before it has read what comes first. */
static void calls_that_were_not_read_are_answered_all_the_same(void **state)
{
    static char junk[KEPT_BYTES + LEFT_BYTES];
    struct rig *rig = *state;
    struct peer peer = begin_start(rig, 1), asked = peer_connect(rig);
    struct text all;
    int count = 0;

    text_init(&all, 1 << 20);
    for (; all.len < KEPT_BYTES + LEFT_BYTES / 2; count++)
        text_append(&all, call_text("RegisterDomain", NULL, register_body));
    send_more_than_is_read(rig, &peer, text_bytes(&all));
    shutdown(peer.fd, SHUT_WR);
    text_deinit(&all);
    /* One who came later has been asked about, so this one was. */
    peer_send(&asked, call_text("PollForActivityTask", NULL, poll_body));
    fake_service_wait_parked(rig->service, 2);
    send_more_than_is_read(rig, &asked, bytes_of(junk, sizeof(junk)));
    shutdown(asked.fd, SHUT_WR);
    fake_service_wait_abandoned(rig->service, 1);
    fake_service_answer_polls(rig->service);
    for (int i = 0; i <= count; i++)
        peer_expect_status(&peer, 200);
    peer_expect_end(&peer);
    peer_close(&peer);
    peer_close(&asked);
}

static void an_end_behind_unread_bytes_is_seen(void **state)
{
    static char junk[KEPT_BYTES + LEFT_BYTES];
    struct rig *rig = *state;
    struct peer peers[2];

    memset(junk, 'j', sizeof(junk));
    for (int i = 0; i < 2; i++) {
        peers[i] = peer_connect(rig);
        peer_send(&peers[i], call_text("PollForActivityTask", NULL, poll_body));
    }
    fake_service_wait_parked(rig->service, 2);
    for (int i = 0; i < 2; i++)
        send_more_than_is_read(rig, &peers[i], bytes_of(junk, sizeof(junk)));
    peer_close(&peers[0]);
    fake_service_wait_abandoned(rig->service, 1);
    peer_reset(&peers[1]);
    fake_service_wait_abandoned(rig->service, 2);
}

static void a_client_may_leave_at_any_byte(void **state)
{
    struct bytes text = call_text("RegisterDomain", "Transfer-Encoding: chunked\r\n", "");

    for (size_t i = 0; i <= text.len; i++) {
        struct peer peer = peer_connect(*state);
        peer_send(&peer, bytes_of(text.ptr, i));
        if (i % 2)
            peer_reset(&peer);
        else
            peer_close(&peer);
    }
    a_fault_is_answered(state);
}

/* A client that asks for much and takes nothing, then goes. */
static void an_answer_may_remain_unread(void **state)
{
    struct rig *rig = *state;
    struct peer peer = peer_connect(rig);

    peer_send(&peer, call_text("ListDomains", NULL, "{\"registrationStatus\":\"REGISTERED\"}"));
    struct pollfd readable = { .fd = peer.fd, .events = POLLIN };
    assert_int_equal(poll(&readable, 1, 60000), 1);
    peer_reset(&peer);
    a_fault_is_answered(state);
}

static void a_long_answer_arrives_whole(void **state)
{
    struct reply reply = exchange(
        *state, call_text("ListDomains", NULL, "{\"registrationStatus\":\"REGISTERED\"}"));

    assert_int_equal(reply.status, 200);
    assert_true(reply.body_len > FAKE_LIST_BYTES);
    assert_string_equal(reply.body + reply.body_len - 2, "]}");
    reply_free(&reply);
}

static void send_padded(struct rig *rig, const char *start_text, const char *piece, size_t bytes,
                        const char *end_text)
{
    struct peer peer = peer_connect(rig);
    struct text body, all;

    text_init(&body, 2 << 20);
    text_init(&all, 2 << 20);
    text_append_cstr(&body, start_text);
    while (body.len < bytes)
        text_append_cstr(&body, piece);
    text_append_cstr(&body, end_text);
    text_printf(&all,
                "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nX-Amz-Target: "
                "SimpleWorkflowService.RespondDecisionTaskCompleted\r\n" SIGNED
                "Content-Length: %zu\r\n\r\n",
                body.len);
    text_append(&all, text_bytes(&body));
    peer_send(&peer, text_bytes(&all));
    peer_expect_status(&peer, 400);
    text_deinit(&body);
    text_deinit(&all);
    peer_close(&peer);
}

static void bombs_are_defused(void **state)
{
    send_padded(*state, "{\"decisions\":", "[", 1000000, "");
    send_padded(*state, "{\"a\":", "{\"a\":", 1000000, "");
    send_padded(*state, "{\"taskToken\":\"t\",\"decisions\":[{}", ",{}", 1000000, "]}");
    send_padded(*state, "{\"taskToken\":\"t\",\"decisions\":[", "{\"decisionType\":\"x\"},",
                1000000, "{}]}");
}

static void all_loops_serve(void **state)
{
    struct rig rig = rig_prepare();
    struct peer peers[40];

    (void)state;
    rig.config.loops = 3;
    rig.config.listen = "localhost:0";
    rig_start(&rig);
    for (int i = 0; i < 40; i++)
        peers[i] = peer_connect(&rig);
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < 40; i++)
            peer_send(&peers[i], call_text("RegisterDomain", NULL, register_body));
        for (int i = 0; i < 40; i++)
            peer_expect_status(&peers[i], 200);
    }
    for (int i = 0; i < 40; i++)
        peer_close(&peers[i]);
    rig_stop(&rig);
}

static void too_many_connections_are_closed(void **state)
{
    struct rig rig = rig_prepare();

    (void)state;
    rig.config.connections_max = 2;
    rig_start(&rig);
    struct peer first = peer_connect(&rig), second = peer_connect(&rig);
    struct peer third = peer_connect(&rig);
    peer_expect_end(&third);
    peer_send(&second, call_text("RegisterDomain", NULL, register_body));
    peer_expect_status(&second, 200);
    peer_close(&third);
    peer_close(&first);
    peer_close(&second);
    rig_stop(&rig);
}

/* Somebody connects and is answered: what sockets told the server before, it has heard by then. */
static void let_it_hear(const struct rig *rig)
{
    struct peer next = peer_connect(rig);

    peer_send_text(&next, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    peer_expect_status(&next, 200);
    peer_close(&next);
}

/* What a call has changed is changed, whether somebody waits for the answer or not. */
static void a_call_of_a_client_that_is_gone_is_in_the_audit_log(void **state)
{
    char path[] = "/tmp/server_test.XXXXXX", line[1024];
    struct rig rig = rig_prepare();
    struct audit *audit;

    (void)state;
    close(mkstemp(path));
    assert_int_equal(audit_open(path, &audit), OK);
    rig.config.audit = audit;
    rig_start(&rig);
    fake_service_park_starts(rig.service);
    struct peer peer = peer_connect(&rig);
    peer_send(&peer, call_text("StartWorkflowExecution", NULL, start_body));
    fake_service_wait_parked(rig.service, 1);
    peer_reset(&peer);
    let_it_hear(&rig);
    rig_stop(&rig);
    audit_close(audit);
    FILE *file = fopen(path, "r");
    assert_non_null(fgets(line, sizeof(line), file));
    assert_non_null(strstr(line, "\"action\":\"swf:StartWorkflowExecution\",\"outcome\":\"ok\"}"));
    assert_null(fgets(line, sizeof(line), file));
    fclose(file);
    unlink(path);
}

static void draining_lets_calls_end(void **state)
{
    struct rig rig = rig_prepare();

    (void)state;
    rig_start(&rig);
    struct peer idle = peer_connect(&rig), half = peer_connect(&rig), held = peer_connect(&rig);
    peer_send_text(&idle, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    peer_expect_status(&idle, 200);
    peer_send_text(&half, "GET /healthz HTTP/1.1\r\n");
    peer_send(&held, call_text("PollForActivityTask", NULL, poll_body));
    peer_send(&held, call_text("RegisterDomain", NULL, register_body)); /* too late for this one */
    fake_service_wait_parked(rig.service, 1);
    rig_drain(&rig);
    peer_expect_end(&idle);
    peer_expect_end(&half);
    fake_service_answer_polls(rig.service);
    struct reply reply = peer_reply(&held);
    assert_int_equal(reply.status, 200);
    assert_non_null(strstr(reply.head, "\r\nConnection: close\r\n"));
    reply_free(&reply);
    peer_expect_end(&held);
    peer_close(&idle);
    peer_close(&half);
    peer_close(&held);
    rig_stop(&rig);
}

/* A socket that is closed with bytes unread is reset, which takes from the client what it has not
 * read yet: of the answer, its end. */
static void at_the_end_no_answer_is_lost_to_what_was_not_read(void **state)
{
    struct rig rig = rig_prepare();
    struct text all;

    (void)state;
    rig_start(&rig);
    struct peer peer = peer_connect(&rig);
    text_init(&all, 1 << 20);
    text_append(&all,
                call_text("ListDomains", NULL, "{\"registrationStatus\":\"REGISTERED\"}"));
    while (all.len < 256 << 10)
        text_append(&all, call_text("RegisterDomain", NULL, register_body));
    peer_send(&peer, text_bytes(&all));
    struct pollfd readable = { .fd = peer.fd, .events = POLLIN };
    assert_int_equal(poll(&readable, 1, 60000), 1);
    rig_drain(&rig);
    peer_expect_status(&peer, 200);
    peer_expect_end(&peer);
    peer_close(&peer);
    text_deinit(&all);
    rig_stop(&rig);
}

static void an_unread_answer_does_not_hold_the_end_up(void **state)
{
    struct rig rig = rig_prepare();

    (void)state;
    rig_start(&rig);
    struct peer peer = peer_connect(&rig);
    peer_send(&peer, call_text("ListDomains", NULL, "{\"registrationStatus\":\"REGISTERED\"}"));
    struct pollfd readable = { .fd = peer.fd, .events = POLLIN };
    assert_int_equal(poll(&readable, 1, 60000), 1);
    server_drain(rig.server);
    server_finish(rig.server, (struct duration){ 0 });
    fake_service_free(rig.service);
    assert_true(peer_read_to_end(&peer) < FAKE_LIST_BYTES);
    peer_close(&peer);
}

static void finishing_drains_first(void **state)
{
    struct rig rig = rig_prepare();

    (void)state;
    rig_start(&rig);
    struct peer peer = peer_connect(&rig);
    peer_send(&peer, call_text("RegisterDomain", NULL, register_body));
    peer_expect_status(&peer, 200);
    server_finish(rig.server, duration_of_s(60));
    fake_service_free(rig.service);
    peer_expect_end(&peer);
    peer_close(&peer);
}

/* A client may say that it goes instead of going. */
static void a_poll_whose_client_says_goodbye_is_abandoned(void **state)
{
    struct rig *rig = *state;
    struct peer peer = peer_connect(rig);

    peer_send(&peer, call_text("PollForActivityTask", NULL, poll_body));
    fake_service_wait_parked(rig->service, 1);
    SSL_shutdown(peer.ssl);
    fake_service_wait_abandoned(rig->service, 1);
    peer_expect_end(&peer);
    peer_close(&peer);
}

/* In the middle of a record, and of a handshake. */
static void a_tls_client_may_leave_at_any_byte(void **state)
{
    static const char hello[] = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
    struct rig *rig = *state;
    struct peer held = peer_connect(rig);

    for (size_t i = 0; i < sizeof(hello); i++) {
        struct peer peer = peer_connect_raw(rig);
        peer_send(&peer, bytes_of(hello, i));
        if (i % 2)
            peer_reset(&peer);
        else
            peer_close(&peer);
    }
    peer_send(&held, call_text("PollForActivityTask", NULL, poll_body));
    fake_service_wait_parked(rig->service, 1);
    assert_int_equal(send(held.fd, "\x17\x03\x03\x40", 4, 0), 4);
    peer_close(&held);
    fake_service_wait_abandoned(rig->service, 1);
    a_fault_is_answered(state);
}

static void what_is_no_tls_ends(void **state)
{
    struct peer peer = peer_connect_raw(*state);

    peer_send_text(&peer, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_true(peer_read_to_end(&peer) < 16); /* an alert at most */
    peer_close(&peer);
    a_fault_is_answered(state);
}

static void both_are_spoken_side_by_side(void **state)
{
    struct rig rig = rig_prepare();

    (void)state;
    rig_speak_tls(&rig);
    rig.config.listen = "127.0.0.1:0";
    rig_start(&rig);
    struct peer by_tls = peer_connect(&rig);
    struct tls *tls = rig.tls;
    rig.tls = NULL;
    struct peer plain = peer_connect(&rig);
    rig.tls = tls;
    for (int i = 0; i < 3; i++) {
        peer_send(&by_tls, call_text("RegisterDomain", NULL, register_body));
        peer_send(&plain, call_text("RegisterDomain", NULL, register_body));
        peer_expect_status(&by_tls, 200);
        peer_expect_status(&plain, 200);
    }
    peer_close(&by_tls);
    peer_close(&plain);
    rig_stop(&rig);
}

static void tls_ends_in_order(void **state)
{
    struct rig rig = rig_prepare();

    (void)state;
    rig_speak_tls(&rig);
    rig_start(&rig);
    struct peer idle = peer_connect(&rig), asked = peer_connect(&rig), raw = peer_connect_raw(&rig);
    peer_send(&asked, call_text("RegisterDomain", "Connection: close\r\n", register_body));
    peer_expect_status(&asked, 200);
    peer_expect_end(&asked);
    peer_send(&idle, call_text("RegisterDomain", NULL, register_body));
    peer_expect_status(&idle, 200);
    rig_drain(&rig);
    peer_expect_end(&idle);
    peer_expect_end(&raw);
    peer_close(&idle);
    peer_close(&asked);
    peer_close(&raw);
    rig_stop(&rig);
}

static void *reload_on(void *context)
{
    struct rig *rig = context;
    struct text problem;

    text_init(&problem, 4096);
    for (int i = 0; i < 50; i++)
        assert_true(tls_reload(rig->tls, &problem));
    text_deinit(&problem);
    return NULL;
}

/* Those who are there stay, those who come get the new one. */
static void certificates_are_exchanged_while_clients_come(void **state)
{
    struct rig rig = rig_prepare();
    pthread_t reloader;

    (void)state;
    rig.config.loops = 3;
    rig_speak_tls(&rig);
    rig_start(&rig);
    struct peer first = peer_connect(&rig);
    assert_int_equal(pthread_create(&reloader, NULL, reload_on, &rig), 0);
    for (int i = 0; i < 40; i++) {
        struct peer peer = peer_connect(&rig);
        peer_send(&peer, call_text("RegisterDomain", NULL, register_body));
        peer_expect_status(&peer, 200);
        peer_close(&peer);
    }
    assert_int_equal(pthread_join(reloader, NULL), 0);
    peer_send(&first, call_text("RegisterDomain", NULL, register_body));
    peer_expect_status(&first, 200);
    peer_close(&first);
    rig_stop(&rig);
}

static void senseless_limits_are_refused(void **state)
{
    struct rig rig = rig_prepare();

    (void)state;
    rig.config.idle_timeout_s = 0;
    assert_int_equal(server_start(&rig.config, &rig.server), ERR_INVALID);
    rig = rig_prepare();
    rig.config.loops = 0;
    assert_int_equal(server_start(&rig.config, &rig.server), ERR_INVALID);
    rig = rig_prepare();
    rig.config.tls_listen = "127.0.0.1:0"; /* without a certificate */
    assert_int_equal(server_start(&rig.config, &rig.server), ERR_INVALID);
    rig = rig_prepare();
    rig.config.request_bytes_max = 2u << 20; /* decoded it might not fit into a call */
    assert_int_equal(server_start(&rig.config, &rig.server), ERR_INVALID);
}

/* What a client notices is the same either way. */
#define over_http(test) cmocka_unit_test_setup_teardown(test, start, stop)
#define over_tls(test) cmocka_unit_test_setup_teardown(test, start_tls, stop)
#define over_both(test)                             \
    over_http(test),                                \
    {                                               \
#test " (TLS)", test, start_tls, stop, NULL \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        over_both(an_output_is_answered),
        over_both(no_output_is_an_empty_body),
        over_both(a_fault_is_answered),
        over_both(a_failure_is_the_receivers),
        over_both(the_old_dialect_is_spoken),
        over_both(the_signature_of_2012_is_accepted),
        over_both(what_is_not_a_call_is_unknown),
        over_both(health_is_told),
        over_both(health_is_bad_while_nothing_advances),
        over_both(a_head_has_no_body),
        over_both(checks_come_in_order),
        over_both(a_request_may_come_byte_by_byte),
        over_both(pipelined_requests_are_answered_in_order),
        over_both(what_comes_behind_a_held_poll_waits),
        over_http(a_flood_behind_a_held_poll_waits),
        over_both(a_poll_whose_client_is_gone_is_abandoned),
        over_both(a_call_of_a_half_closed_client_is_answered),
        over_both(all_calls_of_a_half_closed_client_are_answered),
        over_both(a_half_closed_client_gets_no_more_than_it_asked_for),
        over_both(a_half_closed_client_begins_no_poll),
        over_both(calls_that_were_not_read_are_answered_all_the_same),
        over_both(an_end_behind_unread_bytes_is_seen),
        over_both(a_client_may_leave_at_any_byte),
        over_both(an_answer_may_remain_unread),
        over_both(a_long_answer_arrives_whole),
        over_both(bombs_are_defused),
        cmocka_unit_test(all_loops_serve),
        cmocka_unit_test(too_many_connections_are_closed),
        cmocka_unit_test(a_call_of_a_client_that_is_gone_is_in_the_audit_log),
        cmocka_unit_test(draining_lets_calls_end),
        cmocka_unit_test(at_the_end_no_answer_is_lost_to_what_was_not_read),
        cmocka_unit_test(an_unread_answer_does_not_hold_the_end_up),
        cmocka_unit_test(finishing_drains_first),
        over_tls(a_poll_whose_client_says_goodbye_is_abandoned),
        over_tls(a_tls_client_may_leave_at_any_byte),
        over_tls(what_is_no_tls_ends),
        cmocka_unit_test(both_are_spoken_side_by_side),
        cmocka_unit_test(tls_ends_in_order),
        cmocka_unit_test(certificates_are_exchanged_while_clients_come),
        cmocka_unit_test(senseless_limits_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
