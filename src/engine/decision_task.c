#include "engine/decision_task.h"
#include "base/memory.h"

void decision_task_schedule_on(const struct execution *execution, struct bytes task_list,
                               struct bytes schedule_to_start, struct event_list *out)
{
    struct decision_task_scheduled_event *scheduled = arena_new(
        out->arena, struct decision_task_scheduled_event);
    struct task_list *list = arena_new(out->arena, struct task_list);

    list->name = task_list;
    scheduled->task_list = list;
    scheduled->task_priority = execution->settings.task_priority;
    scheduled->start_to_close_timeout = execution->settings.task_timeout_text;
    scheduled->schedule_to_start_timeout = bytes_is_absent(schedule_to_start) ? BYTES("NONE")
                                                                              : schedule_to_start;
    event_list_add(out, EVENT_DECISION_TASK_SCHEDULED, scheduled);
}

/* On the list of the override, or the run's own when there is none or it ends now. */
static void schedule(const struct execution *execution, bool ends_override, struct event_list *out)
{
    const struct decision_tasks *decision = &execution->decision;

    if (ends_override || bytes_is_absent(decision->override_list))
        decision_task_schedule_on(execution, execution->settings.task_list, BYTES_ABSENT, out);
    else
        decision_task_schedule_on(execution, decision->override_list, decision->override_timeout,
                                  out);
}

void decision_task_need(const struct execution *execution, struct event_list *out)
{
    if (execution->decision.waiting_event_id)
        return; /* coalesced: the waiting task will show this event, too */
    schedule(execution, false, out);
}

void decision_task_start(const struct execution *execution, struct bytes identity,
                         struct event_list *out)
{
    struct decision_task_started_event *started = arena_new(out->arena,
                                                            struct decision_task_started_event);

    started->identity = identity;
    started->scheduled_event_id = execution->decision.waiting_event_id;
    event_list_add(out, EVENT_DECISION_TASK_STARTED, started);
}

bool decision_task_is_started(const struct execution *execution, int64_t scheduled_event_id,
                              int64_t started_event_id)
{
    const struct decision_tasks *decision = &execution->decision;

    return decision->started_event_id != 0 && decision->started_event_id == started_event_id &&
           decision->started_scheduled_event_id == scheduled_event_id;
}

/* Does the timeout of a task that had this long to start in end the override? Only if it was
 * scheduled by one that is not permanent, and no permanent one has taken its place since (Q-OVR6):
 * "When this parameter is missing, the task list override is permanent". */
static bool ends_override(const struct decision_tasks *decision, struct timeout schedule_to_start)
{
    return schedule_to_start.seconds >= 0 && !bytes_is_absent(decision->override_timeout);
}

/* "If a decision task scheduled on the override task list is not started within the timeout, ...
 * Amazon SWF will revert the override and schedule a new decision task to the original task list";
 * so it does when one that was started there times out. */
static void time_out_started(const struct execution *execution, struct event_list *out)
{
    const struct decision_tasks *decision = &execution->decision;
    struct decision_task_timed_out_event *timed_out = arena_new(
        out->arena, struct decision_task_timed_out_event);

    timed_out->timeout_type = DECISION_TASK_TIMEOUT_TYPE_START_TO_CLOSE;
    timed_out->scheduled_event_id = decision->started_scheduled_event_id;
    timed_out->started_event_id = decision->started_event_id;
    event_list_add(out, EVENT_DECISION_TASK_TIMED_OUT, timed_out);
    if (decision->waiting_event_id)
        return; /* Q-DTTO: the queued one becomes available */
    schedule(execution, ends_override(decision, decision->started_schedule_to_start), out);
}

static void time_out_waiting(const struct execution *execution, struct event_list *out)
{
    const struct decision_tasks *decision = &execution->decision;
    struct decision_task_timed_out_event *timed_out = arena_new(
        out->arena, struct decision_task_timed_out_event);

    timed_out->timeout_type = DECISION_TASK_TIMEOUT_TYPE_SCHEDULE_TO_START;
    timed_out->scheduled_event_id = decision->waiting_event_id;
    event_list_add(out, EVENT_DECISION_TASK_TIMED_OUT, timed_out);
    schedule(execution, ends_override(decision, decision->waiting_schedule_to_start), out);
}

void decision_task_time_out(const struct execution *execution, struct event_list *out)
{
    if (execution->decision.started_event_id)
        time_out_started(execution, out);
    else
        time_out_waiting(execution, out);
}

static void drop_text(struct bytes *text)
{
    memory_free((void *)(uintptr_t)text->ptr);
    *text = BYTES_ABSENT;
}

/* The deadline of whichever task has one now: the started one, else the one that may be handed out.
 */
static void refile_deadline(struct execution *execution)
{
    struct decision_tasks *decision = &execution->decision;
    struct instant at = INSTANT_NEVER;

    if (decision->started_event_id) {
        decision->deadline.event_id = decision->started_scheduled_event_id;
        at = timeout_from(execution->settings.task_timeout, decision->started_at);
    } else if (decision->waiting_event_id) {
        decision->deadline.event_id = decision->waiting_event_id;
        at = timeout_from(decision->waiting_schedule_to_start, decision->available_at);
    }
    execution_set_deadline(execution, &decision->deadline, at);
}

static void apply_scheduled(struct decision_tasks *decision, const struct event *event)
{
    const struct decision_task_scheduled_event *scheduled = event->decision_task_scheduled;

    decision->waiting_event_id = event->id;
    drop_text(&decision->waiting_list);
    decision->waiting_list = memory_copy(scheduled->task_list->name);
    decision->waiting_schedule_to_start = timeout_parse(scheduled->schedule_to_start_timeout);
    decision->scheduled_at = decision->available_at = event->timestamp;
}

static void apply_started(struct decision_tasks *decision, const struct event *event)
{
    decision->started_event_id = event->id;
    decision->started_scheduled_event_id = event->decision_task_started->scheduled_event_id;
    decision->started_at = event->timestamp;
    decision->started_schedule_to_start = decision->waiting_schedule_to_start;
    decision->waiting_event_id = 0;
    drop_text(&decision->waiting_list);
}

/* The started task is over; one that waits behind it becomes available now. */
static void end_started(struct decision_tasks *decision, struct instant at)
{
    decision->started_event_id = 0;
    decision->started_scheduled_event_id = 0;
    decision->available_at = at;
}

static void apply_completed(struct execution *execution, const struct event *event)
{
    const struct decision_task_completed_event *completed = event->decision_task_completed;
    struct decision_tasks *decision = &execution->decision;

    decision->previous_started_event_id = completed->started_event_id; /* Q-PREV1 */
    end_started(decision, event->timestamp);
    if (!bytes_is_absent(completed->execution_context))
        execution->context_event_id = event->id;
    if (completed->task_list == NULL)
        return; /* Q-OVR1: the override stays as it is */
    drop_text(&decision->override_list);
    drop_text(&decision->override_timeout);
    decision->override_list = memory_copy(completed->task_list->name);
    decision->override_timeout = memory_copy(completed->task_list_schedule_to_start_timeout);
}

/* A task that waits behind the started one keeps its list, although the override ends (Q-OVR7). */
static void apply_timed_out(struct decision_tasks *decision, const struct event *event)
{
    bool was_started = event->decision_task_timed_out->started_event_id != 0;
    bool ends = ends_override(decision, was_started ? decision->started_schedule_to_start
                                                    : decision->waiting_schedule_to_start);

    if (was_started) {
        end_started(decision, event->timestamp);
    } else {
        decision->waiting_event_id = 0;
        drop_text(&decision->waiting_list);
    }
    if (ends) {
        drop_text(&decision->override_list);
        drop_text(&decision->override_timeout);
    }
}

void decision_task_apply(struct execution *execution, const struct event *event)
{
    if (event->type == EVENT_DECISION_TASK_SCHEDULED)
        apply_scheduled(&execution->decision, event);
    else if (event->type == EVENT_DECISION_TASK_STARTED)
        apply_started(&execution->decision, event);
    else if (event->type == EVENT_DECISION_TASK_COMPLETED)
        apply_completed(execution, event);
    else
        apply_timed_out(&execution->decision, event);
    refile_deadline(execution);
}

void decision_task_free(struct execution *execution)
{
    drop_text(&execution->decision.waiting_list);
    drop_text(&execution->decision.override_list);
    drop_text(&execution->decision.override_timeout);
}
