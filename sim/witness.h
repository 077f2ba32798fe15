/*
 * witness - reads what a write put on the disk: the transactions of a commit, in their order.
 *
 * On the disk there is one record for each run that a turn changed. Which transactions it was made
 * of, and which came first, the turn says; that all of them were stored, and nothing besides, is
 * looked at here, and that each has a cause by the oracle.
 */
#ifndef SIM_WITNESS_H
#define SIM_WITNESS_H

#include "oracle.h"
#include "service/turn.h"
#include "store/kv.h"
#include "wire/json.h"

/* What a commit stored of one run. */
struct stored_run {
    struct run_key key;
    bool opens;
    struct run_opening names; /* of one that opens */
    int64_t first;            /* event id */
    struct bytes *texts;
    struct event *events;
    size_t count;
    size_t cut; /* of them: what belongs to transactions already */
};

struct witness {
    struct arena *arena; /* where what was seen stays */
    struct json_reader *json;
    struct seen_step *steps;
    size_t count, capacity;
    struct stored_run *stored;
    size_t stored_count, stored_capacity;
    bool committed;      /* a turn record was among it */
    const char *problem; /* something that cannot be read; NULL: nothing */
};

void witness_init(struct witness *witness, struct arena *arena);
void witness_deinit(struct witness *witness);
/* For the next turn. */
void witness_reset(struct witness *witness);
/* `turn` is the one under way; NULL: none is. */
void witness_see(struct witness *witness, const struct kv_operation *operations, size_t count,
                 const struct turn *turn);

#endif
