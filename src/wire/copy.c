#include "wire/copy.h"

static struct bytes_list copy_strings(struct bytes_list list, struct arena *arena)
{
    struct bytes *items;

    if (list.items == NULL)
        return list;
    items = arena_array(arena, struct bytes, list.count + 1);
    for (size_t i = 0; i < list.count; i++)
        items[i] = arena_copy(arena, list.items[i]);
    return (struct bytes_list){ items, list.count };
}

static void copy_into(const struct shape *shape, const void *from, void *to, struct arena *arena);

/* Every X_list has the layout of this one. */
struct any_list {
    const void *items;
    size_t count;
};

static struct any_list copy_structs(const struct shape *shape, struct any_list list,
                                    struct arena *arena)
{
    char *items;

    if (list.items == NULL)
        return list;
    items = arena_alloc(arena, shape->size * (list.count + 1));
    for (size_t i = 0; i < list.count; i++)
        copy_into(shape, (const char *)list.items + i * shape->size, items + i * shape->size,
                  arena);
    return (struct any_list){ items, list.count };
}

static void copy_instant(const void *from, void *to, struct arena *arena)
{
    const struct instant *at;
    struct instant *copy;

    memcpy(&at, from, sizeof(at));
    if (at == NULL)
        return;
    copy = arena_new(arena, struct instant);
    *copy = *at;
    memcpy(to, &copy, sizeof(copy));
}

static void copy_struct(const struct shape *shape, const void *from, void *to, struct arena *arena)
{
    const void *inner;

    memcpy(&inner, from, sizeof(inner));
    if (inner)
        inner = copy_shape(shape, inner, arena);
    memcpy(to, &inner, sizeof(inner));
}

/* `to` holds a plain copy already: only what points elsewhere is left to do. */
static void copy_member(const struct member *member, const void *from, void *to,
                        struct arena *arena)
{
    switch ((enum kind)member->kind) {
    case KIND_STRING:
    case KIND_RAW:
        *(struct bytes *)to = arena_copy(arena, *(const struct bytes *)from);
        break;
    case KIND_STRING_LIST:
        *(struct bytes_list *)to = copy_strings(*(const struct bytes_list *)from, arena);
        break;
    case KIND_STRUCT_LIST:
        *(struct any_list *)to = copy_structs(member->shape, *(const struct any_list *)from, arena);
        break;
    case KIND_STRUCT:
        copy_struct(member->shape, from, to, arena);
        break;
    case KIND_TIMESTAMP_AT:
        copy_instant(from, to, arena);
        break;
    case KIND_ENUM:
    case KIND_INTEGER:
    case KIND_LONG:
    case KIND_BOOLEAN:
    case KIND_TIMESTAMP:
        break;
    }
}

static void copy_into(const struct shape *shape, const void *from, void *to, struct arena *arena)
{
    memcpy(to, from, shape->size);
    for (unsigned i = 0; i < shape->count; i++) {
        size_t offset = shape->members[i].offset;

        copy_member(&shape->members[i], (const char *)from + offset, (char *)to + offset, arena);
    }
}

const void *copy_shape(const struct shape *shape, const void *from, struct arena *arena)
{
    void *to = arena_alloc(arena, shape->size);

    copy_into(shape, from, to, arena);
    return to;
}
