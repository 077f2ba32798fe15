/*
 * File descriptors used up: by clients, who may have all but what the store needs; by the machine,
 * when newcomers wait and those inside are served on; and under the store, which then ends in
 * order.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "caller.h"
#include "must.h"
#include "peer.h"
#include "process.h"
#include "sound/sound.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define TEXT_BYTES_MAX ((size_t)64 << 20)
/* Room for the store and a few clients. */
#define FEW_FILES 600
#define TOO_FEW_FILES 256

struct fixture {
    struct scratch scratch;
    char data[SCRATCH_PATH_MAX], log[SCRATCH_PATH_MAX];
    struct process server;
    struct text text;
    char run_id[128]; /* of the workflow that is signalled */
};

static int setup(void **state)
{
    static struct fixture fixture;

    fixture = (struct fixture){ 0 };
    scratch_init(&fixture.scratch);
    scratch_path(&fixture.scratch, "data", fixture.data);
    scratch_path(&fixture.scratch, "log", fixture.log);
    text_init(&fixture.text, TEXT_BYTES_MAX);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    process_limit_files(0);
    process_kill(&fixture->server);
    text_deinit(&fixture->text);
    scratch_deinit(&fixture->scratch);
    return 0;
}

/* `files`: how many it may open; 0: as many as it likes. */
static void serve(struct fixture *fixture, uint64_t files)
{
    process_limit_files(files);
    process_serve(&fixture->server, fixture->log, fixture->data, NULL, NULL);
    process_limit_files(0);
    must_listen(&fixture->server);
}

static struct bytes read_log(struct fixture *fixture)
{
    process_read_log(&fixture->server, &fixture->text);
    return text_bytes(&fixture->text);
}

static void assert_sound(struct fixture *fixture)
{
    text_reset(&fixture->text);
    if (!sound_folder(fixture->data, &fixture->text))
        fail_msg("the folder is not sound:\n%.*s", BYTES_FMT(text_bytes(&fixture->text)));
}

/* ---- clients */

static bool send_health(struct peer *peer)
{
    return peer_send(peer, BYTES("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"));
}

static bool is_answered(struct peer *peer)
{
    struct peer_answer answer;
    return peer_receive(peer, &answer) && answer.status == 200;
}

static void send_call(struct fixture *fixture, struct peer *peer, const char *operation,
                      struct bytes body)
{
    text_reset(&fixture->text);
    peer_write_call(&fixture->text, operation, body);
    (void)peer_send(peer, text_bytes(&fixture->text));
}

static void call(struct fixture *fixture, struct peer *peer, const char *operation,
                 const char *body)
{
    send_call(fixture, peer, operation, bytes_of_cstr(body));
    assert_true(is_answered(peer));
}

static void start_workflow(struct fixture *fixture, struct peer *peer)
{
    struct peer_answer answer;

    call(fixture, peer, "RegisterDomain",
         "{\"name\":\"d\",\"workflowExecutionRetentionPeriodInDays\":\"1\"}");
    call(fixture, peer, "RegisterWorkflowType",
         "{\"domain\":\"d\",\"name\":\"t\",\"version\":\"1\"}");
    send_call(
        fixture, peer, "StartWorkflowExecution",
        BYTES(
            "{\"domain\":\"d\",\"workflowId\":\"w\",\"workflowType\":{\"name\":\"t\",\"version\":\"1\"},"
            "\"taskList\":{\"name\":\"l\"},\"executionStartToCloseTimeout\":\"86400\","
            "\"taskStartToCloseTimeout\":\"60\",\"childPolicy\":\"TERMINATE\"}"));
    assert_true(peer_receive(peer, &answer));
    const char *id = memmem(answer.body.ptr, answer.body.len, "\"runId\":\"", 9);
    assert_non_null(id);
    snprintf(fixture->run_id, sizeof fixture->run_id, "%.*s", (int)strcspn(id + 9, "\""), id + 9);
}

/* ---- the store is made to open files */

/* More than its buffers hold: logs are begun and tables written meanwhile. */
#define SIGNALS 1600
#define SIGNAL_BYTES 32000

static void write_signal(struct text *out)
{
    text_append(out,
                BYTES("{\"domain\":\"d\",\"workflowId\":\"w\",\"signalName\":\"s\",\"input\":\""));
    for (size_t i = 0; i < SIGNAL_BYTES; i++)
        text_append_char(out, (char)('a' + i * i % 23));
    text_append(out, BYTES("\"}"));
}

/* Signals by all of the peers at once; returns how many were acknowledged. Ends early when one is
 * not. */
static size_t send_signals(struct fixture *fixture, struct peer peers[], size_t count)
{
    struct text body;
    size_t done = 0, answered = count;

    text_init(&body, TEXT_BYTES_MAX);
    write_signal(&body);
    while (done < SIGNALS && answered == count) {
        for (size_t i = 0; i < count; i++)
            send_call(fixture, &peers[i], "SignalWorkflowExecution", text_bytes(&body));
        answered = 0;
        for (size_t i = 0; i < count; i++)
            answered += is_answered(&peers[i]);
        done += answered;
    }
    text_deinit(&body);
    return done;
}

static size_t count_signals(struct fixture *fixture)
{
    struct workflow_execution run = { BYTES("w"), bytes_of_cstr(fixture->run_id) };
    struct caller caller;
    struct event *events;
    size_t event_count, count = 0;

    caller_init(&caller, fixture->server.endpoint);
    assert_int_equal(caller_read_history(&caller, BYTES("d"), &run, 0, &events, &event_count),
                     DONE);
    for (size_t i = 0; i < event_count; i++)
        count += events[i].type == EVENT_WORKFLOW_EXECUTION_SIGNALED;
    caller_deinit(&caller);
    return count;
}

/* ---- the limit at the start */

static void test_too_few_are_refused(void **state)
{
    struct fixture *fixture = *state;
    struct stat about;

    process_limit_files(TOO_FEW_FILES);
    process_serve(&fixture->server, fixture->log, fixture->data, NULL, NULL);
    assert_false(process_wait_listening(&fixture->server));
    assert_int_equal(process_wait(&fixture->server), 1);
    struct bytes log = read_log(fixture);
    assert_int_equal(log_count_lines(log, (const char *const[]){ "level=error", NULL }), 1);
    assert_true(log_has_line(
        log, (const char *const[]){ "level=error", "limit of open files", "files=256", NULL }));
    assert_int_not_equal(stat(fixture->data, &about), 0); /* nothing was begun */
}

/* Connects and asks until one is turned away; returns how many were not. */
static size_t fill_with_peers(struct fixture *fixture, struct peer peers[FEW_FILES])
{
    for (size_t i = 0; i < FEW_FILES; i++) {
        assert_true(peer_connect(&peers[i], fixture->server.port));
        if (!send_health(&peers[i]) || !is_answered(&peers[i])) {
            peer_close(&peers[i]);
            return i;
        }
    }
    return FEW_FILES;
}

static void enter_when_there_is_room(struct fixture *fixture, struct peer *peer)
{
    for (;;) { /* that one has gone is noticed a little later */
        assert_true(peer_connect(peer, fixture->server.port));
        if (send_health(peer) && is_answered(peer))
            return;
        peer_close(peer);
    }
}

/* Clients have taken all that they can have; the store opens files all the same. */
static void test_clients_leave_the_store_its_files(void **state)
{
    struct fixture *fixture = *state;
    struct peer peers[FEW_FILES];

    serve(fixture, FEW_FILES);
    assert_true(log_has_line(read_log(fixture),
                             (const char *const[]){ "the limit of open files is low", NULL }));
    size_t count = fill_with_peers(fixture, peers);
    assert_in_range(count, 64, FEW_FILES / 2);
    start_workflow(fixture, &peers[0]);
    assert_int_equal(send_signals(fixture, peers, 16), SIGNALS);
    peer_close(&peers[--count]);
    enter_when_there_is_room(fixture, &peers[count++]);
    for (size_t i = 0; i < count; i++) {
        assert_true(send_health(&peers[i]) && is_answered(&peers[i]));
        peer_close(&peers[i]);
    }
    assert_int_equal(process_stop(&fixture->server), 0);
    assert_false(log_has_line(read_log(fixture), (const char *const[]){ "level=error", NULL }));
    assert_sound(fixture);
    serve(fixture, FEW_FILES);
    assert_int_equal(count_signals(fixture), SIGNALS);
}

/* ---- none left while it runs */

#define NEWCOMERS 20

/* The one that is inside is served, and the newcomers are, once there are descriptors again. */
static void starve(struct fixture *fixture, struct peer *inside)
{
    struct peer newcomers[NEWCOMERS];

    process_change_files(&fixture->server, 3);
    for (int i = 0; i < NEWCOMERS; i++) {
        assert_true(peer_connect(&newcomers[i], fixture->server.port));
        assert_true(send_health(&newcomers[i]));
    }
    for (int i = 0; i < 300; i++)
        assert_true(send_health(inside) && is_answered(inside));
    process_change_files(&fixture->server, UINT64_MAX);
    for (int i = 0; i < NEWCOMERS; i++) {
        assert_true(is_answered(&newcomers[i]));
        peer_close(&newcomers[i]);
    }
}

static void test_newcomers_wait_for_descriptors(void **state)
{
    struct fixture *fixture = *state;
    struct peer inside;

    serve(fixture, 0);
    assert_true(peer_connect(&inside, fixture->server.port));
    assert_true(send_health(&inside) && is_answered(&inside));
    for (size_t shortage = 1; shortage <= 2; shortage++) {
        starve(fixture, &inside);
        assert_int_equal(
            log_count_lines(read_log(fixture), (const char *const[]){ "cannot accept", NULL }),
            shortage); /* a line for each, and not for each try */
    }
    start_workflow(fixture, &inside);
    peer_close(&inside);
    assert_int_equal(process_stop(&fixture->server), 0);
}

/* It may end, as it does when the disk fails; what it said stands. */
static void test_the_store_has_none(void **state)
{
    struct fixture *fixture = *state;
    struct peer peers[16];

    serve(fixture, 0);
    for (int i = 0; i < 16; i++)
        assert_true(peer_connect(&peers[i], fixture->server.port));
    start_workflow(fixture, &peers[0]);
    process_change_files(&fixture->server, 3);
    size_t done = send_signals(fixture, peers, 16);
    assert_in_range(done, 1, SIGNALS - 1); /* else it was not made to open any */
    for (int i = 0; i < 16; i++)
        peer_close(&peers[i]);
    assert_int_equal(process_wait(&fixture->server), 1);
    assert_true(log_has_line(read_log(fixture),
                             (const char *const[]){ "level=error", "Too many open files", NULL }));
    serve(fixture, 0);
    assert_in_range(count_signals(fixture), done, SIGNALS);
    assert_int_equal(process_stop(&fixture->server), 0);
    assert_sound(fixture);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_too_few_are_refused),
        TEST(test_clients_leave_the_store_its_files),
        TEST(test_newcomers_wait_for_descriptors),
        TEST(test_the_store_has_none),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
