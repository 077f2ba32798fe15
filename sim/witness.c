#include "witness.h"

#include "base/memory.h"
#include "store/key.h"
#include "store/record.h"
#include "wire/decode.h"

void witness_init(struct witness *witness, struct arena *arena)
{
    *witness = (struct witness){ .arena = arena, .json = json_reader_new() };
}

void witness_deinit(struct witness *witness)
{
    json_reader_free(witness->json);
    memory_free(witness->stored);
    memory_free(witness->steps);
}

void witness_reset(struct witness *witness)
{
    witness->count = witness->stored_count = 0;
    witness->committed = false;
}

/* ---- what was stored ---- */

/* What a commit stored of that run, which comes to one stretch of its history. */
static struct stored_run *stored_of(struct witness *witness, struct run_key key)
{
    struct stored_run *last;

    for (size_t i = witness->stored_count; i > 0; i--)
        if (witness->stored[i - 1].key.run == key.run)
            return &witness->stored[i - 1];
    if (witness->stored_count == witness->stored_capacity) {
        witness->stored_capacity = witness->stored_capacity ? witness->stored_capacity * 2 : 64;
        witness->stored = memory_resize(witness->stored, witness->stored_capacity * sizeof(*last));
    }
    last = &witness->stored[witness->stored_count++];
    *last = (struct stored_run){ .key = key };
    return last;
}

static void see_names(struct witness *witness, const struct kv_operation *operation,
                      struct run_key key)
{
    struct stored_run *run = stored_of(witness, key);
    struct run_opening names;

    run->opens = true;
    if (!names_decode(operation->key, operation->value, &names)) {
        witness->problem = "the names of a run cannot be read";
        return;
    }
    run->names.workflow_id = arena_copy(witness->arena, names.workflow_id);
    run->names.run_id = arena_copy(witness->arena, names.run_id);
}

/* Room for `more` events behind those of the run. */
static void grow(struct witness *witness, struct stored_run *run, size_t more)
{
    struct bytes *texts = arena_array(witness->arena, struct bytes, run->count + more);
    struct event *events = arena_array(witness->arena, struct event, run->count + more);

    for (size_t i = 0; i < run->count; i++) {
        texts[i] = run->texts[i];
        events[i] = run->events[i];
    }
    run->texts = texts;
    run->events = events;
}

static void add_events(struct witness *witness, struct stored_run *run, const struct record *record)
{
    struct record_place place = record_place_of(record, record->first);
    struct bytes *texts;

    grow(witness, run, record->count);
    texts = run->texts + run->count;
    for (size_t i = 0; i < record->count; i++) {
        texts[i] = arena_copy(witness->arena, record_text(record, place));
        record_next(record, &place);
    }
    if (!decode_events(witness->json, texts, record->count, witness->arena,
                       run->events + run->count))
        witness->problem = "an event cannot be read";
    run->count += record->count;
}

static void see_events(struct witness *witness, const struct kv_operation *operation,
                       struct run_key key)
{
    struct stored_run *run = stored_of(witness, key);
    struct record record;

    if (!record_decode(operation->key, operation->value, &record)) {
        witness->problem = "a record of events cannot be read";
        return;
    }
    if (run->count == 0)
        run->first = record.first;
    if (run->first + (int64_t)run->count != record.first) {
        witness->problem = "a record does not follow the one before";
        return;
    }
    add_events(witness, run, &record);
}

static void see_operation(struct witness *witness, const struct kv_operation *operation)
{
    struct run_key key;
    int64_t event_id;
    uint64_t turn;

    if (operation->action != KV_PUT)
        return;
    if (operation->space == KV_STATE && key_parse_turn(operation->key, &turn))
        witness->committed = true;
    if (operation->space != KV_HISTORY || !key_parse_history(operation->key, &key, &event_id))
        return;
    if (event_id == NAMES_EVENT_ID)
        see_names(witness, operation, key);
    else
        see_events(witness, operation, key);
}

/* ---- which transactions it was ---- */

static struct seen_step *add_step(struct witness *witness)
{
    if (witness->count == witness->capacity) {
        witness->capacity = witness->capacity ? witness->capacity * 2 : 64;
        witness->steps = memory_resize(witness->steps, witness->capacity * sizeof(*witness->steps));
    }
    return &witness->steps[witness->count++];
}

/* False when these events, and no others, are not next of those stored. */
static bool cut(struct witness *witness, const struct turn_step *step)
{
    struct stored_run *run = NULL;

    for (size_t i = 0; i < witness->stored_count && run == NULL; i++)
        if (witness->stored[i].key.run == step->run)
            run = &witness->stored[i];
    if (run == NULL || run->first + (int64_t)run->cut != step->first ||
        step->count > run->count - run->cut)
        return false;
    *add_step(witness) = (struct seen_step){
        .key = run->key,
        .opens = run->opens && run->cut == 0,
        .names = run->names,
        .first = step->first,
        .texts = run->texts + run->cut,
        .events = run->events + run->cut,
        .count = step->count,
    };
    run->cut += step->count;
    return true;
}

static void cut_all(struct witness *witness, const struct turn_array *steps)
{
    const struct turn_step *items = steps->items;

    for (size_t i = 0; i < steps->count; i++)
        if (!cut(witness, &items[i]))
            witness->problem = "a transaction is not stored whole, or not at its place";
    for (size_t i = 0; i < witness->stored_count; i++)
        if (witness->stored[i].cut < witness->stored[i].count || witness->stored[i].count == 0)
            witness->problem = "events were stored of which the turn knows nothing";
}

void witness_see(struct witness *witness, const struct kv_operation *operations, size_t count,
                 const struct turn *turn)
{
    bool committed_before = witness->committed;

    for (size_t i = 0; i < count; i++)
        see_operation(witness, &operations[i]);
    if (witness->committed && !committed_before && turn && !witness->problem)
        cut_all(witness, &turn->steps);
}
