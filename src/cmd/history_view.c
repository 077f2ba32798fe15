#include "cmd/history_view.h"

#include "cmd/output.h"
#include <stdio.h>

#define DETAIL_BYTES_MAX 200
#define NAME_WIDTH_MIN 26

#define COLOUR_OFF "\033[0m"
#define COLOUR_DIM "\033[2m"
#define COLOUR_RED "\033[31m"
#define COLOUR_GREEN "\033[32m"
#define COLOUR_YELLOW "\033[33m"
#define COLOUR_CYAN "\033[36m"

enum family { FAMILY_BAD, FAMILY_DECISION_TASK, FAMILY_WORK, FAMILY_NEWS, FAMILY_OWN };

static const char *const colours[] = {
    [FAMILY_BAD] = COLOUR_RED,     [FAMILY_DECISION_TASK] = COLOUR_DIM, [FAMILY_WORK] = COLOUR_CYAN,
    [FAMILY_NEWS] = COLOUR_YELLOW, [FAMILY_OWN] = COLOUR_GREEN,
};

/* What an event is about; a failure, or nothing that the demo asks for, is bad. */
static const unsigned char families[EVENT_TYPE_COUNT + 1] = {
    [EVENT_DECISION_TASK_SCHEDULED] = FAMILY_DECISION_TASK,
    [EVENT_DECISION_TASK_STARTED] = FAMILY_DECISION_TASK,
    [EVENT_DECISION_TASK_COMPLETED] = FAMILY_DECISION_TASK,
    [EVENT_ACTIVITY_TASK_SCHEDULED] = FAMILY_WORK,
    [EVENT_ACTIVITY_TASK_STARTED] = FAMILY_WORK,
    [EVENT_ACTIVITY_TASK_COMPLETED] = FAMILY_WORK,
    [EVENT_LAMBDA_FUNCTION_SCHEDULED] = FAMILY_WORK,
    [EVENT_LAMBDA_FUNCTION_STARTED] = FAMILY_WORK,
    [EVENT_LAMBDA_FUNCTION_COMPLETED] = FAMILY_WORK,
    [EVENT_START_CHILD_WORKFLOW_EXECUTION_INITIATED] = FAMILY_WORK,
    [EVENT_CHILD_WORKFLOW_EXECUTION_STARTED] = FAMILY_WORK,
    [EVENT_CHILD_WORKFLOW_EXECUTION_COMPLETED] = FAMILY_WORK,
    [EVENT_TIMER_STARTED] = FAMILY_NEWS,
    [EVENT_TIMER_FIRED] = FAMILY_NEWS,
    [EVENT_MARKER_RECORDED] = FAMILY_NEWS,
    [EVENT_WORKFLOW_EXECUTION_SIGNALED] = FAMILY_NEWS,
    [EVENT_WORKFLOW_EXECUTION_CANCEL_REQUESTED] = FAMILY_NEWS,
    [EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED] = FAMILY_NEWS,
    [EVENT_EXTERNAL_WORKFLOW_EXECUTION_SIGNALED] = FAMILY_NEWS,
    [EVENT_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED] = FAMILY_NEWS,
    [EVENT_EXTERNAL_WORKFLOW_EXECUTION_CANCEL_REQUESTED] = FAMILY_NEWS,
    [EVENT_WORKFLOW_EXECUTION_STARTED] = FAMILY_OWN,
    [EVENT_WORKFLOW_EXECUTION_COMPLETED] = FAMILY_OWN,
    [EVENT_WORKFLOW_EXECUTION_CANCELED] = FAMILY_OWN,
    [EVENT_WORKFLOW_EXECUTION_CONTINUED_AS_NEW] = FAMILY_OWN,
};

static void append_shown(struct text *out, struct bytes b)
{
    size_t len = b.len < DETAIL_BYTES_MAX ? b.len : DETAIL_BYTES_MAX;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)b.ptr[i];
        text_append_char(out, c < 0x20 || c == 0x7f ? '?' : b.ptr[i]);
    }
    if (len < b.len)
        text_append_cstr(out, "...");
}

static void append_pair(struct text *out, struct bytes what, const char *between,
                        struct bytes detail)
{
    append_shown(out, what);
    if (detail.len > 0) {
        text_append_cstr(out, between);
        append_shown(out, detail);
    }
}

/* The event with this id, or NULL. A later event often only names an earlier one by its id, and
 * what it is about stands there. */
static const struct event *event_at(const struct event *events, size_t count, int64_t id)
{
    return id > 0 && (size_t)id <= count ? &events[id - 1] : NULL;
}

static struct bytes activity_at(const struct event *events, size_t count, int64_t id)
{
    const struct event *event = event_at(events, count, id);
    return event && event->type == EVENT_ACTIVITY_TASK_SCHEDULED
               ? event->activity_task_scheduled->activity_id
               : BYTES("?");
}

static struct bytes function_at(const struct event *events, size_t count, int64_t id)
{
    const struct event *event = event_at(events, count, id);
    return event && event->type == EVENT_LAMBDA_FUNCTION_SCHEDULED
               ? event->lambda_function_scheduled->name
               : BYTES("?");
}

static void append_lambda_detail(struct text *out, const struct event *events, size_t count,
                                 const struct event *event)
{
    switch (event->type) {
    case EVENT_LAMBDA_FUNCTION_SCHEDULED:
        append_pair(out, event->lambda_function_scheduled->name, ": ",
                    event->lambda_function_scheduled->input);
        break;
    case EVENT_LAMBDA_FUNCTION_STARTED:
        append_shown(
            out, function_at(events, count, event->lambda_function_started->scheduled_event_id));
        break;
    case EVENT_LAMBDA_FUNCTION_COMPLETED:
        append_pair(
            out, function_at(events, count, event->lambda_function_completed->scheduled_event_id),
            ": ", event->lambda_function_completed->result);
        break;
    case EVENT_LAMBDA_FUNCTION_FAILED:
        append_pair(out,
                    function_at(events, count, event->lambda_function_failed->scheduled_event_id),
                    ": ", event->lambda_function_failed->reason);
        append_pair(out, BYTES(""), ", ", event->lambda_function_failed->details);
        break;
    case EVENT_SCHEDULE_LAMBDA_FUNCTION_FAILED:
        append_pair(out, event->schedule_lambda_function_failed->name, ": ",
                    bytes_of_cstr(schedule_lambda_function_failed_cause_names
                                      [event->schedule_lambda_function_failed->cause]));
        break;
    default:
        break;
    }
}

static void append_child_detail(struct text *out, const struct event *event)
{
    switch (event->type) {
    case EVENT_START_CHILD_WORKFLOW_EXECUTION_INITIATED:
        append_pair(
            out, event->start_child_workflow_execution_initiated->workflow_id, ", policy ",
            bytes_of_cstr(
                child_policy_names[event->start_child_workflow_execution_initiated->child_policy]));
        break;
    case EVENT_CHILD_WORKFLOW_EXECUTION_STARTED:
        append_shown(out, event->child_workflow_execution_started->workflow_execution->workflow_id);
        break;
    case EVENT_CHILD_WORKFLOW_EXECUTION_COMPLETED:
        append_pair(out, event->child_workflow_execution_completed->workflow_execution->workflow_id,
                    ": ", event->child_workflow_execution_completed->result);
        break;
    default:
        break;
    }
}

/* What one workflow does to another. */
static void append_external_detail(struct text *out, const struct event *event)
{
    switch (event->type) {
    case EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED:
        append_pair(out, event->signal_external_workflow_execution_initiated->signal_name, " to ",
                    event->signal_external_workflow_execution_initiated->workflow_id);
        break;
    case EVENT_EXTERNAL_WORKFLOW_EXECUTION_SIGNALED:
        append_shown(out,
                     event->external_workflow_execution_signaled->workflow_execution->workflow_id);
        break;
    case EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED:
        append_pair(out, event->signal_external_workflow_execution_failed->workflow_id, ": ",
                    bytes_of_cstr(signal_external_workflow_execution_failed_cause_names
                                      [event->signal_external_workflow_execution_failed->cause]));
        break;
    case EVENT_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED:
        append_shown(out, event->request_cancel_external_workflow_execution_initiated->workflow_id);
        break;
    case EVENT_EXTERNAL_WORKFLOW_EXECUTION_CANCEL_REQUESTED:
        append_shown(
            out,
            event->external_workflow_execution_cancel_requested->workflow_execution->workflow_id);
        break;
    default:
        append_child_detail(out, event);
        break;
    }
}

static void append_activity_detail(struct text *out, const struct event *events, size_t count,
                                   const struct event *event)
{
    switch (event->type) {
    case EVENT_ACTIVITY_TASK_SCHEDULED:
        append_pair(out, event->activity_task_scheduled->activity_id, ": ",
                    event->activity_task_scheduled->input);
        append_pair(out, BYTES(""), ", priority ", event->activity_task_scheduled->task_priority);
        break;
    case EVENT_ACTIVITY_TASK_STARTED:
        append_pair(out,
                    activity_at(events, count, event->activity_task_started->scheduled_event_id),
                    " by ", event->activity_task_started->identity);
        break;
    case EVENT_ACTIVITY_TASK_COMPLETED:
        append_pair(out,
                    activity_at(events, count, event->activity_task_completed->scheduled_event_id),
                    ": ", event->activity_task_completed->result);
        break;
    case EVENT_ACTIVITY_TASK_FAILED:
        append_pair(out,
                    activity_at(events, count, event->activity_task_failed->scheduled_event_id),
                    ": ", event->activity_task_failed->reason);
        break;
    case EVENT_ACTIVITY_TASK_TIMED_OUT:
        append_shown(
            out, activity_at(events, count, event->activity_task_timed_out->scheduled_event_id));
        break;
    default:
        break;
    }
}

/* Which workflow did it; NULL when it was a client. */
static void append_from(struct text *out, const char *between,
                        const struct workflow_execution *other)
{
    if (other) {
        text_printf(out, "%sfrom ", between);
        append_shown(out, other->workflow_id);
    }
}

static void append_detail(struct text *out, const struct event *events, size_t count,
                          const struct event *event)
{
    switch (event->type) {
    case EVENT_WORKFLOW_EXECUTION_STARTED:
        append_pair(out, event->workflow_execution_started->workflow_type->name, ": ",
                    event->workflow_execution_started->input);
        break;
    case EVENT_DECISION_TASK_STARTED:
        append_pair(out, BYTES(""), "by ", event->decision_task_started->identity);
        break;
    case EVENT_TIMER_STARTED:
        append_pair(out, event->timer_started->timer_id,
                    ", seconds: ", event->timer_started->start_to_fire_timeout);
        break;
    case EVENT_TIMER_FIRED:
        append_shown(out, event->timer_fired->timer_id);
        break;
    case EVENT_WORKFLOW_EXECUTION_SIGNALED:
        append_pair(out, event->workflow_execution_signaled->signal_name, ": ",
                    event->workflow_execution_signaled->input);
        append_from(out, ", ", event->workflow_execution_signaled->external_workflow_execution);
        break;
    case EVENT_WORKFLOW_EXECUTION_COMPLETED:
        append_shown(out, event->workflow_execution_completed->result);
        break;
    case EVENT_WORKFLOW_EXECUTION_FAILED:
        append_shown(out, event->workflow_execution_failed->reason);
        break;
    case EVENT_WORKFLOW_EXECUTION_CANCEL_REQUESTED:
        append_from(out, "",
                    event->workflow_execution_cancel_requested->external_workflow_execution);
        break;
    case EVENT_WORKFLOW_EXECUTION_CANCELED:
        append_shown(out, event->workflow_execution_canceled->details);
        break;
    case EVENT_WORKFLOW_EXECUTION_TERMINATED:
        append_shown(out, bytes_of_cstr(workflow_execution_terminated_cause_names
                                            [event->workflow_execution_terminated->cause]));
        break;
    case EVENT_WORKFLOW_EXECUTION_CONTINUED_AS_NEW:
        append_pair(out, BYTES("with "), "", event->workflow_execution_continued_as_new->input);
        break;
    case EVENT_MARKER_RECORDED:
        append_pair(out, event->marker_recorded->marker_name, ": ",
                    event->marker_recorded->details);
        break;
    default:
        append_activity_detail(out, events, count, event);
        append_lambda_detail(out, events, count, event);
        append_external_detail(out, event);
        break;
    }
}

/* The width of the column of names: that of the longest. No event of an order is longer than the
 * minimum, so its columns stay put while the history grows. */
static int width_of(const struct event *events, size_t count)
{
    size_t width = NAME_WIDTH_MIN;
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(event_type_names[events[i].type]);
        width = len > width ? len : width;
    }
    return (int)width;
}

void history_view_title(struct text *out, const struct event *events, size_t count)
{
    text_printf(out, "%9s %4s  %-*s %s\n", "time", "id", width_of(events, count), "event", "what");
}

void history_view_print(struct text *out)
{
    output_print(stdout, text_bytes(out));
    fflush(stdout); /* somebody watches as it happens; output_end tells whether all of it arrived */
    text_reset(out);
}

void history_view_line(struct text *out, const struct event *events, size_t count, size_t index,
                       bool coloured)
{
    const struct event *event = &events[index];
    struct duration since = instant_since(event->timestamp, events[0].timestamp);

    text_printf(out, "%7.3f s %4lld  ", (double)since.ms / 1000, (long long)event->id);
    if (coloured)
        text_append_cstr(out, colours[families[event->type]]);
    text_printf(out, "%-*s ", width_of(events, count), event_type_names[event->type]);
    append_detail(out, events, count, event);
    if (coloured)
        text_append_cstr(out, COLOUR_OFF);
    text_append_char(out, '\n');
}
