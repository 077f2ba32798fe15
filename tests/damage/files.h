/*
 * files - the files of one folder, in memory: taken, written out again, changed in between.
 */
#ifndef TESTS_DAMAGE_FILES_H
#define TESTS_DAMAGE_FILES_H

#include "base/arena.h"
#include "base/bytes.h"

#define FILES_MAX 64
#define PATH_BYTES_MAX 512

struct file {
    char name[64];
    struct bytes content;
    bool removed; /* files_write leaves it out */
};

struct files {
    struct file items[FILES_MAX];
    size_t count;
};

/* Takes all files of the folder, but for LOCK and LOG; in the order of their names. */
void files_take(struct files *files, const char *folder, struct arena *arena);
/* Makes the folder hold these and nothing else. */
void files_write(const struct files *files, const char *folder);
/* The first file with this end (absent: of all) that the folder does not hold as it is here; NULL:
 * none. */
const char *files_differ(const struct files *files, const char *folder, struct bytes end);

/* Removes a folder with all that it holds, if it is there. */
void folder_remove(const char *path);

#endif
