/*
 * How the server starts and ends as a process: what it refuses, with which status and which line;
 * what it does on SIGTERM; and what it writes to its log.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "caller.h"
#include "must.h"
#include "peer.h"
#include "process.h"
#include "store/key.h"
#include "store/rocks/rocks.h"
#include "store/value.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define TEXT_BYTES_MAX ((size_t)16 << 20)

struct fixture {
    struct scratch scratch;
    char data[SCRATCH_PATH_MAX], log[SCRATCH_PATH_MAX], other_log[SCRATCH_PATH_MAX];
    struct process server; /* the one that most tests begin with */
    struct process other;
    struct text text;
};

static int setup(void **state)
{
    static struct fixture fixture;

    fixture = (struct fixture){ 0 };
    scratch_init(&fixture.scratch);
    scratch_path(&fixture.scratch, "data", fixture.data);
    scratch_path(&fixture.scratch, "log", fixture.log);
    scratch_path(&fixture.scratch, "other-log", fixture.other_log);
    text_init(&fixture.text, TEXT_BYTES_MAX);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    process_kill(&fixture->server);
    process_kill(&fixture->other);
    text_deinit(&fixture->text);
    scratch_deinit(&fixture->scratch);
    return 0;
}

static void serve(struct fixture *fixture)
{
    process_serve(&fixture->server, fixture->log, fixture->data, NULL, NULL);
    must_listen(&fixture->server);
}

/* `fixture->other` ends with this status after a line at level error with all of the words, and
 * never listens. */
static void assert_refused(struct fixture *fixture, int status, const char *const words[])
{
    assert_false(process_wait_listening(&fixture->other));
    assert_int_equal(process_wait(&fixture->other), status);
    process_read_log(&fixture->other, &fixture->text);
    if (!log_has_line(text_bytes(&fixture->text), words))
        fail_msg("not said: %s; but:\n%.*s", words[1], BYTES_FMT(text_bytes(&fixture->text)));
}

static void assert_serves(struct fixture *fixture)
{
    assert_true(peer_read_health(fixture->server.port, &fixture->text));
    assert_non_null(memmem(fixture->text.ptr, fixture->text.len, "\"status\":\"ok\"", 13));
}

/* ---- refusals */

static void test_second_server_on_the_same_folder(void **state)
{
    struct fixture *fixture = *state;

    serve(fixture);
    process_serve(&fixture->other, fixture->other_log, fixture->data, NULL, NULL);
    assert_refused(
        fixture, 1,
        (const char *const[]){ "level=error", "in use by another process", fixture->data, NULL });
    assert_serves(fixture);
    assert_int_equal(process_stop(&fixture->server), 0);
    serve(fixture); /* nothing is left of the lock */
}

static void test_port_in_use(void **state)
{
    struct fixture *fixture = *state;
    char address[32], data[SCRATCH_PATH_MAX];

    serve(fixture);
    scratch_path(&fixture->scratch, "other-data", data);
    snprintf(address, sizeof address, "127.0.0.1:%u", fixture->server.port);
    const char *arguments[] = { "serve", "--listen", address, "--data", data, NULL };
    process_start(&fixture->other, fixture->other_log, arguments, NULL);
    assert_refused(fixture, 1,
                   (const char *const[]){ "level=error", "cannot listen", address, NULL });
    assert_serves(fixture);
}

static void write_format(const char *data, uint32_t number)
{
    struct arena arena;
    struct kv *kv;

    arena_init(&arena, "test", 1 << 16);
    struct bytes key = key_named(&arena, STATE_META, BYTES("format"));
    struct packer content = packer_in(&arena, 4);
    pack_u32(&content, number);
    struct kv_operation put = { KV_PUT, KV_STATE, key,
                                value_of(&arena, key, packer_bytes(&content)) };
    assert_int_equal(kv_rocks_open(data, &kv), OK);
    assert_int_equal(kv->functions->write(kv, &put, 1, true), OK);
    kv->functions->close(kv);
    arena_deinit(&arena);
}

static void test_folder_of_a_newer_version(void **state)
{
    struct fixture *fixture = *state;

    serve(fixture);
    assert_int_equal(process_stop(&fixture->server), 0);
    write_format(fixture->data, 999);
    process_serve(&fixture->other, fixture->other_log, fixture->data, NULL, NULL);
    assert_refused(fixture, 1,
                   (const char *const[]){ "level=error", "newer version", "999", NULL });
}

/* Neither looks at it, nor mends what it does not understand. */
static void test_fsck_of_a_newer_version(void **state)
{
    struct fixture *fixture = *state;
    const char *const arguments[2][4] = { { "fsck", fixture->data },
                                          { "fsck", fixture->data, "--repair" } };

    serve(fixture);
    assert_int_equal(process_stop(&fixture->server), 0);
    write_format(fixture->data, 999);
    for (int i = 0; i < 2; i++) {
        process_start(&fixture->other, fixture->other_log, arguments[i], NULL);
        process_read_out(&fixture->other, &fixture->text);
        assert_int_equal(fixture->text.len, 0);
        assert_int_equal(process_wait(&fixture->other), 2);
        process_read_log(&fixture->other, &fixture->text);
        assert_true(log_has_line(text_bytes(&fixture->text),
                                 (const char *const[]){ "weir fsck", "newer version", NULL }));
    }
}

/* There never was one. */
static void test_folder_of_an_unknown_older_version(void **state)
{
    struct fixture *fixture = *state;

    serve(fixture);
    assert_int_equal(process_stop(&fixture->server), 0);
    write_format(fixture->data, 0);
    process_serve(&fixture->other, fixture->other_log, fixture->data, NULL, NULL);
    assert_refused(fixture, 1, (const char *const[]){ "level=error", "wrong form", NULL });
}

static void test_folder_of_something_else(void **state)
{
    struct fixture *fixture = *state;
    char path[SCRATCH_PATH_MAX];

    scratch_path(&fixture->scratch, "letter.txt", path);
    file_write(path, BYTES("dear all"));
    process_serve(&fixture->other, fixture->other_log, fixture->scratch.path, NULL, NULL);
    assert_refused(fixture, 1,
                   (const char *const[]){ "level=error", "no store", fixture->scratch.path, NULL });
    file_read(path, &fixture->text);
    assert_true(bytes_equal_cstr(text_bytes(&fixture->text), "dear all"));
}

static void test_data_is_a_file(void **state)
{
    struct fixture *fixture = *state;

    file_write(fixture->data, BYTES("dear all"));
    process_serve(&fixture->other, fixture->other_log, fixture->data, NULL, NULL);
    assert_refused(fixture, 1, (const char *const[]){ "level=error", fixture->data, NULL });
}

/* ---- settings */

static size_t count_lines(struct bytes text)
{
    size_t lines = 0;
    for (size_t i = 0; i < text.len; i++)
        lines += text.ptr[i] == '\n';
    return lines;
}

static void test_bad_settings(void **state)
{
    static const struct {
        const char *arguments[8];
        const char *says;
    } rows[] = {
        { { "serve", "--no-such-thing", "1" }, "--no-such-thing" },
        { { "serve", "--listen", "nonsense" }, "nonsense" },
        { { "serve", "--listen", "0.0.0.0:9347" }, "0.0.0.0:9347" },
        { { "serve", "--listen", "" }, "--tls-listen or --unix-socket" },
        { { "serve", "--tls-listen", "127.0.0.1:0" }, "--tls-cert and --tls-key" },
        { { "serve", "--tls-listen", "127.0.0.1:0", "--tls-key", "x" },
          "--tls-cert and --tls-key" },
        { { "serve", "--tls-cert", "x" }, "need --tls-listen" },
        { { "serve", "--tls-client-ca", "x" }, "need --tls-listen" },
        { { "serve", "--unix-socket-mode", "0777" }, "0600, 0660 or 0666" },
        { { "serve", "--held-bytes-max", "1M" }, "--held-bytes-max" },
        { { "serve", "--store", "paper" }, "paper" },
        { { "serve", "--loops", "0" }, "--loops" },
        { { "serve", "--poll-seconds", "1e3" }, "1e3" },
        { { "serve", "--data" }, "--data" },
        { { "serve", "surplus" }, "surplus" },
        { { "serve", "--config", "/nowhere/weir.conf" }, "/nowhere/weir.conf" },
        { { "sevre" }, "sevre" },
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        process_start(&fixture->other, fixture->other_log, rows[i].arguments, NULL);
        process_read_out(&fixture->other, &fixture->text);
        assert_int_equal(fixture->text.len, 0);
        assert_int_equal(process_wait(&fixture->other), 2);
        process_read_log(&fixture->other, &fixture->text);
        assert_int_equal(count_lines(text_bytes(&fixture->text)), 1);
        assert_true(
            log_has_line(text_bytes(&fixture->text), (const char *const[]){ rows[i].says, NULL }));
    }
}

/* TLS says who the server is, not who calls. */
static void test_tls_alone_opens_no_address(void **state)
{
    struct fixture *fixture = *state;
    const char *arguments[] = {
        "serve", "--tls-listen", "0.0.0.0:9443", "--tls-cert", "x", "--tls-key", "x", NULL
    };

    process_start(&fixture->other, fixture->other_log, arguments, NULL);
    assert_refused(fixture, 2, (const char *const[]){ "--tls-listen", "0.0.0.0:9443", NULL });
}

static void test_bad_configuration_file(void **state)
{
    struct fixture *fixture = *state;
    char path[SCRATCH_PATH_MAX], place[SCRATCH_PATH_MAX + 8];

    scratch_path(&fixture->scratch, "weir.conf", path);
    file_write(path, BYTES("store = memory\n\nloops = many\n"));
    snprintf(place, sizeof place, "%s:3", path);
    const char *arguments[] = { "serve", "--config", path, NULL };
    process_start(&fixture->other, fixture->other_log, arguments, NULL);
    assert_refused(fixture, 2, (const char *const[]){ place, "loops", NULL });
}

static void test_print_config(void **state)
{
    struct fixture *fixture = *state;
    char path[SCRATCH_PATH_MAX];

    scratch_path(&fixture->scratch, "weir.conf", path);
    file_write(path, BYTES("store = memory # for now\nloops = 3\n"));
    const char *arguments[] = { "serve",          "--config", path, "--print-config",
                                "--poll-seconds", "7",        NULL };
    const char *environment[] = { "WEIR_REGION=mars-1", "WEIR_LOOPS=2", NULL };
    process_start(&fixture->other, fixture->other_log, arguments, environment);
    process_read_out(&fixture->other, &fixture->text);
    assert_int_equal(process_wait(&fixture->other), 0);
    struct bytes printed = text_bytes(&fixture->text);
    assert_true(log_has_line(printed, (const char *const[]){ "store = memory", path, NULL }));
    assert_true(log_has_line(printed, (const char *const[]){ "loops = 2", "WEIR_LOOPS", NULL }));
    assert_true(
        log_has_line(printed, (const char *const[]){ "region = mars-1", "WEIR_REGION", NULL }));
    assert_true(
        log_has_line(printed, (const char *const[]){ "poll-seconds = 7", "--poll-seconds", NULL }));
    assert_true(
        log_has_line(printed, (const char *const[]){ "listen = 127.0.0.1:9347", "default", NULL }));
    file_write(path, printed); /* and it can be read again */
    process_start(&fixture->other, fixture->other_log, arguments, NULL);
    assert_int_equal(process_wait(&fixture->other), 0);
}

/* ---- the end */

static void register_domain(struct fixture *fixture)
{
    struct caller caller;
    struct register_domain_input domain = {
        .name = BYTES("d"), .workflow_execution_retention_period_in_days = BYTES("1")
    };

    caller_init(&caller, fixture->server.endpoint);
    assert_int_equal(caller_call(&caller, OPERATION_REGISTER_DOMAIN, &domain), DONE);
    caller_deinit(&caller);
}

static void send_call(struct fixture *fixture, struct peer *peer, const char *operation,
                      const char *body)
{
    text_reset(&fixture->text);
    peer_write_call(&fixture->text, operation, bytes_of_cstr(body));
    assert_true(peer_send(peer, text_bytes(&fixture->text)));
}

static void wait_for_parked_polls(struct fixture *fixture, long long count)
{
    do
        assert_true(peer_read_health(fixture->server.port, &fixture->text));
    while (health_number(text_bytes(&fixture->text), "parkedPolls") < count);
}

#define POLLS 8

static void test_held_polls_are_answered_at_the_end(void **state)
{
    struct fixture *fixture = *state;
    struct peer peers[POLLS];
    struct peer_answer answer;

    serve(fixture);
    register_domain(fixture);
    for (int i = 0; i < POLLS; i++) {
        assert_true(peer_connect(&peers[i], fixture->server.port));
        send_call(fixture, &peers[i], i % 2 ? "PollForActivityTask" : "PollForDecisionTask",
                  "{\"domain\":\"d\",\"taskList\":{\"name\":\"l\"}}");
    }
    wait_for_parked_polls(fixture, POLLS);
    process_signal(&fixture->server, SIGTERM);
    for (int i = 0; i < POLLS; i++) {
        assert_true(peer_receive(&peers[i], &answer));
        assert_int_equal(answer.status, 200);
        assert_null(memmem(answer.body.ptr, answer.body.len, "taskToken", 9));
        assert_false(peer_receive(&peers[i], &answer)); /* and hung up */
        assert_int_equal(peers[i].received.len, 0);
        peer_close(&peers[i]);
    }
    assert_int_equal(process_wait(&fixture->server), 0);
    process_read_log(&fixture->server, &fixture->text);
    assert_true(log_has_line(text_bytes(&fixture->text),
                             (const char *const[]){ "stopping", "SIGTERM", NULL }));
    assert_true(
        log_has_line(text_bytes(&fixture->text), (const char *const[]){ "msg=\"stopped\"", NULL }));
}

#define REGISTRATIONS 200

/* Which of the domains there are, by their numbers. */
static void find_domains(struct fixture *fixture, bool found[REGISTRATIONS])
{
    struct caller caller;
    char name[16];

    caller_init(&caller, fixture->server.endpoint);
    for (int i = 0; i < REGISTRATIONS; i++) {
        snprintf(name, sizeof name, "d-%d", i);
        struct describe_domain_input input = { .name = bytes_of_cstr(name) };
        found[i] = caller_call(&caller, OPERATION_DESCRIBE_DOMAIN, &input) == DONE;
    }
    caller_deinit(&caller);
}

/* Requests on their way when the signal comes are answered whole or not at all; and what was
 * answered stays. */
static void test_requests_under_way_at_the_end(void **state)
{
    struct fixture *fixture = *state;
    struct peer *peers = calloc(REGISTRATIONS, sizeof *peers);
    bool answered[REGISTRATIONS], found[REGISTRATIONS];
    struct peer_answer answer;
    char body[128];
    const char *arguments[] = { "--limit-domains", "0", NULL };

    process_serve(&fixture->server, fixture->log, fixture->data, arguments, NULL);
    must_listen(&fixture->server);
    for (int i = 0; i < REGISTRATIONS; i++)
        assert_true(peer_connect(&peers[i], fixture->server.port));
    for (int i = 0; i < REGISTRATIONS; i++) {
        snprintf(body, sizeof body,
                 "{\"name\":\"d-%d\",\"workflowExecutionRetentionPeriodInDays\":\"1\"}", i);
        text_reset(&fixture->text);
        peer_write_call(&fixture->text, "RegisterDomain", bytes_of_cstr(body));
        if (i == REGISTRATIONS * 3 / 4) { /* the server is at it, and there is more */
            answered[0] = peer_receive(&peers[0], &answer) && answer.status == 200;
            process_signal(&fixture->server, SIGTERM);
        }
        peer_send(&peers[i], text_bytes(&fixture->text));
    }
    peer_close(&peers[0]);
    for (int i = 1; i < REGISTRATIONS; i++) {
        answered[i] = peer_receive(&peers[i], &answer) && answer.status == 200;
        assert_int_equal(peers[i].received.len, 0); /* not half of one */
        peer_close(&peers[i]);
    }
    free(peers);
    assert_int_equal(process_wait(&fixture->server), 0);
    serve(fixture);
    find_domains(fixture, found);
    for (int i = 0; i < REGISTRATIONS; i++)
        assert_true(found[i] || !answered[i]);
    assert_true(answered[0]);
}

/* A client that never finishes its request, and one that never reads, hold nobody up. */
static void test_idle_clients_at_the_end(void **state)
{
    struct fixture *fixture = *state;
    struct peer peers[3];

    serve(fixture);
    for (int i = 0; i < 3; i++)
        assert_true(peer_connect(&peers[i], fixture->server.port));
    assert_true(peer_send(&peers[0],
                          BYTES("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")));
    assert_true(peer_send(&peers[1], BYTES("POST / HT")));
    assert_serves(fixture);
    assert_int_equal(process_stop(&fixture->server), 0);
    for (int i = 0; i < 3; i++)
        peer_close(&peers[i]);
}

/* ---- health and log */

static void test_health(void **state)
{
    struct fixture *fixture = *state;

    serve(fixture);
    assert_serves(fixture);
    assert_int_equal(health_number(text_bytes(&fixture->text), "openExecutions"), 0);
    assert_true(health_number(text_bytes(&fixture->text), "turns") >= 0);
}

static void assert_structured(struct bytes log)
{
    static const char *const levels[] = { "debug", "info", "warn", "error" };

    assert_true(log.len > 0 && log.ptr[log.len - 1] == '\n');
    while (log.len > 0) {
        struct bytes line = bytes_of(
            log.ptr, (size_t)((const char *)memchr(log.ptr, '\n', log.len) - log.ptr));
        bool known_level = false;
        char word[32];
        assert_true(bytes_starts_with(line, BYTES("time=2")));
        for (size_t i = 0; i < 4; i++) {
            snprintf(word, sizeof word, " level=%s msg=\"", levels[i]);
            known_level |= log_has_line(line, (const char *const[]){ word, NULL });
        }
        if (!known_level)
            fail_msg("not structured: %.*s", BYTES_FMT(line));
        log = bytes_skip(log, line.len + 1);
    }
}

/* Good calls and bad ones, all with a word that nobody else has any business with. */
#define SECRET "XYZZY-SECRET"

static void say_secrets(struct fixture *fixture, struct peer *peer)
{
    static const struct {
        const char *operation, *body;
        bool good;
    } rows[] = {
        { "RegisterWorkflowType",
          "{\"domain\":\"d\",\"name\":\"t\",\"version\":\"1\",\"description\":\"" SECRET "\"}",
          true },
        { "StartWorkflowExecution",
          "{\"domain\":\"d\",\"workflowId\":\"w\",\"workflowType\":{\"name\":\"t\",\"version\":\"1\"},"
          "\"taskList\":{\"name\":\"l\"},\"executionStartToCloseTimeout\":\"60\",\"taskStartToCloseTimeout\":\"60\","
          "\"childPolicy\":\"TERMINATE\",\"input\":\"" SECRET "\"}",
          true },
        { "SignalWorkflowExecution",
          "{\"domain\":\"d\",\"workflowId\":\"w\",\"signalName\":\"s\",\"input\":\"" SECRET "\"}",
          true },
        { "RespondActivityTaskCompleted",
          "{\"taskToken\":\"" SECRET "\",\"result\":\"" SECRET "\"}", false },
        { "RespondActivityTaskCompleted",
          "{\"taskToken\":\"" SECRET "\",\"result\":[\"" SECRET "\"]}", false },
        { "RecordActivityTaskHeartbeat", "{\"taskToken\":\"" SECRET "\",\"details\":\"" SECRET "\"",
          false },
        { SECRET, "{}", false },
        { "TerminateWorkflowExecution",
          "{\"domain\":\"d\",\"workflowId\":\"w\",\"details\":\"" SECRET "\"}", true },
    };
    struct peer_answer answer;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        send_call(fixture, peer, rows[i].operation, rows[i].body);
        assert_true(peer_receive(peer, &answer));
        assert_int_equal(answer.status == 200, rows[i].good);
    }
    /* A signature is half a secret; and a broken request may hold anything. */
    assert_true(peer_send(
        peer, BYTES("POST / HTTP/1.1\r\nHost: x\r\nAuthorization: AWS4-HMAC-SHA256 " SECRET
                    "\r\nX-Amz-Security-Token: " SECRET "\r\nContent-Length: 2\r\n"
                    "Content-Type: application/x-amz-json-1.0\r\n\r\n{}")));
    assert_true(peer_receive(peer, &answer));
    assert_true(peer_send(peer, BYTES("GET /" SECRET " HTTP/9.9 " SECRET "\r\n\r\n")));
    (void)!peer_receive(peer, &answer);
}

static void test_log_is_structured_and_tells_no_secrets(void **state)
{
    struct fixture *fixture = *state;
    const char *arguments[] = { "--log-level", "debug", NULL };
    struct peer peer;

    process_serve(&fixture->server, fixture->log, fixture->data, arguments, NULL);
    must_listen(&fixture->server);
    register_domain(fixture);
    assert_true(peer_connect(&peer, fixture->server.port));
    say_secrets(fixture, &peer);
    peer_close(&peer);
    assert_int_equal(process_stop(&fixture->server), 0);
    process_read_log(&fixture->server, &fixture->text);
    assert_structured(text_bytes(&fixture->text));
    if (log_has_line(text_bytes(&fixture->text), (const char *const[]){ SECRET, NULL }))
        fail_msg("a secret in the log:\n%.*s", BYTES_FMT(text_bytes(&fixture->text)));
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_second_server_on_the_same_folder),
        TEST(test_port_in_use),
        TEST(test_folder_of_a_newer_version),
        TEST(test_fsck_of_a_newer_version),
        TEST(test_folder_of_an_unknown_older_version),
        TEST(test_folder_of_something_else),
        TEST(test_data_is_a_file),
        TEST(test_bad_settings),
        TEST(test_tls_alone_opens_no_address),
        TEST(test_bad_configuration_file),
        TEST(test_print_config),
        TEST(test_held_polls_are_answered_at_the_end),
        TEST(test_requests_under_way_at_the_end),
        TEST(test_idle_clients_at_the_end),
        TEST(test_health),
        TEST(test_log_is_structured_and_tells_no_secrets),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
