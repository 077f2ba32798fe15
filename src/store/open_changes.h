/*
 * open_changes - how the set of open runs differs from what the last checkpoint wrote.
 *
 * A run that opens and closes between two checkpoints leaves nothing here, and so nothing on the
 * disk. Ordered by run number. Bounded by the distance of checkpoints.
 */
#ifndef STORE_OPEN_CHANGES_H
#define STORE_OPEN_CHANGES_H

#include "base/tree.h"
#include "store/store.h"

struct open_change {
    struct tree_node node; /* first: a node is its change */
    struct run_key key;
    bool opened; /* else closed */
};

/* A zeroed one is a valid empty one. */
struct open_changes {
    struct tree tree;
};

/* Empties it. */
void open_changes_reset(struct open_changes *changes);

/* The run opens, or closes. false, and nothing changes, when it did so before. */
must_use bool open_changes_open(struct open_changes *changes, struct run_key key);
must_use bool open_changes_close(struct open_changes *changes, struct run_key key);

/* What became of this run; NULL when nothing did. */
const struct open_change *open_changes_find(const struct open_changes *changes, uint64_t run);

/* In the order of run numbers; NULL at the end. */
const struct open_change *open_changes_first(const struct open_changes *changes);
const struct open_change *open_changes_next(const struct open_change *change);

#endif
