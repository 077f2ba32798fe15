/*
 * What runs out, and when. Lifecycles E and F, and: what is due comes in the order of its times; of
 * what has the same time, in that of the events that scheduled it, within one activity
 * SCHEDULE_TO_CLOSE first and HEARTBEAT last; the end of the execution comes after all else.
 */
#include "oracle_inner.h"
#include "model/timeout.h"

#define LAMBDA_TIMEOUT_S 900

static struct instant runs_out(struct bytes timeout, struct instant since)
{
    return timeout_from(timeout_parse(timeout), since);
}

static bool is_earlier(const struct deadline *a, const struct deadline *b)
{
    if (a->at.ms != b->at.ms)
        return a->at.ms < b->at.ms;
    if ((a->kind == DEADLINE_EXECUTION) != (b->kind == DEADLINE_EXECUTION))
        return b->kind == DEADLINE_EXECUTION;
    return a->id != b->id ? a->id < b->id : a->kind < b->kind;
}

static void consider(struct deadline *first, struct deadline other)
{
    if (is_earlier(&other, first))
        *first = other;
}

static void consider_activity(struct deadline *first, const struct oracle_activity *activity)
{
    const struct activity_task_scheduled_event *says = activity->says;
    int64_t id = activity->scheduled_id;

    consider(first,
             (struct deadline){ runs_out(says->schedule_to_close_timeout, activity->scheduled_at),
                                activity->scheduled_at, DEADLINE_ACTIVITY_CLOSE, id, activity });
    if (activity->started_id == 0) {
        consider(first, (struct deadline){
                            runs_out(says->schedule_to_start_timeout, activity->scheduled_at),
                            activity->scheduled_at, DEADLINE_ACTIVITY_START, id, activity });
        return;
    }
    consider(first, (struct deadline){ runs_out(says->start_to_close_timeout, activity->started_at),
                                       activity->started_at, DEADLINE_ACTIVITY_RUN, id, activity });
    consider(first, (struct deadline){ runs_out(says->heartbeat_timeout, activity->heartbeat_at),
                                       activity->heartbeat_at, DEADLINE_HEARTBEAT, id, activity });
}

/* A task that waits behind a started one cannot start: its clock begins when that one closes. */
static void consider_decision_tasks(struct deadline *first, const struct oracle_run *run)
{
    const struct oracle_decision_task *waiting = &run->waiting, *started = &run->started;

    if (started->scheduled_id)
        consider(first,
                 (struct deadline){
                     runs_out(started->says->start_to_close_timeout, started->started_at),
                     started->started_at, DEADLINE_DECISION_RUN, started->scheduled_id, started });
    else if (waiting->scheduled_id)
        consider(first, (struct deadline){ runs_out(waiting->says->schedule_to_start_timeout,
                                                    waiting->available_at),
                                           waiting->available_at, DEADLINE_DECISION_START,
                                           waiting->scheduled_id, waiting });
}

static void consider_lambda(struct deadline *first, const struct oracle_lambda *lambda)
{
    struct bytes timeout = lambda->says->start_to_close_timeout;
    struct instant at = bytes_is_absent(timeout)
                            ? instant_add(lambda->started_at, duration_of_s(LAMBDA_TIMEOUT_S))
                            : runs_out(timeout, lambda->started_at);

    if (lambda->started_id == 0)
        return;
    if (lambda->is_lost && at.ms == INSTANT_NEVER.ms)
        at = lambda->lost_at; /* it would wait for ever */
    consider(first, (struct deadline){ at, lambda->started_at, DEADLINE_LAMBDA,
                                       lambda->scheduled_id, lambda });
}

bool deadline_first(const struct oracle *oracle, const struct oracle_run *run, struct deadline *out)
{
    struct deadline first = { .at = INSTANT_NEVER, .kind = DEADLINE_EXECUTION, .id = INT64_MAX };

    (void)oracle;
    for (const struct oracle_activity *item = run->activities; item; item = item->next)
        consider_activity(&first, item);
    for (const struct oracle_timer *item = run->timers; item; item = item->next)
        consider(&first, (struct deadline){ runs_out(item->says->start_to_fire_timeout, item->at),
                                            item->at, DEADLINE_TIMER, item->started_id, item });
    for (const struct oracle_lambda *item = run->lambdas; item; item = item->next)
        consider_lambda(&first, item);
    consider_decision_tasks(&first, run);
    consider(&first, (struct deadline){
                         runs_out(run->says->execution_start_to_close_timeout, run->started_at),
                         run->started_at, DEADLINE_EXECUTION, 0, run });
    *out = first;
    return first.at.ms != INSTANT_NEVER.ms;
}

bool nothing_is_late(struct oracle *oracle, const struct oracle_run *run)
{
    struct deadline first;

    if (!run->is_open || !deadline_first(oracle, run, &first) ||
        instant_before(oracle->now, first.at) || !instant_before(first.since, oracle->now))
        return true;
    return complain(oracle,
                    "run %llu: what was due at %lld (event %lld, kind %d) has not happened "
                    "by %lld, before anything else does",
                    (unsigned long long)run->key.run, (long long)first.at.ms, (long long)first.id,
                    (int)first.kind, (long long)oracle->now.ms);
}

/* ---- what happens then */

static void foretell_activity_timeout(const struct oracle_activity *activity,
                                      enum activity_task_timeout_type type, struct event_list *list)
{
    struct activity_task_timed_out_event *says = attributes_new(
        list, struct activity_task_timed_out_event);

    says->timeout_type = type;
    says->scheduled_event_id = activity->scheduled_id;
    says->started_event_id = activity->started_id;
    says->details = activity->details;
    event_list_add(list, EVENT_ACTIVITY_TASK_TIMED_OUT, says);
}

static void foretell_timer(const struct oracle_timer *timer, struct event_list *list)
{
    struct timer_fired_event *says = attributes_new(list, struct timer_fired_event);

    says->timer_id = timer->says->timer_id;
    says->started_event_id = timer->started_id;
    event_list_add(list, EVENT_TIMER_FIRED, says);
}

static void foretell_lambda(const struct oracle_lambda *lambda, struct event_list *list)
{
    struct lambda_function_timed_out_event *says = attributes_new(
        list, struct lambda_function_timed_out_event);

    says->scheduled_event_id = lambda->scheduled_id;
    says->started_event_id = lambda->started_id;
    says->timeout_type = LAMBDA_FUNCTION_TIMEOUT_TYPE_START_TO_CLOSE;
    event_list_add(list, EVENT_LAMBDA_FUNCTION_TIMED_OUT, says);
}

/* A task of an override for a while says for how long; an override for good stays. */
bool ends_override(const struct oracle_run *run, const struct decision_task_scheduled_event *task)
{
    return !bytes_is_absent(run->override_timeout) &&
           timeout_parse(task->schedule_to_start_timeout).seconds != TIMEOUT_UNLIMITED;
}

/* The next task is scheduled as if the lost one, and an override for a while, had not been. */
static void foretell_decision_timeout(const struct oracle_run *run,
                                      const struct oracle_decision_task *task,
                                      struct event_list *list)
{
    struct decision_task_timed_out_event *says = attributes_new(
        list, struct decision_task_timed_out_event);
    struct oracle_run after = *run;

    says->scheduled_event_id = task->scheduled_id;
    says->started_event_id = task->started_id;
    says->timeout_type = task->started_id ? DECISION_TASK_TIMEOUT_TYPE_START_TO_CLOSE
                                          : DECISION_TASK_TIMEOUT_TYPE_SCHEDULE_TO_START;
    event_list_add(list, EVENT_DECISION_TASK_TIMED_OUT, says);
    if (ends_override(run, task->says))
        after.override = NULL;
    if (task == &run->waiting)
        after.waiting = (struct oracle_decision_task){ 0 };
    foretell_decision_task(&after, list);
}

static void foretell_execution_timeout(const struct oracle_run *run, struct event_list *list)
{
    struct workflow_execution_timed_out_event *says = attributes_new(
        list, struct workflow_execution_timed_out_event);

    says->timeout_type = WORKFLOW_EXECUTION_TIMEOUT_TYPE_START_TO_CLOSE;
    says->child_policy = run->says->child_policy;
    event_list_add(list, EVENT_WORKFLOW_EXECUTION_TIMED_OUT, says);
}

static void foretell_due(const struct oracle_run *run, const struct deadline *due,
                         struct event_list *list)
{
    static const enum activity_task_timeout_type types[] = {
        [DEADLINE_ACTIVITY_CLOSE] = ACTIVITY_TASK_TIMEOUT_TYPE_SCHEDULE_TO_CLOSE,
        [DEADLINE_ACTIVITY_START] = ACTIVITY_TASK_TIMEOUT_TYPE_SCHEDULE_TO_START,
        [DEADLINE_ACTIVITY_RUN] = ACTIVITY_TASK_TIMEOUT_TYPE_START_TO_CLOSE,
        [DEADLINE_HEARTBEAT] = ACTIVITY_TASK_TIMEOUT_TYPE_HEARTBEAT,
    };

    switch (due->kind) {
    case DEADLINE_ACTIVITY_CLOSE:
    case DEADLINE_ACTIVITY_START:
    case DEADLINE_ACTIVITY_RUN:
    case DEADLINE_HEARTBEAT:
        foretell_activity_timeout(due->of, types[due->kind], list);
        break;
    case DEADLINE_TIMER:
        foretell_timer(due->of, list);
        break;
    case DEADLINE_LAMBDA:
        foretell_lambda(due->of, list);
        break;
    case DEADLINE_DECISION_START:
    case DEADLINE_DECISION_RUN:
        foretell_decision_timeout(run, due->of, list);
        return;
    case DEADLINE_EXECUTION:
        foretell_execution_timeout(run, list);
        return;
    }
    foretell_decision_task(run, list);
}

bool explain_due(struct oracle *oracle, struct oracle_run *run, const struct seen_step *step)
{
    struct event_list list;
    struct deadline due;

    if (!run->is_open || !deadline_first(oracle, run, &due) || instant_before(oracle->now, due.at))
        return false;
    foretell(oracle, run, &list);
    foretell_due(run, &due, &list);
    return is_foretold(oracle, step, &list);
}
