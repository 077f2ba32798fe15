#include "engine/start.h"
#include "engine/registry.h"
#include "engine/start_settings.h"

/* Told by the setting's name in the request. */
static struct fault default_undefined(enum start_setting missing)
{
    switch (missing) {
    case START_SETTING_EXECUTION_TIMEOUT:
        return fault_of(FAULT_DEFAULT_UNDEFINED, BYTES("executionStartToCloseTimeout"));
    case START_SETTING_TASK_LIST:
        return fault_of(FAULT_DEFAULT_UNDEFINED, BYTES("taskList"));
    case START_SETTING_TASK_TIMEOUT:
        return fault_of(FAULT_DEFAULT_UNDEFINED, BYTES("taskStartToCloseTimeout"));
    case START_SETTING_CHILD_POLICY:
        return fault_of(FAULT_DEFAULT_UNDEFINED, BYTES("childPolicy"));
    case START_SETTING_NONE:
        break;
    }
    return NO_FAULT;
}

/* The type, resolved settings, and the faults that come before anything about other runs. */
static struct fault find_settings(const struct start_workflow_execution_input *input,
                                  const struct facts *facts, struct arena *arena,
                                  struct start_settings *settings)
{
    struct bytes name = input->workflow_type->name, version = input->workflow_type->version;
    const struct type_record *type;
    struct fault fault = domain_need_type(facts->domain, TYPE_WORKFLOW, name, version, arena,
                                          &type);

    if (!fault_is_none(fault))
        return fault;
    if (type_is_deprecated(type))
        return fault_of(FAULT_TYPE_DEPRECATED, type_text(arena, TYPE_WORKFLOW, name, version));
    if (domain_is_deprecated(facts->domain)) /* Q-DOM2: the type was undeprecated again */
        return fault_of(FAULT_DOMAIN_DEPRECATED, facts->domain->name);
    *settings = start_settings_or(START_SETTINGS_GIVEN(input), type_workflow_defaults(type));
    return default_undefined(start_settings_missing(settings));
}

void start_write(const struct workflow_execution_started_event *started, struct event_list *out)
{
    struct workflow_execution_started_event *copy = arena_new(
        out->arena, struct workflow_execution_started_event);
    struct decision_task_scheduled_event *scheduled = arena_new(
        out->arena, struct decision_task_scheduled_event);

    *copy = *started;
    event_list_add(out, EVENT_WORKFLOW_EXECUTION_STARTED, copy);
    scheduled->task_list = started->task_list;
    scheduled->task_priority = started->task_priority;
    scheduled->start_to_close_timeout = started->task_start_to_close_timeout;
    scheduled->schedule_to_start_timeout = BYTES("NONE");
    event_list_add(out, EVENT_DECISION_TASK_SCHEDULED, scheduled);
}

static void write_first_events(const struct start_workflow_execution_input *input,
                               const struct start_settings *settings, struct event_list *out)
{
    struct workflow_execution_started_event started = {
        START_SETTINGS_TOLD(settings),
        .input = input->input,
        .workflow_type = input->workflow_type,
        .tag_list = input->tag_list,
    };

    start_write(&started, out);
}

void start_child(const struct event *initiated, const struct workflow_execution *parent,
                 struct event_list *out)
{
    const struct start_child_workflow_execution_initiated_event *from =
        initiated->start_child_workflow_execution_initiated;
    const struct start_settings settings = START_SETTINGS_GIVEN(from);
    struct workflow_execution_started_event started = {
        START_SETTINGS_TOLD(&settings),       .input = from->input,
        .workflow_type = from->workflow_type, .tag_list = from->tag_list,
        .parent_workflow_execution = parent,  .parent_initiated_event_id = initiated->id,
    };

    start_write(&started, out);
}

struct fault start_decide(const struct start_workflow_execution_input *input,
                          const struct facts *facts, bool already_open, struct event_list *out)
{
    uint32_t limit = facts->limits->open_executions;
    struct start_settings settings = { 0 };
    struct fault fault = find_settings(input, facts, out->arena, &settings);

    if (!fault_is_none(fault))
        return fault;
    if (already_open) /* Q-ASTART */
        return fault_of(FAULT_WORKFLOW_EXECUTION_ALREADY_STARTED, BYTES("Already Started"));
    if (limit && facts->open_executions >= limit) /* Q-LIM: the text is ours */
        return fault_of(
            FAULT_LIMIT_EXCEEDED,
            arena_printf(out->arena, "Limit of %u open executions per domain reached", limit));
    write_first_events(input, &settings, out);
    return NO_FAULT;
}
