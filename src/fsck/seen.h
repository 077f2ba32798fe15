/*
 * seen - the runs that were met in the histories, found by number; and a set of keys.
 */
#ifndef FSCK_SEEN_H
#define FSCK_SEEN_H

#include "base/arena.h"
#include "base/map.h"
#include "store/store.h"

struct seen_run {
    struct run_key key;
    int64_t last_event_id; /* 0: its history cannot be read */
    bool is_open;          /* by its history; of one that cannot be read: it has no summary */
    bool has_summary;      /* one that can be read, or was rebuilt */
    bool lost_summary;     /* it ought to have one, and has none that can be read */
};

struct seen_runs {
    struct seen_run *items;
    size_t count, capacity;
};

void seen_runs_deinit(struct seen_runs *seen);
void seen_runs_add(struct seen_runs *seen, const struct seen_run *run);
/* Call when all are there. Puts them in the order of their numbers; returns the first run
 * whose number another one has too, or NULL. */
const struct seen_run *seen_runs_sort(struct seen_runs *seen);
/* NULL when there is none of this number. */
const struct seen_run *seen_runs_find(const struct seen_runs *seen, uint64_t run);

/* A set of keys, copied. A zeroed one is empty. */
struct seen_keys {
    struct map map;
};
void seen_keys_deinit(struct seen_keys *keys);
void seen_keys_add(struct seen_keys *keys, struct bytes key);
bool seen_keys_has(const struct seen_keys *keys, struct bytes key);

#endif
