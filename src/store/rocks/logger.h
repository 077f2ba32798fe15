/*
 * logger - takes what RocksDB says about itself, so that it stands in our log and not in a file of
 * RocksDB's own.
 *
 * Not only a matter of taste: in a RocksDB with assertions, as Debian's is, a log file that cannot
 * be written stops the process before anybody could say that the disk is full.
 */
#ifndef STORE_ROCKS_LOGGER_H
#define STORE_ROCKS_LOGGER_H

#include <rocksdb/c.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Takes one line of text, ended by a NUL; from any thread. */
typedef void logger_line_fn(int is_error, const char *text);

/* One that hands on warnings and errors, and drops the rest. */
rocksdb_logger_t *logger_new(logger_line_fn *line);
/* The options that were given it keep what they need. */
void logger_free(rocksdb_logger_t *logger);

#ifdef __cplusplus
}
#endif

#endif
