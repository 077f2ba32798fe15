#include "engine_describe.h"

struct workflow_execution *engine_names(struct engine_world *engine, const struct engine_run *run)
{
    struct workflow_execution *names = arena_new(&engine->arena, struct workflow_execution);

    *names = (struct workflow_execution){ .workflow_id = run->workflow_id, .run_id = run->run_id };
    return names;
}

struct workflow_type *engine_type(struct engine_world *engine, const struct engine_run *run)
{
    const struct execution_settings *settings = &run->execution->settings;
    struct workflow_type *type = arena_new(&engine->arena, struct workflow_type);

    *type = (struct workflow_type){ .name = settings->type_name,
                                    .version = settings->type_version };
    return type;
}

static struct workflow_execution *parent_of(struct engine_world *engine,
                                            const struct engine_run *run)
{
    const struct execution_settings *settings = &run->execution->settings;
    struct workflow_execution *parent;

    if (bytes_is_absent(settings->parent_workflow_id))
        return NULL;
    parent = arena_new(&engine->arena, struct workflow_execution);
    *parent = (struct workflow_execution){ settings->parent_workflow_id, settings->parent_run_id };
    return parent;
}

struct workflow_execution_info *engine_info(struct engine_world *engine,
                                            const struct engine_run *run)
{
    const struct execution *execution = run->execution;
    struct workflow_execution_info *info = arena_new(&engine->arena,
                                                     struct workflow_execution_info);

    info->execution = engine_names(engine, run);
    info->workflow_type = engine_type(engine, run);
    info->start_timestamp = execution->started_at;
    info->parent = parent_of(engine, run);
    info->execution_status = execution->is_open ? EXECUTION_STATUS_OPEN : EXECUTION_STATUS_CLOSED;
    info->cancel_requested = execution->is_open && execution->cancel_requested;
    info->tag_list = execution->settings.tags;
    if (!execution->is_open) {
        info->close_timestamp = execution->closed_at;
        info->close_status = execution->close_status;
    }
    return info;
}

struct workflow_execution_configuration *engine_configuration(struct engine_world *engine,
                                                              const struct engine_run *run)
{
    const struct execution_settings *settings = &run->execution->settings;
    struct workflow_execution_configuration *configuration = arena_new(
        &engine->arena, struct workflow_execution_configuration);
    struct task_list *list = arena_new(&engine->arena, struct task_list);

    list->name = settings->task_list;
    configuration->task_list = list;
    configuration->task_start_to_close_timeout = settings->task_timeout_text;
    configuration->execution_start_to_close_timeout = settings->execution_timeout_text;
    configuration->task_priority = settings->task_priority;
    configuration->child_policy = settings->child_policy;
    configuration->lambda_role = settings->lambda_role;
    return configuration;
}
