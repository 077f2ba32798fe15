/*
 * mark - the newest turn that lay in the tables when the store was last closed in good order: a
 * file beside the database.
 *
 * A database whose list of files lost its end opens as an older one, and then removes the files
 * that it does not know any more. The mark tells. It may be older than the database, never newer.
 */
#ifndef STORE_ROCKS_MARK_H
#define STORE_ROCKS_MARK_H

#include "base/ensure.h"
#include "base/err.h"
#include <stdint.h>

/* The turn of the mark; 0 when there is none that can be read. */
uint64_t mark_read(const char *path);
/* Writes it anew; a failure is a line in the log, and leaves the mark that was there. */
must_use enum err mark_write(const char *path, uint64_t turn);

#endif
