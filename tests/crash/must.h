/*
 * must - calls that must be answered well, and servers that must start; the test fails when one
 * does not.
 */
#ifndef TESTS_CRASH_MUST_H
#define TESTS_CRASH_MUST_H

#include "caller.h"
#include "process.h"

/* Waits until the server listens; when it ends instead, the failure shows its status and its log.
 */
void must_listen(struct process *process);

/* Forgets earlier replies, then calls. */
void must_call(struct caller *caller, enum operation operation, const void *input);

/* A domain that keeps closed workflows for `days`, and in it this type of workflows: they last an
 * hour, and their decision tasks, on this list, never time out. */
void must_register(struct caller *caller, struct bytes domain, const char *days,
                   const struct workflow_type *type, const struct task_list *list);

#endif
