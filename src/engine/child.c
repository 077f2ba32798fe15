#include "engine/child.h"
#include "base/hash.h"
#include "base/memory.h"
#include "engine/decision_task.h"
#include "engine/registry.h"
#include "engine/start_settings.h"

#define CAUSE(name) START_CHILD_WORKFLOW_EXECUTION_FAILED_CAUSE_##name

/* ---- the decision ---- */

static enum start_child_workflow_execution_failed_cause undefined_default(
    const struct start_settings *settings)
{
    static const enum start_child_workflow_execution_failed_cause causes[] = { START_SETTING_CAUSES(
        CAUSE) };

    return causes[start_settings_missing(settings)];
}

static enum start_child_workflow_execution_failed_cause limit_reached(
    const struct completion *completion)
{
    const struct limits *limits = completion->facts->limits;

    if (limits->open_children &&
        completion->execution->child_count + completion->children_opened >= limits->open_children)
        return CAUSE(OPEN_CHILDREN_LIMIT_EXCEEDED);
    if (limits->open_executions &&
        completion->facts->open_executions + completion->children_opened >= limits->open_executions)
        return CAUSE(OPEN_WORKFLOWS_LIMIT_EXCEEDED);
    if (facts_rate_exceeded(completion->facts, DECISION_START_CHILD_WORKFLOW_EXECUTION,
                            completion->children_opened))
        return CAUSE(CHILD_CREATION_RATE_EXCEEDED);
    return CAUSE(ABSENT);
}

static enum start_child_workflow_execution_failed_cause why_not_start(
    const struct completion *completion, const struct decision *decision,
    struct start_settings *settings)
{
    const struct workflow_type *wanted = decision->start_child_workflow_execution->workflow_type;
    const struct type_record *type;
    enum start_child_workflow_execution_failed_cause cause;

    if (!facts_permit(completion->facts, decision))
        return CAUSE(OPERATION_NOT_PERMITTED);
    type = domain_find_workflow_type(completion->facts->domain, wanted->name, wanted->version);
    if (type == NULL)
        return CAUSE(WORKFLOW_TYPE_DOES_NOT_EXIST);
    if (type_is_deprecated(type))
        return CAUSE(WORKFLOW_TYPE_DEPRECATED);
    /* Nothing comes from the parent. */
    *settings = start_settings_or(START_SETTINGS_GIVEN(decision->start_child_workflow_execution),
                                  type_workflow_defaults(type));
    cause = undefined_default(settings);
    return cause ? cause : limit_reached(completion);
}

static void fail_to_start(struct completion *completion,
                          const struct start_child_workflow_execution_decision *wanted,
                          enum start_child_workflow_execution_failed_cause cause)
{
    struct start_child_workflow_execution_failed_event *failed = arena_new(
        completion->out->arena, struct start_child_workflow_execution_failed_event);

    failed->workflow_type = wanted->workflow_type;
    failed->cause = cause;
    failed->workflow_id = wanted->workflow_id;
    failed->decision_task_completed_event_id = completion->completed_event_id;
    failed->control = wanted->control;
    event_list_add(completion->out, EVENT_START_CHILD_WORKFLOW_EXECUTION_FAILED, failed);
    completion->needs_decision = true;
}

static void initiate(struct completion *completion,
                     const struct start_child_workflow_execution_decision *wanted,
                     const struct start_settings *settings)
{
    struct start_child_workflow_execution_initiated_event *initiated = arena_new(
        completion->out->arena, struct start_child_workflow_execution_initiated_event);

    *initiated = (struct start_child_workflow_execution_initiated_event){
        START_SETTINGS_TOLD(settings),
        .workflow_id = wanted->workflow_id,
        .workflow_type = wanted->workflow_type,
        .control = wanted->control,
        .input = wanted->input,
        .tag_list = wanted->tag_list,
        .decision_task_completed_event_id = completion->completed_event_id,
    };
    event_list_add(completion->out, EVENT_START_CHILD_WORKFLOW_EXECUTION_INITIATED, initiated);
    completion->children_opened++;
}

void child_decide_start(struct completion *completion, const struct decision *decision)
{
    struct start_settings settings = { 0 };
    enum start_child_workflow_execution_failed_cause cause = why_not_start(completion, decision,
                                                                           &settings);

    if (cause)
        fail_to_start(completion, decision->start_child_workflow_execution, cause);
    else
        initiate(completion, decision->start_child_workflow_execution, &settings);
}

/* ---- what becomes of the child ---- */

void child_started(const struct execution *parent, const struct event *initiated,
                   const struct workflow_execution *names, struct event_list *out)
{
    struct child_workflow_execution_started_event *started = arena_new(
        out->arena, struct child_workflow_execution_started_event);

    started->workflow_execution = names;
    started->workflow_type = initiated->start_child_workflow_execution_initiated->workflow_type;
    started->initiated_event_id = initiated->id;
    event_list_add(out, EVENT_CHILD_WORKFLOW_EXECUTION_STARTED, started);
    decision_task_need(parent, out);
}

void child_start_failed(const struct execution *parent, const struct event *initiated,
                        enum start_child_workflow_execution_failed_cause cause,
                        struct event_list *out)
{
    const struct start_child_workflow_execution_initiated_event *wanted =
        initiated->start_child_workflow_execution_initiated;
    struct start_child_workflow_execution_failed_event *failed = arena_new(
        out->arena, struct start_child_workflow_execution_failed_event);

    failed->workflow_type = wanted->workflow_type;
    failed->cause = cause;
    failed->workflow_id = wanted->workflow_id;
    failed->initiated_event_id = initiated->id;
    failed->decision_task_completed_event_id = wanted->decision_task_completed_event_id;
    failed->control = wanted->control;
    event_list_add(out, EVENT_START_CHILD_WORKFLOW_EXECUTION_FAILED, failed);
    decision_task_need(parent, out);
}

/* What every report of a closed child says. */
struct report {
    const struct workflow_execution *names;
    const struct workflow_type *type;
    int64_t initiated_event_id, started_event_id;
};

#define REPORT(report)                                                      \
    .workflow_execution = (report)->names, .workflow_type = (report)->type, \
    .initiated_event_id = (report)->initiated_event_id,                     \
    .started_event_id = (report)->started_event_id

static void report_completed(const struct report *report, const struct event *closing,
                             struct event_list *out)
{
    struct child_workflow_execution_completed_event *event = arena_new(
        out->arena, struct child_workflow_execution_completed_event);

    *event = (struct child_workflow_execution_completed_event){
        REPORT(report), .result = closing->workflow_execution_completed->result
    };
    event_list_add(out, EVENT_CHILD_WORKFLOW_EXECUTION_COMPLETED, event);
}

static void report_failed(const struct report *report, const struct event *closing,
                          struct event_list *out)
{
    struct child_workflow_execution_failed_event *event = arena_new(
        out->arena, struct child_workflow_execution_failed_event);

    *event = (struct child_workflow_execution_failed_event){
        REPORT(report), .reason = closing->workflow_execution_failed->reason,
        .details = closing->workflow_execution_failed->details
    };
    event_list_add(out, EVENT_CHILD_WORKFLOW_EXECUTION_FAILED, event);
}

static void report_canceled(const struct report *report, const struct event *closing,
                            struct event_list *out)
{
    struct child_workflow_execution_canceled_event *event = arena_new(
        out->arena, struct child_workflow_execution_canceled_event);

    *event = (struct child_workflow_execution_canceled_event){
        REPORT(report), .details = closing->workflow_execution_canceled->details
    };
    event_list_add(out, EVENT_CHILD_WORKFLOW_EXECUTION_CANCELED, event);
}

static void report_timed_out(const struct report *report, const struct event *closing,
                             struct event_list *out)
{
    struct child_workflow_execution_timed_out_event *event = arena_new(
        out->arena, struct child_workflow_execution_timed_out_event);

    *event = (struct child_workflow_execution_timed_out_event){
        REPORT(report), .timeout_type = closing->workflow_execution_timed_out->timeout_type
    };
    event_list_add(out, EVENT_CHILD_WORKFLOW_EXECUTION_TIMED_OUT, event);
}

static void report_terminated(const struct report *report, struct event_list *out)
{
    struct child_workflow_execution_terminated_event *event = arena_new(
        out->arena, struct child_workflow_execution_terminated_event);

    *event = (struct child_workflow_execution_terminated_event){ REPORT(report) };
    event_list_add(out, EVENT_CHILD_WORKFLOW_EXECUTION_TERMINATED, event);
}

void child_closed(const struct execution *parent, int64_t initiated_event_id,
                  const struct workflow_execution *names, const struct workflow_type *type,
                  const struct event *closing, struct event_list *out)
{
    const struct child *child = child_get(parent, initiated_event_id);
    struct report report = { names, type, initiated_event_id, child ? child->started_event_id : 0 };

    if (child == NULL)
        return;
    if (closing->type == EVENT_WORKFLOW_EXECUTION_COMPLETED)
        report_completed(&report, closing, out);
    else if (closing->type == EVENT_WORKFLOW_EXECUTION_FAILED)
        report_failed(&report, closing, out);
    else if (closing->type == EVENT_WORKFLOW_EXECUTION_CANCELED)
        report_canceled(&report, closing, out);
    else if (closing->type == EVENT_WORKFLOW_EXECUTION_TIMED_OUT)
        report_timed_out(&report, closing, out);
    else
        report_terminated(&report, out);
    decision_task_need(parent, out);
}

/* ---- the fold ---- */

static bool has_initiated_event(const void *object, const void *key)
{
    return ((const struct child *)object)->initiated_event_id == *(const int64_t *)key;
}

struct child *child_get(const struct execution *parent, int64_t initiated_event_id)
{
    return map_find(&parent->children_by_event, hash_u64((uint64_t)initiated_event_id),
                    has_initiated_event, &initiated_event_id);
}

static void apply_initiated(struct execution *execution, const struct event *event)
{
    struct bytes workflow_id = event->start_child_workflow_execution_initiated->workflow_id;
    struct child *child = memory_new(sizeof(*child) + workflow_id.len);

    memcpy(child + 1, workflow_id.ptr, workflow_id.len);
    child->workflow_id = bytes_of((const char *)(child + 1), workflow_id.len);
    child->initiated_event_id = event->id;
    list_append(&execution->children, &child->open);
    map_add(&execution->children_by_event, hash_u64((uint64_t)event->id), child);
    execution->child_count++;
    execution->texts_bytes += child->workflow_id.len;
}

/* A failure that names no Initiated event had none. */
static void apply_ended(struct execution *execution, int64_t initiated_event_id)
{
    struct child *child = child_get(execution, initiated_event_id);

    if (child == NULL)
        return;
    list_remove(&child->open);
    map_remove(&execution->children_by_event, hash_u64((uint64_t)initiated_event_id), child);
    execution->child_count--;
    execution->texts_bytes -= child->workflow_id.len;
    child_free(child);
}

void child_apply(struct execution *execution, const struct event *event)
{
    switch (event->type) {
    case EVENT_START_CHILD_WORKFLOW_EXECUTION_INITIATED:
        apply_initiated(execution, event);
        break;
    case EVENT_START_CHILD_WORKFLOW_EXECUTION_FAILED:
        apply_ended(execution, event->start_child_workflow_execution_failed->initiated_event_id);
        break;
    case EVENT_CHILD_WORKFLOW_EXECUTION_STARTED:
        child_get(execution, event->child_workflow_execution_started->initiated_event_id)
            ->started_event_id = event->id;
        break;
    case EVENT_CHILD_WORKFLOW_EXECUTION_COMPLETED:
        apply_ended(execution, event->child_workflow_execution_completed->initiated_event_id);
        break;
    case EVENT_CHILD_WORKFLOW_EXECUTION_FAILED:
        apply_ended(execution, event->child_workflow_execution_failed->initiated_event_id);
        break;
    case EVENT_CHILD_WORKFLOW_EXECUTION_CANCELED:
        apply_ended(execution, event->child_workflow_execution_canceled->initiated_event_id);
        break;
    case EVENT_CHILD_WORKFLOW_EXECUTION_TIMED_OUT:
        apply_ended(execution, event->child_workflow_execution_timed_out->initiated_event_id);
        break;
    default:
        apply_ended(execution, event->child_workflow_execution_terminated->initiated_event_id);
        break;
    }
}

void child_free(struct child *child)
{
    memory_free(child);
}
