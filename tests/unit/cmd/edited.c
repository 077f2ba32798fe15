#include "edited.h"

#include <stdio.h>

#define PROBLEM_BYTES_MAX 65536

struct edited edited;

int edited_setup(void **state)
{
    (void)state;
    folder_make(&edited.folder);
    snprintf(edited.path, sizeof edited.path, "%s", folder_file(&edited.folder, "file"));
    text_init(&edited.problem, PROBLEM_BYTES_MAX);
    return 0;
}

int edited_teardown(void **state)
{
    (void)state;
    text_deinit(&edited.problem);
    folder_remove(&edited.folder);
    return 0;
}

const char *edited_problem(void)
{
    text_append_char(&edited.problem, '\0');
    return edited.problem.ptr;
}
