/*
 * scratch - a folder of one test's own: made, copied, removed.
 */
#ifndef TESTS_CRASH_SCRATCH_H
#define TESTS_CRASH_SCRATCH_H

#include "base/bytes.h"
#include "base/text.h"

#define SCRATCH_PATH_MAX 512

struct scratch {
    char path[128];
};

/* Makes a new folder below $TMPDIR or /tmp. */
void scratch_init(struct scratch *scratch);
/* Removes it with all that it holds. */
void scratch_deinit(struct scratch *scratch);

/* "<scratch>/<name>" into out. */
void scratch_path(const struct scratch *scratch, const char *name, char out[SCRATCH_PATH_MAX]);

/* Removes a folder, if it is there. */
void folder_remove(const char *path);
/* Copies the files of folder `from` (which has no folders in it) into `to`, which must not be there
 * yet. */
void folder_copy(const char *from, const char *to);

/* The whole content of a file; empty when there is none. The text grows up to its maximum. */
void file_read(const char *path, struct text *out);
void file_write(const char *path, struct bytes content);

#endif
