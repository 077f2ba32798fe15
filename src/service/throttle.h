/*
 * throttle - the service's documented request rates as token buckets (developer guide, "Amazon SWF
 * quotas"): per account and operation, per account and decision, and for some operations per
 * execution.
 *
 * The quota of 2,000 activity tasks a second on one task list has no bucket: the account's bucket
 * for ScheduleActivityTask is empty before any list could come to so many.
 *
 * Off unless given rates: then nothing is counted. Buckets start full and are kept in memory only;
 * a bucket that is full again is forgotten, so what clients do cannot make this grow beyond what is
 * in use.
 */
#ifndef SERVICE_THROTTLE_H
#define SERVICE_THROTTLE_H

#include "base/instant.h"
#include "base/list.h"
#include "base/map.h"
#include "model/operation.h"

/* How many tokens a full bucket has, and how many come back each second; 0: no limit. */
struct rate {
    uint32_t burst, refill;
};

struct throttle_rates {
    struct rate operations[OPERATION_COUNT];        /* per account */
    struct rate executions[OPERATION_COUNT];        /* per execution */
    struct rate decisions[DECISION_TYPE_COUNT + 1]; /* per account */
};

/* The documented ones. */
extern const struct throttle_rates throttle_documented;

struct throttle {
    const struct throttle_rates *rates; /* NULL: off */
    struct map buckets;
    struct list order; /* buckets, looked at in turn for forgetting the full ones */
};

/* `rates` outlive it; NULL: everything is let through. */
void throttle_init(struct throttle *throttle, const struct throttle_rates *rates);
void throttle_deinit(struct throttle *throttle);

/* Takes a token of the account's bucket for this operation; false when it is empty. `now` never
 * goes back. */
bool throttle_take_operation(struct throttle *throttle, uint64_t account, enum operation operation,
                             struct instant now);
/* The same for the bucket of one execution, which the operation names by its number or in some
 * other way, always the same; true for operations that have none. */
bool throttle_take_execution(struct throttle *throttle, uint64_t run, enum operation operation,
                             struct instant now);

/* How many decisions of each type the account may still make; stored in left[type], UINT32_MAX
 * where there is no limit. */
void throttle_decisions_left(struct throttle *throttle, uint64_t account, struct instant now,
                             uint32_t left[DECISION_TYPE_COUNT + 1]);
/* Takes the token of one decision; false when there is none. */
bool throttle_take_decision(struct throttle *throttle, uint64_t account, enum decision_type type,
                            struct instant now);
/* So many of a type were made. */
void throttle_use_decisions(struct throttle *throttle, uint64_t account, enum decision_type type,
                            uint32_t count, struct instant now);

#endif
