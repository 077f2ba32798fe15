#include "store/key.h"

#include "store/pack.h"

#define RUN_BYTES (8 + 4 + 8)

static void pack_run(struct packer *packer, struct run_key run)
{
    pack_u64(packer, run.account);
    pack_u32(packer, run.domain);
    pack_u64(packer, run.run);
}

static struct run_key unpack_run(struct unpacker *unpacker)
{
    struct run_key run = { 0 };
    run.account = unpack_u64(unpacker);
    run.domain = unpack_u32(unpacker);
    run.run = unpack_u64(unpacker);
    return run;
}

struct bytes key_kind(struct arena *arena, int kind)
{
    struct packer packer = packer_in(arena, 1);
    pack_u8(&packer, (uint8_t)kind);
    return packer_bytes(&packer);
}

struct bytes key_kind_end(struct arena *arena, int kind)
{
    return key_kind(arena, kind + 1);
}

struct bytes key_after(struct arena *arena, struct bytes key)
{
    struct packer packer = packer_in(arena, key.len + 1);
    pack_raw(&packer, key);
    pack_u8(&packer, 0);
    return packer_bytes(&packer);
}

struct bytes key_named(struct arena *arena, enum state_kind kind, struct bytes name)
{
    struct packer packer = packer_in(arena, 1 + name.len);
    pack_u8(&packer, (uint8_t)kind);
    pack_raw(&packer, name);
    return packer_bytes(&packer);
}

/* A kind and one number. */
static struct bytes key_numbered(struct arena *arena, int kind, uint64_t number)
{
    struct packer packer = packer_in(arena, 1 + 8);
    pack_u8(&packer, (uint8_t)kind);
    pack_u64(&packer, number);
    return packer_bytes(&packer);
}

struct bytes key_turn(struct arena *arena, uint64_t turn)
{
    return key_numbered(arena, STATE_TURN, turn);
}

struct bytes key_open(struct arena *arena, uint64_t run)
{
    return key_numbered(arena, STATE_OPEN, run);
}

struct bytes key_idle(struct arena *arena, uint64_t run)
{
    return key_numbered(arena, STATE_IDLE, run);
}

struct bytes key_heartbeat(struct arena *arena, uint64_t run, int64_t scheduled_event_id)
{
    struct packer packer = packer_in(arena, 1 + 8 + 8);
    pack_u8(&packer, STATE_HEARTBEAT);
    pack_u64(&packer, run);
    pack_u64(&packer, (uint64_t)scheduled_event_id);
    return packer_bytes(&packer);
}

struct bytes key_run(struct arena *arena, struct run_key run)
{
    struct packer packer = packer_in(arena, RUN_BYTES);
    pack_run(&packer, run);
    return packer_bytes(&packer);
}

struct bytes key_behind_run(struct arena *arena, struct run_key run)
{
    return key_after(arena, key_history(arena, run, -1));
}

struct bytes key_history(struct arena *arena, struct run_key run, int64_t event_id)
{
    struct packer packer = packer_in(arena, RUN_BYTES + 8);
    pack_run(&packer, run);
    pack_u64(&packer, (uint64_t)event_id);
    return packer_bytes(&packer);
}

struct bytes key_summary(struct arena *arena, struct run_key run)
{
    struct packer packer = packer_in(arena, 1 + RUN_BYTES);
    pack_u8(&packer, CLOSED_SUMMARY);
    pack_run(&packer, run);
    return packer_bytes(&packer);
}

/* The run id first: a run can be found by it alone. */
struct bytes key_names(struct arena *arena, uint64_t account, uint32_t domain,
                       struct bytes workflow_id, struct bytes run_id)
{
    struct packer packer = packer_in(arena,
                                     1 + 8 + 4 + text16_size(run_id) + text16_size(workflow_id));
    pack_u8(&packer, CLOSED_NAMES);
    pack_u64(&packer, account);
    pack_u32(&packer, domain);
    pack_text16(&packer, run_id);
    pack_text16(&packer, workflow_id);
    return packer_bytes(&packer);
}

struct bytes key_expiry(struct arena *arena, struct instant expires, struct run_key run)
{
    struct packer packer = packer_in(arena, EXPIRY_KEY_BYTES);
    pack_u8(&packer, CLOSED_EXPIRY);
    pack_u64(&packer, instant_to_key(expires));
    pack_run(&packer, run);
    return packer_bytes(&packer);
}

static bool parse_numbered(struct bytes key, int kind, uint64_t *number)
{
    struct unpacker unpacker = unpacker_of(key);
    bool same_kind = unpack_u8(&unpacker) == kind;
    *number = unpack_u64(&unpacker);
    return same_kind && unpacker_is_done(&unpacker);
}

bool key_parse_turn(struct bytes key, uint64_t *turn)
{
    return parse_numbered(key, STATE_TURN, turn);
}

bool key_parse_open(struct bytes key, uint64_t *run)
{
    return parse_numbered(key, STATE_OPEN, run);
}

bool key_parse_idle(struct bytes key, uint64_t *run)
{
    return parse_numbered(key, STATE_IDLE, run);
}

bool key_parse_heartbeat(struct bytes key, uint64_t *run, int64_t *scheduled_event_id)
{
    struct unpacker unpacker = unpacker_of(key);
    bool same_kind = unpack_u8(&unpacker) == STATE_HEARTBEAT;
    *run = unpack_u64(&unpacker);
    *scheduled_event_id = (int64_t)unpack_u64(&unpacker);
    return same_kind && unpacker_is_done(&unpacker);
}

bool key_parse_history(struct bytes key, struct run_key *run, int64_t *event_id)
{
    struct unpacker unpacker = unpacker_of(key);
    *run = unpack_run(&unpacker);
    *event_id = (int64_t)unpack_u64(&unpacker);
    return unpacker_is_done(&unpacker) && *event_id >= 0;
}

bool key_parse_summary(struct bytes key, struct run_key *run)
{
    struct unpacker unpacker = unpacker_of(key);
    bool same_kind = unpack_u8(&unpacker) == CLOSED_SUMMARY;
    *run = unpack_run(&unpacker);
    return same_kind && unpacker_is_done(&unpacker);
}

bool key_parse_expiry(struct bytes key, struct instant *expires, struct run_key *run)
{
    struct unpacker unpacker = unpacker_of(key);
    bool same_kind = unpack_u8(&unpacker) == CLOSED_EXPIRY;
    *expires = instant_of_key(unpack_u64(&unpacker));
    *run = unpack_run(&unpacker);
    return same_kind && unpacker_is_done(&unpacker);
}
