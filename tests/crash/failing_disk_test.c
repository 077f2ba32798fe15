/*
 * The real server on a disk that fails at the n-th write or sync, for several n: it ends with
 * status 1 and says why, nothing that it acknowledged is lost, and on a good disk it goes on.
 *
 * Needs tests/store/failing_disk.so, beside this program's folder or where $WEIR_FAILING_DISK says.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "audit.h"
#include "disk.h"
#include "load.h"
#include "process.h"
#include "sound/sound.h"
#include <signal.h>
#include <stdio.h>

#define SEED 7

struct story {
    struct scratch scratch;
    char data[SCRATCH_PATH_MAX], log[SCRATCH_PATH_MAX];
    struct disk_fault fault;
    struct functions *functions;
    const char *arguments[5];
    struct ledger ledger;
    struct load *load;
    struct random_sequence random;
    struct process process;
    struct text said;
};

static void begin(struct story *story, unsigned long after, const char *library)
{
    *story = (struct story){ .random.state = SEED + after };
    scratch_init(&story->scratch);
    scratch_path(&story->scratch, "data", story->data);
    scratch_path(&story->scratch, "log", story->log);
    disk_fault_init(&story->fault, library, story->data, after, "fail");
    text_init(&story->said, 1 << 20);
    story->functions = functions_start();
    story->arguments[0] = "--poll-seconds";
    story->arguments[1] = "1";
    story->arguments[2] = "--lambda-endpoint";
    story->arguments[3] = functions_url(story->functions);
    ledger_init(&story->ledger, story->functions);
    story->load = load_new(&story->ledger, SEED + after);
}

static void end(struct story *story)
{
    load_free(story->load);
    ledger_deinit(&story->ledger);
    functions_stop(story->functions);
    text_deinit(&story->said);
    scratch_deinit(&story->scratch);
}

/* The clients work until the server is no more. True when it came as far as listening. */
static bool work_until_it_fails(struct story *story)
{
    process_serve(&story->process, story->log, story->data, story->arguments,
                  story->fault.environment);
    bool listened = process_wait_listening(&story->process);
    if (listened && load_register(story->process.endpoint)) {
        load_open(story->load, story->process.endpoint);
        while (load_wait_done(story->load, 1000))
            continue;
    }
    load_shut(story->load);
    int status = process_wait(&story->process);
    load_wait_outside(story->load);
    process_read_log(&story->process, &story->said);
    if (status != 1)
        fail_msg("status %d, and in the log:\n%.*s", status, BYTES_FMT(text_bytes(&story->said)));
    return listened;
}

static void check_said(struct story *story, bool listened)
{
    struct bytes said = text_bytes(&story->said);

    assert_true(
        log_has_line(said, (const char *const[]){ "level=error", "Input/output error", NULL }));
    if (listened)
        assert_true(log_has_line(
            said, (const char *const[]){ "level=error", "ending without another answer", NULL }));
    assert_false(log_has_line(said, (const char *const[]){ "ensure", NULL }));
}

static void look_into_folder(struct story *story, unsigned long after)
{
    text_reset(&story->said);
    if (!sound_folder(story->data, &story->said))
        fail_msg("after a failure at call %lu the folder is not sound:\n%.*s", after,
                 BYTES_FMT(text_bytes(&story->said)));
}

static void check_on_good_disk(struct story *story, unsigned long after)
{
    process_serve(&story->process, story->log, story->data, story->arguments, NULL);
    if (!process_wait_listening(&story->process)) {
        process_read_log(&story->process, &story->said);
        fail_msg(
            "after a failure at call %lu the server does not start any more; status %d, log:\n%.*s",
            after, process_wait(&story->process), BYTES_FMT(text_bytes(&story->said)));
    }
    assert_true(load_register(story->process.endpoint)); /* it may have failed before that */
    struct audit_sum sum = audit(&story->ledger, story->process.endpoint, AUDIT_ALL,
                                 &story->random);
    if (!ledger_is_content(&story->ledger))
        fail_msg("after a failure at call %lu: %s", after, story->ledger.complaint);
    print_message("call %lu: %llu calls acknowledged before, %zu runs\n", after,
                  (unsigned long long)load_done(story->load), sum.runs);
}

/* It is as good as new. */
static void work_on(struct story *story)
{
    load_open(story->load, story->process.endpoint);
    assert_true(load_wait_done(story->load, 50));
    load_shut(story->load);
    load_wait_outside(story->load);
    audit(&story->ledger, story->process.endpoint, AUDIT_ALL, &story->random);
    assert_true(ledger_is_content(&story->ledger));
    assert_int_equal(process_stop(&story->process), 0);
}

static void test_failing_disk(void **state)
{
    static const unsigned long calls[] = { 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 610, 1597 };
    static struct story story;
    char library[DISK_PATH_MAX];
    unsigned came_to_listen = 0;

    (void)state;
    if (!disk_find_library(library)) {
        print_message("left out: there is no failing_disk.so\n");
        skip();
    }
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        begin(&story, calls[i], library);
        bool listened = work_until_it_fails(&story);
        came_to_listen += listened;
        check_said(&story, listened);
        if (listened)
            look_into_folder(&story, calls[i]);
        check_on_good_disk(&story, calls[i]);
        work_on(&story);
        end(&story);
    }
    assert_in_range(came_to_listen, 3,
                    sizeof calls / sizeof calls[0] - 1); /* the library was at work */
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_failing_disk) };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
