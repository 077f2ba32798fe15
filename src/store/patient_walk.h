/*
 * patient_walk - a walk that goes on behind what cannot be read, and says where that was.
 *
 * For who looks at a damaged store: fsck, and what rebuilds a database. Slower than a plain walk,
 * and in the order of keys alone. Between two stretches that cannot be read a short one that can
 * may be passed over with them.
 */
#ifndef STORE_PATIENT_WALK_H
#define STORE_PATIENT_WALK_H

#include "base/text.h"
#include "store/walk.h"

/* Keys after `after` and before `before` may be there and cannot be read; absent: from the first
 * on, to the last. Borrowed for the call. */
typedef void hole_fn(void *context, enum kv_space space, struct bytes after, struct bytes before);

struct patient_walk {
    struct walk walk; /* on a key: walk_key and walk_value */
    enum kv_space space;
    struct bytes prefix; /* its own copy */
    struct text last;    /* the newest key */
    bool has_moved;
    enum err err; /* of a walk that ended */
    hole_fn *hole;
    void *context;
};

/* Before the first key that begins with the prefix. */
void patient_walk_begin(struct patient_walk *patient, struct kv *kv, enum kv_space space,
                        struct bytes prefix, hole_fn *hole, void *context);
/* To the next key; false at the end. */
must_use bool patient_walk_next(struct patient_walk *patient);
/* OK, or what else than damage kept it from going on. */
must_use enum err patient_walk_end(struct patient_walk *patient);

#endif
