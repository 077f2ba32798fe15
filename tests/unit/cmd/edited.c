#include "edited.h"

#include <stdio.h>

#define PROBLEM_BYTES_MAX 65536

void edited_init(struct edited *edited, const char *name)
{
    folder_make(&edited->folder);
    snprintf(edited->path, sizeof edited->path, "%s", folder_file(&edited->folder, name));
    text_init(&edited->problem, PROBLEM_BYTES_MAX);
}

void edited_deinit(struct edited *edited)
{
    text_deinit(&edited->problem);
    folder_remove(&edited->folder);
}

const char *edited_problem(struct edited *edited)
{
    text_append_char(&edited->problem, '\0');
    return edited->problem.ptr;
}
