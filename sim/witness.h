/*
 * witness - reads what a write put on the disk: the transactions of a commit, in their order.
 */
#ifndef SIM_WITNESS_H
#define SIM_WITNESS_H

#include "oracle.h"
#include "store/kv.h"
#include "wire/json.h"

struct witness {
    struct arena *arena; /* where what was seen stays */
    struct json_reader *json;
    struct seen_step *steps;
    size_t count, capacity;
    bool committed;      /* a turn record was among it */
    const char *problem; /* something that cannot be read; NULL: nothing */
};

void witness_init(struct witness *witness, struct arena *arena);
void witness_deinit(struct witness *witness);
/* For the next turn. */
void witness_reset(struct witness *witness);
void witness_see(struct witness *witness, const struct kv_operation *operations, size_t count);

#endif
