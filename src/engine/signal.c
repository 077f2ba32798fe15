#include "engine/signal.h"
#include "engine/decision_task.h"

void signal_receive(const struct execution *execution,
                    const struct signal_workflow_execution_input *input, struct event_list *out)
{
    struct workflow_execution_signaled_event *signaled = arena_new(
        out->arena, struct workflow_execution_signaled_event);

    signaled->signal_name = input->signal_name;
    signaled->input = input->input;
    event_list_add(out, EVENT_WORKFLOW_EXECUTION_SIGNALED, signaled);
    decision_task_need(execution, out);
}

void signal_receive_cancel_request(const struct execution *execution, struct event_list *out)
{
    event_list_add(out, EVENT_WORKFLOW_EXECUTION_CANCEL_REQUESTED,
                   arena_new(out->arena, struct workflow_execution_cancel_requested_event));
    decision_task_need(execution, out);
}

void signal_receive_policy_cancel(const struct execution *execution,
                                  const struct workflow_execution *parent, struct event_list *out)
{
    struct workflow_execution_cancel_requested_event *requested = arena_new(
        out->arena, struct workflow_execution_cancel_requested_event);

    requested->cause = WORKFLOW_EXECUTION_CANCEL_REQUESTED_CAUSE_CHILD_POLICY_APPLIED;
    requested->external_workflow_execution = parent;
    event_list_add(out, EVENT_WORKFLOW_EXECUTION_CANCEL_REQUESTED, requested);
    decision_task_need(execution, out);
}
