/*
 * must - calls that must be answered well; the test fails when one is not.
 */
#ifndef TESTS_CRASH_MUST_H
#define TESTS_CRASH_MUST_H

#include "caller.h"

/* Forgets earlier replies, then calls. */
void must_call(struct caller *caller, enum operation operation, const void *input);

/* A domain that keeps what is closed for a day, and in it this type of workflows of an hour whose
 * decision tasks, on this list, never time out. */
void must_register(struct caller *caller, struct bytes domain, const struct workflow_type *type,
                   const struct task_list *list);

#endif
