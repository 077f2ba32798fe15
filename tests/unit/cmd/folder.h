/*
 * folder - a folder of a test's own, and the files in it.
 *
 * Whatever goes wrong in here fails the test.
 */
#ifndef FOLDER_H
#define FOLDER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define CONTENT_MAX 65536

struct folder {
    char path[64];
};

void folder_make(struct folder *folder);

/* Removes it with all that is in it. */
void folder_remove(const struct folder *folder);

/* The path of a file in it; good until the fourth call from now. */
const char *folder_file(const struct folder *folder, const char *name);

/* How many files are in it. */
size_t folder_count(const struct folder *folder);

void write_file(const char *path, const char *content);

/* The content of a file; good until the next call. */
const char *read_file(const char *path);

#endif
