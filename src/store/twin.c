#include "store/twin.h"

#include "base/log.h"
#include "store/meta.h"
#include "store/turn_record.h"
#include "store/value.h"
#include "store/walk.h"
#include <stdio.h>

#define KEYS_BYTES_MAX ((size_t)1 << 16)

#define FORMAT_KEY BYTES("mformat") /* STATE_META and META_FORMAT */

const enum state_kind twin_kinds[TWIN_KINDS] = { STATE_META, STATE_TURN, STATE_REGISTRY,
                                                 STATE_MESSAGE, STATE_HEARTBEAT };

const char *twin_kind_name(enum state_kind kind)
{
    switch (kind) {
    case STATE_META:
        return "the store's own values";
    case STATE_TURN:
        return "turn records";
    case STATE_REGISTRY:
        return "domains and types";
    case STATE_MESSAGE:
        return "messages";
    case STATE_HEARTBEAT:
        return "heartbeats";
    case STATE_IDLE:
    case STATE_OPEN:
        break; /* these are not kept twice */
    }
    ensure(false);
    return NULL;
}

/* ---- writing */

void twin_put(struct batch *batch, struct bytes key, struct bytes value)
{
    batch_put(batch, KV_STATE, key, value);
    batch_put(batch, KV_TWIN, key, value);
}

void twin_delete(struct batch *batch, struct bytes key)
{
    batch_delete(batch, KV_STATE, key);
    batch_delete(batch, KV_TWIN, key);
}

static void delete_range(struct batch *batch, struct bytes key, struct bytes end)
{
    batch_delete_range(batch, KV_STATE, key, end);
    batch_delete_range(batch, KV_TWIN, key, end);
}

void twin_drop_turns_before(struct batch *batch, uint64_t turn)
{
    if (turn > 0)
        delete_range(batch, key_turn(&batch->arena, 0), key_turn(&batch->arena, turn));
}

/* ---- is a side sound? */

struct judging {
    enum state_kind kind;
    uint64_t checkpoint_turn;
    uint64_t turn; /* the newest so far; 0: none */
    unsigned meta_count;
    struct twin_flaw *flaw;
};

static bool find_flaw(struct judging *judging, const char *what, struct bytes key)
{
    struct twin_flaw *flaw = judging->flaw;
    size_t len = key.len < sizeof(flaw->key) ? key.len : sizeof(flaw->key) - 1;

    flaw->what = what;
    for (size_t i = 0; i < len; i++)
        flaw->key[i] = (char)(key.ptr[i] < 0x20 || key.ptr[i] == 0x7f ? '.' : key.ptr[i]);
    flaw->key[len] = '\0';
    return false;
}

/* They are numbered without gap (L2), and reach back to the checkpoint. */
static bool judge_turn(struct judging *judging, struct bytes key, struct bytes value)
{
    struct turn_record record;

    if (!turn_record_decode(key, value, &record))
        return find_flaw(judging, "a turn record is damaged", key);
    if (judging->turn ? record.turn != judging->turn + 1
                      : record.turn > 1 && record.turn > judging->checkpoint_turn)
        return find_flaw(judging, "turn records are missing before one", key);
    judging->turn = record.turn;
    return true;
}

static bool judge_row(struct judging *judging, struct bytes key, struct bytes value)
{
    struct bytes content;

    if (judging->kind == STATE_TURN)
        return judge_turn(judging, key, value);
    judging->meta_count += judging->kind == STATE_META;
    return value_open(key, value, &content) || find_flaw(judging, "a row is damaged", key);
}

static bool judge_end(struct judging *judging)
{
    if (judging->kind == STATE_META && judging->meta_count < META_COUNT)
        return find_flaw(judging, "a row is missing", BYTES(""));
    if (judging->kind == STATE_TURN && judging->checkpoint_turn != TWIN_TURN_UNKNOWN &&
        judging->turn < judging->checkpoint_turn)
        return find_flaw(judging, "the newest turn records are missing", BYTES(""));
    return true;
}

bool twin_is_sound(struct kv *kv, enum kv_space side, enum state_kind kind,
                   uint64_t checkpoint_turn, struct twin_flaw *flaw)
{
    char prefix = (char)kind;
    struct judging judging = { .kind = kind, .checkpoint_turn = checkpoint_turn, .flaw = flaw };
    bool is_sound = true;
    struct walk walk;

    *flaw = (struct twin_flaw){ 0 };
    walk_begin(&walk, kv, side, bytes_of(&prefix, 1));
    for (walk_seek(&walk, walk.begin); is_sound && walk_is_valid(&walk); walk_next(&walk))
        is_sound = judge_row(&judging, walk_key(&walk), walk_value(&walk));
    flaw->err = walk_end(&walk);
    if (flaw->err)
        return find_flaw(&judging, "they cannot be read to the end", BYTES(""));
    return is_sound && judge_end(&judging);
}

bool twin_exists(struct kv *kv)
{
    struct bytes value, content;
    struct arena arena;

    arena_init(&arena, "twin", KEYS_BYTES_MAX);
    bool exists = kv->functions->get(kv, KV_TWIN, FORMAT_KEY, &arena, &value) == OK &&
                  value_open(FORMAT_KEY, value, &content);
    arena_deinit(&arena);
    return exists;
}

enum kv_space twin_choose(struct kv *kv, enum state_kind kind, uint64_t checkpoint_turn)
{
    struct twin_flaw flaw, other;

    if (twin_is_sound(kv, KV_STATE, kind, checkpoint_turn, &flaw))
        return KV_STATE;
    if (!twin_exists(kv) || !twin_is_sound(kv, KV_TWIN, kind, checkpoint_turn, &other))
        return KV_STATE;
    log_error("the store is damaged, and what all executions need is read from its second copy",
              LOG_CSTR("what", twin_kind_name(kind)), LOG_CSTR("damage", flaw.what),
              LOG_CSTR("key", flaw.key));
    return KV_TWIN;
}

bool twin_newest_turn(struct kv *kv, enum kv_space side, uint64_t *turn)
{
    char kind = STATE_TURN;
    struct walk walk;

    *turn = 0;
    walk_begin(&walk, kv, side, bytes_of(&kind, 1));
    walk_seek_back(&walk, BYTES("t\xff\xff\xff\xff\xff\xff\xff\xff"));
    bool readable = !walk_is_valid(&walk) || key_parse_turn(walk_key(&walk), turn);
    return walk_end(&walk) == OK && readable;
}

/* ---- one side anew */

struct restoring {
    struct kv *kv;
    enum kv_space from, to;
    struct batch batch;
    enum err err;
};

static void restore_kind(struct restoring *restoring, enum state_kind kind)
{
    struct batch *batch = &restoring->batch;
    char prefix = (char)kind;
    struct walk walk;

    batch_delete_range(batch, restoring->to, key_kind(&batch->arena, (int)kind),
                       key_kind_end(&batch->arena, (int)kind));
    walk_begin(&walk, restoring->kv, restoring->from, bytes_of(&prefix, 1));
    walk_seek(&walk, walk.begin);
    for (; !restoring->err && walk_is_valid(&walk); walk_next(&walk)) {
        batch_put(batch, restoring->to, arena_copy(&batch->arena, walk_key(&walk)),
                  arena_copy(&batch->arena, walk_value(&walk)));
        batch_write_if_large(batch, restoring->kv, &restoring->err);
    }
    enum err end = walk_end(&walk);
    restoring->err = restoring->err ? restoring->err : end;
    batch_write(batch, restoring->kv, &restoring->err);
}

enum err twin_restore(struct kv *kv, enum kv_space truth)
{
    struct restoring restoring = { .kv = kv,
                                   .from = truth,
                                   .to = truth == KV_STATE ? KV_TWIN : KV_STATE };

    batch_init(&restoring.batch);
    for (size_t i = 0; i < TWIN_KINDS && !restoring.err; i++)
        restore_kind(&restoring, twin_kinds[i]);
    batch_deinit(&restoring.batch);
    return restoring.err;
}
