#include "store/open_row.h"

#include "store/key.h"
#include "store/value.h"

void open_row_put(struct batch *batch, struct run_key run)
{
    struct bytes key = key_open(&batch->arena, run.run);
    struct packer packer = value_begin(&batch->arena, 8 + 4);

    pack_u64(&packer, run.account);
    pack_u32(&packer, run.domain);
    batch_put(batch, KV_STATE, key, value_seal(&packer, key));
}

void open_row_delete(struct batch *batch, struct run_key run)
{
    batch_delete(batch, KV_STATE, key_open(&batch->arena, run.run));
}

void open_row_delete_all(struct batch *batch)
{
    batch_delete_range(batch, KV_STATE, key_kind(&batch->arena, STATE_OPEN),
                       key_kind_end(&batch->arena, STATE_OPEN));
}

bool open_row_decode(struct bytes key, struct bytes value, struct run_key *out)
{
    struct unpacker unpacker;
    struct bytes content;

    if (!key_parse_open(key, &out->run) || !value_open(key, value, &content))
        return false;
    unpacker = unpacker_of(content);
    out->account = unpack_u64(&unpacker);
    out->domain = unpack_u32(&unpacker);
    return unpacker_is_done(&unpacker);
}
