/*
 * check - is this the history of an execution? A second, slow reading of SWF's rules that shares
 * nothing with the engine.
 *
 * Reads the events and nothing else:
 *
 * - ids run 1..n; time never goes back
 * - WorkflowExecutionStarted and DecisionTaskScheduled come first; nothing follows a closing event
 * - every event has what the service's model demands of it
 * - every event id that an event names is that of an earlier event of the right type, or 0 where
 *   that is allowed
 * - at most one decision task waits and one is started; the waiting one is the one that is started
 *   next; it has the settings of the run, and lies on its list or on the one that took its place
 * - what needs the decider is followed by DecisionTaskScheduled in its transaction unless one
 *   waits; else there is none
 * - the events of one completion share its time and lie side by side
 * - no two open activities, timers or Lambda tasks share an id, and an id that was given back in a
 *   completion is not taken again in it; each is started once, and closed once
 * - a decision that failed for its id failed rightly; no decider closes an execution while a
 *   decision task waits, and UNHANDLED_DECISION is said only then
 * - a child that was asked for begins or fails to once, and ends once, after it began; of a signal
 *   or cancel request that was sent the sender learns once what became of it
 * - a failure names the Initiated event exactly if its cause is one that is found later
 * - nothing times out or fires before its time
 *
 * What it takes of `scratch` is a fixed number of bytes for each event.
 */
#ifndef HISTORY_CHECK_H
#define HISTORY_CHECK_H

#include "history/sum.h"

struct history {
    const struct event *events; /* in the order of their ids */
    size_t count;
    bool has_times; /* false: nobody wrote them down, so they are not looked at */
    bool is_cut;    /* further events follow that are not here */
};

/* All of a history, as a store or a service that knows all has it. */
static inline struct history history_whole(const struct event *events, size_t count)
{
    return (struct history){ events, count, true, false };
}

/* What checking takes of an arena at most. */
#define HISTORY_CHECK_BYTES(count) ((size_t)(count)*64 + 4096)

/* True when the history obeys the rules, and then *sum says what it comes to. Else `problem` has
 * one line, without a newline: the event, its type, and the rule that it breaks. */
must_use bool history_check(const struct history *history, struct history_sum *sum,
                            struct arena *scratch, struct text *problem);

#endif
