#include "engine/external.h"
#include "engine/decision_task.h"

/* ---- the decisions ---- */

static void refuse_signal(struct completion *completion,
                          const struct signal_external_workflow_execution_decision *wanted)
{
    struct signal_external_workflow_execution_failed_event *failed = arena_new(
        completion->out->arena, struct signal_external_workflow_execution_failed_event);

    failed->workflow_id = wanted->workflow_id;
    failed->run_id = wanted->run_id;
    failed->cause = SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_OPERATION_NOT_PERMITTED;
    failed->decision_task_completed_event_id =
        completion->completed_event_id; /* Q-SIG2: no Initiated event, id 0 */
    failed->control = wanted->control;
    event_list_add(completion->out, EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED, failed);
    completion->needs_decision = true;
}

void external_decide_signal(struct completion *completion, const struct decision *decision)
{
    const struct signal_external_workflow_execution_decision *wanted =
        decision->signal_external_workflow_execution;
    struct signal_external_workflow_execution_initiated_event *initiated;

    if (!facts_permit(completion->facts, decision)) {
        refuse_signal(completion, wanted);
        return;
    }
    initiated = arena_new(completion->out->arena,
                          struct signal_external_workflow_execution_initiated_event);
    initiated->workflow_id = wanted->workflow_id;
    initiated->run_id = wanted->run_id;
    initiated->signal_name = wanted->signal_name;
    initiated->input = wanted->input;
    initiated->control = wanted->control;
    initiated->decision_task_completed_event_id = completion->completed_event_id;
    event_list_add(completion->out, EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED, initiated);
}

static void refuse_cancel(struct completion *completion,
                          const struct request_cancel_external_workflow_execution_decision *wanted)
{
    struct request_cancel_external_workflow_execution_failed_event *failed = arena_new(
        completion->out->arena, struct request_cancel_external_workflow_execution_failed_event);

    failed->workflow_id = wanted->workflow_id;
    failed->run_id = wanted->run_id;
    failed->cause = REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_OPERATION_NOT_PERMITTED;
    failed->decision_task_completed_event_id = completion->completed_event_id;
    failed->control = wanted->control;
    event_list_add(completion->out, EVENT_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED,
                   failed);
    completion->needs_decision = true;
}

void external_decide_cancel(struct completion *completion, const struct decision *decision)
{
    const struct request_cancel_external_workflow_execution_decision *wanted =
        decision->request_cancel_external_workflow_execution;
    struct request_cancel_external_workflow_execution_initiated_event *initiated;

    if (!facts_permit(completion->facts, decision)) {
        refuse_cancel(completion, wanted);
        return;
    }
    initiated = arena_new(completion->out->arena,
                          struct request_cancel_external_workflow_execution_initiated_event);
    initiated->workflow_id = wanted->workflow_id;
    initiated->run_id = wanted->run_id;
    initiated->control = wanted->control;
    initiated->decision_task_completed_event_id = completion->completed_event_id;
    event_list_add(completion->out, EVENT_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED,
                   initiated);
}

/* ---- the target ---- */

static void receive_signal(const struct event *initiated, const struct workflow_execution *sender,
                           struct event_list *out)
{
    const struct signal_external_workflow_execution_initiated_event *sent =
        initiated->signal_external_workflow_execution_initiated;
    struct workflow_execution_signaled_event *signaled = arena_new(
        out->arena, struct workflow_execution_signaled_event);

    signaled->signal_name = sent->signal_name;
    signaled->input = sent->input;
    signaled->external_workflow_execution = sender;
    signaled->external_initiated_event_id = initiated->id;
    event_list_add(out, EVENT_WORKFLOW_EXECUTION_SIGNALED, signaled);
}

static void receive_cancel(const struct event *initiated, const struct workflow_execution *sender,
                           struct event_list *out)
{
    struct workflow_execution_cancel_requested_event *requested = arena_new(
        out->arena, struct workflow_execution_cancel_requested_event);

    requested->external_workflow_execution = sender;
    requested->external_initiated_event_id = initiated->id;
    event_list_add(out, EVENT_WORKFLOW_EXECUTION_CANCEL_REQUESTED, requested);
}

void external_receive(const struct execution *target, const struct event *initiated,
                      const struct workflow_execution *sender, struct event_list *out)
{
    if (initiated->type == EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED)
        receive_signal(initiated, sender, out);
    else
        receive_cancel(initiated, sender, out);
    decision_task_need(target, out);
}

/* ---- what the sender learns ---- */

static void signal_delivered(const struct event *initiated, const struct workflow_execution *names,
                             struct event_list *out)
{
    struct external_workflow_execution_signaled_event *signaled = arena_new(
        out->arena, struct external_workflow_execution_signaled_event);

    signaled->workflow_execution = names;
    signaled->initiated_event_id = initiated->id;
    event_list_add(out, EVENT_EXTERNAL_WORKFLOW_EXECUTION_SIGNALED, signaled);
}

static void cancel_delivered(const struct event *initiated, const struct workflow_execution *names,
                             struct event_list *out)
{
    struct external_workflow_execution_cancel_requested_event *requested = arena_new(
        out->arena, struct external_workflow_execution_cancel_requested_event);

    requested->workflow_execution = names;
    requested->initiated_event_id = initiated->id;
    event_list_add(out, EVENT_EXTERNAL_WORKFLOW_EXECUTION_CANCEL_REQUESTED, requested);
}

void external_delivered(const struct execution *sender, const struct event *initiated,
                        const struct workflow_execution *names, struct event_list *out)
{
    if (initiated->type == EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED)
        signal_delivered(initiated, names, out);
    else
        cancel_delivered(initiated, names, out);
    decision_task_need(sender, out);
}

static void signal_undeliverable(const struct event *initiated, enum external_failure why,
                                 struct event_list *out)
{
    const struct signal_external_workflow_execution_initiated_event *sent =
        initiated->signal_external_workflow_execution_initiated;
    struct signal_external_workflow_execution_failed_event *failed = arena_new(
        out->arena, struct signal_external_workflow_execution_failed_event);

    failed->workflow_id = sent->workflow_id;
    failed->run_id = sent->run_id;
    failed->cause =
        why == EXTERNAL_TOO_FAST
            ? SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_RATE_EXCEEDED
            : SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_UNKNOWN_EXTERNAL_WORKFLOW_EXECUTION;
    failed->initiated_event_id = initiated->id;
    failed->decision_task_completed_event_id = sent->decision_task_completed_event_id;
    failed->control = sent->control;
    event_list_add(out, EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED, failed);
}

static void cancel_undeliverable(const struct event *initiated, enum external_failure why,
                                 struct event_list *out)
{
    const struct request_cancel_external_workflow_execution_initiated_event *sent =
        initiated->request_cancel_external_workflow_execution_initiated;
    struct request_cancel_external_workflow_execution_failed_event *failed = arena_new(
        out->arena, struct request_cancel_external_workflow_execution_failed_event);

    failed->workflow_id = sent->workflow_id;
    failed->run_id = sent->run_id;
    failed->cause =
        why == EXTERNAL_TOO_FAST
            ? REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_RATE_EXCEEDED
            : REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_UNKNOWN_EXTERNAL_WORKFLOW_EXECUTION;
    failed->initiated_event_id = initiated->id;
    failed->decision_task_completed_event_id = sent->decision_task_completed_event_id;
    failed->control = sent->control;
    event_list_add(out, EVENT_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED, failed);
}

void external_undeliverable(const struct execution *sender, const struct event *initiated,
                            enum external_failure why, struct event_list *out)
{
    if (initiated->type == EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED)
        signal_undeliverable(initiated, why, out);
    else
        cancel_undeliverable(initiated, why, out);
    decision_task_need(sender, out);
}
