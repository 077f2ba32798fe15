/*
 * Opening, committing and closing. What lies where is in FORMAT.md; the other files of this folder
 * have a part each:
 *
 *   meta, checkpoint, turn_record, open_changes, recovery     how a store starts
 *   record, history, whole_run                                histories
 *   idle                                                      runs that nobody touches
 *   twin                                                      what is kept twice
 *   summary, list_row, closed, floors, retention              closed runs
 *   key, value, pack, batch, walk, damage                     what all of them use
 *
 * Invariants
 *   L1  A commit is one write. What belongs together is never in two.
 *   L2  Turn records are numbered without gap from the checkpoint's turn to the newest one.
 *   L3  A run is open when it has names and no summary; the open rows and the turn records since
 *       the checkpoint say the same, sooner.
 *   L4  The records of a run follow each other without gap from event 1.
 *   L5  A run that has a summary has its names row, its list rows and its expiry row, and none of
 *       these is there without it.
 *   L6  After a failed write nothing is written or read any more.
 *   L7  A write is synced before the next one begins. So what a power cut leaves unfinished is the
 *       last write alone.
 *   L8  An idle row tells its run as of its last event: the commit that changes the run takes it
 *       out.
 *   L9  Meta values, registry, messages, turn records and heartbeats lie in KV_STATE and, the same,
 *       in KV_TWIN: what puts or takes out one does it to both, in one write.
 */
#include "store/layout.h"

#include "base/log.h"
#include "base/memory.h"
#include "store/idle.h"
#include "store/inner.h"
#include "store/record.h"
#include "store/turn_record.h"
#include "store/twin.h"
#include "store/value.h"

/* ---- opening and closing */

static enum err store_free(struct store *store)
{
    enum err err = store->kv->functions->close(store->kv);

    open_changes_reset(&store->open_changes);
    batch_deinit(&store->batch);
    arena_deinit(&store->expiry_arena);
    floors_deinit(&store->floors);
    memory_free(store);
    return err;
}

enum err layout_open(struct kv *kv, const uint8_t fresh_key[SERVER_KEY_BYTES], struct store **out)
{
    struct store *store = memory_new(sizeof(*store));

    store->kv = kv;
    batch_init(&store->batch);
    arena_init(&store->expiry_arena, "expiry", (size_t)1 << 20);
    floors_init(&store->floors);
    enum err err = meta_open(store, fresh_key);
    if (err) {
        (void)store_free(store);
        return err;
    }
    *out = store;
    return OK;
}

/* Without recovery the changes since the checkpoint are not known, and neither is a checkpoint. */
static bool may_write_checkpoint(const struct store *store)
{
    return store->recovered && !store_is_poisoned(store) &&
           store->meta.turn != store->checkpoint.turn;
}

enum err store_close(struct store *store)
{
    ensure(!store->is_committing);
    if (may_write_checkpoint(store) && checkpoint_write(store) != OK)
        log_warn("the next start takes longer");
    enum err err = store->failure;
    enum err closed = store_free(store);
    return err ? err : closed;
}

void store_get_meta(const struct store *store, struct store_meta *out)
{
    *out = store->meta;
}

uint64_t store_free_bytes(struct store *store)
{
    return store->kv->functions->free_bytes(store->kv);
}

void store_get_figures(struct store *store, struct store_figures *out)
{
    struct kv_figures beneath = { 0 };

    if (store->kv->functions->figures)
        store->kv->functions->figures(store->kv, &beneath);
    *out = (struct store_figures){
        .written_bytes = atomic_load_explicit(&store->written_bytes, memory_order_relaxed),
        .writes = atomic_load_explicit(&store->writes, memory_order_relaxed),
        .syncs = atomic_load_explicit(&store->syncs, memory_order_relaxed),
        .sync_times = beneath.syncs,
        .memory_bytes = beneath.memory_bytes,
        .cache_bytes = beneath.cache_bytes,
        .file_bytes = beneath.file_bytes,
        .pending_compaction_bytes = beneath.pending_compaction_bytes,
    };
}

/* Only this thread writes, so a load and a store will do. */
static void add_to(_Atomic uint64_t *counter, uint64_t amount)
{
    uint64_t before = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, before + amount, memory_order_relaxed);
}

static void count_write(struct store *store, const struct batch *batch)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < batch->count; i++)
        bytes += batch->operations[i].key.len + batch->operations[i].value.len;
    add_to(&store->written_bytes, bytes);
    add_to(&store->writes, 1);
    add_to(&store->syncs, 1);
}

enum err store_write(struct store *store, const struct batch *batch)
{
    count_write(store, batch);
    enum err err = store->kv->functions->write(store->kv, batch->operations, batch->count, true);
    if (err) {
        store->failure = err;
        atomic_store_explicit(&store->poisoned, true, memory_order_release);
        log_error("a write to the store failed; it takes no more",
                  LOG_NUMBER("turn", store->meta.turn), LOG_CSTR("reason", err_text(err)));
    }
    return err;
}

enum err store_failure(const struct store *store)
{
    return store->failure;
}

/* ---- the parts of a commit */

/* Puts `value`, or takes the key out when it is absent. */
static void put_or_delete(struct batch *batch, struct bytes key, struct bytes value)
{
    if (bytes_is_absent(value))
        twin_delete(batch, key);
    else
        twin_put(batch, key, value_of(&batch->arena, key, value));
}

static void put_heartbeat(struct batch *batch, struct run_key run,
                          const struct heartbeat_change *change)
{
    ensure(change->scheduled_event_id > 0);
    put_or_delete(batch, key_heartbeat(&batch->arena, run.run, change->scheduled_event_id),
                  change->details);
}

static void put_names(struct batch *batch, struct run_key run, const struct run_opening *names)
{
    struct bytes key = key_history(&batch->arena, run, NAMES_EVENT_ID);
    batch_put(batch, KV_HISTORY, key, names_encode(&batch->arena, key, names));
}

static void put_events(struct batch *batch, const struct run_change *change)
{
    int64_t first = change->builds_on + 1;
    struct bytes key = key_history(&batch->arena, change->key, first);

    batch_put(batch, KV_HISTORY, key,
              record_encode(&batch->arena, key, first, change->events, change->event_count));
}

/* What no caller can mean. The store keeps no state of open runs: that `builds_on` is right is the
 * caller's to know. */
static void check_change(const struct store *store, const struct commit *commit,
                         const struct run_change *change)
{
    ensure(change->key.run > 0 && change->key.run < commit->next_run);
    ensure(change->builds_on >= 0);
    if (change->opening) {
        ensure(change->builds_on == 0 && change->event_count > 0);
        ensure(change->key.run >=
               store->meta.next_run); /* a number used before would overwrite its history */
    } else {
        ensure(change->builds_on > 0);
    }
}

static void put_change(struct store *store, const struct commit *commit,
                       const struct run_change *change)
{
    struct batch *batch = &store->batch;

    check_change(store, commit, change);
    if (change->opening)
        put_names(batch, change->key, change->opening);
    if (change->event_count > 0)
        put_events(batch, change);
    for (size_t i = 0; i < change->heartbeat_count; i++)
        put_heartbeat(batch, change->key, &change->heartbeats[i]);
    if (change->was_idle)
        idle_delete(batch, change->key);
    if (change->closing)
        closed_put(store, change);
}

static void put_registry(struct batch *batch, const struct registry_change *change)
{
    ensure(change->key.len > 0 && change->key.len <= REGISTRY_KEY_BYTES_MAX);
    put_or_delete(batch, key_named(&batch->arena, STATE_REGISTRY, change->key), change->value);
}

static void put_message(struct batch *batch, const struct message_change *change)
{
    ensure(change->key.len > 0);
    put_or_delete(batch, key_named(&batch->arena, STATE_MESSAGE, change->key), change->value);
}

/* After the changes: they take close numbers. */
static void put_turn(struct store *store, const struct commit *commit, struct instant clock)
{
    struct batch *batch = &store->batch;
    struct bytes key = key_turn(&batch->arena, commit->turn);

    twin_put(batch, key, turn_record_encode(&batch->arena, key, commit, clock, store->next_close));
}

static void put_commit(struct store *store, const struct commit *commit, struct instant clock)
{
    batch_reset(&store->batch);
    /* First: it does not see what this commit writes, and must not walk past what a run that closes
     * now leaves to be removed (closed.c, keep_expiry_in_walk). */
    if (commit->sweep)
        retention_add(store, commit->sweep);
    for (size_t i = 0; i < commit->run_count; i++)
        put_change(store, commit, &commit->runs[i]);
    for (size_t i = 0; i < commit->registry_count; i++)
        put_registry(&store->batch, &commit->registry[i]);
    for (size_t i = 0; i < commit->message_count; i++)
        put_message(&store->batch, &commit->messages[i]);
    put_turn(store, commit, clock);
}

/* What the checkpoint will have to write for the commit. */
static void note_commit(struct store *store, const struct commit *commit)
{
    for (size_t i = 0; i < commit->run_count; i++) {
        const struct run_change *change = &commit->runs[i];
        if (change->opening)
            ensure(open_changes_open(&store->open_changes, change->key));
        if (change->closing)
            ensure(open_changes_close(&store->open_changes, change->key));
    }
    store->touched += turn_record_run_count(commit);
}

static enum err commit_write(struct store *store, const struct commit *commit)
{
    struct instant clock = instant_later(store->meta.clock, commit->clock);

    if (store_is_poisoned(store))
        return ERR_IO;
    ensure(store->recovered);
    ensure(commit->turn == store->meta.turn + 1);
    ensure(commit->next_run >= store->meta.next_run);
    put_commit(store, commit, clock);
    enum err err = store_write_batch(store);
    if (err)
        return err;
    store->meta.turn = commit->turn;
    store->meta.next_run = commit->next_run;
    store->meta.clock = clock;
    note_commit(store, commit);
    return OK;
}

/* The checkpoint comes after the report: only the next commit waits for it. Its failure poisons the
 * store (store_failure). */
void store_commit(struct store *store, const struct commit *commit, store_committed_fn *done,
                  void *context)
{
    ensure(!store->is_committing);
    store->is_committing = true;
    enum err err = commit_write(store, commit);

    done(context, err);
    if (!err && commit->sweep)
        retention_settle(store, commit->sweep);
    if (!err && !store_is_poisoned(store) && checkpoint_is_due(store) &&
        checkpoint_write(store) != OK)
        log_warn("the next start takes longer");
    store->is_committing = false;
}
