/*
 * Few keys are looked for one by one. From KEYS_AT_START on the names are indexed as they are
 * spelt, by open addressing: slots are twice as many as there is room for keys, a power of two, and
 * a name lies at the slot of its hash or behind it, with no empty slot in between.
 */
#include "auth/context.h"

#include "base/hash.h"

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

static bool is_indexed(const struct context *context)
{
    return context->capacity > KEYS_AT_START;
}

/* Where the name is in the index, or belongs. */
static uint32_t *slot_of(const struct context *context, struct bytes name)
{
    size_t mask = context->slot_count - 1;
    size_t at = hash_bytes(name) & mask;

    while (context->slots[at] && !bytes_equal(context->keys[context->slots[at] - 1].name, name))
        at = (at + 1) & mask;
    return &context->slots[at];
}

/* For the room that there is now. */
static void index_anew(struct context *context)
{
    context->slot_count = 2 * context->capacity;
    context->slots = arena_array(context->arena, uint32_t, context->slot_count);
    for (size_t i = 0; i < context->count; i++)
        *slot_of(context, context->keys[i].name) = (uint32_t)i + 1;
}

static struct context_key *find_spelt(const struct context *context, struct bytes name)
{
    if (is_indexed(context)) {
        uint32_t number = *slot_of(context, name);
        return number ? &context->keys[number - 1] : NULL;
    }
    for (size_t i = 0; i < context->count; i++)
        if (bytes_equal(context->keys[i].name, name))
            return &context->keys[i];
    return NULL;
}

static struct context_key *add_key(struct context *context, struct bytes name)
{
    size_t capacity = context->capacity;

    context->keys = with_room(context->arena, context->keys, context->count, &context->capacity,
                              KEYS_AT_START, sizeof(*context->keys));
    if (context->capacity != capacity && is_indexed(context))
        index_anew(context);
    if (is_indexed(context))
        *slot_of(context, name) = (uint32_t)context->count + 1;
    struct context_key *key = &context->keys[context->count++];
    *key = (struct context_key){ .name = name };
    return key;
}

static struct context_key *get_key(struct context *context, struct bytes name)
{
    struct context_key *key = find_spelt(context, name);

    return key ? key : add_key(context, name);
}

static void add_value(struct context *context, struct context_key *key, struct bytes value)
{
    key->values = with_room(context->arena, key->values, key->count, &key->capacity, 1,
                            sizeof(*key->values));
    key->values[key->count++] = value;
}

void context_add(struct context *context, struct bytes name, struct bytes value)
{
    if (!bytes_is_absent(value))
        add_value(context, get_key(context, name), value);
}

void context_set(struct context *context, struct bytes name, struct bytes value)
{
    struct context_key *key;

    if (bytes_is_absent(value))
        return;
    key = get_key(context, name);
    key->count = 0;
    add_value(context, key, value);
}

static const struct context_key *find_in_any_case(const struct context *context, struct bytes name)
{
    for (size_t i = 0; i < context->count; i++)
        if (bytes_equal_ignoring_case(context->keys[i].name, name))
            return &context->keys[i];
    return NULL;
}

const struct context_key *context_find(const struct context *context, struct bytes name)
{
    const struct context_key *found = NULL;

    for (const struct context *part = context; part && !found; part = part->rest)
        found = find_spelt(part, name);
    for (const struct context *part = context; part && !found; part = part->rest)
        found = find_in_any_case(part, name);
    return found;
}
