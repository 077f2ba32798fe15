#include "look.h"

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
