/*
 * merge - the tables of a database brought to one level, whatever levels they have.
 *
 * A merge of all tables at once goes by the sequence numbers of their writes, not by levels; what
 * was removed is gone then, also by ranges, and so is what removed it. It needs as much room again
 * as the largest family has.
 */
#ifndef STORE_ROCKS_MERGE_H
#define STORE_ROCKS_MERGE_H

#include "base/ensure.h"
#include "base/err.h"

/* Where they lie then: RocksDB's last level when nothing else is asked for. */
#define MERGE_LEVEL 6

/* Merges the tables of each family that has any on another level but the topmost, where what is
 * replayed of logs lies. The database must be nobody's, also no reader's. After an error each
 * family is as before, or merged: begin again. ERR_IO or ERR_CORRUPT after a line in the log. */
must_use enum err merge_tables(const char *path);

#endif
