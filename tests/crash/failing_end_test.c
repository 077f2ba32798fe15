/*
 * The disk fails when the server is told to end, after all that was asked was acknowledged: it ends
 * in order, but not with status 0, and says so in one line. On a good disk nothing of it is
 * missing.
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
#include "process.h"
#include "sound/sound.h"
#include <signal.h>

#define DOMAIN BYTES("d")
#define NOT_CLOSED "the store could not be closed in good order"

static const struct workflow_type type = { BYTES("t"), BYTES("1") };
static const struct task_list list = { BYTES("l") };

/* From the end on all of these calls fail. */
static const struct fault faults[] = {
    { .calls = "sync", .error = "EIO" },                   /* the last turn's rows are not synced */
    { .calls = "write,allocate,make", .error = "ENOSPC" }, /* nor written */
    { .calls = "make", .error = "EIO" },                   /* the buffers get no table */
    { .calls = "rename", .error = "EIO" },                 /* the mark is not exchanged */
};
#define FAULTS (sizeof faults / sizeof faults[0])

struct fixture {
    struct scratch scratch;
    char data[SCRATCH_PATH_MAX], log[SCRATCH_PATH_MAX];
    struct faulty faulty;
    struct process process;
    struct caller caller;
    struct text text;
};

static void serve(struct fixture *fixture, const struct fault *fault)
{
    faulty_set(&fixture->faulty, fault);
    process_serve(&fixture->process, fixture->log, fixture->data, NULL,
                  fixture->faulty.environment);
    must_listen(&fixture->process);
    caller_init(&fixture->caller, fixture->process.endpoint);
}

static int stop(struct fixture *fixture)
{
    caller_deinit(&fixture->caller);
    return process_stop(&fixture->process);
}

static void start_one(struct fixture *fixture, struct bytes id)
{
    struct start_workflow_execution_input input = { .domain = DOMAIN,
                                                    .workflow_id = id,
                                                    .workflow_type = &type };

    must_call(&fixture->caller, OPERATION_START_WORKFLOW_EXECUTION, &input);
}

static void terminate(struct fixture *fixture, struct bytes id)
{
    struct terminate_workflow_execution_input input = { .domain = DOMAIN, .workflow_id = id };

    must_call(&fixture->caller, OPERATION_TERMINATE_WORKFLOW_EXECUTION, &input);
}

/* One closed workflow, one open. */
static void live_to_a_bad_end(struct fixture *fixture, const struct fault *fault)
{
    serve(fixture, fault);
    must_register(&fixture->caller, DOMAIN, "1", &type, &list);
    start_one(fixture, BYTES("closed"));
    terminate(fixture, BYTES("closed"));
    start_one(fixture, BYTES("open"));
    faulty_begin(&fixture->faulty, 1);
    assert_int_equal(stop(fixture), 1);
    assert_true(atomic_load(&fixture->faulty.tally->failed) > 0);
    process_read_log(&fixture->process, &fixture->text);
    assert_int_equal(log_count_lines(text_bytes(&fixture->text),
                                     (const char *const[]){ "level=error", NOT_CLOSED, NULL }),
                     1);
}

/* The open one can be ended, once; the closed one not again. */
static void live_to_a_good_end(struct fixture *fixture)
{
    struct terminate_workflow_execution_input again = { .domain = DOMAIN,
                                                        .workflow_id = BYTES("closed") };

    serve(fixture, NULL);
    terminate(fixture, BYTES("open"));
    assert_int_equal(caller_call(&fixture->caller, OPERATION_TERMINATE_WORKFLOW_EXECUTION, &again),
                     REFUSED);
    assert_int_equal(stop(fixture), 0);
    process_read_log(&fixture->process, &fixture->text);
    assert_false(
        log_has_line(text_bytes(&fixture->text), (const char *const[]){ "level=error", NULL }));
    text_reset(&fixture->text);
    if (!sound_folder(fixture->data, &fixture->text))
        fail_msg("the folder is not sound:\n%.*s", BYTES_FMT(text_bytes(&fixture->text)));
}

static void test_failing_end(void **state)
{
    char library[FAULTY_PATH_MAX];
    struct fixture fixture = { 0 };

    (void)state;
    if (!faulty_find_library(library))
        fail_msg("there is no faulty_disk.so");
    text_init(&fixture.text, 8u << 20);
    for (size_t i = 0; i < FAULTS; i++) {
        print_message("%s: %s\n", faults[i].calls, faults[i].error);
        scratch_init(&fixture.scratch);
        scratch_path(&fixture.scratch, "data", fixture.data);
        scratch_path(&fixture.scratch, "log", fixture.log);
        faulty_init(&fixture.faulty, &fixture.scratch, library, fixture.data);
        live_to_a_bad_end(&fixture, &faults[i]);
        live_to_a_good_end(&fixture);
        faulty_deinit(&fixture.faulty);
        scratch_deinit(&fixture.scratch);
    }
    text_deinit(&fixture.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_failing_end) };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
