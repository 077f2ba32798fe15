/*
 * startup - where does the time of a start with many open executions go?
 *
 *     startup [EXECUTIONS] [SIGNALS] [FOLDER]
 *
 * Starts executions through the service, each with as many signals, ends orderly, and starts again
 * several times, each time doing a little more: opening the database; reading every history;
 * decoding it; folding it; the whole service.
 */
#include "base/memory.h"
#include "engine/execution.h"
#include "service/service.h"
#include "service/world.h"
#include "store/layout.h"
#include "store/rocks/rocks.h"
#include "wire/decode.h"
#include "wire/json.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ACCOUNT 111122223333
#define CALLS_IN_TURN 2000
#define BODY_BYTES 2000
#define TRIES 3

struct bench {
    const char *path;
    struct store *store;
    struct service *service;
    struct json_reader *json;
    uint64_t answers, faults;
};

static double now_ms(void)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec * 1e3 + (double)at.tv_nsec / 1e6;
}

/* ---- opening */

static void open_store(struct bench *bench)
{
    const uint8_t key[SERVER_KEY_BYTES] = { 0 };
    struct kv *kv;

    ensure(kv_rocks_open(bench->path, &kv) == OK);
    ensure(layout_open(kv, key, &bench->store) == OK);
}

static void open_service(struct bench *bench)
{
    struct service_config config = { .world = &world_system,
                                     .store = bench->store,
                                     .limits = LIMITS_DOCUMENTED,
                                     .region = BYTES("us-east-1") };

    config.limits.open_executions = 0;
    ensure(service_open(&config, &bench->service) == OK);
}

/* ---- filling */

static void on_answer(struct call *call)
{
    struct bench *bench = call->owner;

    bench->answers++;
    bench->faults += !fault_is_none(call->fault);
    call_free(call);
}

static void submit(struct bench *bench, enum operation operation, const char *body)
{
    char padded[BODY_BYTES + JSON_PADDING] = { 0 };
    struct call *call = call_new();

    snprintf(padded, BODY_BYTES, "%s", body);
    call->account = ACCOUNT;
    call->owner = bench;
    call->on_answer = on_answer;
    struct fault fault = decode_request(bench->json, operation, bytes_of_cstr(padded), &call->arena,
                                        &call->request);
    ensure(fault_is_none(fault));
    service_submit(bench->service, call);
}

static void turn(struct bench *bench)
{
    ensure(service_turn(bench->service) == OK);
}

static void register_names(struct bench *bench)
{
    submit(bench, OPERATION_REGISTER_DOMAIN,
           "{\"name\":\"d\",\"workflowExecutionRetentionPeriodInDays\":\"7\"}");
    turn(bench);
    submit(bench, OPERATION_REGISTER_WORKFLOW_TYPE,
           "{\"domain\":\"d\",\"name\":\"ship\",\"version\":\"1\"}");
    turn(bench);
}

static void start_one(struct bench *bench, uint64_t number)
{
    char body[BODY_BYTES];

    snprintf(
        body, sizeof(body),
        "{\"domain\":\"d\",\"workflowId\":\"order-%llu\",\"workflowType\":{\"name\":\"ship\","
        "\"version\":\"1\"},\"taskList\":{\"name\":\"deciders\"},\"childPolicy\":\"TERMINATE\","
        "\"executionStartToCloseTimeout\":\"864000\",\"taskStartToCloseTimeout\":\"30\","
        "\"input\":\"%0200d\",\"tagList\":[\"a\",\"b\"]}",
        (unsigned long long)number, 0);
    submit(bench, OPERATION_START_WORKFLOW_EXECUTION, body);
}

static void signal_one(struct bench *bench, uint64_t number)
{
    char body[BODY_BYTES];

    snprintf(body, sizeof(body),
             "{\"domain\":\"d\",\"workflowId\":\"order-%llu\",\"signalName\":\"hurry\","
             "\"input\":\"%0100d\"}",
             (unsigned long long)number, 0);
    submit(bench, OPERATION_SIGNAL_WORKFLOW_EXECUTION, body);
}

static void for_all(struct bench *bench, uint64_t count,
                    void (*one)(struct bench *bench, uint64_t number))
{
    for (uint64_t i = 1; i <= count; i++) {
        one(bench, i);
        if (i % CALLS_IN_TURN == 0 || i == count)
            turn(bench);
    }
}

static void fill(struct bench *bench, uint64_t executions, uint64_t signals)
{
    double began = now_ms();

    open_store(bench);
    open_service(bench);
    register_names(bench);
    for_all(bench, executions, start_one);
    for (uint64_t i = 0; i < signals; i++)
        for_all(bench, executions, signal_one);
    ensure(bench->faults == 0);
    service_close(bench->service);
    store_close(bench->store);
    printf("%llu open executions of %llu events, filled in %.1f s\n",
           (unsigned long long)executions, (unsigned long long)signals + 2,
           (now_ms() - began) / 1e3);
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

static void recover(struct bench *bench, enum extent extent)
{
    struct looking looking = { .json = bench->json,
                               .decodes = extent >= DECODES,
                               .folds = extent >= FOLDS };
    struct recovery recovery = { &looking, on_pair, on_pair, on_open_run, NULL };

    ensure(store_recover(bench->store, &recovery) == OK);
    for (size_t i = 0; i < looking.count; i++)
        execution_free(looking.executions[i]);
    memory_free(looking.executions);
}

static double time_start(struct bench *bench, enum extent extent)
{
    double began = now_ms();

    open_store(bench);
    if (extent == SERVES)
        open_service(bench);
    else if (extent > OPENS)
        recover(bench, extent);
    double took = now_ms() - began;
    if (extent == SERVES)
        service_close(bench->service);
    store_close(bench->store);
    return took;
}

/* The quickest of several: the database may still be at work on its files. */
static double time_best(struct bench *bench, enum extent extent)
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
        [SERVES] = "and filed: the whole service",
    };
    uint64_t executions = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000000;
    uint64_t signals = argc > 2 ? strtoull(argv[2], NULL, 10) : 3;
    char made[] = "startup.XXXXXX";
    double before = 0;
    struct bench bench = { .path = argc > 3 ? argv[3] : mkdtemp(made) };

    ensure(executions > 0 && bench.path);
    bench.json = json_reader_new();
    fill(&bench, executions, signals);
    for (int extent = OPENS; extent <= SERVES; extent++) {
        double took = time_best(&bench, (enum extent)extent);
        show(names[extent], took, before, executions);
        before = took;
    }
    json_reader_free(bench.json);
    return 0;
}
