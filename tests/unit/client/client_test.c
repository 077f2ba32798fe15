#include "client/client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

static struct client *client;

/* ---- a server that gives one prepared answer after another, and keeps what it was asked */

#define ANSWERS_MAX 4
#define REQUEST_MAX 16384

struct answer {
    int status;
    const char *body; /* NULL: says nothing, cancels the client's call, and waits for it to go */
};

static struct {
    int listener;
    atomic_int accepted; /* connections */
    uint16_t port;
    struct answer answers[ANSWERS_MAX];
    size_t answer_count;
    char requests[ANSWERS_MAX][REQUEST_MAX];
    pthread_t thread;
} peer;

/* Has the whole request arrived? Headers tell how long the body is. */
static bool is_whole(const char *request, size_t len)
{
    const char *end = strstr(request, "\r\n\r\n");
    const char *length = strcasestr(request, "content-length:");
    unsigned body = 0;
    return end && length && sscanf(length + 15, " %u", &body) == 1 &&
           len == (size_t)(end + 4 - request) + body;
}

/* False when the client is gone. */
static bool read_request(int connection, char *request)
{
    size_t len = 0;
    while (!is_whole(request, len)) {
        ssize_t got = read(connection, request + len, REQUEST_MAX - 1 - len);
        if (got <= 0)
            return false;
        len += (size_t)got;
        request[len] = '\0';
    }
    return true;
}

static void cancel_and_wait(int connection)
{
    char byte;
    client_cancel(client);
    while (read(connection, &byte, 1) > 0)
        continue;
}

static void give(int connection, struct answer answer)
{
    char text[REQUEST_MAX];
    int len = snprintf(text, sizeof text, "HTTP/1.1 %d Whatever\r\nContent-Length: %zu\r\n\r\n%s",
                       answer.status, strlen(answer.body), answer.body);
    (void)!write(connection, text, (size_t)len);
}

/* Answers the requests of one connection, until all answers are given or the client is gone. */
static size_t converse(int connection, size_t next)
{
    while (next < peer.answer_count && read_request(connection, peer.requests[next])) {
        struct answer answer = peer.answers[next++];
        if (answer.body)
            give(connection, answer);
        else
            cancel_and_wait(connection);
    }
    return next;
}

static void *serve(void *unused)
{
    (void)unused;
    for (size_t next = 0; next < peer.answer_count;) {
        int connection = accept(peer.listener, NULL, NULL);
        if (connection < 0)
            break; /* the test is over */
        atomic_fetch_add(&peer.accepted, 1);
        next = converse(connection, next);
        close(connection);
    }
    return NULL;
}

static void listen_anywhere(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof address;
    peer.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(peer.listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(peer.listener, 4), 0);
    assert_int_equal(getsockname(peer.listener, (struct sockaddr *)&address, &len), 0);
    peer.port = ntohs(address.sin_port);
}

/* ---- what every test has */

static struct arena arena;

static int begin(void **state)
{
    (void)state;
    memset(&peer, 0, sizeof peer);
    listen_anywhere();
    arena_init(&arena, "test", 16u << 20);
    return 0;
}

static void start(const struct answer *answers, size_t count)
{
    char endpoint[64];
    snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%u", peer.port);
    struct client_config config = { .endpoint = endpoint,
                                    .region = "eu-west-3",
                                    .access_key_id = "AKID",
                                    .secret_access_key = "SECRET" };
    for (size_t i = 0; i < count; i++)
        peer.answers[i] = answers[i];
    peer.answer_count = count;
    client = client_new(&config);
    assert_int_equal(pthread_create(&peer.thread, NULL, serve, NULL), 0);
}

#define start(...)                                \
    start((const struct answer[]){ __VA_ARGS__ }, \
          sizeof((const struct answer[]){ __VA_ARGS__ }) / sizeof(struct answer))

static int end(void **state)
{
    (void)state;
    client_free(client);
    shutdown(peer.listener, SHUT_RDWR); /* ends an accept that waits for more */
    pthread_join(peer.thread, NULL);
    close(peer.listener);
    arena_deinit(&arena);
    return 0;
}

static enum err describe(struct reply *reply)
{
    struct describe_domain_input input = { .name = BYTES("shop") };
    return client_call(
        client, &(struct request){ OPERATION_DESCRIBE_DOMAIN, { .describe_domain = &input } },
        &arena, reply);
}

static void assert_bytes(struct bytes b, const char *expected)
{
    if (!bytes_equal_cstr(b, expected))
        fail_msg("\"%.*s\" is not \"%s\"", BYTES_FMT(b), expected);
}

/* ---- the tests */

static void an_output_is_decoded(void **state)
{
    struct reply reply;
    (void)state;
    start({ 200, "{\"configuration\":{\"workflowExecutionRetentionPeriodInDays\":\"7\"},"
                 "\"domainInfo\":{\"name\":\"shop\",\"status\":\"REGISTERED\"}}" });
    assert_int_equal(describe(&reply), OK);
    assert_true(bytes_is_absent(reply.fault));
    assert_int_equal(reply.http_status, 200);
    const struct domain_detail *detail = reply.output;
    assert_bytes(detail->domain_info->name, "shop");
    assert_bytes(detail->configuration->workflow_execution_retention_period_in_days, "7");
}

static void a_request_is_signed_and_addressed(void **state)
{
    struct reply reply;
    (void)state;
    start({ 200, "{}" });
    assert_int_equal(describe(&reply), OK);
    const char *request = peer.requests[0];
    assert_int_equal(strncmp(request, "POST / HTTP/1.1\r\n", 17), 0);
    assert_non_null(strstr(request, "X-Amz-Target: SimpleWorkflowService.DescribeDomain\r\n"));
    assert_non_null(strstr(request, "Content-Type: application/x-amz-json-1.0\r\n"));
    assert_non_null(strstr(request, "Authorization: AWS4-HMAC-SHA256 Credential=AKID/"));
    assert_non_null(strstr(request, "/eu-west-3/swf/aws4_request"));
    assert_non_null(strstr(request, "\r\n\r\n{\"name\":\"shop\"}"));
    assert_null(strcasestr(request, "expect:"));
}

static void a_fault_is_no_failure(void **state)
{
    struct reply reply;
    (void)state;
    start({ 400, "{\"__type\":\"com.amazonaws.swf.base.model#UnknownResourceFault\","
                 "\"message\":\"no domain shop\"}" });
    assert_int_equal(describe(&reply), OK);
    assert_bytes(reply.fault, "UnknownResourceFault");
    assert_bytes(reply.message, "no domain shop");
    assert_null(reply.output);
}

static void what_is_not_swf_is_a_failure(void **state)
{
    struct reply reply;
    (void)state;
    start({ 502, "<html></html>" }, { 200, "nope" });
    assert_int_equal(describe(&reply), ERR_CORRUPT);
    assert_non_null(strstr(client_problem(client), "502"));
    assert_int_equal(describe(&reply), ERR_CORRUPT);
}

static void a_connection_is_kept(void **state)
{
    struct reply reply;
    (void)state;
    start({ 200, "{}" }, { 200, "{}" }, { 200, "{}" });
    for (int i = 0; i < 3; i++)
        assert_int_equal(describe(&reply), OK);
    assert_int_equal(peer.accepted, 1);
}

static void events_are_decoded(void **state)
{
    struct reply reply;
    struct event *events;
    size_t count;
    struct workflow_execution execution = { BYTES("w"), BYTES("r") };
    struct get_workflow_execution_history_input input = { .domain = BYTES("shop"),
                                                          .execution = &execution };
    struct request request = { OPERATION_GET_WORKFLOW_EXECUTION_HISTORY,
                               { .get_workflow_execution_history = &input } };
    (void)state;
    start({ 200,
            "{\"events\":[{\"eventId\":9,\"eventTimestamp\":1.5E9,\"eventType\":\"TimerFired\","
            "\"timerFiredEventAttributes\":{\"startedEventId\":7,\"timerId\":\"t\"}}],"
            "\"nextPageToken\":\"abc123456\"}" });
    assert_int_equal(client_call(client, &request, &arena, &reply), OK);
    assert_int_equal(client_events(client, &reply, &arena, &events, &count), OK);
    assert_int_equal(count, 1);
    assert_int_equal(events[0].id, 9);
    assert_int_equal(events[0].type, EVENT_TIMER_FIRED);
    assert_bytes(events[0].timer_fired->timer_id, "t");
    reply.body = BYTES("[]");
    assert_int_equal(client_events(client, &reply, &arena, &events, &count), ERR_CORRUPT);
}

static void a_waiting_call_can_be_canceled(void **state)
{
    struct reply reply;
    (void)state;
    start({ 0, NULL });
    assert_int_equal(describe(&reply), ERR_IO);
    assert_true(client_is_canceled(client));
    assert_string_equal(client_problem(client), "canceled");
    assert_int_equal(describe(&reply), ERR_IO);
    assert_int_equal(peer.accepted, 1);
}

static void nobody_there_is_a_failure(void **state)
{
    struct reply reply;
    (void)state;
    (start)(NULL, 0);
    shutdown(peer.listener, SHUT_RDWR);
    assert_int_equal(describe(&reply), ERR_IO);
    assert_true(strlen(client_problem(client)) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_output_is_decoded, begin, end),
        cmocka_unit_test_setup_teardown(a_request_is_signed_and_addressed, begin, end),
        cmocka_unit_test_setup_teardown(a_fault_is_no_failure, begin, end),
        cmocka_unit_test_setup_teardown(what_is_not_swf_is_a_failure, begin, end),
        cmocka_unit_test_setup_teardown(a_connection_is_kept, begin, end),
        cmocka_unit_test_setup_teardown(events_are_decoded, begin, end),
        cmocka_unit_test_setup_teardown(a_waiting_call_can_be_canceled, begin, end),
        cmocka_unit_test_setup_teardown(nobody_there_is_a_failure, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
