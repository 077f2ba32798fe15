/*
 * kill -9 at any moment under load: what was acknowledged is there after every restart, nothing is
 * there twice, every history is one, and the work goes on.
 *
 * CRASH_SEED and CRASH_ROUNDS in the environment choose another run and a longer one.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "audit.h"
#include "load.h"
#include "must.h"
#include "process.h"
#include "sound/sound.h"
#include "told/told.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ROUNDS 56

/* One life of the server in so many ends with SIGTERM; another one in so many is killed while it
 * starts. */
#define ORDERLY_ONE_IN 9
#define STILLBORN_ONE_IN 5
/* All of the folder is read after each life in a run of the usual length; in a longer one, where
 * it grows, after one in so many behind that. */
#define LOOK_ONE_IN 20
#define TELL_ONE_IN 100

struct story {
    struct scratch scratch;
    char data[SCRATCH_PATH_MAX], log[SCRATCH_PATH_MAX];
    struct functions *functions;
    const char *arguments[5];
    struct ledger ledger;
    struct load *load;
    struct random_sequence random;
    struct process process;
    unsigned kills;
    bool passed;
};

static void assert_content(struct story *story)
{
    if (!ledger_is_content(&story->ledger))
        fail_msg("%s (the data is in %s)", story->ledger.complaint, story->data);
}

/* The kernel's pipes and files outlive it, so this is what a crash of the process loses, not what a
 * power cut does. */
static void start_server(struct story *story)
{
    process_serve(&story->process, story->log, story->data, story->arguments, NULL);
    must_listen(&story->process);
}

/* The moment is the seed's and the machine's; nothing waits for it. */
static void kill_while_starting(struct story *story)
{
    process_serve(&story->process, story->log, story->data, story->arguments, NULL);
    usleep((useconds_t)random_below(&story->random, 40000));
    process_kill(&story->process);
    story->kills++;
}

/* Ends the server in the midst of work. */
static void end_server(struct story *story)
{
    if (random_below(&story->random, ORDERLY_ONE_IN) == 0) {
        process_signal(&story->process, SIGTERM);
        load_shut(story->load);
        assert_int_equal(process_wait(&story->process), 0);
    } else {
        process_kill(&story->process);
        load_shut(story->load);
        story->kills++;
    }
    load_wait_outside(story->load);
}

/* What it left behind, whenever it was killed. */
static void look_into_folder(struct story *story)
{
    struct text said;

    text_init(&said, 1 << 20);
    if (!sound_folder(story->data, &said))
        fail_msg("the folder is not sound (%s):\n%.*s", story->data, BYTES_FMT(text_bytes(&said)));
    text_deinit(&said);
}

static void live_once(struct story *story, uint64_t round)
{
    if (random_below(&story->random, STILLBORN_ONE_IN) == 0)
        kill_while_starting(story);
    start_server(story);
    assert_true(load_register(story->process.endpoint));
    audit(&story->ledger, story->process.endpoint, AUDIT_RECENT, &story->random);
    assert_content(story);
    load_open(story->load, story->process.endpoint);
    assert_true(load_wait_done(story->load, 1 + random_below(&story->random, 500)));
    end_server(story);
    assert_content(story);
    if (round < ROUNDS || round % LOOK_ONE_IN == 0)
        look_into_folder(story);
    if (round % TELL_ONE_IN == TELL_ONE_IN - 1)
        print_message("%u kills, %llu calls acknowledged\n", story->kills,
                      (unsigned long long)load_done(story->load));
}

/* ---- the end: all workflows come to theirs */

/* A run that has not come to its end; NULL when all have. */
static const struct run *find_unsettled(const struct story *story, size_t *count)
{
    const struct run *unsettled = NULL;

    *count = 0;
    for (size_t i = 0; i < story->ledger.workflow_count; i++) {
        for (const struct run *run = story->ledger.workflows[i]->runs; run; run = run->next) {
            unsettled = run->settled ? unsettled : run;
            *count += !run->settled;
        }
    }
    return unsettled;
}

/* In a row, without a run that came to its end. */
#define VAIN_LOOKS_MAX 30

/* Polls that are held and end empty count as done: while they are held, timers fire and tasks time
 * out. How much there is to do, and how long the machine takes, is nobody's fault: between two
 * looks there is time for what each open run may still ask for, and it only fails when nothing
 * comes to an end any more. */
static void finish_work(struct story *story)
{
    size_t open, open_before = SIZE_MAX;
    const struct run *unsettled = find_unsettled(story, &open);

    start_server(story);
    load_drain(story->load);
    for (int vain_looks = 0; vain_looks < VAIN_LOOKS_MAX; vain_looks++) {
        load_open(story->load, story->process.endpoint);
        assert_true(load_wait_done(story->load, 20 + 5 * open));
        load_shut(story->load);
        load_wait_outside(story->load);
        audit(&story->ledger, story->process.endpoint, AUDIT_RECENT, &story->random);
        assert_content(story);
        unsettled = find_unsettled(story, &open);
        if (!unsettled)
            return;
        if (open < open_before)
            vain_looks = 0;
        open_before = open;
    }
    fail_msg("workflow %.*s does not end (the data is in %s)",
             BYTES_FMT(unsettled->names.workflow_id), story->data);
}

/* What the load is there for did happen. */
static void check_seen(const struct audit_sum *sum)
{
    static const enum event_type types[] = {
        EVENT_ACTIVITY_TASK_TIMED_OUT,
        EVENT_DECISION_TASK_TIMED_OUT,
        EVENT_TIMER_FIRED,
        EVENT_WORKFLOW_EXECUTION_CONTINUED_AS_NEW,
        EVENT_START_CHILD_WORKFLOW_EXECUTION_FAILED,
        EVENT_CHILD_WORKFLOW_EXECUTION_STARTED,
        EVENT_CHILD_WORKFLOW_EXECUTION_COMPLETED,
        EVENT_CHILD_WORKFLOW_EXECUTION_CANCELED,
        EVENT_CHILD_WORKFLOW_EXECUTION_TERMINATED,
        EVENT_EXTERNAL_WORKFLOW_EXECUTION_SIGNALED,
        EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED,
        EVENT_EXTERNAL_WORKFLOW_EXECUTION_CANCEL_REQUESTED,
        EVENT_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED,
        EVENT_LAMBDA_FUNCTION_COMPLETED,
        EVENT_LAMBDA_FUNCTION_FAILED,
    };

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (sum->seen[types[i]] == 0)
            fail_msg("not one %s", event_type_names[types[i]]);
    assert_true(sum->policies > 0);
}

static void check_all(struct story *story, uint64_t rounds)
{
    struct audit_sum sum = audit(&story->ledger, story->process.endpoint, AUDIT_ALL,
                                 &story->random);

    assert_content(story);
    assert_int_equal(sum.open, 0);
    if (rounds >= ROUNDS)
        check_seen(&sum);
    print_message(
        "%u kills, %llu calls acknowledged (%llu with tokens of an earlier server), %zu runs with %zu events, "
        "%zu registrations, %zu calls of functions, %zu children, %zu signals among them, %zu policies applied\n",
        story->kills, (unsigned long long)load_done(story->load),
        (unsigned long long)load_done_across(story->load), sum.runs, sum.events,
        story->ledger.registered_count, functions_count_all(story->functions),
        sum.seen[EVENT_CHILD_WORKFLOW_EXECUTION_STARTED],
        sum.seen[EVENT_EXTERNAL_WORKFLOW_EXECUTION_SIGNALED], sum.policies);
}

static void test_kills(void **state)
{
    struct story *story = *state;
    uint64_t rounds = told_number("CRASH_ROUNDS", ROUNDS);

    for (uint64_t i = 0; i < rounds; i++)
        live_once(story, i);
    look_into_folder(story);
    finish_work(story);
    assert_true(load_done_across(story->load) > 0); /* tokens outlive the server that made them */
    check_all(story, rounds);
    assert_int_equal(process_stop(&story->process), 0);
    start_server(story);
    check_all(story, rounds);
    assert_int_equal(process_stop(&story->process), 0);
    story->passed = true;
}

static int setup(void **state)
{
    static struct story story;
    uint64_t seed = told_number("CRASH_SEED", 20261127);

    print_message("seed %llu\n", (unsigned long long)seed);
    story.random.state = seed;
    scratch_init(&story.scratch);
    scratch_path(&story.scratch, "data", story.data);
    scratch_path(&story.scratch, "log", story.log);
    story.functions = functions_start();
    story.arguments[0] = "--poll-seconds";
    story.arguments[1] = "1";
    story.arguments[2] = "--lambda-endpoint";
    story.arguments[3] = functions_url(story.functions);
    ledger_init(&story.ledger, story.functions);
    story.load = load_new(&story.ledger, seed);
    *state = &story;
    return 0;
}

/* What failed is left to be looked at. */
static int teardown(void **state)
{
    struct story *story = *state;

    process_kill(&story->process);
    load_shut(story->load);
    load_wait_outside(story->load);
    load_free(story->load);
    if (story->passed)
        scratch_deinit(&story->scratch);
    ledger_deinit(&story->ledger);
    functions_stop(story->functions);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test_setup_teardown(test_kills, setup,
                                                                        teardown) };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
