/*
 * kv - the few key-value calls that a store's layout needs; everything below them can be exchanged.
 *
 * Keys are ordered bytewise within a space. A write is a list of operations that happens whole or
 * not at all and is durable when kv_write returns OK with `sync`. Reads may come from any thread at
 * any time; an iterator sees the state of the moment it was made, and of it only the keys between
 * its bounds: what was deleted beside them costs it nothing.
 */
#ifndef STORE_KV_H
#define STORE_KV_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/ensure.h"
#include "base/err.h"
#include <stdint.h>

/* Separate orders of keys, each with its own tuning. On disk by these names for ever. */
enum kv_space {
    KV_STATE,   /* meta, registry, turns, open runs, messages, heartbeats */
    KV_HISTORY, /* histories and the names of runs */
    KV_CLOSED,  /* summaries of closed runs and the rows that lists walk */
    KV_TWIN,    /* of the state what cannot be found out anew, a second time */
    KV_SPACE_COUNT,
};

enum kv_action { KV_PUT, KV_DELETE, KV_DELETE_RANGE };

struct kv_operation {
    enum kv_action action;
    enum kv_space space;
    struct bytes key;
    struct bytes value; /* of KV_PUT; of KV_DELETE_RANGE the end key, exclusive */
};

struct durations;
struct kv;
struct kv_iterator;

/* How much of what it holds. */
struct kv_figures {
    const struct durations *syncs; /* of writes with `sync`; NULL: nobody counts them */
    uint64_t memory_bytes, cache_bytes, file_bytes, pending_compaction_bytes;
};

struct kv_functions {
    enum err (*write)(struct kv *kv, const struct kv_operation *operations, size_t count,
                      bool sync);
    enum err (*get)(struct kv *kv, enum kv_space space, struct bytes key, struct arena *arena,
                    struct bytes *value);
    /* From `begin` to before `end`, which comes after it; absent: to the last key. Both are
     * borrowed for the call. */
    struct kv_iterator *(*iterate)(struct kv *kv, enum kv_space space, struct bytes begin,
                                   struct bytes end);
    void (*seek)(struct kv_iterator *iterator, struct bytes key); /* to the first key at or after */
    void (*seek_back)(struct kv_iterator *iterator,
                      struct bytes key); /* to the last key at or before */
    void (*next)(struct kv_iterator *iterator);
    void (*prev)(struct kv_iterator *iterator);
    bool (*valid)(const struct kv_iterator *iterator);
    struct bytes (*key)(const struct kv_iterator *iterator); /* borrowed until the iterator moves */
    struct bytes (*value)(
        const struct kv_iterator *iterator); /* borrowed until the iterator moves */
    enum err (*status)(const struct kv_iterator
                           *iterator); /* why valid() is false: OK at the end, else a read error */
    void (*done)(struct kv_iterator *iterator);
    /* What is left of deletions takes space, and time of walks, until it is cleared away, in the
     * background. To be called, as often as one likes, when there is nothing to delete for now.
     * NULL: nothing is left of them anyway. */
    void (*tidy)(struct kv *kv);
    uint64_t (*free_bytes)(struct kv *kv);
    void (*figures)(struct kv *kv, struct kv_figures *out); /* NULL: it has none */
    /* Writes out what it holds back, and gives all back, also when that fails. */
    enum err (*close)(struct kv *kv);
};

/* What every implementation begins with. */
struct kv {
    const struct kv_functions *functions;
};

/* An iterator over the keys with this prefix, which is borrowed for the call; empty: all keys. */
struct kv_iterator *kv_iterate_prefix(struct kv *kv, enum kv_space space, struct bytes prefix);

#endif
