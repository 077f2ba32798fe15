/*
 * rules - what each type of event is about, as tables.
 *
 * Written from the service's reference and from nothing else: the engine shares none of it.
 */
#ifndef HISTORY_RULES_H
#define HISTORY_RULES_H

#include "model/event.h"

/* What an execution has open, for a while. */
enum family {
    FAMILY_NONE,
    FAMILY_DECISION_TASK,
    FAMILY_ACTIVITY,
    FAMILY_TIMER,
    FAMILY_CHILD,
    FAMILY_LAMBDA,
    FAMILY_SIGNAL,
    FAMILY_CANCEL,
};
#define FAMILY_COUNT 8

/* How the events of a family name each other. */
struct family_rule {
    enum event_type opener;
    const char *opener_member;  /* in the events that start or close: the opening event */
    const char *starter_member; /* in those that close: the starting event; NULL: nothing starts */
    const char *id_member;      /* in the opening event: what no two open ones share; NULL: none */
};
extern const struct family_rule family_rules[FAMILY_COUNT];

enum part { PART_NONE, PART_OPENS, PART_STARTS, PART_CLOSES };

struct event_rule {
    enum family family;
    enum part part;
    bool asks_decider; /* DecisionTaskScheduled follows in its transaction, unless one waits */
};
extern const struct event_rule event_rules[EVENT_TYPE_COUNT + 1];

/* What a member that holds an event's id may name. */
struct reference {
    enum event_type from; /* EVENT_ABSENT: any */
    const char *member;
    enum event_type to; /* EVENT_ABSENT: an event in the history of another execution */
    bool may_be_zero;
};

/* NULL when the tables know of no such member. */
const struct reference *rules_find_reference(enum event_type from, const char *member);

/* How an execution ends by an event of this type; absent for one that does not end it. */
enum close_status rules_close_status(enum event_type type);

/* Is it a close that a decider decided? */
bool rules_is_decided_close(enum event_type type);

#endif
