#include "engine/close.h"

/* Why a closing decision may not close: "UNHANDLED_DECISION: a decision task is waiting" -
 * something happened after the decider looked. Open activities and timers do not stand in the way,
 * nor does a decision that failed earlier in the list (Q-MIX). */
enum obstacle { OBSTACLE_NONE, OBSTACLE_UNHANDLED_DECISION, OBSTACLE_NOT_PERMITTED };

static enum obstacle find_obstacle(const struct completion *completion,
                                   const struct decision *decision)
{
    if (!facts_permit(completion->facts, decision))
        return OBSTACLE_NOT_PERMITTED;
    if (completion->execution->decision.waiting_event_id)
        return OBSTACLE_UNHANDLED_DECISION;
    return OBSTACLE_NONE;
}

static void close_with(struct completion *completion, enum event_type type, const void *attributes)
{
    event_list_add(completion->out, type, attributes);
    completion->closed = true;
}

static void fail_with(struct completion *completion, enum event_type type, const void *attributes)
{
    event_list_add(completion->out, type, attributes);
    completion->needs_decision = true; /* Q-CLF; without effect when one waits already */
}

void close_decide_complete(struct completion *completion, const struct decision *decision)
{
    struct arena *arena = completion->out->arena;
    enum obstacle obstacle = find_obstacle(completion, decision);

    if (obstacle) {
        struct complete_workflow_execution_failed_event *failed = arena_new(
            arena, struct complete_workflow_execution_failed_event);

        failed->cause = obstacle == OBSTACLE_NOT_PERMITTED
                            ? COMPLETE_WORKFLOW_EXECUTION_FAILED_CAUSE_OPERATION_NOT_PERMITTED
                            : COMPLETE_WORKFLOW_EXECUTION_FAILED_CAUSE_UNHANDLED_DECISION;
        failed->decision_task_completed_event_id = completion->completed_event_id;
        fail_with(completion, EVENT_COMPLETE_WORKFLOW_EXECUTION_FAILED, failed);
    } else {
        struct workflow_execution_completed_event *completed = arena_new(
            arena, struct workflow_execution_completed_event);

        if (decision->complete_workflow_execution)
            completed->result = decision->complete_workflow_execution->result;
        completed->decision_task_completed_event_id = completion->completed_event_id;
        close_with(completion, EVENT_WORKFLOW_EXECUTION_COMPLETED, completed);
    }
}

void close_decide_fail(struct completion *completion, const struct decision *decision)
{
    struct arena *arena = completion->out->arena;
    enum obstacle obstacle = find_obstacle(completion, decision);

    if (obstacle) {
        struct fail_workflow_execution_failed_event *failed = arena_new(
            arena, struct fail_workflow_execution_failed_event);

        failed->cause = obstacle == OBSTACLE_NOT_PERMITTED
                            ? FAIL_WORKFLOW_EXECUTION_FAILED_CAUSE_OPERATION_NOT_PERMITTED
                            : FAIL_WORKFLOW_EXECUTION_FAILED_CAUSE_UNHANDLED_DECISION;
        failed->decision_task_completed_event_id = completion->completed_event_id;
        fail_with(completion, EVENT_FAIL_WORKFLOW_EXECUTION_FAILED, failed);
    } else {
        const struct fail_workflow_execution_decision *wanted = decision->fail_workflow_execution;
        struct workflow_execution_failed_event *closed = arena_new(
            arena, struct workflow_execution_failed_event);

        closed->reason = wanted ? wanted->reason : BYTES_ABSENT;
        closed->details = wanted ? wanted->details : BYTES_ABSENT;
        closed->decision_task_completed_event_id = completion->completed_event_id;
        close_with(completion, EVENT_WORKFLOW_EXECUTION_FAILED, closed);
    }
}

void close_decide_cancel(struct completion *completion, const struct decision *decision)
{
    struct arena *arena = completion->out->arena;
    enum obstacle obstacle = find_obstacle(completion, decision);

    if (obstacle) {
        struct cancel_workflow_execution_failed_event *failed = arena_new(
            arena, struct cancel_workflow_execution_failed_event);

        failed->cause = obstacle == OBSTACLE_NOT_PERMITTED
                            ? CANCEL_WORKFLOW_EXECUTION_FAILED_CAUSE_OPERATION_NOT_PERMITTED
                            : CANCEL_WORKFLOW_EXECUTION_FAILED_CAUSE_UNHANDLED_DECISION;
        failed->decision_task_completed_event_id = completion->completed_event_id;
        fail_with(completion, EVENT_CANCEL_WORKFLOW_EXECUTION_FAILED, failed);
    } else {
        struct workflow_execution_canceled_event *canceled = arena_new(
            arena, struct workflow_execution_canceled_event);

        if (decision->cancel_workflow_execution)
            canceled->details = decision->cancel_workflow_execution->details;
        canceled->decision_task_completed_event_id = completion->completed_event_id;
        close_with(completion, EVENT_WORKFLOW_EXECUTION_CANCELED, canceled);
    }
}

void close_terminate(const struct execution *execution,
                     const struct terminate_workflow_execution_input *input, struct event_list *out)
{
    struct workflow_execution_terminated_event *terminated = arena_new(
        out->arena, struct workflow_execution_terminated_event);

    terminated->reason = input->reason;
    terminated->details = input->details;
    terminated->child_policy = input->child_policy ? input->child_policy
                                                   : execution->settings.child_policy;
    terminated->cause = WORKFLOW_EXECUTION_TERMINATED_CAUSE_OPERATOR_INITIATED;
    event_list_add(out, EVENT_WORKFLOW_EXECUTION_TERMINATED, terminated);
}

void close_by_event_limit(const struct execution *execution, struct event_list *out)
{
    struct workflow_execution_terminated_event *terminated = arena_new(
        out->arena, struct workflow_execution_terminated_event);

    terminated->child_policy = execution->settings.child_policy;
    terminated->cause = WORKFLOW_EXECUTION_TERMINATED_CAUSE_EVENT_LIMIT_EXCEEDED;
    event_list_add(out, EVENT_WORKFLOW_EXECUTION_TERMINATED, terminated);
}

void close_by_child_policy(const struct execution *execution, struct event_list *out)
{
    struct workflow_execution_terminated_event *terminated = arena_new(
        out->arena, struct workflow_execution_terminated_event);

    terminated->child_policy = execution->settings.child_policy;
    terminated->cause = WORKFLOW_EXECUTION_TERMINATED_CAUSE_CHILD_POLICY_APPLIED;
    event_list_add(out, EVENT_WORKFLOW_EXECUTION_TERMINATED, terminated);
}

/* Every kind of close applies the run's own policy (Q-CP1, Q-CAN1), unless
 * TerminateWorkflowExecution gave another. */
enum child_policy close_policy(const struct execution *execution, const struct event *closing)
{
    if (!event_type_closes(closing->type))
        return CHILD_POLICY_ABSENT;
    if (closing->type == EVENT_WORKFLOW_EXECUTION_TERMINATED)
        return closing->workflow_execution_terminated->child_policy;
    return execution->settings.child_policy;
}

void close_by_timeout(const struct execution *execution, struct event_list *out)
{
    struct workflow_execution_timed_out_event *timed_out = arena_new(
        out->arena, struct workflow_execution_timed_out_event);

    timed_out->timeout_type = WORKFLOW_EXECUTION_TIMEOUT_TYPE_START_TO_CLOSE;
    timed_out->child_policy = execution->settings.child_policy;
    event_list_add(out, EVENT_WORKFLOW_EXECUTION_TIMED_OUT, timed_out);
}

static enum close_status status_of(enum event_type type)
{
    switch (type) {
    case EVENT_WORKFLOW_EXECUTION_COMPLETED:
        return CLOSE_STATUS_COMPLETED;
    case EVENT_WORKFLOW_EXECUTION_FAILED:
        return CLOSE_STATUS_FAILED;
    case EVENT_WORKFLOW_EXECUTION_CANCELED:
        return CLOSE_STATUS_CANCELED;
    case EVENT_WORKFLOW_EXECUTION_CONTINUED_AS_NEW:
        return CLOSE_STATUS_CONTINUED_AS_NEW;
    case EVENT_WORKFLOW_EXECUTION_TERMINATED:
        return CLOSE_STATUS_TERMINATED;
    default:
        return CLOSE_STATUS_TIMED_OUT;
    }
}

void close_apply(struct execution *execution, const struct event *event)
{
    struct heap_node *first;

    execution->is_open = false;
    execution->close_status = status_of(event->type);
    execution->closed_at = event->timestamp;
    while ((first = heap_first(&execution->deadlines))) /* E6 */
        execution_set_deadline(execution, object_of(first, struct deadline, node), INSTANT_NEVER);
}
