/*
 * edited - a file that a test edits, in a folder of its own, and what an editor complained of.
 */
#ifndef EDITED_H
#define EDITED_H

#include "base/text.h"
#include "folder.h"

/* Of the test that runs. */
extern struct edited {
    struct folder folder;
    char path[160]; /* of the file, which is not made and is called "file" */
    struct text problem;
} edited;

int edited_setup(void **state);
/* Removes the folder. */
int edited_teardown(void **state);

/* The problem so far, NUL ended; empty: there was none. */
const char *edited_problem(void);

#endif
