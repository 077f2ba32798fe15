/*
 * Reading a stretch of a history, in either direction. Records follow each other without gap (L4):
 * a reader that finds one reports it instead of skipping over it. A reader that comes to the end of
 * the history looks whether it may end there: a record that is missing at the end leaves no gap.
 */
#include "store/inner.h"
#include "store/record.h"
#include "store/summary.h"

#define KEY_BYTES_MAX ((size_t)1 << 16)
/* For one summary. */
#define SUMMARY_BYTES_MAX ((size_t)1 << 30)

/* ---- the page */

struct page {
    const struct history_query *query;
    struct arena *arena;
    struct history_page *out;
    size_t capacity;
    size_t bytes;
};

/* There is event `id`, after those of the page. Is it for another page? */
static bool page_ends_before(struct page *page, int64_t id)
{
    const struct history_query *query = page->query;

    if (page->out->count < query->events_max && page->bytes <= query->bytes_max)
        return false;
    page->out->next = id;
    return true;
}

static void page_add(struct page *page, struct bytes text)
{
    struct history_page *out = page->out;

    if (out->count == page->capacity) {
        page->capacity = page->capacity ? page->capacity * 2 : 16;
        struct bytes *events = arena_array(page->arena, struct bytes, page->capacity);
        if (out->count > 0)
            memcpy(events, out->events, out->count * sizeof(*events));
        out->events = events;
    }
    out->events[out->count++] = arena_copy(page->arena, text);
    page->bytes += text.len;
}

/* ---- the records */

struct reading {
    struct walk walk;
    struct run_key run;
    struct arena keys;
    bool ended;   /* there is nothing after event `last` */
    int64_t last; /* 0: nothing at all */
};

static void end_after(struct reading *reading, int64_t event_id)
{
    reading->ended = true;
    reading->last = event_id;
}

static enum err gap(const struct reading *reading, int64_t event_id)
{
    return damaged_run("the history of a run has a gap", reading->run, event_id);
}

/* Decodes the record there; ERR_NOT_FOUND when the walk is outside the run's events. */
static enum err read_record(const struct reading *reading, struct record *record)
{
    struct run_key run;
    int64_t event_id = 0;

    if (!walk_is_valid(&reading->walk))
        return ERR_NOT_FOUND;
    if (!key_parse_history(walk_key(&reading->walk), &run, &event_id))
        return damaged_key("a key among the histories is damaged", walk_key(&reading->walk));
    if (event_id == NAMES_EVENT_ID)
        return ERR_NOT_FOUND;
    if (!record_decode(walk_key(&reading->walk), walk_value(&reading->walk), record))
        return damaged_run("the history of a run is damaged", reading->run, event_id);
    return OK;
}

/* Goes to the record after this one; ERR_NOT_FOUND after the last. */
static enum err next_record(struct reading *reading, struct record *record)
{
    int64_t expected = record_last(record) + 1;

    walk_next(&reading->walk);
    enum err err = read_record(reading, record);
    if (!err && record->first != expected)
        return gap(reading, expected);
    return err;
}

/* Goes to the record before this one; ERR_NOT_FOUND before the first. */
static enum err prev_record(struct reading *reading, struct record *record)
{
    int64_t expected = record->first - 1;

    if (expected == 0)
        return ERR_NOT_FOUND;
    walk_prev(&reading->walk);
    enum err err = read_record(reading, record);
    if (err == ERR_NOT_FOUND || (!err && record_last(record) != expected))
        return gap(reading, expected);
    return err;
}

/* Nothing of the run lies at or before event `id`. Is there something after it, which then lacks
 * its beginning? */
static enum err check_nothing_follows(struct reading *reading, int64_t id)
{
    struct record record;

    walk_seek(&reading->walk, key_history(&reading->keys, reading->run, id));
    enum err err = read_record(reading, &record);
    return err ? err : gap(reading, id);
}

/* Goes to the record that holds event `id`, or when the history ends before, to its last one. */
static enum err find_record(struct reading *reading, int64_t id, struct record *record)
{
    walk_seek_back(&reading->walk, key_history(&reading->keys, reading->run, id));
    enum err err = read_record(reading, record);
    if (err == ERR_NOT_FOUND)
        return check_nothing_follows(reading, id);
    if (err || id <= record_last(record))
        return err;
    struct record last = *record;
    enum err after = next_record(reading, &last);
    if (after != ERR_NOT_FOUND)
        return after ? after : gap(reading, id);
    /* The walk left the last record; its value may be gone with that. */
    walk_seek_back(&reading->walk, key_history(&reading->keys, reading->run, id));
    return read_record(reading, record);
}

/* ---- both directions */

/* find_record for who goes on forward. A page mostly begins where a record does, and turning an
 * iterator around is dear. */
static enum err find_record_forward(struct reading *reading, int64_t id, struct record *record)
{
    walk_seek(&reading->walk, key_history(&reading->keys, reading->run, id));
    enum err err = read_record(reading, record);
    if (!err && record->first == id)
        return OK;
    return err == ERR_CORRUPT ? err : find_record(reading, id, record);
}

static enum err read_forward(struct reading *reading, struct page *page)
{
    const struct history_query *query = page->query;
    struct record record;
    int64_t id = query->from;

    enum err err = find_record_forward(reading, id, &record);
    if (err == ERR_NOT_FOUND)
        end_after(reading, 0);
    if (!err && id > record_last(&record)) {
        end_after(reading, record_last(&record));
        return ERR_NOT_FOUND;
    }
    for (; !err; err = next_record(reading, &record)) {
        struct record_place place = record_place_of(&record, id);
        for (; place.index < record.count; record_next(&record, &place), id++) {
            if (id > query->to || page_ends_before(page, id))
                return OK;
            page_add(page, record_text(&record, place));
        }
    }
    if (err != ERR_NOT_FOUND || page->out->count == 0)
        return err;
    if (id <= query->to)
        end_after(reading, id - 1);
    return OK;
}

static enum err read_backward(struct reading *reading, struct page *page)
{
    const struct history_query *query = page->query;
    struct record record;

    enum err err = find_record(reading, query->from, &record);
    if (err == ERR_NOT_FOUND)
        end_after(reading, 0);
    if (!err && query->from > record_last(&record))
        end_after(reading, record_last(&record));
    if (!err && query->to > record_last(&record))
        return ERR_NOT_FOUND;
    int64_t id = err || query->from < record_last(&record) ? query->from : record_last(&record);
    for (; !err; err = prev_record(reading, &record)) {
        struct record_place place = record_place_of(&record, id);
        for (;; record_prev(&record, &place)) {
            if (id < query->to || page_ends_before(page, id))
                return OK;
            page_add(page, record_text(&record, place));
            id--;
            if (place.index == 0)
                break;
        }
    }
    return err == ERR_NOT_FOUND && page->out->count > 0 ? OK : err;
}

static enum err read_page(struct store *store, const struct history_query *query,
                          struct arena *arena, struct history_page *out, struct reading *reading)
{
    struct page page = { .query = query, .arena = arena, .out = out };

    *out = (struct history_page){ 0 };
    *reading = (struct reading){ .run = query->key };
    arena_init(&reading->keys, "history keys", KEY_BYTES_MAX);
    walk_begin(&reading->walk, store->kv, KV_HISTORY, key_run(&reading->keys, query->key));
    enum err err = query->reverse ? read_backward(reading, &page) : read_forward(reading, &page);
    enum err end = walk_end(&reading->walk);
    arena_deinit(&reading->keys);
    return end ? end : err;
}

/* ---- may it end there? */

/* Where the history of a closed run ends; 0 when there is no summary. */
static enum err read_closed_end(struct store *store, struct run_key run, int64_t *last_event_id)
{
    struct summary summary = { 0 };
    struct bytes value;
    struct arena arena;

    arena_init(&arena, "summary", SUMMARY_BYTES_MAX);
    struct bytes key = key_summary(&arena, run);
    enum err err = store_get(store, KV_CLOSED, key, &arena, &value);
    if (!err && !summary_decode(key, value, &arena, &summary))
        err = damaged_run("the summary of a closed run is damaged", run, 0);
    *last_event_id = err ? 0 : summary.last_event_id;
    arena_deinit(&arena);
    return err == ERR_NOT_FOUND ? OK : err;
}

/* *whole: what the reading saw is all that there is. */
static enum err check_end(struct store *store, const struct history_query *query,
                          const struct reading *reading, bool *whole)
{
    int64_t closed_end = 0;
    enum err err = OK;

    if (reading->ended && (query->committed == 0 || reading->last < query->committed))
        err = read_closed_end(store, query->key, &closed_end);
    *whole = !reading->ended || (reading->last >= query->committed && reading->last >= closed_end);
    return err;
}

/* The history ended too soon, twice. Damage, unless the run went meanwhile: then its names are
 * gone, and so is its summary. */
static enum err judge_missing_end(struct store *store, const struct history_query *query,
                                  int64_t last)
{
    struct arena arena;
    struct run_opening names;
    int64_t closed_end = 0;

    arena_init(&arena, "names", SUMMARY_BYTES_MAX);
    enum err err = store_read_names(store, query->key, &arena, &names);
    arena_deinit(&arena);
    if (err == ERR_NOT_FOUND) {
        err = read_closed_end(store, query->key, &closed_end);
        if (!err && closed_end == 0)
            return ERR_NOT_FOUND;
    }
    return err ? err
               : damaged_run("the history of a run does not end where it was left", query->key,
                             last);
}

enum err store_read_history(struct store *store, const struct history_query *query,
                            struct arena *arena, struct history_page *out)
{
    struct reading reading;
    bool whole = false;

    ensure(query->from > 0 && query->to > 0 && query->events_max > 0);
    ensure(query->reverse ? query->from >= query->to : query->from <= query->to);
    if (store_is_poisoned(store))
        return ERR_IO;
    /* A run may grow and close after the walk began and before its summary is read: look again. */
    for (int tries = 0; tries < 2; tries++) {
        enum err err = read_page(store, query, arena, out, &reading);
        enum err end = err && err != ERR_NOT_FOUND ? OK : check_end(store, query, &reading, &whole);
        if (end || whole || (err && err != ERR_NOT_FOUND))
            return end ? end : err;
    }
    return judge_missing_end(store, query, reading.last);
}

enum err store_read_names(struct store *store, struct run_key run, struct arena *arena,
                          struct run_opening *out)
{
    struct bytes key = key_history(arena, run, NAMES_EVENT_ID);
    struct bytes value;

    if (store_is_poisoned(store))
        return ERR_IO;
    enum err err = store_get(store, KV_HISTORY, key, arena, &value);
    if (err)
        return err;
    if (!names_decode(key, value, out))
        return damaged_run("the names of a run are damaged", run, NAMES_EVENT_ID);
    return OK;
}
