/*
 * Removing what has expired: a walk over the expiry rows, which lie in the order in which runs expire.
 */
#include "store/inner.h"
#include "store/summary.h"
#include "store/value.h"

/* The whole history and the names: all keys from this run's to the next one's. */
static void delete_history(struct batch *batch, struct run_key run)
{
    struct run_key next = { run.account, run.domain, run.run + 1 };
    batch_delete_range(batch, KV_HISTORY, key_run(&batch->arena, run), key_run(&batch->arena, next));
}

static enum err delete_run(struct store *store, struct run_key run)
{
    struct batch *batch = &store->batch;
    struct bytes key = key_summary(&batch->arena, run);
    struct bytes value;
    struct run_closing closing;

    enum err err = store_get(store, KV_CLOSED, key, &batch->arena, &value);
    if (err == ERR_NOT_FOUND)
        return damaged_run("the summary of an expired run is missing", run, 0);
    if (err)
        return err;
    if (!summary_decode(key, value, &batch->arena, &closing))
        return damaged_run("the summary of an expired run is damaged", run, 0);
    delete_history(batch, run);
    closed_delete(batch, run, &closing);
    return OK;
}

/* Adds the run that the walk stands on; *due is false when it has not expired yet. */
static enum err delete_if_due(struct store *store, const struct walk *walk, struct instant now, bool *due)
{
    struct instant expires;
    struct run_key run;
    struct bytes content;

    if (!key_parse_expiry(walk_key(walk), &expires, &run) ||
        !value_open(walk_key(walk), walk_value(walk), &content) || content.len != 0)
        return damaged_key("a row that says when a run expires is damaged", walk_key(walk));
    *due = expires.ms <= now.ms;
    return *due ? delete_run(store, run) : OK;
}

/* The next walk begins at the last row that went. */
static void note_removed(struct store *store, struct bytes expiry_key)
{
    arena_reset(&store->expiry_arena);
    store->expiry_from = arena_copy(&store->expiry_arena, expiry_key);
}

static enum err collect_expired(struct store *store, struct walk *walk, struct instant now, size_t runs_max,
                                size_t *removed)
{
    bool due = true;

    walk_seek(walk, store->expiry_from.len > 0 ? store->expiry_from : walk->prefix);
    for (; walk_is_valid(walk) && *removed < runs_max; walk_next(walk)) {
        enum err err = delete_if_due(store, walk, now, &due);
        if (err || !due)
            return err;
        note_removed(store, walk_key(walk));
        ++*removed;
    }
    return OK;
}

enum err store_remove_expired(struct store *store, struct instant now, size_t runs_max, size_t *removed)
{
    struct walk walk;

    *removed = 0;
    if (store_is_poisoned(store))
        return ERR_IO;
    batch_reset(&store->batch);
    walk_begin(&walk, store->kv, KV_CLOSED, key_kind(&store->batch.arena, CLOSED_EXPIRY));
    enum err err = collect_expired(store, &walk, now, runs_max, removed);
    enum err end = walk_end(&walk);
    if (!err)
        err = end;
    if (!err && *removed > 0)
        err = store_write_batch(store, false);
    if (err)
        *removed = 0;
    return err;
}
