/*
 * rocks - the key-value calls over RocksDB.
 */
#ifndef STORE_ROCKS_ROCKS_H
#define STORE_ROCKS_ROCKS_H

#include "store/kv.h"

/* Opens or makes the database in folder `path` (made when missing). ERR_BUSY when another process
 * holds it, ERR_CORRUPT when it is damaged or a repair of it is half done, ERR_IO, ERR_NO_SPACE
 * otherwise; each after a line in the log that says what is wrong. `path` is a C string. */
must_use enum err kv_rocks_open(const char *path, struct kv **out);

/* Opens what is there, for reading alone: nothing of it changes, not even by opening it, and a
 * write fails. ERR_NOT_FOUND when there is no database, ERR_BUSY while a process writes to it. Also
 * one that lacks turns it once had. Until it is closed no process can open it for writing. */
must_use enum err kv_rocks_open_to_read(const char *path, struct kv **out);
/* Opens what is there, also one that lacks turns it once had, and it can be written. */
must_use enum err kv_rocks_open_to_repair(const char *path, struct kv **out);

/* The newest turn in the database, which is one of these: turns are kept twice, and the two sides
 * ought to have the same. 0: none. False when neither can be read. */
bool kv_rocks_newest_turns(struct kv *kv, uint64_t *least, uint64_t *most);

#endif
