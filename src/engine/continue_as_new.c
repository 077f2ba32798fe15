#include "engine/continue_as_new.h"
#include "engine/registry.h"
#include "engine/start.h"
#include "engine/start_settings.h"

#define CAUSE(name) CONTINUE_AS_NEW_WORKFLOW_EXECUTION_FAILED_CAUSE_##name

/* Input, tags and all else of the old run are not handed on (Q-CAN2). */
static struct start_settings resolve(
    const struct continue_as_new_workflow_execution_decision *wanted,
    const struct workflow_type_configuration *defaults)
{
    struct start_settings given = {
        .execution_timeout = wanted->execution_start_to_close_timeout,
        .task_list = wanted->task_list,
        .task_timeout = wanted->task_start_to_close_timeout,
        .child_policy = wanted->child_policy,
        .priority = wanted->task_priority,
        .lambda_role = wanted->lambda_role,
    };

    return start_settings_or(given, defaults);
}

static enum continue_as_new_workflow_execution_failed_cause undefined_default(
    const struct start_settings *settings)
{
    switch (start_settings_missing(settings)) {
    case START_SETTING_EXECUTION_TIMEOUT:
        return CAUSE(DEFAULT_EXECUTION_START_TO_CLOSE_TIMEOUT_UNDEFINED);
    case START_SETTING_TASK_LIST:
        return CAUSE(DEFAULT_TASK_LIST_UNDEFINED);
    case START_SETTING_TASK_TIMEOUT:
        return CAUSE(DEFAULT_TASK_START_TO_CLOSE_TIMEOUT_UNDEFINED);
    case START_SETTING_CHILD_POLICY:
        return CAUSE(DEFAULT_CHILD_POLICY_UNDEFINED);
    case START_SETTING_NONE:
        break;
    }
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
    const struct type_record **type, struct start_settings *settings)
{
    const struct continue_as_new_workflow_execution_decision *wanted =
        decision->continue_as_new_workflow_execution;

    if (!facts_permit(completion->facts, decision))
        return CAUSE(OPERATION_NOT_PERMITTED);
    if (completion->execution->decision.waiting_event_id)
        return CAUSE(UNHANDLED_DECISION);
    *type = find_type(completion, wanted);
    if (*type == NULL)
        return CAUSE(WORKFLOW_TYPE_DOES_NOT_EXIST);
    if (type_is_deprecated(*type))
        return CAUSE(WORKFLOW_TYPE_DEPRECATED);
    *settings = resolve(wanted, type_workflow_defaults(*type));
    return undefined_default(settings);
}

static void continue_as_new(struct completion *completion,
                            const struct continue_as_new_workflow_execution_decision *wanted,
                            const struct type_record *type, const struct start_settings *settings)
{
    struct arena *arena = completion->out->arena;
    struct workflow_execution_continued_as_new_event *event = arena_new(
        arena, struct workflow_execution_continued_as_new_event);
    struct workflow_type *new_type = arena_new(arena, struct workflow_type);

    *new_type = (struct workflow_type){ type->name, type->version };
    event->workflow_type = new_type;
    event->input = wanted->input;
    event->tag_list = wanted->tag_list;
    event->execution_start_to_close_timeout = settings->execution_timeout;
    event->task_list = settings->task_list;
    event->task_start_to_close_timeout = settings->task_timeout;
    event->child_policy = settings->child_policy;
    event->task_priority = settings->priority;
    event->lambda_role = settings->lambda_role;
    event->decision_task_completed_event_id = completion->completed_event_id;
    event->new_execution_run_id = completion->facts->fresh_run_id;
    event_list_add(completion->out, EVENT_WORKFLOW_EXECUTION_CONTINUED_AS_NEW, event);
    completion->closed = true;
}

static void fail_to_continue(struct completion *completion,
                             enum continue_as_new_workflow_execution_failed_cause cause)
{
    struct continue_as_new_workflow_execution_failed_event *failed = arena_new(
        completion->out->arena, struct continue_as_new_workflow_execution_failed_event);

    failed->cause = cause;
    failed->decision_task_completed_event_id = completion->completed_event_id;
    event_list_add(completion->out, EVENT_CONTINUE_AS_NEW_WORKFLOW_EXECUTION_FAILED, failed);
    completion->needs_decision = true;
}

void continue_as_new_decide(struct completion *completion, const struct decision *decision)
{
    const struct type_record *type = NULL;
    struct start_settings settings = { 0 };
    enum continue_as_new_workflow_execution_failed_cause cause = why_not_continue(
        completion, decision, &type, &settings);

    if (cause)
        fail_to_continue(completion, cause);
    else
        continue_as_new(completion, decision->continue_as_new_workflow_execution, type, &settings);
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
