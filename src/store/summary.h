/*
 * summary - what a closed run leaves for lists and Describe, in stored bytes; also all that must be
 * known to remove it.
 */
#ifndef STORE_SUMMARY_H
#define STORE_SUMMARY_H

#include "store/store.h"

struct summary {
    struct run_closing closing;
    int64_t last_event_id; /* where the history ends */
    uint64_t close_number; /* rises with the close; in lists by close time it breaks ties */
};

/* The value of this summary, to be stored under `key`. */
struct bytes summary_encode(struct arena *arena, struct bytes key, const struct summary *summary);
/* Fills *out, which borrows from the value; its list of tags lies in the arena. false when the
 * value is not what was stored under this key. */
bool summary_decode(struct bytes key, struct bytes value, struct arena *arena, struct summary *out);

/* The number under which a close status is stored; it never changes, whatever the enum does. 0:
 * none. */
uint8_t close_status_code(enum close_status status);

#endif
