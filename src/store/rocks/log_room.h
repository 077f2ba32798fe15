/*
 * log_room - zeros behind the end of a database's log, into which the next writes go.
 *
 * A sync of a file that has become longer writes its new length too, and waits for the journal of
 * the file system, with whatever others have in it. A sync of bytes that the file had before writes
 * those bytes. So the log is made longer some hundred kilobytes at a time, and most syncs are of
 * the second kind: they take little more than half as long.
 *
 * RocksDB need not know: it writes where it left off, and cuts off what is behind that when it
 * closes the log. After a crash the zeros are still there: it passes over them, and so does wal.
 */
#ifndef STORE_ROCKS_LOG_ROOM_H
#define STORE_ROCKS_LOG_ROOM_H

#include "base/bytes.h"

struct log_room {
    const char *path; /* of the database */
    size_t left;      /* at least so many zeros are there, if the log is still the same */
};

/* The path is borrowed. */
void log_room_init(struct log_room *room, const char *path);

/* Before each write that adds `bytes` to the log, and never during one: sees to it that there are
 * as many zeros. Where that cannot be done the write makes the log longer by itself. */
void log_room_make(struct log_room *room, size_t bytes);

#endif
