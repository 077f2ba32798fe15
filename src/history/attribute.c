#include "history/attribute.h"

#include "wire/field.h"

static const struct member *find(const struct event *event, const char *name)
{
    const struct shape *shape = event_shapes[event->type].attributes;

    for (uint16_t i = 0; i < shape->count; i++) {
        if (strcmp(shape->members[i].name, name) == 0)
            return &shape->members[i];
    }
    return NULL;
}

int64_t attribute_id(const struct event *event, const char *name)
{
    const struct member *member = find(event, name);

    return member ? field_long(field_of(event->attributes, member)) : 0;
}

struct bytes attribute_text(const struct event *event, const char *name)
{
    const struct member *member = find(event, name);

    return member ? field_bytes(field_of(event->attributes, member)) : BYTES_ABSENT;
}

const struct workflow_execution *attribute_names(const struct event *event, const char *name)
{
    const struct member *member = find(event, name);

    return member ? field_pointer(field_of(event->attributes, member)) : NULL;
}

static bool same_text(struct bytes a, struct bytes b)
{
    return bytes_is_absent(a) == bytes_is_absent(b) && bytes_equal(a, b);
}

static bool same_texts(struct bytes_list a, struct bytes_list b)
{
    if (a.count != b.count)
        return false;
    for (size_t i = 0; i < a.count; i++) {
        if (!bytes_equal(a.items[i], b.items[i]))
            return false;
    }
    return true;
}

/* Structures of texts: a task list, a type, the names of an execution. */
static bool same_struct(const struct shape *shape, const void *a, const void *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    for (uint16_t i = 0; i < shape->count; i++) {
        if (!same_text(field_bytes(field_of(a, &shape->members[i])),
                       field_bytes(field_of(b, &shape->members[i]))))
            return false;
    }
    return true;
}

bool attribute_same(const struct event *a, const struct event *b, const char *name)
{
    const struct member *in_a = find(a, name), *in_b = find(b, name);
    const void *of_a, *of_b;

    if (in_a == NULL || in_b == NULL || in_a->kind != in_b->kind)
        return false;
    of_a = field_of(a->attributes, in_a);
    of_b = field_of(b->attributes, in_b);
    switch ((int)in_a->kind) {
    case KIND_STRING:
        return same_text(field_bytes(of_a), field_bytes(of_b));
    case KIND_ENUM:
        return field_enum(of_a) == field_enum(of_b);
    case KIND_STRUCT:
        return same_struct(in_a->shape, field_pointer(of_a), field_pointer(of_b));
    case KIND_STRING_LIST:
        return same_texts(field_strings(of_a), field_strings(of_b));
    default:
        return field_long(of_a) == field_long(of_b);
    }
}

static bool is_missing(const struct member *member, const void *attributes)
{
    const void *field = field_of(attributes, member);

    switch ((int)member->kind) {
    case KIND_STRING:
        return bytes_is_absent(field_bytes(field));
    case KIND_ENUM:
        return field_enum(field) == 0;
    case KIND_STRUCT:
        return field_pointer(field) == NULL;
    default:
        return false;
    }
}

const char *attribute_missing(const struct event *event)
{
    const struct shape *shape = event_shapes[event->type].attributes;

    for (uint16_t i = 0; i < shape->count; i++) {
        if (shape->members[i].required && is_missing(&shape->members[i], event->attributes))
            return shape->members[i].name;
    }
    return NULL;
}
