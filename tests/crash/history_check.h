/*
 * history_check - is this the history of a run? And what does it come to?
 *
 * A second, slow reading of SWF's rules that shares nothing with the engine: ids without gaps,
 * times that never go back, every reference to what it claims to refer to, nothing started or
 * closed twice, at most one decision task waiting and one started, transactions whole, nothing
 * behind the closing event.
 */
#ifndef TESTS_CRASH_HISTORY_CHECK_H
#define TESTS_CRASH_HISTORY_CHECK_H

#include "base/arena.h"
#include "model/event.h"

/* What Describe must say. Texts are borrowed from the events. */
struct history_sum {
    bool is_open;
    bool cancel_requested;
    enum close_status close_status;
    struct instant started, closed, latest_activity;
    struct workflow_execution_open_counts open;
    struct bytes context;
    const struct workflow_execution_started_event *start;
};

/* NULL when all is well, and *sum is filled; else what is wrong, in the arena. */
const char *history_check(const struct event *events, size_t count, struct history_sum *sum,
                          struct arena *arena);

/* NULL when Describe says what the history does; else the first difference, in the arena. */
const char *history_differs(const struct history_sum *sum,
                            const struct workflow_execution_detail *detail, struct arena *arena);

/* An attribute that is an event's id, by its name on the wire; -1 when the event has none of that
 * name. */
int64_t event_reference(const struct event *event, const char *name);

#endif
