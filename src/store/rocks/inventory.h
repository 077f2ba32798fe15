/*
 * inventory - are all files of a database there, and are the logs what was written? Looked at
 * before RocksDB opens it, which would pass over some of that in silence.
 */
#ifndef STORE_ROCKS_INVENTORY_H
#define STORE_ROCKS_INVENTORY_H

#include "base/ensure.h"
#include "base/err.h"
#include <stdbool.h>

/* OK also where there is no database yet. ERR_CORRUPT after a line in the log for each thing that
 * is missing or damaged. *strays: there are tables that the database does not know. */
must_use enum err inventory_check(const char *path, bool *strays);

#endif
