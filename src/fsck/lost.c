/*
 * What was in a table that is lost: nobody knows, but somebody may still speak of it.
 */
#include "fsck/inner.h"
#include "store/key.h"
#include "store/open_changes.h"
#include "store/open_row.h"
#include "store/turn_record.h"
#include "store/value.h"
#include "store/walk.h"
#include <inttypes.h>

bool fsck_may_be_lost(const struct fsck *fsck, enum kv_space space, struct bytes key)
{
    const struct fsck_lost *lost = fsck->options->lost;

    for (size_t i = 0; lost && i < lost->count; i++)
        if (lost->items[i].space == space && bytes_compare(lost->items[i].from, key) <= 0 &&
            bytes_compare(key, lost->items[i].to) <= 0)
            return true;
    return false;
}

static bool may_history_be_lost(struct fsck *fsck, struct run_key run)
{
    return fsck_may_be_lost(fsck, KV_HISTORY, key_history(&fsck->keys, run, NAMES_EVENT_ID));
}

struct looking {
    struct fsck *fsck;
    struct open_changes changes; /* since the checkpoint */
    struct seen_runs lost;       /* by what is looked at just now: of each run that speaks once */
};

static void add_run(struct looking *looking, struct run_key key, bool is_open, const char *who)
{
    struct fsck *fsck = looking->fsck;
    struct seen_run run = { .key = key, .is_open = is_open, .has_summary = !is_open };

    if (seen_runs_find(&fsck->seen, key.run) || !may_history_be_lost(fsck, key))
        return;
    fsck_found(fsck,
               "run %" PRIu64 " of domain %" PRIu32 " of account %" PRIu64
               ": its history is lost; %s speaks of it",
               key.run, key.domain, key.account, who);
    seen_runs_add(&looking->lost, &run);
}

/* Together: each time all that were seen are sorted anew. */
static void take_over(struct looking *looking)
{
    struct seen_runs *lost = &looking->lost;

    for (size_t i = 0; i < lost->count; i++)
        seen_runs_add(&looking->fsck->seen, &lost->items[i]);
    if (lost->count > 0)
        (void)!seen_runs_sort(&looking->fsck->seen);
    lost->count = 0;
}

/* ---- who speaks of it */

static void look_at_summary(struct looking *looking, struct bytes key, struct bytes value)
{
    struct run_key run;
    struct bytes content;

    if (key_parse_summary(key, &run) && value_open(key, value, &content))
        add_run(looking, run, false, "its summary");
}

static bool has_summary(struct fsck *fsck, struct run_key run)
{
    struct bytes value;

    return fsck->kv->functions->get(fsck->kv, KV_CLOSED, key_summary(&fsck->keys, run), &fsck->keys,
                                    &value) == OK;
}

/* A row that the turns since the checkpoint do not contradict. */
static void look_at_open_row(struct looking *looking, struct bytes key, struct bytes value)
{
    struct run_key run;

    if (open_row_decode(key, value, &run) && !open_changes_find(&looking->changes, run.run) &&
        !has_summary(looking->fsck, run))
        add_run(looking, run, true, "an open row");
}

static void look_at_turn(struct looking *looking, struct bytes key, struct bytes value)
{
    const struct fsck *fsck = looking->fsck;
    struct turn_record record;

    if (!turn_record_decode(key, value, &record) ||
        (fsck->has_checkpoint && record.turn <= fsck->checkpoint_turn))
        return;
    for (uint32_t i = 0; i < record.run_count; i++) {
        struct turn_run run = turn_record_next_run(&record);
        if (run.opened)
            (void)!open_changes_open(&looking->changes, run.key);
        if (run.closed)
            (void)!open_changes_close(&looking->changes, run.key);
    }
}

static void look_at_changes(struct looking *looking)
{
    const struct open_change *change = open_changes_first(&looking->changes);

    for (; change; change = open_changes_next(change))
        if (change->opened && !has_summary(looking->fsck, change->key))
            add_run(looking, change->key, true, "a turn record");
    take_over(looking);
}

typedef void look_fn(struct looking *looking, struct bytes key, struct bytes value);

static void look_at_all(struct looking *looking, enum kv_space space, int kind, look_fn *look)
{
    struct patient_walk walk;

    fsck_begin_patient(looking->fsck, &walk, space, key_kind(&looking->fsck->keys, kind));
    while (patient_walk_next(&walk))
        look(looking, walk_key(&walk.walk), walk_value(&walk.walk));
    fsck_end_patient(looking->fsck, &walk, "what is said of lost runs");
    take_over(looking);
}

void fsck_add_lost_runs(struct fsck *fsck)
{
    struct looking looking = { .fsck = fsck };

    if (!fsck->options->lost || fsck->options->lost->count == 0)
        return;
    look_at_all(&looking, KV_CLOSED, CLOSED_SUMMARY, look_at_summary);
    look_at_all(&looking, fsck_side(fsck, STATE_TURN), STATE_TURN, look_at_turn);
    look_at_all(&looking, KV_STATE, STATE_OPEN, look_at_open_row);
    look_at_changes(&looking);
    open_changes_reset(&looking.changes);
    seen_runs_deinit(&looking.lost);
    arena_reset(&fsck->keys);
}
