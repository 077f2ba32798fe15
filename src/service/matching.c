#include "service/matching.h"
#include "base/ensure.h"
#include "base/hash.h"
#include "base/memory.h"

/* S4 */
static bool task_before(const struct heap_node *a, const struct heap_node *b)
{
    const struct task *first = object_of(a, const struct task, node);
    const struct task *second = object_of(b, const struct task, node);

    if (first->priority != second->priority)
        return first->priority > second->priority;
    if (first->available_at.ms != second->available_at.ms)
        return first->available_at.ms < second->available_at.ms;
    if (first->run_number != second->run_number)
        return first->run_number < second->run_number;
    return first->scheduled_event_id < second->scheduled_event_id;
}

struct queue_key {
    enum task_kind kind;
    uint32_t domain;
    struct bytes name;
};

static bool has_key(const void *object, const void *key)
{
    const struct task_queue *queue = object;
    const struct queue_key *wanted = key;

    return queue->kind == wanted->kind && queue->domain == wanted->domain &&
           bytes_equal(queue->name, wanted->name);
}

static uint64_t key_hash(const struct queue_key *key)
{
    return hash_combine(hash_bytes(key->name), (uint64_t)key->domain << 1 | key->kind);
}

void matching_init(struct matching *matching)
{
    *matching = (struct matching){ 0 };
    list_init(&matching->ready);
    list_init(&matching->every);
}

static void free_queue(void *object)
{
    struct task_queue *queue = object;

    for (uint32_t i = 0; i < queue->tasks.count; i++)
        memory_free(object_of(queue->tasks.nodes[i], struct task, node));
    heap_deinit(&queue->tasks);
    memory_free(queue);
}

void matching_deinit(struct matching *matching)
{
    map_deinit(&matching->tasks);
    map_drain(&matching->queues, free_queue);
    map_deinit(&matching->queues);
}

static struct task_queue *find_queue(const struct matching *matching, const struct queue_key *key)
{
    return map_find(&matching->queues, key_hash(key), has_key, key);
}

static struct task_queue *queue_new(struct matching *matching, const struct queue_key *key)
{
    struct task_queue *queue = memory_new(sizeof(*queue) + key->name.len);

    if (key->name.len)
        memcpy(queue + 1, key->name.ptr, key->name.len);
    queue->kind = key->kind;
    queue->domain = key->domain;
    queue->name = bytes_of((const char *)(queue + 1), key->name.len);
    heap_init(&queue->tasks, task_before);
    list_init(&queue->waiters);
    list_init(&queue->ready);
    map_add(&matching->queues, key_hash(key), queue);
    list_append(&matching->every, &queue->every);
    matching->queue_count++;
    return queue;
}

struct task_queue *matching_get_queue(struct matching *matching, enum task_kind kind,
                                      uint32_t domain, struct bytes list_name)
{
    struct queue_key key = { kind, domain, list_name };
    struct task_queue *queue = find_queue(matching, &key);

    return queue ? queue : queue_new(matching, &key);
}

uint32_t matching_count_tasks(const struct matching *matching, enum task_kind kind, uint32_t domain,
                              struct bytes list_name)
{
    struct queue_key key = { kind, domain, list_name };
    const struct task_queue *queue = find_queue(matching, &key);

    return queue ? queue->tasks.count + queue->queued_count : 0;
}

/* After something was added or taken: is the queue ready, or is it empty and may go? */
static void settle_queue(struct matching *matching, struct task_queue *queue)
{
    struct queue_key key = { queue->kind, queue->domain, queue->name };
    bool has_tasks = !heap_is_empty(&queue->tasks);

    list_remove(&queue->ready);
    if (has_tasks && queue->waiter_count) {
        list_append(&matching->ready, &queue->ready);
    } else if (!has_tasks && queue->waiter_count == 0 && queue->queued_count == 0) {
        map_remove(&matching->queues, key_hash(&key), queue);
        list_remove(&queue->every);
        matching->queue_count--;
        heap_deinit(&queue->tasks);
        memory_free(queue);
    }
}

struct task_key {
    uint64_t run_number;
    int64_t scheduled_event_id;
};

static bool has_task_key(const void *object, const void *key)
{
    const struct task *task = object;
    const struct task_key *wanted = key;

    return task->run_number == wanted->run_number &&
           task->scheduled_event_id == wanted->scheduled_event_id;
}

static uint64_t task_hash(uint64_t run_number, int64_t scheduled_event_id)
{
    return hash_combine(hash_u64(run_number), (uint64_t)scheduled_event_id);
}

struct task *matching_find_task(const struct matching *matching, uint64_t run_number,
                                int64_t scheduled_event_id)
{
    struct task_key key = { run_number, scheduled_event_id };

    return map_find(&matching->tasks, task_hash(run_number, scheduled_event_id), has_task_key,
                    &key);
}

struct task *matching_add_task(struct matching *matching, const struct task_place *place,
                               struct stub *stub, struct list *of_run)
{
    struct task *task = memory_new(sizeof(*task));
    struct task_queue *queue = matching_get_queue(matching, place->kind, place->domain,
                                                  place->list_name);

    task->queue = queue;
    task->stub = stub;
    task->run_number = place->run_number;
    task->scheduled_event_id = place->scheduled_event_id;
    task->priority = place->priority;
    task->available_at = place->available_at;
    list_append(of_run, &task->of_run);
    heap_add(&queue->tasks, &task->node);
    if (place->kind == TASK_ACTIVITY)
        map_add(&matching->tasks, task_hash(task->run_number, task->scheduled_event_id), task);
    settle_queue(matching, queue);
    return task;
}

void matching_remove_task(struct matching *matching, struct task *task)
{
    struct task_queue *queue = task->queue;

    heap_remove(&queue->tasks, &task->node);
    list_remove(&task->of_run);
    if (queue->kind == TASK_ACTIVITY)
        map_remove(&matching->tasks, task_hash(task->run_number, task->scheduled_event_id), task);
    memory_free(task);
    settle_queue(matching, queue);
}

struct task_queue *matching_add_queued(struct matching *matching, uint32_t domain,
                                       struct bytes list_name)
{
    struct task_queue *queue = matching_get_queue(matching, TASK_DECISION, domain, list_name);

    queue->queued_count++;
    return queue;
}

void matching_remove_queued(struct matching *matching, struct task_queue *queue)
{
    queue->queued_count--;
    settle_queue(matching, queue);
}

void matching_add_waiter(struct matching *matching, struct task_queue *queue, struct call *call)
{
    call->queue = queue;
    list_append(&queue->waiters, &call->waiting);
    queue->waiter_count++;
    settle_queue(matching, queue);
}

void matching_remove_waiter(struct matching *matching, struct call *call)
{
    struct task_queue *queue = call->queue;

    list_remove(&call->waiting);
    call->queue = NULL;
    queue->waiter_count--;
    settle_queue(matching, queue);
}

struct task_queue *matching_next_ready(struct matching *matching)
{
    struct list *first = list_first(&matching->ready);

    return first ? object_of(first, struct task_queue, ready) : NULL;
}

struct task *task_queue_first_task(const struct task_queue *queue)
{
    struct heap_node *first = heap_first(&queue->tasks);

    return first ? object_of(first, struct task, node) : NULL;
}

struct call *task_queue_first_waiter(const struct task_queue *queue)
{
    struct list *first = list_first(&queue->waiters);

    return first ? object_of(first, struct call, waiting) : NULL;
}
