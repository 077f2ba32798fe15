#include "invariants.h"

#include "attribute.h"
#include "base/memory.h"
#include "model/timeout.h"
#include "wire/field.h"
#include <inttypes.h>

/* ---- what an event may name ---- */

#define ANY_EVENT ((enum event_type)0)
#define ELSEWHERE ((enum event_type)0) /* in the history of another execution */

struct reference {
    enum event_type from;
    const char *member;
    enum event_type to;
    bool may_be_zero;
};

/* clang-format off */
static const struct reference references[] = {
    { ANY_EVENT, "decisionTaskCompletedEventId", EVENT_DECISION_TASK_COMPLETED, false },
    { ANY_EVENT, "parentInitiatedEventId", ELSEWHERE, true },
    { ANY_EVENT, "externalInitiatedEventId", ELSEWHERE, true },
    { EVENT_LAMBDA_FUNCTION_STARTED, "scheduledEventId", EVENT_LAMBDA_FUNCTION_SCHEDULED, false },
    { EVENT_START_LAMBDA_FUNCTION_FAILED, "scheduledEventId", EVENT_LAMBDA_FUNCTION_SCHEDULED, false },
    { EVENT_LAMBDA_FUNCTION_COMPLETED, "scheduledEventId", EVENT_LAMBDA_FUNCTION_SCHEDULED, false },
    { EVENT_LAMBDA_FUNCTION_COMPLETED, "startedEventId", EVENT_LAMBDA_FUNCTION_STARTED, false },
    { EVENT_LAMBDA_FUNCTION_FAILED, "scheduledEventId", EVENT_LAMBDA_FUNCTION_SCHEDULED, false },
    { EVENT_LAMBDA_FUNCTION_FAILED, "startedEventId", EVENT_LAMBDA_FUNCTION_STARTED, false },
    { EVENT_LAMBDA_FUNCTION_TIMED_OUT, "scheduledEventId", EVENT_LAMBDA_FUNCTION_SCHEDULED, false },
    { EVENT_LAMBDA_FUNCTION_TIMED_OUT, "startedEventId", EVENT_LAMBDA_FUNCTION_STARTED, false },
    { EVENT_DECISION_TASK_STARTED, "scheduledEventId", EVENT_DECISION_TASK_SCHEDULED, false },
    { EVENT_DECISION_TASK_COMPLETED, "scheduledEventId", EVENT_DECISION_TASK_SCHEDULED, false },
    { EVENT_DECISION_TASK_COMPLETED, "startedEventId", EVENT_DECISION_TASK_STARTED, false },
    { EVENT_DECISION_TASK_TIMED_OUT, "scheduledEventId", EVENT_DECISION_TASK_SCHEDULED, false },
    { EVENT_DECISION_TASK_TIMED_OUT, "startedEventId", EVENT_DECISION_TASK_STARTED, true },
    { EVENT_ACTIVITY_TASK_STARTED, "scheduledEventId", EVENT_ACTIVITY_TASK_SCHEDULED, false },
    { EVENT_ACTIVITY_TASK_COMPLETED, "scheduledEventId", EVENT_ACTIVITY_TASK_SCHEDULED, false },
    { EVENT_ACTIVITY_TASK_COMPLETED, "startedEventId", EVENT_ACTIVITY_TASK_STARTED, false },
    { EVENT_ACTIVITY_TASK_FAILED, "scheduledEventId", EVENT_ACTIVITY_TASK_SCHEDULED, false },
    { EVENT_ACTIVITY_TASK_FAILED, "startedEventId", EVENT_ACTIVITY_TASK_STARTED, false },
    { EVENT_ACTIVITY_TASK_TIMED_OUT, "scheduledEventId", EVENT_ACTIVITY_TASK_SCHEDULED, false },
    { EVENT_ACTIVITY_TASK_TIMED_OUT, "startedEventId", EVENT_ACTIVITY_TASK_STARTED, true },
    { EVENT_ACTIVITY_TASK_CANCELED, "scheduledEventId", EVENT_ACTIVITY_TASK_SCHEDULED, false },
    { EVENT_ACTIVITY_TASK_CANCELED, "startedEventId", EVENT_ACTIVITY_TASK_STARTED, true },
    { EVENT_ACTIVITY_TASK_CANCELED, "latestCancelRequestedEventId", EVENT_ACTIVITY_TASK_CANCEL_REQUESTED, true },
    { EVENT_TIMER_FIRED, "startedEventId", EVENT_TIMER_STARTED, false },
    { EVENT_TIMER_CANCELED, "startedEventId", EVENT_TIMER_STARTED, false },
    { EVENT_START_CHILD_WORKFLOW_EXECUTION_FAILED, "initiatedEventId", EVENT_START_CHILD_WORKFLOW_EXECUTION_INITIATED, true },
    { EVENT_CHILD_WORKFLOW_EXECUTION_STARTED, "initiatedEventId", EVENT_START_CHILD_WORKFLOW_EXECUTION_INITIATED, false },
    { EVENT_CHILD_WORKFLOW_EXECUTION_COMPLETED, "initiatedEventId", EVENT_START_CHILD_WORKFLOW_EXECUTION_INITIATED, false },
    { EVENT_CHILD_WORKFLOW_EXECUTION_COMPLETED, "startedEventId", EVENT_CHILD_WORKFLOW_EXECUTION_STARTED, false },
    { EVENT_CHILD_WORKFLOW_EXECUTION_FAILED, "initiatedEventId", EVENT_START_CHILD_WORKFLOW_EXECUTION_INITIATED, false },
    { EVENT_CHILD_WORKFLOW_EXECUTION_FAILED, "startedEventId", EVENT_CHILD_WORKFLOW_EXECUTION_STARTED, false },
    { EVENT_CHILD_WORKFLOW_EXECUTION_CANCELED, "initiatedEventId", EVENT_START_CHILD_WORKFLOW_EXECUTION_INITIATED, false },
    { EVENT_CHILD_WORKFLOW_EXECUTION_CANCELED, "startedEventId", EVENT_CHILD_WORKFLOW_EXECUTION_STARTED, false },
    { EVENT_CHILD_WORKFLOW_EXECUTION_TIMED_OUT, "initiatedEventId", EVENT_START_CHILD_WORKFLOW_EXECUTION_INITIATED, false },
    { EVENT_CHILD_WORKFLOW_EXECUTION_TIMED_OUT, "startedEventId", EVENT_CHILD_WORKFLOW_EXECUTION_STARTED, false },
    { EVENT_CHILD_WORKFLOW_EXECUTION_TERMINATED, "initiatedEventId", EVENT_START_CHILD_WORKFLOW_EXECUTION_INITIATED, false },
    { EVENT_CHILD_WORKFLOW_EXECUTION_TERMINATED, "startedEventId", EVENT_CHILD_WORKFLOW_EXECUTION_STARTED, false },
    { EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED, "initiatedEventId", EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED, true },
    { EVENT_EXTERNAL_WORKFLOW_EXECUTION_SIGNALED, "initiatedEventId", EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED, false },
    { EVENT_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED, "initiatedEventId", EVENT_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED, true },
    { EVENT_EXTERNAL_WORKFLOW_EXECUTION_CANCEL_REQUESTED, "initiatedEventId", EVENT_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED, false },
};
/* clang-format on */

static const struct reference *find_reference(enum event_type from, const char *member)
{
    for (size_t i = 0; i < sizeof(references) / sizeof(references[0]); i++) {
        const struct reference *reference = &references[i];

        if ((reference->from == ANY_EVENT || reference->from == from) &&
            strcmp(reference->member, member) == 0)
            return reference;
    }
    return NULL;
}

/* ---- the walk ---- */

struct open_thing {
    enum event_type opened_by;
    struct bytes id;
    const struct event *opened, *started;
    int64_t cancel_event_id;
};

struct walk {
    const struct event *events;
    size_t count;
    const struct event *at;
    struct text *problem;
    bool broken;

    int64_t waiting, started; /* decision tasks: their Scheduled, their Started */
    bool needed;              /* the decider must be told, and no task waits */
    int64_t completion;       /* the DecisionTaskCompleted whose events these are; 0: none */
    bool closed;

    struct open_thing *open;
    size_t open_count;
};

static void breaks(struct walk *walk, const char *what)
{
    if (walk->broken)
        return;
    walk->broken = true;
    text_printf(walk->problem, "event %" PRId64 " (%s): %s\n", walk->at->id,
                event_shapes[walk->at->type].type, what);
}

static const struct event *event_of(const struct walk *walk, int64_t id)
{
    return id >= 1 && id < walk->at->id ? &walk->events[id - 1] : NULL;
}

static void check_reference(struct walk *walk, const struct member *member)
{
    const struct reference *reference = find_reference(walk->at->type, member->name);
    int64_t id = field_long(field_of(walk->at->attributes, member));
    const struct event *named = event_of(walk, id);

    if (reference == NULL)
        breaks(walk, "names an event, and nobody knows of what type");
    else if (reference->to == ELSEWHERE)
        return;
    else if (id == 0 && reference->may_be_zero)
        return;
    else if (named == NULL || named->type != reference->to)
        breaks(walk, member->name);
}

static bool ends_with(const char *text, const char *ending)
{
    size_t len = strlen(text), ending_len = strlen(ending);

    return len >= ending_len && strcmp(text + len - ending_len, ending) == 0;
}

/* The completion that an event belongs to; 0: none. A failure that was found later names the
 * completion that made the decision, and is not part of it. */
static int64_t completion_of(const struct event *event)
{
    if (attribute_id(event, "initiatedEventId"))
        return 0;
    return attribute_id(event, "decisionTaskCompletedEventId");
}

static void check_references(struct walk *walk)
{
    const struct shape *shape = event_shapes[walk->at->type].attributes;

    for (uint16_t i = 0; i < shape->count; i++) {
        if (ends_with(shape->members[i].name, "EventId"))
            check_reference(walk, &shape->members[i]);
    }
}

static void check_order(struct walk *walk)
{
    size_t index = (size_t)(walk->at - walk->events);

    if (walk->at->id != (int64_t)index + 1)
        breaks(walk, "its id is out of order");
    if (index && instant_before(walk->at->timestamp, walk->at[-1].timestamp))
        breaks(walk, "its time goes back");
    if (index == 0 && walk->at->type != EVENT_WORKFLOW_EXECUTION_STARTED)
        breaks(walk, "a history begins with WorkflowExecutionStarted");
    if (index == 1 && walk->at->type != EVENT_DECISION_TASK_SCHEDULED)
        breaks(walk, "the second event is DecisionTaskScheduled");
    if (index > 0 && walk->at->type == EVENT_WORKFLOW_EXECUTION_STARTED)
        breaks(walk, "a run is started once");
    if (walk->closed)
        breaks(walk, "it comes after a closing event");
}

/* ---- transactions of completions ---- */

/* A cancel request of an unstarted activity is carried out at the end of the same completion. */
static bool is_immediate_cancel(const struct event *event)
{
    return event->type == EVENT_ACTIVITY_TASK_CANCELED &&
           event->activity_task_canceled->started_event_id == 0;
}

static void check_completion(struct walk *walk)
{
    int64_t completion = completion_of(walk->at);
    const struct event *completed = event_of(walk, completion);

    if (completion && completion != walk->completion)
        breaks(walk, "it is parted from its completion");
    if (completed && completed->timestamp.ms != walk->at->timestamp.ms)
        breaks(walk, "its time is not that of its completion");
    if (walk->at->type == EVENT_DECISION_TASK_COMPLETED)
        walk->completion = walk->at->id;
    else if (completion == 0 && !is_immediate_cancel(walk->at))
        walk->completion = 0;
}

/* ---- decision tasks ---- */

static bool needs_decision(enum event_type type)
{
    switch ((int)type) {
    case EVENT_WORKFLOW_EXECUTION_STARTED:
    case EVENT_WORKFLOW_EXECUTION_SIGNALED:
    case EVENT_WORKFLOW_EXECUTION_CANCEL_REQUESTED:
    case EVENT_ACTIVITY_TASK_COMPLETED:
    case EVENT_ACTIVITY_TASK_FAILED:
    case EVENT_ACTIVITY_TASK_TIMED_OUT:
    case EVENT_ACTIVITY_TASK_CANCELED:
    case EVENT_TIMER_FIRED:
    case EVENT_DECISION_TASK_TIMED_OUT:
    case EVENT_SCHEDULE_ACTIVITY_TASK_FAILED:
    case EVENT_REQUEST_CANCEL_ACTIVITY_TASK_FAILED:
    case EVENT_START_TIMER_FAILED:
    case EVENT_CANCEL_TIMER_FAILED:
    case EVENT_RECORD_MARKER_FAILED:
    case EVENT_SCHEDULE_LAMBDA_FUNCTION_FAILED:
    case EVENT_START_LAMBDA_FUNCTION_FAILED:
    case EVENT_LAMBDA_FUNCTION_COMPLETED:
    case EVENT_LAMBDA_FUNCTION_FAILED:
    case EVENT_LAMBDA_FUNCTION_TIMED_OUT:
    case EVENT_COMPLETE_WORKFLOW_EXECUTION_FAILED:
    case EVENT_FAIL_WORKFLOW_EXECUTION_FAILED:
    case EVENT_CANCEL_WORKFLOW_EXECUTION_FAILED:
    case EVENT_CONTINUE_AS_NEW_WORKFLOW_EXECUTION_FAILED:
    case EVENT_START_CHILD_WORKFLOW_EXECUTION_FAILED:
    case EVENT_CHILD_WORKFLOW_EXECUTION_STARTED:
    case EVENT_CHILD_WORKFLOW_EXECUTION_COMPLETED:
    case EVENT_CHILD_WORKFLOW_EXECUTION_FAILED:
    case EVENT_CHILD_WORKFLOW_EXECUTION_CANCELED:
    case EVENT_CHILD_WORKFLOW_EXECUTION_TIMED_OUT:
    case EVENT_CHILD_WORKFLOW_EXECUTION_TERMINATED:
    case EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED:
    case EVENT_EXTERNAL_WORKFLOW_EXECUTION_SIGNALED:
    case EVENT_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED:
    case EVENT_EXTERNAL_WORKFLOW_EXECUTION_CANCEL_REQUESTED:
        return true;
    default:
        return false;
    }
}

static void walk_scheduled(struct walk *walk)
{
    if (!walk->needed)
        breaks(walk, "nothing needs the decider");
    if (walk->waiting)
        breaks(walk, "a decision task waits already");
    walk->needed = false;
    walk->waiting = walk->at->id;
}

static void walk_started(struct walk *walk)
{
    if (walk->started)
        breaks(walk, "a decision task is started already");
    if (walk->at->decision_task_started->scheduled_event_id != walk->waiting)
        breaks(walk, "it starts another task than the one that waits");
    walk->waiting = 0;
    walk->started = walk->at->id;
}

static void end_started(struct walk *walk, int64_t scheduled, int64_t started)
{
    const struct event *event = event_of(walk, started);

    if (walk->started != started)
        breaks(walk, "it ends another task than the one that is started");
    else if (event && event->decision_task_started->scheduled_event_id != scheduled)
        breaks(walk, "its task was scheduled by another event");
    walk->started = 0;
}

static void check_task_timeout(struct walk *walk)
{
    const struct decision_task_timed_out_event *timed_out = walk->at->decision_task_timed_out;
    const struct event *scheduled = event_of(walk, timed_out->scheduled_event_id);
    const struct event *started = event_of(walk, timed_out->started_event_id);
    struct timeout limit;

    if (scheduled == NULL || walk->broken)
        return;
    if (started) {
        limit = timeout_parse(scheduled->decision_task_scheduled->start_to_close_timeout);
        if (instant_before(walk->at->timestamp, timeout_from(limit, started->timestamp)))
            breaks(walk, "it comes too early");
    } else {
        limit = timeout_parse(scheduled->decision_task_scheduled->schedule_to_start_timeout);
        if (instant_before(walk->at->timestamp, timeout_from(limit, scheduled->timestamp)))
            breaks(walk, "it comes too early");
    }
}

static void walk_timed_out(struct walk *walk)
{
    const struct decision_task_timed_out_event *timed_out = walk->at->decision_task_timed_out;

    check_task_timeout(walk);
    if (timed_out->started_event_id) {
        end_started(walk, timed_out->scheduled_event_id, timed_out->started_event_id);
        return;
    }
    if (timed_out->scheduled_event_id != walk->waiting || walk->started)
        breaks(walk, "it times out another task than the one that waits");
    walk->waiting = 0;
}

static void walk_decision_task(struct walk *walk)
{
    const struct decision_task_completed_event *completed = walk->at->decision_task_completed;

    switch ((int)walk->at->type) {
    case EVENT_DECISION_TASK_SCHEDULED:
        walk_scheduled(walk);
        break;
    case EVENT_DECISION_TASK_STARTED:
        walk_started(walk);
        break;
    case EVENT_DECISION_TASK_COMPLETED:
        end_started(walk, completed->scheduled_event_id, completed->started_event_id);
        break;
    case EVENT_DECISION_TASK_TIMED_OUT:
        walk_timed_out(walk);
        break;
    }
}

/* While the decider must be told, only the rest of the same transaction may come. */
static void check_need(struct walk *walk)
{
    if (walk->needed && walk->completion == 0 && walk->at->type != EVENT_DECISION_TASK_SCHEDULED)
        breaks(walk, "DecisionTaskScheduled is missing before it");
}

/* ---- activities and timers ---- */

static struct open_thing *find_opened(struct walk *walk, enum event_type opened_by,
                                      int64_t event_id)
{
    for (size_t i = 0; i < walk->open_count; i++) {
        if (walk->open[i].opened_by == opened_by && walk->open[i].opened->id == event_id)
            return &walk->open[i];
    }
    breaks(walk, "what it is about is not open");
    return NULL;
}

static struct open_thing *find_named(struct walk *walk, enum event_type opened_by, struct bytes id)
{
    for (size_t i = 0; i < walk->open_count; i++) {
        if (walk->open[i].opened_by == opened_by && bytes_equal(walk->open[i].id, id))
            return &walk->open[i];
    }
    return NULL;
}

static void open_thing(struct walk *walk, struct bytes id)
{
    if (find_named(walk, walk->at->type, id))
        breaks(walk, "one with its id is open already");
    walk->open[walk->open_count++] = (struct open_thing){ .opened_by = walk->at->type,
                                                          .id = id,
                                                          .opened = walk->at };
}

static void drop_thing(struct walk *walk, struct open_thing *thing)
{
    *thing = walk->open[--walk->open_count];
}

static void start_activity(struct walk *walk)
{
    struct open_thing *activity = find_opened(walk, EVENT_ACTIVITY_TASK_SCHEDULED,
                                              walk->at->activity_task_started->scheduled_event_id);

    if (activity == NULL)
        return;
    if (activity->started)
        breaks(walk, "it is started twice");
    activity->started = walk->at;
}

static void request_cancel(struct walk *walk)
{
    struct open_thing *activity = find_named(walk, EVENT_ACTIVITY_TASK_SCHEDULED,
                                             walk->at->activity_task_cancel_requested->activity_id);

    if (activity)
        activity->cancel_event_id = walk->at->id;
    else
        breaks(walk, "what it is about is not open");
}

static void end_activity(struct walk *walk, int64_t scheduled, int64_t started)
{
    struct open_thing *activity = find_opened(walk, EVENT_ACTIVITY_TASK_SCHEDULED, scheduled);

    if (activity == NULL)
        return;
    if (started != (activity->started ? activity->started->id : 0))
        breaks(walk, "its startedEventId is not that of the activity");
    if (walk->at->type == EVENT_ACTIVITY_TASK_CANCELED &&
        walk->at->activity_task_canceled->latest_cancel_requested_event_id !=
            activity->cancel_event_id)
        breaks(walk, "its latestCancelRequestedEventId is not the newest");
    drop_thing(walk, activity);
}

/* HEARTBEAT cannot be judged: heartbeats leave no event. */
static struct instant timeout_instant(const struct open_thing *activity,
                                      enum activity_task_timeout_type type)
{
    const struct activity_task_scheduled_event *scheduled =
        activity->opened->activity_task_scheduled;
    struct instant scheduled_at = activity->opened->timestamp;

    switch ((int)type) {
    case ACTIVITY_TASK_TIMEOUT_TYPE_SCHEDULE_TO_CLOSE:
        return timeout_from(timeout_parse(scheduled->schedule_to_close_timeout), scheduled_at);
    case ACTIVITY_TASK_TIMEOUT_TYPE_SCHEDULE_TO_START:
        return timeout_from(timeout_parse(scheduled->schedule_to_start_timeout), scheduled_at);
    case ACTIVITY_TASK_TIMEOUT_TYPE_START_TO_CLOSE:
        return activity->started ? timeout_from(timeout_parse(scheduled->start_to_close_timeout),
                                                activity->started->timestamp)
                                 : INSTANT_NEVER;
    default:
        return activity->started ? activity->started->timestamp : INSTANT_NEVER;
    }
}

static void time_out_activity(struct walk *walk)
{
    const struct activity_task_timed_out_event *timed_out = walk->at->activity_task_timed_out;
    const struct open_thing *activity = find_opened(walk, EVENT_ACTIVITY_TASK_SCHEDULED,
                                                    timed_out->scheduled_event_id);

    if (activity &&
        instant_before(walk->at->timestamp, timeout_instant(activity, timed_out->timeout_type)))
        breaks(walk, "it comes too early");
    if (timed_out->timeout_type == ACTIVITY_TASK_TIMEOUT_TYPE_SCHEDULE_TO_START &&
        timed_out->started_event_id)
        breaks(walk, "it was started in time");
    end_activity(walk, timed_out->scheduled_event_id, timed_out->started_event_id);
}

static void end_timer(struct walk *walk, struct bytes timer_id, int64_t started)
{
    struct open_thing *timer = find_opened(walk, EVENT_TIMER_STARTED, started);
    struct timeout timeout;

    if (timer == NULL)
        return;
    if (!bytes_equal(timer->id, timer_id))
        breaks(walk, "its timerId is not that of the timer");
    timeout = timeout_parse(timer->opened->timer_started->start_to_fire_timeout);
    if (walk->at->type == EVENT_TIMER_FIRED &&
        instant_before(walk->at->timestamp, timeout_from(timeout, timer->opened->timestamp)))
        breaks(walk, "it comes too early");
    drop_thing(walk, timer);
}

static void start_lambda(struct walk *walk)
{
    struct open_thing *lambda = find_opened(walk, EVENT_LAMBDA_FUNCTION_SCHEDULED,
                                            walk->at->lambda_function_started->scheduled_event_id);

    if (lambda == NULL)
        return;
    if (lambda->started)
        breaks(walk, "it is started twice");
    lambda->started = walk->at;
}

static void end_lambda(struct walk *walk, int64_t scheduled, int64_t started)
{
    struct open_thing *lambda = find_opened(walk, EVENT_LAMBDA_FUNCTION_SCHEDULED, scheduled);

    if (lambda == NULL)
        return;
    if (started != (lambda->started ? lambda->started->id : 0))
        breaks(walk, "its startedEventId is not that of the Lambda task");
    drop_thing(walk, lambda);
}

static void walk_lambda(struct walk *walk)
{
    const struct event *at = walk->at;

    switch ((int)at->type) {
    case EVENT_LAMBDA_FUNCTION_SCHEDULED:
        open_thing(walk, at->lambda_function_scheduled->id);
        break;
    case EVENT_LAMBDA_FUNCTION_STARTED:
        start_lambda(walk);
        break;
    case EVENT_START_LAMBDA_FUNCTION_FAILED:
        end_lambda(walk, at->start_lambda_function_failed->scheduled_event_id, 0);
        break;
    case EVENT_LAMBDA_FUNCTION_COMPLETED:
        end_lambda(walk, at->lambda_function_completed->scheduled_event_id,
                   at->lambda_function_completed->started_event_id);
        break;
    case EVENT_LAMBDA_FUNCTION_FAILED:
        end_lambda(walk, at->lambda_function_failed->scheduled_event_id,
                   at->lambda_function_failed->started_event_id);
        break;
    case EVENT_LAMBDA_FUNCTION_TIMED_OUT:
        end_lambda(walk, at->lambda_function_timed_out->scheduled_event_id,
                   at->lambda_function_timed_out->started_event_id);
        break;
    }
}

/* ---- children, and what was sent to others ---- */

/* Two may have the same target. */
static void ask_for(struct walk *walk)
{
    walk->open[walk->open_count++] = (struct open_thing){ .opened_by = walk->at->type,
                                                          .opened = walk->at };
}

/* What this event is about; it names that by its Initiated event. */
static struct open_thing *find_asked_for(struct walk *walk, enum event_type opened_by)
{
    return find_opened(walk, opened_by, attribute_id(walk->at, "initiatedEventId"));
}

static void start_child(struct walk *walk)
{
    const struct child_workflow_execution_started_event *started =
        walk->at->child_workflow_execution_started;
    struct open_thing *child = find_asked_for(walk, EVENT_START_CHILD_WORKFLOW_EXECUTION_INITIATED);

    if (child == NULL)
        return;
    if (child->started)
        breaks(walk, "it is started twice");
    if (!bytes_equal(started->workflow_execution->workflow_id,
                     attribute_text(child->opened, "workflowId")) ||
        !attribute_same(walk->at, child->opened, "workflowType"))
        breaks(walk, "it is not the child that was asked for");
    child->started = walk->at;
}

static void end_child(struct walk *walk)
{
    struct open_thing *child = find_asked_for(walk, EVENT_START_CHILD_WORKFLOW_EXECUTION_INITIATED);

    if (child == NULL)
        return;
    if (child->started == NULL || attribute_id(walk->at, "startedEventId") != child->started->id)
        breaks(walk, "its startedEventId is not that of the child");
    drop_thing(walk, child);
}

/* Nothing was asked for, or it could not be had: that is found later, for one cause only. */
static void fail_to_reach(struct walk *walk, enum event_type asked_by, bool found_later)
{
    struct open_thing *thing;

    if (found_later != (attribute_id(walk->at, "initiatedEventId") != 0))
        breaks(walk, "its cause and its initiatedEventId do not go together");
    if (!found_later)
        return;
    thing = find_asked_for(walk, asked_by);
    if (thing == NULL)
        return;
    if (thing->started)
        breaks(walk, "it is started");
    if (!attribute_same(walk->at, thing->opened, "workflowId") ||
        !attribute_same(walk->at, thing->opened, "control") ||
        !attribute_same(walk->at, thing->opened, "decisionTaskCompletedEventId"))
        breaks(walk, "it is not what was asked for");
    drop_thing(walk, thing);
}

static void reach(struct walk *walk, enum event_type asked_by)
{
    struct open_thing *thing = find_asked_for(walk, asked_by);

    if (thing)
        drop_thing(walk, thing);
}

static void walk_others(struct walk *walk)
{
    const struct event *at = walk->at;

    switch ((int)at->type) {
    case EVENT_START_CHILD_WORKFLOW_EXECUTION_INITIATED:
    case EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED:
    case EVENT_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED:
        ask_for(walk);
        break;
    case EVENT_CHILD_WORKFLOW_EXECUTION_STARTED:
        start_child(walk);
        break;
    case EVENT_CHILD_WORKFLOW_EXECUTION_COMPLETED:
    case EVENT_CHILD_WORKFLOW_EXECUTION_FAILED:
    case EVENT_CHILD_WORKFLOW_EXECUTION_CANCELED:
    case EVENT_CHILD_WORKFLOW_EXECUTION_TIMED_OUT:
    case EVENT_CHILD_WORKFLOW_EXECUTION_TERMINATED:
        end_child(walk);
        break;
    case EVENT_START_CHILD_WORKFLOW_EXECUTION_FAILED:
        fail_to_reach(walk, EVENT_START_CHILD_WORKFLOW_EXECUTION_INITIATED,
                      at->start_child_workflow_execution_failed->cause ==
                          START_CHILD_WORKFLOW_EXECUTION_FAILED_CAUSE_WORKFLOW_ALREADY_RUNNING);
        break;
    case EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED:
        fail_to_reach(
            walk, EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED,
            at->signal_external_workflow_execution_failed->cause ==
                SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_UNKNOWN_EXTERNAL_WORKFLOW_EXECUTION);
        break;
    case EVENT_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED:
        fail_to_reach(
            walk, EVENT_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED,
            at->request_cancel_external_workflow_execution_failed->cause ==
                REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_UNKNOWN_EXTERNAL_WORKFLOW_EXECUTION);
        break;
    case EVENT_EXTERNAL_WORKFLOW_EXECUTION_SIGNALED:
        reach(walk, EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED);
        break;
    case EVENT_EXTERNAL_WORKFLOW_EXECUTION_CANCEL_REQUESTED:
        reach(walk, EVENT_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED);
        break;
    }
}

/* ---- where a request came from ---- */

/* From another run: its names and the event by which it was sent. By a child policy: the parent's
 * names. From a client: neither. */
static void check_origin(struct walk *walk)
{
    const struct workflow_execution *names = attribute_names(walk->at, "externalWorkflowExecution");
    int64_t id = attribute_id(walk->at, "externalInitiatedEventId");
    bool by_policy = walk->at->type == EVENT_WORKFLOW_EXECUTION_CANCEL_REQUESTED &&
                     walk->at->workflow_execution_cancel_requested->cause;

    if ((names != NULL && !by_policy) != (id != 0) || (by_policy && names == NULL))
        breaks(walk, "it does not say where it came from");
}

/* Only a client gives reasons, or another policy than the run's own. */
static void check_termination(struct walk *walk)
{
    const struct workflow_execution_terminated_event *terminated =
        walk->at->workflow_execution_terminated;

    if (walk->at->type != EVENT_WORKFLOW_EXECUTION_TERMINATED ||
        terminated->cause == WORKFLOW_EXECUTION_TERMINATED_CAUSE_OPERATOR_INITIATED)
        return;
    if (!bytes_is_absent(terminated->reason) || !bytes_is_absent(terminated->details))
        breaks(walk, "nobody gave a reason");
    if (!attribute_same(walk->at, walk->events, "childPolicy"))
        breaks(walk, "its childPolicy is not that of the run");
}

static void walk_things(struct walk *walk)
{
    const struct event *at = walk->at;

    switch ((int)at->type) {
    case EVENT_ACTIVITY_TASK_SCHEDULED:
        open_thing(walk, at->activity_task_scheduled->activity_id);
        break;
    case EVENT_ACTIVITY_TASK_STARTED:
        start_activity(walk);
        break;
    case EVENT_ACTIVITY_TASK_CANCEL_REQUESTED:
        request_cancel(walk);
        break;
    case EVENT_ACTIVITY_TASK_COMPLETED:
        end_activity(walk, at->activity_task_completed->scheduled_event_id,
                     at->activity_task_completed->started_event_id);
        break;
    case EVENT_ACTIVITY_TASK_FAILED:
        end_activity(walk, at->activity_task_failed->scheduled_event_id,
                     at->activity_task_failed->started_event_id);
        break;
    case EVENT_ACTIVITY_TASK_CANCELED:
        end_activity(walk, at->activity_task_canceled->scheduled_event_id,
                     at->activity_task_canceled->started_event_id);
        break;
    case EVENT_ACTIVITY_TASK_TIMED_OUT:
        time_out_activity(walk);
        break;
    case EVENT_TIMER_STARTED:
        open_thing(walk, at->timer_started->timer_id);
        break;
    case EVENT_TIMER_FIRED:
        end_timer(walk, at->timer_fired->timer_id, at->timer_fired->started_event_id);
        break;
    case EVENT_TIMER_CANCELED:
        end_timer(walk, at->timer_canceled->timer_id, at->timer_canceled->started_event_id);
        break;
    }
}

/* ---- all of it ---- */

static void check_run_timeout(struct walk *walk)
{
    const struct event *first = walk->events;
    struct timeout timeout = timeout_parse(
        first->workflow_execution_started->execution_start_to_close_timeout);

    if (walk->at->type == EVENT_WORKFLOW_EXECUTION_TIMED_OUT &&
        instant_before(walk->at->timestamp, timeout_from(timeout, first->timestamp)))
        breaks(walk, "it comes too early");
}

static void walk_event(struct walk *walk)
{
    check_order(walk);
    check_references(walk);
    check_completion(walk);
    check_need(walk);
    if (walk->broken)
        return; /* the rest relies on these */
    walk_decision_task(walk);
    walk_things(walk);
    walk_lambda(walk);
    walk_others(walk);
    check_origin(walk);
    check_termination(walk);
    check_run_timeout(walk);
    if (needs_decision(walk->at->type) && walk->waiting == 0)
        walk->needed = true;
    if (event_type_closes(walk->at->type))
        walk->closed = true;
}

bool invariants_hold(const struct event *events, size_t count, struct text *problem)
{
    struct walk walk = { .events = events, .count = count, .problem = problem };

    if (count == 0)
        return true;
    walk.open = memory_new(count * sizeof(*walk.open));
    for (size_t i = 0; i < count && !walk.broken; i++) {
        walk.at = &events[i];
        walk_event(&walk);
    }
    if (walk.needed && !walk.closed)
        breaks(&walk, "no DecisionTaskScheduled follows it");
    memory_free(walk.open);
    return !walk.broken;
}
