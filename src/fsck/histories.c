/*
 * Every run: its names, its events, its summary. A history that can be read is held against the
 * rules, folded, and what the fold says against what the store says.
 */
#include "engine/activity.h"
#include "fsck/inner.h"
#include "history/check.h"
#include "service/describe.h"
#include "store/idle.h"
#include "store/key.h"
#include "store/list_row.h"
#include "store/record.h"
#include "store/value.h"
#include "store/walk.h"
#include "store/whole_run.h"
#include "wire/decode.h"
#include <inttypes.h>

/* One history at a time, its events as text and as structs. */
#define RUN_BYTES_MAX ((size_t)32 << 30)
#define PROBLEM_BYTES_MAX ((size_t)16 << 10)

/* A run on its way by. */
struct passing {
    struct fsck *fsck;
    struct run_key key;
    bool has_names, is_readable;
    struct run_opening names;
    struct bytes *texts;
    size_t count, capacity;
    struct arena arena; /* of all that is about it */
};

/* "run 7 (order-1, 22abc=)", or without names "run 7 of domain 1 of account 2". */
static const char *shown(struct passing *passing)
{
    const struct run_key *key = &passing->key;
    struct bytes text;

    if (passing->has_names)
        text = arena_printf(&passing->arena, "run %" PRIu64 " (%.*s, %.*s)%c", key->run,
                            BYTES_FMT(passing->names.workflow_id), BYTES_FMT(passing->names.run_id),
                            '\0');
    else
        text = arena_printf(&passing->arena,
                            "run %" PRIu64 " of domain %" PRIu32 " of account %" PRIu64 "%c",
                            key->run, key->domain, key->account, '\0');
    return text.ptr;
}

/* ---- reading it ---- */

static void add_text(struct passing *passing, struct bytes text)
{
    if (passing->count == passing->capacity) {
        passing->capacity = passing->capacity ? passing->capacity * 2 : 64;
        struct bytes *texts = arena_array(&passing->arena, struct bytes, passing->capacity);
        if (passing->count)
            memcpy(texts, passing->texts, passing->count * sizeof(*texts));
        passing->texts = texts;
    }
    passing->texts[passing->count++] = arena_copy(&passing->arena, text);
}

static void tell_event(struct passing *passing, int64_t event_id, const char *what)
{
    fsck_found(passing->fsck, "%s: event %" PRId64 " %s", shown(passing), event_id, what);
}

static void fail(struct passing *passing, int64_t event_id, const char *what)
{
    tell_event(passing, event_id, what);
    passing->is_readable = false;
}

static void take_record(struct passing *passing, int64_t event_id, struct bytes key,
                        struct bytes value)
{
    struct record record;
    struct record_place place = { 0 };

    if (!record_decode(key, value, &record)) {
        fail(passing, event_id, "begins a record that is damaged");
        return;
    }
    if (passing->is_readable && event_id != (int64_t)passing->count + 1)
        fail(passing, (int64_t)passing->count + 1, "is missing");
    for (; place.index < record.count; record_next(&record, &place))
        add_text(passing, record_text(&record, place));
}

static void take_names(struct passing *passing, struct bytes key, struct bytes value)
{
    passing->has_names = names_decode(key, value, &passing->names);
    if (!passing->has_names)
        return;
    passing->names.workflow_id = arena_copy(&passing->arena, passing->names.workflow_id);
    passing->names.run_id = arena_copy(&passing->arena, passing->names.run_id);
}

static struct event *decode(struct passing *passing)
{
    struct event *events = arena_array(&passing->arena, struct event, passing->count);

    for (size_t i = 0; i < passing->count; i++) {
        if (decode_events(passing->fsck->json, &passing->texts[i], 1, &passing->arena, &events[i]))
            continue;
        fail(passing, (int64_t)i + 1, "cannot be read");
        return NULL;
    }
    return events;
}

static bool obeys_rules(struct passing *passing, const struct event *events)
{
    struct history history = history_whole(events, passing->count);
    struct history_sum sum;
    struct text problem;
    bool obeys;

    text_init(&problem, PROBLEM_BYTES_MAX);
    obeys = history_check(&history, &sum, &passing->arena, &problem);
    if (!obeys)
        fsck_found(passing->fsck, "%s: %.*s", shown(passing), BYTES_FMT(text_bytes(&problem)));
    text_deinit(&problem);
    return obeys;
}

/* ---- what its history says: a run as the service would have it ---- */

/* NULL when it cannot be said; `is_readable` is false then. */
static struct run *fold(struct passing *passing)
{
    struct domain *domain = registry_get_domain(&passing->fsck->registry, passing->key.domain);
    struct event *events = passing->count ? decode(passing) : NULL;
    struct run *run;

    passing->is_readable = events && obeys_rules(passing, events);
    if (!passing->is_readable)
        return NULL;
    if (domain == NULL) {
        fsck_found(passing->fsck, "%s: its domain is not registered", shown(passing));
        return NULL;
    }
    run = run_new(passing->key, domain, passing->names.workflow_id, passing->names.run_id);
    for (size_t i = 0; i < passing->count; i++)
        execution_apply(run->execution, &events[i]);
    return run;
}

/* ---- heartbeats ---- */

static void check_heartbeat(struct passing *passing, const struct run *run, struct bytes key,
                            int64_t scheduled_event_id)
{
    struct batch *fixes = &passing->fsck->fixes;
    struct activity *activity = execution_get_activity(run->execution, scheduled_event_id);

    if (activity && run->execution->is_open)
        return;
    if (fsck_may_mend(passing->fsck, "%s: a heartbeat of event %" PRId64 ", which is no open task",
                      shown(passing), scheduled_event_id))
        twin_delete(fixes, arena_copy(&fixes->arena, key));
}

static void check_heartbeats(struct passing *passing, const struct run *run)
{
    struct bytes from = key_heartbeat(&passing->arena, passing->key.run, 0);
    struct bytes content;
    struct walk walk;
    int64_t event_id;
    uint64_t number;

    walk_begin(&walk, passing->fsck->kv, fsck_side(passing->fsck, STATE_HEARTBEAT),
               bytes_of(from.ptr, 1 + 8));
    for (walk_seek(&walk, walk.begin); walk_is_valid(&walk); walk_next(&walk)) {
        struct bytes key = walk_key(&walk);

        passing->fsck->sum->heartbeats++;
        if (!key_parse_heartbeat(key, &number, &event_id) ||
            !value_open(key, walk_value(&walk), &content))
            fsck_found(passing->fsck, "%s: a heartbeat is damaged", shown(passing));
        else
            check_heartbeat(passing, run, key, event_id);
    }
    fsck_end_walk(passing->fsck, &walk, "the heartbeats");
}

/* ---- its end ---- */

void fsck_mark_end(struct fsck *fsck, struct run_key run, int64_t last_event_id)
{
    if (fsck_mends(fsck))
        whole_run_mark_end(&fsck->fixes, run, last_event_id);
}

/* ---- its idle row ---- */

/* What the row has to be; false: the run cannot have one. */
static bool derive_idle(struct passing *passing, const struct run *run, struct idle_run *out)
{
    struct stub_state state;

    if (!execution_is_its_history(run->execution))
        return false;
    stub_state_of(run, &passing->arena, &state);
    *out = (struct idle_run){ passing->key, stub_encode(&state, &passing->arena) };
    return true;
}

/* The row is the newest that there was, whole, and tells of events that are not there: they are
 * lost. One of another run tells nothing of this one. */
static bool tells_of_more(struct passing *passing, const struct run *run, struct bytes row)
{
    struct stub_state state;

    return stub_decode(row, &passing->arena, &state) &&
           bytes_equal(state.workflow_id, run->workflow_id) &&
           state.started_at.ms == run->execution->started_at.ms &&
           state.event_count > passing->count;
}

static bool is_of(const struct idle_run *row, struct run_key key)
{
    return row->key.account == key.account && row->key.domain == key.domain;
}

/* Of an open run. That a row is missing is nothing: it is a cache. */
static void check_idle(struct passing *passing, const struct run *run)
{
    struct kv *kv = passing->fsck->kv;
    struct batch *fixes = &passing->fsck->fixes;
    struct bytes key = key_idle(&passing->arena, passing->key.run);
    struct idle_run there, wanted;
    struct bytes value;
    enum err err = kv->functions->get(kv, KV_STATE, key, &passing->arena, &value);
    bool is_row, may_be;

    if (err == ERR_NOT_FOUND)
        return;
    passing->fsck->sum->idle_rows++;
    is_row = err == OK && idle_decode(key, value, &there) && is_of(&there, passing->key);
    may_be = derive_idle(passing, run, &wanted);
    if (is_row && may_be && bytes_equal(there.state, wanted.state))
        return;
    if (is_row && tells_of_more(passing, run, there.state)) {
        tell_event(passing, (int64_t)passing->count + 1, "is missing");
        fsck_mark_end(passing->fsck, passing->key, (int64_t)passing->count);
        return;
    }
    if (!fsck_may_mend(passing->fsck, "%s: its idle row is damaged, or older than its last event",
                       shown(passing)))
        return;
    if (may_be)
        idle_put(fixes, &wanted);
    else
        idle_delete(fixes, passing->key);
}

/* ---- the summary ---- */

enum summary_state { SUMMARY_GOOD, SUMMARY_MISSING, SUMMARY_DAMAGED };

static enum summary_state read_summary(struct passing *passing, struct summary *out)
{
    struct kv *kv = passing->fsck->kv;
    struct bytes key = key_summary(&passing->arena, passing->key);
    struct bytes value;

    switch (kv->functions->get(kv, KV_CLOSED, key, &passing->arena, &value)) {
    case OK:
        return summary_decode(key, value, &passing->arena, out) ? SUMMARY_GOOD : SUMMARY_DAMAGED;
    case ERR_NOT_FOUND:
        return SUMMARY_MISSING;
    default:
        return SUMMARY_DAMAGED;
    }
}

static bool same_text(struct bytes a, struct bytes b)
{
    return bytes_is_absent(a) == bytes_is_absent(b) && bytes_equal(a, b);
}

static bool same_tags(struct bytes_list a, struct bytes_list b)
{
    bool same = a.count == b.count;

    for (size_t i = 0; same && i < a.count; i++)
        same = same_text(a.items[i], b.items[i]);
    return same;
}

/* NULL when they say the same; else what differs. */
static const char *differs(const struct run_closing *stored, const struct run_closing *told)
{
    if (stored->started.ms != told->started.ms || stored->closed.ms != told->closed.ms)
        return "times";
    if (stored->expires.ms != told->expires.ms)
        return "time of expiry";
    if (stored->close_status != told->close_status)
        return "close status";
    if (!bytes_equal(stored->workflow_id, told->workflow_id) ||
        !bytes_equal(stored->run_id, told->run_id))
        return "names";
    if (!bytes_equal(stored->type_name, told->type_name) ||
        !bytes_equal(stored->type_version, told->type_version))
        return "workflow type";
    if (!same_tags(stored->tags, told->tags))
        return "tags";
    if (stored->context_event_id != told->context_event_id)
        return "execution context";
    if (!bytes_equal(stored->info_json, told->info_json) ||
        !bytes_equal(stored->detail_json, told->detail_json))
        return "description";
    return NULL;
}

/* The number may still be read off a row of a list by close time. */
static uint64_t find_close_number(struct passing *passing, struct instant closed)
{
    const struct list_place place = { .account = passing->key.account,
                                      .domain = passing->key.domain,
                                      .by_close_time = true,
                                      .filter = CLOSED_ALL };
    struct bytes prefix = list_prefix(&passing->arena, &place);
    struct bytes first = list_row_key(&passing->arena, prefix, closed, UINT64_MAX);
    uint64_t number = 0;
    struct list_row row;
    struct walk walk;

    walk_begin(&walk, passing->fsck->kv, KV_CLOSED, prefix);
    for (walk_seek(&walk, first); walk_is_valid(&walk) && !number; walk_next(&walk)) {
        if (!list_row_open(walk_key(&walk), walk_value(&walk), &row))
            continue;
        if (row.time.ms != closed.ms)
            break;
        if (row.run == passing->key.run)
            number = row.number;
    }
    fsck_end_walk(passing->fsck, &walk, "a list of closed runs");
    return number;
}

/* What the summary has to be, from the history; its close number stays what it was, if known. */
static bool derive(struct passing *passing, const struct run *run, uint64_t close_number,
                   struct summary *out)
{
    out->closing = *describe_closing(run, &passing->arena);
    out->last_event_id = (int64_t)passing->count;
    out->close_number = close_number;
    if (out->close_number == 0)
        out->close_number = find_close_number(passing, out->closing.closed);
    if (out->close_number == 0)
        out->close_number = fsck_take_close_number(passing->fsck);
    return out->close_number > 0;
}

static void put_summary(struct passing *passing, const struct summary *summary)
{
    struct batch *fixes = &passing->fsck->fixes;
    struct bytes key = key_summary(&fixes->arena, passing->key);

    batch_put(fixes, KV_CLOSED, key, summary_encode(&fixes->arena, key, summary));
    fsck_write(passing->fsck); /* who reads rows later must find it */
}

/* True with *summary as it is or was made now. */
static bool rebuild_summary(struct passing *passing, const struct run *run, uint64_t close_number,
                            const char *why, struct summary *summary)
{
    if (!derive(passing, run, close_number, summary)) {
        fsck_found(passing->fsck, "%s: its summary %s, and nobody knows the number of its close",
                   shown(passing), why);
        return false;
    }
    if (!fsck_may_mend(passing->fsck, "%s: its summary %s", shown(passing), why))
        return false;
    put_summary(passing, summary);
    return true;
}

/* Of a closed run whose history can be read. */
static bool check_summary(struct passing *passing, const struct run *run, struct summary *summary)
{
    enum summary_state state = read_summary(passing, summary);
    const char *difference;

    if (state == SUMMARY_MISSING)
        return rebuild_summary(passing, run, 0, "is missing", summary);
    if (state == SUMMARY_DAMAGED)
        return rebuild_summary(passing, run, 0, "is damaged", summary);
    difference = differs(&summary->closing, describe_closing(run, &passing->arena));
    if (difference == NULL && summary->last_event_id != (int64_t)passing->count)
        difference = "last event";
    if (difference == NULL)
        return true;
    struct bytes why = arena_printf(&passing->arena, "has another %s than its history%c",
                                    difference, '\0');
    return rebuild_summary(passing, run, summary->close_number, why.ptr, summary);
}

/* ---- a run as a whole ---- */

static void check_closed(struct passing *passing, const struct run *run, struct seen_run *seen)
{
    struct summary summary;

    seen->has_summary = check_summary(passing, run, &summary);
    seen->lost_summary = !seen->has_summary;
    if (seen->has_summary)
        fsck_check_rows_of(passing->fsck, passing->key, &summary);
}

/* It seems whole; but what came next may be lost. */
static void check_tail(struct passing *passing)
{
    int64_t next = (int64_t)passing->count + 1;
    struct bytes key = key_history(&passing->arena, passing->key, next);

    if (!fsck_may_be_lost(passing->fsck, KV_HISTORY, key))
        return;
    tell_event(passing, next, "and those behind it may be lost");
    fsck_mark_end(passing->fsck, passing->key, (int64_t)passing->count);
}

static void check_open(struct passing *passing, struct seen_run *seen)
{
    struct summary summary;
    enum summary_state state = read_summary(passing, &summary);

    seen->is_open = true;
    passing->fsck->sum->open_runs++;
    seen->lost_summary = state == SUMMARY_DAMAGED;
    if (state == SUMMARY_GOOD && summary.last_event_id > (int64_t)passing->count)
        tell_event(passing, (int64_t)passing->count + 1, "is missing");
    else if (state != SUMMARY_MISSING)
        fsck_found(passing->fsck, "%s: it has a summary, and by its history it is open",
                   shown(passing));
    seen->has_summary = state == SUMMARY_GOOD;
    check_tail(passing);
}

/* What is known of it without its history. */
static void check_unreadable(struct passing *passing, struct seen_run *seen)
{
    struct summary summary;
    enum summary_state state = read_summary(passing, &summary);

    seen->is_open = state == SUMMARY_MISSING;
    seen->has_summary = state == SUMMARY_GOOD;
    seen->lost_summary = state == SUMMARY_DAMAGED;
    if (seen->lost_summary)
        fsck_found(passing->fsck, "%s: its summary is damaged", shown(passing));
    if (seen->has_summary)
        fsck_check_rows_of(passing->fsck, passing->key, &summary);
}

/* A closed run has its names in the summary as well. */
static void check_names(struct passing *passing)
{
    struct batch *fixes = &passing->fsck->fixes;
    struct summary summary;

    if (passing->has_names)
        return;
    if (read_summary(passing, &summary) != SUMMARY_GOOD) {
        fsck_found(passing->fsck, "%s: its names are missing or damaged", shown(passing));
        return;
    }
    if (fsck_may_mend(passing->fsck, "%s: its names are missing or damaged", shown(passing))) {
        struct bytes key = key_history(&fixes->arena, passing->key, NAMES_EVENT_ID);
        const struct run_opening names = { summary.closing.workflow_id, summary.closing.run_id };
        batch_put(fixes, KV_HISTORY, key, names_encode(&fixes->arena, key, &names));
        fsck_write(passing->fsck);
    }
    passing->names = (struct run_opening){ summary.closing.workflow_id, summary.closing.run_id };
    passing->has_names = true;
}

static void finish_run(struct passing *passing)
{
    struct seen_run seen = { .key = passing->key };
    struct run *run = NULL;

    check_names(passing);
    if (passing->count == 0 && passing->is_readable)
        fail(passing, 1, "is missing");
    if (passing->is_readable && passing->has_names)
        run = fold(passing);
    if (run) {
        seen.last_event_id = (int64_t)passing->count;
        check_heartbeats(passing, run);
        if (run->execution->is_open) {
            check_idle(passing, run);
            check_open(passing, &seen);
        } else {
            check_closed(passing, run, &seen);
        }
        run_free(run);
    } else {
        check_unreadable(passing, &seen);
    }
    passing->fsck->sum->runs++;
    passing->fsck->sum->events += passing->count;
    seen_runs_add(&passing->fsck->seen, &seen);
}

static void begin_run(struct passing *passing, struct run_key key)
{
    arena_reset(&passing->arena);
    passing->key = key;
    passing->has_names = false;
    passing->names = (struct run_opening){ 0 };
    passing->is_readable = true;
    passing->texts = NULL;
    passing->count = passing->capacity = 0;
}

/* ---- all of them ---- */

static bool is_same_run(struct run_key a, struct run_key b)
{
    return a.account == b.account && a.domain == b.domain && a.run == b.run;
}

static void take_value(struct passing *passing, const struct walk *walk, int64_t event_id)
{
    if (event_id == NAMES_EVENT_ID)
        take_names(passing, walk_key(walk), walk_value(walk));
    else
        take_record(passing, event_id, walk_key(walk), walk_value(walk));
}

static void pass_histories(struct passing *passing, struct patient_walk *patient)
{
    const struct walk *walk = &patient->walk;
    bool is_in_run = false;
    struct run_key key;
    int64_t event_id;

    while (patient_walk_next(patient)) {
        if (!key_parse_history(walk_key(walk), &key, &event_id)) {
            fsck_found_stray(passing->fsck, "the histories");
            continue;
        }
        if (!is_in_run || !is_same_run(key, passing->key)) {
            if (is_in_run)
                finish_run(passing);
            begin_run(passing, key);
            is_in_run = true;
        }
        take_value(passing, walk, event_id);
    }
    if (is_in_run)
        finish_run(passing);
}

void fsck_check_histories(struct fsck *fsck)
{
    struct passing passing = { .fsck = fsck };
    struct patient_walk walk;

    arena_init(&passing.arena, "fsck run", RUN_BYTES_MAX);
    fsck_begin_patient(fsck, &walk, KV_HISTORY, BYTES(""));
    pass_histories(&passing, &walk);
    fsck_end_patient(fsck, &walk, "the histories");
    arena_deinit(&passing.arena);
}
