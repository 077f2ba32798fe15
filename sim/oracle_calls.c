/*
 * What the calls of clients, deciders and workers come to.
 */
#include "oracle_inner.h"

/* ---- StartWorkflowExecution */

/* Where it cannot be known whether there is room, what happened decides. */
static bool has_no_room(const struct oracle *oracle, const struct oracle_domain *domain,
                        struct bytes workflow_id, const struct seen_step *step)
{
    uint32_t limit = oracle->rules.limits.open_executions;
    struct places open;

    count_places(oracle, domain, &open);
    if (limit == 0 || open.most < limit)
        return false;
    return open.least >= limit || step == NULL || !step->opens ||
           !bytes_equal(step->names.workflow_id, workflow_id);
}

static struct workflow_execution_started_event *resolve_start(
    struct oracle *oracle, const struct start_workflow_execution_input *input,
    const struct register_workflow_type_input *defaults)
{
    struct workflow_execution_started_event *says = arena_new(
        &oracle->scratch, struct workflow_execution_started_event);

    *says = (struct workflow_execution_started_event){
        .input = input->input,
        .execution_start_to_close_timeout = bytes_or(
            input->execution_start_to_close_timeout,
            defaults->default_execution_start_to_close_timeout),
        .task_start_to_close_timeout = bytes_or(input->task_start_to_close_timeout,
                                                defaults->default_task_start_to_close_timeout),
        .child_policy = input->child_policy ? input->child_policy : defaults->default_child_policy,
        .task_list = input->task_list ? input->task_list : defaults->default_task_list,
        .task_priority = bytes_or(input->task_priority, defaults->default_task_priority),
        .workflow_type = input->workflow_type,
        .tag_list = input->tag_list,
        .lambda_role = bytes_or(input->lambda_role, defaults->default_lambda_role),
    };
    return says;
}

static struct fault start_fault(struct oracle *oracle, struct oracle_domain *domain,
                                const struct start_workflow_execution_input *input,
                                const struct workflow_execution_started_event *says,
                                const struct seen_step *step)
{
    const char *missing = bytes_is_absent(says->execution_start_to_close_timeout)
                              ? "executionStartToCloseTimeout"
                          : says->task_list == NULL                            ? "taskList"
                          : bytes_is_absent(says->task_start_to_close_timeout) ? "taskStartToClose"
                                                                                 "Timeout"
                          : says->child_policy == CHILD_POLICY_ABSENT          ? "childPolicy"
                                                                               : NULL;

    if (missing)
        return fault_of(FAULT_DEFAULT_UNDEFINED, bytes_of_cstr(missing));
    if (run_find_open(oracle, domain, input->workflow_id))
        return fault_of(FAULT_WORKFLOW_EXECUTION_ALREADY_STARTED, BYTES("Already Started"));
    if (has_no_room(oracle, domain, input->workflow_id, step))
        return fault_of(FAULT_LIMIT_EXCEEDED, BYTES_ABSENT);
    return NO_FAULT;
}

static void expect_start(struct oracle *oracle, const struct request *request,
                         const struct seen_step *step, struct outcome *out)
{
    const struct start_workflow_execution_input *input = request->start_workflow_execution;
    struct oracle_domain *domain = domain_find(oracle, input->domain);
    const struct oracle_type *type = domain ? type_find(domain, false, input->workflow_type->name,
                                                        input->workflow_type->version)
                                            : NULL;
    const struct workflow_execution_started_event *says;
    struct oracle_run run = { .says = NULL };
    struct run_output *output;

    if (domain == NULL) {
        out->fault = unknown_domain(oracle, input->domain);
    } else if (type == NULL || type->is_deprecated) {
        out->fault = fault_of(
            type ? FAULT_TYPE_DEPRECATED : FAULT_UNKNOWN_RESOURCE,
            arena_printf(&oracle->scratch, "%sWorkflowType=[name=%.*s, version=%.*s]",
                         type ? "" : "Unknown type: ", BYTES_FMT(input->workflow_type->name),
                         BYTES_FMT(input->workflow_type->version)));
    } else if (domain->is_deprecated) {
        out->fault = fault_of(FAULT_DOMAIN_DEPRECATED, domain->name);
    } else {
        says = resolve_start(oracle, input, type->workflow);
        out->fault = start_fault(oracle, domain, input, says, step);
        foretell(oracle, NULL, &out->events);
        event_list_add(&out->events, EVENT_WORKFLOW_EXECUTION_STARTED, says);
        run.says = says;
        foretell_decision_task(&run, &out->events);
        out->opens = true;
        out->subject = domain;
        output = arena_new(&oracle->scratch, struct run_output);
        output->run_id = step && step->opens ? step->names.run_id : BYTES("?");
        out->output = output;
    }
}

/* ---- calls that name an open execution */

bool bucket_lets_call(struct oracle *oracle, const struct bucket_key *key, struct outcome *out)
{
    out->has_price = rate_left(oracle, *key) > 0;
    out->price = *key;
    if (!out->has_price)
        out->fault = rate_exceeded();
    return out->has_price;
}

/* The run has a bucket of its own for some calls. */
bool run_lets_call(struct oracle *oracle, const struct request *request, struct oracle_run *run,
                   struct outcome *out)
{
    struct bucket_key key = { .run = run, .operation = request->operation };

    return bucket_lets_call(oracle, &key, out);
}

static struct oracle_run *need_open(struct oracle *oracle, struct bytes domain_name,
                                    struct bytes workflow_id, struct bytes run_id,
                                    struct outcome *out)
{
    struct oracle_domain *domain = domain_find(oracle, domain_name);
    struct oracle_run *run;

    if (domain == NULL) {
        out->fault = unknown_domain(oracle, domain_name);
        return NULL;
    }
    run = run_find_open(oracle, domain, workflow_id);
    if (run && (run_id.len == 0 || bytes_equal(run->run_id, run_id)))
        return run;
    out->fault = fault_of(
        FAULT_UNKNOWN_RESOURCE,
        run_id.len == 0
            ? arena_printf(&oracle->scratch, "Unknown execution, workflowId = %.*s",
                           BYTES_FMT(workflow_id))
            : arena_printf(&oracle->scratch,
                           "Unknown execution: WorkflowExecution=[workflowId=%.*s, runId=%.*s]",
                           BYTES_FMT(workflow_id), BYTES_FMT(run_id)));
    return NULL;
}

static void expect_signal(struct oracle *oracle, const struct request *request, struct outcome *out)
{
    const struct signal_workflow_execution_input *input = request->signal_workflow_execution;
    struct workflow_execution_signaled_event *says;

    out->run = need_open(oracle, input->domain, input->workflow_id, input->run_id, out);
    if (out->run == NULL || !run_lets_call(oracle, request, out->run, out))
        return;
    foretell(oracle, out->run, &out->events);
    says = attributes_new(&out->events, struct workflow_execution_signaled_event);
    says->signal_name = input->signal_name;
    says->input = input->input;
    event_list_add(&out->events, EVENT_WORKFLOW_EXECUTION_SIGNALED, says);
    foretell_decision_task(out->run, &out->events);
}

static void expect_cancel(struct oracle *oracle, const struct request *request, struct outcome *out)
{
    const struct request_cancel_workflow_execution_input *input =
        request->request_cancel_workflow_execution;

    out->run = need_open(oracle, input->domain, input->workflow_id, input->run_id, out);
    if (out->run == NULL || !run_lets_call(oracle, request, out->run, out))
        return;
    foretell(oracle, out->run, &out->events);
    event_list_add(&out->events, EVENT_WORKFLOW_EXECUTION_CANCEL_REQUESTED,
                   attributes_new(&out->events, struct workflow_execution_cancel_requested_event));
    foretell_decision_task(out->run, &out->events);
}

static void expect_terminate(struct oracle *oracle, const struct request *request,
                             struct outcome *out)
{
    const struct terminate_workflow_execution_input *input = request->terminate_workflow_execution;
    struct workflow_execution_terminated_event *says;

    out->run = need_open(oracle, input->domain, input->workflow_id, input->run_id, out);
    if (out->run == NULL)
        return;
    foretell(oracle, out->run, &out->events);
    says = attributes_new(&out->events, struct workflow_execution_terminated_event);
    *says = (struct workflow_execution_terminated_event){
        input->reason, input->details,
        input->child_policy ? input->child_policy : out->run->says->child_policy,
        WORKFLOW_EXECUTION_TERMINATED_CAUSE_OPERATOR_INITIATED
    };
    event_list_add(&out->events, EVENT_WORKFLOW_EXECUTION_TERMINATED, says);
}

/* ---- calls with a token */

/* What the token was given out for; NULL after a fault: it is none, its run is closed. */
static struct handed *need_token(struct oracle *oracle, struct bytes text, enum handed_kind kind,
                                 struct outcome *out)
{
    struct handed *handed = handed_find(oracle, text);

    if (handed == NULL || handed->kind != kind || handed->run->domain->account != oracle->account) {
        out->fault = fault_of(FAULT_VALIDATION, BYTES("Invalid token"));
        return NULL;
    }
    if (handed->run->is_open)
        return handed;
    out->fault = fault_of(
        FAULT_UNKNOWN_RESOURCE,
        run_is_gone(oracle, handed->run)
            ? BYTES_ABSENT
            : arena_printf(&oracle->scratch,
                           "Unknown execution: WorkflowExecution=[workflowId=%.*s, runId=%.*s]",
                           BYTES_FMT(handed->run->workflow_id), BYTES_FMT(handed->run->run_id)));
    return NULL;
}

static struct oracle_activity *need_activity(struct oracle *oracle, struct bytes token,
                                             struct outcome *out)
{
    const struct handed *handed = need_token(oracle, token, HANDED_ACTIVITY, out);
    struct oracle_activity *activity = handed ? activity_with(handed->run, handed->scheduled_id)
                                              : NULL;

    if (handed && activity == NULL)
        out->fault = fault_of(FAULT_UNKNOWN_RESOURCE,
                              arena_printf(&oracle->scratch,
                                           "Unknown activity, scheduledEventId = %lld",
                                           (long long)handed->scheduled_id));
    if (activity) {
        out->run = handed->run;
        foretell(oracle, out->run, &out->events);
    }
    return activity;
}

static void beat(struct oracle *oracle, const struct request *request, const void *subject)
{
    struct oracle_activity *activity = (struct oracle_activity *)subject;
    struct bytes details = request->record_activity_task_heartbeat->details;

    activity->heartbeat_at = oracle->now;
    if (!bytes_is_absent(details))
        activity->details = arena_copy(&oracle->arena, details);
}

static void expect_heartbeat(struct oracle *oracle, const struct request *request,
                             struct outcome *out)
{
    struct oracle_activity *activity = need_activity(
        oracle, request->record_activity_task_heartbeat->task_token, out);
    struct activity_task_status_output *output;

    if (activity == NULL || !run_lets_call(oracle, request, out->run, out))
        return;
    output = arena_new(&oracle->scratch, struct activity_task_status_output);
    output->cancel_requested = activity->cancel_id != 0;
    out->output = output;
    out->effect = beat;
    out->subject = activity;
}

static void expect_activity_completed(struct oracle *oracle, const struct request *request,
                                      struct outcome *out)
{
    const struct respond_activity_task_completed_input *input =
        request->respond_activity_task_completed;
    struct oracle_activity *activity = need_activity(oracle, input->task_token, out);
    struct activity_task_completed_event *says;

    if (activity == NULL)
        return;
    says = attributes_new(&out->events, struct activity_task_completed_event);
    *says = (struct activity_task_completed_event){ input->result, activity->scheduled_id,
                                                    activity->started_id };
    event_list_add(&out->events, EVENT_ACTIVITY_TASK_COMPLETED, says);
    foretell_decision_task(out->run, &out->events);
}

static void expect_activity_failed(struct oracle *oracle, const struct request *request,
                                   struct outcome *out)
{
    const struct respond_activity_task_failed_input *input = request->respond_activity_task_failed;
    struct oracle_activity *activity = need_activity(oracle, input->task_token, out);
    struct activity_task_failed_event *says;

    if (activity == NULL)
        return;
    says = attributes_new(&out->events, struct activity_task_failed_event);
    *says = (struct activity_task_failed_event){ input->reason, input->details,
                                                 activity->scheduled_id, activity->started_id };
    event_list_add(&out->events, EVENT_ACTIVITY_TASK_FAILED, says);
    foretell_decision_task(out->run, &out->events);
}

static void expect_activity_canceled(struct oracle *oracle, const struct request *request,
                                     struct outcome *out)
{
    const struct respond_activity_task_canceled_input *input =
        request->respond_activity_task_canceled;
    struct oracle_activity *activity = need_activity(oracle, input->task_token, out);
    struct activity_task_canceled_event *says;

    if (activity == NULL)
        return;
    says = attributes_new(&out->events, struct activity_task_canceled_event);
    *says = (struct activity_task_canceled_event){ input->details, activity->scheduled_id,
                                                   activity->started_id, activity->cancel_id };
    event_list_add(&out->events, EVENT_ACTIVITY_TASK_CANCELED, says);
    foretell_decision_task(out->run, &out->events);
}

static void expect_decided(struct oracle *oracle, const struct seen_call *call,
                           const struct seen_step *step, struct outcome *out)
{
    const struct respond_decision_task_completed_input *input =
        call->request->respond_decision_task_completed;
    const struct handed *handed = need_token(oracle, input->task_token, HANDED_DECISION, out);

    if (handed == NULL)
        return;
    if (handed->run->started.started_id != handed->started_id) {
        out->fault = fault_of(FAULT_UNKNOWN_RESOURCE,
                              arena_printf(&oracle->scratch,
                                           "Unknown decision task, scheduledEventId = %lld",
                                           (long long)handed->scheduled_id));
        return;
    }
    out->run = handed->run;
    foretell(oracle, out->run, &out->events);
    foretell_completion(oracle, out->run, call, step, &out->events);
}

/* ---- all of them */

bool calls_expect(struct oracle *oracle, struct seen_call *call, const struct seen_step *step,
                  struct outcome *out)
{
    const struct request *request = call->request;

    switch (request->operation) {
    case OPERATION_START_WORKFLOW_EXECUTION:
        expect_start(oracle, request, step, out);
        break;
    case OPERATION_SIGNAL_WORKFLOW_EXECUTION:
        expect_signal(oracle, request, out);
        break;
    case OPERATION_REQUEST_CANCEL_WORKFLOW_EXECUTION:
        expect_cancel(oracle, request, out);
        break;
    case OPERATION_TERMINATE_WORKFLOW_EXECUTION:
        expect_terminate(oracle, request, out);
        break;
    case OPERATION_RECORD_ACTIVITY_TASK_HEARTBEAT:
        expect_heartbeat(oracle, request, out);
        break;
    case OPERATION_RESPOND_ACTIVITY_TASK_COMPLETED:
        expect_activity_completed(oracle, request, out);
        break;
    case OPERATION_RESPOND_ACTIVITY_TASK_FAILED:
        expect_activity_failed(oracle, request, out);
        break;
    case OPERATION_RESPOND_ACTIVITY_TASK_CANCELED:
        expect_activity_canceled(oracle, request, out);
        break;
    case OPERATION_RESPOND_DECISION_TASK_COMPLETED:
        expect_decided(oracle, call, step, out);
        break;
    case OPERATION_POLL_FOR_ACTIVITY_TASK:
        return polls_expect(oracle, request, out);
    case OPERATION_POLL_FOR_DECISION_TASK:
        return request->poll_for_decision_task->next_page_token.len
                   ? reads_expect(oracle, call, out)
                   : polls_expect(oracle, request, out);
    default:
        return registry_expect(oracle, request, out) || names_expect(oracle, call, out) ||
               visibility_expect(oracle, call, out) || reads_expect(oracle, call, out);
    }
    return true;
}
