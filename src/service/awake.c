#include "service/awake.h"
#include "base/ensure.h"
#include "base/log.h"
#include "service/inner.h"
#include "service/replay.h"

#define HISTORY_BYTES_MAX (4ull << 30)

void awake_init(struct awake *awake, size_t memory_max)
{
    *awake = (struct awake){ .memory_max = memory_max };
    list_init(&awake->fresh);
    list_init(&awake->resting);
    list_init(&awake->restless);
}

static struct run *run_of(struct list *node)
{
    return object_of(node, struct run, by_use);
}

/* ---- who is awake ---- */

static size_t memory_of(const struct run *run)
{
    return sizeof(*run) + run->workflow_id.len + run->run_id.len + execution_memory(run->execution);
}

static void count_memory(struct awake *awake, struct run *run)
{
    awake->memory -= run->memory;
    run->memory = memory_of(run);
    awake->memory += run->memory;
}

/* It goes to the end of the list that it belongs to: whoever touches it may change whether it can
 * sleep. */
static void touch(struct service *service, struct run *run)
{
    struct awake *awake = &service->awake;

    list_remove(&run->by_use);
    list_append(run->stub->is_idle ? &awake->resting : &awake->fresh, &run->by_use);
    run->used_at = service->steady;
}

void awake_add(struct service *service, struct run *run)
{
    service->awake.count++;
    count_memory(&service->awake, run);
    touch(service, run);
}

void awake_remove(struct service *service, struct run *run)
{
    service->awake.count--;
    service->awake.memory -= run->memory;
    list_remove(&run->by_use);
}

bool awake_changed(struct service *service, struct run *run)
{
    bool was_idle = run->stub && run->stub->is_idle;

    if (run->stub == NULL)
        return false; /* it is about to get one */
    run->stub->is_idle = false;
    count_memory(&service->awake, run);
    touch(service, run);
    return was_idle;
}

/* ---- waking ---- */

static struct task *find_decision_task(const struct stub *stub)
{
    struct list *node = list_first(&stub->tasks);

    for (; node; node = list_next(&stub->tasks, node)) {
        struct task *task = object_of(node, struct task, of_run);

        if (task->queue->kind == TASK_DECISION)
            return task;
    }
    return NULL;
}

/* What the stub says is what the history says (S14). */
static bool fits(const struct stub *stub, const struct run *run)
{
    const struct execution *execution = run->execution;

    return execution->next_event_id - 1 == stub->event_count &&
           execution->started_at.ms == stub->started_at.ms &&
           execution_next_due(execution).ms == stub->due.ms &&
           execution->cancel_requested == stub->cancel_requested;
}

static enum err replay_as_it_fell_asleep(struct service *service, const struct stub *stub,
                                         const struct open_run *stored, struct run **out)
{
    enum err err = replay(service, stored, out);

    if (err || fits(stub, *out))
        return err;
    log_error("the history of an open run is not the one that its idle row was made of",
              LOG_NUMBER("run", (int64_t)stub->number));
    run_free(*out);
    return ERR_CORRUPT;
}

/* Nothing happens in it any more: it does not come up by itself again. */
static void set_aside(struct service *service, struct stub *stub, const struct run_opening *names)
{
    bool has_names = !bytes_is_absent(names->run_id);
    struct list *node;

    service_set_aside(service, stub_key(stub), has_names ? names : NULL);
    stub->is_set_aside = true;
    heap_remove(&service->runs.due, &stub->due_node);
    while ((node = list_first(&stub->tasks)))
        matching_remove_task(&service->matching, object_of(node, struct task, of_run));
    if (stub->queued_on)
        matching_remove_queued(&service->matching, stub->queued_on);
    stub->queued_on = NULL;
}

static enum err read_run(struct service *service, struct stub *stub, struct run **out)
{
    struct arena arena;
    struct open_run stored;
    enum err err;

    arena_init(&arena, "history", HISTORY_BYTES_MAX);
    err = store_read_run(service->store, stub_key(stub), &arena, &stored);
    if (err == OK)
        err = replay_as_it_fell_asleep(service, stub, &stored, out);
    if (err == ERR_CORRUPT)
        set_aside(service, stub, &stored.names);
    arena_deinit(&arena);
    return err;
}

static enum err wake(struct service *service, struct stub *stub)
{
    struct run *run;
    enum err err = stub->is_set_aside ? ERR_CORRUPT : read_run(service, stub, &run);

    if (err)
        return err;
#ifdef ENSURE_SLOW
    execution_check(run->execution);
#endif
    run->stub = stub;
    stub->run = run;
    run->decision_task = find_decision_task(stub);
    awake_add(service, run);
    service->awake.woken++;
    service->awake.bytes_woken += run->history_bytes;
    return OK;
}

static enum err need_awake(struct service *service, struct stub *stub)
{
    enum err err = service->failure;

    if (err == OK && stub->run)
        touch(service, stub->run);
    else if (err == OK)
        err = wake(service, stub);
    if (err && err != ERR_CORRUPT)
        service->failure = err;
    return err;
}

struct run *awake_wake(struct service *service, struct stub *stub)
{
    return need_awake(service, stub) == OK ? stub->run : NULL;
}

enum err awake_get(struct service *service, uint64_t number, struct run **out)
{
    struct stub *stub = runs_get(&service->runs, number);
    enum err err = stub ? need_awake(service, stub) : ERR_NOT_FOUND;

    *out = err == OK ? stub->run : NULL;
    return err;
}

enum err awake_find(struct service *service, uint32_t domain, struct bytes workflow_id,
                    struct run **out)
{
    struct stub *stub = runs_find(&service->runs, domain, workflow_id);
    enum err err = OK;

    while (stub && stub->run == NULL && err == OK) { /* only awake it says what it is called */
        err = need_awake(service, stub);
        err = err == ERR_CORRUPT ? OK : err; /* it was set aside, and is found no more */
        stub = runs_find(&service->runs, domain, workflow_id);
    }
    if (err == OK)
        err = stub ? need_awake(service, stub) : ERR_NOT_FOUND;
    *out = err == OK ? stub->run : NULL;
    return err;
}

/* ---- falling asleep ---- */

static bool may_sleep(const struct run *run)
{
    return run->history_bytes <= AWAKE_HISTORY_BYTES_MAX &&
           execution_is_its_history(run->execution); /* S13 */
}

static bool is_over(const struct service *service)
{
    const struct awake *awake = &service->awake;

    return awake->memory_max && awake->memory + runs_memory(&service->runs) > awake->memory_max;
}

static void put_to_sleep(struct service *service, struct run *run)
{
    struct stub *stub = run->stub;

    ensure(stub->is_idle); /* S14 */
    stub->event_count = (unsigned)(run->execution->next_event_id - 1) & 0xfffffff;
    stub->cancel_requested = run->execution->cancel_requested;
    stub->run = NULL;
    awake_remove(service, run);
    recent_forget(&service->recent, &run->recent);
    run_free(run);
    service->awake.fallen_asleep++;
}

/* The rows that one write takes: so many, and no more once they have taken so much of the turn's
 * memory. A row may be nearly as large as its history. */
struct rows {
    struct idle_run *items;
    struct run **runs;
    size_t count, max;
    const struct arena *arena;
    size_t bytes_before;
};

static void rows_init(struct rows *rows, struct arena *arena, size_t max)
{
    rows->items = arena_array(arena, struct idle_run, max);
    rows->runs = arena_array(arena, struct run *, max);
    rows->count = 0;
    rows->max = max;
    rows->arena = arena;
    rows->bytes_before = arena->used;
}

static bool rows_are_full(const struct rows *rows)
{
    return rows->count == rows->max || rows->arena->used - rows->bytes_before > AWAKE_ROW_BYTES;
}

/* Adds the row of a fresh run, or finds that it cannot sleep. It leaves the list of the fresh. */
static void add_row(struct service *service, struct rows *rows, struct run *run)
{
    struct arena *arena = &service->turn.arena;
    struct stub_state state;

    list_remove(&run->by_use);
    if (!may_sleep(run)) {
        list_append(&service->awake.restless, &run->by_use);
        return;
    }
    list_append(&service->awake.resting, &run->by_use);
    stub_state_of(run, arena, &state);
    rows->items[rows->count] = (struct idle_run){ run->key, stub_encode(&state, arena) };
    rows->runs[rows->count++] = run;
}

static enum err write_rows(struct service *service, const struct rows *rows)
{
    enum err err = OK;

    if (rows->count)
        err = store_write_idle(service->store, rows->items, rows->count);
    for (size_t i = 0; i < rows->count && err == OK; i++)
        rows->runs[i]->stub->is_idle = true;
    service->awake.rows += rows->count;
    return err;
}

/* Lets go of those that have their row. */
static void let_sleep(struct service *service)
{
    struct list *node;

    for (int i = 0; i < AWAKE_SLEEPERS_MAX && is_over(service); i++) {
        node = list_first(&service->awake.resting);
        if (node == NULL)
            return;
        put_to_sleep(service, run_of(node));
    }
}

/* Rows for as many as must go, longest unused first, as far as their memory counts. */
static void add_rows_of_sleepers(struct service *service, struct rows *rows)
{
    struct awake *awake = &service->awake;
    size_t over = awake->memory + runs_memory(&service->runs) - awake->memory_max;
    size_t gained = 0;
    struct list *node;

    while (gained < over && !rows_are_full(rows) && (node = list_first(&awake->fresh))) {
        size_t before = rows->count;

        add_row(service, rows, run_of(node));
        if (rows->count > before)
            gained += run_of(node)->memory;
    }
}

static enum err make_room(struct service *service)
{
    struct rows rows;
    enum err err;

    let_sleep(service);
    if (!is_over(service) || list_is_empty(&service->awake.fresh))
        return OK;
    rows_init(&rows, &service->turn.arena, AWAKE_SLEEPERS_MAX);
    add_rows_of_sleepers(service, &rows);
    err = write_rows(service, &rows);
    if (err == OK)
        let_sleep(service);
    return err;
}

static bool is_idle(const struct service *service, const struct run *run)
{
    return !instant_before(service->steady, instant_add(run->used_at, duration_of_s(AWAKE_IDLE_S)));
}

static enum err write_rows_of_idle(struct service *service, size_t rows_max, bool all)
{
    struct rows rows;
    struct list *node = list_first(&service->awake.fresh);

    if (node == NULL || (!all && !is_idle(service, run_of(node))))
        return OK;
    rows_init(&rows, &service->turn.arena, rows_max);
    while (!rows_are_full(&rows) && (node = list_first(&service->awake.fresh)) &&
           (all || is_idle(service, run_of(node))))
        add_row(service, &rows, run_of(node));
    return write_rows(service, &rows);
}

enum err awake_rest(struct service *service)
{
    enum err err = is_over(service) ? make_room(service) : OK;

    service->awake.woken_before = service->awake.woken;
    service->awake.bytes_woken = 0;
    return err ? err : write_rows_of_idle(service, AWAKE_ROWS_MAX, false);
}

enum err awake_rest_all(struct service *service)
{
    enum err err = OK;

    while (err == OK && !list_is_empty(&service->awake.fresh)) {
        arena_reset(&service->turn.arena);
        err = write_rows_of_idle(service, AWAKE_SLEEPERS_MAX, true);
    }
    return err;
}

struct duration awake_idle(const struct service *service)
{
    const struct awake *awake = &service->awake;
    const struct list *node = list_first(&awake->fresh);
    struct instant at;

    if (is_over(service) && (node || !list_is_empty(&awake->resting)))
        return (struct duration){ 0 };
    if (node == NULL)
        return (struct duration){ -1 };
    at = instant_add(object_of(node, const struct run, by_use)->used_at,
                     duration_of_s(AWAKE_IDLE_S));
    return instant_before(service->steady, at)
               ? instant_since(at, service->steady)
               : (struct duration){ 10 }; /* so many rows at a time, and not all the time */
}
