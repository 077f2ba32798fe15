/*
 * Every damage that a small store can take, one at a time: each byte, each length, blocks and files
 * exchanged, missing, empty. Whatever it is, the store is opened as a server would and everything
 * is asked. Then either every answer is what it was; or the store is refused with a line that names
 * what is damaged, and nothing was touched; or some answers are InternalFailure, with such a line,
 * and all others true; or, where the end of the log is gone, all is as it was after an earlier
 * turn. `weir fsck` must find what was refused, and what it repairs must be true as well.
 *
 * One table that is damaged refuses nothing as long as it can be opened, and nothing at all after
 * the repair; and what is kept twice is complete then.
 *
 * A slice of it in `make test`; DAMAGE_ALL=1 tries each one. README.md has the rest.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "exam.h"
#include "harm.h"
#include "base/memory.h"
#include "fsck/folder.h"
#include "told/told.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define STORY_BYTES_MAX ((size_t)512 << 20)
#define TRIAL_BYTES_MAX ((size_t)256 << 20)
#define TRIAL_SECONDS_MAX 120
#define SAID_BYTES_MAX ((size_t)1 << 20)
/* Processes are dear: what a first RocksDB and a first OpenSSL in one do is done once for so many.
 */
#define TRIALS_A_PROCESS 32
/* What such a process ends with before the last of them: somebody has to look at the report. */
#define STOPPED 9

/* What a start and all questions came to. */
enum outcome {
    SAME,    /* as if nothing had happened */
    EARLIER, /* all as it was after an earlier turn */
    PARTLY,  /* some refused, the rest true */
    REFUSED, /* it does not open */
    WRONG,   /* a wrong answer */
    DIED,    /* the process ended */
    OUTCOMES,
};
static const char *const outcome_names[OUTCOMES] = {
    "same", "earlier turn", "partly", "refused", "WRONG", "DIED",
};

struct sitting {
    enum outcome outcome;
    uint64_t turn; /* that the store was at */
    struct verdict verdict;
};

/* What one trial tells; in memory that is shared with it. */
struct report {
    struct sitting before, after; /* the repair */
    bool is_over;
    uint64_t found, mended; /* by fsck */
    bool could_look;
    char complaint[512]; /* empty: all as it ought to be */
};

/* All of it lies in memory that this process and those of the trials share. */
struct test {
    struct exam exam;
    struct files files;
    struct harms harms;
    char folder[64];
    FILE *log;
    const size_t *chosen; /* numbers of harms */
    size_t chosen_count, begun;
    struct report report; /* of the trial begun last */
    unsigned counts[HARM_KINDS][OUTCOMES], by_file[FILES_MAX][OUTCOMES],
        repaired[OUTCOMES][OUTCOMES];
    unsigned failures, tried;
    size_t used; /* of the shared memory behind this struct */
};
#define SHARED_BYTES ((size_t)256 << 20)

/* ---- one trial */

static void complain(struct test *test, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void complain(struct test *test, const char *format, ...)
{
    va_list arguments;

    if (test->report.complaint[0])
        return; /* the first says most */
    va_start(arguments, format);
    vsnprintf(test->report.complaint, sizeof(test->report.complaint), format, arguments);
    va_end(arguments);
}

static void complain_wrong(struct test *test, const char *when, const struct answers *answers,
                           const struct sitting *sitting)
{
    const struct exam *exam = &test->exam;
    size_t number = sitting->verdict.first_wrong;
    struct bytes truth = BYTES("(no such turn)");

    for (size_t i = 0; i < exam->turn_count; i++)
        if (exam->turns[i] == sitting->turn)
            truth = exam->truth[i].items[number];
    complain(test, "%s, turn %llu: %zu wrong; %s: %.*s", when, (unsigned long long)sitting->turn,
             sitting->verdict.wrong, exam->questions[number].request,
             BYTES_FMT(answers->items[number]));
    fprintf(stderr, "answer: %.*s\ntruth:  %.*s\n", BYTES_FMT(answers->items[number]),
            BYTES_FMT(truth));
}

static enum outcome outcome_of(const struct test *test, const struct sitting *sitting)
{
    const struct exam *exam = &test->exam;

    if (sitting->verdict.wrong)
        return WRONG;
    if (sitting->verdict.refused)
        return PARTLY;
    return sitting->turn == exam->turns[exam->turn_count - 1] ? SAME : EARLIER;
}

/* Opens the folder as it lies there, and asks everything. */
static void sit_exam(struct test *test, const char *when, struct arena *arena,
                     struct sitting *sitting)
{
    struct answers *answers = arena_new(arena, struct answers);
    struct store_meta meta;
    struct host host;

    sitting->outcome = DIED;
    if (host_open(&host, test->folder, STORY_ENDS_MS, arena) != OK) {
        sitting->outcome = REFUSED;
        return;
    }
    store_get_meta(host.store, &meta);
    sitting->turn = meta.turn;
    host_settle(&host);
    exam_ask(&test->exam, &host, answers);
    host_close(&host);
    sitting->verdict = exam_judge(&test->exam, answers, meta.turn);
    sitting->outcome = outcome_of(test, sitting);
    if (sitting->outcome == WRONG)
        complain_wrong(test, when, answers, sitting);
}

static void print_line(void *context, struct bytes line)
{
    (void)context;
    fprintf(stderr, "fsck: %.*s\n", BYTES_FMT(line));
}

static bool check(struct test *test, bool repair, struct fsck_sum *sum)
{
    static const uint8_t next_key[SERVER_KEY_BYTES] = "the key of tokens after a repair";
    const struct fsck_options options = { .repair = repair,
                                          .fresh_key = next_key,
                                          .say = print_line };
    enum err err;

    *sum = (struct fsck_sum){ 0 };
    fprintf(stderr, "fsck%s\n", repair ? " --repair" : "");
    err = fsck_folder(test->folder, &options, sum);
    fprintf(stderr, "fsck: %s, %llu found, %llu mended\n", err_text(err),
            (unsigned long long)sum->found, (unsigned long long)sum->mended);
    return err == OK;
}

/* What was said since `from`, whole lines. */
static bool was_said(struct test *test, const char *words)
{
    char *said = calloc(1, SAID_BYTES_MAX);
    bool found;

    fflush(stderr);
    ensure(pread(fileno(test->log), said, SAID_BYTES_MAX - 1, 0) >= 0);
    found = strstr(said, words) != NULL;
    free(said);
    return found;
}

/* Nothing may have changed. But once it is open RocksDB makes tables of its logs, and begins new
 * ones and another MANIFEST: nothing is lost by that. */
static const char *what_changed(const struct test *test, const struct files *harmed)
{
    bool was_opened = files_differ(harmed, test->folder, BYTES("CURRENT"));

    return files_differ(harmed, test->folder, was_opened ? BYTES(".sst") : BYTES_ABSENT);
}

static bool is_log(const struct file *file)
{
    return strstr(file->name, ".log") != NULL;
}

static bool is_table(const struct file *file)
{
    return strstr(file->name, ".sst") != NULL;
}

/* Two files are each other's, or have a block of each other: that is more than one damage. */
static bool harms_two_tables(const struct test *test, const struct harm *harm)
{
    return (harm->kind == HARM_SWAP_FAR || harm->kind == HARM_SWAP_FILE) &&
           is_table(&test->files.items[harm->file]) && is_table(&test->files.items[harm->other]);
}

/* A table that is not there, or whose end, index or filter is damaged, cannot be opened, whatever
 * else would do. */
static bool was_said_of_a_table(struct test *test)
{
    return was_said(test, "a table is missing") || was_said(test, "a table has another length") ||
           was_said(test, "the end of a table is") || was_said(test, "DB::Open() failed");
}

/* By fsck: what is kept twice is in a table that is lost. */
static bool was_kept_twice(struct test *test)
{
    return was_said(test, "damaged: what all executions need") ||
           was_said(test, "damaged: the second copy of what all executions need");
}

/* The rules that outcomes must obey. */
static void judge_before(struct test *test, const struct harm *harm, const struct files *harmed)
{
    const struct report *report = &test->report;
    enum outcome outcome = report->before.outcome;
    const char *changed;

    if ((outcome == REFUSED || outcome == PARTLY) && !was_said(test, "level=error"))
        complain(test, "%s, and the log does not say why", outcome_names[outcome]);
    if (outcome == EARLIER && !is_log(&test->files.items[harm->file]) &&
        !is_log(&test->files.items[harm->other]))
        complain(test, "turns are gone, and no log was damaged");
    if (outcome == REFUSED && is_table(&test->files.items[harm->file]) &&
        !harms_two_tables(test, harm) && !was_said_of_a_table(test))
        complain(test, "refused, for rows in a table that can be opened");
    changed = outcome == REFUSED ? what_changed(test, harmed) : NULL;
    if (changed)
        complain(test, "refused, and changed: %s", changed);
}

static void judge_after(struct test *test, const struct harm *harm)
{
    const struct report *report = &test->report;
    enum outcome before = report->before.outcome, after = report->after.outcome;

    if ((before == REFUSED || before == PARTLY) && report->could_look && report->found == 0)
        complain(test, "%s, and fsck finds nothing", outcome_names[before]);
    if (after == REFUSED && !harms_two_tables(test, harm))
        complain(test, "%s, and after the repair it is refused", outcome_names[before]);
    if (was_kept_twice(test) && !harms_two_tables(test, harm) && after != SAME)
        complain(test, "there was a second copy, and after the repair it is: %s",
                 outcome_names[after]);
    if (before == SAME && after != SAME)
        complain(test, "all was well, and after the repair it is: %s", outcome_names[after]);
    if (before == EARLIER && (after != EARLIER || report->before.turn != report->after.turn))
        complain(test, "turns were gone, and after the repair: %s", outcome_names[after]);
}

static void try_files(struct test *test, const struct harm *harm, const struct files *harmed)
{
    struct report *report = &test->report;
    const char *changed;
    struct fsck_sum sum;
    struct arena arena;

    alarm(TRIAL_SECONDS_MAX);
    arena_init(&arena, "trial", TRIAL_BYTES_MAX);
    files_write(harmed, test->folder);
    sit_exam(test, "at once", &arena, &report->before);
    judge_before(test, harm, harmed);
    files_write(harmed, test->folder);
    report->could_look = check(test, false, &sum);
    report->found = sum.found;
    changed = files_differ(harmed, test->folder, BYTES_ABSENT);
    if (changed)
        complain(test, "fsck without --repair changed %s", changed);
    if (check(test, true, &sum))
        report->mended = sum.mended;
    sit_exam(test, "after the repair", &arena, &report->after);
    judge_after(test, harm);
    report->is_over = true;
    folder_remove(test->folder);
    arena_deinit(&arena);
}

static void begin_report(struct test *test)
{
    test->report = (struct report){ .before.outcome = DIED, .after.outcome = DIED };
    ensure(ftruncate(fileno(test->log), 0) == 0 && fseek(test->log, 0, SEEK_SET) == 0);
}

static bool is_well(const struct test *test)
{
    return test->report.is_over && !test->report.complaint[0];
}

static const struct harm *harm_begun(const struct test *test)
{
    return &test->harms.items[test->chosen[test->begun - 1]];
}

static void count(struct test *test)
{
    const struct harm *harm = harm_begun(test);
    const struct report *report = &test->report;

    test->tried++;
    test->counts[harm->kind][report->before.outcome]++;
    test->by_file[harm->file][report->before.outcome]++;
    test->repaired[report->before.outcome][report->after.outcome]++;
}

/* False when nothing would be damaged. */
static bool try_next(struct test *test)
{
    const struct harm *harm = &test->harms.items[test->chosen[test->begun++]];
    struct files harmed;
    struct arena arena;
    bool is_harm;

    arena_init(&arena, "harm", STORY_BYTES_MAX);
    is_harm = harm_do(harm, &test->files, &arena, &harmed);
    if (is_harm) {
        begin_report(test);
        try_files(test, harm, &harmed);
    }
    arena_deinit(&arena);
    return is_harm;
}

/* ---- some of them, in a process of their own

 * What one leaves open must not help or hinder the next: it would not be the same trial alone. */

static unsigned open_files(void)
{
    DIR *entries = opendir("/proc/self/fd");
    unsigned count = 0;

    ensure(entries != NULL);
    while (readdir(entries))
        count++;
    closedir(entries);
    return count;
}

/* Counts those that are well; false behind the first that is not, or is to be shown. */
static bool try_in_child(struct test *test)
{
    unsigned open_before = open_files(), open_now;
    size_t end = test->begun + TRIALS_A_PROCESS;

    dup2(fileno(test->log), STDERR_FILENO);
    while (test->begun < test->chosen_count && test->begun < end) {
        if (!try_next(test))
            continue;
        open_now = open_files();
        if (open_now != open_before)
            complain(test, "%u files were open before, %u are after", open_before, open_now);
        if (!is_well(test) || getenv("DAMAGE_SHOW"))
            return false;
        count(test);
    }
    return true;
}

/* ---- all of them */

/* Told at once, and not by print_error: that one keeps all until the end, and cuts what is long. */
static void show_log(struct test *test)
{
    char *said = calloc(1, SAID_BYTES_MAX);

    ensure(pread(fileno(test->log), said, SAID_BYTES_MAX - 1, 0) >= 0);
    fprintf(stderr, "%s\n", said);
    free(said);
}

static void note_failure(struct test *test, int status)
{
    const struct harm *harm = harm_begun(test);
    char what[256];

    harm_describe(harm, &test->files, what);
    test->failures++;
    fprintf(stderr, "---- %zu, %s: %s / %s, status %d: %s\n", (size_t)(harm - test->harms.items),
            what, outcome_names[test->report.before.outcome],
            outcome_names[test->report.after.outcome], status, test->report.complaint);
    show_log(test);
}

/* The child stopped, or died. */
static void end_trial(struct test *test, int status)
{
    bool stopped = WIFEXITED(status) && WEXITSTATUS(status) == STOPPED;

    count(test);
    if (!stopped || !is_well(test))
        note_failure(test, stopped ? 0 : status);
    else
        show_log(test);
}

static void try_some(struct test *test)
{
    size_t begun = test->begun;
    int status = 0;
    pid_t child;

    fflush(NULL);
    child = fork();
    ensure(child >= 0);
    if (child == 0)
        _exit(try_in_child(test) ? 0 : STOPPED);
    ensure(waitpid(child, &status, 0) == child);
    ensure(test->begun > begun);
    if (status)
        end_trial(test, status);
}

/* ---- which of them */

/* Of each kind of each file so many, from one end to the other. */
static void choose_slice(struct test *test, size_t each, size_t *chosen)
{
    const struct harm *harms = test->harms.items;
    size_t begin = 0, end;

    for (; begin < test->harms.count; begin = end) {
        for (end = begin; end < test->harms.count && harms[end].kind == harms[begin].kind &&
                          harms[end].file == harms[begin].file;)
            end++;
        size_t len = end - begin, count = len < each ? len : each;
        for (size_t i = 0; i < count; i++)
            chosen[test->chosen_count++] = begin + (len * (2 * i + 1)) / (2 * count);
    }
}

static void print_row(const char *name, const unsigned counts[OUTCOMES])
{
    print_message("%-30s", name);
    for (int outcome = 0; outcome < OUTCOMES; outcome++)
        print_message("%14u", counts[outcome]);
    print_message("\n");
}

static void print_head(const char *name)
{
    print_message("\n%-30s", name);
    for (int outcome = 0; outcome < OUTCOMES; outcome++)
        print_message("%14s", outcome_names[outcome]);
    print_message("\n");
}

static void print_counts(const struct test *test)
{
    print_head("at once");
    for (int kind = 0; kind < HARM_KINDS; kind++)
        print_row(harm_names[kind], test->counts[kind]);
    print_head("at once");
    for (size_t i = 0; i < test->files.count; i++)
        print_row(test->files.items[i].name, test->by_file[i]);
    print_head("after --repair, what was");
    for (int before = 0; before < OUTCOMES; before++)
        print_row(outcome_names[before], test->repaired[before]);
    print_message("%u of %zu tried, %u not as they ought to be\n", test->tried, test->harms.count,
                  test->failures);
}

static void choose(struct test *test, size_t *chosen)
{
    size_t only = told_number("DAMAGE_ONE", SIZE_MAX), step = told_number("DAMAGE_STEP", 1);

    test->chosen = chosen;
    if (only != SIZE_MAX)
        chosen[test->chosen_count++] = only;
    else if (told_number("DAMAGE_ALL", 0))
        for (size_t i = told_number("DAMAGE_FIRST", 0); i < test->harms.count; i += step)
            chosen[test->chosen_count++] = i;
    else
        choose_slice(test, told_number("DAMAGE_EACH", 1), chosen);
}

static void test_every_damage(void **state)
{
    struct test *test = *state;
    size_t *chosen = calloc(test->harms.count, sizeof(*chosen));

    choose(test, chosen);
    while (test->begun < test->chosen_count)
        try_some(test);
    free(chosen);
    print_counts(test);
    assert_int_equal(test->failures, 0);
}

/* ---- before and after */

static struct bytes share(struct test *test, struct bytes text)
{
    char *copy = (char *)test + test->used;

    ensure(text.len < SHARED_BYTES - test->used);
    memcpy(copy, text.ptr, text.len);
    test->used += text.len + 1;
    return bytes_of(copy, text.len);
}

static void share_exam(struct test *test)
{
    struct exam *exam = &test->exam;

    for (size_t i = 0; i < exam->count; i++)
        exam->questions[i].request = share(test, bytes_of_cstr(exam->questions[i].request)).ptr;
    for (size_t turn = 0; turn < exam->turn_count; turn++)
        for (size_t i = 0; i < exam->count; i++)
            exam->truth[turn].items[i] = share(test, exam->truth[turn].items[i]);
}

static void tell_story(struct test *test)
{
    struct story *story = memory_new(sizeof(*story));
    struct arena arena;

    arena_init(&arena, "story", STORY_BYTES_MAX);
    story_tell(story, test->folder, &arena);
    exam_prepare(&test->exam, story, test->folder, &arena);
    test->files = story->turns[story->turn_count - 1].files;
    for (size_t i = 0; i < test->files.count; i++)
        test->files.items[i].content = share(test, test->files.items[i].content);
    share_exam(test);
    memory_free(story);
    arena_deinit(&arena);
}

/* RocksDB has threads, and who has threads cannot fork: so even the story is told by a child. */
static void prepare(struct test *test)
{
    int status = 1;
    pid_t child = fork();

    if (child == 0) {
        tell_story(test);
        _exit(0);
    }
    ensure(waitpid(child, &status, 0) == child && status == 0);
    harms_init(&test->harms, &test->files);
}

/* On a disk a trial waits for it again and again, and nothing here asks what a disk does. */
static const char *folder_for_folders(void)
{
    const char *below = getenv("TMPDIR");

    if (below)
        return below;
    return access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp";
}

static int set_up(void **state)
{
    struct test *test = mmap(NULL, SHARED_BYTES, PROT_READ | PROT_WRITE,
                             MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    assert_true(test != MAP_FAILED);
    test->used = sizeof(*test);
    snprintf(test->folder, sizeof(test->folder), "%s/weir-damage-XXXXXX", folder_for_folders());
    assert_non_null(mkdtemp(test->folder));
    test->log = tmpfile();
    assert_non_null(test->log);
    prepare(test);
    for (size_t i = 0; i < test->files.count; i++)
        print_message("%-20s %6zu bytes\n", test->files.items[i].name,
                      test->files.items[i].content.len);
    print_message("%zu turns in the log, %zu questions, %zu ways to damage it\n",
                  test->exam.turn_count - 1, test->exam.count, test->harms.count);
    *state = test;
    return 0;
}

static int tear_down(void **state)
{
    struct test *test = *state;

    harms_deinit(&test->harms);
    folder_remove(test->folder);
    fclose(test->log);
    munmap(test, SHARED_BYTES);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test_setup_teardown(test_every_damage, set_up,
                                                                        tear_down) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
