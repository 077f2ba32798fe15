#include "engine/timer.h"
#include "base/hash.h"
#include "base/memory.h"
#include "engine/decision_task.h"

/* ---- the decision StartTimer ---- */

static bool too_many_timers(const struct completion *completion)
{
    const struct listed_ids *listed = &completion->timers;
    uint32_t limit = completion->facts->limits->open_timers;

    return limit && completion->execution->timer_count + listed->opened - listed->canceled >= limit;
}

static enum start_timer_failed_cause why_not_start(const struct completion *completion,
                                                   const struct decision *decision)
{
    struct bytes timer_id = decision->start_timer->timer_id;

    if (!facts_permit(completion->facts, decision))
        return START_TIMER_FAILED_CAUSE_OPERATION_NOT_PERMITTED;
    /* A timer that this list canceled still holds its id, and is still found in the execution. */
    if (execution_find_timer(completion->execution, timer_id) ||
        listed_ids_find(&completion->timers, timer_id))
        return START_TIMER_FAILED_CAUSE_TIMER_ID_ALREADY_IN_USE;
    if (too_many_timers(completion))
        return START_TIMER_FAILED_CAUSE_OPEN_TIMERS_LIMIT_EXCEEDED;
    if (facts_rate_exceeded(completion->facts, DECISION_START_TIMER, completion->timers.opened))
        return START_TIMER_FAILED_CAUSE_TIMER_CREATION_RATE_EXCEEDED;
    return START_TIMER_FAILED_CAUSE_ABSENT;
}

static void fail_to_start(struct completion *completion, struct bytes timer_id,
                          enum start_timer_failed_cause cause)
{
    struct start_timer_failed_event *failed = arena_new(completion->out->arena,
                                                        struct start_timer_failed_event);

    failed->timer_id = timer_id;
    failed->cause = cause;
    failed->decision_task_completed_event_id = completion->completed_event_id;
    event_list_add(completion->out, EVENT_START_TIMER_FAILED, failed);
    completion->needs_decision = true;
}

void timer_decide_start(struct completion *completion, const struct decision *decision)
{
    const struct start_timer_decision *wanted = decision->start_timer;
    enum start_timer_failed_cause cause = why_not_start(completion, decision);
    struct timer_started_event *started;
    int64_t event_id;

    if (cause != START_TIMER_FAILED_CAUSE_ABSENT) {
        fail_to_start(completion, wanted->timer_id, cause);
        return;
    }
    started = arena_new(completion->out->arena, struct timer_started_event);
    started->timer_id = wanted->timer_id;
    started->control = wanted->control;
    started->start_to_fire_timeout = wanted->start_to_fire_timeout;
    started->decision_task_completed_event_id = completion->completed_event_id;
    event_id = event_list_add(completion->out, EVENT_TIMER_STARTED, started);
    listed_ids_add(&completion->timers, completion->out->arena, wanted->timer_id, event_id, true);
}

/* ---- the decision CancelTimer ---- */

/* What the list knows of an open timer, taking it up from the execution at its first mention; NULL:
 * no such one is open. */
static struct listed_id *mention(struct completion *completion, struct bytes timer_id)
{
    struct listed_id *listed = listed_ids_find(&completion->timers, timer_id);
    const struct timer *timer = execution_find_timer(completion->execution, timer_id);

    if (listed == NULL && timer)
        listed = listed_ids_add(&completion->timers, completion->out->arena, timer_id,
                                timer->started_event_id, false);
    return listed && listed->cancel_event_id == 0 ? listed : NULL;
}

static void fail_to_cancel(struct completion *completion, struct bytes timer_id,
                           enum cancel_timer_failed_cause cause)
{
    struct cancel_timer_failed_event *failed = arena_new(completion->out->arena,
                                                         struct cancel_timer_failed_event);

    failed->timer_id = timer_id;
    failed->cause = cause;
    failed->decision_task_completed_event_id = completion->completed_event_id;
    event_list_add(completion->out, EVENT_CANCEL_TIMER_FAILED, failed);
    completion->needs_decision = true;
}

void timer_decide_cancel(struct completion *completion, const struct decision *decision)
{
    struct bytes timer_id = decision->cancel_timer->timer_id;
    struct timer_canceled_event *canceled;
    struct listed_id *listed;

    if (!facts_permit(completion->facts, decision)) {
        fail_to_cancel(completion, timer_id, CANCEL_TIMER_FAILED_CAUSE_OPERATION_NOT_PERMITTED);
        return;
    }
    listed = mention(completion, timer_id);
    if (listed == NULL) {
        fail_to_cancel(completion, timer_id, CANCEL_TIMER_FAILED_CAUSE_TIMER_ID_UNKNOWN);
        return;
    }
    canceled = arena_new(completion->out->arena, struct timer_canceled_event);
    canceled->timer_id = timer_id;
    canceled->started_event_id = listed->event_id;
    canceled->decision_task_completed_event_id = completion->completed_event_id;
    listed->cancel_event_id = event_list_add(completion->out, EVENT_TIMER_CANCELED, canceled);
    completion->timers.canceled++;
}

/* ---- time ---- */

void timer_fire(const struct execution *execution, const struct timer *timer,
                struct event_list *out)
{
    struct timer_fired_event *fired = arena_new(out->arena, struct timer_fired_event);

    fired->timer_id = timer->timer_id;
    fired->started_event_id = timer->started_event_id;
    event_list_add(out, EVENT_TIMER_FIRED, fired);
    decision_task_need(execution, out);
}

/* ---- the fold ---- */

static void apply_started(struct execution *execution, const struct event *event)
{
    const struct timer_started_event *started = event->timer_started;
    struct timer *timer = memory_new(sizeof(*timer) + started->timer_id.len);
    struct timeout timeout = timeout_parse(started->start_to_fire_timeout);

    memcpy(timer + 1, started->timer_id.ptr, started->timer_id.len);
    timer->timer_id = bytes_of(timer + 1, started->timer_id.len);
    timer->started_event_id = event->id;
    timer->deadline.kind = DEADLINE_TIMER;
    timer->deadline.event_id = event->id;
    list_append(&execution->timers, &timer->open);
    map_add(&execution->timers_by_id, hash_bytes(timer->timer_id), timer);
    execution->timer_count++;
    execution->texts_bytes += timer->timer_id.len;
    execution_set_deadline(execution, &timer->deadline, timeout_from(timeout, event->timestamp));
}

static void apply_ended(struct execution *execution, struct bytes timer_id)
{
    struct timer *timer = execution_find_timer(execution, timer_id);

    execution_set_deadline(execution, &timer->deadline, INSTANT_NEVER);
    map_remove(&execution->timers_by_id, hash_bytes(timer->timer_id), timer);
    list_remove(&timer->open);
    execution->timer_count--;
    execution->texts_bytes -= timer->timer_id.len;
    timer_free(timer);
}

void timer_apply(struct execution *execution, const struct event *event)
{
    if (event->type == EVENT_TIMER_STARTED)
        apply_started(execution, event);
    else if (event->type == EVENT_TIMER_FIRED)
        apply_ended(execution, event->timer_fired->timer_id);
    else
        apply_ended(execution, event->timer_canceled->timer_id);
}

void timer_free(struct timer *timer)
{
    memory_free(timer);
}
