#include "service/runs.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/packer.h"

static bool due_before(const struct heap_node *a, const struct heap_node *b)
{
    const struct run *first = object_of(a, const struct run, due_node);
    const struct run *second = object_of(b, const struct run, due_node);

    if (first->due.ms != second->due.ms)
        return first->due.ms < second->due.ms;
    return first->key.run < second->key.run;
}

void runs_init(struct runs *runs)
{
    *runs = (struct runs){ 0 };
    heap_init(&runs->due, due_before);
}

static void free_run(void *object)
{
    run_free(object);
}

void runs_deinit(struct runs *runs)
{
    map_deinit(&runs->by_workflow);
    heap_deinit(&runs->due);
    map_drain(&runs->by_number, free_run);
    map_deinit(&runs->by_number);
}

struct run *run_new(struct run_key key, struct domain *domain, struct bytes workflow_id,
                    struct bytes run_id)
{
    struct run *run = memory_new(sizeof(*run) + workflow_id.len + run_id.len);
    struct packer packer = { (char *)(run + 1) };

    run->key = key;
    run->domain = domain;
    run->workflow_id = pack(&packer, workflow_id);
    run->run_id = pack(&packer, run_id);
    run->execution = execution_new();
    run->due = INSTANT_NEVER;
    list_init(&run->tasks);
    list_init(&run->closed);
    return run;
}

void run_free(struct run *run)
{
    memory_free(run->listings);
    memory_free(run->recent.bytes); /* only at the end: before, recent_forget was asked */
    memory_free(run->recent.ends);
    execution_free(run->execution);
    memory_free(run);
}

struct workflow_key {
    uint32_t domain;
    struct bytes workflow_id;
};

static bool has_workflow(const void *object, const void *key)
{
    const struct run *run = object;
    const struct workflow_key *wanted = key;

    return run->key.domain == wanted->domain && bytes_equal(run->workflow_id, wanted->workflow_id);
}

static uint64_t workflow_hash(uint32_t domain, struct bytes workflow_id)
{
    return hash_combine(hash_bytes(workflow_id), domain);
}

static bool has_number(const void *object, const void *key)
{
    return ((const struct run *)object)->key.run == *(const uint64_t *)key;
}

struct run *runs_get(const struct runs *runs, uint64_t number)
{
    return map_find(&runs->by_number, hash_u64(number), has_number, &number);
}

struct run *runs_find(const struct runs *runs, uint32_t domain, struct bytes workflow_id)
{
    struct workflow_key key = { domain, workflow_id };

    return map_find(&runs->by_workflow, workflow_hash(domain, workflow_id), has_workflow, &key);
}

void runs_add(struct runs *runs, struct run *run)
{
    map_add(&runs->by_number, hash_u64(run->key.run), run);
    map_add(&runs->by_workflow, workflow_hash(run->key.domain, run->workflow_id), run);
    runs->count++;
    runs_refile_due(runs, run);
}

void runs_remove(struct runs *runs, struct run *run)
{
    map_remove(&runs->by_number, hash_u64(run->key.run), run);
    map_remove(&runs->by_workflow, workflow_hash(run->key.domain, run->workflow_id), run);
    heap_remove(&runs->due, &run->due_node);
    runs->count--;
}

void runs_refile_due(struct runs *runs, struct run *run)
{
    struct instant due = execution_next_due(run->execution);

    if (heap_has(&run->due_node) && due.ms == run->due.ms)
        return;
    run->due = due;
    if (due.ms == INSTANT_NEVER.ms)
        heap_remove(&runs->due, &run->due_node);
    else if (heap_has(&run->due_node))
        heap_update(&runs->due, &run->due_node);
    else
        heap_add(&runs->due, &run->due_node);
}

struct instant runs_next_due(const struct runs *runs)
{
    const struct heap_node *first = heap_first(&runs->due);

    return first ? object_of(first, const struct run, due_node)->due : INSTANT_NEVER;
}

struct run *runs_first_due(const struct runs *runs, struct instant now)
{
    struct heap_node *first = heap_first(&runs->due);
    struct run *run = first ? object_of(first, struct run, due_node) : NULL;

    return run && !instant_before(now, run->due) ? run : NULL;
}
