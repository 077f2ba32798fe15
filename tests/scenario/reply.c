#include "reply.h"

#include <inttypes.h>
#include <math.h>

static bool find_own(struct json_value object, struct bytes name, struct json_value *out)
{
    struct json_cursor cursor = json_walk(object);
    struct bytes member;

    while (json_next_member(&cursor, &member, out)) {
        if (bytes_equal(member, name))
            return true;
    }
    return false;
}

bool reply_find(struct json_value object, struct bytes name, struct json_value *out)
{
    struct json_cursor cursor;
    struct json_value inner;
    struct bytes member;

    if (json_kind(object) != JSON_OBJECT)
        return false;
    if (find_own(object, name, out))
        return true;
    cursor = json_walk(object);
    while (json_next_member(&cursor, &member, &inner)) {
        if (reply_find(inner, name, out))
            return true;
    }
    return false;
}

static void render_list(struct text *out, struct json_value value)
{
    struct json_cursor cursor = json_walk(value);
    struct json_value item;

    for (bool first = true; json_next_item(&cursor, &item); first = false) {
        if (!first)
            text_append_char(out, ',');
        reply_render(out, item);
    }
}

static void render_object(struct text *out, struct json_value value)
{
    struct json_cursor cursor = json_walk(value);
    struct json_value inner;
    struct bytes name;

    for (bool first = true; json_next_member(&cursor, &name, &inner); first = false) {
        if (!first)
            text_append_char(out, '/');
        reply_render(out, inner);
    }
}

void reply_render(struct text *out, struct json_value value)
{
    switch (json_kind(value)) {
    case JSON_STRING:
        text_append(out, json_string(value));
        break;
    case JSON_INTEGER:
        text_append_i64(out, json_integer(value));
        break;
    case JSON_DECIMAL:
        text_printf(out, "%.3f", json_number(value));
        break;
    case JSON_TRUE:
        text_append_cstr(out, "true");
        break;
    case JSON_FALSE:
        text_append_cstr(out, "false");
        break;
    case JSON_NULL:
        text_append_cstr(out, "null");
        break;
    case JSON_ARRAY:
        render_list(out, value);
        break;
    case JSON_OBJECT:
        render_object(out, value);
        break;
    }
}

static bool find_attributes(struct json_value event, struct json_value *out)
{
    const struct bytes ending = BYTES("EventAttributes");
    struct json_cursor cursor = json_walk(event);
    struct bytes name;

    while (json_next_member(&cursor, &name, out)) {
        if (name.len > ending.len && bytes_equal(bytes_skip(name, name.len - ending.len), ending))
            return true;
    }
    return false;
}

bool reply_event(struct json_value value, struct seen_event *out)
{
    struct json_value id, timestamp, type;

    if (json_kind(value) != JSON_OBJECT || !find_own(value, BYTES("eventId"), &id) ||
        !find_own(value, BYTES("eventTimestamp"), &timestamp) ||
        !find_own(value, BYTES("eventType"), &type) || !find_attributes(value, &out->attributes))
        return false;
    out->id = json_integer(id);
    out->timestamp_ms = llround(json_number(timestamp) * 1000);
    out->type = json_string(type);
    return true;
}

void reply_render_event(struct text *out, const struct seen_event *event, int64_t beginning_ms)
{
    struct json_cursor cursor = json_walk(event->attributes);
    struct json_value value;
    struct bytes name;

    text_printf(out, "%3" PRId64 " @%gs %.*s", event->id,
                (double)(event->timestamp_ms - beginning_ms) / 1000, BYTES_FMT(event->type));
    while (json_next_member(&cursor, &name, &value)) {
        text_printf(out, " %.*s=", BYTES_FMT(name));
        reply_render(out, value);
    }
    text_append_char(out, '\n');
}
