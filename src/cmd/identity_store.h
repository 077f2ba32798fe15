/*
 * identity_store - the identities file on disk, for the server that reads it and the commands that
 * change it.
 *
 * It holds secrets: one that others than its owner and group may touch is refused. A file with an
 * error is refused, too, with its place, and never written.
 */
#ifndef CMD_IDENTITY_STORE_H
#define CMD_IDENTITY_STORE_H

#include "auth/identities.h"
#include "cmd/identity_edit.h"

/* The identities of the file, with one reference; NULL after one line in `problem`, which begins
 * with the path. */
struct identities *identity_store_load(const char *path, struct text *problem);

/* Makes a change of what the file says; false when it cannot be made, after a refusal. */
typedef bool identity_change_fn(struct identity_edit *edit, void *context);

/* Reads the file, has it changed, and writes it anew (file_edit.h) when the whole is still right.
 * One that is missing is made where that is `may_make`. False after one line in `problem`, which
 * begins with the path; then all is as it was, unless the line says otherwise. */
must_use bool identity_store_change(const char *path, bool may_make, identity_change_fn *change,
                                    void *context, struct text *problem);

/* Reads the file, and only has it looked at. */
must_use bool identity_store_look(const char *path, identity_change_fn *look, void *context,
                                  struct text *problem);

#endif
