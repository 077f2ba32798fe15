/*
 * Time passes from event to event. Before one that time alone brings, it stops once more, a
 * millisecond before that event is due: a service that was early would write it then, at a time
 * that was not recorded.
 */
#include "replay.h"

#include "look.h"

/* An event that time brings: how long after which other event. */
struct deadline {
    enum event_type event;
    const char *timeout_type; /* NULL: whatever it says */
    const char *since;        /* its member that names when the time began; NULL: the first event */
    const char *length_in;    /* its member that names who says how long; NULL: the first event */
    const char *length;
};

/* Here children and Lambda functions start at once, with what asked for them. */
/* clang-format off */
static const struct deadline deadlines[] = {
    { EVENT_WORKFLOW_EXECUTION_TIMED_OUT, NULL, NULL, NULL, "executionStartToCloseTimeout" },
    { EVENT_DECISION_TASK_TIMED_OUT, "START_TO_CLOSE", "startedEventId", "scheduledEventId", "startToCloseTimeout" },
    { EVENT_ACTIVITY_TASK_TIMED_OUT, "START_TO_CLOSE", "startedEventId", "scheduledEventId", "startToCloseTimeout" },
    { EVENT_ACTIVITY_TASK_TIMED_OUT, "SCHEDULE_TO_START", "scheduledEventId", "scheduledEventId", "scheduleToStartTimeout" },
    { EVENT_ACTIVITY_TASK_TIMED_OUT, "SCHEDULE_TO_CLOSE", "scheduledEventId", "scheduledEventId", "scheduleToCloseTimeout" },
    { EVENT_TIMER_FIRED, NULL, "startedEventId", "startedEventId", "startToFireTimeout" },
    { EVENT_LAMBDA_FUNCTION_TIMED_OUT, NULL, "scheduledEventId", "scheduledEventId", "startToCloseTimeout" },
    { EVENT_CHILD_WORKFLOW_EXECUTION_TIMED_OUT, NULL, "initiatedEventId", "initiatedEventId", "executionStartToCloseTimeout" },
};
/* clang-format on */

static const struct deadline *deadline_of(const struct recorded_event *event)
{
    struct bytes type = look_text(event->attributes, "timeoutType");

    for (size_t i = 0; i < sizeof(deadlines) / sizeof(deadlines[0]); i++) {
        const char *wanted = deadlines[i].timeout_type;

        if (deadlines[i].event == event->type && (wanted == NULL || bytes_equal_cstr(type, wanted)))
            return &deadlines[i];
    }
    return NULL;
}

static const struct recorded_event *follow(const struct recording *recording,
                                           const struct recorded_event *event, const char *member)
{
    return member ? recording_follow(recording, event, member) : recording_find(recording, 1);
}

/* When the event is due; negative when time does not bring it. Where no times are recorded, no time
 * has passed since whatever began it. */
static int64_t due_ms(const struct replay *replay, const struct recorded_event *event)
{
    const struct recording *recording = replay->recording;
    const struct deadline *deadline = deadline_of(event);
    const struct recorded_event *since, *length_in;
    unsigned long long seconds;
    int64_t since_ms;

    if (deadline == NULL)
        return -1;
    since = follow(recording, event, deadline->since);
    length_in = follow(recording, event, deadline->length_in);
    if (since == NULL || length_in == NULL ||
        !bytes_parse_u64(look_text(length_in->attributes, deadline->length), &seconds))
        return -1;
    since_ms = recording->has_times
                   ? since->at_ms - deviation_earlier_ms(replay->deviations, since->id)
                   : server_now_ms(replay->server);
    return since_ms + (int64_t)seconds * 1000;
}

void clock_reach(struct replay *replay, const struct recorded_event *event)
{
    int64_t due = due_ms(replay, event);

    if (due > 0)
        server_advance_to(replay->server, due - 1);
    if (replay->recording->has_times)
        server_advance_to(replay->server,
                          event->at_ms - deviation_earlier_ms(replay->deviations, event->id));
    else if (due > 0)
        server_advance_to(replay->server, due);
}
