/*
 * inner - what the files of fsck share; nobody else includes this.
 */
#ifndef FSCK_INNER_H
#define FSCK_INNER_H

#include "base/text.h"
#include "engine/registry.h"
#include "fsck/fsck.h"
#include "fsck/seen.h"
#include "store/batch.h"
#include "store/patient_walk.h"
#include "store/summary.h"
#include "store/twin.h"
#include "wire/json.h"

struct walk;

/* What is known of one kind of rows that are kept twice. */
struct fsck_twins {
    bool is_sound[2];    /* in the state, and the second copy */
    enum kv_space truth; /* the side to read */
};

struct fsck {
    struct kv *kv;
    const struct fsck_options *options;
    struct fsck_sum *sum;
    struct json_reader *json;
    struct registry registry;
    struct seen_runs seen;
    struct seen_keys reported; /* rows that are damaged, and that somebody has spoken of */
    struct batch fixes;
    struct arena keys; /* of what is looked at just now */
    struct text line;
    bool blind;   /* something could not be read: nobody knows what else is there */
    enum err err; /* of a repair that failed; ERR_NEWER: of a format that is not known */

    struct bytes newest_turn_key, newest_turn; /* key and content; absent: none that is sound */
    struct arena turn_arena;                   /* of these */
    bool has_checkpoint;
    uint64_t checkpoint_turn, checkpoint_rows; /* without one TWIN_TURN_UNKNOWN, and 0 */
    struct fsck_twins twins[TWIN_KINDS];       /* in the order of twin_kinds */
};

/* ---- saying what was found: fsck.c */

/* One thing that repair cannot mend. */
void fsck_found(struct fsck *fsck, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A key that is none of ours, where these are: "the heartbeats". */
void fsck_found_stray(struct fsck *fsck, const char *among);
/* One that it can. True: do it now. */
must_use bool fsck_may_mend(struct fsck *fsck, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A row of what is kept twice, for people: by its numbers, or by the name in its key. Good until
 * the keys are reset. */
struct bytes fsck_shown_row(struct fsck *fsck, struct bytes key);

/* Is anything to be changed? Not while something could not be read. */
bool fsck_mends(const struct fsck *fsck);

/* Writes the fixes so far; `err` keeps what went wrong. */
void fsck_write(struct fsck *fsck);
/* Ends a walk over `what`; a walk that could not go on makes us blind. */
void fsck_end_walk(struct fsck *fsck, struct walk *walk, const char *what);
/* A walk over all that begins with the prefix. What cannot be read is said, makes us blind, and is
 * passed over. */
void fsck_begin_patient(struct fsck *fsck, struct patient_walk *walk, enum kv_space space,
                        struct bytes prefix);
void fsck_end_patient(struct fsck *fsck, struct patient_walk *walk, const char *what);

/* ---- what is lost: lost.c */

/* May something have been under this key that is lost? */
bool fsck_may_be_lost(const struct fsck *fsck, enum kv_space space, struct bytes key);
/* Adds the runs of which nothing is left but what rows and records say of them to those that were
 * seen. */
void fsck_add_lost_runs(struct fsck *fsck);

/* ---- the parts */

/* twins.c: what is kept twice. */
/* Before all others: decides for each kind which side is to be read. Says nothing. */
void fsck_choose_sides(struct fsck *fsck);
enum kv_space fsck_side(const struct fsck *fsck, enum state_kind kind);
/* Both sides are the same. */
void fsck_check_twins(struct fsck *fsck);

/* meta.c */
/* Leaves ERR_NEWER in fsck->err when the format is newer: then nothing is to be looked at. */
void fsck_check_format(struct fsck *fsck);
/* The checkpoint that this side tells of, into fsck. */
void fsck_read_checkpoint(struct fsck *fsck, enum kv_space side);
/* The meta values, and the newest turn record. */
void fsck_check_meta(struct fsck *fsck);
/* A number for a close whose own is lost, which is taken if this pass mends; 0 when nobody can say.
 */
uint64_t fsck_take_close_number(struct fsck *fsck);
/* The number of the next run, for the newest turn record. */
void fsck_put_next_run(struct fsck *fsck, uint64_t number);

/* registry.c */
void fsck_check_registry(struct fsck *fsck);
void fsck_check_messages(struct fsck *fsck);

/* histories.c: every run, its summary, and the rows it ought to have. */
void fsck_check_histories(struct fsck *fsck);
/* What came after this event of an open run is lost: marks it (whole_run_mark_end), if this pass
 * mends. */
void fsck_mark_end(struct fsck *fsck, struct run_key run, int64_t last_event_id);

/* rows.c */
/* The rows that a closed run has are there. */
void fsck_check_rows_of(struct fsck *fsck, struct run_key run, const struct summary *summary);
/* Every row is one of these. */
void fsck_check_rows(struct fsck *fsck);

/* turns.c: turn records, open rows, left-over idle rows and heartbeats. */
void fsck_check_turns(struct fsck *fsck);
void fsck_check_idle(struct fsck *fsck);
void fsck_check_heartbeats(struct fsck *fsck);

#endif
