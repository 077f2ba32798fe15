/*
 * Recovery: everything that memory must hold, read once at start.
 *
 * Which runs are open is known in one of two ways:
 *
 * - quick: the open rows, as of the checkpoint, and what the turn records since then say (L2, L3);
 * - thorough: every run that has names and no summary. Taken, after a line in the log, when the
 *   checkpoint or a row is damaged or missing: both say only what can be found out anew. Then a new
 *   checkpoint is written at the end.
 *
 * A turn record that is damaged or missing is another matter: it says what was committed and
 * acknowledged. Without it nobody knows whether more is lost, so the store does not start.
 */
#include "base/log.h"
#include "base/memory.h"
#include "store/idle.h"
#include "store/inner.h"
#include "store/open_row.h"
#include "store/turn_record.h"
#include "store/twin.h"
#include "store/value.h"
#include "store/whole_run.h"
#include <stdlib.h>

/* One history at a time: 25,000 events, each with inputs and results of some 32,768 characters,
 * escaped. */
#define RUN_BYTES_MAX ((size_t)16 << 30)

/* Where the history of a run must end, as the newest turn record that names it says. Ordered by run
 * number. */
struct history_end {
    struct tree_node node; /* first: a node is its end */
    uint64_t run;
    int64_t last_event_id;
};

struct recovering {
    struct store *store;
    const struct recovery *recovery;
    struct tree ends; /* of the runs in the turn records since the checkpoint */

    struct run_key *open; /* ordered by run number */
    size_t open_count;
    size_t open_capacity;

    struct arena keys; /* prefixes of walks */
    struct arena run;  /* the run under way */
    struct walk histories;
    struct walk heartbeats;
    enum kv_space heartbeats_side;
    struct walk idle;
    /* Their walk met something that cannot be read: no longer one by one. */
    bool seeks_heartbeats, seeks_idle;
    bool needs_checkpoint; /* the one there cannot be used */
};

/* ---- the ends of histories */

static int compare_end(const void *key, const struct tree_node *node)
{
    uint64_t wanted = *(const uint64_t *)key;
    uint64_t there = ((const struct history_end *)node)->run;
    return (wanted > there) - (wanted < there);
}

static struct history_end *find_end(const struct recovering *r, uint64_t run)
{
    return (struct history_end *)tree_find(&r->ends, &run, compare_end);
}

static void note_end(struct recovering *r, const struct turn_run *run)
{
    struct history_end *end = find_end(r, run->key.run);

    if (!end) {
        end = memory_new(sizeof(*end));
        end->run = run->key.run;
        tree_add(&r->ends, &end->node, &run->key.run, compare_end);
    }
    end->last_event_id = run->last_event_id;
}

static void free_ends(struct recovering *r)
{
    while (r->ends.root) {
        struct tree_node *node = tree_first(&r->ends);
        tree_remove(&r->ends, node);
        memory_free(node);
    }
}

/* ---- the open runs, quickly */

static void add_open(struct recovering *r, struct run_key run)
{
    if (r->open_count == r->open_capacity) {
        r->open_capacity = r->open_capacity ? r->open_capacity * 2 : 1024;
        r->open = memory_resize(r->open, r->open_capacity * sizeof(*r->open));
    }
    r->open[r->open_count++] = run;
}

/* Takes over what a turn record says of its runs. */
static enum err use_turn_record(struct recovering *r, struct turn_record *record)
{
    struct open_changes *changes = &r->store->open_changes;

    for (uint32_t i = 0; i < record->run_count; i++) {
        struct turn_run run = turn_record_next_run(record);
        bool fits = true;
        note_end(r, &run);
        if (run.opened)
            fits = open_changes_open(changes, run.key);
        if (fits && run.closed)
            fits = open_changes_close(changes, run.key);
        if (!fits)
            return damaged_run("the turn records contradict each other", run.key,
                               run.last_event_id);
    }
    r->store->touched += record->run_count;
    return OK;
}

static enum err read_turn_record(struct recovering *r, struct walk *walk, uint64_t turn)
{
    struct turn_record record;

    if (!walk_is_valid(walk))
        return damaged_turn("a turn was committed whose record is missing", turn);
    if (!turn_record_decode(walk_key(walk), walk_value(walk), &record))
        return damaged_turn("a turn record is damaged", turn);
    if (record.turn != turn)
        return damaged_turn("a turn was committed whose record is missing", turn);
    /* The checkpoint tells of its own turn already. */
    return turn > r->store->checkpoint.turn ? use_turn_record(r, &record) : OK;
}

/* The turn records from the checkpoint's own to the newest. */
static enum err read_turns(struct recovering *r)
{
    struct store *store = r->store;
    uint64_t turn = store->checkpoint.turn > 0 ? store->checkpoint.turn : 1;
    struct walk walk;
    enum err err = OK;

    if (store->checkpoint.turn > store->meta.turn)
        return damaged_turn("turns up to the checkpoint were committed whose records are missing",
                            store->checkpoint.turn);
    walk_begin(&walk, store->kv, store->turns_side, key_kind(&r->keys, STATE_TURN));
    walk_seek(&walk, key_turn(&r->keys, turn));
    for (; !err && turn <= store->meta.turn; turn++) {
        err = read_turn_record(r, &walk, turn);
        if (!err)
            walk_next(&walk);
    }
    enum err end = walk_end(&walk);
    return end ? end : err;
}

/* Adds the runs that opened since the checkpoint and come before `run`; the first change that does
 * not is what is left. */
static const struct open_change *merge_before(struct recovering *r,
                                              const struct open_change *change, uint64_t run)
{
    for (; change && change->key.run < run; change = open_changes_next(change))
        if (change->opened)
            add_open(r, change->key);
    return change;
}

/* Adds every open run by merging the open rows with what changed since. ERR_NOT_FOUND when the rows
 * cannot be trusted. */
static enum err merge_open_rows(struct recovering *r, struct walk *walk)
{
    const struct open_change *change = open_changes_first(&r->store->open_changes);
    uint64_t row_count = 0;
    struct run_key run;

    walk_seek(walk, walk->begin);
    for (; walk_is_valid(walk); walk_next(walk), row_count++) {
        if (!open_row_decode(walk_key(walk), walk_value(walk), &run))
            return ERR_NOT_FOUND;
        change = merge_before(r, change, run.run);
        bool changed = change && change->key.run == run.run;
        if (changed && change->opened)
            return ERR_NOT_FOUND;
        if (!changed)
            add_open(r, run);
    }
    merge_before(r, change, UINT64_MAX);
    return row_count == r->store->checkpoint.row_count ? OK : ERR_NOT_FOUND;
}

static enum err collect_quickly(struct recovering *r)
{
    struct walk walk;

    walk_begin(&walk, r->store->kv, KV_STATE, key_kind(&r->keys, STATE_OPEN));
    enum err err = merge_open_rows(r, &walk);
    enum err end = walk_end(&walk);
    return end == ERR_CORRUPT ? ERR_NOT_FOUND : end ? end : err;
}

/* ---- the open runs, thoroughly */

static int compare_runs(const void *a, const void *b)
{
    uint64_t left = ((const struct run_key *)a)->run;
    uint64_t right = ((const struct run_key *)b)->run;
    return (left > right) - (left < right);
}

/* Adds the run there when it has no summary, or one that cannot be read: its history says whether
 * it is open. */
static enum err look_at_run(struct recovering *r, const struct walk *walk, struct run_key *run)
{
    int64_t event_id;
    struct bytes value;

    if (!key_parse_history(walk_key(walk), run, &event_id))
        return damaged_key("a key among the histories is damaged", walk_key(walk));
    if (event_id != NAMES_EVENT_ID)
        return damaged_run("the names of a run are missing", *run, event_id);
    enum err err = store_get(r->store, KV_CLOSED, key_summary(&r->run, *run), &r->run, &value);
    if (err == ERR_NOT_FOUND || err == ERR_CORRUPT)
        add_open(r, *run);
    return err == ERR_NOT_FOUND || err == ERR_CORRUPT ? OK : err;
}

static enum err look_at_all_runs(struct recovering *r, struct walk *walk)
{
    struct run_key run;

    walk_seek(walk, walk->begin);
    while (walk_is_valid(walk)) {
        arena_reset(&r->run);
        enum err err = look_at_run(r, walk, &run);
        if (err)
            return err;
        walk_seek(walk, key_behind_run(&r->run, run));
    }
    return OK;
}

static enum err collect_thoroughly(struct recovering *r)
{
    struct walk walk;

    log_warn("the checkpoint cannot be used; looking at all runs");
    r->open_count = 0;
    walk_begin(&walk, r->store->kv, KV_HISTORY, BYTES(""));
    enum err err = look_at_all_runs(r, &walk);
    enum err end = walk_end(&walk);
    if (err || end)
        return end ? end : err;
    if (r->open_count > 0)
        qsort(r->open, r->open_count, sizeof(*r->open), compare_runs);
    r->needs_checkpoint = true;
    return OK;
}

/* Without a checkpoint the turn records are only known to reach from the oldest one there, which
 * may be the checkpoint's own, to the newest. */
static enum err guess_checkpoint(struct recovering *r)
{
    struct store *store = r->store;
    struct walk walk;
    uint64_t oldest = 0;

    walk_begin(&walk, store->kv, store->turns_side, key_kind(&r->keys, STATE_TURN));
    walk_seek(&walk, walk.begin);
    if (walk_is_valid(&walk) && !key_parse_turn(walk_key(&walk), &oldest))
        oldest = 0; /* reading the records will find it */
    store->checkpoint = (struct checkpoint){ .turn = oldest };
    return walk_end(&walk);
}

/* Fills r->open. */
static enum err collect_open(struct recovering *r)
{
    struct checkpoint *checkpoint = &r->store->checkpoint;

    enum err found = meta_read_checkpoint(r->store, checkpoint);
    bool damaged = found == ERR_NOT_FOUND || found == ERR_CORRUPT;
    enum err err = damaged ? guess_checkpoint(r) : found;
    if (!err)
        err = read_turns(r);
    if (!err)
        err = damaged ? ERR_NOT_FOUND : collect_quickly(r);
    return err == ERR_NOT_FOUND ? collect_thoroughly(r) : err;
}

/* ---- one open run */

/* Did its history end where the newest turn record that names it says? */
static enum err check_end(const struct recovering *r, const struct open_run *run)
{
    const struct history_end *end = find_end(r, run->key.run);
    int64_t last = (int64_t)run->event_count;

    if (!end || end->last_event_id == last)
        return OK;
    /* A walk that could not read looks like one that found nothing: what it did not see may be
     * there, and is not written over. */
    bool is_read = walk_is_valid(&r->histories) || walk_status(&r->histories) == OK;
    if (last < end->last_event_id && is_read)
        whole_run_mark_end(&r->store->batch, run->key, last);
    return damaged_run("the history of an open run does not end where it was left", run->key, last);
}

static void add_heartbeat(struct arena *arena, struct open_run *out, size_t *capacity,
                          struct heartbeat_change heartbeat)
{
    if (out->heartbeat_count == *capacity) {
        *capacity = *capacity ? *capacity * 2 : 4;
        struct heartbeat_change *all = arena_array(arena, struct heartbeat_change, *capacity);
        if (out->heartbeat_count > 0)
            memcpy(all, out->heartbeats, out->heartbeat_count * sizeof(*all));
        out->heartbeats = all;
    }
    /* The list is this function's; readers see it as const. */
    ((struct heartbeat_change *)out->heartbeats)[out->heartbeat_count++] = heartbeat;
}

static bool is_open(const struct recovering *r, uint64_t run)
{
    const struct run_key key = { .run = run };

    return r->open_count > 0 &&
           bsearch(&key, r->open, r->open_count, sizeof(*r->open), compare_runs) != NULL;
}

/* Of no open run it helps nobody, and nobody else would ever remove it. One of an open run that is
 * damaged stays: whoever mends the run needs it. */
static void drop_heartbeat(struct recovering *r)
{
    struct batch *batch = &r->store->batch;
    int64_t event_id;
    uint64_t run;

    if (key_parse_heartbeat(walk_key(&r->heartbeats), &run, &event_id) && is_open(r, run))
        return;
    twin_delete(batch, arena_copy(&batch->arena, walk_key(&r->heartbeats)));
}

/* Heartbeats lie in the order of run numbers too, so one walk passes all of them. */
static enum err read_heartbeats(struct recovering *r, struct open_run *out)
{
    size_t capacity = 0;

    if (r->seeks_heartbeats)
        walk_seek(&r->heartbeats, key_heartbeat(&r->run, out->key.run, 0));
    for (; walk_is_valid(&r->heartbeats); walk_next(&r->heartbeats)) {
        struct bytes key = walk_key(&r->heartbeats);
        struct heartbeat_change heartbeat;
        uint64_t run;
        if (!key_parse_heartbeat(key, &run, &heartbeat.scheduled_event_id))
            return damaged_key("a heartbeat is damaged", key);
        if (run > out->key.run)
            break;
        if (run < out->key.run) {
            drop_heartbeat(r);
            continue;
        }
        if (!value_open(key, walk_value(&r->heartbeats), &heartbeat.details))
            return damaged_run("a heartbeat of an open run is damaged", out->key,
                               heartbeat.scheduled_event_id);
        heartbeat.details = arena_copy(&r->run, heartbeat.details);
        add_heartbeat(&r->run, out, &capacity, heartbeat);
    }
    return OK;
}

/* A walk that could not read looks like one that found nothing: so one listens to what it has to
 * say, and then it begins anew. */
static enum err listen(struct recovering *r, struct walk *walk, enum kv_space space)
{
    enum err said = walk_is_valid(walk) ? OK : walk_status(walk);

    if (said) {
        (void)!walk_end(walk);
        walk_begin(walk, r->store->kv, space, walk->begin);
    }
    return said;
}

static enum err listen_to_walks(struct recovering *r, enum err err)
{
    enum err said = listen(r, &r->histories, KV_HISTORY);

    if (!said) {
        said = listen(r, &r->heartbeats, r->heartbeats_side);
        r->seeks_heartbeats = r->seeks_heartbeats || said == ERR_CORRUPT;
    }
    return said ? said : err;
}

static enum err read_run(struct recovering *r, struct run_key key, struct open_run *run)
{
    arena_reset(&r->run);
    enum err err = whole_run_read(&r->histories, key, &r->run, run);
    if (!err)
        err = check_end(r, run);
    if (!err)
        err = read_heartbeats(r, run);
    return listen_to_walks(r, err);
}

static enum err hand_over_damaged(struct recovering *r, const struct open_run *run)
{
    bool has_names = !bytes_is_absent(run->names.run_id);

    (void)damaged_run("an open run is damaged", run->key, 0);
    if (!r->recovery->on_damaged_run)
        return ERR_CORRUPT;
    return r->recovery->on_damaged_run(r->recovery->context, run->key,
                                       has_names ? &run->names : NULL);
}

static enum err hand_over_whole(struct recovering *r, struct run_key key, bool was_idle)
{
    struct open_run run;

    enum err err = read_run(r, key, &run);
    if (err == ERR_CORRUPT)
        return hand_over_damaged(r, &run);
    run.was_idle = was_idle;
    return err ? err : r->recovery->on_open_run(r->recovery->context, &run);
}

/* Idle rows lie in the order of run numbers too. Does the walk stand on that of this run? */
static bool is_at_idle(struct recovering *r, uint64_t run)
{
    uint64_t there;

    if (r->seeks_idle)
        walk_seek(&r->idle, key_idle(&r->run, run));
    for (; walk_is_valid(&r->idle); walk_next(&r->idle)) {
        if (key_parse_idle(walk_key(&r->idle), &there) && there >= run)
            return there == run;
    }
    return false;
}

/* A row that cannot be used costs time, not truth: ERR_NOT_FOUND. */
static enum err hand_over_idle(struct recovering *r, struct run_key key)
{
    struct idle_run idle;

    if (r->recovery->on_idle_run == NULL)
        return ERR_NOT_FOUND;
    if (!idle_decode(walk_key(&r->idle), walk_value(&r->idle), &idle) ||
        idle.key.account != key.account || idle.key.domain != key.domain) {
        log_warn("an idle row is damaged; reading the whole history",
                 LOG_NUMBER("run", (int64_t)key.run));
        return ERR_NOT_FOUND;
    }
    const struct history_end *end = find_end(r, key.run);
    return r->recovery->on_idle_run(r->recovery->context, &idle, end ? end->last_event_id : 0);
}

static enum err hand_over_run(struct recovering *r, struct run_key key)
{
    bool was_idle = is_at_idle(r, key.run);
    enum err said = was_idle ? OK : listen(r, &r->idle, KV_STATE);

    if (said && said != ERR_CORRUPT)
        return said;
    if (said) { /* there may be a row: the run's next change must say so */
        r->seeks_idle = true;
        return hand_over_whole(r, key, true);
    }
    enum err err = was_idle ? hand_over_idle(r, key) : ERR_NOT_FOUND;
    return err == ERR_NOT_FOUND ? hand_over_whole(r, key, was_idle) : err;
}

static enum err hand_over_runs(struct recovering *r)
{
    struct kv *kv = r->store->kv;
    enum err err = OK;

    r->heartbeats_side = twin_choose(kv, STATE_HEARTBEAT, TWIN_TURN_UNKNOWN);
    if (r->recovery->on_count)
        r->recovery->on_count(r->recovery->context, r->open_count);
    walk_begin(&r->histories, kv, KV_HISTORY, BYTES(""));
    walk_begin(&r->heartbeats, kv, r->heartbeats_side, key_kind(&r->keys, STATE_HEARTBEAT));
    walk_seek(&r->histories, r->histories.begin);
    walk_seek(&r->heartbeats, r->heartbeats.begin);
    walk_begin(&r->idle, kv, KV_STATE, key_kind(&r->keys, STATE_IDLE));
    walk_seek(&r->idle, r->idle.begin);
    batch_reset(&r->store->batch);
    for (size_t i = 0; i < r->open_count && !err; i++)
        err = hand_over_run(r, r->open[i]);
    for (; !err && walk_is_valid(&r->heartbeats); walk_next(&r->heartbeats))
        drop_heartbeat(r);
    enum err end = walk_end(&r->histories);
    enum err end_too = walk_end(&r->heartbeats);
    enum err end_of_idle = walk_end(&r->idle);
    /* What cannot be read there now is of no open run. */
    end = end == ERR_CORRUPT ? OK : end;
    end_too = end_too == ERR_CORRUPT ? OK : end_too;
    end_of_idle = end_of_idle == ERR_CORRUPT ? OK : end_of_idle;
    /* A walk that could not read looks like one that found nothing: its own word comes first. */
    err = end ? end : end_too ? end_too : end_of_idle ? end_of_idle : err;
    return err || r->store->batch.count == 0 ? err : store_write_batch(r->store);
}

/* ---- registry and messages */

typedef enum err hand_over_fn(void *context, struct bytes key, struct bytes value);

/* What the walk could not read may be anything of this kind. */
static enum err unreadable(enum state_kind kind, enum err err)
{
    log_error("the store is damaged: what all executions need cannot be read to the end",
              LOG_CSTR("what", kind == STATE_REGISTRY ? "domains and types" : "messages"));
    return err;
}

/* Hands over what lies under this kind. */
static enum err hand_over_named(struct recovering *r, enum state_kind kind, hand_over_fn *hand_over,
                                const char *message_damaged)
{
    struct walk walk;
    struct bytes content;
    enum kv_space side;
    enum err err = OK;

    side = twin_choose(r->store->kv, kind, TWIN_TURN_UNKNOWN);
    walk_begin(&walk, r->store->kv, side, key_kind(&r->keys, (int)kind));
    for (walk_seek(&walk, walk.begin); !err && walk_is_valid(&walk); walk_next(&walk)) {
        if (!value_open(walk_key(&walk), walk_value(&walk), &content))
            err = damaged_key(message_damaged, walk_key(&walk));
        else
            err = hand_over(r->recovery->context, bytes_skip(walk_key(&walk), 1), content);
    }
    enum err end = walk_end(&walk);
    return end ? unreadable(kind, end) : err;
}

static enum err recover(struct recovering *r)
{
    enum err err = collect_open(r);
    if (!err)
        err = hand_over_named(r, STATE_REGISTRY, r->recovery->on_registry,
                              "a record of the registry is damaged");
    if (!err)
        err = hand_over_named(r, STATE_MESSAGE, r->recovery->on_message, "a message is damaged");
    if (!err)
        err = hand_over_runs(r);
    /* Only now: it drops the turn records that say which histories end too soon, which by now is
     * marked. */
    if (!err && r->needs_checkpoint)
        err = checkpoint_rewrite(r->store, r->open, r->open_count);
    return err;
}

enum err store_recover(struct store *store, const struct recovery *recovery)
{
    struct recovering r = { .store = store, .recovery = recovery };

    if (store_is_poisoned(store))
        return ERR_IO;
    ensure(!store->recovered);
    arena_init(&r.keys, "recovery keys", (size_t)1 << 16);
    arena_init(&r.run, "recovery", RUN_BYTES_MAX);
    enum err err = recover(&r);
    store->recovered = err == OK;
    free_ends(&r);
    memory_free(r.open);
    arena_deinit(&r.keys);
    arena_deinit(&r.run);
    return err;
}
