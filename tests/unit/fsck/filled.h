/*
 * filled - a store in which the service left something of every kind: closed runs and open ones,
 * tags, contexts, a heartbeat, a message that waits, open rows of a checkpoint, an idle row, and
 * turns since then.
 */
#ifndef TEST_FSCK_FILLED_H
#define TEST_FSCK_FILLED_H

#include "pairs.h"

/* The same every time. */
struct pairs filled_pairs(struct arena *arena);

#endif
