/*
 * A write that fails, at every place where one may: nothing of it is seen, nothing is answered
 * after it, and what was acknowledged before is there when the store is opened anew.
 */
#include "model.h"

#define COMMITS 40
#define SEED 77

/* After a failed write the store answers nothing but ERR_IO. */
static void assert_poisoned(struct store *store)
{
    struct arena arena;
    struct run_key key = { 111111111111, 1, 1 };
    struct history_query query = {
        .key = key, .from = 1, .to = 1, .events_max = 1, .bytes_max = 1
    };
    struct closed_query list = {
        .account = 111111111111, .domain = 1, .latest = INSTANT_NEVER, .count_max = 1
    };
    struct history_page page;
    struct run_opening names;
    struct run_closing closing;
    struct closed_page closed;
    struct store_meta meta;
    size_t count;
    bool more;

    arena_init(&arena, "test", 1 << 20);
    store_get_meta(store, &meta);
    struct commit commit = { .turn = meta.turn + 1,
                             .next_run = meta.next_run,
                             .clock = meta.clock };
    assert_int_equal(commit_now(store, &commit), ERR_IO);
    assert_int_equal(store_read_history(store, &query, &arena, &page), ERR_IO);
    assert_int_equal(store_read_names(store, key, &arena, &names), ERR_IO);
    assert_int_equal(store_read_closing(store, key, list.now, &arena, &closing), ERR_IO);
    assert_int_equal(store_find_closed(store, 1, 1, BYTES("w"), BYTES("r"), list.now, &key),
                     ERR_IO);
    assert_int_equal(store_list_closed(store, &list, &arena, &closed), ERR_IO);
    assert_int_equal(store_count_closed(store, &list, &count, &more), ERR_IO);
    assert_int_equal(store_remove_expired(store, INSTANT_NEVER, 1, &count, NULL), ERR_IO);
    arena_deinit(&arena);
}

/* One step of the script: a commit, and at times a removal or an orderly restart. false when a
 * write failed. */
static bool script_step(struct model *model, struct world *world, size_t step)
{
    if (model_commit(model, world->store) != OK)
        return false;
    if (step % 10 == 9) {
        size_t removed;
        enum err err = store_remove_expired(world->store, (struct instant){ 0 }, 1, &removed, NULL);
        assert_ok(err); /* nothing has expired by then: no write */
    }
    if (step % 8 == 7) {
        world_close(world); /* a checkpoint, which may fail without harm */
        assert_true(model_check_start(model, world, MODEL_STRICT));
    }
    return true;
}

static void check_all(struct model *model, struct store *store)
{
    model_check_reads(model, store, MODEL_STRICT);
    model_check_lists(model, store, 20, MODEL_STRICT);
}

/* The script with the n-th write and all later ones failing, then what a new process finds, then
 * the rest of the script. Tells whether a commit failed. */
static bool run_script(uint64_t nth, enum err why)
{
    struct world world;
    struct model *model = model_new(SEED);
    bool failed = false;

    world_init(&world, WORLD_MEMORY);
    assert_true(model_check_start(model, &world, MODEL_STRICT));
    kv_memory_fail_write(world.kv, nth, why);
    for (size_t step = 0; step < COMMITS; step++) {
        if (script_step(model, &world, step))
            continue;
        assert_false(failed);
        failed = true;
        assert_poisoned(world.store);
        world_crash(&world);
        assert_true(model_check_start(model, &world, MODEL_STRICT));
        check_all(model, world.store);
    }
    check_all(model, world.store);
    world_deinit(&world);
    model_free(model);
    return failed;
}

static void test_every_write_fails_once(void **state)
{
    uint64_t nth = 1;

    (void)state;
    quiet_begin();
    while (run_script(nth, ERR_IO))
        nth++;
    quiet_end();
    assert_true(nth > COMMITS); /* each commit had its turn, and checkpoints theirs */
}

/* The failed commit is told why; all after it are told that the store is out of order. */
static void test_full_device_is_said_once(void **state)
{
    struct world world;
    struct commit commit = { .turn = 1, .next_run = 1 };

    (void)state;
    world_init(&world, WORLD_MEMORY);
    world_open_recovered(&world);
    quiet_begin();
    kv_memory_fail_write(world.kv, 1, ERR_NO_SPACE);
    assert_int_equal(commit_now(world.store, &commit), ERR_NO_SPACE);
    const char *said = quiet_end();
    assert_non_null(strstr(said, "no space left"));
    kv_memory_fail_write(world.kv, 0, OK);
    assert_poisoned(world.store);
    world_deinit(&world);
}

static void test_failed_removal_poisons(void **state)
{
    struct world world;
    struct model *model = model_new(3);
    size_t removed = 1;

    (void)state;
    world_init(&world, WORLD_MEMORY);
    assert_true(model_check_start(model, &world, MODEL_STRICT));
    for (int i = 0; i < 60; i++)
        assert_ok(model_commit(model, world.store));
    quiet_begin();
    kv_memory_fail_write(world.kv, 1, ERR_IO);
    assert_int_equal(store_remove_expired(world.store, INSTANT_NEVER, 5, &removed, NULL), ERR_IO);
    quiet_end();
    assert_int_equal(removed, 0);
    assert_poisoned(world.store);
    world_crash(&world);
    assert_true(model_check_start(model, &world, MODEL_STRICT));
    check_all(model, world.store);
    model_remove_expired(model, world.store, INSTANT_NEVER, 5);
    check_all(model, world.store);
    world_deinit(&world);
    model_free(model);
}

static void test_new_store_that_cannot_be_written(void **state)
{
    struct world world;

    (void)state;
    world_init(&world, WORLD_MEMORY);
    quiet_begin();
    kv_memory_fail_write(world.kv, 1, ERR_NO_SPACE);
    assert_int_equal(world_open(&world), ERR_NO_SPACE);
    world.store = NULL;
    kv_memory_fail_write(world.kv, 0, OK);
    quiet_end();
    world_open_recovered(&world);
    world_deinit(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_every_write_fails_once, quiet_stop),
        cmocka_unit_test_teardown(test_full_device_is_said_once, quiet_stop),
        cmocka_unit_test_teardown(test_failed_removal_poisons, quiet_stop),
        cmocka_unit_test_teardown(test_new_store_that_cannot_be_written, quiet_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
