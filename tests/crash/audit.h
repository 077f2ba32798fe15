/*
 * audit - the ledger against the server: is everything there that was acknowledged, and nothing
 * twice?
 *
 * To be made while no client is at work. What was UNKNOWN is known afterwards: it was there or it
 * was not, and must stay so. Lists and counts are read each time; families are looked at whole,
 * since what one run says of another must be what the other says (census.h).
 */
#ifndef TESTS_CRASH_AUDIT_H
#define TESTS_CRASH_AUDIT_H

#include "ledger.h"

enum audit_scope {
    AUDIT_RECENT, /* families in which something is open or new, or was asked for since the last
                     time, and a few of the others */
    AUDIT_ALL,
};

struct audit_sum {
    size_t runs, events, open;
    size_t seen[EVENT_TYPE_COUNT + 1]; /* events of each type */
    size_t policies;                   /* that were applied to a child */
};

/* Complains to the ledger of all that is wrong. */
struct audit_sum audit(struct ledger *ledger, const char *endpoint, enum audit_scope scope,
                       struct random_sequence *random);

#endif
