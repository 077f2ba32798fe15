/*
 * log_writer - one record more for a file in RocksDB's log format (rocks/log_reader.h).
 */
#ifndef STORE_ROCKS_LOG_WRITER_H
#define STORE_ROCKS_LOG_WRITER_H

#include "base/arena.h"
#include "base/bytes.h"

/* What is to be written at the end of a log of `end` bytes, which ends where a record does, so that
 * it holds this record as well. Lies in the arena. */
struct bytes log_record(struct arena *arena, size_t end, struct bytes record);

#endif
