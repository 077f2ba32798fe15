#include "history/read.h"

#include "base/date.h"
#include "wire/decode.h"

/* The events of all pages so far. */
struct reading {
    struct json_reader *reader;
    struct arena *arena;
    struct text *problem;
    struct event *events;
    size_t count, capacity;
    size_t page; /* from 1 */
    bool has_times;
    bool is_cut;
};

/* ---- one text behind the other */

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static struct bytes skip_space(struct bytes text)
{
    while (text.len && is_space(text.ptr[0]))
        text = bytes_skip(text, 1);
    return text;
}

/* The length of the string that begins here, with both quotes; or what there is of it. */
static size_t string_length(struct bytes text)
{
    for (size_t i = 1; i < text.len; i++) {
        if (text.ptr[i] == '\\')
            i++;
        else if (text.ptr[i] == '"')
            return i + 1;
    }
    return text.len;
}

/* The length of the object or array that begins here; all of the text when it does not end. Only
 * brackets are counted: whether it is JSON, the parser says. */
static size_t value_length(struct bytes text)
{
    size_t depth = 0;

    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        if (c == '"')
            i += string_length(bytes_skip(text, i)) - 1;
        else if (c == '{' || c == '[')
            depth++;
        else if ((c == '}' || c == ']') && depth-- <= 1)
            return i + 1;
    }
    return text.len;
}

/* ---- one page */

static bool fail(struct reading *reading, const char *what)
{
    text_printf(reading->problem, "page %zu: %s", reading->page, what);
    return false;
}

static void make_room(struct reading *reading)
{
    struct event *events;

    if (reading->count < reading->capacity)
        return;
    reading->capacity = reading->capacity ? reading->capacity * 2 : 64;
    events = arena_array(reading->arena, struct event, reading->capacity);
    if (reading->count)
        memcpy(events, reading->events, reading->count * sizeof(*events));
    reading->events = events;
}

static bool find_member(struct json_value object, const char *wanted, struct json_value *out)
{
    struct json_cursor cursor = json_walk(object);
    struct json_value value;
    struct bytes name;

    while (json_next_member(&cursor, &name, &value)) {
        if (!bytes_equal_cstr(name, wanted))
            continue;
        *out = value;
        return true;
    }
    return false;
}

/* False when there is a time, and it is none that can be read. */
static bool read_time(struct json_value item, struct event *event)
{
    struct json_value value;

    if (!find_member(item, "eventTimestamp", &value) || json_kind(value) == JSON_NULL)
        return true;
    if (json_kind(value) == JSON_STRING)
        return date_parse(json_string(value), &event->timestamp);
    return json_kind(value) == JSON_INTEGER || json_kind(value) == JSON_DECIMAL;
}

static bool read_item(struct reading *reading, struct json_value item)
{
    struct event *event;

    make_room(reading);
    event = &reading->events[reading->count];
    if (!decode_event(item, reading->arena, event) || !read_time(item, event)) {
        text_printf(reading->problem, "page %zu: item %zu is not an event", reading->page,
                    reading->count + 1);
        return false;
    }
    reading->has_times |= event->timestamp.ms != 0;
    reading->count++;
    return true;
}

static bool read_items(struct reading *reading, struct json_value array)
{
    struct json_cursor cursor = json_walk(array);
    struct json_value item;

    while (json_next_item(&cursor, &item)) {
        if (!read_item(reading, item))
            return false;
    }
    return true;
}

static bool has_more(struct json_value page)
{
    struct json_value token;

    return find_member(page, "nextPageToken", &token) && json_kind(token) == JSON_STRING;
}

static bool read_page(struct reading *reading, struct bytes text)
{
    struct json_value root, events;

    if (!json_parse(reading->reader, text, &root))
        return fail(reading, "is not JSON");
    if (json_kind(root) == JSON_ARRAY) {
        reading->is_cut = false;
        return read_items(reading, root);
    }
    if (json_kind(root) != JSON_OBJECT || !find_member(root, "events", &events) ||
        json_kind(events) != JSON_ARRAY)
        return fail(reading, "has no list of events");
    reading->is_cut = has_more(root);
    return read_items(reading, events);
}

/* ---- all of them */

static void turn_around(struct event *events, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        struct event other = events[count - 1 - i];

        events[count - 1 - i] = events[i];
        events[i] = other;
    }
}

static void finish(struct reading *reading, struct history *out)
{
    size_t count = reading->count;

    if (count > 1 && reading->events[0].id > reading->events[count - 1].id) {
        turn_around(reading->events, count);
        reading->is_cut = false; /* what is missing then is the beginning */
    }
    *out = (struct history){ reading->events, count, reading->has_times, reading->is_cut };
}

bool history_read(struct json_reader *reader, struct bytes text, struct arena *arena,
                  struct history *out, struct text *problem)
{
    struct reading reading = { .reader = reader, .arena = arena, .problem = problem };

    *out = (struct history){ 0 };
    for (text = skip_space(text); text.len; text = skip_space(text)) {
        size_t length = value_length(text);

        reading.page++;
        if (!read_page(&reading, bytes_of(text.ptr, length)))
            return false;
        text = bytes_skip(text, length);
    }
    finish(&reading, out);
    return true;
}
