#include "wire/decode.h"

#include "wire/constraint.h"
#include "wire/decoder.h"

static bool find_operation(struct bytes name, enum operation *out)
{
    int low = 0;
    int high = OPERATION_COUNT;

    while (low < high) { /* the enum is in the order of the names */
        int middle = (low + high) / 2;
        int order = bytes_compare(name, bytes_of_cstr(operation_names[middle]));
        if (order == 0) {
            *out = (enum operation)middle;
            return true;
        }
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

/* Every letter counts (Q-CASE). */
bool decode_target(struct bytes target, enum operation *out)
{
    size_t dot = bytes_find_last(target, '.');

    if (dot == target.len)
        return false;
    struct bytes service = bytes_of(target.ptr, dot);
    if (!bytes_equal_cstr(service, "SimpleWorkflowService") &&
        !bytes_equal_cstr(service, "com.amazonaws.swf.service.model.SimpleWorkflowService"))
        return false;
    return find_operation(bytes_skip(target, dot + 1), out);
}

struct fault decode_request(struct json_reader *reader, enum operation operation, struct bytes body,
                            struct arena *arena, struct request *out)
{
    const struct shape *shape = operation_shapes[operation].input;
    struct decoder decoder = { .arena = arena };
    struct json_value root;

    if (!json_parse_padded(reader, body, &root))
        return fault_of(FAULT_SERIALIZATION, BYTES_ABSENT);

    void *input = arena_alloc(arena, shape->size);
    if (!decoder_read(&decoder, shape, root, input))
        return fault_of(FAULT_SERIALIZATION, decoder.wrong);

    *out = (struct request){ .operation = operation, .input = input };
    return check_constraints(shape, input, decoder.words, arena);
}

bool decode_shape(struct json_reader *reader, const struct shape *shape, struct bytes json,
                  struct arena *arena, void *out)
{
    struct decoder decoder = { .arena = arena };
    struct json_value root;

    memset(out, 0, shape->size);
    return json_parse(reader, json, &root) && decoder_read(&decoder, shape, root, out);
}

static enum event_type find_event_type(struct bytes name)
{
    for (int i = 1; i <= EVENT_TYPE_COUNT; i++) {
        if (bytes_equal(name, bytes_of(event_shapes[i].type, event_shapes[i].type_length)))
            return (enum event_type)i;
    }
    return EVENT_ABSENT;
}

/* Reads id, time and type; the attributes may stand in front of the type that says what they are.
 */
static bool read_event_head(struct json_value value, struct event *event)
{
    struct json_cursor cursor = json_walk(value);
    struct bytes name;
    struct json_value member;

    while (json_next_member(&cursor, &name, &member)) {
        enum json_kind kind = json_kind(member);
        bool is_number = kind == JSON_INTEGER || kind == JSON_DECIMAL;
        if (bytes_equal_cstr(name, "eventId") && is_number)
            event->id = json_integer(member);
        else if (bytes_equal_cstr(name, "eventTimestamp") && is_number)
            event->timestamp = instant_of_seconds(json_number(member));
        else if (bytes_equal_cstr(name, "eventType") && kind == JSON_STRING)
            event->type = find_event_type(json_string(member));
    }
    return event->id > 0 && event->type != EVENT_ABSENT;
}

static bool find_attributes(struct json_value value, const struct event_shape *shape,
                            struct json_value *out)
{
    struct json_cursor cursor = json_walk(value);
    struct bytes name;
    struct json_value member;
    bool found = false;

    while (json_next_member(&cursor, &name, &member)) {
        if (!bytes_equal(name, bytes_of(shape->member, shape->member_length)))
            continue;
        *out = member;
        found = true;
    }
    return found;
}

bool decode_event(struct json_value value, struct arena *arena, struct event *event)
{
    struct decoder decoder = { .arena = arena };
    struct json_value attributes;

    *event = (struct event){ 0 };
    if (json_kind(value) != JSON_OBJECT || !read_event_head(value, event))
        return false;
    const struct event_shape *shape = &event_shapes[event->type];
    if (!find_attributes(value, shape, &attributes))
        return false;

    void *object = arena_alloc(arena, shape->attributes->size);
    event->attributes = object;
    return decoder_read(&decoder, shape->attributes, attributes, object) && !decoder.words;
}

bool decode_events(struct json_reader *reader, const struct bytes *jsons, size_t count,
                   struct arena *arena, struct event *items)
{
    for (size_t i = 0; i < count; i++) {
        struct json_value root;
        if (!json_parse(reader, jsons[i], &root) || !decode_event(root, arena, &items[i]))
            return false;
    }
    return true;
}

static bool read_events(struct json_value array, struct arena *arena, struct event **items,
                        size_t *count)
{
    struct json_value item;
    size_t number = 0;

    for (struct json_cursor cursor = json_walk(array); json_next_item(&cursor, &item);)
        number++;
    *items = arena_array(arena, struct event, number);
    for (struct json_cursor cursor = json_walk(array); json_next_item(&cursor, &item); (*count)++) {
        if (!decode_event(item, arena, &(*items)[*count]))
            return false;
    }
    return true;
}

bool decode_history(struct json_reader *reader, struct bytes body, struct arena *arena,
                    struct event **items, size_t *count)
{
    struct json_value root;
    struct json_value member;
    struct bytes name;

    *items = NULL;
    *count = 0;
    if (!json_parse(reader, body, &root) || json_kind(root) != JSON_OBJECT)
        return false;
    for (struct json_cursor cursor = json_walk(root); json_next_member(&cursor, &name, &member);) {
        if (bytes_equal_cstr(name, "events") && json_kind(member) == JSON_ARRAY)
            return read_events(member, arena, items, count);
    }
    return true; /* an idle poll has none */
}
