#include "history/check.h"

#include "history/attribute.h"
#include "history/rules.h"
#include "model/timeout.h"
#include "wire/field.h"
#include <inttypes.h>

/* Something that an event opened, kept under that event's id. The open ones of a family form a
 * list. */
struct thing {
    const struct event *opened;
    const struct event *started;
    int64_t cancel_event_id;
    struct thing *next, **link; /* link is NULL for one that is closed */
};

struct walk {
    const struct history *history;
    const struct event *events;
    const struct event *at;
    struct history_sum *sum;
    struct text *problem;
    bool broken;

    int64_t waiting, started;   /* decision tasks: their Scheduled, their Started */
    const struct event *needed; /* the decider must be told of it, and no task waits */
    int64_t completion;         /* the DecisionTaskCompleted whose events these are; 0: none */
    struct bytes override_list; /* named by a completion; absent: none */
    bool closed;

    struct thing *things; /* indexed by event id */
    struct thing *open[FAMILY_COUNT];
    int32_t open_count[FAMILY_COUNT];
};

static void breaks(struct walk *walk, const char *what)
{
    if (walk->broken)
        return;
    walk->broken = true;
    text_printf(walk->problem, "event %" PRId64 " (%s): %s", walk->at->id,
                event_shapes[walk->at->type].type, what);
}

static void breaks_about(struct walk *walk, const char *member, const char *what)
{
    if (walk->broken)
        return;
    breaks(walk, member);
    text_append_cstr(walk->problem, what);
}

static const struct event *event_of(const struct walk *walk, int64_t id)
{
    return id >= 1 && id <= walk->at - walk->events ? &walk->events[id - 1] : NULL;
}

static bool is_same_time(const struct walk *walk, const struct event *event)
{
    return !walk->history->has_times || event->timestamp.ms == walk->at->timestamp.ms;
}

/* ---- its place, its members, what it names ---- */

static void check_order(struct walk *walk)
{
    size_t index = (size_t)(walk->at - walk->events);

    if (walk->at->id != (int64_t)index + 1)
        breaks(walk, "its id is out of order");
    if (index && walk->history->has_times &&
        instant_before(walk->at->timestamp, walk->at[-1].timestamp))
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

static void check_presence(struct walk *walk)
{
    const char *missing = attribute_missing(walk->at);

    if (missing)
        breaks_about(walk, missing, " is missing");
}

static void check_reference(struct walk *walk, const struct member *member)
{
    const struct reference *reference = rules_find_reference(walk->at->type, member->name);
    int64_t id = field_long(field_of(walk->at->attributes, member));
    const struct event *named = event_of(walk, id);

    if (reference == NULL)
        breaks(walk, "names an event, and nobody knows of what type");
    else if (reference->to == EVENT_ABSENT)
        return;
    else if (id == 0 && reference->may_be_zero)
        return;
    else if (named == NULL || named->type != reference->to)
        breaks_about(walk, member->name, " does not name what it should");
}

static bool ends_with(const char *text, const char *ending)
{
    size_t len = strlen(text), ending_len = strlen(ending);

    return len >= ending_len && strcmp(text + len - ending_len, ending) == 0;
}

static void check_references(struct walk *walk)
{
    const struct shape *shape = event_shapes[walk->at->type].attributes;

    for (uint16_t i = 0; i < shape->count; i++) {
        if (ends_with(shape->members[i].name, "EventId"))
            check_reference(walk, &shape->members[i]);
    }
}

/* ---- transactions of completions ---- */

/* The completion that an event belongs to; 0: none. A failure that was found later names the
 * completion that made the decision, and is not part of it. */
static int64_t completion_of(const struct event *event)
{
    if (attribute_id(event, "initiatedEventId"))
        return 0;
    return attribute_id(event, "decisionTaskCompletedEventId");
}

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
    if (completed && !is_same_time(walk, completed))
        breaks(walk, "its time is not that of its completion");
    if (walk->at->type == EVENT_DECISION_TASK_COMPLETED)
        walk->completion = walk->at->id;
    else if (completion == 0 && !is_immediate_cancel(walk->at))
        walk->completion = 0;
}

/* While the decider must be told, only the rest of the same transaction may come. */
static void check_need(struct walk *walk)
{
    if (walk->needed && walk->completion == 0 && walk->at->type != EVENT_DECISION_TASK_SCHEDULED)
        breaks(walk, "DecisionTaskScheduled is missing before it");
}

/* ---- time ---- */

static void check_early(struct walk *walk, struct instant earliest)
{
    if (walk->history->has_times && instant_before(walk->at->timestamp, earliest))
        breaks(walk, "it comes too early");
}

static void check_timeout(struct walk *walk, struct bytes timeout, const struct event *since)
{
    if (since)
        check_early(walk, timeout_from(timeout_parse(timeout), since->timestamp));
    else
        breaks(walk, "its clock never ran");
}

/* ---- decision tasks ---- */

static void check_task_list(struct walk *walk)
{
    struct bytes list = walk->at->decision_task_scheduled->task_list->name;

    if (!bytes_equal(list, walk->events->workflow_execution_started->task_list->name) &&
        !bytes_equal(list, walk->override_list))
        breaks(walk, "it lies on a list of others");
}

/* Older histories lack some of it. */
static void check_task_settings(struct walk *walk)
{
    const struct decision_task_scheduled_event *scheduled = walk->at->decision_task_scheduled;
    const struct workflow_execution_started_event *run = walk->events->workflow_execution_started;

    check_task_list(walk);
    if (!bytes_is_absent(scheduled->start_to_close_timeout) &&
        !bytes_equal(scheduled->start_to_close_timeout, run->task_start_to_close_timeout))
        breaks(walk, "its startToCloseTimeout is not that of the run");
    if (!bytes_equal(scheduled->task_priority, run->task_priority))
        breaks(walk, "its taskPriority is not that of the run");
}

static void walk_scheduled(struct walk *walk)
{
    if (walk->needed == NULL)
        breaks(walk, "nothing needs the decider");
    else if (!is_same_time(walk, walk->needed))
        breaks(walk, "its time is not that of its cause");
    if (walk->waiting)
        breaks(walk, "a decision task waits already");
    check_task_settings(walk);
    walk->needed = NULL;
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

static void walk_completed(struct walk *walk)
{
    const struct decision_task_completed_event *completed = walk->at->decision_task_completed;

    end_started(walk, completed->scheduled_event_id, completed->started_event_id);
    if (completed->task_list)
        walk->override_list = completed->task_list->name;
}

static void check_task_timeout(struct walk *walk)
{
    const struct decision_task_timed_out_event *timed_out = walk->at->decision_task_timed_out;
    const struct event *started = event_of(walk, timed_out->started_event_id);
    const struct event *scheduled = event_of(walk, timed_out->scheduled_event_id);
    bool is_of_start = timed_out->timeout_type == DECISION_TASK_TIMEOUT_TYPE_SCHEDULE_TO_START;

    if (walk->broken)
        return;
    if (is_of_start == (started != NULL))
        breaks(walk, "its timeoutType and its startedEventId do not go together");
    else if (is_of_start)
        check_timeout(walk, scheduled->decision_task_scheduled->schedule_to_start_timeout,
                      scheduled);
    else
        check_timeout(walk, scheduled->decision_task_scheduled->start_to_close_timeout, started);
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
    switch ((int)walk->at->type) {
    case EVENT_DECISION_TASK_SCHEDULED:
        walk_scheduled(walk);
        break;
    case EVENT_DECISION_TASK_STARTED:
        walk_started(walk);
        break;
    case EVENT_DECISION_TASK_COMPLETED:
        walk_completed(walk);
        break;
    case EVENT_DECISION_TASK_TIMED_OUT:
        walk_timed_out(walk);
        break;
    }
}

/* ---- what is open ---- */

/* NULL after a complaint. */
static struct thing *find_opened(struct walk *walk, enum family family)
{
    const struct family_rule *rule = &family_rules[family];
    const struct event *opener = event_of(walk, attribute_id(walk->at, rule->opener_member));
    struct thing *thing = opener ? &walk->things[opener->id] : NULL;

    if (thing && opener->type == rule->opener && thing->link)
        return thing;
    breaks(walk, "what it is about is not open");
    return NULL;
}

static struct thing *find_named(const struct walk *walk, enum family family, struct bytes id)
{
    const char *member = family_rules[family].id_member;

    for (struct thing *thing = walk->open[family]; thing; thing = thing->next) {
        if (bytes_equal(attribute_text(thing->opened, member), id))
            return thing;
    }
    return NULL;
}

static void open_thing(struct walk *walk, enum family family)
{
    struct thing *thing = &walk->things[walk->at->id];
    const char *member = family_rules[family].id_member;

    if (member && find_named(walk, family, attribute_text(walk->at, member)))
        breaks(walk, "one with its id is open already");
    *thing = (struct thing){ .opened = walk->at, .next = walk->open[family] };
    thing->link = &walk->open[family];
    if (thing->next)
        thing->next->link = &thing->next;
    walk->open[family] = thing;
    walk->open_count[family]++;
}

static void start_thing(struct walk *walk, enum family family)
{
    struct thing *thing = find_opened(walk, family);

    if (thing == NULL)
        return;
    if (thing->started)
        breaks(walk, "it is started twice");
    thing->started = walk->at;
}

static void drop_thing(struct walk *walk, struct thing *thing, enum family family)
{
    *thing->link = thing->next;
    if (thing->next)
        thing->next->link = thing->link;
    thing->link = NULL;
    walk->open_count[family]--;
}

static void check_starter(struct walk *walk, const struct thing *thing, enum family family)
{
    const char *member = family_rules[family].starter_member;
    int64_t started = thing->started ? thing->started->id : 0;

    if (member && attribute_id(walk->at, member) != started)
        breaks(walk, "its startedEventId is not that of what it ends");
}

/* ---- activities ---- */

/* A heartbeat leaves no event and puts the end off, so HEARTBEAT can be later than this. */
static void check_activity_timeout(struct walk *walk, const struct thing *activity)
{
    const struct activity_task_scheduled_event *settings =
        activity->opened->activity_task_scheduled;

    switch ((int)walk->at->activity_task_timed_out->timeout_type) {
    case ACTIVITY_TASK_TIMEOUT_TYPE_SCHEDULE_TO_CLOSE:
        check_timeout(walk, settings->schedule_to_close_timeout, activity->opened);
        break;
    case ACTIVITY_TASK_TIMEOUT_TYPE_SCHEDULE_TO_START:
        check_timeout(walk, settings->schedule_to_start_timeout, activity->opened);
        if (activity->started)
            breaks(walk, "it was started in time");
        break;
    case ACTIVITY_TASK_TIMEOUT_TYPE_START_TO_CLOSE:
        check_timeout(walk, settings->start_to_close_timeout, activity->started);
        break;
    default:
        check_timeout(walk, settings->heartbeat_timeout, activity->started);
        break;
    }
}

static void check_activity_cancel(struct walk *walk, const struct thing *activity)
{
    if (walk->at->activity_task_canceled->latest_cancel_requested_event_id !=
        activity->cancel_event_id)
        breaks(walk, "its latestCancelRequestedEventId is not the newest");
}

static void request_cancel(struct walk *walk)
{
    struct thing *activity = find_named(walk, FAMILY_ACTIVITY,
                                        walk->at->activity_task_cancel_requested->activity_id);

    if (activity)
        activity->cancel_event_id = walk->at->id;
    else
        breaks(walk, "what it is about is not open");
}

/* ---- timers ---- */

static void check_timer(struct walk *walk, const struct thing *timer)
{
    if (!attribute_same(walk->at, timer->opened, "timerId"))
        breaks(walk, "its timerId is not that of the timer");
    if (walk->at->type == EVENT_TIMER_FIRED)
        check_timeout(walk, timer->opened->timer_started->start_to_fire_timeout, timer->opened);
}

/* Was a timer of this id canceled by the completion that goes on here? Its id is free in the next
 * one. */
static bool is_just_canceled(const struct walk *walk, struct bytes timer_id)
{
    for (const struct event *event = walk->at - 1; event->id > walk->completion; event--) {
        if (event->type == EVENT_TIMER_CANCELED &&
            bytes_equal(event->timer_canceled->timer_id, timer_id))
            return true;
    }
    return false;
}

static void check_timer_id(struct walk *walk)
{
    if (is_just_canceled(walk, walk->at->timer_started->timer_id))
        breaks(walk, "its timerId was in use when the completion began");
}

/* ---- Lambda tasks ---- */

/* What holds without a startToCloseTimeout was 300 seconds once, and is more now. A task without a
 * limit ends this way too, when its call was lost. */
static void check_lambda_timeout(struct walk *walk, const struct thing *lambda)
{
    struct bytes given = lambda->opened->lambda_function_scheduled->start_to_close_timeout;

    if (bytes_equal_cstr(given, "NONE"))
        return;
    check_timeout(walk, given.len ? given : BYTES("300"), lambda->started);
}

/* ---- children, and what was sent to others ---- */

static struct bytes workflow_id_of(const struct event *event)
{
    const struct workflow_execution *names = attribute_names(event, "workflowExecution");

    return names ? names->workflow_id : BYTES_ABSENT;
}

static void check_child_start(struct walk *walk)
{
    const struct thing *child = find_opened(walk, FAMILY_CHILD);

    if (child == NULL)
        return;
    if (!bytes_equal(workflow_id_of(walk->at), attribute_text(child->opened, "workflowId")) ||
        !attribute_same(walk->at, child->opened, "workflowType"))
        breaks(walk, "it is not the child that was asked for");
}

/* The run, and the version of its type, may be others by then: it may have continued as new. */
static void check_child_end(struct walk *walk, const struct thing *child)
{
    if (child->started == NULL)
        breaks(walk, "the child never began");
    else if (!bytes_equal(workflow_id_of(walk->at), workflow_id_of(child->started)))
        breaks(walk, "it is not the child that was started");
}

static void check_reached(struct walk *walk, const struct thing *sent)
{
    struct bytes run_id = attribute_text(sent->opened, "runId");
    const struct workflow_execution *names = attribute_names(walk->at, "workflowExecution");

    if (!bytes_equal(names->workflow_id, attribute_text(sent->opened, "workflowId")) ||
        (run_id.len && !bytes_equal(names->run_id, run_id)))
        breaks(walk, "it reached another execution");
}

static void check_failed_later(struct walk *walk, const struct thing *thing)
{
    if (thing->started)
        breaks(walk, "it is started");
    if (!attribute_same(walk->at, thing->opened, "workflowId") ||
        !attribute_same(walk->at, thing->opened, "control") ||
        !attribute_same(walk->at, thing->opened, "decisionTaskCompletedEventId"))
        breaks(walk, "it is not what was asked for");
}

static bool is_unsent_signal(const struct signal_external_workflow_execution_failed_event *failed)
{
    switch (failed->cause) {
    case SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_UNKNOWN_EXTERNAL_WORKFLOW_EXECUTION:
        return true;
    case SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_RATE_EXCEEDED:
        return failed->initiated_event_id != 0;
    default:
        return false;
    }
}

static bool is_unsent_cancel(
    const struct request_cancel_external_workflow_execution_failed_event *failed)
{
    switch (failed->cause) {
    case REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_UNKNOWN_EXTERNAL_WORKFLOW_EXECUTION:
        return true;
    case REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_RATE_EXCEEDED:
        return failed->initiated_event_id != 0;
    default:
        return false;
    }
}

/* Is this a failure that is found only after the Initiated event? That something was sent too fast
 * was once said at once, without one. */
static bool is_found_later(const struct event *at)
{
    switch ((int)at->type) {
    case EVENT_START_CHILD_WORKFLOW_EXECUTION_FAILED:
        return at->start_child_workflow_execution_failed->cause ==
               START_CHILD_WORKFLOW_EXECUTION_FAILED_CAUSE_WORKFLOW_ALREADY_RUNNING;
    case EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED:
        return is_unsent_signal(at->signal_external_workflow_execution_failed);
    default:
        return is_unsent_cancel(at->request_cancel_external_workflow_execution_failed);
    }
}

static bool is_failure_to_reach(enum event_type type)
{
    return type == EVENT_START_CHILD_WORKFLOW_EXECUTION_FAILED ||
           type == EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED ||
           type == EVENT_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED;
}

/* ---- starting and closing, in every family ---- */

static void check_end(struct walk *walk, const struct thing *thing)
{
    switch ((int)walk->at->type) {
    case EVENT_ACTIVITY_TASK_TIMED_OUT:
        check_activity_timeout(walk, thing);
        break;
    case EVENT_ACTIVITY_TASK_CANCELED:
        check_activity_cancel(walk, thing);
        break;
    case EVENT_TIMER_FIRED:
    case EVENT_TIMER_CANCELED:
        check_timer(walk, thing);
        break;
    case EVENT_LAMBDA_FUNCTION_TIMED_OUT:
        check_lambda_timeout(walk, thing);
        break;
    case EVENT_START_LAMBDA_FUNCTION_FAILED:
        if (thing->started)
            breaks(walk, "it is started");
        break;
    case EVENT_EXTERNAL_WORKFLOW_EXECUTION_SIGNALED:
    case EVENT_EXTERNAL_WORKFLOW_EXECUTION_CANCEL_REQUESTED:
        check_reached(walk, thing);
        break;
    }
}

static bool names_starter(enum event_type type)
{
    return !is_failure_to_reach(type) && type != EVENT_START_LAMBDA_FUNCTION_FAILED;
}

static void close_thing(struct walk *walk, enum family family)
{
    bool failed = is_failure_to_reach(walk->at->type);

    if (failed && is_found_later(walk->at) != (attribute_id(walk->at, "initiatedEventId") != 0))
        breaks(walk, "its cause and its initiatedEventId do not go together");
    if (failed && !is_found_later(walk->at))
        return; /* nothing was asked for */
    struct thing *thing = find_opened(walk, family);
    if (thing == NULL)
        return;
    if (failed)
        check_failed_later(walk, thing);
    else if (family == FAMILY_CHILD)
        check_child_end(walk, thing);
    if (names_starter(walk->at->type))
        check_starter(walk, thing, family);
    check_end(walk, thing);
    drop_thing(walk, thing, family);
}

static void check_start(struct walk *walk)
{
    if (walk->at->type == EVENT_CHILD_WORKFLOW_EXECUTION_STARTED && !walk->broken)
        check_child_start(walk);
    if (walk->at->type == EVENT_TIMER_STARTED)
        check_timer_id(walk);
    if (walk->at->type == EVENT_ACTIVITY_TASK_CANCEL_REQUESTED)
        request_cancel(walk);
}

static void walk_things(struct walk *walk)
{
    const struct event_rule *rule = &event_rules[walk->at->type];

    check_start(walk);
    if (walk->broken || rule->family == FAMILY_DECISION_TASK)
        return;
    if (rule->part == PART_OPENS)
        open_thing(walk, rule->family);
    else if (rule->part == PART_STARTS)
        start_thing(walk, rule->family);
    else if (rule->part == PART_CLOSES)
        close_thing(walk, rule->family);
}

/* ---- decisions that failed ---- */

static void check_id_use(struct walk *walk, enum family family, struct bytes id, bool in_use)
{
    bool is_open = find_named(walk, family, id) != NULL;
    bool was_open = family == FAMILY_TIMER && is_just_canceled(walk, id);

    if (in_use && !is_open && !was_open)
        breaks(walk, "its id was not in use");
    if (!in_use && is_open)
        breaks(walk, "its id is that of something open");
}

static void check_unhandled(struct walk *walk, bool said)
{
    if (said && walk->waiting == 0)
        breaks(walk, "no decision task waits");
}

static void check_failure(struct walk *walk)
{
    const struct event *at = walk->at;

    switch ((int)at->type) {
    case EVENT_SCHEDULE_ACTIVITY_TASK_FAILED:
        if (at->schedule_activity_task_failed->cause ==
            SCHEDULE_ACTIVITY_TASK_FAILED_CAUSE_ACTIVITY_ID_ALREADY_IN_USE)
            check_id_use(walk, FAMILY_ACTIVITY, at->schedule_activity_task_failed->activity_id,
                         true);
        break;
    case EVENT_REQUEST_CANCEL_ACTIVITY_TASK_FAILED:
        if (at->request_cancel_activity_task_failed->cause ==
            REQUEST_CANCEL_ACTIVITY_TASK_FAILED_CAUSE_ACTIVITY_ID_UNKNOWN)
            check_id_use(walk, FAMILY_ACTIVITY,
                         at->request_cancel_activity_task_failed->activity_id, false);
        break;
    case EVENT_START_TIMER_FAILED:
        if (at->start_timer_failed->cause == START_TIMER_FAILED_CAUSE_TIMER_ID_ALREADY_IN_USE)
            check_id_use(walk, FAMILY_TIMER, at->start_timer_failed->timer_id, true);
        break;
    case EVENT_CANCEL_TIMER_FAILED:
        if (at->cancel_timer_failed->cause == CANCEL_TIMER_FAILED_CAUSE_TIMER_ID_UNKNOWN)
            check_id_use(walk, FAMILY_TIMER, at->cancel_timer_failed->timer_id, false);
        break;
    case EVENT_SCHEDULE_LAMBDA_FUNCTION_FAILED:
        if (at->schedule_lambda_function_failed->cause ==
            SCHEDULE_LAMBDA_FUNCTION_FAILED_CAUSE_ID_ALREADY_IN_USE)
            check_id_use(walk, FAMILY_LAMBDA, at->schedule_lambda_function_failed->id, true);
        break;
    }
}

static void check_failed_close(struct walk *walk)
{
    const struct event *at = walk->at;

    switch ((int)at->type) {
    case EVENT_COMPLETE_WORKFLOW_EXECUTION_FAILED:
        check_unhandled(walk, at->complete_workflow_execution_failed->cause ==
                                  COMPLETE_WORKFLOW_EXECUTION_FAILED_CAUSE_UNHANDLED_DECISION);
        break;
    case EVENT_FAIL_WORKFLOW_EXECUTION_FAILED:
        check_unhandled(walk, at->fail_workflow_execution_failed->cause ==
                                  FAIL_WORKFLOW_EXECUTION_FAILED_CAUSE_UNHANDLED_DECISION);
        break;
    case EVENT_CANCEL_WORKFLOW_EXECUTION_FAILED:
        check_unhandled(walk, at->cancel_workflow_execution_failed->cause ==
                                  CANCEL_WORKFLOW_EXECUTION_FAILED_CAUSE_UNHANDLED_DECISION);
        break;
    case EVENT_CONTINUE_AS_NEW_WORKFLOW_EXECUTION_FAILED:
        check_unhandled(walk,
                        at->continue_as_new_workflow_execution_failed->cause ==
                            CONTINUE_AS_NEW_WORKFLOW_EXECUTION_FAILED_CAUSE_UNHANDLED_DECISION);
        break;
    }
}

/* ---- where a request came from ---- */

/* A child knows its parent by both; a run without one, by neither. */
static void check_parent(struct walk *walk)
{
    const struct workflow_execution_started_event *start = walk->at->workflow_execution_started;

    if ((start->parent_workflow_execution != NULL) != (start->parent_initiated_event_id != 0))
        breaks(walk, "it does not say whose child it is");
}

/* From another run: its names and the event by which it was sent. By a child policy: the parent's
 * names. From a client: neither. */
static void check_origin(struct walk *walk)
{
    const struct workflow_execution *names = attribute_names(walk->at, "externalWorkflowExecution");
    int64_t id = attribute_id(walk->at, "externalInitiatedEventId");
    bool by_policy = walk->at->type == EVENT_WORKFLOW_EXECUTION_CANCEL_REQUESTED &&
                     walk->at->workflow_execution_cancel_requested->cause;

    if (walk->at->type == EVENT_WORKFLOW_EXECUTION_STARTED)
        check_parent(walk);
    if ((names != NULL && !by_policy) != (id != 0) || (by_policy && names == NULL))
        breaks(walk, "it does not say where it came from");
}

/* ---- the end ---- */

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

static void check_run_timeout(struct walk *walk)
{
    const struct event *first = walk->events;

    if (walk->at->type != EVENT_WORKFLOW_EXECUTION_TIMED_OUT)
        return;
    check_timeout(walk, first->workflow_execution_started->execution_start_to_close_timeout, first);
    if (!attribute_same(walk->at, first, "childPolicy"))
        breaks(walk, "its childPolicy is not that of the run");
}

static void check_close(struct walk *walk)
{
    if (rules_is_decided_close(walk->at->type) && walk->waiting)
        breaks(walk, "a decision task waits");
    check_termination(walk);
    check_run_timeout(walk);
}

/* ---- all of it ---- */

static void walk_event(struct walk *walk)
{
    check_order(walk);
    check_presence(walk);
    check_references(walk);
    check_completion(walk);
    check_need(walk);
    if (walk->broken)
        return; /* the rest relies on these */
    walk_decision_task(walk);
    walk_things(walk);
    check_failure(walk);
    check_failed_close(walk);
    check_origin(walk);
    check_close(walk);
    if (event_rules[walk->at->type].asks_decider && walk->waiting == 0)
        walk->needed = walk->at;
    if (event_type_closes(walk->at->type))
        walk->closed = true;
    history_sum_add(walk->sum, walk->at);
}

static void count_open(struct walk *walk)
{
    walk->sum->open = (struct workflow_execution_open_counts){
        .open_activity_tasks = walk->open_count[FAMILY_ACTIVITY],
        .open_decision_tasks = walk->waiting || walk->started,
        .open_timers = walk->open_count[FAMILY_TIMER],
        .open_child_workflow_executions = walk->open_count[FAMILY_CHILD],
        .open_lambda_functions = walk->open_count[FAMILY_LAMBDA],
    };
}

bool history_check(const struct history *history, struct history_sum *sum, struct arena *scratch,
                   struct text *problem)
{
    struct walk walk = { .history = history,
                         .events = history->events,
                         .sum = sum,
                         .problem = problem,
                         .override_list = BYTES_ABSENT };

    *sum = (struct history_sum){ 0 };
    if (history->count == 0) {
        text_append_cstr(problem, "there are no events");
        return false;
    }
    walk.things = arena_array(scratch, struct thing, history->count + 1);
    for (size_t i = 0; i < history->count && !walk.broken; i++) {
        walk.at = &history->events[i];
        walk_event(&walk);
    }
    if (walk.needed && !walk.closed && !history->is_cut)
        breaks(&walk, "no DecisionTaskScheduled follows it");
    count_open(&walk);
    return !walk.broken;
}
