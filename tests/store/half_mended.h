/*
 * half_mended - folders as repairs leave them that were stopped.
 */
#ifndef TESTS_STORE_HALF_MENDED_H
#define TESTS_STORE_HALF_MENDED_H

#include <stdbool.h>

/* The list of files is made anew, and its tables are not merged yet. They have the levels that a
 * repair gives them, or each one of its own, so that all of a family must be merged. */
void begin_merge(const char *folder, bool each_its_level);

#endif
