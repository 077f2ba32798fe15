/*
 * judged - a history as the server tells it: is it one, and is it what Describe says?
 */
#ifndef TESTS_CRASH_JUDGED_H
#define TESTS_CRASH_JUDGED_H

#include "history/check.h"

/* NULL when all is well, and *sum says what it comes to; else what is wrong, in the arena. */
const char *judged_history(const struct event *events, size_t count,
                           const struct workflow_execution_detail *detail, struct history_sum *sum,
                           struct arena *arena);

#endif
