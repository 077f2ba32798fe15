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
    memory_free(witness->steps);
}

void witness_reset(struct witness *witness)
{
    witness->count = 0;
    witness->committed = false;
}

/* The step of that run that was seen opening and has no events yet, or a new one. */
static struct seen_step *step_of(struct witness *witness, struct run_key run)
{
    struct seen_step *last = witness->count ? &witness->steps[witness->count - 1] : NULL;

    if (last && last->key.run == run.run && last->opens && last->count == 0)
        return last;
    if (witness->count == witness->capacity) {
        witness->capacity = witness->capacity ? witness->capacity * 2 : 64;
        witness->steps = memory_resize(witness->steps, witness->capacity * sizeof(*last));
    }
    last = &witness->steps[witness->count++];
    *last = (struct seen_step){ .key = run };
    return last;
}

static void see_names(struct witness *witness, const struct kv_operation *operation,
                      struct run_key run)
{
    struct seen_step *step = step_of(witness, run);
    struct run_opening names;

    step->opens = true;
    if (!names_decode(operation->key, operation->value, &names)) {
        witness->problem = "the names of a run cannot be read";
        return;
    }
    step->names.workflow_id = arena_copy(witness->arena, names.workflow_id);
    step->names.run_id = arena_copy(witness->arena, names.run_id);
}

static void see_events(struct witness *witness, const struct kv_operation *operation,
                       struct run_key run)
{
    struct seen_step *step = step_of(witness, run);
    struct record record;
    struct record_place place;

    if (!record_decode(operation->key, operation->value, &record)) {
        witness->problem = "a record of events cannot be read";
        return;
    }
    step->first = record.first;
    step->count = record.count;
    step->texts = arena_array(witness->arena, struct bytes, step->count);
    step->events = arena_array(witness->arena, struct event, step->count);
    place = record_place_of(&record, record.first);
    for (size_t i = 0; i < step->count; i++) {
        step->texts[i] = arena_copy(witness->arena, record_text(&record, place));
        record_next(&record, &place);
    }
    if (!decode_events(witness->json, step->texts, step->count, witness->arena, step->events))
        witness->problem = "an event cannot be read";
}

void witness_see(struct witness *witness, const struct kv_operation *operations, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct kv_operation *operation = &operations[i];
        struct run_key run;
        int64_t event_id;
        uint64_t turn;

        if (operation->action != KV_PUT)
            continue;
        if (operation->space == KV_STATE && key_parse_turn(operation->key, &turn))
            witness->committed = true;
        if (operation->space != KV_HISTORY || !key_parse_history(operation->key, &run, &event_id))
            continue;
        if (event_id == NAMES_EVENT_ID)
            see_names(witness, operation, run);
        else
            see_events(witness, operation, run);
    }
}
