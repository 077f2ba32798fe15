/*
 * batch - the operations that one write will do, and the memory of their keys and values.
 *
 * Used again for every write, by the one thread that writes.
 */
#ifndef STORE_BATCH_H
#define STORE_BATCH_H

#include "store/kv.h"

struct batch {
    struct arena arena; /* holds keys and values until batch_reset */
    struct kv_operation *operations;
    size_t count;
    size_t capacity;
};

void batch_init(struct batch *batch);
void batch_deinit(struct batch *batch);
/* Empties it for the next write. */
void batch_reset(struct batch *batch);
/* Does what there is in one synced write, unless *err says that something failed before, and
 * empties it. Leaves in *err what the write came to. */
void batch_write(struct batch *batch, struct kv *kv, enum err *err);
/* The same, once it has become large: for who copies more than memory should hold. */
void batch_write_if_large(struct batch *batch, struct kv *kv, enum err *err);

/* Keys and values are borrowed until the write; the batch's arena is their place. */
void batch_put(struct batch *batch, enum kv_space space, struct bytes key, struct bytes value);
void batch_delete(struct batch *batch, enum kv_space space, struct bytes key);
/* All keys from `key` to before `end`. */
void batch_delete_range(struct batch *batch, enum kv_space space, struct bytes key,
                        struct bytes end);

#endif
