/*
 * A checkpoint makes the open rows tell the open runs as of one turn, and drops the turn records
 * before it. It writes only how the set differs from the last one: a run that lived shorter than
 * that never had a row.
 *
 * It is one write. When that is lost in a crash, the older checkpoint and the turn records since
 * then are still there, for the dropping is part of the same write.
 */
#include "store/inner.h"
#include "store/twin.h"
#include "store/value.h"

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

static void put_open_row(struct batch *batch, struct run_key run)
{
    struct bytes key = key_open(&batch->arena, run.run);
    struct packer packer = value_begin(&batch->arena, 8 + 4);

    pack_u64(&packer, run.account);
    pack_u32(&packer, run.domain);
    batch_put(batch, KV_STATE, key, value_seal(&packer, key));
}

bool open_row_decode(struct bytes key, struct bytes value, struct run_key *out)
{
    struct bytes content;

    if (!key_parse_open(key, &out->run) || !value_open(key, value, &content))
        return false;
    struct unpacker unpacker = unpacker_of(content);
    out->account = unpack_u64(&unpacker);
    out->domain = unpack_u32(&unpacker);
    return unpacker_is_done(&unpacker);
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
            put_open_row(&store->batch, change->key);
            row_count++;
        } else {
            batch_delete(&store->batch, KV_STATE, key_open(&store->batch.arena, change->key.run));
            row_count--;
        }
    }
    return finish(store, row_count);
}

enum err checkpoint_rewrite(struct store *store, const struct run_key *runs, size_t count)
{
    struct batch *batch = &store->batch;

    batch_reset(batch);
    batch_delete_range(batch, KV_STATE, key_kind(&batch->arena, STATE_OPEN),
                       key_kind_end(&batch->arena, STATE_OPEN));
    for (size_t i = 0; i < count; i++)
        put_open_row(batch, runs[i]);
    return finish(store, count);
}
