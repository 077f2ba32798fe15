/*
 * remains - what deletions leave in the tables of a family, and when it is cleared away before its
 * turn.
 *
 * A deleted key is a row of its own until it has met what it deletes, which mostly lies in the
 * lowest level; walks pass both one by one. Levels fill up and are merged downwards in time, many
 * deletions at once. In a store where nobody writes that is never, so a table that holds little else
 * goes down by itself. But not while there are ever more of them: each would be merged with all
 * that there is, for a few deletions, again and again. Any thread may say which time it is.
 */
#ifndef STORE_ROCKS_REMAINS_H
#define STORE_ROCKS_REMAINS_H

#include <rocksdb/c.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

struct remains;

/* Looks at the tables of each family that is opened with these options. */
struct remains *remains_new(rocksdb_options_t *options);
/* The options, and what was opened with them, keep what they need. */
void remains_free(struct remains *remains);

/* Tables with many deletions that are made from now on wait for their turn. */
void remains_leave(struct remains *remains);
/* They do not, and neither does the next one that is written out, whatever it holds. */
void remains_clear(struct remains *remains);

#ifdef __cplusplus
}
#endif

#endif
