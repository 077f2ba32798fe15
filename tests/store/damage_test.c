/*
 * Damage: whatever byte of whatever value changes, whatever value turns up in another's place,
 * every answer is either the right one or ERR_CORRUPT; and what is damaged is named in the log.
 */
#include "model.h"

#include "store/key.h"
#include "store/value.h"
#include <stdlib.h>

/* ---- pictures of a store's keys and values */

struct pair {
    enum kv_space space;
    struct bytes key;
    struct bytes value;
};

struct picture {
    struct arena arena;
    struct pair *pairs;
    size_t count;
};

static void take_space(struct picture *picture, struct kv *kv, enum kv_space space)
{
    const struct kv_functions *f = kv->functions;
    struct kv_iterator *iterator = kv_iterate_prefix(kv, space, BYTES(""));

    for (f->seek(iterator, BYTES("")); f->valid(iterator); f->next(iterator)) {
        assert_true(picture->count < 1024);
        picture->pairs[picture->count++] = (struct pair){
            space,
            arena_copy(&picture->arena, f->key(iterator)),
            arena_copy(&picture->arena, f->value(iterator)),
        };
    }
    f->done(iterator);
}

static void picture_take(struct picture *picture, struct kv *kv)
{
    *picture = (struct picture){ 0 };
    arena_init(&picture->arena, "picture", (size_t)1 << 24);
    picture->pairs = arena_array(&picture->arena, struct pair, 1024);
    for (int space = 0; space < KV_SPACE_COUNT; space++)
        take_space(picture, kv, (enum kv_space)space);
}

/* A new world over memory that holds what the picture does; `changed` has `value` instead of its
 * own, or is left out when that is absent. */
static void world_of_picture(struct world *world, const struct picture *picture, size_t changed,
                             struct bytes value)
{
    world_init(world, WORLD_MEMORY);
    for (size_t i = 0; i < picture->count; i++) {
        struct kv_operation put = { KV_PUT, picture->pairs[i].space, picture->pairs[i].key,
                                    i == changed ? value : picture->pairs[i].value };
        if (!bytes_is_absent(put.value))
            assert_ok(world->kv->functions->write(world->kv, &put, 1, false));
    }
}

/* ---- a small store with everything in it */

/* Without an orderly end turn records remain that matter; with one the open rows do. */
static struct model *make_store(struct picture *picture, uint64_t seed, bool orderly)
{
    struct world world;
    struct model *model = model_new(seed);

    world_init(&world, WORLD_MEMORY);
    assert_true(model_check_start(model, &world, MODEL_STRICT));
    for (int i = 0; i < 7; i++)
        assert_ok(model_commit(model, world.store));
    world_close(&world);
    assert_true(model_check_start(model, &world, MODEL_STRICT));
    for (int i = 0; i < 7; i++)
        assert_ok(model_commit(model, world.store));
    if (orderly)
        world_close(&world);
    else
        world_crash(&world);
    picture_take(picture, world.kv);
    world_deinit(&world);
    return model;
}

static void check_damaged(struct model *model, const struct picture *picture, size_t changed,
                          struct bytes value)
{
    struct world world;

    world_of_picture(&world, picture, changed, value);
    if (model_check_start(model, &world, MODEL_DAMAGED)) {
        model_check_reads(model, world.store, MODEL_DAMAGED);
        model_check_lists(model, world.store, 4, MODEL_DAMAGED);
    }
    world_deinit(&world);
}

static void flip_every_byte(struct model *model, const struct picture *picture)
{
    for (size_t i = 0; i < picture->count; i++) {
        struct bytes value = picture->pairs[i].value;
        char *changed = memcpy(malloc(value.len), value.ptr, value.len);
        for (size_t at = 0; at < value.len; at++) {
            changed[at] = (char)(value.ptr[at] ^ (1 << random_below(&model->random, 8)));
            check_damaged(model, picture, i, bytes_of(changed, value.len));
            changed[at] = value.ptr[at];
        }
        free(changed);
    }
}

static void cut_every_value(struct model *model, const struct picture *picture)
{
    for (size_t i = 0; i < picture->count; i++) {
        struct bytes value = picture->pairs[i].value;
        check_damaged(model, picture, i, BYTES(""));
        check_damaged(model, picture, i, bytes_of(value.ptr, value.len - 1));
        check_damaged(model, picture, i, bytes_of(value.ptr, value.len / 2));
    }
}

/* Values as they were written, but under another key. */
static void misplace_values(struct model *model, const struct picture *picture)
{
    for (size_t i = 0; i < picture->count; i++)
        for (size_t j = 0; j < 5; j++) {
            const struct pair *other =
                &picture->pairs[random_below(&model->random, picture->count)];
            check_damaged(model, picture, i, other->value);
        }
}

static void with_store(bool orderly, void (*damage)(struct model *, const struct picture *))
{
    struct picture picture;
    struct model *model = make_store(&picture, 12, orderly);

    quiet_begin();
    damage(model, &picture);
    quiet_end();
    arena_deinit(&picture.arena);
    model_free(model);
}

static void test_every_byte_flipped(void **state)
{
    (void)state;
    with_store(false, flip_every_byte);
    with_store(true, flip_every_byte);
}

static void test_values_cut_short(void **state)
{
    (void)state;
    with_store(false, cut_every_value);
    with_store(true, cut_every_value);
}

static void test_values_misplaced(void **state)
{
    (void)state;
    with_store(false, misplace_values);
    with_store(true, misplace_values);
}

/* ---- what is kept twice */

static bool is_kept_twice(const struct pair *pair)
{
    return (pair->space == KV_STATE || pair->space == KV_TWIN) &&
           memchr("mrqth", pair->key.ptr[0], 5) != NULL;
}

/* Of the made-up store nothing is lost, whichever side is damaged; and it goes on: what is changed
 * and taken out then is so after the next start, which reads the same side. */
static void check_one_side_damaged(struct model *model, const struct picture *picture,
                                   enum kv_space side, char kind)
{
    struct world world;

    world_of_picture(&world, picture, SIZE_MAX, BYTES_ABSENT);
    for (size_t i = 0; i < picture->count; i++)
        if (picture->pairs[i].space == side && picture->pairs[i].key.ptr[0] == kind) {
            struct kv_operation put = { KV_PUT, side, picture->pairs[i].key, BYTES("nonsense") };
            assert_ok(world.kv->functions->write(world.kv, &put, 1, false));
        }
    quiet_begin();
    assert_true(model_check_start(model, &world, MODEL_STRICT));
    const char *said = quiet_end();
    assert_int_equal(strstr(said, "is read from its second copy") != NULL, side == KV_STATE);
    for (int i = 0; i < 30; i++)
        assert_ok(model_commit(model, world.store));
    world_crash(&world);
    quiet_begin();
    assert_true(model_check_start(model, &world, MODEL_STRICT));
    quiet_end();
    world_deinit(&world);
}

static void test_one_side_damaged_loses_nothing(void **state)
{
    static const char kinds[] = "mrqth";

    (void)state;
    for (size_t i = 0; i < 2 * (sizeof(kinds) - 1); i++) {
        struct picture picture;
        struct model *model = make_store(&picture, 12, false);
        check_one_side_damaged(model, &picture, i % 2 ? KV_TWIN : KV_STATE, kinds[i / 2]);
        arena_deinit(&picture.arena);
        model_free(model);
    }
}

/* One row at a time, and every one. */
static void test_each_row_damaged_on_one_side_loses_nothing(void **state)
{
    struct picture picture;
    struct model *model = make_store(&picture, 12, false);
    struct world world;

    (void)state;
    quiet_begin();
    for (size_t i = 0; i < picture.count; i++) {
        if (!is_kept_twice(&picture.pairs[i]))
            continue;
        world_of_picture(&world, &picture, i, BYTES("nonsense"));
        assert_true(model_check_start(model, &world, MODEL_STRICT));
        world_deinit(&world);
    }
    quiet_end();
    arena_deinit(&picture.arena);
    model_free(model);
}

/* The two copies are the same after whatever was done. */
static void test_both_sides_are_the_same(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct picture picture;
        struct model *model = make_store(&picture, seed, seed % 2);
        size_t first = 0, second = 0;

        while (second < picture.count && picture.pairs[second].space != KV_TWIN)
            second++;
        for (; first < picture.count && picture.pairs[first].space == KV_STATE; first++) {
            if (!is_kept_twice(&picture.pairs[first]))
                continue;
            assert_true(second < picture.count);
            assert_bytes(picture.pairs[first].key, picture.pairs[second].key);
            assert_bytes(picture.pairs[first].value, picture.pairs[second].value);
            second++;
        }
        assert_int_equal(second, picture.count);
        arena_deinit(&picture.arena);
        model_free(model);
    }
}

/* ---- one story: a run of three records */

static void commit_events(struct store *store, uint64_t turn, struct run_change change)
{
    struct bytes events[2] = { BYTES("{\"a\":1}"), BYTES("{\"b\":2}") };
    struct commit commit = {
        .turn = turn,
        .next_run = change.key.run + 1,
        .clock.ms = 1000,
        .runs = &change,
        .run_count = 1,
    };

    change.events = events;
    change.event_count = 2;
    assert_ok(commit_now(store, &commit));
}

static const struct run_key open_key = { 7, 8, 1 };

/* An open run of three turns; the checkpoint is of the first. */
static void make_story(struct world *world)
{
    struct run_opening names = { BYTES("order"), BYTES("the run") };

    world_init(world, WORLD_MEMORY);
    world_open_recovered(world);
    commit_events(world->store, 1, (struct run_change){ .key = open_key, .opening = &names });
    world_close(world);
    world_open_recovered(world);
    commit_events(world->store, 2, (struct run_change){ .key = open_key, .builds_on = 2 });
    commit_events(world->store, 3, (struct run_change){ .key = open_key, .builds_on = 4 });
}

static const struct run_key closed_key = { 7, 8, 2 };

static struct run_closing a_closing(struct bytes workflow_id, struct bytes run_id)
{
    return (struct run_closing){
        .closed.ms = 5,
        .expires.ms = 9000,
        .close_status = CLOSE_STATUS_FAILED,
        .workflow_id = workflow_id,
        .run_id = run_id,
        .type_name = BYTES("type"),
        .type_version = BYTES("1"),
        .info_json = BYTES("{}"),
        .detail_json = BYTES("{}"),
    };
}

/* Turn 4: a run that opens and closes. */
static void close_one(struct world *world)
{
    struct run_opening names = { BYTES("order"), BYTES("the other run") };
    struct run_closing closing = a_closing(names.workflow_id, names.run_id);

    commit_events(world->store, 4,
                  (struct run_change){ .key = closed_key, .opening = &names, .closing = &closing });
}

static void delete_key(struct world *world, enum kv_space space, struct bytes key)
{
    struct kv_operation operation = { .action = KV_DELETE, .space = space, .key = key };
    assert_ok(world->kv->functions->write(world->kv, &operation, 1, false));
}

static void put_raw(struct world *world, enum kv_space space, struct bytes key, struct bytes value)
{
    struct kv_operation operation = { KV_PUT, space, key, value };
    assert_ok(world->kv->functions->write(world->kv, &operation, 1, false));
}

static struct arena arena;

static int story_begin(void **state)
{
    (void)state;
    arena_init(&arena, "test", 1 << 20);
    return 0;
}

static int story_end(void **state)
{
    arena_deinit(&arena);
    return quiet_stop(state);
}

static enum err recover_quietly(struct world *world, const char **said)
{
    quiet_begin();
    enum err err = store_recover(world->store, &recovery_blind);
    *said = quiet_end();
    return err;
}

static void assert_said(const char *said, const char *words)
{
    if (!strstr(said, words))
        print_error("\"%s\" is not in: %s\n", words, said);
    assert_non_null(strstr(said, words));
}

static void test_missing_record_is_a_gap(void **state)
{
    struct world world;
    struct history_query query = {
        .key = open_key, .from = 1, .to = 6, .events_max = 9, .bytes_max = 999
    };
    struct history_page page;
    const char *said;

    (void)state;
    make_story(&world);
    delete_key(&world, KV_HISTORY, key_history(&arena, open_key, 3));
    quiet_begin();
    assert_int_equal(store_read_history(world.store, &query, &arena, &page), ERR_CORRUPT);
    query = (struct history_query){ open_key, 6, 1, true, 9, 999, 0 };
    assert_int_equal(store_read_history(world.store, &query, &arena, &page), ERR_CORRUPT);
    query = (struct history_query){ open_key, 3, 3, false, 9, 999, 0 };
    assert_int_equal(store_read_history(world.store, &query, &arena, &page), ERR_CORRUPT);
    said = quiet_end();
    assert_said(said, "the history of a run has a gap");
    assert_said(said, "account=7 domain=8 run=1 event=3");
    world_crash(&world);
    assert_ok(world_open(&world));
    assert_int_equal(recover_quietly(&world, &said), ERR_CORRUPT);
    assert_said(said, "run=1 event=3");
    world_deinit(&world);
}

static void test_missing_beginning_is_a_gap(void **state)
{
    struct world world;
    struct history_query query = {
        .key = open_key, .from = 1, .to = 6, .events_max = 9, .bytes_max = 999
    };
    struct history_page page;

    (void)state;
    make_story(&world);
    delete_key(&world, KV_HISTORY, key_history(&arena, open_key, 1));
    quiet_begin();
    assert_int_equal(store_read_history(world.store, &query, &arena, &page), ERR_CORRUPT);
    query = (struct history_query){ open_key, 6, 1, true, 9, 999, 0 };
    assert_int_equal(store_read_history(world.store, &query, &arena, &page), ERR_CORRUPT);
    assert_said(quiet_end(), "event=1");
    world_deinit(&world);
}

/* The turn record knows where the history ended. */
static void test_missing_end_is_noticed(void **state)
{
    struct world world;
    const char *said;

    (void)state;
    make_story(&world);
    delete_key(&world, KV_HISTORY, key_history(&arena, open_key, 5));
    world_crash(&world);
    assert_ok(world_open(&world));
    assert_int_equal(recover_quietly(&world, &said), ERR_CORRUPT);
    assert_said(said, "does not end where it was left");
    assert_said(said, "run=1 event=4");
    world_deinit(&world);
}

/* What the store answers for these events, up to nine of them. */
static enum err read_events(struct world *world, struct run_key run, int64_t from, int64_t to,
                            int64_t committed)
{
    struct history_query query = { run, from, to, from > to, 9, 999, committed };
    struct history_page page;

    return store_read_history(world->store, &query, &arena, &page);
}

/* Turn 4: the open run of the story closes with events 7 and 8. */
static void close_story(struct world *world)
{
    struct run_closing closing = a_closing(BYTES("order"), BYTES("the run"));

    commit_events(world->store, 4,
                  (struct run_change){ .key = open_key, .builds_on = 6, .closing = &closing });
}

static void test_missing_end_of_a_closed_run_is_noticed(void **state)
{
    struct world world;

    (void)state;
    make_story(&world);
    close_story(&world);
    assert_ok(read_events(&world, open_key, 1, INT64_MAX, 0));
    assert_int_equal(read_events(&world, open_key, 9, 9, 0), ERR_NOT_FOUND);
    delete_key(&world, KV_HISTORY, key_history(&arena, open_key, 7));
    quiet_begin();
    assert_int_equal(read_events(&world, open_key, 1, INT64_MAX, 0), ERR_CORRUPT);
    assert_int_equal(read_events(&world, open_key, 5, 7, 0), ERR_CORRUPT);
    assert_int_equal(read_events(&world, open_key, 8, 8, 0), ERR_CORRUPT);
    assert_int_equal(read_events(&world, open_key, INT64_MAX, 1, 0), ERR_CORRUPT);
    assert_int_equal(read_events(&world, open_key, 8, 7, 0), ERR_CORRUPT);
    assert_ok(read_events(&world, open_key, 1, 6, 0)); /* what is there is served */
    assert_ok(read_events(&world, open_key, 6, 1, 0));
    assert_said(quiet_end(), "the history of a run does not end where it was left");
    world_deinit(&world);
}

static void test_missing_history_of_a_closed_run_is_noticed(void **state)
{
    struct world world;

    (void)state;
    make_story(&world);
    close_one(&world);
    delete_key(&world, KV_HISTORY, key_history(&arena, closed_key, 1));
    delete_key(&world, KV_HISTORY, key_history(&arena, closed_key, NAMES_EVENT_ID));
    quiet_begin();
    assert_int_equal(read_events(&world, closed_key, 1, INT64_MAX, 0), ERR_CORRUPT);
    assert_int_equal(read_events(&world, closed_key, INT64_MAX, 1, 0), ERR_CORRUPT);
    assert_said(quiet_end(), "account=7 domain=8 run=2");
    delete_key(&world, KV_CLOSED, key_summary(&arena, closed_key)); /* then there was no such run */
    assert_int_equal(read_events(&world, closed_key, 1, INT64_MAX, 2), ERR_NOT_FOUND);
    world_deinit(&world);
}

/* Of an open run the caller knows it. */
static void test_missing_end_of_an_open_run_is_noticed(void **state)
{
    struct world world;

    (void)state;
    make_story(&world);
    assert_ok(read_events(&world, open_key, 1, INT64_MAX, 6));
    delete_key(&world, KV_HISTORY, key_history(&arena, open_key, 5));
    quiet_begin();
    assert_int_equal(read_events(&world, open_key, 1, INT64_MAX, 6), ERR_CORRUPT);
    assert_int_equal(read_events(&world, open_key, INT64_MAX, 1, 6), ERR_CORRUPT);
    assert_int_equal(read_events(&world, open_key, 6, 6, 6), ERR_CORRUPT);
    assert_said(quiet_end(), "account=7 domain=8 run=1 event=4");
    assert_ok(read_events(&world, open_key, 1, INT64_MAX, 4));
    world_deinit(&world);
}

static void test_damaged_record_is_named(void **state)
{
    struct world world;
    const char *said;

    (void)state;
    make_story(&world);
    put_raw(&world, KV_HISTORY, key_history(&arena, open_key, 3), BYTES("nonsense"));
    world_crash(&world);
    assert_ok(world_open(&world));
    assert_int_equal(recover_quietly(&world, &said), ERR_CORRUPT);
    assert_said(said, "the history of an open run is damaged");
    assert_said(said, "account=7 domain=8 run=1 event=3");
    world_deinit(&world);
}

struct handed_over {
    uint64_t whole, damaged; /* the last run of each */
    bool has_names;
};

static enum err on_pair(void *context, struct bytes key, struct bytes value)
{
    (void)context, (void)key, (void)value;
    return OK;
}

static enum err on_whole(void *context, const struct open_run *run)
{
    ((struct handed_over *)context)->whole = run->key.run;
    return OK;
}

static enum err on_damaged(void *context, struct run_key key, const struct run_opening *names)
{
    struct handed_over *handed_over = context;

    handed_over->damaged = key.run;
    handed_over->has_names = names && bytes_equal_cstr(names->workflow_id, "order");
    return OK;
}

/* Two open runs, and one of them damaged: the other one is handed over all the same. */
static void test_damaged_run_keeps_no_other(void **state)
{
    static const struct run_opening names = { { "another", 7 }, { "its run", 7 } };

    (void)state;
    for (int lost = NAMES_EVENT_ID; lost <= 3; lost += 3) {
        struct handed_over handed_over = { 0 };
        struct recovery recovery = { &handed_over, on_pair, on_pair, on_whole,
                                     on_damaged,   NULL,    NULL };
        struct world world;

        make_story(&world);
        commit_events(world.store, 4, (struct run_change){ .key = closed_key, .opening = &names });
        put_raw(&world, KV_HISTORY, key_history(&arena, open_key, lost), BYTES("nonsense"));
        world_crash(&world);
        assert_ok(world_open(&world));
        quiet_begin();
        assert_ok(store_recover(world.store, &recovery));
        assert_said(quiet_end(), "an open run is damaged");
        assert_int_equal(handed_over.whole, closed_key.run);
        assert_int_equal(handed_over.damaged, open_key.run);
        assert_int_equal(handed_over.has_names, lost != NAMES_EVENT_ID);
        world_deinit(&world);
    }
}

typedef enum err damaged_run_fn(void *context, struct run_key key, const struct run_opening *names);

/* A start that meets a damaged open run and says so; what came of it. */
static enum err start_that_notices(struct world *world, damaged_run_fn *on_damaged_run,
                                   struct handed_over *handed_over)
{
    struct recovery recovery = {
        handed_over, on_pair, on_pair, on_whole, on_damaged_run, NULL, NULL
    };

    *handed_over = (struct handed_over){ 0 };
    assert_ok(world_open(world));
    quiet_begin();
    enum err err = store_recover(world->store, &recovery);
    assert_said(quiet_end(), "an open run is damaged");
    return err;
}

/* It is known for good: turn records go with the next checkpoint, and what they said does not. */
static void test_missing_end_is_noticed_at_each_start(void **state)
{
    struct handed_over handed_over;
    struct world world;

    (void)state;
    make_story(&world);
    delete_key(&world, KV_HISTORY, key_history(&arena, open_key, 5));
    world_crash(&world);
    for (int start = 1; start <= 3; start++) {
        assert_ok(start_that_notices(&world, on_damaged, &handed_over));
        assert_int_equal(handed_over.whole, 0);
        assert_int_equal(handed_over.damaged, open_key.run);
        assert_true(handed_over.has_names);
        world_close(&world);
    }
    world_deinit(&world);
}

static enum err on_damaged_break_off(void *context, struct run_key key,
                                     const struct run_opening *names)
{
    (void)context, (void)key, (void)names;
    return ERR_IO;
}

/* So it is when the first start that notices it does not come to its end, though it had to make a
 * checkpoint. */
static void test_missing_end_is_noticed_after_a_start_that_broke_off(void **state)
{
    struct handed_over handed_over;
    struct world world;

    (void)state;
    make_story(&world);
    delete_key(&world, KV_HISTORY, key_history(&arena, open_key, 5));
    delete_key(&world, KV_STATE, key_named(&arena, STATE_META, BYTES("checkpoint")));
    delete_key(&world, KV_TWIN, key_named(&arena, STATE_META, BYTES("checkpoint")));
    world_crash(&world);
    assert_int_equal(start_that_notices(&world, on_damaged_break_off, &handed_over), ERR_IO);
    world_crash(&world);
    assert_ok(start_that_notices(&world, on_damaged, &handed_over));
    assert_int_equal(handed_over.whole, 0);
    assert_int_equal(handed_over.damaged, open_key.run);
    world_deinit(&world);
}

static bool has_heartbeat(struct world *world, uint64_t run)
{
    struct bytes key = key_heartbeat(&arena, run, 2), value;
    const struct kv_functions *functions = world->kv->functions;
    enum err first = functions->get(world->kv, KV_STATE, key, &arena, &value);
    enum err second = functions->get(world->kv, KV_TWIN, key, &arena, &value);

    assert_int_equal(first, second);
    return first == OK;
}

/* Whether another open run comes after it or none. One of no open run goes, as ever. */
static void test_damaged_run_keeps_its_heartbeats(void **state)
{
    static const struct run_opening names = { { "another", 7 }, { "its run", 7 } };
    const struct heartbeat_change heartbeat = { 2, BYTES("half") };

    (void)state;
    for (int others = 0; others <= 1; others++) {
        struct handed_over handed_over = { 0 };
        struct recovery recovery = { &handed_over, on_pair, on_pair, on_whole,
                                     on_damaged,   NULL,    NULL };
        struct world world;

        make_story(&world);
        commit_events(
            world.store, 4,
            (struct run_change){
                .key = open_key, .builds_on = 6, .heartbeats = &heartbeat, .heartbeat_count = 1 });
        if (others)
            commit_events(world.store, 5,
                          (struct run_change){ .key = closed_key, .opening = &names });
        put_raw(&world, KV_HISTORY, key_history(&arena, open_key, 3), BYTES("nonsense"));
        for (int side = 0; side < 2; side++)
            put_raw(&world, side ? KV_TWIN : KV_STATE, key_heartbeat(&arena, 99, 2), BYTES("x"));
        world_crash(&world);
        assert_ok(world_open(&world));
        quiet_begin();
        assert_ok(store_recover(world.store, &recovery));
        quiet_end();
        assert_int_equal(handed_over.damaged, open_key.run);
        assert_true(has_heartbeat(&world, open_key.run));
        assert_false(has_heartbeat(&world, 99));
        world_deinit(&world);
    }
}

static void test_lost_turn_is_named(void **state)
{
    struct world world;
    const char *said;

    (void)state;
    make_story(&world);
    delete_key(&world, KV_STATE, key_turn(&arena, 2));
    delete_key(&world, KV_TWIN, key_turn(&arena, 2));
    world_crash(&world);
    assert_ok(world_open(&world));
    assert_int_equal(recover_quietly(&world, &said), ERR_CORRUPT);
    assert_said(said, "a turn was committed whose record is missing");
    assert_said(said, "turn=2");
    world_deinit(&world);
}

static void test_missing_summary_is_named(void **state)
{
    struct world world;
    struct closed_query list = {
        .account = 7, .domain = 8, .latest = INSTANT_NEVER, .count_max = 9
    };
    struct closed_page page;
    size_t removed;

    (void)state;
    make_story(&world);
    close_one(&world);
    delete_key(&world, KV_CLOSED, key_summary(&arena, closed_key));
    quiet_begin();
    assert_int_equal(store_list_closed(world.store, &list, &arena, &page), ERR_CORRUPT);
    assert_int_equal(store_remove_expired(world.store, INSTANT_NEVER, 1, &removed, NULL),
                     ERR_CORRUPT);
    const char *said = quiet_end();
    assert_said(said, "the summary of a closed run is missing");
    assert_said(said, "the summary of an expired run is missing");
    assert_said(said, "run=2");
    world_deinit(&world);
}

/* Runs 2 to 4; the one in the middle cannot be removed. */
static void make_damaged(struct world *world)
{
    struct run_opening names = { BYTES("order"), BYTES("a run") };
    struct run_closing closing = a_closing(names.workflow_id, names.run_id);

    make_story(world);
    for (uint64_t run = 2; run <= 4; run++)
        commit_events(
            world->store, run + 2,
            (struct run_change){ .key = { 7, 8, run }, .opening = &names, .closing = &closing });
    put_raw(world, KV_CLOSED, key_summary(&arena, (struct run_key){ 7, 8, 3 }), BYTES("nonsense"));
}

static void check_others_went(struct world *world)
{
    assert_int_equal(read_events(world, (struct run_key){ 7, 8, 2 }, 1, 9, 0), ERR_NOT_FOUND);
    assert_int_equal(read_events(world, (struct run_key){ 7, 8, 4 }, 1, 9, 0), ERR_NOT_FOUND);
    assert_ok(read_events(world, (struct run_key){ 7, 8, 3 }, 1, 2, 0));
}

static void test_damage_does_not_keep_others(void **state)
{
    struct world world;
    size_t removed;

    (void)state;
    make_damaged(&world);
    quiet_begin();
    assert_int_equal(store_remove_expired(world.store, INSTANT_NEVER, 10, &removed, NULL),
                     ERR_CORRUPT);
    assert_said(quiet_end(), "account=7 domain=8 run=3");
    assert_int_equal(removed, 2);
    check_others_went(&world);
    assert_ok(store_remove_expired(world.store, INSTANT_NEVER, 10, &removed,
                                   NULL)); /* it was named once */
    assert_int_equal(removed, 0);
    world_deinit(&world);
}

/* ---- rows of expiry that cannot be read */

static const struct kv_functions *memory;

/* A block with the rows of runs 4 and 5. */
static bool is_in_block(const struct kv_iterator *iterator)
{
    struct instant expires;
    struct run_key run;

    return memory->valid(iterator) && key_parse_expiry(memory->key(iterator), &expires, &run) &&
           (run.run == 4 || run.run == 5);
}

static bool valid_but_in_block(const struct kv_iterator *iterator)
{
    return memory->valid(iterator) && !is_in_block(iterator);
}

static enum err status_of_block(const struct kv_iterator *iterator)
{
    return is_in_block(iterator) ? ERR_CORRUPT : memory->status(iterator);
}

/* Runs 2 to 7, each of which expires at another time. */
static void make_unreadable(struct world *world, struct kv_functions *own)
{
    struct run_opening names = { BYTES("order"), BYTES("a run") };
    struct run_closing closing = a_closing(names.workflow_id, names.run_id);

    make_story(world);
    for (uint64_t run = 2; run <= 7; run++) {
        closing.expires.ms = 9000 + 1000 * (int64_t)run;
        commit_events(
            world->store, run + 2,
            (struct run_change){ .key = { 7, 8, run }, .opening = &names, .closing = &closing });
    }
    *own = world->functions;
    memory = own;
    world->functions.valid = valid_but_in_block;
    world->functions.status = status_of_block;
}

/* They keep no other: what lies behind them goes next time, if it has expired. */
static void test_unreadable_rows_do_not_keep_others(void **state)
{
    static const int64_t ends[] = { 13500, 15500, INT64_MAX };

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct kv_functions own;
        struct world world;
        size_t removed;
        bool is_cut;

        make_unreadable(&world, &own);
        struct instant now = { ends[i] };
        quiet_begin();
        assert_int_equal(store_remove_expired(world.store, now, 10, &removed, &is_cut),
                         ERR_CORRUPT);
        assert_int_equal(removed, 2);
        assert_int_equal(is_cut, i > 0);
        if (is_cut) {
            assert_ok(store_remove_expired(world.store, now, 10, &removed, NULL));
            assert_int_equal(removed, i); /* run 6; 6 and 7 */
        }
        quiet_end();
        world.functions = own;
        world_deinit(&world);
    }
}

/* Nor the commit that would take it out. */
static void test_damage_keeps_no_commit(void **state)
{
    struct world world;
    struct sweep sweep = { .now = INSTANT_NEVER, .runs_max = 10 };
    struct commit commit = { .turn = 7, .next_run = 100, .sweep = &sweep };

    (void)state;
    make_damaged(&world);
    quiet_begin();
    assert_ok(commit_now(world.store, &commit));
    assert_said(quiet_end(), "account=7 domain=8 run=3");
    assert_int_equal(sweep.err, ERR_CORRUPT);
    assert_int_equal(sweep.removed, 2);
    check_others_went(&world);
    world_deinit(&world);
}

/* ---- what can be found out anew is */

static void assert_open_run_is_found(struct world *world, bool thoroughly)
{
    const char *said;

    assert_ok(world_open(world));
    assert_ok(recover_quietly(world, &said));
    assert_int_equal(strstr(said, "looking at all runs") != NULL, thoroughly);
}

static void test_checkpoint_is_made_anew(void **state)
{
    struct world world;

    (void)state;
    for (int damaged = 0; damaged <= 1; damaged++) {
        make_story(&world);
        struct bytes key = key_named(&arena, STATE_META, BYTES("checkpoint"));
        for (int side = 0; side < 2; side++)
            if (damaged)
                put_raw(&world, side ? KV_TWIN : KV_STATE, key, BYTES("nonsense"));
            else
                delete_key(&world, side ? KV_TWIN : KV_STATE, key);
        world_crash(&world);
        assert_open_run_is_found(&world, true);
        world_crash(&world);
        assert_open_run_is_found(&world, false);
        world_deinit(&world);
    }
}

static void test_open_rows_are_made_anew(void **state)
{
    struct world world;

    (void)state;
    for (int damaged = 0; damaged <= 2; damaged++) {
        make_story(&world);
        struct bytes key = key_open(&arena, damaged == 2 ? 99 : 1);
        if (damaged)
            put_raw(&world, KV_STATE, key, BYTES("nonsense"));
        else
            delete_key(&world, KV_STATE, key);
        world_crash(&world);
        assert_open_run_is_found(&world, true);
        world_crash(&world);
        assert_open_run_is_found(&world, false);
        world_deinit(&world);
    }
}

/* ---- what cannot be read may be there all the same */

static struct bytes unreadable; /* the key from which on nothing is; absent: nothing at all */

static bool is_unreadable(const struct kv_iterator *iterator)
{
    return bytes_is_absent(unreadable) ||
           (memory->valid(iterator) && bytes_equal(memory->key(iterator), unreadable));
}

static bool valid_but_unreadable(const struct kv_iterator *iterator)
{
    return memory->valid(iterator) && !is_unreadable(iterator);
}

static enum err status_of_unreadable(const struct kv_iterator *iterator)
{
    return is_unreadable(iterator) ? ERR_CORRUPT : memory->status(iterator);
}

static void make_key_unreadable(struct world *world, struct kv_functions *own, struct bytes key)
{
    *own = world->functions;
    memory = own;
    unreadable = key;
    world->functions.valid = valid_but_unreadable;
    world->functions.status = status_of_unreadable;
}

/* The start that could not read it does not write down that the history ends before. */
static void test_end_that_was_not_read_is_there_again(void **state)
{
    struct handed_over handed_over = { 0 };
    struct recovery recovery = { &handed_over, on_pair, on_pair, on_whole, on_damaged, NULL, NULL };
    struct kv_functions own;
    struct world world;

    (void)state;
    make_story(&world);
    world_crash(&world);
    make_key_unreadable(&world, &own, key_history(&arena, open_key, 5));
    assert_ok(start_that_notices(&world, on_damaged, &handed_over));
    assert_int_equal(handed_over.damaged, open_key.run);
    world_close(&world);
    world.functions = own;
    handed_over = (struct handed_over){ 0 };
    assert_ok(world_open(&world));
    assert_ok(store_recover(world.store, &recovery));
    assert_int_equal(handed_over.damaged, 0);
    assert_int_equal(handed_over.whole, open_key.run);
    world_deinit(&world);
}

/* Who sees nothing of a store does not begin a new one in its place. */
static void test_store_that_was_not_read_is_there_again(void **state)
{
    struct kv_functions own;
    struct world world;

    (void)state;
    make_story(&world);
    world_crash(&world);
    make_key_unreadable(&world, &own, BYTES_ABSENT);
    quiet_begin();
    assert_int_not_equal(world_open(&world), OK);
    quiet_end();
    world.functions = own;
    assert_open_run_is_found(&world, false);
    world_deinit(&world);
}

/* ---- damage on both sides is not made up for */

/* Each side has lost another row: neither is believed, for what is missing here may have been taken
 * out there. */
static void test_both_sides_damaged_are_refused(void **state)
{
    struct world world;
    const char *said;

    (void)state;
    make_story(&world);
    put_raw(&world, KV_STATE, key_turn(&arena, 2), BYTES("nonsense"));
    put_raw(&world, KV_TWIN, key_turn(&arena, 3), BYTES("nonsense"));
    world_crash(&world);
    assert_ok(world_open(&world));
    assert_int_equal(recover_quietly(&world, &said), ERR_CORRUPT);
    assert_said(said, "a turn record is damaged");
    world_deinit(&world);
}

/* A side without anything is no sound one where nothing was ever kept twice. */
static void test_no_second_copies_are_not_believed(void **state)
{
    struct bytes registry = key_named(&arena, STATE_REGISTRY, BYTES("k"));
    struct world world;
    const char *said;

    (void)state;
    make_story(&world);
    for (uint64_t turn = 1; turn <= 3; turn++)
        delete_key(&world, KV_TWIN, key_turn(&arena, turn));
    delete_key(&world, KV_TWIN, key_named(&arena, STATE_META, BYTES("format")));
    put_raw(&world, KV_STATE, registry, BYTES("nonsense"));
    world_crash(&world);
    assert_ok(world_open(&world));
    assert_int_equal(recover_quietly(&world, &said), ERR_CORRUPT);
    assert_said(said, "a record of the registry is damaged");
    world_deinit(&world);
}

/* ---- the format's number */

static void put_format(struct world *world, uint32_t number)
{
    struct bytes key = key_named(&arena, STATE_META, BYTES("format"));
    struct packer content = packer_in(&arena, 4);

    pack_u32(&content, number);
    put_raw(world, KV_STATE, key, value_of(&arena, key, packer_bytes(&content)));
}

static void assert_refused(struct world *world, enum err expected, const char *words)
{
    quiet_begin();
    enum err err = world_open(world);
    const char *said = quiet_end();
    world->store = NULL;
    assert_int_equal(err, expected);
    assert_said(said, words);
}

static void test_newer_format_is_refused(void **state)
{
    struct world world;

    (void)state;
    make_story(&world);
    put_format(&world, 2);
    world_crash(&world);
    assert_refused(&world, ERR_NEWER, "newer version");
    put_format(&world, 0);
    assert_refused(&world, ERR_CORRUPT, "wrong form");
    world_deinit(&world);
}

static void test_something_else_is_refused(void **state)
{
    struct world world;

    (void)state;
    world_init(&world, WORLD_MEMORY);
    put_raw(&world, KV_HISTORY, BYTES("what"), BYTES("ever"));
    assert_refused(&world, ERR_CORRUPT, "a meta value is missing");
    world_deinit(&world);
}

#define STORY(test) cmocka_unit_test_setup_teardown(test, story_begin, story_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_every_byte_flipped, quiet_stop),
        cmocka_unit_test_teardown(test_values_cut_short, quiet_stop),
        cmocka_unit_test_teardown(test_values_misplaced, quiet_stop),
        cmocka_unit_test_teardown(test_one_side_damaged_loses_nothing, quiet_stop),
        cmocka_unit_test_teardown(test_each_row_damaged_on_one_side_loses_nothing, quiet_stop),
        cmocka_unit_test(test_both_sides_are_the_same),
        STORY(test_missing_record_is_a_gap),
        STORY(test_missing_beginning_is_a_gap),
        STORY(test_missing_end_is_noticed),
        STORY(test_missing_end_is_noticed_at_each_start),
        STORY(test_missing_end_is_noticed_after_a_start_that_broke_off),
        STORY(test_missing_end_of_a_closed_run_is_noticed),
        STORY(test_missing_history_of_a_closed_run_is_noticed),
        STORY(test_missing_end_of_an_open_run_is_noticed),
        STORY(test_damaged_record_is_named),
        STORY(test_damaged_run_keeps_no_other),
        STORY(test_damaged_run_keeps_its_heartbeats),
        STORY(test_lost_turn_is_named),
        STORY(test_missing_summary_is_named),
        STORY(test_damage_does_not_keep_others),
        STORY(test_unreadable_rows_do_not_keep_others),
        STORY(test_end_that_was_not_read_is_there_again),
        STORY(test_store_that_was_not_read_is_there_again),
        STORY(test_damage_keeps_no_commit),
        STORY(test_checkpoint_is_made_anew),
        STORY(test_open_rows_are_made_anew),
        STORY(test_both_sides_damaged_are_refused),
        STORY(test_no_second_copies_are_not_believed),
        STORY(test_newer_format_is_refused),
        STORY(test_something_else_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
