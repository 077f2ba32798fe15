#include "auth/context.h"

#define KEYS_AT_START 16 /* what every call has, and a few of its own */

void context_init(struct context *context, struct arena *arena)
{
    *context = (struct context){ .arena = arena };
}

/* `array` of `count` items with room for one more; what it was lies idle until the arena goes. */
static void *with_room(struct arena *arena, void *array, size_t count, size_t *capacity,
                       size_t at_start, size_t item_size)
{
    if (count < *capacity)
        return array;
    *capacity = *capacity ? *capacity * 2 : at_start;
    void *larger = arena_alloc(arena, *capacity * item_size);
    if (count > 0)
        memcpy(larger, array, count * item_size);
    return larger;
}

static struct context_key *find_spelt(const struct context *context, struct bytes name)
{
    for (size_t i = 0; i < context->count; i++)
        if (bytes_equal(context->keys[i].name, name))
            return &context->keys[i];
    return NULL;
}

static struct context_key *add_key(struct context *context, struct bytes name)
{
    context->keys = with_room(context->arena, context->keys, context->count, &context->capacity,
                              KEYS_AT_START, sizeof(*context->keys));
    struct context_key *key = &context->keys[context->count++];
    *key = (struct context_key){ .name = name };
    return key;
}

void context_add(struct context *context, struct bytes name, struct bytes value)
{
    if (bytes_is_absent(value))
        return;
    struct context_key *key = find_spelt(context, name);
    if (!key)
        key = add_key(context, name);
    key->values = with_room(context->arena, key->values, key->count, &key->capacity, 1,
                            sizeof(*key->values));
    key->values[key->count++] = value;
}

const struct context_key *context_find(const struct context *context, struct bytes name)
{
    const struct context_key *found = NULL;

    for (size_t i = 0; i < context->count; i++) {
        const struct context_key *key = &context->keys[i];
        if (!bytes_equal_ignoring_case(key->name, name))
            continue;
        if (bytes_equal(key->name, name))
            return key;
        if (!found)
            found = key;
    }
    return found;
}
