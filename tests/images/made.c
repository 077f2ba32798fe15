#include "made.h"

#include "store/model.h"
#include <signal.h>
#include <unistd.h>

/* More than a block of a log, and many of a disk's. */
#define LONG_EVENT_BYTES ((size_t)100 << 10)
#define SWEEP_TURNS 7
#define SWEEP_RUNS_MAX 5
#define GOES_ON_ONE_IN 4

static struct model *model_begin(uint64_t seed)
{
    struct model *model = model_new(seed);

    model->long_event_bytes = LONG_EVENT_BYTES;
    return model;
}

static struct model *model_after(uint64_t seed, uint64_t turn)
{
    struct model *model = model_begin(seed);

    while (model->turn < turn)
        model_apply(model, model_draft(model));
    return model;
}

/* ---- the life that is recorded */

static enum err commit_noted(struct model *model, struct store *store, struct note_taker *taker)
{
    note_down(taker, RECORD_BEGUN, model->turn + 1, BYTES(""));
    enum err err = model_commit(model, store);
    if (!err)
        note_down(taker, RECORD_KNOWN, model->turn, BYTES(""));
    return err;
}

static enum err sweep(struct model *model, struct store *store)
{
    size_t removed;

    return model->turn % SWEEP_TURNS == 0
               ? store_remove_expired(store, model->clock, SWEEP_RUNS_MAX, &removed, NULL)
               : OK;
}

int made_live(const char *folder, const char *recording, uint64_t seed, uint64_t until,
              bool in_order)
{
    struct world world = { .kind = WORLD_ROCKS };
    struct note_taker taker;
    struct store_meta meta;
    enum err err = OK;

    note_taker_init(&taker, recording);
    snprintf(world.folder, sizeof world.folder, "%s", folder);
    assert_ok(world_open(&world));
    store_get_meta(world.store, &meta);
    struct model *model = model_after(seed, meta.turn);
    /* A recovery tells the model which runs are idle. */
    assert_true(model_check_recovery(model, world.store, MODEL_STRICT));
    while (!err && model->turn < until) {
        err = commit_noted(model, world.store, &taker);
        if (!err)
            err = sweep(model, world.store);
    }
    if (in_order)
        world_close(&world);
    else if (!err)
        kill(getpid(), RECORD_KILL);
    while (!in_order && !err)
        pause();
    _exit(err ? 1 : 0);
}

/* ---- what the image must be */

/* Between which turns a cut at this item leaves the store. */
static void find_turns(const struct recording *recording, size_t at, uint64_t *known,
                       uint64_t *begun)
{
    *known = *begun = 0;
    for (size_t i = 0; i < at; i++) {
        const struct recorded *item = &recording->items[i];
        if (item->kind == RECORD_KNOWN)
            *known = item->number;
        else if (item->kind == RECORD_BEGUN)
            *begun = item->number;
    }
}

/* Removals are not durable, and made again: after this both have removed all that expired. */
static void remove_expired(struct model *model, struct store *store)
{
    size_t removed = 1;

    for (size_t i = 0; i < model->run_count; i++)
        model->runs[i].removed = model->runs[i].closed &&
                                 model->runs[i].closing.expires.ms <= model->clock.ms;
    while (removed > 0)
        assert_ok(store_remove_expired(store, model->clock, SWEEP_RUNS_MAX, &removed, NULL));
}

static void check_reads(struct model *model, struct store *store)
{
    remove_expired(model, store);
    model_check_reads(model, store, MODEL_STRICT);
    model_check_lists(model, store, 10, MODEL_STRICT);
}

/* It works as any other store, and ends in order. */
static void check_going_on(struct model *model, struct world *world)
{
    assert_ok(model_commit(model, world->store));
    world_close(world);
    assert_true(model_check_start(model, world, MODEL_STRICT));
    world_close(world);
}

void made_check(const struct recording *recording, size_t at, uint64_t seed, const char *folder)
{
    struct world world = { .kind = WORLD_ROCKS };
    struct store_meta meta;
    uint64_t known, begun;

    snprintf(world.folder, sizeof world.folder, "%s", folder);
    find_turns(recording, at, &known, &begun);
    assert_ok(world_open(&world));
    store_get_meta(world.store, &meta);
    assert_in_range(meta.turn, known, begun);
    struct model *model = model_after(seed, meta.turn);
    assert_true(model_check_recovery(model, world.store, MODEL_STRICT));
    check_reads(model, world.store);
    assert_ok(model_commit(model, world.store));
    if (at % GOES_ON_ONE_IN == 0)
        check_going_on(model, &world);
}
