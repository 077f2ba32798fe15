/*
 * table_tail - the end of a table, looked at before RocksDB does: it reads the block of properties
 * there before it has compared its checksum, and one with assertions, as Debian's is, may stop the
 * process over what it finds.
 */
#ifndef STORE_ROCKS_TABLE_TAIL_H
#define STORE_ROCKS_TABLE_TAIL_H

#include "base/ensure.h"
#include <stdbool.h>

/* False when the block of properties, or what leads to it, is not as it was written. True for a
 * table with checksums of another kind than ours: nobody knows. */
must_use bool table_tail_is_whole(const char *path);

#endif
