#include "store/whole_run.h"

#include "store/inner.h"
#include "store/record.h"

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
static bool is_at_run(const struct walk *histories, struct run_key run, int64_t *event_id)
{
    struct run_key there;

    return walk_is_valid(histories) && key_parse_history(walk_key(histories), &there, event_id) &&
           there.account == run.account && there.domain == run.domain && there.run == run.run;
}

/* Runs that lie side by side need no seek: the walk stands on the next one already. */
static enum err read_names(struct walk *histories, struct run_key run, struct arena *arena,
                           struct run_opening *names)
{
    struct run_opening stored;
    int64_t event_id;

    if (!is_at_run(histories, run, &event_id) || event_id != NAMES_EVENT_ID)
        walk_seek(histories, key_history(arena, run, NAMES_EVENT_ID));
    if (!is_at_run(histories, run, &event_id) || event_id != NAMES_EVENT_ID)
        return damaged_run("the names of an open run are missing", run, NAMES_EVENT_ID);
    if (!names_decode(walk_key(histories), walk_value(histories), &stored))
        return damaged_run("the names of an open run are damaged", run, NAMES_EVENT_ID);
    names->workflow_id = arena_copy(arena, stored.workflow_id);
    names->run_id = arena_copy(arena, stored.run_id);
    walk_next(histories);
    return OK;
}

/* Adds the events of the record there, which must begin with the next one. */
static enum err read_record(const struct walk *histories, struct run_key run, int64_t event_id,
                            struct arena *arena, struct event_texts *events)
{
    struct record record;
    struct record_place place = { 0 };
    int64_t expected = (int64_t)events->count + 1;

    if (event_id != expected)
        return damaged_run("the history of an open run has a gap", run, expected);
    if (!record_decode(walk_key(histories), walk_value(histories), &record))
        return damaged_run("the history of an open run is damaged", run, event_id);
    for (; place.index < record.count; record_next(&record, &place))
        add_event(arena, events, record_text(&record, place));
    return OK;
}

static enum err read_events(struct walk *histories, struct run_key run, struct arena *arena,
                            struct event_texts *events)
{
    int64_t event_id;

    for (; is_at_run(histories, run, &event_id); walk_next(histories)) {
        enum err err = read_record(histories, run, event_id, arena, events);
        if (err)
            return err;
    }
    if (events->count == 0)
        return damaged_run("the history of an open run does not end where it was left", run, 0);
    return OK;
}

enum err whole_run_read(struct walk *histories, struct run_key key, struct arena *arena,
                        struct open_run *out)
{
    struct event_texts events = { 0 };

    *out = (struct open_run){ .key = key };
    enum err err = read_names(histories, key, arena, &out->names);
    if (!err)
        err = read_events(histories, key, arena, &events);
    out->events = events.items;
    out->event_count = events.count;
    return err;
}

enum err store_read_run(struct store *store, struct run_key key, struct arena *arena,
                        struct open_run *out)
{
    struct walk walk;

    *out = (struct open_run){ .key = key };
    if (store_is_poisoned(store))
        return ERR_IO;
    walk_begin(&walk, store->kv, KV_HISTORY, key_run(arena, key));
    walk_seek(&walk, walk.begin);
    enum err err = whole_run_read(&walk, key, arena, out);
    enum err end = walk_end(&walk);
    return end ? end : err;
}

void whole_run_mark_end(struct batch *batch, struct run_key key, int64_t last)
{
    batch_put(batch, KV_HISTORY, key_history(&batch->arena, key, last + 1), BYTES(""));
}
