/*
 * startup - where does the time of a start with many open executions go?
 *
 *     startup [EXECUTIONS] [SIGNALS] [FOLDER]
 *
 * Starts executions through the service, each with as many signals, ends orderly, and starts again
 * several times, each time doing a little more: opening the database; reading every history;
 * decoding it; folding it. And what it really does: the whole service, from what was kept of those
 * that idle.
 */
#include "in_process.h"

#include "base/memory.h"
#include "engine/execution.h"
#include "wire/decode.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CALLS_IN_TURN 2000
#define TRIES 3

/* ---- filling */

static void start_one(struct in_process *bench, uint64_t number)
{
    in_process_submit(
        bench, OPERATION_START_WORKFLOW_EXECUTION,
        "{\"domain\":\"d\",\"workflowId\":\"order-%llu\",\"workflowType\":{\"name\":\"ship\","
        "\"version\":\"1\"},\"taskList\":{\"name\":\"deciders\"},\"childPolicy\":\"TERMINATE\","
        "\"executionStartToCloseTimeout\":\"864000\",\"taskStartToCloseTimeout\":\"30\","
        "\"input\":\"%0200d\",\"tagList\":[\"a\",\"b\"]}",
        (unsigned long long)number, 0);
}

static void signal_one(struct in_process *bench, uint64_t number)
{
    in_process_submit(bench, OPERATION_SIGNAL_WORKFLOW_EXECUTION,
                      "{\"domain\":\"d\",\"workflowId\":\"order-%llu\",\"signalName\":\"hurry\","
                      "\"input\":\"%0100d\"}",
                      (unsigned long long)number, 0);
}

static void for_all(struct in_process *bench, uint64_t count,
                    void (*one)(struct in_process *bench, uint64_t number))
{
    for (uint64_t i = 1; i <= count; i++) {
        one(bench, i);
        if (i % CALLS_IN_TURN == 0 || i == count)
            in_process_turn(bench);
    }
}

static void fill(struct in_process *bench, uint64_t executions, uint64_t signals)
{
    double began = in_process_now_ms();

    in_process_open_store(bench);
    in_process_open_service(bench);
    in_process_register(bench);
    for_all(bench, executions, start_one);
    for (uint64_t i = 0; i < signals; i++)
        for_all(bench, executions, signal_one);
    ensure(bench->faults == 0);
    in_process_close(bench);
    printf("%llu open executions of %llu events, filled in %.1f s\n",
           (unsigned long long)executions, (unsigned long long)signals + 2,
           (in_process_now_ms() - began) / 1e3);
}

/* ---- starting, a little more each time */

struct looking {
    struct json_reader *json;
    bool decodes, folds;
    struct execution **executions;
    size_t count, capacity;
};

static enum err on_pair(void *context, struct bytes key, struct bytes value)
{
    (void)context, (void)key, (void)value;
    return OK;
}

static void keep(struct looking *looking, struct execution *execution)
{
    if (looking->count == looking->capacity) {
        looking->capacity = looking->capacity ? looking->capacity * 2 : 1024;
        looking->executions = memory_resize(looking->executions,
                                            looking->capacity * sizeof(execution));
    }
    looking->executions[looking->count++] = execution;
}

static void fold(struct looking *looking, const struct event *events, size_t count)
{
    struct execution *execution = execution_new();

    for (size_t i = 0; i < count; i++)
        execution_apply(execution, &events[i]);
    keep(looking, execution);
}

static enum err on_open_run(void *context, const struct open_run *run)
{
    struct looking *looking = context;
    struct arena arena;

    if (!looking->decodes)
        return OK;
    arena_init(&arena, "history", (size_t)1 << 30);
    struct event *events = arena_array(&arena, struct event, run->event_count);
    ensure(decode_events(looking->json, run->events, run->event_count, &arena, events));
    if (looking->folds)
        fold(looking, events, run->event_count);
    arena_deinit(&arena);
    return OK;
}

/* A start that goes so far. */
enum extent { OPENS, READS, DECODES, FOLDS, SERVES };

static void recover(struct in_process *bench, enum extent extent)
{
    struct looking looking = { .json = bench->json,
                               .decodes = extent >= DECODES,
                               .folds = extent >= FOLDS };
    struct recovery recovery = { &looking, on_pair, on_pair, on_open_run, NULL, NULL, NULL };

    ensure(store_recover(bench->store, &recovery) == OK);
    for (size_t i = 0; i < looking.count; i++)
        execution_free(looking.executions[i]);
    memory_free(looking.executions);
}

static double time_start(struct in_process *bench, enum extent extent)
{
    double began = in_process_now_ms();

    in_process_open_store(bench);
    if (extent == SERVES)
        in_process_open_service(bench);
    else if (extent > OPENS)
        recover(bench, extent);
    double took = in_process_now_ms() - began;
    if (extent == SERVES)
        in_process_close(bench);
    else
        store_close(bench->store);
    return took;
}

/* The quickest of several: the database may still be at work on its files. */
static double time_best(struct in_process *bench, enum extent extent)
{
    double best = time_start(bench, extent);

    for (int i = 1; i < TRIES; i++) {
        double took = time_start(bench, extent);
        best = took < best ? took : best;
    }
    return best;
}

static void show(const char *what, double ms, double before, uint64_t executions)
{
    printf("%-30s %10.1f ms  %+10.1f ms  %+8.2f us for each execution\n", what, ms, ms - before,
           (ms - before) * 1e3 / (double)executions);
}

int main(int argc, char **argv)
{
    static const char *const names[] = {
        [OPENS] = "the database is open",
        [READS] = "and histories are read",
        [DECODES] = "and decoded",
        [FOLDS] = "and folded (and freed)",
        [SERVES] = "instead: the whole service",
    };
    uint64_t executions = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000000;
    uint64_t signals = argc > 2 ? strtoull(argv[2], NULL, 10) : 3;
    char made[] = "startup.XXXXXX";
    double before = 0;
    const char *path = argc > 3 ? argv[3] : mkdtemp(made);
    struct in_process bench;

    ensure(executions > 0 && path);
    in_process_init(&bench, path);
    fill(&bench, executions, signals);
    for (int extent = OPENS; extent <= SERVES; extent++) {
        double took = time_best(&bench, (enum extent)extent);
        show(names[extent], took, before, executions);
        before = took;
    }
    in_process_deinit(&bench);
    return 0;
}
