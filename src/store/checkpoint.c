/*
 * A checkpoint makes the open rows tell the open runs as of one turn, and drops the turn records
 * before it. It writes only how the set differs from the last one: a run that lived shorter than
 * that never had a row.
 *
 * It is one write. When that is lost in a crash, the older checkpoint and the turn records since
 * then are still there, for the dropping is part of the same write.
 */
#include "store/inner.h"
#include "store/open_row.h"
#include "store/twin.h"

/* A start reads the turn records since the last checkpoint: at most about this many of them, or of
 * runs named by them. */
#define TURNS_MAX 4096
#define TOUCHED_MAX 262144
/* What it writes, at most about so many rows: the next commit waits for it. */
#define CHANGES_MAX 2048

bool checkpoint_is_due(const struct store *store)
{
    return store->meta.turn - store->checkpoint.turn >= TURNS_MAX ||
           store->touched >= TOUCHED_MAX || store->open_changes.tree.count >= CHANGES_MAX;
}

/* Writes the batch, to which the open rows were added, as the checkpoint of the last turn. */
static enum err finish(struct store *store, uint64_t row_count)
{
    struct checkpoint next = { .turn = store->meta.turn, .row_count = row_count };

    meta_put_checkpoint(&store->batch, &next);
    twin_drop_turns_before(&store->batch, next.turn);
    enum err err = store_write_batch(store);
    if (err)
        return err;
    store->checkpoint = next;
    store->touched = 0;
    open_changes_reset(&store->open_changes);
    return OK;
}

enum err checkpoint_write(struct store *store)
{
    uint64_t row_count = store->checkpoint.row_count;
    const struct open_change *change = open_changes_first(&store->open_changes);

    batch_reset(&store->batch);
    for (; change; change = open_changes_next(change)) {
        if (change->opened) {
            open_row_put(&store->batch, change->key);
            row_count++;
        } else {
            open_row_delete(&store->batch, change->key);
            row_count--;
        }
    }
    return finish(store, row_count);
}

enum err checkpoint_rewrite(struct store *store, const struct run_key *runs, size_t count)
{
    struct batch *batch = &store->batch;

    batch_reset(batch);
    open_row_delete_all(batch);
    for (size_t i = 0; i < count; i++)
        open_row_put(batch, runs[i]);
    return finish(store, count);
}
