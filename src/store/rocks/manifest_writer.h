/*
 * manifest_writer - the list of a database's files, written without RocksDB: a whole one, or a
 * table less in the one that there is. The database must be nobody's.
 */
#ifndef STORE_ROCKS_MANIFEST_WRITER_H
#define STORE_ROCKS_MANIFEST_WRITER_H

#include "store/rocks/manifest.h"

/* Writes a MANIFEST with this number, durably: of the families of ours, with these tables at their
 * levels. All logs that are there are part of the database. Numbers of files up to this one are
 * taken. */
must_use enum err manifest_write(const char *path, uint64_t number,
                                 const struct manifest_table *tables, size_t count,
                                 uint64_t last_sequence);
/* Writes CURRENT, which names it, durably. */
must_use enum err manifest_write_current(const char *path, uint64_t number);

/* Takes a table out of the list, durably; that it is in none is fine. What it held is gone then,
 * and what newer tables had to say of that is not: an older value of a key may be the newest now.
 */
must_use enum err manifest_remove(const char *path, uint64_t number);

#endif
