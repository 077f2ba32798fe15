/*
 * agreement - what is true between histories: what one run says of another, the other says too.
 *
 * Reads the events and nothing else, once nothing moves any more; shares no rule with the engine.
 *
 * - a child names the event that asked for it, and has what that gave it; an event has one child
 * - what a parent says of a child's beginning and end is what that child's history says
 * - an open parent knows of every child whether it began, and of every closed one how it ended
 * - a run that continued names the next, and that one names it; they are of one workflow
 * - a signal or a cancel request that came from a run was sent by it, and came once, in the order
 *   of sending; an open sender knows of each what became of it
 * - a child policy was applied by a closed parent whose policy it was, once, and to every child
 * - no two runs of a workflow are open at once
 */
#ifndef TESTS_SCENARIO_AGREEMENT_H
#define TESTS_SCENARIO_AGREEMENT_H

#include "base/text.h"
#include "model/event.h"

struct told_run {
    struct bytes domain, workflow_id, run_id;
    const struct event *events; /* one at least */
    size_t count;
};

/* False, with a line in `problem`, when they do not agree. `complete`: there are no others, so that
 * whoever is named must be among them. */
bool histories_agree(const struct told_run *runs, size_t count, bool complete,
                     struct text *problem);

#endif
