/*
 * Any text as JSON: what is read is written anew, and that reads as the same.
 */
#include "target.h"

#include "base/memory.h"
#include "wire/json.h"
#include "wire/json_place.h"
#include "wire/json_writer.h"
#include <inttypes.h>

#define TEXT_BYTES_MAX ((size_t)64 << 20)

static void write_value(struct text *out, struct json_value value);

static void write_items(struct text *out, struct json_value array)
{
    struct json_cursor cursor = json_walk(array);
    struct json_value item;
    const char *comma = "";

    text_append_char(out, '[');
    while (json_next_item(&cursor, &item)) {
        text_append_cstr(out, comma);
        write_value(out, item);
        comma = ",";
    }
    text_append_char(out, ']');
}

static void write_members(struct text *out, struct json_value object)
{
    struct json_cursor cursor = json_walk(object);
    struct json_value value;
    struct bytes name;
    const char *comma = "";

    text_append_char(out, '{');
    while (json_next_member(&cursor, &name, &value)) {
        text_append_cstr(out, comma);
        json_write_string(out, name);
        text_append_char(out, ':');
        write_value(out, value);
        comma = ",";
    }
    text_append_char(out, '}');
}

static void write_value(struct text *out, struct json_value value)
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
        (void)json_integer(value);
        text_printf(out, "%.17e", json_number(value)); /* stays a decimal */
        break;
    case JSON_STRING:
        json_write_string(out, json_string(value));
        break;
    case JSON_ARRAY:
        write_items(out, value);
        break;
    case JSON_OBJECT:
        write_members(out, value);
        break;
    }
}

static void check_place(struct bytes input)
{
    struct json_place place = json_place_of_error(input);

    ensure(place.problem && place.line >= 1 && place.column >= 1);
}

/* Writes what `text` says; false when it is not JSON. */
static bool rewrite(struct json_reader *reader, struct bytes text, struct text *out)
{
    struct json_value root;

    text_reset(out);
    if (!json_parse(reader, text, &root))
        return false;
    write_value(out, root);
    return true;
}

static void run(struct bytes input)
{
    struct json_reader *reader = json_reader_new();
    char *copy = exact_copy(input);
    struct text once, twice;

    text_init(&once, TEXT_BYTES_MAX);
    text_init(&twice, TEXT_BYTES_MAX);
    if (!rewrite(reader, bytes_of(copy, input.len), &once)) {
        check_place(input);
    } else {
        ensure(rewrite(reader, text_bytes(&once), &twice));
        ensure(bytes_equal(text_bytes(&once), text_bytes(&twice)));
    }
    text_deinit(&once);
    text_deinit(&twice);
    memory_free(copy);
    json_reader_free(reader);
}

const struct target target_json = { "json", run };
