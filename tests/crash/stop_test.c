/*
 * SIGSTOP, and SIGCONT a while later, as a debugger, a laptop's lid or a moved virtual machine do
 * it: whoever came or spoke meanwhile is served, whoever went is gone, and what was due happens in
 * its order.
 *
 * The server's patience with its clients is shorter than the stop, so that all of it is over when
 * the server comes back. STOP_SECONDS=60 in the environment stops it for a minute.
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
#include "told/told.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Two timers run out meanwhile, and the server's patience. */
#define STOP_SECONDS 4
#define PATIENCE "2"
/* A machine may be so slow that the patience is over before the server is stopped. */
#define ATTEMPTS_MAX 20
#define TEXT_BYTES_MAX ((size_t)16 << 20)

/* Those who come, speak and go while it is stopped. */
#define NEWCOMERS 100
#define LEAVERS 100
#define SPEAKERS 60

struct fixture {
    struct scratch scratch;
    char data[SCRATCH_PATH_MAX], log[SCRATCH_PATH_MAX];
    struct process server;
    struct caller caller;
    struct text text;
    struct text token; /* of the last task */
    struct text run_id;
    struct peer poller, leaving_poller;
    struct peer newcomers[NEWCOMERS], leavers[LEAVERS];
    struct peer speakers[SPEAKERS];
};

static const char *const arguments[] = {
    "--header-timeout", PATIENCE, "--body-timeout", PATIENCE, "--idle-timeout", PATIENCE, NULL,
};

static int setup(void **state)
{
    static struct fixture fixture;

    fixture = (struct fixture){ 0 };
    scratch_init(&fixture.scratch);
    scratch_path(&fixture.scratch, "data", fixture.data);
    scratch_path(&fixture.scratch, "log", fixture.log);
    text_init(&fixture.text, TEXT_BYTES_MAX);
    text_init(&fixture.token, TEXT_BYTES_MAX);
    text_init(&fixture.run_id, TEXT_BYTES_MAX);
    process_serve(&fixture.server, fixture.log, fixture.data, arguments, NULL);
    *state = &fixture;
    if (!process_wait_listening(&fixture.server))
        return -1;
    caller_init(&fixture.caller, fixture.server.endpoint);
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    caller_deinit(&fixture->caller);
    process_kill(&fixture->server);
    text_deinit(&fixture->text);
    text_deinit(&fixture->token);
    text_deinit(&fixture->run_id);
    scratch_deinit(&fixture->scratch);
    return 0;
}

/* ---- a workflow with two timers */

static void do_call(struct fixture *fixture, enum operation operation, const void *input)
{
    struct caller *caller = &fixture->caller;

    caller_reset(caller);
    /* A connection that rested too long was closed: once more on another. */
    if (caller_call(caller, operation, input) == UNKNOWN &&
        caller_call(caller, operation, input) != DONE)
        fail_msg("%s: %.*s %s", operation_names[operation], BYTES_FMT(caller->reply.fault),
                 client_problem(caller->client));
}

static const struct task_list list = { BYTES("l") };

static void start_workflow(struct fixture *fixture)
{
    static const struct workflow_type type = { BYTES("t"), BYTES("1") };
    const struct start_workflow_execution_input start = {
        .domain = BYTES("d"),
        .workflow_id = BYTES("w"),
        .workflow_type = &type,
        .task_list = &list,
        .execution_start_to_close_timeout = BYTES("86400"),
        .task_start_to_close_timeout = BYTES("NONE"),
        .child_policy = CHILD_POLICY_TERMINATE,
    };

    must_register(&fixture->caller, BYTES("d"), "1", &type, &list);
    do_call(fixture, OPERATION_START_WORKFLOW_EXECUTION, &start);
    text_append(&fixture->run_id,
                ((const struct run_output *)fixture->caller.reply.output)->run_id);
}

static void take_task(struct fixture *fixture)
{
    const struct poll_for_decision_task_input poll_for = { .domain = BYTES("d"),
                                                           .task_list = &list };
    const struct decision_task_output *task;

    do {
        do_call(fixture, OPERATION_POLL_FOR_DECISION_TASK, &poll_for);
        task = fixture->caller.reply.output;
    } while (task->task_token.len == 0);
    text_reset(&fixture->token);
    text_append(&fixture->token, task->task_token);
}

/* The one that is started first runs out last. */
static void start_timers(struct fixture *fixture)
{
    static const struct start_timer_decision timers[2] = {
        { .timer_id = BYTES("second"), .start_to_fire_timeout = BYTES("2") },
        { .timer_id = BYTES("first"), .start_to_fire_timeout = BYTES("1") },
    };
    const struct decision decisions[2] = {
        { .decision_type = DECISION_START_TIMER, .start_timer = &timers[0] },
        { .decision_type = DECISION_START_TIMER, .start_timer = &timers[1] },
    };
    const struct respond_decision_task_completed_input answer = {
        .task_token = text_bytes(&fixture->token), .decisions = { decisions, 2 }
    };

    do_call(fixture, OPERATION_RESPOND_DECISION_TASK_COMPLETED, &answer);
}

/* How many have fired; each after its time, and in their order. */
static size_t count_fired(struct fixture *fixture)
{
    static const char *const names[] = { "first", "second" };
    const struct workflow_execution run = { BYTES("w"), text_bytes(&fixture->run_id) };
    struct event *events;
    size_t count, fired = 0;

    caller_reset(&fixture->caller);
    assert_int_equal(caller_read_history(&fixture->caller, BYTES("d"), &run, 0, &events, &count),
                     DONE);
    for (size_t i = 0; i < count; i++) {
        if (events[i].type != EVENT_TIMER_FIRED)
            continue;
        const struct event *started = &events[events[i].timer_fired->started_event_id - 1];
        assert_in_range(fired, 0, 1);
        assert_true(bytes_equal_cstr(events[i].timer_fired->timer_id, names[fired]));
        fired++;
        assert_true(instant_since(events[i].timestamp, started->timestamp).ms >=
                    (int64_t)fired * 1000);
    }
    return fired;
}

static void answer_task(struct fixture *fixture)
{
    const struct respond_decision_task_completed_input answer = { .task_token = text_bytes(
                                                                      &fixture->token) };

    do_call(fixture, OPERATION_RESPOND_DECISION_TASK_COMPLETED, &answer);
}

/* ---- clients */

static void write_call(struct fixture *fixture)
{
    text_reset(&fixture->text);
    peer_write_call(&fixture->text, "ListDomains",
                    BYTES("{\"registrationStatus\":\"REGISTERED\"}"));
}

/* How much of a call each speaker says before the stop: nothing, some of the head, some of the
 * body. */
static size_t said_before(const struct fixture *fixture, size_t speaker)
{
    const size_t all = fixture->text.len;
    return (const size_t[]){ 0, 40, all - 10 }[speaker % 3];
}

static void begin_to_speak(struct fixture *fixture)
{
    write_call(fixture);
    for (size_t i = 0; i < SPEAKERS; i++) {
        assert_true(peer_connect(&fixture->speakers[i], fixture->server.port));
        assert_true(
            peer_send(&fixture->speakers[i], bytes_of(fixture->text.ptr, said_before(fixture, i))));
    }
}

static void speak_on(struct fixture *fixture)
{
    write_call(fixture);
    for (size_t i = 0; i < SPEAKERS; i++)
        assert_true(peer_send(&fixture->speakers[i],
                              bytes_skip(text_bytes(&fixture->text), said_before(fixture, i))));
}

/* Was one of them given up before the stop? */
static bool was_given_up(const struct fixture *fixture)
{
    char byte;

    for (size_t i = 0; i < SPEAKERS; i++)
        if (recv(fixture->speakers[i].fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 ||
            errno != EAGAIN)
            return true;
    return false;
}

static void come(struct fixture *fixture)
{
    write_call(fixture);
    for (size_t i = 0; i < NEWCOMERS; i++) {
        assert_true(peer_connect(&fixture->newcomers[i], fixture->server.port));
        assert_true(peer_send(&fixture->newcomers[i], text_bytes(&fixture->text)));
    }
}

static void send_poll(struct fixture *fixture, struct peer *peer, const char *body)
{
    assert_true(peer_connect(peer, fixture->server.port));
    text_reset(&fixture->text);
    peer_write_call(&fixture->text, "PollForDecisionTask", bytes_of_cstr(body));
    assert_true(peer_send(peer, text_bytes(&fixture->text)));
}

static void assert_answered(struct peer peers[], size_t count, const char *who)
{
    struct peer_answer answer;

    for (size_t i = 0; i < count; i++) {
        if (!peer_receive(&peers[i], &answer))
            fail_msg("%s %zu was hung up on", who, i);
        if (answer.status != 200)
            fail_msg("%s %zu was answered %d", who, i, answer.status);
        peer_close(&peers[i]);
    }
}

/* ---- the stop */

static void stop(struct fixture *fixture)
{
    int status;

    process_signal(&fixture->server, SIGSTOP);
    assert_int_equal(waitpid(fixture->server.pid, &status, WUNTRACED), fixture->server.pid);
    assert_true(WIFSTOPPED(status));
}

/* Stops it in the midst of what the speakers say. */
static void stop_while_they_speak(struct fixture *fixture)
{
    for (int i = 0; i < ATTEMPTS_MAX; i++) {
        begin_to_speak(fixture);
        stop(fixture);
        if (!was_given_up(fixture))
            return;
        process_signal(&fixture->server, SIGCONT);
        for (size_t j = 0; j < SPEAKERS; j++)
            peer_close(&fixture->speakers[j]);
    }
    fail_msg("this machine is too slow");
}

static unsigned stop_seconds(void)
{
    return (unsigned)told_number("STOP_SECONDS", STOP_SECONDS);
}

/* The task that the timers make goes to the poll that waits, or to the next one. */
static void check_timers(struct fixture *fixture)
{
    struct peer_answer answer;

    assert_true(peer_receive(&fixture->poller, &answer));
    assert_int_equal(answer.status, 200);
    const char *token = memmem(answer.body.ptr, answer.body.len, "\"taskToken\":\"", 13);
    if (token) {
        text_reset(&fixture->token);
        text_append(&fixture->token, bytes_of(token + 13, strcspn(token + 13, "\"")));
    }
    peer_close(&fixture->poller);
    if (!token)
        take_task(fixture);
    while (count_fired(fixture) < 2) {
        answer_task(fixture);
        take_task(fixture);
    }
}

static void wait_until_they_are_gone(struct fixture *fixture, size_t files)
{
    do
        assert_true(peer_read_health(fixture->server.port, &fixture->text));
    while (health_number(text_bytes(&fixture->text), "parkedPolls") > 0 ||
           process_count_files(&fixture->server) > files);
}

static void test_stop(void **state)
{
    struct fixture *fixture = *state;
    size_t files = process_count_files(&fixture->server) + 4; /* a call of ours, and what lingers */

    start_workflow(fixture);
    take_task(fixture);
    for (size_t i = 0; i < LEAVERS; i++)
        assert_true(peer_connect(&fixture->leavers[i], fixture->server.port));
    send_poll(fixture, &fixture->leaving_poller,
              "{\"domain\":\"d\",\"taskList\":{\"name\":\"of nobody\"}}");
    send_poll(fixture, &fixture->poller, "{\"domain\":\"d\",\"taskList\":{\"name\":\"l\"}}");
    start_timers(fixture);
    stop_while_they_speak(fixture);
    come(fixture);
    speak_on(fixture);
    for (size_t i = 0; i < LEAVERS; i++)
        peer_close(&fixture->leavers[i]);
    peer_close(&fixture->leaving_poller);
    sleep(stop_seconds()); /* not for anything to happen: this is what happens */
    process_signal(&fixture->server, SIGCONT);
    assert_answered(fixture->speakers, SPEAKERS, "one who spoke meanwhile");
    assert_answered(fixture->newcomers, NEWCOMERS, "one who came meanwhile");
    check_timers(fixture);
    wait_until_they_are_gone(fixture, files);
    assert_int_equal(process_stop(&fixture->server), 0);
    process_read_log(&fixture->server, &fixture->text);
    assert_false(
        log_has_line(text_bytes(&fixture->text), (const char *const[]){ "level=error", NULL }));
    text_reset(&fixture->text);
    if (!sound_folder(fixture->data, &fixture->text))
        fail_msg("the folder is not sound:\n%.*s", BYTES_FMT(text_bytes(&fixture->text)));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test_setup_teardown(test_stop, setup,
                                                                        teardown) };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
