/*
 * turn_record - what a commit leaves behind about itself: its number, the clock, and the runs it
 * touched.
 *
 * The records since the last checkpoint tell which runs are open although no open row says so yet,
 * and where each history that was touched must end. They are numbered without gap: one that is
 * missing was lost.
 */
#ifndef STORE_TURN_RECORD_H
#define STORE_TURN_RECORD_H

#include "store/pack.h"
#include "store/store.h"

/* One run of a turn. */
struct turn_run {
    struct run_key key;
    int64_t last_event_id; /* of its history after the turn */
    bool opened;
    bool closed;
};

struct turn_record {
    uint64_t turn;
    uint64_t next_run;
    uint64_t next_close;
    struct instant clock;
    uint32_t run_count;
    struct unpacker runs; /* borrowed from the stored value */
};

/* The value of this commit's record, to be stored under `key`, with `clock` as the clock and the
 * close number that the next close after it gets. */
struct bytes turn_record_encode(struct arena *arena, struct bytes key, const struct commit *commit,
                                struct instant clock, uint64_t next_close);
/* false when the value is not what was stored under this key. */
bool turn_record_decode(struct bytes key, struct bytes value, struct turn_record *out);
/* The next of record->run_count runs, in the order of the commit. */
struct turn_run turn_record_next_run(struct turn_record *record);

/* How many runs the record of this commit names. */
uint32_t turn_record_run_count(const struct commit *commit);

#endif
