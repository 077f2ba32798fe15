/*
 * meta - what a store says about itself: the number of its format, its server key, its last
 * checkpoint. One value each, kept twice (twin.h).
 *
 * Turn number, run number and clock are not among them: the newest turn record has them, so that a
 * commit writes them once.
 */
#ifndef STORE_META_H
#define STORE_META_H

#include "store/batch.h"
#include "store/store.h"

/* Raised when an older program could not read what is written from then on. */
#define STORE_FORMAT 1

/* Their names; the server key's is in server_key.h. */
#define META_FORMAT BYTES("format")
#define META_CHECKPOINT BYTES("checkpoint")
/* Every store has so many meta values. */
#define META_COUNT 3

/* Is it the name of a meta value? */
must_use bool meta_is_name(struct bytes name);

/* What the last checkpoint wrote. */
struct checkpoint {
    uint64_t turn;      /* open rows tell the open runs as of this turn */
    uint64_t row_count; /* how many there are */
};

void meta_put_checkpoint(struct batch *batch, const struct checkpoint *checkpoint);
/* From the content of the value; false when it has another form. */
must_use bool meta_decode_checkpoint(struct bytes content, struct checkpoint *out);

#endif
