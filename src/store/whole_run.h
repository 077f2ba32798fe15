/*
 * whole_run - the names and all events of a run that is known to be open, as they lie one behind
 * the other.
 */
#ifndef STORE_WHOLE_RUN_H
#define STORE_WHOLE_RUN_H

#include "store/batch.h"
#include "store/store.h"
#include "store/walk.h"

/* Reads them from a walk over histories, which is left behind the run; runs that lie side by side
 * need no seek. What is read lies in the arena. ERR_CORRUPT after a line in the log, with the names
 * all the same if those can be read; whether the walk itself failed is for its owner to ask. */
must_use enum err whole_run_read(struct walk *histories, struct run_key key, struct arena *arena,
                                 struct open_run *out);

/* What came after event `last` of an open run is lost: a record that is none takes its place, so
 * that nobody takes the history for whole when the turn records that know it are gone. */
void whole_run_mark_end(struct batch *batch, struct run_key key, int64_t last);

#endif
