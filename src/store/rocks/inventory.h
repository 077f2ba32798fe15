/*
 * inventory - are all files of a database there, and are the logs what was written? Looked at
 * before RocksDB opens it, which would pass over some of that in silence.
 */
#ifndef STORE_ROCKS_INVENTORY_H
#define STORE_ROCKS_INVENTORY_H

#include "base/ensure.h"
#include "base/err.h"
#include "store/rocks/manifest.h"
#include "store/rocks/wal.h"
#include <stdbool.h>

struct inventory {
    struct manifest manifest;
    struct wal_state wal;
    bool has_strays; /* there are tables that the database does not know */
};

/* OK also where there is no database yet. ERR_CORRUPT after a line in the log for each thing that
 * is missing or damaged; that a file is torn is no error. Free with inventory_deinit, also after
 * one. */
must_use enum err inventory_check(const char *path, struct inventory *out);
void inventory_deinit(struct inventory *inventory);

#endif
