/*
 * key - the keys of the layout, save those of list rows (store/list_row.h): how they are made and
 * taken apart.
 *
 * FORMAT.md has every byte. A key that is made lies in the arena; nothing here reads or writes the
 * store.
 */
#ifndef STORE_KEY_H
#define STORE_KEY_H

#include "base/arena.h"
#include "base/instant.h"
#include "store/store.h"

/* The first byte of a key in KV_STATE. */
enum state_kind {
    STATE_HEARTBEAT = 'h',
    STATE_IDLE = 'i',
    STATE_META = 'm',
    STATE_OPEN = 'o',
    STATE_MESSAGE = 'q',
    STATE_REGISTRY = 'r',
    STATE_TURN = 't',
};

/* The first byte of a key in KV_CLOSED. */
enum closed_kind {
    CLOSED_LIST = 'l',
    CLOSED_NAMES = 'n',
    CLOSED_SUMMARY = 's',
    CLOSED_EXPIRY = 'x',
};

/* The event id under which a run's names lie. */
#define NAMES_EVENT_ID 0

/* An instant in the order of its bytes. */
static inline uint64_t instant_to_key(struct instant at)
{
    return (uint64_t)at.ms ^ (UINT64_C(1) << 63);
}
static inline struct instant instant_of_key(uint64_t key)
{
    return (struct instant){ (int64_t)(key ^ (UINT64_C(1) << 63)) };
}

/* The kind alone: before the first key of its kind. */
struct bytes key_kind(struct arena *arena, int kind);
/* After the last key of its kind. */
struct bytes key_kind_end(struct arena *arena, int kind);
/* Nothing lies between `key` and this one. */
struct bytes key_after(struct arena *arena, struct bytes key);
/* The kind and a text to the end: meta, registry, message. */
struct bytes key_named(struct arena *arena, enum state_kind kind, struct bytes name);
struct bytes key_turn(struct arena *arena, uint64_t turn);
struct bytes key_open(struct arena *arena, uint64_t run);
struct bytes key_idle(struct arena *arena, uint64_t run);
struct bytes key_heartbeat(struct arena *arena, uint64_t run, int64_t scheduled_event_id);

/* What all keys of a run's history begin with. */
struct bytes key_run(struct arena *arena, struct run_key run);
/* Behind all of them, and not behind the next run's, also of a run number that no store gave out.
 */
struct bytes key_behind_run(struct arena *arena, struct run_key run);
struct bytes key_history(struct arena *arena, struct run_key run, int64_t event_id);

struct bytes key_summary(struct arena *arena, struct run_key run);
struct bytes key_names(struct arena *arena, uint64_t account, uint32_t domain,
                       struct bytes workflow_id, struct bytes run_id);
#define EXPIRY_KEY_BYTES 29
struct bytes key_expiry(struct arena *arena, struct instant expires, struct run_key run);

/* Each false when `key` has another shape. */
bool key_parse_turn(struct bytes key, uint64_t *turn);
bool key_parse_open(struct bytes key, uint64_t *run);
bool key_parse_idle(struct bytes key, uint64_t *run);
bool key_parse_heartbeat(struct bytes key, uint64_t *run, int64_t *scheduled_event_id);
bool key_parse_history(struct bytes key, struct run_key *run, int64_t *event_id);
bool key_parse_summary(struct bytes key, struct run_key *run);
bool key_parse_expiry(struct bytes key, struct instant *expires, struct run_key *run);

#endif
