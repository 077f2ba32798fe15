/*
 * wal - the write-ahead logs of a database, read without RocksDB: is what they hold all that was
 * written to them?
 *
 * A log that ends in the middle of a record, or with one that lacks sectors (torn_end), is what a
 * power failure leaves: that write was never acknowledged. Damage is anything else, and a torn
 * record with whole ones behind it. RocksDB would
 * pass over some of that in silence, so it is looked for before RocksDB opens the logs.
 */
#ifndef STORE_ROCKS_WAL_H
#define STORE_ROCKS_WAL_H

#include "base/bytes.h"
#include "base/ensure.h"
#include "base/err.h"
#include <stdint.h>

struct wal_state {
    uint64_t newest;         /* the number of the newest log; 0: there is none */
    uint64_t first_sequence; /* of the oldest write in them; 0: there is none */
    bool is_torn;            /* the newest log with anything in it ends with a torn record */
    bool has_hole;           /* and RocksDB would take that for damage */
    bool is_damaged;
    /* Of what is damaged or torn. */
    uint64_t log;         /* the log's number */
    size_t at, size;      /* what is good of it ends here; how long it is */
    uint64_t last_turn;   /* the last one before that, of all logs; 0: none is in them */
    uint64_t later_first; /* of the turns that can be read behind it; 0: none */
    uint64_t later_last;
};

/* Looks at all logs of the folder. ERR_IO after a line in the log when one cannot be read. */
must_use enum err wal_look(const char *path, struct wal_state *out);

/* Cuts off the end of a log that is torn and has a hole. */
must_use enum err wal_cut_torn(const char *path, const struct wal_state *state);

/* Called with the key and the stored value of a turn record. */
typedef void wal_turn_fn(void *context, struct bytes key, struct bytes value);
/* The turn records that can be read behind the damage, in their order. */
must_use enum err wal_later_turns(const char *path, wal_turn_fn *turn, void *context);

/* Ends the logs where the damage begins: what lies behind it, and later logs, go to the folder
 * "lost" in `path`. Then the store is as it was after `last_turn`. */
must_use enum err wal_cut(const char *path, const struct wal_state *state);

#endif
