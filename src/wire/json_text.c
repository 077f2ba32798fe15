#include "wire/json_text.h"

#include "wire/json_writer.h"

/* ---- a value as text ---- */

static void append_array(struct text *out, struct json_value array)
{
    struct json_cursor cursor = json_walk(array);
    struct json_value item;
    bool first = true;

    text_append_char(out, '[');
    for (; json_next_item(&cursor, &item); first = false) {
        text_append_cstr(out, first ? "" : ",");
        json_text_append(out, item);
    }
    text_append_char(out, ']');
}

static void append_object(struct text *out, struct json_value object)
{
    struct json_cursor cursor = json_walk(object);
    struct json_value value;
    struct bytes name;
    bool first = true;

    text_append_char(out, '{');
    for (; json_next_member(&cursor, &name, &value); first = false) {
        text_append_cstr(out, first ? "" : ",");
        json_write_string(out, name);
        text_append_char(out, ':');
        json_text_append(out, value);
    }
    text_append_char(out, '}');
}

void json_text_append(struct text *out, struct json_value value)
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
        append_array(out, value);
        break;
    case JSON_OBJECT:
        append_object(out, value);
        break;
    }
}

/* ---- line breaks ---- */

static void break_line(struct text *out, int depth)
{
    text_append_char(out, '\n');
    for (int i = 0; i < depth; i++)
        text_append_cstr(out, "  ");
}

/* The end of the string that begins at `at`, behind its quote. */
static size_t string_end(struct bytes json, size_t at)
{
    for (at++; at < json.len && json.ptr[at] != '"'; at++) {
        if (json.ptr[at] == '\\')
            at++;
    }
    return at + 1 < json.len ? at + 1 : json.len;
}

/* Does the array or object that begins at `at` hold nothing, or plain values of an array alone? */
static bool is_flat(struct bytes json, size_t at)
{
    bool is_object = json.ptr[at] == '{';

    for (at++; at < json.len; at++) {
        char c = json.ptr[at];

        if (c == ']' || c == '}')
            return true;
        if (is_object || c == '[' || c == '{')
            return false;
        if (c == '"')
            at = string_end(json, at) - 1;
    }
    return true;
}

/* A walk through the text: how deep it is, and whether what it is in stays in one line. */
struct indenter {
    struct text *out;
    int depth;
    bool flat;
};

static void indent_mark(struct indenter *indenter, struct bytes json, size_t at)
{
    char c = json.ptr[at];

    if ((c == ']' || c == '}') && !indenter->flat)
        break_line(indenter->out, --indenter->depth);
    text_append_char(indenter->out, c);
    if (c == ']' || c == '}') {
        indenter->flat = false;
    } else if (c == '[' || c == '{') {
        indenter->flat = is_flat(json, at);
        if (!indenter->flat)
            break_line(indenter->out, ++indenter->depth);
    } else if (c == ',' && !indenter->flat) {
        break_line(indenter->out, indenter->depth);
    } else if (c == ',' || c == ':') {
        text_append_char(indenter->out, ' ');
    }
}

void json_text_indent(struct text *out, struct bytes json)
{
    struct indenter indenter = { .out = out };
    size_t at = 0;

    while (at < json.len) {
        size_t end = json.ptr[at] == '"' ? string_end(json, at) : at + 1;

        if (json.ptr[at] == '"')
            text_append(out, bytes_of(json.ptr + at, end - at));
        else if (strchr(" \t\r\n", json.ptr[at]) == NULL)
            indent_mark(&indenter, json, at);
        at = end;
    }
}
