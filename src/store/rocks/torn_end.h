/*
 * torn_end - what a power cut left of the last write to a log of RocksDB, told from damage.
 *
 * RocksDB takes a log that ends in the midst of a record for a write that was cut off. But a disk
 * may write the sectors of a file in any order, and a file system may note a file's new size before
 * its bytes: then the record has all its length, and zeros where sectors were not written. RocksDB
 * takes that for damage, as it can not know better. We do: a write is synced before the next one
 * begins (store/layout.c, L7), so the record is the last one, and what is missing in it begins and
 * ends where a sector does, or the record. Any other record that does not match its checksum is
 * damaged.
 *
 * The manifest, which has the same form, is written a few records at a time: there whole ones of
 * the same write may lie behind the torn one.
 *
 * Nobody may have the database open.
 */
#ifndef STORE_ROCKS_TORN_END_H
#define STORE_ROCKS_TORN_END_H

#include "base/ensure.h"
#include <stdbool.h>

/* How the newest log of a database and its manifest end. */
enum torn_end {
    TORN_NOTHING,  /* no log is torn: if it cannot be read, it is damaged */
    TORN_LOG,      /* the newest log; the manifest is whole */
    TORN_MANIFEST, /* the manifest, and perhaps the log */
};

/* Looks at the database in the folder `path`, and changes nothing. */
must_use enum torn_end torn_end_look(const char *path);

/* Cuts off what is torn, durably, with a line in the log for each file; false when that cannot be
 * done. */
must_use bool torn_end_cut(const char *path);

#endif
