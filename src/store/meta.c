#include "store/meta.h"

#include "base/log.h"
#include "store/inner.h"
#include "store/server_key.h"
#include "store/turn_record.h"
#include "store/twin.h"
#include "store/value.h"

bool meta_is_name(struct bytes name)
{
    const struct bytes names[META_COUNT] = { META_FORMAT, SERVER_KEY_NAME, META_CHECKPOINT };

    for (size_t i = 0; i < META_COUNT; i++)
        if (bytes_equal(name, names[i]))
            return true;
    return false;
}

static void put_meta(struct batch *batch, struct bytes name, struct bytes content)
{
    struct bytes key = key_named(&batch->arena, STATE_META, name);
    twin_put(batch, key, value_of(&batch->arena, key, content));
}

/* The content of a meta value. ERR_CORRUPT is not logged yet. */
static enum err get_meta(struct store *store, struct arena *arena, struct bytes name,
                         struct bytes *content)
{
    struct bytes key = key_named(arena, STATE_META, name);
    struct bytes value;

    enum err err = store_get(store, store->meta_side, key, arena, &value);
    if (err)
        return err;
    return value_open(key, value, content) ? OK : ERR_CORRUPT;
}

/* A meta value that every store has. */
static enum err need_meta(struct store *store, struct arena *arena, struct bytes name,
                          struct bytes *content)
{
    enum err err = get_meta(store, arena, name, content);

    if (err == ERR_NOT_FOUND)
        return damaged_key("the store is damaged: a meta value is missing", name);
    if (err == ERR_CORRUPT)
        return damaged_key("the store is damaged: a meta value does not match its checksum", name);
    return err;
}

/* ---- the checkpoint */

void meta_put_checkpoint(struct batch *batch, const struct checkpoint *checkpoint)
{
    struct packer packer = packer_in(&batch->arena, 8 + 8);
    pack_u64(&packer, checkpoint->turn);
    pack_u64(&packer, checkpoint->row_count);
    put_meta(batch, META_CHECKPOINT, packer_bytes(&packer));
}

bool meta_decode_checkpoint(struct bytes content, struct checkpoint *out)
{
    struct unpacker unpacker = unpacker_of(content);

    out->turn = unpack_u64(&unpacker);
    out->row_count = unpack_u64(&unpacker);
    return unpacker_is_done(&unpacker);
}

enum err meta_read_checkpoint(struct store *store, struct checkpoint *out)
{
    struct bytes content;

    batch_reset(&store->batch);
    enum err err = get_meta(store, &store->batch.arena, META_CHECKPOINT, &content);
    if (err)
        return err;
    return meta_decode_checkpoint(content, out) ? OK : ERR_CORRUPT;
}

/* ---- a new store */

static enum err space_is_empty(struct store *store, enum kv_space space, bool *empty)
{
    struct walk walk;

    walk_begin(&walk, store->kv, space, BYTES(""));
    walk_seek(&walk, BYTES(""));
    *empty = !walk_is_valid(&walk);
    enum err err = walk_end(&walk);
    if (err == ERR_CORRUPT)
        *empty = false; /* there is something, be it unreadable */
    return err == ERR_CORRUPT ? OK : err;
}

static enum err store_is_empty(struct store *store, bool *empty)
{
    enum err err = OK;

    *empty = true;
    for (int space = 0; space < KV_SPACE_COUNT && !err && *empty; space++)
        err = space_is_empty(store, (enum kv_space)space, empty);
    return err;
}

static void put_format(struct batch *batch)
{
    struct packer packer = packer_in(&batch->arena, 4);

    pack_u32(&packer, STORE_FORMAT);
    put_meta(batch, META_FORMAT, packer_bytes(&packer));
}

static enum err make_meta(struct store *store, const uint8_t fresh_key[SERVER_KEY_BYTES])
{
    struct checkpoint none = { 0 };

    batch_reset(&store->batch);
    put_format(&store->batch);
    server_key_put(&store->batch, fresh_key);
    meta_put_checkpoint(&store->batch, &none);
    return store_write_batch(store);
}

/* ---- an old store */

/* Before anything else: what comes after may only be understood when the format is. */
static enum err check_format(struct store *store, struct arena *arena)
{
    struct bytes content;

    enum err err = need_meta(store, arena, META_FORMAT, &content);
    if (err)
        return err;
    struct unpacker unpacker = unpacker_of(content);
    uint32_t format = unpack_u32(&unpacker);
    if (!unpacker.failed && format > STORE_FORMAT) {
        log_error("the store was written by a newer version of this program",
                  LOG_NUMBER("format", format), LOG_NUMBER("format_known", STORE_FORMAT));
        return ERR_NEWER;
    }
    if (!unpacker_is_done(&unpacker) || format < STORE_FORMAT)
        return damaged_key("the store is damaged: a meta value has the wrong form", META_FORMAT);
    return OK;
}

static enum err read_server_key(struct store *store, struct arena *arena)
{
    struct bytes content;

    enum err err = need_meta(store, arena, SERVER_KEY_NAME, &content);
    if (err)
        return err;
    if (content.len != SERVER_KEY_BYTES)
        return damaged_key("the store is damaged: a meta value has the wrong form",
                           SERVER_KEY_NAME);
    memcpy(store->meta.server_key, content.ptr, SERVER_KEY_BYTES);
    return OK;
}

/* Takes over what the turn record there says, if there is one. */
static enum err use_turn_record(struct store *store, const struct walk *walk)
{
    struct turn_record record;

    if (!walk_is_valid(walk))
        return OK;
    if (!turn_record_decode(walk_key(walk), walk_value(walk), &record))
        return damaged_key(
            "the store is damaged: the newest turn record does not match its checksum",
            walk_key(walk));
    store->meta.turn = record.turn;
    store->meta.next_run = record.next_run;
    store->next_close = record.next_close;
    store->meta.clock = record.clock;
    return OK;
}

static enum err read_newest_turn(struct store *store, struct arena *arena)
{
    struct walk walk;

    walk_begin(&walk, store->kv, store->turns_side, key_kind(arena, STATE_TURN));
    walk_seek_back(&walk, key_kind_end(arena, STATE_TURN));
    enum err err = use_turn_record(store, &walk);
    enum err end = walk_end(&walk);
    return end ? end : err;
}

/* The checkpoint says how far back the turn records must reach. */
static void choose_turns_side(struct store *store)
{
    struct checkpoint checkpoint;

    if (meta_read_checkpoint(store, &checkpoint) != OK)
        checkpoint.turn = TWIN_TURN_UNKNOWN;
    store->turns_side = twin_choose(store->kv, STATE_TURN, checkpoint.turn);
}

static enum err read_meta(struct store *store, struct arena *arena)
{
    enum err err = check_format(store, arena);
    if (!err)
        err = read_server_key(store, arena);
    if (err)
        return err;
    choose_turns_side(store);
    return read_newest_turn(store, arena);
}

enum err meta_open(struct store *store, const uint8_t fresh_key[SERVER_KEY_BYTES])
{
    bool empty = false;

    store->meta.next_run = 1;
    store->next_close = 1;
    enum err err = store_is_empty(store, &empty);
    if (!err && empty)
        err = make_meta(store, fresh_key);
    if (err)
        return err;
    store->meta_side = twin_choose(store->kv, STATE_META, TWIN_TURN_UNKNOWN);
    batch_reset(&store->batch);
    return read_meta(store, &store->batch.arena);
}
