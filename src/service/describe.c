#include "service/describe.h"

#include "engine/registry.h"
#include "wire/encode.h"

/* Of what is said of one run. */
#define DESCRIPTION_BYTES_MAX ((size_t)1 << 20)

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

const struct workflow_execution_info *describe_sleeping(const struct run_opening *names,
                                                        const struct event *started,
                                                        bool cancel_requested, struct arena *arena)
{
    const struct workflow_execution_started_event *first = started->workflow_execution_started;
    struct workflow_execution_info *info = arena_new(arena, struct workflow_execution_info);

    info->execution = names_of(names->workflow_id, names->run_id, arena);
    info->workflow_type = first->workflow_type;
    info->start_timestamp = started->timestamp;
    info->execution_status = EXECUTION_STATUS_OPEN;
    info->parent = first->parent_workflow_execution;
    if (first->tag_list.count)
        info->tag_list = first->tag_list;
    info->cancel_requested = cancel_requested;
    return info;
}

struct open_labels describe_labels(const struct run *run)
{
    const struct execution_settings *settings = &run->execution->settings;

    return (struct open_labels){
        .domain = run->key.domain,
        .run = run->key.run,
        .type_name = settings->type_name,
        .type_version = settings->type_version,
        .tags = settings->tags,
    };
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

/* ---- what a close leaves ---- */

/* "A retention period of 0 or NONE: no workflow execution history is kept after the close." */
static struct instant expiry_of(const struct run *run)
{
    struct bytes days = run->domain->configuration.workflow_execution_retention_period_in_days;
    unsigned long long count;

    if (!bytes_parse_u64(days, &count))
        count = 0;
    return instant_add(run->execution->closed_at, duration_of_s((int64_t)count * 24 * 3600));
}

static struct bytes encode(const struct shape *shape, const void *value, struct arena *arena)
{
    struct text out;
    struct bytes copy;

    text_init(&out, DESCRIPTION_BYTES_MAX);
    encode_shape(&out, shape, value);
    ensure(!out.overflowed);
    copy = arena_copy(arena, text_bytes(&out));
    text_deinit(&out);
    return copy;
}

struct run_closing *describe_closing(const struct run *run, struct arena *arena)
{
    struct run_closing *closing = arena_new(arena, struct run_closing);
    const struct execution *execution = run->execution;
    const struct workflow_execution_detail *detail = describe_detail(run, arena);

    closing->started = execution->started_at;
    closing->closed = execution->closed_at;
    closing->expires = expiry_of(run);
    closing->close_status = execution->close_status;
    closing->workflow_id = run->workflow_id;
    closing->run_id = run->run_id;
    closing->type_name = execution->settings.type_name;
    closing->type_version = execution->settings.type_version;
    closing->tags = execution->settings.tags;
    closing->info_json = encode(&shape_workflow_execution_info, detail->execution_info, arena);
    closing->detail_json = encode(&shape_workflow_execution_detail, detail, arena);
    closing->context_event_id = execution->context_event_id;
    return closing;
}
