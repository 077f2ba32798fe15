#include "service/describe.h"

static const struct workflow_execution *names_of(struct bytes workflow_id, struct bytes run_id,
                                                 struct arena *arena)
{
    struct workflow_execution *names = arena_new(arena, struct workflow_execution);

    *names = (struct workflow_execution){ .workflow_id = workflow_id, .run_id = run_id };
    return names;
}

const struct workflow_execution_info *describe_info(const struct run *run, struct arena *arena)
{
    const struct execution *execution = run->execution;
    const struct execution_settings *settings = &execution->settings;
    struct workflow_execution_info *info = arena_new(arena, struct workflow_execution_info);
    struct workflow_type *type = arena_new(arena, struct workflow_type);

    *type = (struct workflow_type){ .name = settings->type_name,
                                    .version = settings->type_version };
    info->execution = names_of(run->workflow_id, run->run_id, arena);
    info->workflow_type = type;
    info->start_timestamp = execution->started_at;
    info->execution_status = execution->is_open ? EXECUTION_STATUS_OPEN : EXECUTION_STATUS_CLOSED;
    if (!execution->is_open) {
        info->close_timestamp = execution->closed_at;
        info->close_status = execution->close_status;
    }
    if (!bytes_is_absent(settings->parent_workflow_id))
        info->parent = names_of(settings->parent_workflow_id, settings->parent_run_id, arena);
    if (settings->tags.count)
        info->tag_list = settings->tags;
    info->cancel_requested = execution->is_open && execution->cancel_requested; /* Q-CREQ */
    return info;
}

static const struct workflow_execution_configuration *describe_configuration(
    const struct execution *execution, struct arena *arena)
{
    const struct execution_settings *settings = &execution->settings;
    struct workflow_execution_configuration *configuration = arena_new(
        arena, struct workflow_execution_configuration);
    struct task_list *list = arena_new(arena, struct task_list);

    list->name = settings->task_list; /* Q-OVR4: the original one */
    configuration->task_start_to_close_timeout = settings->task_timeout_text;
    configuration->execution_start_to_close_timeout = settings->execution_timeout_text;
    configuration->task_list = list;
    configuration->task_priority = settings->task_priority;
    configuration->child_policy = settings->child_policy;
    configuration->lambda_role = settings->lambda_role;
    return configuration;
}

struct workflow_execution_detail *describe_detail(const struct run *run, struct arena *arena)
{
    struct workflow_execution_detail *detail = arena_new(arena, struct workflow_execution_detail);
    struct workflow_execution_open_counts *counts = arena_new(
        arena, struct workflow_execution_open_counts);

    *counts = execution_open_counts(run->execution);
    detail->execution_info = describe_info(run, arena);
    detail->execution_configuration = describe_configuration(run->execution, arena);
    detail->open_counts = counts;
    detail->latest_activity_task_timestamp = run->execution->latest_activity_at;
    return detail;
}
