#include "look.h"

#include "wire/json_writer.h"

bool look_member(struct json_value object, const char *name, struct json_value *out)
{
    struct json_cursor cursor;
    struct bytes found;

    if (json_kind(object) != JSON_OBJECT)
        return false;
    cursor = json_walk(object);
    while (json_next_member(&cursor, &found, out)) {
        if (bytes_equal_cstr(found, name))
            return true;
    }
    return false;
}

struct bytes look_text(struct json_value object, const char *name)
{
    struct json_value value;

    if (!look_member(object, name, &value) || json_kind(value) != JSON_STRING)
        return BYTES_ABSENT;
    return json_string(value);
}

int64_t look_number(struct json_value object, const char *name)
{
    struct json_value value;

    return look_member(object, name, &value) ? json_integer(value) : 0;
}

static void copy_items(struct text *out, struct json_value array)
{
    struct json_cursor cursor = json_walk(array);
    struct json_value item;

    for (bool first = true; json_next_item(&cursor, &item); first = false) {
        if (!first)
            text_append_char(out, ',');
        look_copy(out, item);
    }
}

static void copy_members(struct text *out, struct json_value object)
{
    struct json_cursor cursor = json_walk(object);
    struct json_value value;
    struct bytes name;

    for (bool first = true; json_next_member(&cursor, &name, &value); first = false) {
        if (!first)
            text_append_char(out, ',');
        json_write_string(out, name);
        text_append_char(out, ':');
        look_copy(out, value);
    }
}

void look_copy(struct text *out, struct json_value value)
{
    switch (json_kind(value)) {
    case JSON_NULL:
        text_append_cstr(out, "null");
        break;
    case JSON_TRUE:
        text_append_cstr(out, "true");
        break;
    case JSON_FALSE:
        text_append_cstr(out, "false");
        break;
    case JSON_INTEGER:
        text_append_i64(out, json_integer(value));
        break;
    case JSON_DECIMAL:
        text_printf(out, "%.17g", json_number(value));
        break;
    case JSON_STRING:
        json_write_string(out, json_string(value));
        break;
    case JSON_ARRAY:
        text_append_char(out, '[');
        copy_items(out, value);
        text_append_char(out, ']');
        break;
    case JSON_OBJECT:
        text_append_char(out, '{');
        copy_members(out, value);
        text_append_char(out, '}');
        break;
    }
}
