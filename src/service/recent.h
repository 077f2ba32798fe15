/*
 * recent - the newest events of open runs as they were committed, so that most tasks are answered
 * without a look at the store.
 *
 * Kept as they are sent: texts with commas between them, so that a page is one copy. A run that
 * grows beyond its bound starts over with what comes then, and when all together pass theirs those
 * that were used longest ago go. A decision that schedules very much raises its run's bound: each
 * of those tasks would else have to read the whole of it from the store. Nothing here is the truth:
 * whoever finds nothing asks the store. Belongs to the turn's thread.
 */
#ifndef SERVICE_RECENT_H
#define SERVICE_RECENT_H

#include "base/arena.h"
#include "base/list.h"
#include "base/ensure.h"
#include <stdint.h>

/* What one run may keep, as a rule. */
#define RECENT_RUN_BYTES_MAX ((size_t)128 << 10)
/* What may be added at once; the run may then keep twice as much. */
#define RECENT_ADDED_BYTES_MAX ((size_t)2 << 20)
/* What is found at once: a page of this size is copied inside a turn. */
#define RECENT_PAGE_BYTES_MAX ((size_t)128 << 10)

/* Of one run; zeroed it is empty. */
struct recent_events {
    struct list by_use; /* in recent.by_use */
    char *bytes;        /* "{...},{...}" */
    uint32_t *ends;     /* of each event in bytes */
    uint32_t count, capacity;
    size_t bytes_held; /* allocated, both together */
    size_t bytes_capacity;
    size_t bytes_max; /* of texts */
    int64_t first_id;
};

struct recent {
    size_t bytes_max; /* 0: nothing is kept */
    size_t bytes_held;
    struct list by_use; /* longest ago first */
    uint64_t hits, misses;
};

void recent_init(struct recent *recent, size_t bytes_max);

/* Events `first_id` and on were added to a run. */
void recent_add(struct recent *recent, struct recent_events *events, int64_t first_id,
                const struct bytes *texts, size_t count);
void recent_forget(struct recent *recent, struct recent_events *events);

/* The events from..to with commas between them, borrowed until the run changes; false when they are
 * not all there, or are more than is found at once. */
must_use bool recent_find(struct recent *recent, struct recent_events *events, int64_t from,
                          int64_t to, struct bytes *out);

#endif
