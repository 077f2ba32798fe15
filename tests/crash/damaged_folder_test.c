/*
 * A data folder that was damaged between two starts: a byte changed, a file cut short, missing, or
 * longer than it was. The server refuses it with a line that says so, or serves the truth; a read
 * that meets the damage fails, and the log names it. Never a crash, never a wrong answer.
 *
 * CRASH_SEED in the environment damages other places.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "book.h"
#include "must.h"
#include "process.h"
#include "told/told.h"
#include "base/random.h"
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define TEXT_BYTES_MAX ((size_t)64 << 20)

/* ---- the folder */

struct story {
    struct scratch scratch;
    char good[SCRATCH_PATH_MAX], damaged[SCRATCH_PATH_MAX], log[SCRATCH_PATH_MAX];
    struct process process;
    struct text text;
    struct book book;
    struct random_sequence random;
    unsigned refused, served, failed_reads;
};

static void serve(struct story *story, const char *folder)
{
    process_serve(&story->process, story->log, folder, NULL, NULL);
    must_listen(&story->process);
}

static void serve_and_fill(struct story *story, int from, int to, bool orderly)
{
    struct caller caller;

    serve(story, story->good);
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
    serve_and_fill(story, 0, 7, true);
    serve_and_fill(story, 7, 13, false);
    serve_and_fill(story, 13, 18, true);
    serve_and_fill(story, 18, BOOK_WORKFLOWS, false);
}

/* ---- damage */

enum damage { FLIP, FLIP_EARLY, FLIP_LATE, CUT_HALF, CUT_ALL, CUT_ONE, REMOVE, APPEND, DAMAGES };

static const char *const damage_names[DAMAGES] = {
    "a byte changed", "an early byte changed", "a late byte changed",
    "cut in half",    "cut to nothing",        "cut by one byte",
    "removed",        "something appended",
};

static size_t place_for(struct story *story, enum damage damage, size_t len)
{
    size_t part = len / 8 + 1;

    if (damage == FLIP_EARLY)
        return random_below(&story->random, part);
    if (damage == FLIP_LATE)
        return len - 1 - random_below(&story->random, part < len ? part : len);
    return random_below(&story->random, len);
}

/* False when this cannot be done to the file. */
static bool do_damage(struct story *story, const char *path, enum damage damage)
{
    struct text *content = &story->text;

    file_read(path, content);
    if (content->len == 0 && damage != REMOVE && damage != APPEND)
        return false;
    if (damage == REMOVE)
        return unlink(path) == 0;
    if (damage == CUT_HALF)
        content->len /= 2;
    else if (damage == CUT_ALL)
        content->len = 0;
    else if (damage == CUT_ONE)
        content->len--;
    else if (damage == APPEND)
        text_append(content, BYTES("\x01garbage\xff\x00\x00\x10"));
    else
        content->ptr[place_for(story, damage, content->len)] ^= (char)(1 << random_below(
                                                                           &story->random, 8));
    file_write(path, text_bytes(content));
    return true;
}

/* ---- and what comes of it */

/* The log at its end: a damaged or missing end of it cannot be told from what was never written.
 * Then younger things are not there, but what is there is true: a history is the beginning of the
 * true one. */
static bool may_be_shorter(const char *file)
{
    return strstr(file, ".log") != NULL;
}

static bool is_beginning_of(struct bytes part, struct bytes whole)
{
    /* {"events":[...]}: all but the closing brackets. */
    return part.len >= 2 && part.len <= whole.len && memcmp(part.ptr, whole.ptr, part.len - 2) == 0;
}

static bool log_names_damage(struct story *story)
{
    struct bytes log = text_bytes(&story->text);

    return log_has_line(log, (const char *const[]){ "level=error", "damaged", NULL }) ||
           log_has_line(log, (const char *const[]){ "level=error", "Corruption", NULL }) ||
           log_has_line(log, (const char *const[]){ "level=error", "missing", NULL });
}

static bool is_right_answer(const struct story *story, const struct caller *caller, int number,
                            bool shorter)
{
    struct bytes truth = story->book.truth[number];

    if (bytes_equal(caller->reply.body, truth))
        return true;
    if (!shorter || number == BOOK_DOMAIN || number == BOOK_TYPE || number == BOOK_TAGS)
        return false;
    return number >= BOOK_WORKFLOWS * 2 || number % 2 == 0 ||
           is_beginning_of(caller->reply.body, truth);
}

/* An answer that gives none is right too, if the log says why. */
static bool is_right(struct story *story, struct caller *caller, int number, bool shorter)
{
    enum outcome outcome = book_read(&story->book, caller, number);

    if (outcome == UNKNOWN)
        return false; /* having come so far, it goes on */
    if (outcome == DONE)
        return is_right_answer(story, caller, number, shorter);
    if (shorter && caller_was_refused_with(caller, "UnknownResourceFault"))
        return true;
    story->failed_reads++;
    process_read_log(&story->process, &story->text);
    return caller->reply.http_status == 500 && log_names_damage(story);
}

static void check_refused(struct story *story, const char *file, enum damage damage)
{
    int status = process_wait(&story->process);

    story->refused++;
    process_read_log(&story->process, &story->text);
    if (status != 1 || !log_names_damage(story))
        fail_msg("%s, %s: ends with status %d, log:\n%.*s", file, damage_names[damage], status,
                 BYTES_FMT(text_bytes(&story->text)));
}

static void fail_wrong(struct story *story, const char *file, enum damage damage, int number,
                       const struct reply *reply)
{
    process_read_log(&story->process, &story->text);
    fail_msg("%s, %s: read %d is answered with %d %.*s %.*s; log:\n%.*s", file,
             damage_names[damage], number, reply->http_status, BYTES_FMT(reply->fault),
             BYTES_FMT(reply->body), BYTES_FMT(text_bytes(&story->text)));
}

/* As it was told; a database that met damage may take no writes any more, not even the last. */
static void check_ended(struct story *story, const char *file, enum damage damage)
{
    static const char *const not_closed[] = { "level=error",
                                              "the store could not be closed in good order",
                                              "corrupt data", NULL };
    int status = process_stop(&story->process);

    process_read_log(&story->process, &story->text);
    bool says_so = log_has_line(text_bytes(&story->text), not_closed);
    if (status != (says_so ? 1 : 0) || (says_so && !log_names_damage(story)))
        fail_msg("%s, %s: told to end, it ends with status %d, log:\n%.*s", file,
                 damage_names[damage], status, BYTES_FMT(text_bytes(&story->text)));
}

static void check_served(struct story *story, const char *file, enum damage damage)
{
    struct caller caller;

    caller_init(&caller, story->process.endpoint);
    for (int i = 0; i < BOOK_READS; i++) {
        caller_reset(&caller);
        if (!is_right(story, &caller, i, may_be_shorter(file)))
            fail_wrong(story, file, damage, i, &caller.reply);
    }
    caller_deinit(&caller);
    story->served++;
    check_ended(story, file, damage);
}

static void try_damage(struct story *story, const char *file, enum damage damage)
{
    char path[SCRATCH_PATH_MAX + 300];

    folder_remove(story->damaged);
    folder_copy(story->good, story->damaged);
    snprintf(path, sizeof path, "%s/%s", story->damaged, file);
    if (!do_damage(story, path, damage))
        return;
    process_serve(&story->process, story->log, story->damaged, NULL, NULL);
    if (process_wait_listening(&story->process))
        check_served(story, file, damage);
    else
        check_refused(story, file, damage);
}

/* Once each, but bytes are many. */
static void try_damages(struct story *story, const char *file)
{
    static const int times[DAMAGES] = { [FLIP] = 3, [FLIP_EARLY] = 2, [FLIP_LATE] = 2 };

    for (int damage = 0; damage < DAMAGES; damage++)
        for (int i = 0; i < times[damage] + (times[damage] == 0); i++)
            try_damage(story, file, (enum damage)damage);
}

static void test_damage(void **state)
{
    struct story *story = *state;
    const struct dirent *entry;
    DIR *folder;

    make_good(story);
    folder = opendir(story->good);
    assert_non_null(folder);
    while ((entry = readdir(folder)))
        if (entry->d_name[0] != '.' && strcmp(entry->d_name, "LOCK") != 0)
            try_damages(story, entry->d_name);
    closedir(folder);
    print_message("%u times refused, %u times served, with %u reads that failed\n", story->refused,
                  story->served, story->failed_reads);
    assert_true(story->refused > 0 && story->served > 0);
}

static int setup(void **state)
{
    static struct story story;
    unsigned long long seed = told_number("CRASH_SEED", 1);

    print_message("seed %llu\n", seed);
    story.random.state = seed;
    scratch_init(&story.scratch);
    scratch_path(&story.scratch, "good", story.good);
    scratch_path(&story.scratch, "damaged", story.damaged);
    scratch_path(&story.scratch, "log", story.log);
    text_init(&story.text, TEXT_BYTES_MAX);
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
    const struct CMUnitTest tests[] = { cmocka_unit_test_setup_teardown(test_damage, setup,
                                                                        teardown) };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
