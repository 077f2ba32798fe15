/*
 * What retention removed takes no space any more, once the database has compacted its files; and
 * when it was much, the database does.
 */
#include "world.h"

#include "base/random.h"
#include "store/rocks/options.h"
#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define RUNS 200
#define EVENTS 20
#define EVENT_BYTES 4000

/* Nothing that a compression could make small. */
static struct bytes made_up_event(struct arena *arena, struct random_sequence *random)
{
    char *text = arena_alloc_text(arena, EVENT_BYTES);

    random_fill(random, text, EVENT_BYTES);
    return bytes_of(text, EVENT_BYTES);
}

static struct run_closing a_closing(const struct run_opening *names, int64_t now_ms)
{
    return (struct run_closing){
        .started.ms = now_ms,
        .closed.ms = now_ms,
        .expires.ms = now_ms + 1000,
        .close_status = CLOSE_STATUS_COMPLETED,
        .workflow_id = names->workflow_id,
        .run_id = names->run_id,
        .type_name = BYTES("type"),
        .type_version = BYTES("1"),
        .info_json = BYTES("{}"),
        .detail_json = BYTES("{}"),
    };
}

static void commit_run(struct store *store, uint64_t number, struct random_sequence *random)
{
    struct arena arena;
    struct bytes events[EVENTS];
    struct run_opening names = { .workflow_id = BYTES("order") };
    struct run_change change = {
        .key = { 1, 1, number }, .events = events, .event_count = EVENTS, .opening = &names
    };
    struct commit commit = {
        .turn = number, .next_run = number + 1, .clock.ms = 1000, .runs = &change, .run_count = 1
    };

    arena_init(&arena, "commit", 1 << 20);
    names.run_id = arena_printf(&arena, "run-%llu", (unsigned long long)number);
    for (int i = 0; i < EVENTS; i++)
        events[i] = made_up_event(&arena, random);
    struct run_closing closing = a_closing(&names, (int64_t)number);
    change.closing = &closing;
    assert_ok(commit_now(store, &commit));
    arena_deinit(&arena);
}

static void fill(struct world *world)
{
    struct random_sequence random = { 3 };

    world_open_recovered(world);
    for (uint64_t run = 1; run <= RUNS; run++)
        commit_run(world->store, run, &random);
    world_close(world);
}

/* How many runs that were. */
static size_t remove_what_is_due(struct store *store)
{
    size_t removed, total = 0;

    do {
        assert_ok(store_remove_expired(store, INSTANT_NEVER, 64, &removed, NULL));
        total += removed;
    } while (removed > 0);
    return total;
}

static void remove_all(struct world *world)
{
    world_open_recovered(world);
    assert_int_equal(remove_what_is_due(world->store), RUNS);
    world_close(world);
}

/* What the database does by itself, sooner or later. */
static void compact(const char *folder)
{
    struct options options;
    rocksdb_column_family_handle_t *families[FAMILY_COUNT];
    char *error = NULL;

    options_init(&options, true);
    rocksdb_t *database = rocksdb_open_column_families(
        options.database, folder, FAMILY_COUNT, family_names,
        (const rocksdb_options_t *const *)options.families, families, &error);
    assert_null(error);
    for (int i = 0; i < FAMILY_COUNT; i++) {
        rocksdb_compact_range_cf(database, families[i], NULL, 0, NULL, 0);
        rocksdb_column_family_handle_destroy(families[i]);
    }
    rocksdb_close(database);
    options_deinit(&options);
}

static size_t bytes_of_tables(const char *folder)
{
    DIR *stream = opendir(folder);
    const struct dirent *entry;
    size_t sum = 0;

    assert_non_null(stream);
    while ((entry = readdir(stream))) {
        char path[512];
        struct stat status;
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        if (strstr(entry->d_name, ".sst") && stat(path, &status) == 0)
            sum += (size_t)status.st_size;
    }
    closedir(stream);
    return sum;
}

static void test_removed_runs_take_no_space(void **state)
{
    struct world world;

    (void)state;
    world_init(&world, WORLD_ROCKS);
    fill(&world);
    compact(world.folder);
    assert_true(bytes_of_tables(world.folder) > (size_t)RUNS * EVENTS * EVENT_BYTES);
    remove_all(&world);
    compact(world.folder);
    assert_true(bytes_of_tables(world.folder) < EVENTS * EVENT_BYTES); /* less than one run took */
    world_deinit(&world);
}

/* ---- many short ones */

/* Enough that the database minds what is left of their rows (rocks.c). */
#define MANY_RUNS 12000
#define RUNS_IN_COMMIT 1000
#define LOOKS_MAX 60000

static void commit_short_runs(struct store *store, uint64_t first)
{
    struct arena arena;
    struct run_change changes[RUNS_IN_COMMIT];
    struct bytes event = BYTES("{}");

    arena_init(&arena, "commit", 1 << 24);
    for (uint64_t i = 0; i < RUNS_IN_COMMIT; i++) {
        struct run_opening *names = arena_new(&arena, struct run_opening);
        struct run_closing *closing = arena_new(&arena, struct run_closing);
        names->workflow_id = arena_printf(&arena, "order-%llu", (unsigned long long)(first + i));
        names->run_id = arena_printf(&arena, "run-%llu", (unsigned long long)(first + i));
        *closing = a_closing(names, (int64_t)(first + i));
        changes[i] = (struct run_change){ .key = { 1, 1, first + i },
                                          .events = &event,
                                          .event_count = 1,
                                          .opening = names,
                                          .closing = closing };
    }
    struct commit commit = { .turn = first / RUNS_IN_COMMIT + 1,
                             .next_run = first + RUNS_IN_COMMIT,
                             .clock.ms = 1000,
                             .runs = changes,
                             .run_count = RUNS_IN_COMMIT };
    assert_ok(commit_now(store, &commit));
    arena_deinit(&arena);
}

static uint64_t bytes_of_files(struct store *store)
{
    struct store_figures figures;

    store_get_figures(store, &figures);
    return figures.file_bytes;
}

/* As a server does that has nothing to do but to look for expired runs. What is left is histories,
 * whose remains are few. */
static void wait_until_files_hold(struct store *store, uint64_t bytes)
{
    int looks = 0;

    for (; looks < LOOKS_MAX && bytes_of_files(store) > bytes; looks++) {
        remove_what_is_due(store);
        usleep(1000);
    }
    assert_in_range(looks, 0, LOOKS_MAX - 1);
}

static uint64_t fill_with_many(struct world *world)
{
    world_open_recovered(world);
    for (uint64_t first = 1; first < MANY_RUNS; first += RUNS_IN_COMMIT)
        commit_short_runs(world->store, first);
    world_close(world);
    world_open_recovered(world);
    return bytes_of_files(world->store);
}

/* Nothing is written after it, and no compaction has its turn. */
static void test_remains_of_many_runs_are_cleared_away(void **state)
{
    struct world world;

    (void)state;
    world_init(&world, WORLD_ROCKS);
    quiet_begin();
    uint64_t full = fill_with_many(&world);
    assert_int_equal(remove_what_is_due(world.store), MANY_RUNS);
    wait_until_files_hold(world.store, full / 4);
    world_deinit(&world);
    assert_string_equal(quiet_end(), ""); /* it was nothing to speak of */
}

/* The process ends before it could say that nothing more is due. */
static void test_remains_of_many_runs_are_cleared_away_after_a_restart(void **state)
{
    struct world world;
    size_t removed, total = 0;

    (void)state;
    world_init(&world, WORLD_ROCKS);
    quiet_begin();
    uint64_t full = fill_with_many(&world);
    while (total < MANY_RUNS - 64) {
        assert_ok(store_remove_expired(world.store, INSTANT_NEVER, 64, &removed, NULL));
        total += removed;
    }
    world_close(&world);
    world_open_recovered(&world);
    wait_until_files_hold(world.store, full / 4);
    world_deinit(&world);
    assert_string_equal(quiet_end(), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_removed_runs_take_no_space),
        cmocka_unit_test_teardown(test_remains_of_many_runs_are_cleared_away, quiet_stop),
        cmocka_unit_test_teardown(test_remains_of_many_runs_are_cleared_away_after_a_restart,
                                  quiet_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
