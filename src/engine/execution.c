#include "engine/execution.h"
#include "base/copier.h"
#include "base/ensure.h"
#include "base/hash.h"
#include "base/memory.h"
#include "engine/activity.h"
#include "engine/child.h"
#include "engine/close.h"
#include "engine/decision_task.h"
#include "engine/lambda.h"
#include "engine/timer.h"
#include "model/priority.h"

/* Earlier first; at the same instant the one whose clock was started by the earlier event. */
static bool deadline_before(const struct heap_node *a, const struct heap_node *b)
{
    const struct deadline *first = object_of(a, const struct deadline, node);
    const struct deadline *second = object_of(b, const struct deadline, node);

    if (first->at.ms != second->at.ms)
        return first->at.ms < second->at.ms;
    return first->event_id < second->event_id;
}

struct execution *execution_new(void)
{
    struct execution *execution = memory_new(sizeof(*execution));

    execution->next_event_id = 1;
    list_init(&execution->activities);
    list_init(&execution->timers);
    list_init(&execution->children);
    list_init(&execution->lambdas);
    heap_init(&execution->deadlines, deadline_before);
    execution->decision.deadline.kind = DEADLINE_DECISION_TASK;
    execution->decision.deadline.at = INSTANT_NEVER;
    return execution;
}

static void free_open_things(struct execution *execution)
{
    struct list *node;

    while ((node = list_first(&execution->activities))) {
        list_remove(node);
        activity_free(object_of(node, struct activity, open));
    }
    while ((node = list_first(&execution->timers))) {
        list_remove(node);
        timer_free(object_of(node, struct timer, open));
    }
    while ((node = list_first(&execution->children))) {
        list_remove(node);
        child_free(object_of(node, struct child, open));
    }
    while ((node = list_first(&execution->lambdas))) {
        list_remove(node);
        lambda_free(object_of(node, struct lambda, open));
    }
}

void execution_free(struct execution *execution)
{
    if (execution == NULL)
        return;
    free_open_things(execution);
    map_deinit(&execution->activities_by_id);
    map_deinit(&execution->activities_by_event);
    map_deinit(&execution->timers_by_id);
    map_deinit(&execution->children_by_event);
    map_deinit(&execution->lambdas_by_id);
    map_deinit(&execution->lambdas_by_event);
    heap_deinit(&execution->deadlines);
    decision_task_free(execution);
    memory_free(execution->settings.memory);
    memory_free(execution);
}

static size_t settings_size(const struct workflow_execution_started_event *started)
{
    const struct workflow_execution *parent = started->parent_workflow_execution;
    size_t size = 1 + started->workflow_type->name.len + started->workflow_type->version.len +
                  started->task_list->name.len + started->task_priority.len +
                  started->execution_start_to_close_timeout.len +
                  started->task_start_to_close_timeout.len + started->lambda_role.len +
                  started->continued_execution_run_id.len;

    if (parent)
        size += parent->workflow_id.len + parent->run_id.len;
    for (size_t i = 0; i < started->tag_list.count; i++)
        size += started->tag_list.items[i].len;
    return size + sizeof(struct bytes) * started->tag_list.count;
}

static struct bytes_list copy_tags(struct copier *copier, struct bytes *slots,
                                   struct bytes_list tags)
{
    if (tags.items == NULL)
        return tags;
    for (size_t i = 0; i < tags.count; i++)
        slots[i] = copier_add(copier, tags.items[i]);
    return (struct bytes_list){ slots, tags.count };
}

static void keep_settings(struct execution_settings *settings,
                          const struct workflow_execution_started_event *started)
{
    const struct workflow_execution *parent = started->parent_workflow_execution;
    size_t size = settings_size(started);
    struct bytes *tag_slots = settings->memory = memory_new(size);
    struct copier copier = { (char *)(tag_slots + started->tag_list.count) };

    settings->memory_bytes = size;
    settings->type_name = copier_add(&copier, started->workflow_type->name);
    settings->type_version = copier_add(&copier, started->workflow_type->version);
    settings->task_list = copier_add(&copier, started->task_list->name);
    settings->task_priority = copier_add(&copier, started->task_priority);
    settings->execution_timeout_text = copier_add(&copier,
                                                  started->execution_start_to_close_timeout);
    settings->task_timeout_text = copier_add(&copier, started->task_start_to_close_timeout);
    settings->execution_timeout = timeout_parse(settings->execution_timeout_text);
    settings->task_timeout = timeout_parse(settings->task_timeout_text);
    settings->child_policy = started->child_policy;
    settings->lambda_role = copier_add(&copier, started->lambda_role);
    settings->continued_run_id = copier_add(&copier, started->continued_execution_run_id);
    settings->tags = copy_tags(&copier, tag_slots, started->tag_list);
    settings->parent_workflow_id = parent ? copier_add(&copier, parent->workflow_id) : BYTES_ABSENT;
    settings->parent_run_id = parent ? copier_add(&copier, parent->run_id) : BYTES_ABSENT;
    settings->parent_initiated_event_id = started->parent_initiated_event_id;
}

static void apply_started(struct execution *execution, const struct event *event)
{
    keep_settings(&execution->settings, event->workflow_execution_started);
    execution->started_at = event->timestamp;
    execution->is_open = true;
}

static void apply_by_family(struct execution *execution, const struct event *event)
{
    switch (event->type) {
    case EVENT_WORKFLOW_EXECUTION_STARTED:
        apply_started(execution, event);
        return;
    case EVENT_WORKFLOW_EXECUTION_CANCEL_REQUESTED:
        execution->cancel_requested = true;
        return;
    case EVENT_DECISION_TASK_SCHEDULED:
    case EVENT_DECISION_TASK_STARTED:
    case EVENT_DECISION_TASK_COMPLETED:
    case EVENT_DECISION_TASK_TIMED_OUT:
        decision_task_apply(execution, event);
        return;
    case EVENT_ACTIVITY_TASK_SCHEDULED:
    case EVENT_ACTIVITY_TASK_STARTED:
    case EVENT_ACTIVITY_TASK_COMPLETED:
    case EVENT_ACTIVITY_TASK_FAILED:
    case EVENT_ACTIVITY_TASK_TIMED_OUT:
    case EVENT_ACTIVITY_TASK_CANCELED:
    case EVENT_ACTIVITY_TASK_CANCEL_REQUESTED:
        activity_apply(execution, event);
        return;
    case EVENT_TIMER_STARTED:
    case EVENT_TIMER_FIRED:
    case EVENT_TIMER_CANCELED:
        timer_apply(execution, event);
        return;
    case EVENT_START_CHILD_WORKFLOW_EXECUTION_INITIATED:
    case EVENT_START_CHILD_WORKFLOW_EXECUTION_FAILED:
    case EVENT_CHILD_WORKFLOW_EXECUTION_STARTED:
    case EVENT_CHILD_WORKFLOW_EXECUTION_COMPLETED:
    case EVENT_CHILD_WORKFLOW_EXECUTION_FAILED:
    case EVENT_CHILD_WORKFLOW_EXECUTION_CANCELED:
    case EVENT_CHILD_WORKFLOW_EXECUTION_TIMED_OUT:
    case EVENT_CHILD_WORKFLOW_EXECUTION_TERMINATED:
        child_apply(execution, event);
        return;
    case EVENT_LAMBDA_FUNCTION_SCHEDULED:
    case EVENT_LAMBDA_FUNCTION_STARTED:
    case EVENT_LAMBDA_FUNCTION_COMPLETED:
    case EVENT_LAMBDA_FUNCTION_FAILED:
    case EVENT_LAMBDA_FUNCTION_TIMED_OUT:
    case EVENT_START_LAMBDA_FUNCTION_FAILED:
        lambda_apply(execution, event);
        return;
    default:
        if (event_type_closes(event->type))
            close_apply(execution, event);
        return; /* signals, markers and failures change nothing that is kept */
    }
}

void execution_apply(struct execution *execution, const struct event *event)
{
    ensure(event->id == execution->next_event_id); /* E1 */
    execution->next_event_id++;
    execution->last_event_at = instant_later(execution->last_event_at, event->timestamp); /* E2 */
    apply_by_family(execution, event);
}

void execution_set_deadline(struct execution *execution, struct deadline *deadline,
                            struct instant at)
{
    deadline->at = at;
    if (at.ms == INSTANT_NEVER.ms)
        heap_remove(&execution->deadlines, &deadline->node);
    else if (heap_has(&deadline->node))
        heap_update(&execution->deadlines, &deadline->node);
    else
        heap_add(&execution->deadlines, &deadline->node);
}

struct instant execution_next_due(const struct execution *execution)
{
    const struct heap_node *first = heap_first(&execution->deadlines);
    struct instant end;

    if (!execution->is_open)
        return INSTANT_NEVER;
    end = timeout_from(execution->settings.execution_timeout, execution->started_at);
    return first ? instant_earlier(end, object_of(first, const struct deadline, node)->at) : end;
}

int32_t execution_priority(const struct execution *execution)
{
    return priority_parse(execution->settings.task_priority);
}

struct workflow_execution_open_counts execution_open_counts(const struct execution *execution)
{
    const struct decision_tasks *decision = &execution->decision;

    return (struct workflow_execution_open_counts){
        .open_activity_tasks = (int32_t)execution->activity_count,
        /* The service reports one at most, also when one waits behind a started one. */
        .open_decision_tasks = decision->waiting_event_id || decision->started_event_id,
        .open_timers = (int32_t)execution->timer_count,
        .open_child_workflow_executions = (int32_t)execution->child_count,
        .open_lambda_functions = (int32_t)execution->lambda_count,
    };
}

static bool has_activity_id(const void *object, const void *key)
{
    return bytes_equal(((const struct activity *)object)->activity_id, *(const struct bytes *)key);
}

struct activity *execution_find_activity(const struct execution *execution,
                                         struct bytes activity_id)
{
    return map_find(&execution->activities_by_id, hash_bytes(activity_id), has_activity_id,
                    &activity_id);
}

static bool has_scheduled_event(const void *object, const void *key)
{
    return ((const struct activity *)object)->scheduled_event_id == *(const int64_t *)key;
}

struct activity *execution_get_activity(const struct execution *execution,
                                        int64_t scheduled_event_id)
{
    return map_find(&execution->activities_by_event, hash_u64((uint64_t)scheduled_event_id),
                    has_scheduled_event, &scheduled_event_id);
}

static bool has_timer_id(const void *object, const void *key)
{
    return bytes_equal(((const struct timer *)object)->timer_id, *(const struct bytes *)key);
}

struct timer *execution_find_timer(const struct execution *execution, struct bytes timer_id)
{
    return map_find(&execution->timers_by_id, hash_bytes(timer_id), has_timer_id, &timer_id);
}

static void reset_heartbeat(struct execution *execution, struct activity *activity,
                            struct instant now)
{
    enum activity_task_timeout_type type;

    activity->heartbeat_at = now;
    execution_set_deadline(execution, &activity->deadline, activity_deadline(activity, &type));
}

void execution_heartbeat(struct execution *execution, struct activity *activity, struct instant now,
                         struct bytes details)
{
    if (!bytes_is_absent(details)) {
        execution->texts_bytes += details.len - activity->heartbeat_details.len;
        memory_free((void *)(uintptr_t)activity->heartbeat_details.ptr);
        activity->heartbeat_details = memory_copy(details);
    }
    reset_heartbeat(execution, activity, now);
}

void execution_restart_heartbeats(struct execution *execution, struct instant now)
{
    struct list *node = execution->is_open ? list_first(&execution->activities) : NULL;

    for (; node; node = list_next(&execution->activities, node)) {
        struct activity *activity = object_of(node, struct activity, open);

        if (activity->started_event_id)
            reset_heartbeat(execution, activity, now);
    }
}

static bool needs_heartbeats(const struct activity *activity)
{
    return activity->started_event_id &&
           (activity->heartbeat.seconds >= 0 || !bytes_is_absent(activity->heartbeat_details));
}

bool execution_is_its_history(const struct execution *execution)
{
    const struct list *node = list_first(&execution->activities);

    for (; node; node = list_next(&execution->activities, node))
        if (needs_heartbeats(object_of(node, const struct activity, open)))
            return false;
    node = list_first(&execution->lambdas);
    for (; node; node = list_next(&execution->lambdas, node))
        if (object_of(node, const struct lambda, open)->started_event_id)
            return false;
    return true;
}

/* What the lists of a decision task come to, and what the heap of the process adds to a piece of
 * memory. */
#define LISTS_BYTES 48
#define PIECE_BYTES 16

static size_t map_memory(const struct map *map)
{
    return map->capacity * sizeof(*map->slots);
}

size_t execution_memory(const struct execution *execution)
{
    return sizeof(*execution) + execution->settings.memory_bytes + LISTS_BYTES + 3 * PIECE_BYTES +
           execution->texts_bytes +
           execution->activity_count * (sizeof(struct activity) + PIECE_BYTES) +
           execution->timer_count * (sizeof(struct timer) + PIECE_BYTES) +
           execution->child_count * (sizeof(struct child) + PIECE_BYTES) +
           execution->lambda_count * (sizeof(struct lambda) + PIECE_BYTES) +
           map_memory(&execution->activities_by_id) + map_memory(&execution->activities_by_event) +
           map_memory(&execution->timers_by_id) + map_memory(&execution->children_by_event) +
           map_memory(&execution->lambdas_by_id) + map_memory(&execution->lambdas_by_event) +
           execution->deadlines.capacity * sizeof(*execution->deadlines.nodes);
}

static void check_activities(const struct execution *execution, uint32_t *deadlines)
{
    enum activity_task_timeout_type type;
    const struct list *node = list_first(&execution->activities);
    uint32_t count = 0;

    for (; node; node = list_next(&execution->activities, node), count++) {
        const struct activity *activity = object_of(node, const struct activity, open);

        ensure(activity->scheduled_event_id > 0); /* E4 */
        ensure(activity->scheduled_event_id < execution->next_event_id);
        ensure(activity->started_event_id < execution->next_event_id);
        ensure(execution_find_activity(execution, activity->activity_id) == activity);
        ensure(execution_get_activity(execution, activity->scheduled_event_id) == activity);
        ensure(!execution->is_open || /* E5 */
               activity->deadline.at.ms == activity_deadline(activity, &type).ms);
        *deadlines += heap_has(&activity->deadline.node);
    }
    ensure(count == execution->activity_count);
    ensure(count == execution->activities_by_id.count);
    ensure(count == execution->activities_by_event.count);
}

static void check_timers(const struct execution *execution, uint32_t *deadlines)
{
    const struct list *node = list_first(&execution->timers);
    uint32_t count = 0;

    for (; node; node = list_next(&execution->timers, node), count++) {
        const struct timer *timer = object_of(node, const struct timer, open);

        ensure(timer->started_event_id > 0); /* E4 */
        ensure(timer->started_event_id < execution->next_event_id);
        ensure(execution_find_timer(execution, timer->timer_id) == timer);
        *deadlines += heap_has(&timer->deadline.node);
    }
    ensure(count == execution->timer_count);
    ensure(count == execution->timers_by_id.count);
}

static void check_children(const struct execution *execution)
{
    const struct list *node = list_first(&execution->children);
    uint32_t count = 0;

    for (; node; node = list_next(&execution->children, node), count++) {
        const struct child *child = object_of(node, const struct child, open);

        ensure(child->initiated_event_id > 0); /* E4 */
        ensure(child->started_event_id < execution->next_event_id);
        ensure(child_get(execution, child->initiated_event_id) == child);
    }
    ensure(count == execution->child_count);
    ensure(count == execution->children_by_event.count);
}

static void check_lambdas(const struct execution *execution, uint32_t *deadlines)
{
    const struct list *node = list_first(&execution->lambdas);
    uint32_t count = 0;

    for (; node; node = list_next(&execution->lambdas, node), count++) {
        const struct lambda *lambda = object_of(node, const struct lambda, open);

        ensure(lambda->scheduled_event_id > 0); /* E4 */
        ensure(lambda->started_event_id < execution->next_event_id);
        ensure(lambda_find(execution, lambda->id) == lambda);
        ensure(lambda_get(execution, lambda->scheduled_event_id) == lambda);
        ensure(lambda->started_event_id || !heap_has(&lambda->deadline.node)); /* E5 */
        ensure(!execution->is_open || !lambda->started_event_id ||
               lambda->start_to_close.seconds < 0 || heap_has(&lambda->deadline.node));
        *deadlines += heap_has(&lambda->deadline.node);
    }
    ensure(count == execution->lambda_count);
    ensure(count == execution->lambdas_by_id.count);
    ensure(count == execution->lambdas_by_event.count);
}

static size_t sum_texts(const struct execution *execution)
{
    const struct list *node = list_first(&execution->activities);
    size_t sum = 0;

    for (; node; node = list_next(&execution->activities, node))
        sum += activity_texts(object_of(node, const struct activity, open));
    node = list_first(&execution->timers);
    for (; node; node = list_next(&execution->timers, node))
        sum += object_of(node, const struct timer, open)->timer_id.len;
    node = list_first(&execution->children);
    for (; node; node = list_next(&execution->children, node))
        sum += object_of(node, const struct child, open)->workflow_id.len;
    node = list_first(&execution->lambdas);
    for (; node; node = list_next(&execution->lambdas, node))
        sum += object_of(node, const struct lambda, open)->id.len;
    return sum;
}

void execution_check(const struct execution *execution)
{
    const struct decision_tasks *decision = &execution->decision;
    uint32_t deadlines = heap_has(&decision->deadline.node);

    ensure(execution->next_event_id >= 1);
    ensure(decision->waiting_event_id < execution->next_event_id); /* E3, E4 */
    ensure(decision->started_event_id < execution->next_event_id);
    ensure(decision->started_event_id == 0 || decision->started_scheduled_event_id > 0);
    ensure(decision->previous_started_event_id < execution->next_event_id);
    check_activities(execution, &deadlines);
    check_timers(execution, &deadlines);
    check_children(execution);
    check_lambdas(execution, &deadlines);
    ensure(sum_texts(execution) == execution->texts_bytes);
    ensure(deadlines == execution->deadlines.count); /* E5 */
    ensure(execution->is_open || deadlines == 0);    /* E6 */
}
