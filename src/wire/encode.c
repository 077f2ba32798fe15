#include "wire/encode.h"

#include "wire/field.h"
#include "wire/json_writer.h"

/* Writes `"name":`, with a comma in front unless it is the first member of its object. */
static void write_name(struct text *out, const char *name, size_t length, bool *first)
{
    char *at = text_reserve(out, length + 4);

    if (!at)
        return;
    char *end = at;
    if (!*first)
        *end++ = ',';
    *end++ = '"';
    memcpy(end, name, length);
    end += length;
    *end++ = '"';
    *end++ = ':';
    text_grow(out, (size_t)(end - at));
    *first = false;
}

static bool number_is_written(const struct member *member, int64_t value)
{
    return value != 0 || member->written_when_zero;
}

static bool is_written(const struct member *member, const void *field)
{
    switch ((enum kind)member->kind) {
    case KIND_STRING:
    case KIND_RAW:
        return !bytes_is_absent(field_bytes(field));
    case KIND_ENUM:
        return field_enum(field) > 0;
    case KIND_INTEGER:
        return number_is_written(member, field_integer(field));
    case KIND_LONG:
        return number_is_written(member, field_long(field));
    case KIND_BOOLEAN:
        return number_is_written(member, field_boolean(field));
    case KIND_TIMESTAMP:
        return number_is_written(member, field_instant(field).ms);
    case KIND_TIMESTAMP_AT:
    case KIND_STRUCT:
        return field_pointer(field) != NULL;
    case KIND_STRING_LIST:
    case KIND_STRUCT_LIST: /* a required list without items is [] and not left out */
        return field_items(field).items != NULL || member->written_when_zero;
    }
    return false;
}

static void write_strings(struct text *out, struct bytes_list list)
{
    text_append_char(out, '[');
    for (size_t i = 0; i < list.count; i++) {
        if (i > 0)
            text_append_char(out, ',');
        json_write_string(out, list.items[i]);
    }
    text_append_char(out, ']');
}

static void write_structs(struct text *out, const struct shape *shape, struct item_list list)
{
    text_append_char(out, '[');
    for (size_t i = 0; i < list.count; i++) {
        if (i > 0)
            text_append_char(out, ',');
        encode_shape(out, shape, item_at(list, shape, i));
    }
    text_append_char(out, ']');
}

static void write_value(struct text *out, const struct member *member, const void *field)
{
    switch ((enum kind)member->kind) {
    case KIND_STRING:
        json_write_string(out, field_bytes(field));
        return;
    case KIND_RAW:
        text_append(out, field_bytes(field));
        return;
    case KIND_ENUM:
        json_write_word(out, bytes_of_cstr(member->enumeration->names[field_enum(field)]));
        return;
    case KIND_INTEGER:
        text_append_i64(out, field_integer(field));
        return;
    case KIND_LONG:
        text_append_i64(out, field_long(field));
        return;
    case KIND_BOOLEAN:
        text_append_cstr(out, field_boolean(field) ? "true" : "false");
        return;
    case KIND_TIMESTAMP:
        json_write_instant(out, field_instant(field));
        return;
    case KIND_TIMESTAMP_AT:
        json_write_instant(out, field_instant(field_pointer(field)));
        return;
    case KIND_STRUCT:
        encode_shape(out, member->shape, field_pointer(field));
        return;
    case KIND_STRING_LIST:
        write_strings(out, field_strings(field));
        return;
    case KIND_STRUCT_LIST:
        write_structs(out, member->shape, field_items(field));
        return;
    }
}

void encode_shape(struct text *out, const struct shape *shape, const void *value)
{
    bool first = true;

    text_append_char(out, '{');
    for (size_t i = 0; i < shape->count; i++) {
        const struct member *member = &shape->members[shape->alphabetically[i]];
        const void *field = field_of(value, member);
        if (!is_written(member, field))
            continue;
        write_name(out, member->name, member->name_length, &first);
        write_value(out, member, field);
    }
    text_append_char(out, '}');
}

void encode_reply(struct text *out, enum operation operation, const void *output)
{
    const struct shape *shape = operation_shapes[operation].output;

    if (shape)
        encode_shape(out, shape, output);
}

void encode_request(struct text *out, const struct request *request)
{
    encode_shape(out, operation_shapes[request->operation].input, request->input);
}

static void write_attributes(struct text *out, const struct event *event, bool *first)
{
    const struct event_shape *shape = &event_shapes[event->type];

    write_name(out, shape->member, shape->member_length, first);
    encode_shape(out, shape->attributes, event->attributes);
}

void encode_event(struct text *out, const struct event *event)
{
    const struct event_shape *shape = &event_shapes[event->type];
    /* No name sorts between "eventId" and "eventType", so the attributes come first or last. */
    bool attributes_first = strcmp(shape->member, "eventId") < 0;
    bool first = true;

    text_append_char(out, '{');
    if (attributes_first)
        write_attributes(out, event, &first);
    write_name(out, "eventId", strlen("eventId"), &first);
    text_append_i64(out, event->id);
    write_name(out, "eventTimestamp", strlen("eventTimestamp"), &first);
    json_write_instant(out, event->timestamp);
    write_name(out, "eventType", strlen("eventType"), &first);
    json_write_word(out, bytes_of(shape->type, shape->type_length));
    if (!attributes_first)
        write_attributes(out, event, &first);
    text_append_char(out, '}');
}

void encode_fault(struct text *out, struct fault fault)
{
    const struct fault_kind *kind = &fault_kinds[fault.code];
    bool first = true;

    text_append_char(out, '{');
    write_name(out, "__type", strlen("__type"), &first);
    json_write_string(out, bytes_of_cstr(kind->type));
    if (!bytes_is_absent(fault.message)) {
        write_name(out, kind->text_member, strlen(kind->text_member), &first);
        json_write_string(out, fault.message);
    }
    text_append_char(out, '}');
}

struct bytes encode_array(const struct bytes *jsons, size_t count, struct arena *arena)
{
    size_t len = 2;
    char *text, *at;

    for (size_t i = 0; i < count; i++)
        len += jsons[i].len + 1;
    at = text = arena_alloc_text(arena, len);
    *at++ = '[';
    for (size_t i = 0; i < count; i++) {
        if (i)
            *at++ = ',';
        memcpy(at, jsons[i].ptr, jsons[i].len);
        at += jsons[i].len;
    }
    *at++ = ']';
    return bytes_of(text, (size_t)(at - text));
}
