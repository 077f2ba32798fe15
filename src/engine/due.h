/*
 * due - what time itself does to an execution: timers that fire, tasks and runs that time out.
 */
#ifndef ENGINE_DUE_H
#define ENGINE_DUE_H

#include "engine/execution.h"

/* If something is due at `now`, decides the first of it, one transaction, and returns true; else
 * false. Earliest first; ties by the event that started the clock; the execution's own timeout
 * last. A deadline is a hint: this looks again. */
bool due_decide(const struct execution *execution, struct instant now, struct event_list *out);

#endif
