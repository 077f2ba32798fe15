/*
 * Turn records, and the open rows of the last checkpoint.
 *
 * The turn records since the checkpoint say where each history that they name must end, and
 * together with the open rows which runs are open. The histories say so as well, so open rows can
 * be written anew; what a turn record says nobody else knows.
 */
#include "base/memory.h"
#include "fsck/inner.h"
#include "store/key.h"
#include "store/meta.h"
#include "store/open_changes.h"
#include "store/open_row.h"
#include "store/turn_record.h"
#include "store/value.h"
#include "store/walk.h"
#include <inttypes.h>

struct turns {
    struct fsck *fsck;
    struct open_changes changes; /* since the checkpoint */
    bool are_sound;              /* every record there can be read */
    uint64_t first, newest;      /* 0: none */
    uint64_t next_run;
    int64_t *ends; /* by place among the runs seen: where the newest record says that it ends */
};

/* ---- the records ---- */

static void note_run(struct turns *turns, const struct turn_run *run)
{
    const struct seen_run *seen = seen_runs_find(&turns->fsck->seen, run->key.run);
    bool fits = true;

    if (seen)
        turns->ends[seen - turns->fsck->seen.items] = run->last_event_id;
    if (run->opened)
        fits = open_changes_open(&turns->changes, run->key);
    if (fits && run->closed)
        fits = open_changes_close(&turns->changes, run->key);
    if (!fits) {
        fsck_found(turns->fsck, "run %" PRIu64 ": the turn records contradict each other",
                   run->key.run);
        turns->are_sound = false;
    }
}

static void note_record(struct turns *turns, struct turn_record *record)
{
    if (record->turn != turns->newest + 1 && turns->newest) {
        fsck_found(turns->fsck, "turn %" PRIu64 " was committed, and its record is missing",
                   turns->newest + 1);
        turns->are_sound = false;
    }
    turns->first = turns->first ? turns->first : record->turn;
    turns->newest = record->turn;
    turns->next_run = record->next_run;
    if (turns->fsck->has_checkpoint && record->turn <= turns->fsck->checkpoint_turn)
        return; /* the open rows tell of it already */
    for (uint32_t i = 0; i < record->run_count; i++) {
        struct turn_run run = turn_record_next_run(record);
        note_run(turns, &run);
    }
}

static void read_records(struct turns *turns)
{
    struct turn_record record;
    struct fsck *fsck = turns->fsck;
    struct patient_walk walk;

    fsck_begin_patient(fsck, &walk, fsck_side(fsck, STATE_TURN), key_kind(&fsck->keys, STATE_TURN));
    while (patient_walk_next(&walk)) {
        fsck->sum->turns++;
        if (turn_record_decode(walk_key(&walk.walk), walk_value(&walk.walk), &record)) {
            note_record(turns, &record);
            continue;
        }
        turns->are_sound = false;
        if (!key_parse_turn(walk_key(&walk.walk), &record.turn)) {
            fsck_found_stray(fsck, "the turn records");
            continue;
        }
        fsck_found(fsck, "the record of turn %" PRIu64 " is damaged", record.turn);
        turns->first = turns->first ? turns->first : record.turn;
        turns->newest = record.turn;
    }
    fsck_end_patient(fsck, &walk, "the turn records");
}

/* ---- against the histories ---- */

/* After a log was cut: the numbers of later runs must not be given out twice. */
static void check_next_run(struct turns *turns, uint64_t last)
{
    if (fsck_may_mend(turns->fsck, "run %" PRIu64 " has a number that was never given out", last))
        fsck_put_next_run(turns->fsck, last + 1);
}

/* The turn records may go, with a repair or the next checkpoint of a server: what they know of a
 * lost end must stay. */
static void check_end(struct turns *turns, const struct seen_run *seen, int64_t end)
{
    if (end == 0 || seen->last_event_id == 0 || end == seen->last_event_id)
        return;
    fsck_found(turns->fsck,
               "run %" PRIu64 ": its history ends with event %" PRId64 ", and event %" PRId64
               " was committed",
               seen->key.run, seen->last_event_id, end);
    if (seen->is_open && seen->last_event_id < end)
        fsck_mark_end(turns->fsck, seen->key, seen->last_event_id);
}

static void check_ends(struct turns *turns)
{
    const struct seen_runs *seen = &turns->fsck->seen;

    for (size_t i = 0; i < seen->count; i++)
        check_end(turns, &seen->items[i], turns->ends[i]);
    if (seen->count && turns->newest && turns->are_sound &&
        seen->items[seen->count - 1].key.run >= turns->next_run)
        check_next_run(turns, seen->items[seen->count - 1].key.run);
}

/* The turn records reach back to the checkpoint. */
static void check_reach(struct turns *turns)
{
    const struct fsck *fsck = turns->fsck;
    uint64_t needed = fsck->checkpoint_turn ? fsck->checkpoint_turn : 1;

    if (!fsck->has_checkpoint)
        return;
    if (turns->newest < fsck->checkpoint_turn || (turns->first && turns->first > needed)) {
        fsck_found(turns->fsck, "turn %" PRIu64 " was committed, and its record is missing",
                   needed);
        turns->are_sound = false;
    }
}

/* ---- the open rows ---- */

static bool is_open_run(const struct fsck *fsck, struct run_key key)
{
    const struct seen_run *seen = seen_runs_find(&fsck->seen, key.run);

    return seen && seen->is_open && seen->key.account == key.account &&
           seen->key.domain == key.domain;
}

/* Goes through what a start would go through. Counts the runs that are open by rows and records;
 * NULL when each is open by its history too, else what is wrong. */
static const char *count_open(struct turns *turns, struct walk *walk, uint64_t *rows,
                              uint64_t *open)
{
    const struct open_change *change = open_changes_first(&turns->changes);
    const char *wrong = NULL;
    struct run_key run;

    for (; change; change = open_changes_next(change)) {
        *open += change->opened;
        if (change->opened && !is_open_run(turns->fsck, change->key))
            wrong = "a run that was opened is not there, or closed";
    }
    for (walk_seek(walk, walk->begin); walk_is_valid(walk); walk_next(walk), (*rows)++) {
        if (!open_row_decode(walk_key(walk), walk_value(walk), &run))
            return "an open row is damaged";
        change = open_changes_find(&turns->changes, run.run);
        if (change)
            continue; /* it closed since */
        *open += 1;
        if (!is_open_run(turns->fsck, run))
            wrong = "an open row is of a run that is not open";
    }
    return wrong;
}

static const char *what_is_wrong(struct turns *turns)
{
    struct fsck *fsck = turns->fsck;
    uint64_t rows = 0, open = 0, open_by_history = 0;
    const char *wrong;
    struct walk walk;

    if (!fsck->has_checkpoint)
        return "the checkpoint is missing or damaged";
    walk_begin(&walk, fsck->kv, KV_STATE, key_kind(&fsck->keys, STATE_OPEN));
    wrong = count_open(turns, &walk, &rows, &open);
    fsck_end_walk(fsck, &walk, "the open rows");
    for (size_t i = 0; i < fsck->seen.count; i++)
        open_by_history += fsck->seen.items[i].is_open;
    if (!wrong && rows != fsck->checkpoint_rows)
        wrong = "the checkpoint counts other open rows than there are";
    if (!wrong && open != open_by_history)
        wrong = "a run is open and has no open row";
    return wrong;
}

/* A checkpoint as of the newest turn. Like that of a server it drops the turn records before. */
static void rewrite_open_rows(struct turns *turns)
{
    struct batch *fixes = &turns->fsck->fixes;
    const struct seen_runs *seen = &turns->fsck->seen;
    struct checkpoint checkpoint = { .turn = turns->newest };

    open_row_delete_all(fixes);
    for (size_t i = 0; i < seen->count; i++) {
        if (!seen->items[i].is_open)
            continue;
        open_row_put(fixes, seen->items[i].key);
        checkpoint.row_count++;
    }
    meta_put_checkpoint(fixes, &checkpoint);
    twin_drop_turns_before(fixes, turns->newest);
    fsck_write(turns->fsck);
}

static void check_open_rows(struct turns *turns)
{
    const char *wrong = what_is_wrong(turns);

    if (wrong == NULL)
        return;
    if (!turns->are_sound)
        fsck_found(turns->fsck, "%s; that cannot be mended, for the turn records are not whole",
                   wrong);
    else if (fsck_may_mend(turns->fsck, "%s", wrong))
        rewrite_open_rows(turns);
}

void fsck_check_turns(struct fsck *fsck)
{
    struct turns turns = { .fsck = fsck, .are_sound = true };

    turns.ends = memory_new((fsck->seen.count + 1) * sizeof(*turns.ends));
    read_records(&turns);
    check_reach(&turns);
    if (!fsck->blind) {
        check_ends(&turns);
        check_open_rows(&turns);
    }
    open_changes_reset(&turns.changes);
    memory_free(turns.ends);
    arena_reset(&fsck->keys);
}

/* ---- idle rows of runs that are not open: those of open ones were looked at with them ---- */

void fsck_check_idle(struct fsck *fsck)
{
    struct batch *fixes = &fsck->fixes;
    struct walk walk;
    uint64_t run;

    if (fsck->blind)
        return;
    walk_begin(&walk, fsck->kv, KV_STATE, key_kind(&fsck->keys, STATE_IDLE));
    for (walk_seek(&walk, walk.begin); walk_is_valid(&walk); walk_next(&walk)) {
        const struct seen_run *seen;

        if (!key_parse_idle(walk_key(&walk), &run)) {
            fsck_found_stray(fsck, "the idle rows");
            continue;
        }
        seen = seen_runs_find(&fsck->seen, run);
        if ((seen == NULL || !seen->is_open) &&
            fsck_may_mend(fsck, "an idle row of run %" PRIu64 ", which is not open", run))
            batch_delete(fixes, KV_STATE, arena_copy(&fixes->arena, walk_key(&walk)));
    }
    fsck_end_walk(fsck, &walk, "the idle rows");
    arena_reset(&fsck->keys);
}

/* ---- heartbeats of nobody: those of runs that can be read were looked at with them ---- */

void fsck_check_heartbeats(struct fsck *fsck)
{
    struct batch *fixes = &fsck->fixes;
    int64_t event_id;
    struct walk walk;
    uint64_t run;

    if (fsck->blind)
        return;
    walk_begin(&walk, fsck->kv, fsck_side(fsck, STATE_HEARTBEAT),
               key_kind(&fsck->keys, STATE_HEARTBEAT));
    for (walk_seek(&walk, walk.begin); walk_is_valid(&walk); walk_next(&walk)) {
        if (!key_parse_heartbeat(walk_key(&walk), &run, &event_id))
            fsck_found_stray(fsck, "the heartbeats");
        else if (!seen_runs_find(&fsck->seen, run) &&
                 fsck_may_mend(fsck, "a heartbeat of run %" PRIu64 ", which is not there", run))
            twin_delete(fixes, arena_copy(&fixes->arena, walk_key(&walk)));
    }
    fsck_end_walk(fsck, &walk, "the heartbeats");
    arena_reset(&fsck->keys);
}
