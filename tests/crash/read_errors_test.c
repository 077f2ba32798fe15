/*
 * A disk on which the n-th read fails, for every n: once, or all from there on. At the start the
 * server refuses to go on and says why; while it serves, an answer is the truth or that there is
 * none (InternalFailure), and never another one. Nothing of what is stored changes by it: on a good
 * disk every answer is as before.
 *
 * Some of the steps are chosen by $CRASH_SEED; with CRASH_ALL=1 in the environment it is all of
 * them. Needs faulty_disk.so, beside this program or where $WEIR_FAULTY_DISK says.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "book.h"
#include "faulty.h"
#include "must.h"
#include "process.h"
#include "sound/sound.h"
#include "told/told.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#define SOME_STEPS 5 /* of the start, and as many of what comes after it */
/* The database reads in threads of its own, too: no two runs make just as many reads. */
#define MARGIN 32

struct story {
    struct scratch scratch;
    char good[SCRATCH_PATH_MAX], read[SCRATCH_PATH_MAX], log[SCRATCH_PATH_MAX];
    struct faulty faulty;
    struct process process;
    struct text text;
    struct book book;
    unsigned long start_reads; /* that the last server made before it listened */
    unsigned met, ended, failed_reads;
};

/* ---- the store */

static void serve_and_write(struct story *story, int from, int to, bool orderly)
{
    struct caller caller;

    process_serve(&story->process, story->log, story->good, NULL, NULL);
    must_listen(&story->process);
    caller_init(&caller, story->process.endpoint);
    book_write(&story->book, &caller, from, to);
    caller_deinit(&caller);
    if (orderly)
        assert_int_equal(process_stop(&story->process), 0);
    else
        process_kill(&story->process);
}

/* Several lives, so that there are tables, checkpoints, and a log at the end. */
static void make_good(struct story *story)
{
    serve_and_write(story, 0, 7, true);
    serve_and_write(story, 7, 13, false);
    serve_and_write(story, 13, 18, true);
    serve_and_write(story, 18, BOOK_WORKFLOWS, false);
}

/* ---- a server on the bad disk */

static void fail_with_log(struct story *story, const struct fault *fault, const char *what,
                          int status)
{
    process_read_log(&story->process, &story->text);
    fail_msg("read %lu%s fails: %s; status %d, log:\n%.*s", fault->from,
             fault->times ? "" : " and all after it", what, status,
             BYTES_FMT(text_bytes(&story->text)));
}

static bool log_says(struct story *story, const char *words)
{
    process_read_log(&story->process, &story->text);
    return log_has_line(text_bytes(&story->text),
                        (const char *const[]){ "level=error", words, NULL });
}

static bool has_met(const struct story *story)
{
    return atomic_load(&story->faulty.tally->failed) > 0;
}

/* True as long as the server lives. */
static bool ask(struct story *story, struct caller *caller, const struct fault *fault, int number)
{
    enum outcome outcome = book_read(&story->book, caller, number);

    if (outcome == UNKNOWN)
        return false;
    if (outcome == DONE && !bytes_equal(caller->reply.body, story->book.truth[number]))
        fail_with_log(story, fault, "a wrong answer", number);
    if (outcome == REFUSED) {
        story->failed_reads++;
        if (!has_met(story) || caller->reply.http_status != 500 ||
            !caller_was_refused_with(caller, "InternalFailure"))
            fail_with_log(story, fault, "not the fault that it is", caller->reply.http_status);
        if (!log_says(story, "Input/output error"))
            fail_with_log(story, fault, "the log does not say why", 500);
    }
    return true;
}

static bool ask_all(struct story *story, const struct fault *fault)
{
    struct caller caller;
    bool lives = true;

    caller_init(&caller, story->process.endpoint);
    for (int i = 0; i < BOOK_READS && lives; i++) {
        caller_reset(&caller);
        lives = ask(story, &caller, fault, i);
    }
    caller_deinit(&caller);
    return lives;
}

/* Ends it, unless it has ended. */
static void check_end(struct story *story, const struct fault *fault, bool lives)
{
    int status = lives ? process_stop(&story->process) : process_wait(&story->process);

    story->met += has_met(story);
    story->ended += status != 0;
    if (lives && status == 0)
        return;
    if (status != 1 || !has_met(story))
        fail_with_log(story, fault, "it did not end in order", status);
    if (!log_says(story, "Input/output error"))
        fail_with_log(story, fault, "the log does not say why it ended", status);
}

/* The fault comes at the start, or, when that has succeeded, at a step of what comes after it. */
static void serve_with(struct story *story, const struct fault *fault, bool at_the_start)
{
    struct fault later = *fault;
    bool listened;

    later.from = at_the_start ? fault->from : 0;
    faulty_set(&story->faulty, &later);
    process_serve(&story->process, story->log, story->read, NULL, story->faulty.environment);
    listened = process_wait_listening(&story->process);
    story->start_reads = atomic_load(&story->faulty.tally->calls[FAULTY_READ]);
    if (listened && !at_the_start)
        faulty_begin(&story->faulty, fault->from);
    check_end(story, fault, listened && ask_all(story, fault));
}

/* ---- and on a good one */

static const struct fault none = { .calls = "", .error = "" };

static void check_unchanged(struct story *story, const struct fault *fault)
{
    unsigned failed_reads = story->failed_reads;

    process_serve(&story->process, story->log, story->read, NULL, NULL);
    if (!process_wait_listening(&story->process))
        fail_with_log(story, fault, "it does not start any more", process_wait(&story->process));
    assert_true(ask_all(story, fault));
    assert_int_equal(story->failed_reads, failed_reads);
    assert_int_equal(process_stop(&story->process), 0);
    text_reset(&story->text);
    if (!sound_folder(story->read, &story->text))
        fail_msg("read %lu failed, and the folder is not sound:\n%.*s", fault->from,
                 BYTES_FMT(text_bytes(&story->text)));
}

/* False when there are not so many reads. */
static bool try_step(struct story *story, bool at_the_start, unsigned long step,
                     unsigned long times)
{
    struct fault fault = { .calls = "read", .error = "EIO", .from = step, .times = times };

    folder_remove(story->read);
    folder_copy(story->good, story->read);
    serve_with(story, &fault, at_the_start);
    bool met = has_met(story);
    check_unchanged(story, &fault);
    return met;
}

/* How many there are at the start, and after it. */
static void count_reads(struct story *story, unsigned long counts[2])
{
    folder_copy(story->good, story->read);
    serve_with(story, &none, true);
    counts[0] = story->start_reads;
    counts[1] = atomic_load(&story->faulty.tally->calls[FAULTY_READ]) - counts[0];
    check_unchanged(story, &none);
}

/* ---- which */

/* All reads from there on fail, and one alone, by turns. */
static void try_some(struct story *story, bool at_the_start, unsigned long reads)
{
    unsigned long seed = told_number("CRASH_SEED", 7), stride = reads / SOME_STEPS + 1;

    for (unsigned long step = 1 + seed % stride; step <= reads; step += stride)
        (void)try_step(story, at_the_start, step, step / stride % 2);
}

static void try_all(struct story *story, bool at_the_start, unsigned long reads)
{
    bool through = false;

    for (unsigned long step = 1; step <= reads + MARGIN; step++) {
        through = !try_step(story, at_the_start, step, 1);
        through &= !try_step(story, at_the_start, step, 0);
    }
    assert_true(through || at_the_start); /* those of the start go on in what comes after it */
}

/* Says what came of it; the sums begin anew. */
static void try_phase(struct story *story, bool at_the_start, unsigned long reads)
{
    story->met = story->ended = story->failed_reads = 0;
    if (getenv("CRASH_ALL"))
        try_all(story, at_the_start, reads);
    else
        try_some(story, at_the_start, reads);
    print_message("%lu reads %s: %u servers met an error, %u ended by it, and %u answers were "
                  "InternalFailure\n",
                  reads, at_the_start ? "at the start" : "after it", story->met, story->ended,
                  story->failed_reads);
    assert_true(story->ended + story->failed_reads > 0);
}

static void test_read_errors(void **state)
{
    struct story *story = *state;
    char library[FAULTY_PATH_MAX];
    unsigned long reads[2];

    if (!faulty_find_library(library))
        fail_msg("there is no faulty_disk.so");
    faulty_init(&story->faulty, &story->scratch, library, story->read);
    make_good(story);
    count_reads(story, reads);
    try_phase(story, true, reads[0]);
    try_phase(story, false, reads[1]);
    faulty_deinit(&story->faulty);
}

static int setup(void **state)
{
    static struct story story;

    scratch_init(&story.scratch);
    scratch_path(&story.scratch, "good", story.good);
    scratch_path(&story.scratch, "read", story.read);
    scratch_path(&story.scratch, "log", story.log);
    text_init(&story.text, (size_t)64 << 20);
    book_init(&story.book);
    *state = &story;
    return 0;
}

static int teardown(void **state)
{
    struct story *story = *state;

    process_kill(&story->process);
    book_deinit(&story->book);
    text_deinit(&story->text);
    scratch_deinit(&story->scratch);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test_setup_teardown(test_read_errors, setup,
                                                                        teardown) };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
