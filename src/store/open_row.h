/*
 * open_row - a row for each run that was open at the last checkpoint.
 *
 * Which runs are open can be found out anew from histories and summaries, so these rows are not
 * kept twice.
 */
#ifndef STORE_OPEN_ROW_H
#define STORE_OPEN_ROW_H

#include "store/batch.h"
#include "store/store.h"

void open_row_put(struct batch *batch, struct run_key run);
void open_row_delete(struct batch *batch, struct run_key run);
/* Takes out all of them. */
void open_row_delete_all(struct batch *batch);

/* The run that a row names; false when the row is damaged. */
must_use bool open_row_decode(struct bytes key, struct bytes value, struct run_key *out);

#endif
