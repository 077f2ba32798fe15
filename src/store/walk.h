/*
 * walk - a walk over the keys that begin with a prefix, or lie between two keys, in either
 * direction, as of the moment it began.
 */
#ifndef STORE_WALK_H
#define STORE_WALK_H

#include "store/kv.h"

struct walk {
    struct kv *kv;
    struct kv_iterator *iterator;
    struct bytes begin; /* borrowed until walk_end: the prefix, which is also the place before the
                           first key, or the first of the two keys */
};

/* Begins nowhere: seek first. */
void walk_begin(struct walk *walk, struct kv *kv, enum kv_space space, struct bytes prefix);
/* From `begin` to before `end`, which comes after it. */
void walk_begin_between(struct walk *walk, struct kv *kv, enum kv_space space, struct bytes begin,
                        struct bytes end);
/* Ends it; OK, or what kept it from reading. A zeroed walk is fine. */
must_use enum err walk_end(struct walk *walk);
/* What keeps one that is on no key from reading; OK: there is none. */
must_use enum err walk_status(const struct walk *walk);

void walk_seek(struct walk *walk, struct bytes key);      /* to the first key at or after */
void walk_seek_back(struct walk *walk, struct bytes key); /* to the last key at or before */
void walk_next(struct walk *walk);
void walk_prev(struct walk *walk);

/* Is there a key here? */
bool walk_is_valid(const struct walk *walk);
/* Both borrowed until the walk moves. */
struct bytes walk_key(const struct walk *walk);
struct bytes walk_value(const struct walk *walk);

#endif
