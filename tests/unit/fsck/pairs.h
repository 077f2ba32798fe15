/*
 * pairs - all keys and values of a store, taken out of it and put into another one: what a disk
 * holds, in the hands of a test.
 */
#ifndef TEST_FSCK_PAIRS_H
#define TEST_FSCK_PAIRS_H

#include "store/kv.h"

struct pair {
    enum kv_space space;
    struct bytes key, value;
};

struct pairs {
    struct pair *items; /* by space, then by key */
    size_t count;
};

/* What lies in `kv`, copied into the arena. */
struct pairs pairs_take(struct kv *kv, struct arena *arena);

/* A store in memory that holds them. */
struct kv *pairs_put(const struct pairs *pairs);

bool pairs_equal(const struct pairs *a, const struct pairs *b);

/* Puts one, in place of what is there under this key; with an absent value: removes it. */
void pairs_change(struct kv *kv, enum kv_space space, struct bytes key, struct bytes value);

#endif
