/*
 * A tale told once without a fault, then again and again with one at the n-th time that the server
 * writes or syncs, for every n: it is killed there (also in the midst of the write), or the disk
 * fails from there on. After a restart the tale goes on to its end, and all that is left to see
 * must be the same as if nothing had happened; whatever was acknowledged is in it.
 *
 * The three faults take turns; with CRASH_ALL=1 in the environment each n has all three.
 * Needs tests/store/failing_disk.so, beside this program's folder or where $WEIR_FAILING_DISK says.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "disk.h"
#include "epilogue.h"
#include "functions.h"
#include "process.h"
#include "sound/sound.h"
#include "tale.h"
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Most of the time each waits: for a sync, for a task that was lost to time out. */
#define TELLERS 6
#define TELLINGS_MAX 10000

static const struct fault_kind {
    const char *how; /* as failing_disk.c knows it */
    int status;      /* the server's */
} kinds[] = {
    { "kill", 128 + SIGKILL },
    { "fail", 1 },
    { "tear", 128 + SIGKILL },
};
#define KINDS (sizeof kinds / sizeof kinds[0])

/* The work, and what all tellers know. */
struct hall {
    pthread_mutex_t mutex;
    struct functions *functions;
    char library[DISK_PATH_MAX];
    struct text wanted; /* the tale as it is told without a fault */
    bool all;           /* faults at every step */
    unsigned next;      /* telling */
    bool through;       /* a fault would have come behind the end */
    unsigned told[KINDS], last_step;
    char problem[4096]; /* the first; empty: none */
};

/* One telling. */
struct telling {
    struct hall *hall;
    const struct fault_kind *kind; /* NULL: without a fault */
    unsigned step;
    struct scratch scratch;
    char data[SCRATCH_PATH_MAX], log[SCRATCH_PATH_MAX];
    struct tale tale;
    struct process process;
    struct text text;
    char payload[64];
    bool interrupted;
};

static bool is_well(struct hall *hall)
{
    pthread_mutex_lock(&hall->mutex);
    bool well = hall->problem[0] == '\0';
    pthread_mutex_unlock(&hall->mutex);
    return well;
}

static void complain(struct telling *telling, const char *what, struct bytes detail)
{
    struct hall *hall = telling->hall;

    pthread_mutex_lock(&hall->mutex);
    if (hall->problem[0] == '\0')
        snprintf(hall->problem, sizeof hall->problem, "%s at step %u: %s %.*s (the data is in %s)",
                 telling->kind ? telling->kind->how : "no fault", telling->step, what,
                 BYTES_FMT(detail), telling->data);
    pthread_mutex_unlock(&hall->mutex);
}

/* ---- the server */

static void start_server(struct telling *telling, const char *const environment[])
{
    const char *arguments[] = { "--poll-seconds", "1", "--lambda-endpoint",
                                functions_url(telling->hall->functions), NULL };

    process_serve(&telling->process, telling->log, telling->data, arguments, environment);
}

static void complain_of_server(struct telling *telling, const char *what, int status)
{
    char words[64];

    process_read_log(&telling->process, &telling->text);
    snprintf(words, sizeof words, "%s; status %d, log:\n", what, status);
    complain(telling, words, text_bytes(&telling->text));
}

/* The first life, to the fault. */
static void live_to_the_fault(struct telling *telling)
{
    struct disk_fault fault;
    bool whole;

    disk_fault_init(&fault, telling->hall->library, telling->data, telling->step,
                    telling->kind->how);
    start_server(telling, fault.environment);
    whole = process_wait_listening(&telling->process) &&
            tale_play(&telling->tale, telling->process.endpoint);
    int status = whole ? process_stop(&telling->process) : process_wait(&telling->process);
    telling->interrupted = !whole || status != 0;
    if (telling->interrupted && status != telling->kind->status)
        complain_of_server(telling, "it did not end by the fault", status);
}

/* ---- the end of it */

static void compare(struct telling *telling)
{
    struct hall *hall = telling->hall;

    if (!telling->kind)
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
        .is_undisturbed = !telling->interrupted,
        .told = &telling->text,
    };

    if (epilogue_look(&epilogue, telling->process.endpoint))
        compare(telling);
    else
        complain(telling, epilogue.problem, BYTES_ABSENT);
}

/* The life after it, on a good disk. */
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

/* False when the fault never came: the step is behind the last. */
static bool tell(struct hall *hall, const struct fault_kind *kind, unsigned step)
{
    struct telling telling = { .hall = hall, .kind = kind, .step = step };

    scratch_init(&telling.scratch);
    scratch_path(&telling.scratch, "data", telling.data);
    scratch_path(&telling.scratch, "log", telling.log);
    text_init(&telling.text, 8u << 20);
    snprintf(telling.payload, sizeof telling.payload, "%s-%u", kind ? kind->how : "well", step);
    tale_init(&telling.tale, bytes_of_cstr(telling.payload));
    if (kind)
        live_to_the_fault(&telling);
    live_to_the_end(&telling);
    tale_deinit(&telling.tale);
    text_deinit(&telling.text);
    if (is_well(hall))
        scratch_deinit(&telling.scratch);
    return telling.interrupted;
}

/* The next telling that somebody is to do; false when there are no more. */
static bool next_telling(struct hall *hall, const struct fault_kind **kind, unsigned *step)
{
    pthread_mutex_lock(&hall->mutex);
    bool more = !hall->through && hall->problem[0] == '\0' && hall->next < TELLINGS_MAX;
    unsigned number = hall->next++;
    pthread_mutex_unlock(&hall->mutex);
    *kind = &kinds[number % KINDS];
    *step = 1 + (hall->all ? number / KINDS : number);
    return more;
}

static void note_told(struct hall *hall, const struct fault_kind *kind, unsigned step,
                      bool interrupted)
{
    pthread_mutex_lock(&hall->mutex);
    hall->told[kind - kinds] += interrupted;
    if (interrupted && step > hall->last_step)
        hall->last_step = step;
    /* A disk that fails in an orderly end does not change that end; a death there does. */
    hall->through |= !interrupted && kind->status > 128;
    pthread_mutex_unlock(&hall->mutex);
}

static void *run_teller(void *context)
{
    struct hall *hall = context;
    const struct fault_kind *kind;
    unsigned step;

    while (next_telling(hall, &kind, &step))
        note_told(hall, kind, step, tell(hall, kind, step));
    return NULL;
}

static void test_every_step(void **state)
{
    struct hall *hall = *state;
    pthread_t tellers[TELLERS];

    if (!disk_find_library(hall->library)) {
        print_message("left out: there is no failing_disk.so\n");
        skip();
    }
    (void)tell(hall, NULL, 0);
    assert_string_equal(hall->problem, "");
    for (size_t i = 0; i < TELLERS; i++)
        ensure(pthread_create(&tellers[i], NULL, run_teller, hall) == 0);
    for (size_t i = 0; i < TELLERS; i++)
        pthread_join(tellers[i], NULL);
    print_message("%u tellings were killed, %u failed, %u were torn; the last at call %u\n",
                  hall->told[0], hall->told[1], hall->told[2], hall->last_step);
    if (hall->problem[0])
        fail_msg("%s", hall->problem);
    assert_true(hall->through);
    assert_true(hall->last_step > 100); /* the library was at work */
}

static int setup(void **state)
{
    static struct hall hall;

    pthread_mutex_init(&hall.mutex, NULL);
    hall.all = getenv("CRASH_ALL") != NULL;
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
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test_setup_teardown(test_every_step, setup,
                                                                        teardown) };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
