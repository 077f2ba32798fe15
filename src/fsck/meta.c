/*
 * The meta values and the newest turn record: what a start needs first.
 */
#include "fsck/inner.h"
#include "store/key.h"
#include "store/meta.h"
#include "store/server_key.h"
#include "store/turn_record.h"
#include "store/twin.h"
#include "store/value.h"
#include "store/walk.h"

/* Of a turn record: the numbers of the next run and of the next close come first. */
#define NEXT_RUN_OFFSET 0
#define NEXT_CLOSE_OFFSET 8

/* The content of a meta value on this side; false when it is missing or damaged. */
static bool read_meta(struct fsck *fsck, enum kv_space side, struct bytes name,
                      struct bytes *content)
{
    struct bytes key = key_named(&fsck->keys, STATE_META, name);
    struct bytes value;

    return fsck->kv->functions->get(fsck->kv, side, key, &fsck->keys, &value) == OK &&
           value_open(key, value, content);
}

void fsck_check_format(struct fsck *fsck)
{
    struct bytes content;
    struct unpacker unpacker;
    uint32_t number;

    if (!read_meta(fsck, fsck_side(fsck, STATE_META), META_FORMAT, &content)) {
        fsck_found(fsck, "the number of the store's format is missing or damaged");
        return;
    }
    unpacker = unpacker_of(content);
    number = unpack_u32(&unpacker);
    if (!unpacker_is_done(&unpacker) || number < 1)
        fsck_found(fsck, "the store has a format that is not known here");
    else if (number > STORE_FORMAT)
        fsck->err = ERR_NEWER;
}

static void check_server_key(struct fsck *fsck)
{
    struct bytes content;

    if (!read_meta(fsck, fsck_side(fsck, STATE_META), SERVER_KEY_NAME, &content) ||
        content.len != SERVER_KEY_BYTES)
        fsck_found(fsck, "the key that signs tokens is missing or damaged");
}

void fsck_read_checkpoint(struct fsck *fsck, enum kv_space side)
{
    struct checkpoint checkpoint;
    struct bytes content;

    fsck->has_checkpoint = read_meta(fsck, side, META_CHECKPOINT, &content) &&
                           meta_decode_checkpoint(content, &checkpoint);
    fsck->checkpoint_turn = TWIN_TURN_UNKNOWN;
    if (fsck->has_checkpoint) {
        fsck->checkpoint_turn = checkpoint.turn;
        fsck->checkpoint_rows = checkpoint.row_count;
    }
}

static void read_newest_turn(struct fsck *fsck)
{
    struct turn_record record;
    struct bytes content;
    struct walk walk;

    walk_begin(&walk, fsck->kv, fsck_side(fsck, STATE_TURN), key_kind(&fsck->keys, STATE_TURN));
    walk_seek_back(&walk, key_kind_end(&fsck->keys, STATE_TURN));
    if (walk_is_valid(&walk) && turn_record_decode(walk_key(&walk), walk_value(&walk), &record) &&
        value_open(walk_key(&walk), walk_value(&walk), &content)) {
        fsck->newest_turn_key = arena_copy(&fsck->turn_arena, walk_key(&walk));
        fsck->newest_turn = arena_copy(&fsck->turn_arena, content);
    }
    fsck_end_walk(fsck, &walk, "the turn records");
}

static bool is_known(struct bytes key)
{
    static const char kinds[] = { STATE_HEARTBEAT, STATE_IDLE,     STATE_META, STATE_OPEN,
                                  STATE_MESSAGE,   STATE_REGISTRY, STATE_TURN };

    if (key.len == 0 || memchr(kinds, key.ptr[0], sizeof(kinds)) == NULL)
        return false;
    return key.ptr[0] != STATE_META || meta_is_name(bytes_skip(key, 1));
}

/* From one kind to the next; only where nothing is known every key is looked at, and the few meta
 * values. */
static void check_kinds(struct fsck *fsck)
{
    struct walk walk;

    walk_begin(&walk, fsck->kv, KV_STATE, BYTES(""));
    walk_seek(&walk, walk.begin);
    while (walk_is_valid(&walk)) {
        struct bytes key = walk_key(&walk);

        if (!is_known(key))
            fsck_found_stray(fsck, "the keys of the state");
        if (is_known(key) && key.ptr[0] != STATE_META)
            walk_seek(&walk, key_kind_end(&fsck->keys, (unsigned char)key.ptr[0]));
        else
            walk_next(&walk);
    }
    fsck_end_walk(fsck, &walk, "the state");
}

void fsck_check_meta(struct fsck *fsck)
{
    check_kinds(fsck);
    check_server_key(fsck);
    read_newest_turn(fsck);
    arena_reset(&fsck->keys);
}

/* Writes the newest turn record anew, with another number at this place of it. */
static void put_number(struct fsck *fsck, size_t offset, uint64_t number)
{
    struct bytes content = fsck->newest_turn; /* a copy of our own */
    struct packer packer = packer_at((char *)(uintptr_t)content.ptr + offset, 8);

    pack_u64(&packer, number);
    twin_put(&fsck->fixes, fsck->newest_turn_key,
             value_of(&fsck->fixes.arena, fsck->newest_turn_key, content));
}

/* The newest turn record says which one comes next; from now on it says the one after. */
uint64_t fsck_take_close_number(struct fsck *fsck)
{
    struct unpacker unpacker;
    uint64_t number;

    if (bytes_is_absent(fsck->newest_turn))
        return 0;
    unpacker = unpacker_of(bytes_skip(fsck->newest_turn, NEXT_CLOSE_OFFSET));
    number = unpack_u64(&unpacker);
    if (fsck_mends(fsck))
        put_number(fsck, NEXT_CLOSE_OFFSET, number + 1);
    return number;
}

void fsck_put_next_run(struct fsck *fsck, uint64_t number)
{
    if (!bytes_is_absent(fsck->newest_turn))
        put_number(fsck, NEXT_RUN_OFFSET, number);
}
