#include "service/turn.h"
#include "base/ensure.h"
#include "base/heap.h"
#include "service/runs.h"

void turn_init(struct turn *turn)
{
    *turn = (struct turn){ 0 };
    arena_init(&turn->arena, "turn", TURN_BYTES_MAX);
    list_init(&turn->closed_runs);
}

static void free_closed_runs(struct turn *turn)
{
    struct list *node;

    while ((node = list_first(&turn->closed_runs))) {
        list_remove(node);
        run_free(object_of(node, struct run, closed));
    }
}

void turn_deinit(struct turn *turn)
{
    free_closed_runs(turn);
    arena_deinit(&turn->arena);
}

void turn_reset(struct turn *turn)
{
    free_closed_runs(turn);
    arena_reset(&turn->arena);
    turn->runs = turn->steps = turn->registry = turn->messages = (struct turn_array){ 0 };
    turn->answers = turn->reads = turn->invocations = (struct turn_array){ 0 };
    turn->closes_end = 0;
    turn->latest = (struct instant){ 0 };
}

static void *add(struct turn *turn, struct turn_array *array, size_t size)
{
    if (array->count == array->capacity) {
        size_t capacity = array->capacity ? array->capacity * 2 : 16;
        void *items = arena_alloc(&turn->arena, capacity * size);

        if (array->count)
            memcpy(items, array->items, array->count * size);
        array->items = items;
        array->capacity = capacity;
    }
    return (char *)array->items + array->count++ * size;
}

/* `more` items behind `count`, in an array that doubles. */
static void *extend(struct turn *turn, const void *items, size_t count, const void *more,
                    size_t more_count, size_t size, size_t *capacity)
{
    char *to = (char *)items;

    if (more_count == 0)
        return to;
    if (count + more_count > *capacity) {
        *capacity = 2 * (count + more_count);
        to = arena_alloc(&turn->arena, *capacity * size);
        if (count)
            memcpy(to, items, count * size);
    }
    memcpy(to + count * size, more, more_count * size);
    return to;
}

static void merge(struct turn *turn, struct pending_change *pending, struct run_change *into,
                  const struct run_change *change)
{
    into->events = extend(turn, into->events, into->event_count, change->events,
                          change->event_count, sizeof *change->events, &pending->events_capacity);
    into->event_count += change->event_count;
    into->heartbeats = extend(turn, into->heartbeats, into->heartbeat_count, change->heartbeats,
                              change->heartbeat_count, sizeof *change->heartbeats,
                              &pending->heartbeats_capacity);
    into->heartbeat_count += change->heartbeat_count;
    if (change->closing)
        into->closing = change->closing;
}

static bool may_join(const struct turn *turn, const struct pending_change *pending,
                     const struct run_change *change)
{
    return change->closing == NULL || pending->index >= turn->closes_end;
}

static struct run_change *join_or_add(struct turn *turn, uint64_t number,
                                      struct pending_change *pending,
                                      const struct run_change *change)
{
    struct run_change *last;

    if (pending->turn == number && may_join(turn, pending, change)) {
        last = (struct run_change *)turn->runs.items + pending->index;
        ensure(last->builds_on + (int64_t)last->event_count == change->builds_on);
        merge(turn, pending, last, change);
        return last;
    }
    last = add(turn, &turn->runs, sizeof(struct run_change));
    *last = *change;
    *pending = (struct pending_change){ number, turn->runs.count - 1, change->event_count,
                                        change->heartbeat_count };
    return last;
}

struct run_change *turn_add_run_change(struct turn *turn, uint64_t number,
                                       struct pending_change *pending,
                                       const struct run_change *change)
{
    struct run_change *filed = join_or_add(turn, number, pending, change);

    if (change->closing)
        turn->closes_end = pending->index + 1;
    if (change->event_count > 0)
        *(struct turn_step *)add(turn, &turn->steps, sizeof(struct turn_step)) = (struct turn_step){
            change->key.run, change->builds_on + 1, change->event_count
        };
    return filed;
}

struct registry_change *turn_add_registry_change(struct turn *turn)
{
    return add(turn, &turn->registry, sizeof(struct registry_change));
}

struct message_change *turn_add_message_change(struct turn *turn)
{
    return add(turn, &turn->messages, sizeof(struct message_change));
}

void turn_add_answer(struct turn *turn, struct call *call)
{
    *(struct call **)add(turn, &turn->answers, sizeof(struct call *)) = call;
}

void turn_add_read(struct turn *turn, struct read_job *job)
{
    *(struct read_job **)add(turn, &turn->reads, sizeof(struct read_job *)) = job;
}

void turn_add_invocation(struct turn *turn, struct lambda_invocation *invocation)
{
    *(struct lambda_invocation **)add(turn, &turn->invocations,
                                      sizeof(struct lambda_invocation *)) = invocation;
}
