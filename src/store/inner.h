/*
 * inner - struct store as the files of the layout see it; nobody else includes this.
 *
 * One thread commits, recovers, removes and closes. Reads come from any thread: they use `kv`,
 * `poisoned`, `floors` and the counters of what was written alone.
 */
#ifndef STORE_INNER_H
#define STORE_INNER_H

#include "store/batch.h"
#include "store/floors.h"
#include "store/key.h"
#include "store/meta.h"
#include "store/open_changes.h"
#include "store/summary.h"
#include "store/walk.h"
#include <stdatomic.h>

struct removal;

struct store {
    struct kv *kv;
    atomic_bool poisoned; /* a write failed: what lies on the disk is anyone's guess */
    enum err failure;     /* of that write */
    bool recovered;
    bool is_committing;                            /* from the call to its return */
    _Atomic uint64_t written_bytes, writes, syncs; /* since it was opened */

    struct store_meta meta;
    uint64_t next_close; /* the close number that the next close gets; at least 1 */
    struct batch batch;

    enum kv_space meta_side, turns_side; /* that the start believes: KV_STATE or KV_TWIN */

    struct checkpoint checkpoint;
    struct open_changes open_changes; /* since the checkpoint */
    uint64_t touched;                 /* runs named by turn records since the checkpoint */

    /* No expiry row lies before this key, but those of damaged runs and those that cannot be read,
     * which were passed over; a walk that began at the first would pass the remains of all that
     * were removed. */
    struct arena expiry_arena;
    struct bytes expiry_from;

    struct floors floors;    /* below them lie only the remains of list rows */
    struct removal *removal; /* of the batch under way; NULL: none. In the batch's arena */
};

static inline bool store_is_poisoned(const struct store *store)
{
    return atomic_load_explicit(&store->poisoned, memory_order_acquire);
}

static inline enum err store_get(struct store *store, enum kv_space space, struct bytes key,
                                 struct arena *arena, struct bytes *value)
{
    return store->kv->functions->get(store->kv, space, key, arena, value);
}

/* Writes a batch, durably (L7); a failure poisons the store. */
must_use enum err store_write(struct store *store, const struct batch *batch);
/* The store's own. */
static inline enum err store_write_batch(struct store *store)
{
    return store_write(store, &store->batch);
}

/* ---- meta.c: what the store says about itself */

/* Reads or makes the store's meta values; *store->meta is filled from them and from the newest turn
 * record. */
must_use enum err meta_open(struct store *store, const uint8_t fresh_key[SERVER_KEY_BYTES]);
/* ERR_NOT_FOUND when there is none, ERR_CORRUPT (not logged) when it is damaged. */
must_use enum err meta_read_checkpoint(struct store *store, struct checkpoint *out);

/* ---- checkpoint.c: the open rows */

bool checkpoint_is_due(const struct store *store);
/* Writes how the open runs differ from the last checkpoint, and drops the turn records before. */
must_use enum err checkpoint_write(struct store *store);
/* Writes all open rows anew: `runs` are the open ones. */
must_use enum err checkpoint_rewrite(struct store *store, const struct run_key *runs, size_t count);

/* ---- closed.c: what a close adds, and what removal takes away */

void closed_put(struct store *store, const struct run_change *change);
void closed_delete(struct batch *batch, struct run_key run, const struct summary *summary);
/* Finds out what the oldest rows of the domain's lists are now, after rows went. */
must_use enum err closed_raise_floor(struct store *store, uint64_t account, uint32_t domain);

/* ---- retention.c: what a commit takes out */

/* Adds it to the batch. */
void retention_add(struct store *store, struct sweep *sweep);
/* After the write. */
void retention_settle(struct store *store, struct sweep *sweep);

/* ---- damage.c: one line in the log for each find, then ERR_CORRUPT */

enum err damaged_run(const char *message, struct run_key run, int64_t event_id);
enum err damaged_key(const char *message, struct bytes key);
enum err damaged_turn(const char *message, uint64_t turn);

#endif
