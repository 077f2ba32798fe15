#include "engine/continue_as_new.h"
#include "engine/registry.h"
#include "engine/start.h"
#include "engine/start_settings.h"

#define CAUSE(name) CONTINUE_AS_NEW_WORKFLOW_EXECUTION_FAILED_CAUSE_##name

static enum continue_as_new_workflow_execution_failed_cause undefined_default(
    const struct start_settings *settings)
{
    static const enum continue_as_new_workflow_execution_failed_cause causes[] = {
        START_SETTING_CAUSES(CAUSE)
    };

    return causes[start_settings_missing(settings)];
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
    *settings = start_settings_or(START_SETTINGS_GIVEN(wanted), type_workflow_defaults(*type));
    return undefined_default(settings);
}

/* Input, tags and all else of the old run are not handed on (Q-CAN2). */
static void continue_as_new(struct completion *completion,
                            const struct continue_as_new_workflow_execution_decision *wanted,
                            const struct type_record *type, const struct start_settings *settings)
{
    struct arena *arena = completion->out->arena;
    struct workflow_execution_continued_as_new_event *event = arena_new(
        arena, struct workflow_execution_continued_as_new_event);
    struct workflow_type *new_type = arena_new(arena, struct workflow_type);

    *new_type = (struct workflow_type){ type->name, type->version };
    *event = (struct workflow_execution_continued_as_new_event){
        START_SETTINGS_TOLD(settings),
        .workflow_type = new_type,
        .input = wanted->input,
        .tag_list = wanted->tag_list,
        .decision_task_completed_event_id = completion->completed_event_id,
        .new_execution_run_id = completion->facts->fresh_run_id,
    };
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
    const struct start_settings settings = START_SETTINGS_GIVEN(from);
    struct workflow_execution_started_event started = {
        START_SETTINGS_TOLD(&settings),
        .input = from->input,
        .workflow_type = from->workflow_type,
        .tag_list = from->tag_list,
        .continued_execution_run_id = old_run_id,
        .parent_workflow_execution = parent_of(old, out->arena),
        .parent_initiated_event_id = old->settings.parent_initiated_event_id,
    };

    start_write(&started, out);
}
