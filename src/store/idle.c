#include "store/idle.h"

#include "store/inner.h"
#include "store/value.h"

void idle_put(struct batch *batch, const struct idle_run *run)
{
    struct bytes key = key_idle(&batch->arena, run->key.run);
    struct packer packer = value_begin(&batch->arena, 8 + 4 + run->state.len);

    pack_u64(&packer, run->key.account);
    pack_u32(&packer, run->key.domain);
    pack_raw(&packer, run->state);
    batch_put(batch, KV_STATE, key, value_seal(&packer, key));
}

void idle_delete(struct batch *batch, struct run_key run)
{
    batch_delete(batch, KV_STATE, key_idle(&batch->arena, run.run));
}

bool idle_decode(struct bytes key, struct bytes value, struct idle_run *out)
{
    struct unpacker unpacker;
    struct bytes content;

    if (!key_parse_idle(key, &out->key.run) || !value_open(key, value, &content))
        return false;
    unpacker = unpacker_of(content);
    out->key.account = unpack_u64(&unpacker);
    out->key.domain = unpack_u32(&unpacker);
    out->state = unpacker.rest;
    return !unpacker.failed;
}

enum err store_write_idle(struct store *store, const struct idle_run *runs, size_t count)
{
    struct batch batch; /* of its own: recovery has the store's under way */

    if (store_is_poisoned(store))
        return ERR_IO;
    batch_init(&batch);
    for (size_t i = 0; i < count; i++) {
        ensure(runs[i].key.run > 0 && runs[i].key.run < store->meta.next_run);
        idle_put(&batch, &runs[i]);
    }
    enum err err = store_write(store, &batch);
    batch_deinit(&batch);
    return err;
}
