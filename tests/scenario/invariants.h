/*
 * invariants - what is true of every history, whatever happened.
 *
 * Reads the events and nothing else; shares no rule with the engine.
 *
 * - ids run 1..n; time never goes back
 * - WorkflowExecutionStarted and DecisionTaskScheduled come first; nothing follows a closing event
 * - every event id that an event names is that of an earlier event of the right type, or 0 where
 *   that is allowed
 * - at most one decision task waits and one is started; the waiting one is the one that is started
 *   next
 * - what needs the decider is followed by DecisionTaskScheduled in its transaction unless one
 *   waits; else there is none
 * - the events of one completion share its time and lie side by side
 * - no two open activities or timers share an id; each is started once, and closed once
 * - a child that was asked for begins or fails to once, and ends once, after it began; of a signal
 *   or cancel request that was sent the sender learns once what became of it
 * - a failure names the Initiated event exactly if its cause is one that is found later
 * - nothing times out or fires before its time
 */
#ifndef TESTS_SCENARIO_INVARIANTS_H
#define TESTS_SCENARIO_INVARIANTS_H

#include "base/text.h"
#include "model/event.h"

/* False, with a line in `problem`, when the history breaks one of them. */
bool invariants_hold(const struct event *events, size_t count, struct text *problem);

#endif
