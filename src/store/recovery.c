/*
 * Recovery: everything that memory must hold, read once at start.
 *
 * Which runs are open is known in one of two ways:
 *
 *   quick     the open rows, as of the checkpoint, and what the turn records since then say (L2,
 * L3); thorough  every run that has names and no summary. Taken, after a line in the log, when the
 * checkpoint or a row is damaged or missing, for both say only what can be found out anew; then a
 * new checkpoint is written at once.
 *
 * A turn record that is damaged or missing is another matter: it says what was committed and
 * acknowledged. Without it nobody knows whether more is lost, so the store does not start.
 */
#include "base/log.h"
#include "base/memory.h"
#include "store/inner.h"
#include "store/record.h"
#include "store/turn_record.h"
#include "store/value.h"
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
    bool seeks_heartbeats; /* their walk met something that cannot be read: no longer one by one */
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
    walk_begin(&walk, store->kv, KV_STATE, key_kind(&r->keys, STATE_TURN));
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
        run.run++;
        walk_seek(walk, key_run(&r->run, run));
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
    return checkpoint_rewrite(r->store, r->open, r->open_count);
}

/* Without a checkpoint the turn records are only known to reach from the oldest one there, which
 * may be the checkpoint's own, to the newest. */
static enum err guess_checkpoint(struct recovering *r)
{
    struct store *store = r->store;
    struct walk walk;
    uint64_t oldest = 0;

    walk_begin(&walk, store->kv, KV_STATE, key_kind(&r->keys, STATE_TURN));
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

/* A growing list of events in the run's arena. */
struct event_texts {
    struct bytes *items;
    size_t count;
    size_t capacity;
};

static void add_event(struct arena *arena, struct event_texts *events, struct bytes text)
{
    if (events->count == events->capacity) {
        events->capacity = events->capacity ? events->capacity * 2 : 16;
        struct bytes *items = arena_array(arena, struct bytes, events->capacity);
        if (events->count > 0)
            memcpy(items, events->items, events->count * sizeof(*items));
        events->items = items;
    }
    events->items[events->count++] = arena_copy(arena, text);
}

/* Is the walk over histories on a key of this run? */
static bool is_at_run(const struct recovering *r, struct run_key run, int64_t *event_id)
{
    struct run_key there;

    return walk_is_valid(&r->histories) &&
           key_parse_history(walk_key(&r->histories), &there, event_id) &&
           there.account == run.account && there.domain == run.domain && there.run == run.run;
}

/* Runs that lie side by side need no seek: the walk stands on the next one already. */
static enum err read_names(struct recovering *r, struct run_key run, struct run_opening *names)
{
    int64_t event_id;

    if (!is_at_run(r, run, &event_id) || event_id != NAMES_EVENT_ID)
        walk_seek(&r->histories, key_history(&r->run, run, NAMES_EVENT_ID));
    if (!is_at_run(r, run, &event_id) || event_id != NAMES_EVENT_ID)
        return damaged_run("the names of an open run are missing", run, NAMES_EVENT_ID);
    if (!names_decode(walk_key(&r->histories), walk_value(&r->histories), names))
        return damaged_run("the names of an open run are damaged", run, NAMES_EVENT_ID);
    names->workflow_id = arena_copy(&r->run, names->workflow_id);
    names->run_id = arena_copy(&r->run, names->run_id);
    walk_next(&r->histories);
    return OK;
}

/* Adds the events of the record there, which must begin with the next one. */
static enum err read_record(struct recovering *r, struct run_key run, int64_t event_id,
                            struct event_texts *events)
{
    struct record record;
    struct record_place place = { 0 };
    int64_t expected = (int64_t)events->count + 1;

    if (event_id != expected)
        return damaged_run("the history of an open run has a gap", run, expected);
    if (!record_decode(walk_key(&r->histories), walk_value(&r->histories), &record))
        return damaged_run("the history of an open run is damaged", run, event_id);
    for (; place.index < record.count; record_next(&record, &place))
        add_event(&r->run, events, record_text(&record, place));
    return OK;
}

static enum err read_events(struct recovering *r, struct run_key run, struct event_texts *events)
{
    const struct history_end *end = find_end(r, run.run);
    int64_t event_id;

    for (; is_at_run(r, run, &event_id); walk_next(&r->histories)) {
        enum err err = read_record(r, run, event_id, events);
        if (err)
            return err;
    }
    int64_t last = (int64_t)events->count;
    if (last == 0 || (end && end->last_event_id != last))
        return damaged_run("the history of an open run does not end where it was left", run, last);
    return OK;
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

/* Of no open run: it helps nobody, and nobody else would ever remove it. */
static void drop_heartbeat(struct recovering *r)
{
    struct batch *batch = &r->store->batch;

    batch_delete(batch, KV_STATE, arena_copy(&batch->arena, walk_key(&r->heartbeats)));
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

static void begin_histories(struct recovering *r)
{
    walk_begin(&r->histories, r->store->kv, KV_HISTORY, BYTES(""));
}

static void begin_heartbeats(struct recovering *r)
{
    walk_begin(&r->heartbeats, r->store->kv, KV_STATE, key_kind(&r->keys, STATE_HEARTBEAT));
}

/* A walk that could not read looks like one that found nothing: what it has to say comes first, and
 * then it begins anew. */
static enum err listen_to_walks(struct recovering *r, enum err err)
{
    enum err said = OK;

    if (!walk_is_valid(&r->histories)) {
        said = walk_end(&r->histories);
        begin_histories(r);
    }
    if (!said && !walk_is_valid(&r->heartbeats)) {
        said = walk_end(&r->heartbeats);
        begin_heartbeats(r);
        r->seeks_heartbeats = r->seeks_heartbeats || said == ERR_CORRUPT;
    }
    return said ? said : err;
}

static enum err read_run(struct recovering *r, struct open_run *run)
{
    struct event_texts events = { 0 };

    enum err err = read_names(r, run->key, &run->names);
    if (!err)
        err = read_events(r, run->key, &events);
    if (!err)
        err = read_heartbeats(r, run);
    run->events = events.items;
    run->event_count = events.count;
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

static enum err hand_over_run(struct recovering *r, struct run_key key)
{
    struct open_run run = { .key = key };

    arena_reset(&r->run);
    enum err err = read_run(r, &run);
    if (err == ERR_CORRUPT)
        return hand_over_damaged(r, &run);
    return err ? err : r->recovery->on_open_run(r->recovery->context, &run);
}

static enum err hand_over_runs(struct recovering *r)
{
    enum err err = OK;

    begin_histories(r);
    begin_heartbeats(r);
    walk_seek(&r->histories, r->histories.begin);
    walk_seek(&r->heartbeats, r->heartbeats.begin);
    batch_reset(&r->store->batch);
    for (size_t i = 0; i < r->open_count && !err; i++)
        err = hand_over_run(r, r->open[i]);
    for (; !err && walk_is_valid(&r->heartbeats); walk_next(&r->heartbeats))
        drop_heartbeat(r);
    enum err end = walk_end(&r->histories);
    enum err end_too = walk_end(&r->heartbeats);
    /* What cannot be read there now is of no open run. */
    end = end == ERR_CORRUPT ? OK : end;
    end_too = end_too == ERR_CORRUPT ? OK : end_too;
    err = end ? end : end_too ? end_too : err;
    return err || r->store->batch.count == 0 ? err : store_write_batch(r->store, false);
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
    enum err err = OK;

    walk_begin(&walk, r->store->kv, KV_STATE, key_kind(&r->keys, (int)kind));
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
