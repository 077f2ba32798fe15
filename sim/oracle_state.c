/*
 * What events do to what is pending: lists that are searched from end to end.
 */
#include "oracle_inner.h"
#include "model/timeout.h"

/* ---- finding */

struct oracle_run *run_find(struct oracle *oracle, uint64_t number)
{
    return number > 0 && number <= oracle->run_count ? oracle->runs[number - 1] : NULL;
}

struct oracle_run *run_find_names(struct oracle *oracle, struct oracle_domain *domain,
                                  struct bytes workflow_id, struct bytes run_id)
{
    for (size_t i = oracle->run_count; i > 0; i--) {
        struct oracle_run *run = oracle->runs[i - 1];

        if (run && run->domain == domain && bytes_equal(run->run_id, run_id) &&
            bytes_equal(run->workflow_id, workflow_id))
            return run;
    }
    return NULL;
}

struct oracle_run *run_find_open(struct oracle *oracle, struct oracle_domain *domain,
                                 struct bytes workflow_id)
{
    for (struct oracle_run *run = oracle->open; run; run = run->next_open)
        if (run->domain == domain && bytes_equal(run->workflow_id, workflow_id))
            return run;
    return NULL;
}

bool run_is_gone(const struct oracle *oracle, const struct oracle_run *run)
{
    return !run->is_open && !instant_before(oracle->now, run->expires);
}

struct oracle_activity *activity_with(const struct oracle_run *run, int64_t scheduled_id)
{
    for (struct oracle_activity *item = run->activities; item; item = item->next)
        if (item->scheduled_id == scheduled_id)
            return item;
    return NULL;
}

struct oracle_timer *timer_with(const struct oracle_run *run, int64_t started_id)
{
    for (struct oracle_timer *item = run->timers; item; item = item->next)
        if (item->started_id == started_id)
            return item;
    return NULL;
}

struct oracle_child *child_with(const struct oracle_run *run, int64_t initiated_id)
{
    for (struct oracle_child *item = run->children; item; item = item->next)
        if (item->initiated_id == initiated_id)
            return item;
    return NULL;
}

struct oracle_lambda *lambda_with(const struct oracle_run *run, int64_t scheduled_id)
{
    for (struct oracle_lambda *item = run->lambdas; item; item = item->next)
        if (item->scheduled_id == scheduled_id)
            return item;
    return NULL;
}

struct oracle_activity *activity_find_id(const struct oracle_run *run, struct bytes id)
{
    for (struct oracle_activity *activity = run->activities; activity; activity = activity->next)
        if (bytes_equal(activity->says->activity_id, id))
            return activity;
    return NULL;
}

struct oracle_timer *timer_find_id(const struct oracle_run *run, struct bytes id)
{
    for (struct oracle_timer *timer = run->timers; timer; timer = timer->next)
        if (bytes_equal(timer->says->timer_id, id))
            return timer;
    return NULL;
}

/* ---- lists: what is added comes last */

#define ADD(oracle, list, item_type)                                             \
    ({                                                                           \
        struct item_type *added = arena_new(&(oracle)->arena, struct item_type); \
        struct item_type **end = &(list);                                        \
        while (*end)                                                             \
            end = &(*end)->next;                                                 \
        *end = added;                                                            \
        added;                                                                   \
    })

#define REMOVE(list, item)                 \
    do {                                   \
        __typeof__(item) *place = &(list); \
        while (*place && *place != (item)) \
            place = &(*place)->next;       \
        if (*place)                        \
            *place = (item)->next;         \
    } while (0)

static int32_t lambda_count(const struct oracle_run *run)
{
    int32_t count = 0;

    for (const struct oracle_lambda *lambda = run->lambdas; lambda; lambda = lambda->next)
        count++;
    return count;
}

const struct workflow_execution_open_counts *open_counts(const struct oracle_run *run,
                                                         struct arena *arena)
{
    struct workflow_execution_open_counts *counts;

    if (run->counts_at_close)
        return run->counts_at_close;
    counts = arena_new(arena, struct workflow_execution_open_counts);
    for (const struct oracle_activity *item = run->activities; item; item = item->next)
        counts->open_activity_tasks++;
    for (const struct oracle_timer *item = run->timers; item; item = item->next)
        counts->open_timers++;
    for (const struct oracle_child *item = run->children; item; item = item->next)
        counts->open_child_workflow_executions++;
    counts->open_lambda_functions = lambda_count(run);
    counts->open_decision_tasks = run->waiting.scheduled_id || run->started.scheduled_id;
    return counts;
}

/* ---- a new run */

static void list_open(struct oracle *oracle, struct oracle_run *run)
{
    struct oracle_run **end = &oracle->open;

    while (*end)
        end = &(*end)->next_open;
    *end = run;
}

static void unlist_open(struct oracle *oracle, struct oracle_run *run)
{
    struct oracle_run **place = &oracle->open;

    while (*place != run)
        place = &(*place)->next_open;
    *place = run->next_open;
}

struct oracle_run *run_add(struct oracle *oracle, const struct seen_step *step,
                           struct oracle_domain *domain)
{
    struct oracle_run *run = arena_new(&oracle->arena, struct oracle_run);

    while (oracle->run_capacity < step->key.run) {
        oracle->run_capacity = oracle->run_capacity ? oracle->run_capacity * 2 : 64;
        oracle->runs = memory_resize(oracle->runs, oracle->run_capacity * sizeof(*oracle->runs));
    }
    while (oracle->run_count < step->key.run)
        oracle->runs[oracle->run_count++] = NULL;
    oracle->runs[step->key.run - 1] = run;
    run->key = step->key;
    run->domain = domain;
    run->workflow_id = arena_copy(&oracle->arena, step->names.workflow_id);
    run->run_id = arena_copy(&oracle->arena, step->names.run_id);
    run->is_open = true;
    list_open(oracle, run);
    return run;
}

static void keep_events(struct oracle *oracle, struct oracle_run *run, const struct seen_step *step)
{
    if (run->count + step->count > run->capacity) {
        size_t capacity = (run->count + step->count) * 2;
        struct event *events = arena_array(&oracle->arena, struct event, capacity);
        struct bytes *texts = arena_array(&oracle->arena, struct bytes, capacity);

        if (run->count) {
            memcpy(events, run->events, run->count * sizeof(*events));
            memcpy(texts, run->texts, run->count * sizeof(*texts));
        }
        run->events = events;
        run->texts = texts;
        run->capacity = capacity;
    }
    memcpy(run->events + run->count, step->events, step->count * sizeof(*step->events));
    memcpy(run->texts + run->count, step->texts, step->count * sizeof(*step->texts));
    run->count += step->count;
}

/* ---- events, by family */

static void apply_started(struct oracle *oracle, struct oracle_run *run, const struct event *event)
{
    const struct workflow_execution_started_event *says = event->workflow_execution_started;

    run->says = says;
    run->started_at = event->timestamp;
    run->parent_initiated_id = says->parent_initiated_event_id;
    if (says->parent_workflow_execution)
        run->parent = run_find_names(oracle, run->domain,
                                     says->parent_workflow_execution->workflow_id,
                                     says->parent_workflow_execution->run_id);
}

static void apply_close(struct oracle *oracle, struct oracle_run *run, const struct event *event)
{
    static const enum close_status statuses[EVENT_TYPE_COUNT + 1] = {
        [EVENT_WORKFLOW_EXECUTION_COMPLETED] = CLOSE_STATUS_COMPLETED,
        [EVENT_WORKFLOW_EXECUTION_FAILED] = CLOSE_STATUS_FAILED,
        [EVENT_WORKFLOW_EXECUTION_TIMED_OUT] = CLOSE_STATUS_TIMED_OUT,
        [EVENT_WORKFLOW_EXECUTION_CANCELED] = CLOSE_STATUS_CANCELED,
        [EVENT_WORKFLOW_EXECUTION_CONTINUED_AS_NEW] = CLOSE_STATUS_CONTINUED_AS_NEW,
        [EVENT_WORKFLOW_EXECUTION_TERMINATED] = CLOSE_STATUS_TERMINATED,
    };

    run->counts_at_close = open_counts(run, &oracle->arena);
    run->close_policy = run->says->child_policy;
    if (event->type == EVENT_WORKFLOW_EXECUTION_TERMINATED)
        run->close_policy = event->workflow_execution_terminated->child_policy;
    run->is_open = false;
    run->close_status = statuses[event->type];
    run->closed_at = event->timestamp;
    run->close_order = ++oracle->closes;
    run->expires = instant_add(event->timestamp,
                               duration_of_s(run->domain->retention_days * 24 * 3600));
    unlist_open(oracle, run);
}

static void apply_cancel_request(struct oracle *oracle, struct oracle_run *run,
                                 const struct event *event)
{
    (void)oracle, (void)event;
    run->cancel_requested = true;
}

static void apply_decision_task(struct oracle *oracle, struct oracle_run *run,
                                const struct event *event)
{
    const struct decision_task_completed_event *done;

    (void)oracle;
    switch (event->type) {
    case EVENT_DECISION_TASK_SCHEDULED:
        run->waiting = (struct oracle_decision_task){
            .scheduled_id = event->id,
            .available_at = event->timestamp,
            .says = event->decision_task_scheduled,
        };
        return;
    case EVENT_DECISION_TASK_STARTED:
        run->started = run->waiting;
        run->started.started_id = event->id;
        run->started.started_at = event->timestamp;
        run->waiting = (struct oracle_decision_task){ 0 };
        return;
    case EVENT_DECISION_TASK_COMPLETED:
        done = event->decision_task_completed;
        run->previous_started_id = run->started.started_id;
        if (!bytes_is_absent(done->execution_context))
            run->context = done->execution_context;
        if (done->task_list) {
            run->override = done->task_list;
            run->override_timeout = done->task_list_schedule_to_start_timeout;
        }
        break;
    default: /* timed out: an override for a while is over */
        if (ends_override(run, event->decision_task_timed_out->started_event_id
                                   ? run->started.says
                                   : run->waiting.says)) {
            run->override = NULL;
            run->override_timeout = BYTES_ABSENT;
        }
        if (event->decision_task_timed_out->timeout_type ==
            DECISION_TASK_TIMEOUT_TYPE_SCHEDULE_TO_START) {
            run->waiting = (struct oracle_decision_task){ 0 };
            return;
        }
    }
    run->started = (struct oracle_decision_task){ 0 };
    run->waiting.available_at = event->timestamp;
}

static void apply_activity(struct oracle *oracle, struct oracle_run *run, const struct event *event)
{
    struct oracle_activity *activity;

    run->latest_activity = event->timestamp;
    switch (event->type) {
    case EVENT_ACTIVITY_TASK_SCHEDULED:
        activity = ADD(oracle, run->activities, oracle_activity);
        activity->scheduled_id = event->id;
        activity->scheduled_at = event->timestamp;
        activity->says = event->activity_task_scheduled;
        return;
    case EVENT_ACTIVITY_TASK_STARTED:
        activity = activity_with(run, event->activity_task_started->scheduled_event_id);
        activity->started_id = event->id;
        activity->started_at = activity->heartbeat_at = event->timestamp;
        return;
    case EVENT_ACTIVITY_TASK_COMPLETED:
        activity = activity_with(run, event->activity_task_completed->scheduled_event_id);
        break;
    case EVENT_ACTIVITY_TASK_FAILED:
        activity = activity_with(run, event->activity_task_failed->scheduled_event_id);
        break;
    case EVENT_ACTIVITY_TASK_CANCELED:
        activity = activity_with(run, event->activity_task_canceled->scheduled_event_id);
        break;
    default:
        activity = activity_with(run, event->activity_task_timed_out->scheduled_event_id);
        break;
    }
    REMOVE(run->activities, activity);
}

static void apply_activity_cancel_request(struct oracle *oracle, struct oracle_run *run,
                                          const struct event *event)
{
    struct bytes id = event->activity_task_cancel_requested->activity_id;

    (void)oracle;
    activity_find_id(run, id)->cancel_id = event->id;
}

static void apply_timer(struct oracle *oracle, struct oracle_run *run, const struct event *event)
{
    struct oracle_timer *timer;

    if (event->type == EVENT_TIMER_STARTED) {
        timer = ADD(oracle, run->timers, oracle_timer);
        timer->started_id = event->id;
        timer->at = event->timestamp;
        timer->says = event->timer_started;
        return;
    }
    timer = timer_with(run, event->type == EVENT_TIMER_FIRED
                                ? event->timer_fired->started_event_id
                                : event->timer_canceled->started_event_id);
    REMOVE(run->timers, timer);
}

static void remove_child(struct oracle_run *run, int64_t initiated_id)
{
    struct oracle_child *child = child_with(run, initiated_id);

    if (child)
        REMOVE(run->children, child);
}

static void apply_child(struct oracle *oracle, struct oracle_run *run, const struct event *event)
{
    struct oracle_child *child;

    switch (event->type) {
    case EVENT_START_CHILD_WORKFLOW_EXECUTION_INITIATED:
        child = ADD(oracle, run->children, oracle_child);
        child->initiated_id = event->id;
        child->says = event->start_child_workflow_execution_initiated;
        break;
    case EVENT_CHILD_WORKFLOW_EXECUTION_STARTED:
        child_with(run, event->child_workflow_execution_started->initiated_event_id)->started_id =
            event->id;
        break;
    case EVENT_START_CHILD_WORKFLOW_EXECUTION_FAILED:
        remove_child(run, event->start_child_workflow_execution_failed->initiated_event_id);
        break;
    case EVENT_CHILD_WORKFLOW_EXECUTION_COMPLETED:
        remove_child(run, event->child_workflow_execution_completed->initiated_event_id);
        break;
    case EVENT_CHILD_WORKFLOW_EXECUTION_FAILED:
        remove_child(run, event->child_workflow_execution_failed->initiated_event_id);
        break;
    case EVENT_CHILD_WORKFLOW_EXECUTION_TIMED_OUT:
        remove_child(run, event->child_workflow_execution_timed_out->initiated_event_id);
        break;
    case EVENT_CHILD_WORKFLOW_EXECUTION_CANCELED:
        remove_child(run, event->child_workflow_execution_canceled->initiated_event_id);
        break;
    default:
        remove_child(run, event->child_workflow_execution_terminated->initiated_event_id);
    }
}

static void remove_external(struct oracle_run *run, int64_t initiated_id)
{
    for (struct oracle_external *item = run->externals; item; item = item->next)
        if (item->initiated_id == initiated_id) {
            REMOVE(run->externals, item);
            return;
        }
}

static void apply_external(struct oracle *oracle, struct oracle_run *run, const struct event *event)
{
    struct oracle_external *external;

    switch (event->type) {
    case EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED:
    case EVENT_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED:
        external = ADD(oracle, run->externals, oracle_external);
        external->initiated_id = event->id;
        external->event = event;
        break;
    case EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED:
        remove_external(run, event->signal_external_workflow_execution_failed->initiated_event_id);
        break;
    case EVENT_EXTERNAL_WORKFLOW_EXECUTION_SIGNALED:
        remove_external(run, event->external_workflow_execution_signaled->initiated_event_id);
        break;
    case EVENT_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED:
        remove_external(
            run, event->request_cancel_external_workflow_execution_failed->initiated_event_id);
        break;
    default:
        remove_external(run,
                        event->external_workflow_execution_cancel_requested->initiated_event_id);
    }
}

static void remove_lambda(struct oracle_run *run, int64_t scheduled_id)
{
    struct oracle_lambda *lambda = lambda_with(run, scheduled_id);

    REMOVE(run->lambdas, lambda);
}

static void apply_lambda(struct oracle *oracle, struct oracle_run *run, const struct event *event)
{
    struct oracle_lambda *lambda;

    switch (event->type) {
    case EVENT_LAMBDA_FUNCTION_SCHEDULED:
        lambda = ADD(oracle, run->lambdas, oracle_lambda);
        lambda->scheduled_id = event->id;
        lambda->says = event->lambda_function_scheduled;
        break;
    case EVENT_LAMBDA_FUNCTION_STARTED:
        lambda = lambda_with(run, event->lambda_function_started->scheduled_event_id);
        lambda->started_id = event->id;
        lambda->started_at = event->timestamp;
        break;
    case EVENT_LAMBDA_FUNCTION_COMPLETED:
        remove_lambda(run, event->lambda_function_completed->scheduled_event_id);
        break;
    case EVENT_LAMBDA_FUNCTION_FAILED:
        remove_lambda(run, event->lambda_function_failed->scheduled_event_id);
        break;
    case EVENT_LAMBDA_FUNCTION_TIMED_OUT:
        remove_lambda(run, event->lambda_function_timed_out->scheduled_event_id);
        break;
    default:
        remove_lambda(run, event->start_lambda_function_failed->scheduled_event_id);
    }
}

/* Of the others, signals, markers, decisions that failed, nothing is pending afterwards. */
static void (*const appliers[EVENT_TYPE_COUNT + 1])(struct oracle *oracle, struct oracle_run *run,
                                                    const struct event *event) = {
    [EVENT_WORKFLOW_EXECUTION_STARTED] = apply_started,
    [EVENT_WORKFLOW_EXECUTION_CANCEL_REQUESTED] = apply_cancel_request,
    [EVENT_WORKFLOW_EXECUTION_COMPLETED] = apply_close,
    [EVENT_WORKFLOW_EXECUTION_FAILED] = apply_close,
    [EVENT_WORKFLOW_EXECUTION_TIMED_OUT] = apply_close,
    [EVENT_WORKFLOW_EXECUTION_CANCELED] = apply_close,
    [EVENT_WORKFLOW_EXECUTION_CONTINUED_AS_NEW] = apply_close,
    [EVENT_WORKFLOW_EXECUTION_TERMINATED] = apply_close,
    [EVENT_DECISION_TASK_SCHEDULED] = apply_decision_task,
    [EVENT_DECISION_TASK_STARTED] = apply_decision_task,
    [EVENT_DECISION_TASK_COMPLETED] = apply_decision_task,
    [EVENT_DECISION_TASK_TIMED_OUT] = apply_decision_task,
    [EVENT_ACTIVITY_TASK_CANCEL_REQUESTED] = apply_activity_cancel_request,
    [EVENT_ACTIVITY_TASK_SCHEDULED] = apply_activity,
    [EVENT_ACTIVITY_TASK_STARTED] = apply_activity,
    [EVENT_ACTIVITY_TASK_COMPLETED] = apply_activity,
    [EVENT_ACTIVITY_TASK_FAILED] = apply_activity,
    [EVENT_ACTIVITY_TASK_TIMED_OUT] = apply_activity,
    [EVENT_ACTIVITY_TASK_CANCELED] = apply_activity,
    [EVENT_TIMER_STARTED] = apply_timer,
    [EVENT_TIMER_FIRED] = apply_timer,
    [EVENT_TIMER_CANCELED] = apply_timer,
    [EVENT_START_CHILD_WORKFLOW_EXECUTION_INITIATED] = apply_child,
    [EVENT_START_CHILD_WORKFLOW_EXECUTION_FAILED] = apply_child,
    [EVENT_CHILD_WORKFLOW_EXECUTION_STARTED] = apply_child,
    [EVENT_CHILD_WORKFLOW_EXECUTION_COMPLETED] = apply_child,
    [EVENT_CHILD_WORKFLOW_EXECUTION_FAILED] = apply_child,
    [EVENT_CHILD_WORKFLOW_EXECUTION_TIMED_OUT] = apply_child,
    [EVENT_CHILD_WORKFLOW_EXECUTION_CANCELED] = apply_child,
    [EVENT_CHILD_WORKFLOW_EXECUTION_TERMINATED] = apply_child,
    [EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED] = apply_external,
    [EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED] = apply_external,
    [EVENT_EXTERNAL_WORKFLOW_EXECUTION_SIGNALED] = apply_external,
    [EVENT_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED] = apply_external,
    [EVENT_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED] = apply_external,
    [EVENT_EXTERNAL_WORKFLOW_EXECUTION_CANCEL_REQUESTED] = apply_external,
    [EVENT_LAMBDA_FUNCTION_SCHEDULED] = apply_lambda,
    [EVENT_LAMBDA_FUNCTION_STARTED] = apply_lambda,
    [EVENT_LAMBDA_FUNCTION_COMPLETED] = apply_lambda,
    [EVENT_LAMBDA_FUNCTION_FAILED] = apply_lambda,
    [EVENT_LAMBDA_FUNCTION_TIMED_OUT] = apply_lambda,
    [EVENT_START_LAMBDA_FUNCTION_FAILED] = apply_lambda,
};

void run_apply(struct oracle *oracle, struct oracle_run *run, const struct seen_step *step)
{
    size_t before = run->count;

    keep_events(oracle, run, step);
    for (size_t i = before; i < run->count; i++)
        if (appliers[run->events[i].type])
            appliers[run->events[i].type](oracle, run, &run->events[i]);
    oracle->checks++;
    owed_note_events(oracle, run, step);
    owed_note_change(oracle);
}
