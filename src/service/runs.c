#include "service/runs.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/copier.h"

static struct stub *stub_of_node(const struct heap_node *node)
{
    return object_of(node, struct stub, due_node);
}

static bool due_before(const struct heap_node *a, const struct heap_node *b)
{
    const struct stub *first = stub_of_node(a), *second = stub_of_node(b);

    if (first->due.ms != second->due.ms)
        return first->due.ms < second->due.ms;
    return first->number < second->number;
}

void runs_init(struct runs *runs)
{
    *runs = (struct runs){ 0 };
    heap_init(&runs->due, due_before);
}

void runs_reserve(struct runs *runs, size_t count)
{
    uint32_t room = count < UINT32_MAX / 4 ? (uint32_t)count : UINT32_MAX / 4;

    map_reserve(&runs->by_number, room);
    map_reserve(&runs->by_workflow, room);
}

static void free_stub(void *object)
{
    struct stub *stub = object;

    if (stub->run)
        run_free(stub->run);
    memory_free(stub);
}

void runs_deinit(struct runs *runs)
{
    map_deinit(&runs->by_workflow);
    heap_deinit(&runs->due);
    map_drain(&runs->by_number, free_stub);
    map_deinit(&runs->by_number);
}

struct run *run_new(struct run_key key, struct domain *domain, struct bytes workflow_id,
                    struct bytes run_id)
{
    struct run *run = memory_new(sizeof(*run) + workflow_id.len + run_id.len);
    struct copier copier = { (char *)(run + 1) };

    run->key = key;
    run->domain = domain;
    run->workflow_id = copier_add(&copier, workflow_id);
    run->run_id = copier_add(&copier, run_id);
    run->execution = execution_new();
    list_init(&run->by_use);
    list_init(&run->closed);
    return run;
}

void run_free(struct run *run)
{
    memory_free(run->recent.bytes); /* only at the end: before, recent_forget was asked */
    memory_free(run->recent.ends);
    execution_free(run->execution);
    memory_free(run);
}

struct workflow_key {
    uint32_t domain;
    struct bytes workflow_id;
};

static bool may_have_workflow(const void *object, const void *key)
{
    const struct stub *stub = object;
    const struct workflow_key *wanted = key;

    return stub->domain->number == wanted->domain && !stub->is_set_aside &&
           (stub->run == NULL || bytes_equal(stub->run->workflow_id, wanted->workflow_id));
}

static uint64_t workflow_hash(uint32_t domain, struct bytes workflow_id)
{
    return hash_combine(hash_bytes(workflow_id), domain);
}

static bool has_number(const void *object, const void *key)
{
    return ((const struct stub *)object)->number == *(const uint64_t *)key;
}

struct stub *runs_get(const struct runs *runs, uint64_t number)
{
    return map_find(&runs->by_number, hash_u64(number), has_number, &number);
}

struct stub *runs_find(const struct runs *runs, uint32_t domain, struct bytes workflow_id)
{
    struct workflow_key key = { domain, workflow_id };

    return map_find(&runs->by_workflow, workflow_hash(domain, workflow_id), may_have_workflow,
                    &key);
}

static void refile_due(struct runs *runs, struct stub *stub, struct instant due)
{
    if (heap_has(&stub->due_node) && due.ms == stub->due.ms)
        return;
    stub->due = due;
    if (due.ms == INSTANT_NEVER.ms)
        heap_remove(&runs->due, &stub->due_node);
    else if (heap_has(&stub->due_node))
        heap_update(&runs->due, &stub->due_node);
    else
        heap_add(&runs->due, &stub->due_node);
}

static struct stub *add_stub(struct runs *runs, uint64_t number, struct domain *domain,
                             struct bytes workflow_id, struct instant started_at)
{
    struct stub *stub = memory_new(sizeof(*stub));

    stub->number = number;
    stub->domain = domain;
    stub->started_at = started_at;
    list_init(&stub->tasks);
    map_add(&runs->by_number, hash_u64(number), stub);
    map_add(&runs->by_workflow, workflow_hash(domain->number, workflow_id), stub);
    runs->count++;
    return stub;
}

void runs_add(struct runs *runs, struct run *run)
{
    run->stub = add_stub(runs, run->key.run, run->domain, run->workflow_id,
                         run->execution->started_at);
    run->stub->run = run;
    runs_refile_due(runs, run);
}

struct stub *runs_add_sleeping(struct runs *runs, uint64_t number, struct domain *domain,
                               const struct stub_state *state)
{
    struct stub *stub = add_stub(runs, number, domain, state->workflow_id, state->started_at);

    stub->event_count = state->event_count & 0xfffffff;
    stub->cancel_requested = state->cancel_requested;
    stub->is_idle = true;
    refile_due(runs, stub, state->due);
    return stub;
}

void runs_remove(struct runs *runs, struct run *run)
{
    struct stub *stub = run->stub;

    map_remove(&runs->by_number, hash_u64(run->key.run), stub);
    map_remove(&runs->by_workflow, workflow_hash(run->key.domain, run->workflow_id), stub);
    heap_remove(&runs->due, &stub->due_node);
    runs->count--;
    run->stub = NULL;
    memory_free(stub);
}

void runs_refile_due(struct runs *runs, struct run *run)
{
    refile_due(runs, run->stub, execution_next_due(run->execution));
}

struct instant runs_next_due(const struct runs *runs)
{
    const struct heap_node *first = heap_first(&runs->due);

    return first ? stub_of_node(first)->due : INSTANT_NEVER;
}

struct stub *runs_first_due(const struct runs *runs, struct instant now)
{
    struct heap_node *first = heap_first(&runs->due);
    struct stub *stub = first ? stub_of_node(first) : NULL;

    return stub && !instant_before(now, stub->due) ? stub : NULL;
}

/* A stub's places in the indexes of open runs, about. */
#define LISTED_BYTES 40

size_t runs_memory(const struct runs *runs)
{
    return runs->count * (sizeof(struct stub) + LISTED_BYTES) +
           (runs->by_number.capacity + runs->by_workflow.capacity) * sizeof(struct map_slot) +
           runs->due.capacity * sizeof(*runs->due.nodes);
}
