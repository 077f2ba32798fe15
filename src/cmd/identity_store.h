/*
 * identity_store - the identities file on disk.
 *
 * It holds secrets: one that others than its owner and group may touch is refused.
 */
#ifndef CMD_IDENTITY_STORE_H
#define CMD_IDENTITY_STORE_H

#include "auth/identities.h"

/* Reads the file as plain data into `arena` (of IDENTITIES_ARENA_BYTES_MAX). False after one line
 * in `problem`, which begins with the path. */
must_use bool identity_store_read(const char *path, struct arena *arena,
                                  struct identities_file *out, struct text *problem);

/* The identities of the file, with one reference; NULL after one line in `problem`. */
struct identities *identity_store_load(const char *path, struct text *problem);

#endif
