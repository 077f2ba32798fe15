#include "engine/continue_as_new.h"
#include "engine/registry.h"
#include "engine/start.h"

#define CAUSE(name) CONTINUE_AS_NEW_WORKFLOW_EXECUTION_FAILED_CAUSE_##name

/* What the new run starts with: what the decision gives, else what the type registered. Input, tags
 * and all else of the old run are not handed on (Q-CAN2). */
static struct workflow_execution_continued_as_new_event *resolve(
    const struct completion *completion,
    const struct continue_as_new_workflow_execution_decision *wanted,
    const struct type_record *type)
{
    const struct workflow_type_configuration *defaults = type_workflow_defaults(type);
    struct workflow_execution_continued_as_new_event *event = arena_new(
        completion->out->arena, struct workflow_execution_continued_as_new_event);
    struct workflow_type *new_type = arena_new(completion->out->arena, struct workflow_type);

    *new_type = (struct workflow_type){ type->name, type->version };
    event->workflow_type = new_type;
    event->input = wanted->input;
    event->tag_list = wanted->tag_list;
    event->execution_start_to_close_timeout = bytes_or(
        wanted->execution_start_to_close_timeout,
        defaults->default_execution_start_to_close_timeout);
    event->task_list = wanted->task_list ? wanted->task_list : defaults->default_task_list;
    event->task_start_to_close_timeout = bytes_or(wanted->task_start_to_close_timeout,
                                                  defaults->default_task_start_to_close_timeout);
    event->child_policy = wanted->child_policy ? wanted->child_policy
                                               : defaults->default_child_policy;
    event->task_priority = bytes_or(wanted->task_priority, defaults->default_task_priority);
    event->lambda_role = bytes_or(wanted->lambda_role, defaults->default_lambda_role);
    event->decision_task_completed_event_id = completion->completed_event_id;
    event->new_execution_run_id = completion->facts->fresh_run_id;
    return event;
}

static enum continue_as_new_workflow_execution_failed_cause undefined_default(
    const struct workflow_execution_continued_as_new_event *event)
{
    if (bytes_is_absent(event->execution_start_to_close_timeout))
        return CAUSE(DEFAULT_EXECUTION_START_TO_CLOSE_TIMEOUT_UNDEFINED);
    if (event->task_list == NULL)
        return CAUSE(DEFAULT_TASK_LIST_UNDEFINED);
    if (bytes_is_absent(event->task_start_to_close_timeout))
        return CAUSE(DEFAULT_TASK_START_TO_CLOSE_TIMEOUT_UNDEFINED);
    if (event->child_policy == CHILD_POLICY_ABSENT)
        return CAUSE(DEFAULT_CHILD_POLICY_UNDEFINED);
    return CAUSE(ABSENT);
}

/* The same type name; its version is the decision's, else the one that runs. */
static const struct type_record *find_type(
    const struct completion *completion,
    const struct continue_as_new_workflow_execution_decision *wanted)
{
    const struct execution_settings *settings = &completion->execution->settings;

    return domain_find_workflow_type(
        completion->facts->domain, settings->type_name,
        bytes_or(wanted->workflow_type_version, settings->type_version));
}

static enum continue_as_new_workflow_execution_failed_cause why_not_continue(
    const struct completion *completion, const struct decision *decision,
    struct workflow_execution_continued_as_new_event **event)
{
    const struct continue_as_new_workflow_execution_decision *wanted =
        decision->continue_as_new_workflow_execution;
    const struct type_record *type;

    if (!facts_permit(completion->facts, decision))
        return CAUSE(OPERATION_NOT_PERMITTED);
    if (completion->execution->decision.waiting_event_id)
        return CAUSE(UNHANDLED_DECISION);
    type = find_type(completion, wanted);
    if (type == NULL)
        return CAUSE(WORKFLOW_TYPE_DOES_NOT_EXIST);
    if (type_is_deprecated(type))
        return CAUSE(WORKFLOW_TYPE_DEPRECATED);
    *event = resolve(completion, wanted, type);
    return undefined_default(*event);
}

void continue_as_new_decide(struct completion *completion, const struct decision *decision)
{
    struct workflow_execution_continued_as_new_event *event = NULL;
    enum continue_as_new_workflow_execution_failed_cause cause = why_not_continue(completion,
                                                                                  decision, &event);
    struct continue_as_new_workflow_execution_failed_event *failed;

    if (cause == CAUSE(ABSENT)) {
        event_list_add(completion->out, EVENT_WORKFLOW_EXECUTION_CONTINUED_AS_NEW, event);
        completion->closed = true;
        return;
    }
    failed = arena_new(completion->out->arena,
                       struct continue_as_new_workflow_execution_failed_event);
    failed->cause = cause;
    failed->decision_task_completed_event_id = completion->completed_event_id;
    event_list_add(completion->out, EVENT_CONTINUE_AS_NEW_WORKFLOW_EXECUTION_FAILED, failed);
    completion->needs_decision = true;
}

static const struct workflow_execution *parent_of(const struct execution *old, struct arena *arena)
{
    struct workflow_execution *parent;

    if (bytes_is_absent(old->settings.parent_workflow_id))
        return NULL;
    parent = arena_new(arena, struct workflow_execution);
    *parent = (struct workflow_execution){ old->settings.parent_workflow_id,
                                           old->settings.parent_run_id };
    return parent;
}

void continue_as_new_start(const struct execution *old, struct bytes old_run_id,
                           const struct event *continued, struct event_list *out)
{
    const struct workflow_execution_continued_as_new_event *from =
        continued->workflow_execution_continued_as_new;
    struct workflow_execution_started_event started = {
        .input = from->input,
        .execution_start_to_close_timeout = from->execution_start_to_close_timeout,
        .task_start_to_close_timeout = from->task_start_to_close_timeout,
        .child_policy = from->child_policy,
        .task_list = from->task_list,
        .task_priority = from->task_priority,
        .workflow_type = from->workflow_type,
        .tag_list = from->tag_list,
        .continued_execution_run_id = old_run_id,
        .parent_workflow_execution = parent_of(old, out->arena),
        .parent_initiated_event_id = old->settings.parent_initiated_event_id,
        .lambda_role = from->lambda_role,
    };

    start_write(&started, out);
}
