#include "engine/activity.h"
#include "base/ensure.h"
#include "base/hash.h"
#include "base/memory.h"
#include "engine/decision_task.h"
#include "engine/registry.h"
#include "model/priority.h"

/* ---- the decision ScheduleActivityTask ---- */

/* The settings of a new activity: what the decision gives, else what the type registered. */
struct activity_settings {
    const struct task_list *task_list;
    struct bytes priority;
    struct bytes schedule_to_start, schedule_to_close, start_to_close, heartbeat;
};

static struct activity_settings resolve(const struct schedule_activity_task_decision *wanted,
                                        const struct activity_type_configuration *defaults)
{
    return (struct activity_settings){
        .task_list = wanted->task_list ? wanted->task_list : defaults->default_task_list,
        .priority = bytes_or(wanted->task_priority, defaults->default_task_priority),
        .schedule_to_start = bytes_or(wanted->schedule_to_start_timeout,
                                      defaults->default_task_schedule_to_start_timeout),
        .schedule_to_close = bytes_or(wanted->schedule_to_close_timeout,
                                      defaults->default_task_schedule_to_close_timeout),
        .start_to_close = bytes_or(wanted->start_to_close_timeout,
                                   defaults->default_task_start_to_close_timeout),
        .heartbeat = bytes_or(wanted->heartbeat_timeout, defaults->default_task_heartbeat_timeout),
    };
}

/* The heartbeat timeout must be given or registered like the others (Q-HB1). */
static enum schedule_activity_task_failed_cause undefined_default(
    const struct activity_settings *settings)
{
    if (settings->task_list == NULL)
        return SCHEDULE_ACTIVITY_TASK_FAILED_CAUSE_DEFAULT_TASK_LIST_UNDEFINED;
    if (bytes_is_absent(settings->schedule_to_start))
        return SCHEDULE_ACTIVITY_TASK_FAILED_CAUSE_DEFAULT_SCHEDULE_TO_START_TIMEOUT_UNDEFINED;
    if (bytes_is_absent(settings->schedule_to_close))
        return SCHEDULE_ACTIVITY_TASK_FAILED_CAUSE_DEFAULT_SCHEDULE_TO_CLOSE_TIMEOUT_UNDEFINED;
    if (bytes_is_absent(settings->start_to_close))
        return SCHEDULE_ACTIVITY_TASK_FAILED_CAUSE_DEFAULT_START_TO_CLOSE_TIMEOUT_UNDEFINED;
    if (bytes_is_absent(settings->heartbeat))
        return SCHEDULE_ACTIVITY_TASK_FAILED_CAUSE_DEFAULT_HEARTBEAT_TIMEOUT_UNDEFINED;
    return SCHEDULE_ACTIVITY_TASK_FAILED_CAUSE_ABSENT;
}

static bool activity_id_is_taken(const struct completion *completion, struct bytes activity_id)
{
    return execution_find_activity(completion->execution, activity_id) != NULL ||
           listed_ids_find(&completion->activities, activity_id) != NULL;
}

static bool too_many_activities(const struct completion *completion)
{
    uint32_t limit = completion->facts->limits->open_activities;

    return limit && completion->execution->activity_count + completion->activities.opened >= limit;
}

/* The first reason not to schedule; the order in which the service looks (decision
 * ScheduleActivityTask, failure causes). */
static enum schedule_activity_task_failed_cause why_not_schedule(
    const struct completion *completion, const struct decision *decision,
    struct activity_settings *settings)
{
    const struct schedule_activity_task_decision *wanted = decision->schedule_activity_task;
    const struct type_record *type;
    enum schedule_activity_task_failed_cause cause;

    if (!facts_permit(completion->facts, decision))
        return SCHEDULE_ACTIVITY_TASK_FAILED_CAUSE_OPERATION_NOT_PERMITTED;
    type = domain_find_activity_type(completion->facts->domain, wanted->activity_type->name,
                                     wanted->activity_type->version);
    if (type == NULL)
        return SCHEDULE_ACTIVITY_TASK_FAILED_CAUSE_ACTIVITY_TYPE_DOES_NOT_EXIST;
    if (type_is_deprecated(type))
        return SCHEDULE_ACTIVITY_TASK_FAILED_CAUSE_ACTIVITY_TYPE_DEPRECATED;
    if (activity_id_is_taken(completion, wanted->activity_id))
        return SCHEDULE_ACTIVITY_TASK_FAILED_CAUSE_ACTIVITY_ID_ALREADY_IN_USE;
    *settings = resolve(wanted, type_activity_defaults(type));
    cause = undefined_default(settings);
    if (cause == SCHEDULE_ACTIVITY_TASK_FAILED_CAUSE_ABSENT && too_many_activities(completion))
        cause = SCHEDULE_ACTIVITY_TASK_FAILED_CAUSE_OPEN_ACTIVITIES_LIMIT_EXCEEDED;
    if (cause == SCHEDULE_ACTIVITY_TASK_FAILED_CAUSE_ABSENT &&
        facts_rate_exceeded(completion->facts, DECISION_SCHEDULE_ACTIVITY_TASK,
                            completion->activities.opened))
        cause = SCHEDULE_ACTIVITY_TASK_FAILED_CAUSE_ACTIVITY_CREATION_RATE_EXCEEDED;
    return cause;
}

static void fail_to_schedule(struct completion *completion,
                             const struct schedule_activity_task_decision *wanted,
                             enum schedule_activity_task_failed_cause cause)
{
    struct schedule_activity_task_failed_event *failed = arena_new(
        completion->out->arena, struct schedule_activity_task_failed_event);

    failed->activity_type = wanted->activity_type;
    failed->activity_id = wanted->activity_id;
    failed->cause = cause;
    failed->decision_task_completed_event_id = completion->completed_event_id;
    event_list_add(completion->out, EVENT_SCHEDULE_ACTIVITY_TASK_FAILED, failed);
    completion->needs_decision = true;
}

static void schedule(struct completion *completion,
                     const struct schedule_activity_task_decision *wanted,
                     const struct activity_settings *settings)
{
    struct event_list *out = completion->out;
    struct activity_task_scheduled_event *scheduled = arena_new(
        out->arena, struct activity_task_scheduled_event);
    int64_t event_id;

    scheduled->activity_type = wanted->activity_type;
    scheduled->activity_id = wanted->activity_id;
    scheduled->input = wanted->input;
    scheduled->control = wanted->control;
    scheduled->task_list = settings->task_list;
    scheduled->task_priority = settings->priority;
    scheduled->schedule_to_start_timeout = settings->schedule_to_start;
    scheduled->schedule_to_close_timeout = settings->schedule_to_close;
    scheduled->start_to_close_timeout = settings->start_to_close;
    scheduled->heartbeat_timeout = settings->heartbeat;
    scheduled->decision_task_completed_event_id = completion->completed_event_id;
    event_id = event_list_add(out, EVENT_ACTIVITY_TASK_SCHEDULED, scheduled);
    listed_ids_add(&completion->activities, out->arena, wanted->activity_id, event_id, true);
}

void activity_decide_schedule(struct completion *completion, const struct decision *decision)
{
    struct activity_settings settings;
    enum schedule_activity_task_failed_cause cause = why_not_schedule(completion, decision,
                                                                      &settings);

    if (cause == SCHEDULE_ACTIVITY_TASK_FAILED_CAUSE_ABSENT)
        schedule(completion, decision->schedule_activity_task, &settings);
    else
        fail_to_schedule(completion, decision->schedule_activity_task, cause);
}

/* ---- the decision RequestCancelActivityTask ---- */

/* What the list knows of an open activity, taking it up from the execution at its first mention;
 * NULL: no such one is open. */
static struct listed_id *mention(struct completion *completion, struct bytes activity_id)
{
    struct listed_id *listed = listed_ids_find(&completion->activities, activity_id);
    const struct activity *activity = execution_find_activity(completion->execution, activity_id);

    if (listed == NULL && activity)
        listed = listed_ids_add(&completion->activities, completion->out->arena, activity_id,
                                activity->scheduled_event_id, false);
    return listed;
}

static void fail_to_request_cancel(struct completion *completion, struct bytes activity_id,
                                   enum request_cancel_activity_task_failed_cause cause)
{
    struct request_cancel_activity_task_failed_event *failed = arena_new(
        completion->out->arena, struct request_cancel_activity_task_failed_event);

    failed->activity_id = activity_id;
    failed->cause = cause;
    failed->decision_task_completed_event_id = completion->completed_event_id;
    event_list_add(completion->out, EVENT_REQUEST_CANCEL_ACTIVITY_TASK_FAILED, failed);
    completion->needs_decision = true;
}

void activity_decide_request_cancel(struct completion *completion, const struct decision *decision)
{
    struct bytes activity_id = decision->request_cancel_activity_task->activity_id;
    struct activity_task_cancel_requested_event *requested;
    struct listed_id *listed;

    if (!facts_permit(completion->facts, decision)) {
        fail_to_request_cancel(completion, activity_id,
                               REQUEST_CANCEL_ACTIVITY_TASK_FAILED_CAUSE_OPERATION_NOT_PERMITTED);
        return;
    }
    listed = mention(completion, activity_id);
    if (listed == NULL) {
        fail_to_request_cancel(completion, activity_id,
                               REQUEST_CANCEL_ACTIVITY_TASK_FAILED_CAUSE_ACTIVITY_ID_UNKNOWN);
        return;
    }
    requested = arena_new(completion->out->arena, struct activity_task_cancel_requested_event);
    requested->activity_id = activity_id;
    requested->decision_task_completed_event_id = completion->completed_event_id;
    listed->cancel_event_id = event_list_add(completion->out, EVENT_ACTIVITY_TASK_CANCEL_REQUESTED,
                                             requested);
}

static bool listed_is_unstarted(const struct completion *completion, const struct listed_id *listed)
{
    const struct activity *activity;

    if (listed->opened_here)
        return true;
    activity = execution_get_activity(completion->execution, listed->event_id);
    return activity && activity->started_event_id == 0;
}

void activity_cancel_unstarted(struct completion *completion)
{
    struct listed_id *listed = completion->activities.first;

    for (; listed; listed = listed->next) {
        struct activity_task_canceled_event *canceled;

        if (listed->cancel_event_id == 0 || !listed_is_unstarted(completion, listed))
            continue;
        canceled = arena_new(completion->out->arena, struct activity_task_canceled_event);
        canceled->scheduled_event_id = listed->event_id;
        canceled->latest_cancel_requested_event_id = listed->cancel_event_id;
        event_list_add(completion->out, EVENT_ACTIVITY_TASK_CANCELED, canceled);
        completion->needs_decision = true;
    }
}

/* ---- workers ---- */

void activity_start(const struct activity *activity, struct bytes identity, struct event_list *out)
{
    struct activity_task_started_event *started = arena_new(out->arena,
                                                            struct activity_task_started_event);

    ensure(activity->started_event_id == 0);
    started->identity = identity;
    started->scheduled_event_id = activity->scheduled_event_id;
    event_list_add(out, EVENT_ACTIVITY_TASK_STARTED, started);
}

struct fault activity_find_started(const struct execution *execution, int64_t scheduled_event_id,
                                   int64_t started_event_id, struct arena *arena,
                                   struct activity **out)
{
    *out = execution_get_activity(execution, scheduled_event_id);
    if (*out && started_event_id && (*out)->started_event_id == started_event_id)
        return NO_FAULT;
    return fault_of(FAULT_UNKNOWN_RESOURCE,
                    arena_printf(arena, "Unknown activity, scheduledEventId = %lld",
                                 (long long)scheduled_event_id));
}

void activity_complete(const struct execution *execution, const struct activity *activity,
                       struct bytes result, struct event_list *out)
{
    struct activity_task_completed_event *completed = arena_new(
        out->arena, struct activity_task_completed_event);

    completed->result = result;
    completed->scheduled_event_id = activity->scheduled_event_id;
    completed->started_event_id = activity->started_event_id;
    event_list_add(out, EVENT_ACTIVITY_TASK_COMPLETED, completed);
    decision_task_need(execution, out);
}

void activity_fail(const struct execution *execution, const struct activity *activity,
                   struct bytes reason, struct bytes details, struct event_list *out)
{
    struct activity_task_failed_event *failed = arena_new(out->arena,
                                                          struct activity_task_failed_event);

    failed->reason = reason;
    failed->details = details;
    failed->scheduled_event_id = activity->scheduled_event_id;
    failed->started_event_id = activity->started_event_id;
    event_list_add(out, EVENT_ACTIVITY_TASK_FAILED, failed);
    decision_task_need(execution, out);
}

void activity_cancel(const struct execution *execution, const struct activity *activity,
                     struct bytes details, struct event_list *out)
{
    struct activity_task_canceled_event *canceled = arena_new(out->arena,
                                                              struct activity_task_canceled_event);

    canceled->details = details;
    canceled->scheduled_event_id = activity->scheduled_event_id;
    canceled->started_event_id = activity->started_event_id;
    canceled->latest_cancel_requested_event_id = activity->cancel_requested_event_id;
    event_list_add(out, EVENT_ACTIVITY_TASK_CANCELED, canceled);
    decision_task_need(execution, out);
}

/* ---- time ---- */

static void take_earlier(struct instant *at, enum activity_task_timeout_type *type,
                         struct instant other, enum activity_task_timeout_type other_type)
{
    if (instant_before(other, *at)) {
        *at = other;
        *type = other_type;
    }
}

/* Of timeouts at the same instant the first in this order counts: SCHEDULE_TO_CLOSE,
 * SCHEDULE_TO_START or START_TO_CLOSE, HEARTBEAT. */
struct instant activity_deadline(const struct activity *activity,
                                 enum activity_task_timeout_type *type)
{
    struct instant at = timeout_from(activity->schedule_to_close, activity->scheduled_at);

    *type = ACTIVITY_TASK_TIMEOUT_TYPE_SCHEDULE_TO_CLOSE;
    if (activity->started_event_id == 0) {
        take_earlier(&at, type, timeout_from(activity->schedule_to_start, activity->scheduled_at),
                     ACTIVITY_TASK_TIMEOUT_TYPE_SCHEDULE_TO_START);
        return at;
    }
    take_earlier(&at, type, timeout_from(activity->start_to_close, activity->started_at),
                 ACTIVITY_TASK_TIMEOUT_TYPE_START_TO_CLOSE);
    take_earlier(&at, type, timeout_from(activity->heartbeat, activity->heartbeat_at),
                 ACTIVITY_TASK_TIMEOUT_TYPE_HEARTBEAT);
    return at;
}

void activity_time_out(const struct execution *execution, const struct activity *activity,
                       struct event_list *out)
{
    struct activity_task_timed_out_event *timed_out = arena_new(
        out->arena, struct activity_task_timed_out_event);

    activity_deadline(activity, &timed_out->timeout_type);
    timed_out->scheduled_event_id = activity->scheduled_event_id;
    timed_out->started_event_id = activity->started_event_id;
    timed_out->details = activity->heartbeat_details;
    event_list_add(out, EVENT_ACTIVITY_TASK_TIMED_OUT, timed_out);
    decision_task_need(execution, out);
}

/* ---- the fold ---- */

static struct activity *activity_new(const struct event *event)
{
    const struct activity_task_scheduled_event *scheduled = event->activity_task_scheduled;
    size_t id_len = scheduled->activity_id.len, list_len = scheduled->task_list->name.len;
    struct activity *activity = memory_new(sizeof(*activity) + id_len + list_len);
    char *text = (char *)(activity + 1);

    memcpy(text, scheduled->activity_id.ptr, id_len);
    memcpy(text + id_len, scheduled->task_list->name.ptr, list_len);
    activity->activity_id = bytes_of(text, id_len);
    activity->task_list = bytes_of(text + id_len, list_len);
    activity->scheduled_event_id = event->id;
    activity->scheduled_at = event->timestamp;
    activity->schedule_to_start = timeout_parse(scheduled->schedule_to_start_timeout);
    activity->schedule_to_close = timeout_parse(scheduled->schedule_to_close_timeout);
    activity->start_to_close = timeout_parse(scheduled->start_to_close_timeout);
    activity->heartbeat = timeout_parse(scheduled->heartbeat_timeout);
    activity->priority = priority_parse(scheduled->task_priority);
    activity->deadline.kind = DEADLINE_ACTIVITY;
    activity->deadline.event_id = event->id;
    activity->deadline.at = INSTANT_NEVER;
    list_init(&activity->open);
    return activity;
}

size_t activity_texts(const struct activity *activity)
{
    return activity->activity_id.len + activity->task_list.len + activity->heartbeat_details.len;
}

void activity_free(struct activity *activity)
{
    memory_free((void *)(uintptr_t)activity->heartbeat_details.ptr);
    memory_free(activity);
}

static void refile_deadline(struct execution *execution, struct activity *activity)
{
    enum activity_task_timeout_type type;

    execution_set_deadline(execution, &activity->deadline, activity_deadline(activity, &type));
}

static void apply_scheduled(struct execution *execution, const struct event *event)
{
    struct activity *activity = activity_new(event);

    list_append(&execution->activities, &activity->open);
    map_add(&execution->activities_by_id, hash_bytes(activity->activity_id), activity);
    map_add(&execution->activities_by_event, hash_u64((uint64_t)activity->scheduled_event_id),
            activity);
    execution->activity_count++;
    execution->texts_bytes += activity_texts(activity);
    refile_deadline(execution, activity);
}

static void apply_started(struct execution *execution, const struct event *event)
{
    struct activity *activity = execution_get_activity(
        execution, event->activity_task_started->scheduled_event_id);

    activity->started_event_id = event->id;
    activity->started_at = event->timestamp;
    activity->heartbeat_at = event->timestamp;
    refile_deadline(execution, activity);
}

static void apply_closed(struct execution *execution, int64_t scheduled_event_id)
{
    struct activity *activity = execution_get_activity(execution, scheduled_event_id);

    execution_set_deadline(execution, &activity->deadline, INSTANT_NEVER);
    map_remove(&execution->activities_by_id, hash_bytes(activity->activity_id), activity);
    map_remove(&execution->activities_by_event, hash_u64((uint64_t)scheduled_event_id), activity);
    list_remove(&activity->open);
    execution->activity_count--;
    execution->texts_bytes -= activity_texts(activity);
    activity_free(activity);
}

void activity_apply(struct execution *execution, const struct event *event)
{
    switch (event->type) {
    case EVENT_ACTIVITY_TASK_SCHEDULED:
        apply_scheduled(execution, event);
        break;
    case EVENT_ACTIVITY_TASK_STARTED:
        apply_started(execution, event);
        break;
    case EVENT_ACTIVITY_TASK_COMPLETED:
        apply_closed(execution, event->activity_task_completed->scheduled_event_id);
        break;
    case EVENT_ACTIVITY_TASK_FAILED:
        apply_closed(execution, event->activity_task_failed->scheduled_event_id);
        break;
    case EVENT_ACTIVITY_TASK_TIMED_OUT:
        apply_closed(execution, event->activity_task_timed_out->scheduled_event_id);
        break;
    case EVENT_ACTIVITY_TASK_CANCELED:
        apply_closed(execution, event->activity_task_canceled->scheduled_event_id);
        break;
    default: /* ActivityTaskCancelRequested: not activity in the sense of
                latestActivityTaskTimestamp */
        execution_find_activity(execution, event->activity_task_cancel_requested->activity_id)
            ->cancel_requested_event_id = event->id;
        return;
    }
    execution->latest_activity_at = event->timestamp;
}
