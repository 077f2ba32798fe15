/*
 * model - what a store must answer, found out slowly and obviously: arrays that are searched from
 * end to end.
 *
 * It also makes up commits: whatever a seed says, within what a caller may do.
 */
#ifndef TESTS_STORE_MODEL_H
#define TESTS_STORE_MODEL_H

#include "base/random.h"
#include "world.h"

#define MODEL_RUNS_MAX 512
#define MODEL_PAIRS_MAX 64
#define MODEL_HEARTBEATS_MAX 8

struct model_run {
    struct run_key key;
    struct run_opening names;
    struct bytes *events;
    size_t event_count;
    bool closed;
    bool removed;
    struct run_closing closing;
    uint64_t close_number; /* rises with the close */
    struct heartbeat_change heartbeats[MODEL_HEARTBEATS_MAX];
    size_t heartbeat_count;
    bool is_idle; /* the store keeps an idle row, as far as is known */
};

struct model_pair {
    struct bytes key;
    struct bytes value; /* absent: not there */
};

struct model {
    struct arena arena;
    struct random_sequence random;
    size_t long_event_bytes; /* one event in eight is up to so long; 0: none. Set it before the
                                first draft */
    uint64_t turn;
    uint64_t next_run;
    struct instant clock;
    uint64_t close_count;
    struct model_run runs[MODEL_RUNS_MAX];
    size_t run_count;
    struct model_pair registry[MODEL_PAIRS_MAX]; /* in key order */
    struct model_pair messages[MODEL_PAIRS_MAX];
};

struct model *model_new(uint64_t seed);
void model_free(struct model *model);

/* Makes up a commit, in the model's arena. It changes nothing yet. */
const struct commit *model_draft(struct model *model);
/* What the commit does. */
void model_apply(struct model *model, const struct commit *commit);
/* Drafts, commits, and applies what was acknowledged; and now and then tells the store of runs that
 * are idle. */
enum err model_commit(struct model *model, struct store *store);
/* Removes what expired from both, and compares how many went. */
void model_remove_expired(struct model *model, struct store *store, struct instant now,
                          size_t runs_max);

/* How a check treats ERR_CORRUPT: as wrong, or as an answer that is always allowed. */
enum model_mood { MODEL_STRICT, MODEL_DAMAGED };

/* Opens the world and compares what recovery hands over. With MODEL_DAMAGED false when the store
 * said ERR_CORRUPT. */
bool model_check_start(struct model *model, struct world *world, enum model_mood mood);
/* The same of a store that is open, and not recovered yet. */
bool model_check_recovery(struct model *model, struct store *store, enum model_mood mood);
/* Reads everything there is in every way there is, and compares. */
void model_check_reads(struct model *model, struct store *store, enum model_mood mood);
/* `queries` made-up lists and counts, page by page. */
void model_check_lists(struct model *model, struct store *store, size_t queries,
                       enum model_mood mood);

#endif
