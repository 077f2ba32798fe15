/*
 * edited - a file that a test edits, in a folder of its own, and what an editor complained of.
 */
#ifndef EDITED_H
#define EDITED_H

#include "base/text.h"
#include "folder.h"

struct edited {
    struct folder folder;
    char path[160]; /* of the file, which is not made */
    struct text problem;
};

void edited_init(struct edited *edited, const char *name);
/* Removes the folder. */
void edited_deinit(struct edited *edited);

/* The problem so far, NUL ended; empty: there was none. */
const char *edited_problem(struct edited *edited);

#endif
