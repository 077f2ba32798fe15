/*
 * torn_end - what a power cut left of the last write to a log of RocksDB, told from damage.
 *
 * RocksDB takes a log that ends in the midst of a record for a write that was cut off. But a disk
 * may write the sectors of a file in any order, and a file system may note a file's new size before
 * its bytes, or have had room for them before (log_room): then the record has all its length, and
 * zeros where sectors were not written. RocksDB takes that for damage, as it can not know better.
 * We do: a write is synced before the next one begins (store/layout.c, L7), so the record is the
 * last one, and what is missing in it begins and ends where a sector does, or the record; or, as a
 * process leaves it that was killed while it wrote, all from some byte on. Any other record that
 * does not match its checksum is damaged.
 *
 * The manifest, which has the same form, is written a few records at a time: there whole ones of
 * the same write may lie behind the torn one.
 *
 * Who reads the files (wal, manifest) asks here, and nobody else decides.
 */
#ifndef STORE_ROCKS_TORN_END_H
#define STORE_ROCKS_TORN_END_H

#include "base/bytes.h"
#include "base/ensure.h"
#include "base/err.h"
#include <stdbool.h>

enum torn_kind {
    TORN_WRITE, /* of a log of writes: nothing whole lies behind it */
    TORN_EDITS, /* of a manifest */
};

/* Is what begins at `at`, where a whole record should and none is, all that a power cut left of the
 * last write to this file? */
must_use bool torn_end_is(struct bytes file, size_t at, enum torn_kind kind);

/* Cuts the file off there, durably, after a line in the log; ERR_IO when that cannot be done. */
must_use enum err torn_end_cut(const char *path, size_t at);

#endif
