#include "store/batch.h"

#include "base/memory.h"

/* One turn: at most some thousands of requests of 1 MB. More than this is a bug of the caller. */
#define BATCH_BYTES_MAX ((size_t)16 << 30)
#define LARGE_BYTES ((size_t)4 << 20)

void batch_init(struct batch *batch)
{
    *batch = (struct batch){ 0 };
    arena_init(&batch->arena, "batch", BATCH_BYTES_MAX);
}

void batch_deinit(struct batch *batch)
{
    arena_deinit(&batch->arena);
    memory_free(batch->operations);
    *batch = (struct batch){ 0 };
}

void batch_reset(struct batch *batch)
{
    arena_reset(&batch->arena);
    batch->count = 0;
}

void batch_write(struct batch *batch, struct kv *kv, enum err *err)
{
    if (!*err && batch->count)
        *err = kv->functions->write(kv, batch->operations, batch->count, true);
    batch_reset(batch);
}

void batch_write_if_large(struct batch *batch, struct kv *kv, enum err *err)
{
    if (batch->arena.used > LARGE_BYTES)
        batch_write(batch, kv, err);
}

static void add(struct batch *batch, struct kv_operation operation)
{
    if (batch->count == batch->capacity) {
        batch->capacity = batch->capacity ? batch->capacity * 2 : 64;
        batch->operations = memory_resize(batch->operations, batch->capacity * sizeof(operation));
    }
    batch->operations[batch->count++] = operation;
}

void batch_put(struct batch *batch, enum kv_space space, struct bytes key, struct bytes value)
{
    add(batch, (struct kv_operation){ KV_PUT, space, key, value });
}

void batch_delete(struct batch *batch, enum kv_space space, struct bytes key)
{
    add(batch, (struct kv_operation){ KV_DELETE, space, key, BYTES_ABSENT });
}

void batch_delete_range(struct batch *batch, enum kv_space space, struct bytes key,
                        struct bytes end)
{
    add(batch, (struct kv_operation){ KV_DELETE_RANGE, space, key, end });
}
