/*
 * From the events of a completed decision task back to the decisions: an event that names its
 * DecisionTaskCompleted tells of one decision, whose attributes it repeats.
 */
#include "replay.h"

#include "look.h"
#include "wire/shape.h"
#include <inttypes.h>
#include <stdio.h>

/* clang-format off */
static const struct {
    enum event_type event;
    enum decision_type decision;
} decided_by[] = {
    { EVENT_ACTIVITY_TASK_SCHEDULED, DECISION_SCHEDULE_ACTIVITY_TASK },
    { EVENT_SCHEDULE_ACTIVITY_TASK_FAILED, DECISION_SCHEDULE_ACTIVITY_TASK },
    { EVENT_ACTIVITY_TASK_CANCEL_REQUESTED, DECISION_REQUEST_CANCEL_ACTIVITY_TASK },
    { EVENT_REQUEST_CANCEL_ACTIVITY_TASK_FAILED, DECISION_REQUEST_CANCEL_ACTIVITY_TASK },
    { EVENT_TIMER_STARTED, DECISION_START_TIMER },
    { EVENT_START_TIMER_FAILED, DECISION_START_TIMER },
    { EVENT_TIMER_CANCELED, DECISION_CANCEL_TIMER },
    { EVENT_CANCEL_TIMER_FAILED, DECISION_CANCEL_TIMER },
    { EVENT_MARKER_RECORDED, DECISION_RECORD_MARKER },
    { EVENT_START_CHILD_WORKFLOW_EXECUTION_INITIATED, DECISION_START_CHILD_WORKFLOW_EXECUTION },
    { EVENT_START_CHILD_WORKFLOW_EXECUTION_FAILED, DECISION_START_CHILD_WORKFLOW_EXECUTION },
    { EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED, DECISION_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION },
    { EVENT_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED, DECISION_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION },
    { EVENT_LAMBDA_FUNCTION_SCHEDULED, DECISION_SCHEDULE_LAMBDA_FUNCTION },
    { EVENT_SCHEDULE_LAMBDA_FUNCTION_FAILED, DECISION_SCHEDULE_LAMBDA_FUNCTION },
    { EVENT_WORKFLOW_EXECUTION_COMPLETED, DECISION_COMPLETE_WORKFLOW_EXECUTION },
    { EVENT_COMPLETE_WORKFLOW_EXECUTION_FAILED, DECISION_COMPLETE_WORKFLOW_EXECUTION },
    { EVENT_WORKFLOW_EXECUTION_FAILED, DECISION_FAIL_WORKFLOW_EXECUTION },
    { EVENT_FAIL_WORKFLOW_EXECUTION_FAILED, DECISION_FAIL_WORKFLOW_EXECUTION },
    { EVENT_WORKFLOW_EXECUTION_CANCELED, DECISION_CANCEL_WORKFLOW_EXECUTION },
    { EVENT_CANCEL_WORKFLOW_EXECUTION_FAILED, DECISION_CANCEL_WORKFLOW_EXECUTION },
    { EVENT_WORKFLOW_EXECUTION_CONTINUED_AS_NEW, DECISION_CONTINUE_AS_NEW_WORKFLOW_EXECUTION },
    { EVENT_CONTINUE_AS_NEW_WORKFLOW_EXECUTION_FAILED, DECISION_CONTINUE_AS_NEW_WORKFLOW_EXECUTION },
};
/* clang-format on */

/* What follows an Initiated event repeats the decision's event id, but tells of no decision. */
static enum decision_type decision_of(const struct recorded_event *event)
{
    if (event->type == EVENT_START_CHILD_WORKFLOW_EXECUTION_FAILED &&
        look_number(event->attributes, "initiatedEventId"))
        return DECISION_ABSENT;
    for (size_t i = 0; i < sizeof(decided_by) / sizeof(decided_by[0]); i++) {
        if (decided_by[i].event == event->type)
            return decided_by[i].decision;
    }
    return DECISION_ABSENT;
}

/* ---- writing ---- */

void decide_open(struct replay *replay, enum decision_type type)
{
    replay_open(replay, NULL, '{');
    replay_put(replay, "decisionType", bytes_of_cstr(decision_type_names[type]));
    replay_open(replay, decision_members[type]->name, '{');
}

void decide_close(struct replay *replay)
{
    replay_close(replay, '}');
    replay_close(replay, '}');
}

void decide_put_members(struct replay *replay, enum decision_type type,
                        struct json_value attributes, const char *except)
{
    replay_put_members(replay, decision_members[type]->shape, attributes, except);
}

/* ---- what an event does not repeat, or what is to be other than it says ---- */

/* The sooner a task was started, the more urgent it is. */
static void put_preference(struct replay *replay, const struct recorded_event *scheduled)
{
    const struct recording *recording = replay->recording;
    char priority[24];

    for (size_t i = 0; i < recording->count; i++) {
        const struct recorded_event *started = &recording->events[i];

        if (started->type != EVENT_ACTIVITY_TASK_STARTED ||
            recording_follow(recording, started, "scheduledEventId") != scheduled)
            continue;
        snprintf(priority, sizeof(priority), "%" PRId64, -started->id);
        replay_put(replay, "taskPriority", bytes_of_cstr(priority));
    }
}

/* The run id that was recorded is that of a child, which has another one here. */
static void put_external(struct replay *replay, enum decision_type type,
                         const struct recorded_event *event)
{
    struct bytes workflow_id = look_text(event->attributes, "workflowId");
    struct bytes run_id = BYTES_ABSENT;

    if (!bytes_is_absent(look_text(event->attributes, "runId")))
        run_id = replay_known_child(replay, workflow_id);
    decide_put_members(replay, type, event->attributes, "runId");
    replay_put(replay, "runId", run_id);
}

static void put_attributes(struct replay *replay, enum decision_type type,
                           const struct recorded_event *event)
{
    bool prefers = type == DECISION_SCHEDULE_ACTIVITY_TASK && deviation_prefers(replay->deviations);

    switch (type) {
    case DECISION_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION:
    case DECISION_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION:
        put_external(replay, type, event);
        break;
    default:
        decide_put_members(replay, type, event->attributes, prefers ? "taskPriority" : NULL);
        break;
    }
    if (prefers)
        put_preference(replay, event);
    if (event->type == EVENT_CONTINUE_AS_NEW_WORKFLOW_EXECUTION_FAILED)
        replay_put(replay, "workflowTypeVersion", BYTES("no such version"));
}

/* ---- the whole list ---- */

static void put_decisions(struct replay *replay, const struct recorded_event *completed)
{
    const struct recording *recording = replay->recording;

    for (size_t i = (size_t)completed->id; i < recording->count; i++) {
        const struct recorded_event *event = &recording->events[i];
        enum decision_type type = decision_of(event);

        if (type == DECISION_ABSENT ||
            recording_follow(recording, event, "decisionTaskCompletedEventId") != completed)
            continue;
        decide_open(replay, type);
        put_attributes(replay, type, event);
        decide_close(replay);
    }
}

/* ---- children, whose deciders wait for them ---- */

static const struct recorded_event *next_of(const struct recording *recording,
                                            const struct recorded_event *event,
                                            enum event_type type)
{
    do
        event = recording_find(recording, event->id + 1);
    while (event && event->type != type);
    return event;
}

/* Children that share their parent's task list have their first task before the parent has its
 * next: a decider that waits gets it then. But not where the parent's next task is there already.
 */
static bool children_come_first(const struct recording *recording,
                                const struct recorded_event *completed)
{
    const struct recorded_event *child, *started;

    child = next_of(recording, completed, EVENT_CHILD_WORKFLOW_EXECUTION_STARTED);
    started = next_of(recording, completed, EVENT_DECISION_TASK_STARTED);
    return child && started && look_number(started->attributes, "scheduledEventId") > child->id;
}

static void await_children(struct replay *replay, const struct recorded_event *completed)
{
    const struct recording *recording = replay->recording;

    if (!children_come_first(recording, completed))
        return;
    for (size_t i = (size_t)completed->id; i < recording->count; i++) {
        const struct recorded_event *event = &recording->events[i];

        if (event->type == EVENT_START_CHILD_WORKFLOW_EXECUTION_INITIATED &&
            recording_follow(recording, event, "decisionTaskCompletedEventId") == completed)
            replay_begin_wait(replay, replay_list(replay, event));
    }
}

bool decide_recorded(struct replay *replay, const struct recorded_event *completed)
{
    const struct shape *shape = operation_shapes[OPERATION_RESPOND_DECISION_TASK_COMPLETED].input;
    struct bytes token = replay_release_decision(replay, replay->workflow_id);
    struct json_value nothing;

    if (bytes_is_absent(token))
        return replay_stop(replay, "there is no decision task to complete");
    await_children(replay, completed);
    replay_begin(replay);
    replay_put(replay, "taskToken", token);
    replay_put_members(replay, shape, completed->attributes, NULL);
    replay_open(replay, "decisions", '[');
    put_decisions(replay, completed);
    replay_close(replay, ']');
    if (!replay_call_well(replay, OPERATION_RESPOND_DECISION_TASK_COMPLETED, &nothing))
        return false;
    replay_end_waits(replay);
    return true;
}
