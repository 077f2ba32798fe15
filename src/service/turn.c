#include "service/turn.h"
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
    turn->runs = turn->registry = turn->messages = (struct turn_array){ 0 };
    turn->answers = turn->reads = turn->invocations = (struct turn_array){ 0 };
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

struct run_change *turn_add_run_change(struct turn *turn)
{
    return add(turn, &turn->runs, sizeof(struct run_change));
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
