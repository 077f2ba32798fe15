/*
 * journal - what a repair that is under way has taken out of a database: a file beside it, from
 * before the first change until the last one is durable.
 *
 * A repair takes damaged tables away, has the list of files made anew, and writes what can be
 * saved of them. Stopped in between it leaves a database that opens and lacks that. While the file
 * is there no server opens it, and the next repair goes on where this one was: each step can be
 * done twice.
 */
#ifndef STORE_ROCKS_JOURNAL_H
#define STORE_ROCKS_JOURNAL_H

#include "store/rocks/manifest.h"

enum journal_step {
    JOURNAL_LIST = 1,  /* the list of files is being made anew */
    JOURNAL_ROWS = 2,  /* tables are taken away, and what they held is being written */
    JOURNAL_MERGE = 3, /* the new list is there, and its tables are being merged */
    JOURNAL_KEY = 4,   /* all is there, and tokens are still sealed with the old key */
};

struct journal {
    struct arena arena;
    bool has_begun;
    enum journal_step step;
    bool renews_key;               /* at its end (store/server_key.h) */
    struct manifest_table *tables; /* that are taken away; their keys lie in the arena */
    size_t count;
};

/* Reads the one of the database at `path`, if there is one. ERR_CORRUPT after a line in the log
 * when it cannot be used. Free with journal_deinit, also after an error. */
must_use enum err journal_read(const char *path, struct journal *out);
void journal_deinit(struct journal *journal);

/* Is there one? */
bool journal_is_there(const char *path);

const struct manifest_table *journal_find(const struct journal *journal, uint64_t number);
/* Adds a table that is not in it yet. */
void journal_add(struct journal *journal, const struct manifest_table *table);
/* Writes it, durably. */
must_use enum err journal_write(struct journal *journal, const char *path, enum journal_step step);
/* Empties it, and removes the file durably. */
must_use enum err journal_end(struct journal *journal, const char *path);

#endif
