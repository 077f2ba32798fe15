/*
 * The tale once more, on a disk that is full, or fails a single call of some kind, at the n-th time
 * that the server makes such a call, for every n: a write that fills the disk, one that does not
 * arrive, a sync, a new file, a new name, a removal. Whatever the server makes of it, it makes it
 * in order: it ends with status 1 and says why, or goes on; and on a good disk the tale ends as it
 * does without a fault, with all in it that was acknowledged. What is not written to the log of the
 * database always ends it, even when the next write would succeed. While the disk is full it does
 * not start, and that changes nothing.
 *
 * Some of the steps are chosen by $CRASH_SEED; with CRASH_ALL=1 in the environment it is all of
 * them. Needs faulty_disk.so, beside this program or where $WEIR_FAULTY_DISK says.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "epilogue.h"
#include "faulty.h"
#include "functions.h"
#include "process.h"
#include "sound/sound.h"
#include "tale.h"
#include "told/told.h"
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Most of the time each waits: for a sync, for a task that was lost to time out. */
#define TELLERS 6
#define STEPS_OF_A_KIND 3 /* unless it is all of them */
/* No two tellings make just as many calls: so many steps behind the last one of a telling without
 * a fault. */
#define MARGIN(steps) (8 + (steps) / 4)

/* clang-format off */
static const struct kind {
    const char *name, *calls, *error; /* as struct fault has them */
    unsigned long times;
    bool is_full; /* and stays so */
    bool is_harmless;
} kinds[] = {
    { .name = "the disk is full", .calls = "write,room,allocate,make", .error = "ENOSPC", .is_full = true },
    { .name = "the disk is full for a moment", .calls = "write,room,allocate,make", .error = "ENOSPC", .times = 2 },
    { .name = "a write is short", .calls = "write", .error = "ENOSPC", .times = 1, .is_harmless = true },
    { .name = "a write fails", .calls = "write", .error = "EIO", .times = 1 },
    { .name = "the log gets no room", .calls = "room", .error = "EIO", .is_harmless = true },
    { .name = "a sync fails", .calls = "sync", .error = "EIO", .times = 1 },
    { .name = "all syncs fail", .calls = "sync", .error = "EIO" },
    { .name = "a sync finds the disk full", .calls = "sync", .error = "ENOSPC", .times = 1 },
    { .name = "a file cannot be made", .calls = "make", .error = "EIO", .times = 1 },
    { .name = "no file can be made", .calls = "make", .error = "EIO" },
    { .name = "a name cannot be given", .calls = "rename", .error = "EIO", .times = 1 },
    { .name = "nothing can be removed", .calls = "unlink", .error = "EIO" },
    { .name = "a file cannot be opened", .calls = "open", .error = "EIO", .times = 1 },
};
/* clang-format on */
#define KINDS (sizeof kinds / sizeof kinds[0])

struct task {
    const struct kind *kind;
    unsigned long step;
};

/* The work, and what all tellers know. */
struct hall {
    pthread_mutex_t mutex;
    struct functions *functions;
    char library[FAULTY_PATH_MAX];
    struct text wanted;                /* the tale as it is told without a fault */
    unsigned long calls[FAULTY_KINDS]; /* that it made */
    struct task *tasks;
    size_t count, next;
    unsigned met[KINDS], ended[KINDS]; /* tellings that met their fault; servers it ended */
    unsigned long last[KINDS];         /* step that met it */
    bool through[KINDS];               /* there was a step behind that one */
    char problem[4096];                /* the first; empty: none */
};

/* One telling. */
struct telling {
    struct hall *hall;
    struct task task; /* kind NULL: without a fault */
    struct scratch scratch;
    char data[SCRATCH_PATH_MAX], log[SCRATCH_PATH_MAX];
    struct faulty faulty;
    struct tale tale;
    struct process process;
    struct text text;
    char payload[64];
    bool met, ended; /* the fault; by it */
};

static void complain(struct telling *telling, const char *what, struct bytes detail)
{
    struct hall *hall = telling->hall;
    const struct kind *kind = telling->task.kind;

    pthread_mutex_lock(&hall->mutex);
    if (hall->problem[0] == '\0')
        snprintf(hall->problem, sizeof hall->problem, "%s at step %lu: %s %.*s (the data is in %s)",
                 kind ? kind->name : "no fault", telling->task.step, what, BYTES_FMT(detail),
                 telling->data);
    pthread_mutex_unlock(&hall->mutex);
}

static bool is_well(struct hall *hall)
{
    pthread_mutex_lock(&hall->mutex);
    bool well = hall->problem[0] == '\0';
    pthread_mutex_unlock(&hall->mutex);
    return well;
}

/* ---- the server */

static void start_server(struct telling *telling, const struct fault *fault)
{
    const char *arguments[] = { "--poll-seconds", "1", "--lambda-endpoint",
                                functions_url(telling->hall->functions), NULL };

    faulty_set(&telling->faulty, fault);
    process_serve(&telling->process, telling->log, telling->data, arguments,
                  telling->faulty.environment);
}

static void complain_of_server(struct telling *telling, const char *what, int status)
{
    char words[600];

    process_read_log(&telling->process, &telling->text);
    snprintf(words, sizeof words, "%s; status %d, after a failure on %s, log:\n", what, status,
             telling->faulty.tally->path);
    complain(telling, words, text_bytes(&telling->text));
}

static bool log_says(struct telling *telling, const char *first, const char *second)
{
    process_read_log(&telling->process, &telling->text);
    return log_has_line(text_bytes(&telling->text),
                        (const char *const[]){ "level=error", first, second, NULL });
}

/* Whoever was told to end may end without another answer as well: with the last turn. */
static bool says_how_it_ended(struct telling *telling, bool was_told)
{
    bool full = strcmp(telling->task.kind->error, "ENOSPC") == 0;

    return log_says(telling, "ending without another answer",
                    full ? "no space left" : "input or output failed") ||
           (was_told && log_says(telling, "the store could not be closed in good order", NULL));
}

/* It ended by its own decision, or not as it was told, and said why. */
static void check_said(struct telling *telling, int status, bool listened, bool was_told)
{
    bool full = strcmp(telling->task.kind->error, "ENOSPC") == 0;

    if (status != 1)
        complain_of_server(telling, "it did not end in order", status);
    else if (!log_says(telling, full ? "No space left on device" : "Input/output error", NULL) &&
             !log_says(telling, "at the second try only", NULL))
        complain_of_server(telling, "it does not say what the disk said", status);
    else if (listened && !says_how_it_ended(telling, was_told))
        complain_of_server(telling, "it does not say why it ends", status);
}

/* Was it a write or a sync of the database's log that failed first? */
static bool is_commit(const struct faulty_tally *tally)
{
    size_t len = strlen(tally->path);

    return (tally->kind == FAULTY_WRITE || tally->kind == FAULTY_SYNC) && len > 4 &&
           strcmp(tally->path + len - 4, ".log") == 0;
}

static struct fault fault_at(const struct kind *kind, unsigned long step)
{
    return (struct fault){ kind->calls, kind->error, .from = step, .times = kind->times };
}

/* The first life. */
static void live_with_the_fault(struct telling *telling)
{
    const struct kind *kind = telling->task.kind;
    struct fault fault = fault_at(kind, telling->task.step);
    const struct faulty_tally *tally = telling->faulty.tally;

    start_server(telling, &fault);
    bool listened = process_wait_listening(&telling->process);
    bool whole = listened && tale_play(&telling->tale, telling->process.endpoint);
    bool in_time = atomic_load(&tally->failed) > 0; /* before the end of the tale */
    if (telling->tale.problem[0])
        complain(telling, telling->tale.problem, BYTES_ABSENT);
    int status = whole ? process_stop(&telling->process) : process_wait(&telling->process);

    telling->met = atomic_load(&tally->failed) > 0;
    telling->ended = !whole || status != 0;
    if (telling->ended)
        check_said(telling, status, listened, whole);
    if (telling->ended && !telling->met)
        complain_of_server(telling, "it ended without a fault", status);
    if (telling->ended && kind->is_harmless)
        complain_of_server(telling, "it ended though nothing was lost", status);
    if (whole && in_time && is_commit(tally) && !kind->is_harmless)
        complain_of_server(telling, "it went on though a commit failed", status);
}

/* As long as the disk is full it does not start. */
static void do_not_live(struct telling *telling)
{
    struct fault fault = fault_at(telling->task.kind, 1);

    start_server(telling, &fault);
    if (process_wait_listening(&telling->process)) {
        complain_of_server(telling, "it starts on a full disk", process_stop(&telling->process));
        return;
    }
    check_said(telling, process_wait(&telling->process), false, false);
}

/* ---- the end of it */

static void compare(struct telling *telling)
{
    struct hall *hall = telling->hall;

    if (!telling->task.kind)
        text_append(&hall->wanted, text_bytes(&telling->text));
    else if (!bytes_equal(text_bytes(&telling->text), text_bytes(&hall->wanted)))
        complain(telling, "it was told otherwise:",
                 epilogue_difference(text_bytes(&hall->wanted), text_bytes(&telling->text)));
}

static void look(struct telling *telling)
{
    struct epilogue epilogue = {
        .tale = &telling->tale,
        .functions = telling->hall->functions,
        .is_undisturbed = !telling->ended,
        .told = &telling->text,
    };

    if (epilogue_look(&epilogue, telling->process.endpoint))
        compare(telling);
    else
        complain(telling, epilogue.problem, BYTES_ABSENT);
}

/* The last life, on a good disk. */
static void live_to_the_end(struct telling *telling)
{
    start_server(telling, NULL);
    if (!process_wait_listening(&telling->process)) {
        complain_of_server(telling, "it does not start any more", process_wait(&telling->process));
        return;
    }
    if (!tale_play(&telling->tale, telling->process.endpoint))
        complain(telling, telling->tale.problem[0] ? telling->tale.problem : "the server is gone",
                 BYTES_ABSENT);
    else
        look(telling);
    int status = process_stop(&telling->process);
    if (status != 0)
        complain_of_server(telling, "it did not end as told", status);
    text_reset(&telling->text);
    if (!sound_folder(telling->data, &telling->text))
        complain(telling, "the folder is not sound:", text_bytes(&telling->text));
}

/* ---- tellings */

static void telling_init(struct telling *telling, struct hall *hall, struct task task)
{
    *telling = (struct telling){ .hall = hall, .task = task };
    scratch_init(&telling->scratch);
    scratch_path(&telling->scratch, "data", telling->data);
    scratch_path(&telling->scratch, "log", telling->log);
    faulty_init(&telling->faulty, &telling->scratch, hall->library, telling->data);
    text_init(&telling->text, 8u << 20);
    snprintf(telling->payload, sizeof telling->payload, "%zu-%lu",
             task.kind ? (size_t)(task.kind - kinds) : KINDS, task.step);
    tale_init(&telling->tale, bytes_of_cstr(telling->payload));
}

static void telling_deinit(struct telling *telling)
{
    tale_deinit(&telling->tale);
    text_deinit(&telling->text);
    faulty_deinit(&telling->faulty);
    if (is_well(telling->hall))
        scratch_deinit(&telling->scratch);
}

static void note_told(const struct telling *telling)
{
    struct hall *hall = telling->hall;
    size_t kind = (size_t)(telling->task.kind - kinds);

    pthread_mutex_lock(&hall->mutex);
    hall->met[kind] += telling->met;
    hall->ended[kind] += telling->ended;
    if (telling->met && telling->task.step > hall->last[kind])
        hall->last[kind] = telling->task.step;
    hall->through[kind] |= !telling->met;
    pthread_mutex_unlock(&hall->mutex);
}

static void tell(struct hall *hall, struct task task)
{
    struct telling telling;

    telling_init(&telling, hall, task);
    live_with_the_fault(&telling);
    if (task.kind->is_full)
        do_not_live(&telling);
    live_to_the_end(&telling);
    note_told(&telling);
    telling_deinit(&telling);
}

static void tell_without_fault(struct hall *hall)
{
    struct telling telling;

    telling_init(&telling, hall, (struct task){ 0 });
    live_to_the_end(&telling);
    for (size_t i = 0; i < FAULTY_KINDS; i++)
        hall->calls[i] = atomic_load(&telling.faulty.tally->calls[i]);
    telling_deinit(&telling);
}

/* ---- which */

/* How many calls of the kinds that count a telling makes. */
static unsigned long steps_of(const struct hall *hall, const struct kind *kind)
{
    static const char *const names[] = FAULTY_KIND_NAMES;
    unsigned long steps = 0;

    for (size_t i = 0; i < FAULTY_KINDS; i++)
        if (strstr(kind->calls, names[i])) /* no name is part of another */
            steps += hall->calls[i];
    return steps;
}

static void add_task(struct hall *hall, const struct kind *kind, unsigned long step)
{
    hall->tasks = realloc(hall->tasks, (hall->count + 1) * sizeof *hall->tasks);
    ensure(hall->tasks != NULL);
    hall->tasks[hall->count++] = (struct task){ kind, step };
}

static void add_all(struct hall *hall, const struct kind *kind)
{
    unsigned long steps = steps_of(hall, kind);

    for (unsigned long step = 1; step <= steps + MARGIN(steps); step++)
        add_task(hall, kind, step);
}

/* Spread over all of them. */
static void add_some(struct hall *hall, const struct kind *kind, unsigned long seed)
{
    unsigned long steps = steps_of(hall, kind);
    unsigned long stride = steps / STEPS_OF_A_KIND + 1;

    for (unsigned long step = 1 + seed % stride; step <= steps; step += stride)
        add_task(hall, kind, step);
}

static void choose(struct hall *hall)
{
    uint64_t seed = told_number("CRASH_SEED", 7);

    for (size_t i = 0; i < KINDS; i++) {
        if (getenv("CRASH_ALL"))
            add_all(hall, &kinds[i]);
        else
            add_some(hall, &kinds[i], seed);
    }
}

static bool next_task(struct hall *hall, struct task *task)
{
    pthread_mutex_lock(&hall->mutex);
    bool more = hall->next < hall->count && hall->problem[0] == '\0';
    if (more)
        *task = hall->tasks[hall->next++];
    pthread_mutex_unlock(&hall->mutex);
    return more;
}

static void *run_teller(void *context)
{
    struct hall *hall = context;
    struct task task;

    while (next_task(hall, &task))
        tell(hall, task);
    return NULL;
}

static void run_tellers(struct hall *hall)
{
    pthread_t tellers[TELLERS];

    for (size_t i = 0; i < TELLERS; i++)
        ensure(pthread_create(&tellers[i], NULL, run_teller, hall) == 0);
    for (size_t i = 0; i < TELLERS; i++)
        pthread_join(tellers[i], NULL);
}

static void test_disk_errors(void **state)
{
    struct hall *hall = *state;

    if (!faulty_find_library(hall->library))
        fail_msg("there is no faulty_disk.so");
    tell_without_fault(hall);
    assert_string_equal(hall->problem, "");
    choose(hall);
    run_tellers(hall);
    for (size_t i = 0; i < KINDS; i++)
        print_message("%s: %u tellings, %u of them ended by it; the last at call %lu\n",
                      kinds[i].name, hall->met[i], hall->ended[i], hall->last[i]);
    if (hall->problem[0])
        fail_msg("%s", hall->problem);
    for (size_t i = 0; i < KINDS; i++) {
        assert_true(hall->met[i] > 0); /* the library was at work */
        assert_true(hall->through[i] || !getenv("CRASH_ALL"));
    }
}

static int setup(void **state)
{
    static struct hall hall;

    pthread_mutex_init(&hall.mutex, NULL);
    hall.functions = functions_start();
    text_init(&hall.wanted, 8u << 20);
    *state = &hall;
    return 0;
}

static int teardown(void **state)
{
    struct hall *hall = *state;

    functions_stop(hall->functions);
    text_deinit(&hall->wanted);
    free(hall->tasks);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test_setup_teardown(test_disk_errors, setup,
                                                                        teardown) };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
