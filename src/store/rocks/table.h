/*
 * table - one table of a database by itself: what of it can be read, when the database cannot be
 * opened with it.
 */
#ifndef STORE_ROCKS_TABLE_H
#define STORE_ROCKS_TABLE_H

#include "store/kv.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Is every block as it was written? */
bool table_is_whole(const char *path);

/* RocksDB's number of the column family that it was written for. */
uint64_t table_family(const char *path);
#define TABLE_FAMILY_UNKNOWN UINT64_MAX

/* Opens it as a kv that can be walked over, forward, and closed; it has no spaces, so any will do.
 * ERR_CORRUPT when what leads to its blocks is damaged. */
must_use enum err kv_table_open(const char *path, struct kv **out);

#ifdef __cplusplus
}
#endif

#endif
