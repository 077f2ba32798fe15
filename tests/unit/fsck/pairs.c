#include "pairs.h"

#include "store/memory/memory.h"
#include "store/walk.h"

static void take_space(struct pairs *pairs, struct kv *kv, enum kv_space space, struct arena *arena,
                       size_t capacity)
{
    struct walk walk;

    walk_begin(&walk, kv, space, BYTES(""));
    for (walk_seek(&walk, BYTES("")); walk_is_valid(&walk); walk_next(&walk)) {
        ensure(pairs->count < capacity);
        pairs->items[pairs->count++] = (struct pair){ space, arena_copy(arena, walk_key(&walk)),
                                                      arena_copy(arena, walk_value(&walk)) };
    }
    ensure(walk_end(&walk) == OK);
}

struct pairs pairs_take(struct kv *kv, struct arena *arena)
{
    const size_t capacity = 4096;
    struct pairs pairs = { .items = arena_array(arena, struct pair, capacity) };

    for (int space = 0; space < KV_SPACE_COUNT; space++)
        take_space(&pairs, kv, (enum kv_space)space, arena, capacity);
    return pairs;
}

void pairs_change(struct kv *kv, enum kv_space space, struct bytes key, struct bytes value)
{
    const struct kv_operation operation = { bytes_is_absent(value) ? KV_DELETE : KV_PUT, space, key,
                                            value };

    ensure(kv->functions->write(kv, &operation, 1, true) == OK);
}

struct kv *pairs_put(const struct pairs *pairs)
{
    struct kv *kv = kv_memory_new();

    for (size_t i = 0; i < pairs->count; i++)
        pairs_change(kv, pairs->items[i].space, pairs->items[i].key, pairs->items[i].value);
    return kv;
}

bool pairs_equal(const struct pairs *a, const struct pairs *b)
{
    bool equal = a->count == b->count;

    for (size_t i = 0; equal && i < a->count; i++)
        equal = a->items[i].space == b->items[i].space &&
                bytes_equal(a->items[i].key, b->items[i].key) &&
                bytes_equal(a->items[i].value, b->items[i].value);
    return equal;
}
