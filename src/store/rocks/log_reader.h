/*
 * log_reader - the records of a file in RocksDB's log format: its write-ahead logs, and its
 * MANIFEST.
 *
 * Stricter than RocksDB, which takes a record whose length was changed, or whose header was zeroed,
 * for the end of the log, and is silent about what comes behind it. Here a log may end in the
 * middle of a record only as a writer that was stopped leaves it; anything else is damage.
 */
#ifndef STORE_ROCKS_LOG_READER_H
#define STORE_ROCKS_LOG_READER_H

#include "base/text.h"
#include <stdint.h>

enum log_state {
    LOG_GOOD,    /* so far; at the end: it ends where a record does */
    LOG_TORN,    /* it ends in the middle of a record */
    LOG_DAMAGED, /* something is not as it was written */
};

struct log_reader {
    struct bytes log;   /* the whole file, borrowed */
    struct text joined; /* a record that came in pieces */
    size_t at;          /* the next piece */
    size_t record_at;   /* where the newest record begins, or what is no record */
    enum log_state state;
};

void log_reader_init(struct log_reader *reader, struct bytes log);
void log_reader_deinit(struct log_reader *reader);

/* The next record, borrowed until the next call; false at the end, whatever it is: `state` says it,
 * and then everything before `record_at` is good. */
bool log_reader_next(struct log_reader *reader, struct bytes *record);

/* After a bad end: goes on at the next place behind it where a whole record begins; false when
 * there is none. */
bool log_reader_resume(struct log_reader *reader, struct bytes *record);

/* Of a piece with this checksum, and with these bytes from its type on, that is not whole, or seems
 * to go on behind the end: would it be whole if it were shorter? Then its length was changed. */
bool log_piece_was_shorter(uint32_t sum, struct bytes type_and_content);

#endif
