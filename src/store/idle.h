/*
 * idle - what is kept of open runs that nobody touches: a row for each, so that a start need not
 * read their histories.
 *
 * A cache that is never wrong: the commit that changes a run takes its row out. What a row says is
 * the caller's.
 */
#ifndef STORE_IDLE_H
#define STORE_IDLE_H

#include "store/batch.h"
#include "store/store.h"

void idle_put(struct batch *batch, const struct idle_run *run);
void idle_delete(struct batch *batch, struct run_key run);

/* The run and what is kept of it, borrowed; false when the row is damaged. */
bool idle_decode(struct bytes key, struct bytes value, struct idle_run *out);

#endif
