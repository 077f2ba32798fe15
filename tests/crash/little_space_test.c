/*
 * The real server while the device of its store becomes almost full, and while there is space
 * again: what statvfs tells it stands in a file (faulty_disk.c). Below --free-bytes-min no workflow
 * begins, all else goes on, and the log says once when that begins and ends.
 *
 * Needs faulty_disk.so, beside this program or where $WEIR_FAULTY_DISK says.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "caller.h"
#include "faulty.h"
#include "must.h"
#include "peer.h"
#include "process.h"
#include <sched.h>
#include <signal.h>
#include <time.h>

#define DOMAIN BYTES("d")
#define BYTES_MIN 1000000
#define AMPLE (BYTES_MIN + BYTES_MIN / 4)
#define SHORT_LINE "no new workflow begins"
#define AMPLE_LINE "workflows begin again"

static const struct workflow_type type = { BYTES("t"), BYTES("1") };
static const struct task_list list = { BYTES("l") };

struct fixture {
    struct scratch scratch;
    char data[SCRATCH_PATH_MAX], log[SCRATCH_PATH_MAX];
    struct faulty faulty;
    struct process process;
    struct caller caller;
    struct text text;
    unsigned workflows; /* asked for */
};

/* ---- the server */

static void serve(struct fixture *fixture)
{
    const char *arguments[] = { "--free-bytes-min", "1000000", "--poll-seconds", "1", NULL };

    process_serve(&fixture->process, fixture->log, fixture->data, arguments,
                  fixture->faulty.environment);
    must_listen(&fixture->process);
    caller_init(&fixture->caller, fixture->process.endpoint);
}

static void stop(struct fixture *fixture)
{
    caller_deinit(&fixture->caller);
    assert_int_equal(process_stop(&fixture->process), 0);
}

static unsigned count_lines(struct fixture *fixture, const char *words)
{
    unsigned count = 0;

    process_read_log(&fixture->process, &fixture->text);
    struct bytes rest = text_bytes(&fixture->text);
    for (const char *at; (at = memmem(rest.ptr, rest.len, words, strlen(words))); count++)
        rest = bytes_skip(rest, (size_t)(at - rest.ptr) + 1);
    return count;
}

/* ---- calls */

/* Another workflow begins, or is refused because there is no space: false. */
static bool start_one(struct fixture *fixture)
{
    struct start_workflow_execution_input input = { .domain = DOMAIN, .workflow_type = &type };
    enum outcome outcome;

    caller_reset(&fixture->caller);
    input.workflow_id = arena_printf(&fixture->caller.arena, "w-%u", ++fixture->workflows);
    outcome = caller_call(&fixture->caller, OPERATION_START_WORKFLOW_EXECUTION, &input);
    if (outcome == DONE)
        return true;
    assert_int_equal(outcome, REFUSED);
    assert_true(caller_was_refused_with(&fixture->caller, "ServiceUnavailableException"));
    assert_int_equal(fixture->caller.reply.http_status, 503);
    return false;
}

/* The server looks once a second; it will see what is free now. */
static void await_start(struct fixture *fixture, bool begins)
{
    time_t until = time(NULL) + WATCHDOG_S;

    while (start_one(fixture) != begins) {
        assert_true(time(NULL) < until);
        sched_yield();
    }
}

/* Nobody calls. */
static void await_line(struct fixture *fixture, const char *words)
{
    time_t until = time(NULL) + WATCHDOG_S;

    while (count_lines(fixture, words) == 0) {
        assert_true(time(NULL) < until);
        sched_yield();
    }
}

static void assert_health(struct fixture *fixture, const char *status)
{
    assert_true(peer_read_health(fixture->process.port, &fixture->text));
    assert_non_null(memmem(fixture->text.ptr, fixture->text.len, status, strlen(status)));
}

/* A workflow that is open goes on to its end: it is given a signal, decides to start a child, is
 * described, is ended, and so is the child. */
static void let_one_live(struct fixture *fixture)
{
    static const struct start_child_workflow_execution_decision child = { .workflow_id = BYTES("c"),
                                                                          .workflow_type = &type };
    static const struct decision decision = {
        .decision_type = DECISION_START_CHILD_WORKFLOW_EXECUTION,
        .start_child_workflow_execution = &child,
    };
    struct poll_for_decision_task_input poll = { .domain = DOMAIN, .task_list = &list };
    struct signal_workflow_execution_input send = { .domain = DOMAIN,
                                                    .workflow_id = BYTES("w-1"),
                                                    .signal_name = BYTES("s") };
    struct terminate_workflow_execution_input end = { .domain = DOMAIN };

    must_call(&fixture->caller, OPERATION_SIGNAL_WORKFLOW_EXECUTION, &send);
    must_call(&fixture->caller, OPERATION_POLL_FOR_DECISION_TASK, &poll);
    const struct decision_task_output *task = fixture->caller.reply.output;
    assert_true(bytes_equal_cstr(task->workflow_execution->workflow_id, "w-1"));
    struct respond_decision_task_completed_input answer = { .task_token = task->task_token,
                                                            .decisions = { &decision, 1 } };
    assert_int_equal(
        caller_call(&fixture->caller, OPERATION_RESPOND_DECISION_TASK_COMPLETED, &answer), DONE);
    end.workflow_id = BYTES("w-1");
    must_call(&fixture->caller, OPERATION_TERMINATE_WORKFLOW_EXECUTION, &end);
    end.workflow_id = BYTES("c"); /* its parent's policy has ended it, or this does */
    caller_reset(&fixture->caller);
    assert_int_not_equal(
        caller_call(&fixture->caller, OPERATION_TERMINATE_WORKFLOW_EXECUTION, &end), UNKNOWN);
}

static int32_t count_open(struct fixture *fixture)
{
    struct execution_time_filter ever = { .oldest_date = &(struct instant){ 0 } };
    struct count_open_workflow_executions_input input = { .domain = DOMAIN,
                                                          .start_time_filter = &ever };

    must_call(&fixture->caller, OPERATION_COUNT_OPEN_WORKFLOW_EXECUTIONS, &input);
    return ((const struct workflow_execution_count *)fixture->caller.reply.output)->count;
}

/* ---- the tests */

static void test_short_and_ample(void **state)
{
    struct fixture *fixture = *state;

    faulty_set_space(&fixture->faulty, BYTES_MIN);
    serve(fixture);
    must_register(&fixture->caller, DOMAIN, "1", &type, &list);
    assert_true(start_one(fixture));
    assert_health(fixture, "\"status\":\"ok\"");

    faulty_set_space(&fixture->faulty, BYTES_MIN - 1);
    await_start(fixture, false);
    assert_health(fixture, "\"status\":\"short of space\"");
    int32_t open = count_open(fixture);
    let_one_live(fixture);
    assert_int_equal(count_open(fixture), open - 1);
    assert_false(start_one(fixture));

    faulty_set_space(&fixture->faulty, AMPLE);
    await_line(fixture, AMPLE_LINE);
    assert_true(start_one(fixture));
    assert_health(fixture, "\"status\":\"ok\"");
    stop(fixture);
    assert_int_equal(count_lines(fixture, SHORT_LINE), 1);
    assert_int_equal(count_lines(fixture, AMPLE_LINE), 1);
}

/* A server that starts on an almost full device does not wait for its first call to say so. */
static void test_short_from_the_start(void **state)
{
    struct fixture *fixture = *state;

    faulty_set_space(&fixture->faulty, 0);
    serve(fixture);
    await_line(fixture, SHORT_LINE);
    must_register(&fixture->caller, DOMAIN, "1", &type, &list);
    assert_false(start_one(fixture));
    stop(fixture);

    faulty_set_space(&fixture->faulty, BYTES_MIN);
    serve(fixture);
    assert_true(start_one(fixture));
    stop(fixture);
    assert_int_equal(count_lines(fixture, SHORT_LINE), 0);
}

static int setup(void **state)
{
    static struct fixture fixture;
    char library[FAULTY_PATH_MAX];

    fixture = (struct fixture){ 0 };
    scratch_init(&fixture.scratch);
    scratch_path(&fixture.scratch, "data", fixture.data);
    scratch_path(&fixture.scratch, "log", fixture.log);
    text_init(&fixture.text, 16u << 20);
    if (!faulty_find_library(library))
        fail_msg("there is no faulty_disk.so");
    faulty_init(&fixture.faulty, &fixture.scratch, library, fixture.data);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    process_kill(&fixture->process);
    faulty_deinit(&fixture->faulty);
    text_deinit(&fixture->text);
    scratch_deinit(&fixture->scratch);
    return 0;
}

#define test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(test_short_and_ample),
        test(test_short_from_the_start),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
