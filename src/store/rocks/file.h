/*
 * file - the files of a database, looked at without RocksDB.
 */
#ifndef STORE_ROCKS_FILE_H
#define STORE_ROCKS_FILE_H

#include "base/bytes.h"
#include "base/ensure.h"
#include "base/err.h"
#include <stdint.h>

/* "FOLDER/NAME" on the heap, printed; free with memory_free. */
char *file_path(const char *folder, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Of the log of this number. */
char *file_log_path(const char *folder, uint64_t number);
/* Of the log with the greatest number: the one that RocksDB writes to, while it does. NULL when there
 * is none, or the folder cannot be read, after a line in the log. */
char *file_newest_log(const char *folder);

/* The whole content, borrowed until file_unmap. ERR_NOT_FOUND without, ERR_IO after a line in the
 * log. */
must_use enum err file_map(const char *path, struct bytes *out);
void file_unmap(struct bytes content);

/* Writes a new file, durable with its content; ERR_IO after a line in the log, also when it is
 * there already. */
must_use enum err file_write_new(const char *path, struct bytes content);

/* What was made, renamed or removed in the folder in which this is, is durable; else false, and
 * errno says why. */
bool file_sync_folder_of(const char *path);

/* Writes a file in the place of the one that may be there: after a stop at any moment, and after a
 * loss of power, there is the old one or the new one. ERR_IO after a line in the log. */
must_use enum err file_replace(const char *path, struct bytes content);
/* Removes it, durably; that there is none is fine. */
must_use enum err file_remove(const char *path);

/* Writes into a file that is there, durably; ERR_IO after a line in the log. */
must_use enum err file_write_at(const char *path, size_t at, struct bytes content);

/* The files of the folder whose names are a number and this end. */
struct file_numbers {
    uint64_t *items; /* rising; free with memory_free */
    size_t count;
};
must_use enum err file_find_numbers(const char *folder, const char *begin, const char *end,
                                    struct file_numbers *out);

/* Makes the folder "lost" in this one, for what a repair takes away; it may be there. */
must_use enum err file_make_lost(const char *folder);
/* Moves a file of this folder there; that it is not there is fine. */
must_use enum err file_move_to_lost(const char *folder, const char *name);

/* One line in the log, with what errno says; ERR_IO. */
enum err file_failed(const char *message, const char *path);

#endif
