/*
 * folder - the place of a database: made when missing, and looked at before RocksDB touches it.
 */
#ifndef STORE_ROCKS_FOLDER_H
#define STORE_ROCKS_FOLDER_H

#include "base/ensure.h"
#include "base/err.h"
#include <stdbool.h>
#include <stdint.h>

/* Makes the folder when there is none. ERR_CORRUPT when it holds something else than a database, or
 * one without its beginning: RocksDB would make a new one among those files. A line in the log says
 * what is wrong. *is_there: there is a database already. */
must_use enum err folder_prepare(const char *path, bool *is_there);

/* What the device of `path` has left for this process; UINT64_MAX when it does not tell. */
uint64_t folder_free_bytes(const char *path);

/* ERR_NOT_FOUND when there is no database in the folder, nor what is left of one, ERR_BUSY when a
 * process writes to it; each after a line in the log. Changes nothing. Until folder_release no
 * process can begin to write to it; others may read. */
must_use enum err folder_hold(const char *path, int *hold);
void folder_release(int hold);

/* For who changes the files themselves, and would share a hold: ERR_BUSY, after a line in the log,
 * when another one does. Until folder_release; where the device knows no such claims, nobody is
 * kept away. */
must_use enum err folder_claim(const char *path, int *claim);

#endif
