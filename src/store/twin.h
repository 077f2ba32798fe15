/*
 * twin - the rows that all executions need, which are kept twice: meta values, registry, messages,
 * turn records, heartbeats.
 *
 * Each lies in KV_STATE and, under the same key and with the same value, in KV_TWIN, whose tables
 * are others: what damages one file leaves the other copy. Both are written and taken out in one
 * write (L9), so both sides of a kind are the same, save for damage. A start believes one side of a
 * kind and never mixes them, for a row that was taken out must not rise again from the other.
 *
 * Decides nothing about what a row says.
 */
#ifndef STORE_TWIN_H
#define STORE_TWIN_H

#include "store/batch.h"
#include "store/key.h"

/* The kinds that are kept twice. The meta values come first: they say that there are twins. */
#define TWIN_KINDS 5
extern const enum state_kind twin_kinds[TWIN_KINDS];
/* "domains and types": what the rows of a kind are, for people. */
const char *twin_kind_name(enum state_kind kind);

/* Add to a write. Both are of a key of one of these kinds. */
void twin_put(struct batch *batch, struct bytes key, struct bytes value);
void twin_delete(struct batch *batch, struct bytes key);
/* Takes out the records of all turns before this one, also such as an earlier checkpoint left: a
 * gap among them would make both sides unsound. That of a checkpoint's own turn stays: the newest
 * one is never dropped. */
void twin_drop_turns_before(struct batch *batch, uint64_t turn);

/* What is wrong with one side of a kind. */
struct twin_flaw {
    const char *what; /* NULL: nothing */
    enum err err;     /* of a side that cannot be read to its end */
    char key[64];     /* the row, as much as has room; for people */
};

/* The turn of the last checkpoint, where that is not known or does not matter. */
#define TWIN_TURN_UNKNOWN UINT64_MAX

/* Can all rows of the kind be read on this side, is each as it was written, and is none missing
 * that must be there? Turn records must reach back to the turn of the checkpoint. Of the registry,
 * messages and heartbeats none is missed. */
must_use bool twin_is_sound(struct kv *kv, enum kv_space side, enum state_kind kind,
                            uint64_t checkpoint_turn, struct twin_flaw *flaw);
/* Was the store made with twins? Without them a side that holds nothing says nothing. */
must_use bool twin_exists(struct kv *kv);

/* The side to believe: KV_STATE when it is sound; else, after a line in the log, KV_TWIN when that
 * is; else KV_STATE, and whoever reads it meets the damage. */
enum kv_space twin_choose(struct kv *kv, enum state_kind kind, uint64_t checkpoint_turn);

/* The newest turn record on this side, by its key; 0: there is none. False when that cannot be
 * read. */
bool twin_newest_turn(struct kv *kv, enum kv_space side, uint64_t *turn);

/* Replaces every row of these kinds in the space that is not `truth` by those of `truth`, raw: also
 * what is damaged there. In many writes: who stops in the middle must begin again. */
must_use enum err twin_restore(struct kv *kv, enum kv_space truth);

#endif
