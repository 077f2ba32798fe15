/*
 * completion - RespondDecisionTaskCompleted: closing a decision task and applying its list of
 * decisions.
 *
 * The list is judged against the execution as it was, plus what the list itself opened: ids that
 * the list releases (CancelTimer) stay taken until its end (API reference, StartTimer:
 * TIMER_ID_ALREADY_IN_USE).
 */
#ifndef ENGINE_COMPLETION_H
#define ENGINE_COMPLETION_H

#include "engine/execution.h"
#include "model/facts.h"

/* What the list said of one id so far. */
struct listed_id {
    struct bytes id;
    int64_t event_id;        /* the event that scheduled or started it */
    int64_t cancel_event_id; /* the newest cancel request, or the cancel; 0: none */
    bool opened_here;
    struct listed_id *next; /* in the order of first mention */
};

struct listed_ids {
    struct map map;
    struct listed_id *first, **last;
    uint32_t opened;   /* how many the list opened */
    uint32_t canceled; /* how many open ones it closed (timers) */
};

struct completion {
    const struct execution *execution;
    const struct facts *facts;
    struct event_list *out;
    int64_t completed_event_id; /* DecisionTaskCompleted of this completion */
    bool needs_decision;        /* something happened that the decider must see */
    bool closed;
    struct listed_ids activities;
    struct listed_ids timers;
    struct listed_ids lambdas;
    uint32_t children_opened;
};

/* Decides the whole completion of the started decision task: DecisionTaskCompleted, the events of
 * each decision in order, the immediate cancellations, DecisionTaskScheduled if needed. The request
 * has been validated; all its decisions are built. */
void completion_decide(const struct execution *execution,
                       const struct respond_decision_task_completed_input *answer,
                       const struct facts *facts, struct event_list *out);

/* What the list said of `id`; NULL: nothing yet. */
struct listed_id *listed_ids_find(const struct listed_ids *ids, struct bytes id);
/* Notes a first mention. */
struct listed_id *listed_ids_add(struct listed_ids *ids, struct arena *arena, struct bytes id,
                                 int64_t event_id, bool opened_here);

#endif
