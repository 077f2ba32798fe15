/*
 * For each type of event, who caused it: then that somebody's call is made. The types that are not
 * in the table follow from others by themselves, or by time, which has come when they are reached.
 */
#include "replay.h"

#include "look.h"
#include "wire/shape.h"
#include <inttypes.h>

/* ---- decision tasks ---- */

static bool start_decision_task(struct replay *replay, const struct recorded_event *event)
{
    const struct recorded_event *scheduled = recording_follow(replay->recording, event,
                                                              "scheduledEventId");

    return replay_await_decision(replay, replay->workflow_id, replay_list(replay, scheduled),
                                 look_text(event->attributes, "identity"));
}

/* Its token is worth nothing any more. */
static bool lose_decision_task(struct replay *replay, const struct recorded_event *event)
{
    (void)event;
    replay_release_decision(replay, replay->workflow_id);
    return true;
}

/* ---- activities ---- */

static struct bytes activity_of(const struct replay *replay, const struct recorded_event *event)
{
    const struct recorded_event *scheduled = recording_follow(replay->recording, event,
                                                              "scheduledEventId");

    return scheduled ? look_text(scheduled->attributes, "activityId") : BYTES_ABSENT;
}

static bool start_activity(struct replay *replay, const struct recorded_event *event)
{
    const struct recorded_event *scheduled = recording_follow(replay->recording, event,
                                                              "scheduledEventId");

    return replay_await_activity(replay, activity_of(replay, event), replay_list(replay, scheduled),
                                 look_text(event->attributes, "identity"));
}

static bool lose_activity(struct replay *replay, const struct recorded_event *event)
{
    replay_release_activity(replay, activity_of(replay, event));
    return true;
}

static bool answer(struct replay *replay, const struct recorded_event *event,
                   enum operation operation)
{
    struct bytes token = replay_release_activity(replay, activity_of(replay, event));
    struct json_value nothing;

    if (bytes_is_absent(token))
        return replay_stop(replay, "event %" PRId64 ": its activity task is not started",
                           event->id);
    replay_begin(replay);
    replay_put(replay, "taskToken", token);
    replay_put_members(replay, operation_shapes[operation].input, event->attributes, NULL);
    return replay_call_well(replay, operation, &nothing);
}

static bool complete_activity(struct replay *replay, const struct recorded_event *event)
{
    return answer(replay, event, OPERATION_RESPOND_ACTIVITY_TASK_COMPLETED);
}

static bool fail_activity(struct replay *replay, const struct recorded_event *event)
{
    return answer(replay, event, OPERATION_RESPOND_ACTIVITY_TASK_FAILED);
}

/* A task that was not started is canceled by the decision alone. */
static bool cancel_activity(struct replay *replay, const struct recorded_event *event)
{
    if (look_number(event->attributes, "startedEventId") == 0)
        return true;
    return answer(replay, event, OPERATION_RESPOND_ACTIVITY_TASK_CANCELED);
}

/* ---- clients ---- */

static bool call_from_outside(struct replay *replay, const struct recorded_event *event,
                              enum operation operation, struct bytes workflow_id)
{
    struct json_value nothing;

    replay_begin(replay);
    replay_put(replay, "domain", BYTES("recorded"));
    replay_put(replay, "workflowId", workflow_id);
    replay_put_members(replay, operation_shapes[operation].input, event->attributes, NULL);
    return replay_call_well(replay, operation, &nothing);
}

static bool is_from_a_run(const struct recorded_event *event)
{
    struct json_value execution;

    return look_member(event->attributes, "externalWorkflowExecution", &execution);
}

static bool signal_run(struct replay *replay, const struct recorded_event *event)
{
    if (is_from_a_run(event))
        return replay_stop(replay, "event %" PRId64 ": who signals?", event->id);
    return call_from_outside(replay, event, OPERATION_SIGNAL_WORKFLOW_EXECUTION,
                             replay->workflow_id);
}

static bool cancel_run(struct replay *replay, const struct recorded_event *event)
{
    if (bytes_equal(look_text(event->attributes, "cause"), BYTES("CHILD_POLICY_APPLIED")))
        return parent_close(replay);
    if (is_from_a_run(event))
        return replay_stop(replay, "event %" PRId64 ": who asks to cancel?", event->id);
    return call_from_outside(replay, event, OPERATION_REQUEST_CANCEL_WORKFLOW_EXECUTION,
                             replay->workflow_id);
}

static bool terminate_run(struct replay *replay, const struct recorded_event *event)
{
    return call_from_outside(replay, event, OPERATION_TERMINATE_WORKFLOW_EXECUTION,
                             replay->workflow_id);
}

/* ---- children ---- */

static struct bytes child_of(const struct recorded_event *event)
{
    struct json_value execution;

    if (!look_member(event->attributes, "workflowExecution", &execution))
        return BYTES_ABSENT;
    return look_text(execution, "workflowId");
}

/* Not yet there, or not at all: then the comparison will say so. */
static bool know_child(struct replay *replay, const struct recorded_event *event)
{
    (void)replay_learn_child(replay, replay->workflow_id, replay->run_id, child_of(event));
    return true;
}

static bool decide_for_child(struct replay *replay, const struct recorded_event *event,
                             enum decision_type type)
{
    const struct recorded_event *initiated = recording_follow(replay->recording, event,
                                                              "initiatedEventId");
    struct bytes list = replay_list(replay, initiated);
    struct json_value nothing;

    if (!replay_await_decision(replay, child_of(event), list, BYTES_ABSENT))
        return false;
    replay_begin(replay);
    replay_put(replay, "taskToken", replay_release_decision(replay, child_of(event)));
    replay_open(replay, "decisions", '[');
    decide_open(replay, type);
    decide_put_members(replay, type, event->attributes, NULL);
    decide_close(replay);
    replay_close(replay, ']');
    return replay_call_well(replay, OPERATION_RESPOND_DECISION_TASK_COMPLETED, &nothing);
}

static bool complete_child(struct replay *replay, const struct recorded_event *event)
{
    return decide_for_child(replay, event, DECISION_COMPLETE_WORKFLOW_EXECUTION);
}

static bool fail_child(struct replay *replay, const struct recorded_event *event)
{
    return decide_for_child(replay, event, DECISION_FAIL_WORKFLOW_EXECUTION);
}

static bool cancel_child(struct replay *replay, const struct recorded_event *event)
{
    return decide_for_child(replay, event, DECISION_CANCEL_WORKFLOW_EXECUTION);
}

static bool terminate_child(struct replay *replay, const struct recorded_event *event)
{
    return call_from_outside(replay, event, OPERATION_TERMINATE_WORKFLOW_EXECUTION,
                             child_of(event));
}

/* ---- Lambda functions ---- */

static bool end_lambda(struct replay *replay, const struct recorded_event *event,
                       enum lambda_outcome outcome, struct bytes reason, struct bytes said)
{
    int64_t scheduled = look_number(event->attributes, "scheduledEventId");

    if (!server_answer_lambda(replay->server, scheduled, outcome, reason, said))
        return replay_stop(replay, "event %" PRId64 ": its function was not called", event->id);
    return true;
}

static bool complete_lambda(struct replay *replay, const struct recorded_event *event)
{
    return end_lambda(replay, event, LAMBDA_RETURNED, BYTES_ABSENT,
                      look_text(event->attributes, "result"));
}

static bool fail_lambda(struct replay *replay, const struct recorded_event *event)
{
    return end_lambda(replay, event, LAMBDA_RAISED, look_text(event->attributes, "reason"),
                      look_text(event->attributes, "details"));
}

/* ---- all ---- */

typedef bool stimulus_fn(struct replay *replay, const struct recorded_event *event);

static stimulus_fn *const stimuli[EVENT_TYPE_COUNT + 1] = {
    [EVENT_WORKFLOW_EXECUTION_STARTED] = start_recorded,
    [EVENT_WORKFLOW_EXECUTION_SIGNALED] = signal_run,
    [EVENT_WORKFLOW_EXECUTION_CANCEL_REQUESTED] = cancel_run,
    [EVENT_WORKFLOW_EXECUTION_TERMINATED] = terminate_run,
    [EVENT_DECISION_TASK_STARTED] = start_decision_task,
    [EVENT_DECISION_TASK_COMPLETED] = decide_recorded,
    [EVENT_DECISION_TASK_TIMED_OUT] = lose_decision_task,
    [EVENT_ACTIVITY_TASK_STARTED] = start_activity,
    [EVENT_ACTIVITY_TASK_COMPLETED] = complete_activity,
    [EVENT_ACTIVITY_TASK_FAILED] = fail_activity,
    [EVENT_ACTIVITY_TASK_CANCELED] = cancel_activity,
    [EVENT_ACTIVITY_TASK_TIMED_OUT] = lose_activity,
    [EVENT_CHILD_WORKFLOW_EXECUTION_STARTED] = know_child,
    [EVENT_CHILD_WORKFLOW_EXECUTION_COMPLETED] = complete_child,
    [EVENT_CHILD_WORKFLOW_EXECUTION_FAILED] = fail_child,
    [EVENT_CHILD_WORKFLOW_EXECUTION_CANCELED] = cancel_child,
    [EVENT_CHILD_WORKFLOW_EXECUTION_TERMINATED] = terminate_child,
    [EVENT_LAMBDA_FUNCTION_COMPLETED] = complete_lambda,
    [EVENT_LAMBDA_FUNCTION_FAILED] = fail_lambda,
};

bool stimulus_give(struct replay *replay, const struct recorded_event *event)
{
    stimulus_fn *stimulus = stimuli[event->type];

    return stimulus == NULL || stimulus(replay, event);
}
