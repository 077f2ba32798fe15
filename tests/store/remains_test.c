/*
 * Which tables are merged before their turn: RocksDB says whether a compaction is wanted, and is
 * kept from any.
 */
#include "world.h"

#include "store/rocks/options.h"

#define MANY 140000 /* deletions in a row: more than are let lie */
#define FEW 1000

struct fixture {
    struct world world; /* for its folder */
    struct options options;
    struct remains *remains;
    rocksdb_t *database;
    rocksdb_flushoptions_t *flush;
};

static struct fixture fixture;

static int begin(void **state)
{
    rocksdb_options_t *options;
    char *error = NULL;

    (void)state;
    world_init(&fixture.world, WORLD_ROCKS);
    options_init(&fixture.options, false);
    options_stop_compactions(&fixture.options);
    options = fixture.options.families[KV_CLOSED];
    rocksdb_options_set_create_if_missing(options, 1);
    fixture.remains = fixture.options.remains[KV_CLOSED];
    fixture.database = rocksdb_open(options, fixture.world.folder, &error);
    assert_null(error);
    fixture.flush = rocksdb_flushoptions_create();
    return 0;
}

static int end(void **state)
{
    (void)state;
    rocksdb_close(fixture.database);
    rocksdb_flushoptions_destroy(fixture.flush);
    options_deinit(&fixture.options);
    world_deinit(&fixture.world);
    return 0;
}

/* A table of its own. */
static void delete_keys(uint32_t count)
{
    rocksdb_writebatch_t *batch = rocksdb_writebatch_create();
    char *error = NULL;

    for (uint32_t i = 0; i < count; i++) {
        char key[32];
        snprintf(key, sizeof(key), "key %010u", i);
        rocksdb_writebatch_delete(batch, key, strlen(key));
    }
    rocksdb_write(fixture.database, fixture.options.write, batch, &error);
    assert_null(error);
    rocksdb_flush(fixture.database, fixture.flush, &error);
    assert_null(error);
    rocksdb_writebatch_destroy(batch);
}

static bool wants_compaction(void)
{
    uint64_t pending;

    assert_int_equal(
        rocksdb_property_int(fixture.database, "rocksdb.compaction-pending", &pending), 0);
    return pending != 0;
}

static void test_many_deletions_do_not_wait(void **state)
{
    (void)state;
    delete_keys(FEW);
    assert_false(wants_compaction());
    delete_keys(MANY);
    assert_true(wants_compaction());
}

static void test_all_wait_while_they_are_told_to(void **state)
{
    (void)state;
    remains_leave(fixture.remains);
    delete_keys(MANY);
    delete_keys(MANY);
    assert_false(wants_compaction());
    remains_clear(fixture.remains);
    delete_keys(FEW);
    assert_true(wants_compaction());
    rocksdb_compact_range(fixture.database, NULL, 0, NULL, 0);
    delete_keys(MANY);
    assert_true(wants_compaction());
}

static void test_one_goes_whatever_it_holds_and_no_other(void **state)
{
    (void)state;
    remains_clear(fixture.remains);
    delete_keys(FEW);
    assert_true(wants_compaction());
    rocksdb_compact_range(fixture.database, NULL, 0, NULL, 0);
    assert_false(wants_compaction());
    delete_keys(FEW);
    assert_false(wants_compaction());
    delete_keys(MANY);
    assert_true(wants_compaction());
}

#define HERE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HERE(test_many_deletions_do_not_wait),
        HERE(test_all_wait_while_they_are_told_to),
        HERE(test_one_goes_whatever_it_holds_and_no_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
