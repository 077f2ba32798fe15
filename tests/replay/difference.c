#include "difference.h"

#include "look.h"

#include "wire/json_text.h"
#include "wire/shape.h"
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#define RUNS_MAX 256

struct named_run {
    struct bytes recorded, here;
};

struct comparison {
    const struct recording *recording;
    const struct deviations *deviations;
    const struct recorded_event *event; /* under comparison */
    int64_t place;                      /* its place in the history */
    struct named_run runs[RUNS_MAX];
    size_t run_count;
    struct text *out;
};

static bool differ(struct comparison *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Writes the line; true, for convenience. */
static bool differ(struct comparison *c, const char *format, ...)
{
    char line[1024];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    text_printf(c->out, "event %" PRId64 ": %s", c->place, line);
    return true;
}

/* ---- run ids ---- */

static bool run_differs(struct comparison *c, struct bytes recorded, struct bytes here)
{
    for (size_t i = 0; i < c->run_count; i++) {
        bool same = bytes_equal(c->runs[i].recorded, recorded);

        if (same != bytes_equal(c->runs[i].here, here))
            return differ(c, "runId is %s", same ? "not what it was before" : "another run's");
        if (same)
            return false;
    }
    ensure(c->run_count < RUNS_MAX);
    c->runs[c->run_count++] = (struct named_run){ recorded, here };
    return false;
}

/* `inside` is what the recorded run id is a member of. */
static bool run_id_differs(struct comparison *c, struct json_value inside,
                           struct json_value recorded, struct json_value here)
{
    struct bytes name = c->recording->has_times ? BYTES_ABSENT : look_text(inside, "workflowId");

    return run_differs(c, bytes_or(name, json_string(recorded)), json_string(here));
}

/* ---- values ---- */

static bool ends_with(struct bytes name, struct bytes ending)
{
    return name.len >= ending.len && bytes_equal(bytes_skip(name, name.len - ending.len), ending);
}

static bool value_differs(struct comparison *c, struct bytes name, struct json_value recorded,
                          struct json_value here);

static bool tell_values(struct comparison *c, struct bytes name, struct json_value recorded,
                        struct json_value here)
{
    struct text before, now;

    text_init(&before, 512); /* enough to tell them apart; what overflows is left out */
    text_init(&now, 512);
    json_text_append(&before, recorded);
    json_text_append(&now, here);
    differ(c, "%.*s is %.*s, recorded %.*s", BYTES_FMT(name), BYTES_FMT(text_bytes(&now)),
           BYTES_FMT(text_bytes(&before)));
    text_deinit(&before);
    text_deinit(&now);
    return true;
}

static bool list_differs(struct comparison *c, struct bytes name, struct json_value recorded,
                         struct json_value here)
{
    struct json_cursor left = json_walk(recorded), right = json_walk(here);
    struct json_value a, b;

    for (;;) {
        bool has_left = json_next_item(&left, &a), has_right = json_next_item(&right, &b);

        if (has_left != has_right)
            return tell_values(c, name, recorded, here);
        if (!has_left)
            return false;
        if (value_differs(c, name, a, b))
            return true;
    }
}

/* What the service has begun to write since the recordings were made, and what it must be then. */
static bool is_newer(const struct comparison *c, const char *name, struct json_value here)
{
    return c->event->type == EVENT_DECISION_TASK_SCHEDULED &&
           strcmp(name, "scheduleToStartTimeout") == 0 && json_kind(here) == JSON_STRING &&
           bytes_equal(json_string(here), BYTES("NONE"));
}

static bool is_left_out(const struct comparison *c, struct bytes name)
{
    return c->event->type == EVENT_ACTIVITY_TASK_SCHEDULED && deviation_prefers(c->deviations) &&
           bytes_equal(name, BYTES("taskPriority"));
}

static bool is_zero(struct json_value value)
{
    return json_kind(value) == JSON_INTEGER && json_integer(value) == 0;
}

static bool is_obsolete(const struct comparison *c, const char *name)
{
    const struct shape *shape = event_shapes[c->event->type].attributes;

    for (uint16_t i = 0; i < shape->count; i++) {
        if (strcmp(shape->members[i].name, name) == 0)
            return false;
    }
    return deviation_is_obsolete(c->deviations, c->event->id);
}

static bool lacks_recorded(struct comparison *c, struct json_value recorded, struct json_value here)
{
    struct json_cursor cursor = json_walk(recorded);
    struct json_value value, unused;
    struct bytes name;
    char text[128];

    while (json_next_member(&cursor, &name, &value)) {
        snprintf(text, sizeof(text), "%.*s", BYTES_FMT(name));
        if (!look_member(here, text, &unused) && !is_obsolete(c, text))
            return differ(c, "%s is missing", text);
    }
    return false;
}

static bool has_unrecorded(struct comparison *c, struct json_value recorded, struct json_value here)
{
    struct json_cursor cursor = json_walk(here);
    struct json_value value, unused;
    struct bytes name;
    char text[128];

    while (json_next_member(&cursor, &name, &value)) {
        snprintf(text, sizeof(text), "%.*s", BYTES_FMT(name));
        if (look_member(recorded, text, &unused) || is_left_out(c, name) ||
            is_newer(c, text, value) || (is_zero(value) && !c->recording->has_times))
            continue;
        return differ(c, "%s is not recorded", text);
    }
    return false;
}

static bool members_differ(struct comparison *c, struct json_value recorded, struct json_value here)
{
    struct json_cursor cursor = json_walk(recorded);
    struct json_value before, now;
    struct bytes name;
    char text[128];

    while (json_next_member(&cursor, &name, &before)) {
        snprintf(text, sizeof(text), "%.*s", BYTES_FMT(name));
        if (!look_member(here, text, &now) || is_left_out(c, name))
            continue;
        if (ends_with(name, BYTES("unId")) ? run_id_differs(c, recorded, before, now)
                                           : value_differs(c, name, before, now))
            return true;
    }
    return false;
}

static bool object_differs(struct comparison *c, struct json_value recorded, struct json_value here)
{
    return members_differ(c, recorded, here) || lacks_recorded(c, recorded, here) ||
           has_unrecorded(c, recorded, here);
}

static bool number_differs(struct comparison *c, struct bytes name, struct json_value recorded,
                           struct json_value here)
{
    int64_t before = json_integer(recorded), now = json_integer(here);

    if (ends_with(name, BYTES("EventId")))
        before = deviation_place(c->deviations, before);
    if (before == now)
        return false;
    return differ(c, "%.*s is %" PRId64 ", recorded %" PRId64, BYTES_FMT(name), now, before);
}

static bool value_differs(struct comparison *c, struct bytes name, struct json_value recorded,
                          struct json_value here)
{
    if (json_kind(recorded) != json_kind(here))
        return tell_values(c, name, recorded, here);
    switch (json_kind(recorded)) {
    case JSON_OBJECT:
        return object_differs(c, recorded, here);
    case JSON_ARRAY:
        return list_differs(c, name, recorded, here);
    case JSON_INTEGER:
        return number_differs(c, name, recorded, here);
    case JSON_STRING:
        return !bytes_equal(json_string(recorded), json_string(here)) &&
               tell_values(c, name, recorded, here);
    default:
        return false;
    }
}

/* ---- times ---- */

/* Does the event come from another run, or from outside, and so took its time? */
static bool is_delivered(enum event_type type)
{
    switch (type) {
    case EVENT_CHILD_WORKFLOW_EXECUTION_STARTED:
    case EVENT_START_CHILD_WORKFLOW_EXECUTION_FAILED:
    case EVENT_EXTERNAL_WORKFLOW_EXECUTION_SIGNALED:
    case EVENT_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED:
    case EVENT_EXTERNAL_WORKFLOW_EXECUTION_CANCEL_REQUESTED:
    case EVENT_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED:
    case EVENT_LAMBDA_FUNCTION_STARTED:
    case EVENT_START_LAMBDA_FUNCTION_FAILED:
        return true;
    default:
        return false;
    }
}

/* So it may come sooner, and the decision task that it brought with it. */
static bool may_come_sooner(const struct recording *recording, const struct recorded_event *event)
{
    const struct recorded_event *before = recording_find(recording, event->id - 1);

    if (event->type == EVENT_DECISION_TASK_SCHEDULED && before && before->at_ms == event->at_ms)
        event = before;
    return is_delivered(event->type);
}

static bool time_differs(struct comparison *c, int64_t here_ms)
{
    int64_t recorded_ms = c->event->at_ms - deviation_earlier_ms(c->deviations, c->event->id);

    if (!c->recording->has_times || here_ms == recorded_ms ||
        (here_ms < recorded_ms && may_come_sooner(c->recording, c->event)))
        return false;
    return differ(c, "at %.3f s, recorded %.3f s", (double)here_ms / 1000,
                  (double)recorded_ms / 1000);
}

/* ---- events ---- */

static int64_t time_of(struct json_value event)
{
    struct json_value timestamp;

    return look_member(event, "eventTimestamp", &timestamp) ? llround(json_number(timestamp) * 1000)
                                                            : 0;
}

static bool event_differs(struct comparison *c, struct json_value here, int64_t first_ms)
{
    const struct event_shape *shape = &event_shapes[c->event->type];
    struct bytes type = look_text(here, "eventType");
    struct json_value attributes;

    if (c->event->is_made_up)
        return false;
    if (look_number(here, "eventId") != c->place)
        return differ(c, "its eventId is %" PRId64, look_number(here, "eventId"));
    if (!bytes_equal_cstr(type, shape->type))
        return differ(c, "is %.*s, recorded %s", BYTES_FMT(type), shape->type);
    if (!look_member(here, shape->member, &attributes))
        return differ(c, "has no attributes");
    return object_differs(c, c->event->attributes, attributes) ||
           time_differs(c, time_of(here) - first_ms);
}

static bool events_differ(struct comparison *c, struct json_value events)
{
    struct json_cursor cursor = json_walk(events);
    struct json_value here;
    int64_t first_ms = 0;

    for (c->place = 1;; c->place++) {
        bool is_here = json_next_item(&cursor, &here);

        c->event = recording_find(c->recording, deviation_place(c->deviations, c->place));
        if (!is_here && c->event == NULL)
            return false;
        if (!is_here)
            return differ(c, "%s is missing", event_shapes[c->event->type].type);
        if (c->event == NULL)
            return differ(c, "%.*s is not recorded", BYTES_FMT(look_text(here, "eventType")));
        if (c->place == 1)
            first_ms = time_of(here);
        if (event_differs(c, here, first_ms))
            return true;
    }
}

bool difference_find(const struct recording *recording, const struct deviations *deviations,
                     struct bytes history, struct text *out)
{
    struct comparison comparison = { .recording = recording, .deviations = deviations, .out = out };
    struct json_reader *json = json_reader_new();
    struct json_value root, events;
    bool differs;

    if (json_parse(json, history, &root) && look_member(root, "events", &events)) {
        differs = events_differ(&comparison, events);
    } else {
        text_append_cstr(out, "there is no history");
        differs = true;
    }
    json_reader_free(json);
    return differs;
}
