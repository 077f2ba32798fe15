#include "cmd/history_view.h"

#define DETAIL_BYTES_MAX 200

#define COLOUR_OFF "\033[0m"
#define COLOUR_DIM "\033[2m"
#define COLOUR_RED "\033[31m"
#define COLOUR_GREEN "\033[32m"
#define COLOUR_YELLOW "\033[33m"
#define COLOUR_CYAN "\033[36m"

static const char *colour_of(enum event_type type)
{
    switch (type) {
    case EVENT_DECISION_TASK_SCHEDULED:
    case EVENT_DECISION_TASK_STARTED:
    case EVENT_DECISION_TASK_COMPLETED:
        return COLOUR_DIM;
    case EVENT_ACTIVITY_TASK_SCHEDULED:
    case EVENT_ACTIVITY_TASK_STARTED:
    case EVENT_ACTIVITY_TASK_COMPLETED:
        return COLOUR_CYAN;
    case EVENT_TIMER_STARTED:
    case EVENT_TIMER_FIRED:
    case EVENT_WORKFLOW_EXECUTION_SIGNALED:
        return COLOUR_YELLOW;
    case EVENT_WORKFLOW_EXECUTION_STARTED:
    case EVENT_WORKFLOW_EXECUTION_COMPLETED:
        return COLOUR_GREEN;
    default: /* a failure, or nothing that the demo asks for */
        return COLOUR_RED;
    }
}

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

/* The id of the activity whose scheduling is event `id`: the events after it do not name it. */
static struct bytes activity_at(const struct event *events, size_t count, int64_t id)
{
    for (size_t i = 0; i < count; i++) {
        if (events[i].id == id && events[i].type == EVENT_ACTIVITY_TASK_SCHEDULED)
            return events[i].activity_task_scheduled->activity_id;
    }
    return BYTES("?");
}

static void append_activity_detail(struct text *out, const struct event *events, size_t count,
                                   const struct event *event)
{
    switch (event->type) {
    case EVENT_ACTIVITY_TASK_SCHEDULED:
        append_pair(out, event->activity_task_scheduled->activity_id, ": ",
                    event->activity_task_scheduled->input);
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
        break;
    case EVENT_WORKFLOW_EXECUTION_COMPLETED:
        append_shown(out, event->workflow_execution_completed->result);
        break;
    case EVENT_WORKFLOW_EXECUTION_FAILED:
        append_shown(out, event->workflow_execution_failed->reason);
        break;
    default:
        append_activity_detail(out, events, count, event);
        break;
    }
}

void history_view_title(struct text *out)
{
    text_printf(out, "%9s %4s  %-26s %s\n", "time", "id", "event", "what");
}

void history_view_line(struct text *out, const struct event *events, size_t count, size_t index,
                       bool coloured)
{
    const struct event *event = &events[index];
    struct duration since = instant_since(event->timestamp, events[0].timestamp);

    text_printf(out, "%7.3f s %4lld  ", (double)since.ms / 1000, (long long)event->id);
    if (coloured)
        text_append_cstr(out, colour_of(event->type));
    text_printf(out, "%-26s ", event_type_names[event->type]);
    append_detail(out, events, count, event);
    if (coloured)
        text_append_cstr(out, COLOUR_OFF);
    text_append_char(out, '\n');
}
