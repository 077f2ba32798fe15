#include "recording.h"

#include "look.h"

#include "wire/json_text.h"
#include "wire/shape.h"
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#define RECORDING_BYTES_MAX ((size_t)64 << 20)
#define EVENTS_MAX 25000

/* ---- the file ---- */

static const char *name_of(struct arena *arena, const char *path)
{
    struct bytes name = bytes_of_cstr(path);
    size_t slash = bytes_find_last(name, '/');

    if (slash < name.len)
        name = bytes_skip(name, slash + 1);
    name = arena_printf(arena, "%.*s%c", (int)bytes_find_last(name, '.'), name.ptr, '\0');
    return name.ptr;
}

static const char *read_text(struct recording *out, const char *path)
{
    FILE *file = fopen(path, "r");
    char *text;
    long size;

    if (file == NULL)
        return "it cannot be opened";
    fseek(file, 0, SEEK_END);
    size = ftell(file);
    rewind(file);
    if (size < 0 || (size_t)size > RECORDING_BYTES_MAX / 2) {
        fclose(file);
        return "it is too large";
    }
    text = arena_alloc_text(&out->arena, (size_t)size + 1);
    out->text = bytes_of(text, fread(text, 1, (size_t)size, file));
    fclose(file);
    return NULL;
}

/* ---- events ---- */

static enum event_type type_of(struct bytes name)
{
    for (int type = 1; type <= EVENT_TYPE_COUNT; type++) {
        if (bytes_equal_cstr(name, event_shapes[type].type))
            return (enum event_type)type;
    }
    return EVENT_ABSENT;
}

/* *at_ms is since 1970, or 0. */
static bool read_event(struct json_value value, struct recorded_event *out)
{
    struct json_value timestamp;

    out->id = look_number(value, "eventId");
    out->type = type_of(look_text(value, "eventType"));
    if (look_member(value, "eventTimestamp", &timestamp))
        out->at_ms = llround(json_number(timestamp) * 1000);
    return out->type != EVENT_ABSENT &&
           look_member(value, event_shapes[out->type].member, &out->attributes);
}

/* ---- gaps ---- */

/* The events that are made up, as a JSON list. */
struct filler {
    struct text text;
    int64_t id;        /* of the next one */
    struct bytes list; /* the run's task list, JSON */
};

static void fill(struct filler *filler, enum event_type type, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void fill(struct filler *filler, enum event_type type, const char *format, ...)
{
    char attributes[1024];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(attributes, sizeof(attributes), format, arguments);
    va_end(arguments);
    text_printf(&filler->text, "%s{\"eventId\":%" PRId64 ",\"eventType\":\"%s\",\"%s\":{%s}}",
                filler->text.len > 1 ? "," : "", filler->id++, event_shapes[type].type,
                event_shapes[type].member, attributes);
}

static void fill_round(struct filler *filler)
{
    int64_t first = filler->id;

    fill(filler, EVENT_DECISION_TASK_SCHEDULED, "\"taskList\":%.*s", BYTES_FMT(filler->list));
    fill(filler, EVENT_DECISION_TASK_STARTED, "\"scheduledEventId\":%" PRId64, first);
    fill(filler, EVENT_DECISION_TASK_COMPLETED,
         "\"scheduledEventId\":%" PRId64 ",\"startedEventId\":%" PRId64, first, first + 1);
}

static void fill_activity(struct filler *filler)
{
    int64_t first = filler->id;

    fill(filler, EVENT_ACTIVITY_TASK_SCHEDULED,
         "\"activityId\":\"made up %" PRId64 "\",\"taskList\":%.*s,"
         "\"activityType\":{\"name\":\"made up\",\"version\":\"1\"},"
         "\"decisionTaskCompletedEventId\":%" PRId64 ",\"heartbeatTimeout\":\"NONE\","
         "\"scheduleToCloseTimeout\":\"NONE\",\"scheduleToStartTimeout\":\"NONE\","
         "\"startToCloseTimeout\":\"NONE\"",
         first, BYTES_FMT(filler->list), first - 1);
    fill(filler, EVENT_ACTIVITY_TASK_STARTED, "\"scheduledEventId\":%" PRId64, first);
    fill(filler, EVENT_ACTIVITY_TASK_COMPLETED,
         "\"scheduledEventId\":%" PRId64 ",\"startedEventId\":%" PRId64, first, first + 1);
}

static void add_filled(struct recording *recording, struct bytes list)
{
    struct json_value root, item;
    struct json_cursor cursor;

    recording->filler = json_reader_new();
    ensure(json_parse(recording->filler, list, &root));
    cursor = json_walk(root);
    while (json_next_item(&cursor, &item)) {
        struct recorded_event *event = &recording->events[recording->count++];

        ensure(read_event(item, event));
        event->is_made_up = true;
    }
}

/* Behind WorkflowExecutionStarted three events can be missing, or nine, or fifteen. */
static bool fill_gap(struct recording *recording, int64_t missing)
{
    struct filler filler = { .id = 2 };
    struct json_value task_list;
    struct text list;

    if (recording->count != 1 || missing % 6 != 3 ||
        !look_member(recording->events[0].attributes, "taskList", &task_list))
        return false;
    text_init(&list, RECORDING_BYTES_MAX);
    json_text_append(&list, task_list);
    filler.list = text_bytes(&list);
    text_init(&filler.text, RECORDING_BYTES_MAX);
    text_append_char(&filler.text, '[');
    fill_round(&filler);
    for (int64_t rounds = missing / 6; rounds; rounds--) {
        fill_activity(&filler);
        fill_round(&filler);
    }
    text_append_char(&filler.text, ']');
    add_filled(recording, text_bytes(&filler.text));
    recording->is_excerpt = true;
    text_deinit(&list);
    text_deinit(&filler.text);
    return true;
}

/* ---- the whole ---- */

static const char *add_event(struct recording *recording, const struct recorded_event *event)
{
    int64_t missing = event->id - (int64_t)recording->count - 1;

    if (event->id > EVENTS_MAX || missing < 0)
        return "its event ids do not rise";
    if (missing && !fill_gap(recording, missing))
        return "it is an excerpt, and what is missing cannot be made up";
    recording->events[recording->count++] = *event;
    return NULL;
}

/* Times become those since the first event. What was made up happens just before what follows it.
 */
static void relate_times(struct recording *recording)
{
    int64_t first_ms = recording->events[0].at_ms, next_ms = 0;

    recording->has_times = first_ms != 0;
    for (size_t i = recording->count; i-- > 0 && recording->has_times;) {
        struct recorded_event *event = &recording->events[i];

        event->at_ms = event->is_made_up ? next_ms : event->at_ms - first_ms;
        next_ms = event->at_ms;
    }
}

static const char *read_events(struct recording *recording, struct json_value root)
{
    struct json_value events, item;
    struct json_cursor cursor;
    const char *problem = NULL;

    if (!look_member(root, "events", &events) || json_kind(events) != JSON_ARRAY)
        return "it has no events";
    recording->events = arena_array(&recording->arena, struct recorded_event, EVENTS_MAX);
    cursor = json_walk(events);
    while (problem == NULL && json_next_item(&cursor, &item)) {
        struct recorded_event event = { 0 };

        problem = read_event(item, &event) ? add_event(recording, &event)
                                           : "it has an event of no known type";
    }
    if (problem == NULL &&
        (recording->count == 0 || recording->events[0].type != EVENT_WORKFLOW_EXECUTION_STARTED))
        problem = "it does not begin with WorkflowExecutionStarted";
    if (problem == NULL)
        relate_times(recording);
    return problem;
}

const char *recording_read(const char *path, struct recording *out)
{
    struct json_value root;
    const char *problem;

    *out = (struct recording){ 0 };
    arena_init(&out->arena, "recording", RECORDING_BYTES_MAX);
    out->json = json_reader_new();
    out->name = name_of(&out->arena, path);
    problem = read_text(out, path);
    if (problem)
        return problem;
    return json_parse(out->json, out->text, &root) ? read_events(out, root) : "it is not JSON";
}

void recording_deinit(struct recording *recording)
{
    json_reader_free(recording->json);
    if (recording->filler)
        json_reader_free(recording->filler);
    arena_deinit(&recording->arena);
}

const struct recorded_event *recording_find(const struct recording *recording, int64_t id)
{
    return id > 0 && (size_t)id <= recording->count ? &recording->events[id - 1] : NULL;
}

const struct recorded_event *recording_follow(const struct recording *recording,
                                              const struct recorded_event *event,
                                              const char *member)
{
    return recording_find(recording, look_number(event->attributes, member));
}
