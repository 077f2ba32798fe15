/*
 * manifest - which files a database is made of, as its MANIFEST says: read without RocksDB, which
 * does not name what a damaged or missing file held, and removes files that it does not know.
 */
#ifndef STORE_ROCKS_MANIFEST_H
#define STORE_ROCKS_MANIFEST_H

#include "base/arena.h"
#include "base/ensure.h"
#include "base/err.h"
#include "store/rocks/file.h"
#include <stdint.h>

struct manifest_table {
    uint64_t number;
    uint64_t family; /* RocksDB's number (FAMILY_NUMBER) */
    uint64_t level;
    uint64_t size;
    struct bytes smallest, largest;         /* keys */
    uint64_t first_sequence, last_sequence; /* of the writes in it; a merge makes it 0 */
    struct bytes entry;                     /* all that is said of it, behind the level */
};

struct manifest {
    struct arena arena;
    uint64_t number;               /* of the MANIFEST */
    struct manifest_table *tables; /* in no order */
    size_t table_count, table_capacity;
    struct file_numbers removed; /* tables that it took out, and did not put in again; any order */
    uint64_t removed_most;       /* the highest number that it ever took out */
    uint64_t log_number;         /* a log of this number or a higher one was there */
    uint64_t last_sequence;      /* the number of a write; what is in the tables is not newer */
    bool has_next_file, has_log_number, has_last_sequence; /* RocksDB needs each of them */
    bool is_torn;     /* its end is what a power cut left (torn_end), and counts for nothing */
    bool has_hole;    /* and RocksDB would take that for damage */
    size_t whole_end; /* before that; else its end */
};

/* Reads the MANIFEST that CURRENT names. ERR_NOT_FOUND when there is no CURRENT; ERR_CORRUPT after
 * a line in the log when one of the two is damaged. Free with manifest_deinit, also after an error.
 */
must_use enum err manifest_read(const char *path, struct manifest *out);
/* Of one that may be damaged, and of older ones that are still there: what any edit says that can
 * be read. What stands in `tables` may be out of date; what was removed is. Free with
 * manifest_deinit, also after an error. */
must_use enum err manifest_gather(const char *path, struct manifest *out);
void manifest_deinit(struct manifest *manifest);

/* Where the MANIFEST of this number lies; free with memory_free. */
char *manifest_path(const char *path, uint64_t number);

/* Cuts off the end of one that is torn and has a hole, and leaves a copy of it in *end, to be freed
 * with memory_free; puts it back. */
must_use enum err manifest_cut_torn(const char *path, const struct manifest *manifest,
                                    struct bytes *end);
void manifest_uncut(const char *path, const struct manifest *manifest, struct bytes end);

const struct manifest_table *manifest_find(const struct manifest *manifest, uint64_t number);

/* *newest: the newest MANIFEST when CURRENT does not name one that is there; else, and when there
 * is none, 0. */
must_use enum err manifest_look_current(const char *path, uint64_t *newest);

#endif
