/*
 * The list of files is lost, of databases with tables in many levels: after a repair every key must
 * have the value that it had, asked for by itself and met on a walk.
 *
 * A database is made by chance from a seed: keys written, overwritten and removed, also whole
 * ranges of those that are written once; buffers written out, and stretches of keys merged, while
 * RocksDB merges as it likes. `make test` tries a few seeds; LISTS=n so many, from LISTS_FIRST on.
 */
#include "half_mended.h"
#include "world.h"

#include "base/memory.h"
#include "base/text.h"
#include "store/rocks/file.h"
#include "store/rocks/manifest.h"
#include "store/rocks/mend.h"
#include "store/rocks/options.h"
#include "told/told.h"
#include <dirent.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define DUMP_BYTES_MAX ((size_t)1 << 26)
#define KB ((size_t)1 << 10)
#define STEPS 1500
/* Of those that are overwritten. */
#define KEYS 400
#define VALUE_BYTES_MAX 160

/* ---- a database, by chance */

struct maker {
    struct options options;
    rocksdb_t *database;
    rocksdb_column_family_handle_t *families[FAMILY_COUNT];
    uint64_t chance;
    unsigned once, removed; /* keys that are written once, numbered; those before are removed */
};

static unsigned chance(struct maker *maker, unsigned below)
{
    uint64_t x = maker->chance += UINT64_C(0x9e3779b97f4a7c15);

    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return (unsigned)((x ^ x >> 31) % below);
}

static rocksdb_column_family_handle_t *any_family(struct maker *maker)
{
    return maker->families[chance(maker, KV_SPACE_COUNT)];
}

static void must(char *error)
{
    if (error)
        fail_msg("%s", error);
}

/* Small tables, small levels, and each level hardly larger than the one above. */
static void make_small(struct maker *maker)
{
    for (int i = 0; i < FAMILY_COUNT; i++) {
        rocksdb_options_t *options = maker->options.families[i];

        rocksdb_options_set_target_file_size_base(options, (2 + chance(maker, 6)) * KB);
        rocksdb_options_set_max_bytes_for_level_base(options, (4 + chance(maker, 12)) * KB);
        rocksdb_options_set_max_bytes_for_level_multiplier(options, 2);
        rocksdb_options_set_level0_file_num_compaction_trigger(options, 2 + (int)chance(maker, 3));
        rocksdb_options_set_level_compaction_dynamic_level_bytes(options, chance(maker, 2) == 0);
    }
}

/* Two tables of level 0 are merged when merges are allowed; nothing is too large. */
static void make_still(struct maker *maker)
{
    rocksdb_options_t *options = maker->options.families[KV_STATE];

    rocksdb_options_set_disable_auto_compactions(options, 1);
    rocksdb_options_set_level0_file_num_compaction_trigger(options, 2);
    rocksdb_options_set_level_compaction_dynamic_level_bytes(options, false);
}

static void open_small(struct maker *maker, const char *folder, void (*adjust)(struct maker *maker),
                       uint64_t seed)
{
    char *error = NULL;

    *maker = (struct maker){ .chance = seed };
    options_init(&maker->options, true);
    adjust(maker);
    maker->database = rocksdb_open_column_families(
        maker->options.database, folder, FAMILY_COUNT, family_names,
        (const rocksdb_options_t *const *)maker->options.families, maker->families, &error);
    must(error);
}

static void close_small(struct maker *maker)
{
    for (int i = 0; i < FAMILY_COUNT; i++)
        rocksdb_column_family_handle_destroy(maker->families[i]);
    rocksdb_close(maker->database);
    options_deinit(&maker->options);
}

/* ---- what is done to it */

static void put(struct maker *maker, rocksdb_column_family_handle_t *family, const char *key)
{
    char value[VALUE_BYTES_MAX];
    size_t len = 8 + chance(maker, VALUE_BYTES_MAX - 8);
    char *error = NULL;

    for (size_t i = 0; i < len; i++)
        value[i] = (char)('a' + chance(maker, 26));
    rocksdb_put_cf(maker->database, maker->options.write, family, key, strlen(key), value, len,
                   &error);
    must(error);
}

static const char *any_key(struct maker *maker, char room[16])
{
    snprintf(room, 16, "k%04u", chance(maker, KEYS));
    return room;
}

static const char *key_once(unsigned number, char room[16])
{
    snprintf(room, 16, "t%07u", number);
    return room;
}

static void put_any(struct maker *maker)
{
    char key[16];

    put(maker, any_family(maker), any_key(maker, key));
}

static void delete_any(struct maker *maker)
{
    char room[16];
    const char *key = any_key(maker, room);
    char *error = NULL;

    rocksdb_delete_cf(maker->database, maker->options.write, any_family(maker), key, strlen(key),
                      &error);
    must(error);
}

/* In all families, as the next one. */
static void put_once(struct maker *maker)
{
    char key[16];

    for (int i = 0; i < KV_SPACE_COUNT; i++)
        put(maker, maker->families[i], key_once(maker->once, key));
    maker->once++;
}

/* As a checkpoint does it: all up to one that is not old. */
static void delete_range(struct maker *maker)
{
    unsigned to = maker->removed + chance(maker, maker->once - maker->removed + 1);
    char begin[16], end[16];
    char *error = NULL;

    key_once(maker->removed, begin);
    key_once(to, end);
    for (int i = 0; i < KV_SPACE_COUNT && to > maker->removed; i++) {
        rocksdb_writebatch_t *batch = rocksdb_writebatch_create();
        rocksdb_writebatch_delete_range_cf(batch, maker->families[i], begin, strlen(begin), end,
                                           strlen(end));
        rocksdb_write(maker->database, maker->options.write, batch, &error);
        rocksdb_writebatch_destroy(batch);
        must(error);
    }
    maker->removed = to;
}

static void flush_family(struct maker *maker, rocksdb_column_family_handle_t *family)
{
    rocksdb_flushoptions_t *options = rocksdb_flushoptions_create();
    char *error = NULL;

    rocksdb_flush_cf(maker->database, options, family, &error);
    rocksdb_flushoptions_destroy(options);
    must(error);
}

static void flush_any(struct maker *maker)
{
    flush_family(maker, any_family(maker));
}

/* Of a stretch of keys: it goes down by levels, what lies beside it stays. */
static void merge(struct maker *maker)
{
    char begin[16], end[16];
    unsigned from = chance(maker, KEYS);

    snprintf(begin, sizeof(begin), "k%04u", from);
    snprintf(end, sizeof(end), "k%04u", from + chance(maker, KEYS / 8));
    rocksdb_compact_range_cf(maker->database, any_family(maker), begin, strlen(begin), end,
                             strlen(end));
}

static void step(struct maker *maker)
{
    static const struct {
        unsigned of_thousand;
        void (*happens)(struct maker *maker);
    } steps[] = {
        { 640, put_any },    { 180, delete_any }, { 140, put_once },
        { 3, delete_range }, { 34, flush_any },   { 3, merge },
    };
    unsigned drawn = chance(maker, 1000), i = 0;

    for (; drawn >= steps[i].of_thousand; i++)
        drawn -= steps[i].of_thousand;
    steps[i].happens(maker);
}

/* What was written last may lie in its logs alone. */
static void make_database(const char *folder, uint64_t seed)
{
    struct maker maker;

    open_small(&maker, folder, make_small, seed);
    for (int i = 0; i < STEPS; i++)
        step(&maker);
    close_small(&maker);
}

/* ---- how its tables lie */

/* Of pairs of tables, by their sequence numbers. */
struct shapes {
    unsigned nested; /* those of one lie between those of the other */
    unsigned stairs; /* they overlap, and the table below has the newest: it would come first */
};

static bool meet(const struct manifest_table *a, const struct manifest_table *b)
{
    return a->family == b->family && bytes_compare(a->smallest, b->largest) <= 0 &&
           bytes_compare(b->smallest, a->largest) <= 0;
}

static bool is_within(const struct manifest_table *a, const struct manifest_table *b)
{
    return a->family == b->family && a->first_sequence < a->last_sequence &&
           a->first_sequence > b->first_sequence && a->last_sequence < b->last_sequence;
}

static bool is_stair(const struct manifest_table *above, const struct manifest_table *below)
{
    return meet(above, below) && above->level < below->level &&
           above->first_sequence < below->first_sequence &&
           above->last_sequence < below->last_sequence;
}

static void note_shapes(const char *folder, struct shapes *shapes)
{
    struct manifest manifest;

    assert_ok(manifest_read(folder, &manifest));
    for (size_t i = 0; i < manifest.table_count; i++)
        for (size_t j = 0; j < manifest.table_count; j++) {
            shapes->nested += is_within(&manifest.tables[i], &manifest.tables[j]);
            shapes->stairs += is_stair(&manifest.tables[i], &manifest.tables[j]);
        }
    manifest_deinit(&manifest);
}

/* ---- what is in it */

static void dump_walk(struct kv *kv, enum kv_space space, struct text *out)
{
    const struct kv_functions *f = kv->functions;
    struct kv_iterator *iterator = kv_iterate_prefix(kv, space, BYTES(""));

    for (f->seek(iterator, BYTES("")); f->valid(iterator); f->next(iterator)) {
        text_append(out, f->key(iterator));
        text_append_char(out, '=');
        text_append(out, f->value(iterator));
        text_append_char(out, '\n');
    }
    assert_ok(f->status(iterator));
    f->done(iterator);
}

static void dump_key(struct kv *kv, enum kv_space space, const char *key, struct text *out)
{
    struct arena arena;
    struct bytes value;

    arena_init(&arena, "value", KB);
    enum err err = kv->functions->get(kv, space, bytes_of_cstr(key), &arena, &value);
    assert_true(err == OK || err == ERR_NOT_FOUND);
    if (!err)
        text_printf(out, "%s: %.*s\n", key, BYTES_FMT(value));
    arena_deinit(&arena);
}

static void dump_keys(struct kv *kv, enum kv_space space, struct text *out)
{
    char key[16];

    for (unsigned i = 0; i < KEYS; i++) {
        snprintf(key, sizeof(key), "k%04u", i);
        dump_key(kv, space, key, out);
    }
    for (unsigned i = 0; i < STEPS / 4; i++)
        dump_key(kv, space, key_once(i, key), out);
}

static void dump_folder(const char *folder, struct text *out)
{
    struct kv *kv;

    assert_ok(kv_rocks_open_to_read(folder, &kv));
    for (int space = 0; space < KV_SPACE_COUNT; space++) {
        text_printf(out, "%s\n", family_names[space]);
        dump_walk(kv, (enum kv_space)space, out);
        dump_keys(kv, (enum kv_space)space, out);
    }
    kv->functions->close(kv);
}

/* ---- the list is lost */

static void harm_list(const char *folder, uint64_t seed)
{
    struct manifest manifest;
    char path[600];
    struct stat status;

    assert_ok(manifest_read(folder, &manifest));
    snprintf(path, sizeof(path), "%s/MANIFEST-%06" PRIu64, folder, manifest.number);
    manifest_deinit(&manifest);
    assert_int_equal(stat(path, &status), 0);
    if (seed % 3 == 0)
        assert_int_equal(truncate(path, 20), 0);
    else
        assert_int_equal(unlink(path), 0);
}

static void tell(void *context, bool can_be_mended, const char *format, ...)
{
    va_list arguments;

    (void)context;
    va_start(arguments, format);
    if (!can_be_mended)
        vfprintf(stderr, format, arguments);
    va_end(arguments);
}

static void lose(void *context, enum kv_space space, struct bytes from, struct bytes to)
{
    (void)context, (void)space, (void)from, (void)to;
    fail_msg("nothing is lost");
}

static void mend(const char *folder, uint64_t seed)
{
    static const struct mend_options options = {
        .repair = true, .fresh_key = fresh_key, .found = tell, .lost = lose
    };

    enum err err = mend_files(folder, &options);
    if (err)
        fail_msg("seed %" PRIu64 ": not mended: %d", seed, (int)err);
}

static void try_seed(uint64_t seed, struct shapes *shapes)
{
    struct world world;
    struct text before, after;

    world_init(&world, WORLD_ROCKS);
    text_init(&before, DUMP_BYTES_MAX);
    text_init(&after, DUMP_BYTES_MAX);
    make_database(world.folder, seed);
    note_shapes(world.folder, shapes);
    dump_folder(world.folder, &before);
    harm_list(world.folder, seed);
    mend(world.folder, seed);
    dump_folder(world.folder, &after);
    if (!bytes_equal(text_bytes(&before), text_bytes(&after)))
        fail_msg("seed %" PRIu64 ": other values than before", seed);
    text_deinit(&before);
    text_deinit(&after);
    world_deinit(&world);
}

/* ---- the one that is newest by its last write, and older in what it says of a key */

static void write_out(struct maker *maker, const char *const *keys)
{
    for (; *keys; keys++)
        put(maker, maker->families[KV_STATE], *keys);
    flush_family(maker, maker->families[KV_STATE]);
}

/* Down to where the keys beside it are, or to this level. */
static void move_down(struct maker *maker, const char *begin, const char *end, int level)
{
    rocksdb_compactoptions_t *options = rocksdb_compactoptions_create();

    rocksdb_compactoptions_set_change_level(options, level > 0);
    rocksdb_compactoptions_set_target_level(options, level);
    rocksdb_compact_range_cf_opt(maker->database, maker->families[KV_STATE], options, begin,
                                 strlen(begin), end, strlen(end));
    rocksdb_compactoptions_destroy(options);
}

static bool has_files(struct maker *maker, const char *property)
{
    char *count = rocksdb_property_value_cf(maker->database, maker->families[KV_STATE], property);
    bool has = strcmp(count, "0") != 0;

    rocksdb_free(count);
    return has;
}

static void set_option(struct maker *maker, const char *name, const char *value)
{
    char *error = NULL;

    rocksdb_set_options_cf(maker->database, maker->families[KV_STATE], 1, &name, &value, &error);
    must(error);
}

static void merge_newest(struct maker *maker)
{
    set_option(maker, "disable_auto_compactions", "false");
    while (has_files(maker, "rocksdb.num-files-at-level0"))
        continue;
    set_option(maker, "disable_auto_compactions", "true");
}

/* So that a repair that writes something itself has the lowest sequence numbers for that; and so
 * that no log has to be kept. */
static void write_elsewhere(struct maker *maker)
{
    for (int i = 0; i < 10; i++)
        put(maker, maker->families[KV_HISTORY], "somewhere else");
    flush_family(maker, maker->families[KV_HISTORY]);
}

/* In the end, from above: a, b and m; then m as it was before, n and y. While somebody looks at
 * what was there before, merges leave the sequence numbers. */
static void make_stairs(const char *folder)
{
    struct maker maker;

    open_small(&maker, folder, make_still, 0);
    write_elsewhere(&maker);
    write_out(&maker, (const char *const[]){ "c", NULL });
    move_down(&maker, "c", "c", 0);
    write_out(&maker, (const char *const[]){ "b", NULL });
    const rocksdb_snapshot_t *before = rocksdb_create_snapshot(maker.database);
    write_out(&maker, (const char *const[]){ "m", "y", NULL });
    move_down(&maker, "m", "y", 2);
    write_out(&maker, (const char *const[]){ "a", "m", NULL });
    merge_newest(&maker);
    write_out(&maker, (const char *const[]){ "n", NULL });
    move_down(&maker, "n", "y", 0);
    rocksdb_release_snapshot(maker.database, before);
    close_small(&maker);
}

static void get_m(const char *folder, struct text *out)
{
    struct kv *kv;

    assert_ok(kv_rocks_open_to_read(folder, &kv));
    dump_key(kv, KV_STATE, "m", out);
    kv->functions->close(kv);
}

/* After `harm`, which loses the list, and a repair, m has the value that it had. */
static void mend_stairs(void (*harm)(const char *folder))
{
    struct world world;
    struct text before, after;

    quiet_begin();
    world_init(&world, WORLD_ROCKS);
    text_init(&before, DUMP_BYTES_MAX);
    text_init(&after, DUMP_BYTES_MAX);
    make_stairs(world.folder);
    get_m(world.folder, &before);
    harm(world.folder);
    mend(world.folder, 0);
    get_m(world.folder, &after);
    assert_bytes(text_bytes(&after), text_bytes(&before));
    text_deinit(&before);
    text_deinit(&after);
    world_deinit(&world);
    quiet_end();
}

static void lose_list_of_stairs(const char *folder)
{
    struct shapes shapes = { 0 };

    note_shapes(folder, &shapes);
    assert_int_equal(shapes.nested, 0);
    assert_int_equal(shapes.stairs, 1);
    harm_list(folder, 0);
}

/* RocksDB's own repair takes such tables, and gives the older value. */
static void test_newest_table_has_an_older_value(void **state)
{
    (void)state;
    mend_stairs(lose_list_of_stairs);
}

/* ---- a log that ends before a table does */

static size_t size_of(const char *path)
{
    struct stat status;

    assert_int_equal(stat(path, &status), 0);
    return (size_t)status.st_size;
}

/* The log has m twice, the table the second one alone. The log stays, for another family has
 * nothing but it; the second m in it is damaged, and something whole comes behind that. */
static void make_log_behind_table(const char *folder)
{
    struct maker maker;

    open_small(&maker, folder, make_still, 0);
    put(&maker, maker.families[KV_HISTORY], "somewhere else");
    put(&maker, maker.families[KV_STATE], "m");
    char *log = file_newest_log(folder);
    assert_non_null(log);
    size_t damaged_at = size_of(log);
    put(&maker, maker.families[KV_STATE], "m");
    put(&maker, maker.families[KV_HISTORY], "somewhere else");
    flush_family(&maker, maker.families[KV_STATE]);
    close_small(&maker);
    assert_ok(file_write_at(log, damaged_at, BYTES("crc!")));
    memory_free(log);
}

static void mend_and_get_m(bool harms_list, struct text *out)
{
    struct world world;

    world_init(&world, WORLD_ROCKS);
    make_log_behind_table(world.folder);
    if (harms_list)
        harm_list(world.folder, 1);
    mend(world.folder, 0);
    get_m(world.folder, out);
    world_deinit(&world);
}

/* Of a key the newest write counts that is left, in a table or in a log. */
static void test_log_that_ends_before_a_table(void **state)
{
    struct text with_list, without;

    (void)state;
    quiet_begin();
    text_init(&with_list, DUMP_BYTES_MAX);
    text_init(&without, DUMP_BYTES_MAX);
    mend_and_get_m(false, &with_list);
    mend_and_get_m(true, &without);
    assert_true(with_list.len > 0);
    assert_bytes(text_bytes(&without), text_bytes(&with_list));
    text_deinit(&with_list);
    text_deinit(&without);
    quiet_end();
}

/* ---- a merge that is stopped */

static void stop_merge(const char *folder)
{
    harm_list(folder, 0);
    begin_merge(folder, false);
}

/* A last edit of which the disk wrote the first sector only. */
static void stop_merge_and_tear_list(const char *folder)
{
    char torn[1500] = { 'c', 'r', 'c', '!', (char)(1490 & 0xff), 1490 >> 8, 1 };
    struct manifest manifest;

    stop_merge(folder);
    assert_ok(manifest_read(folder, &manifest));
    char *path = manifest_path(folder, manifest.number);
    assert_ok(file_write_at(path, manifest.whole_end, bytes_of(torn, sizeof(torn))));
    memory_free(path);
    manifest_deinit(&manifest);
    assert_ok(manifest_read(folder, &manifest));
    assert_true(manifest.has_hole);
    manifest_deinit(&manifest);
}

/* A power cut while the tables are merged: RocksDB would not open such a list. */
static void test_merge_that_a_power_cut_stopped(void **state)
{
    (void)state;
    mend_stairs(stop_merge_and_tear_list);
}

static void stop_merge_and_lose_list(const char *folder)
{
    stop_merge(folder);
    harm_list(folder, 1);
}

static void test_stopped_merge_whose_list_is_lost(void **state)
{
    (void)state;
    mend_stairs(stop_merge_and_lose_list);
}

/* A write that is not as it was written, in the newest log. */
static void stop_merge_and_damage_log(const char *folder)
{
    static const char damaged[] = "crc!\x04\0\x01what";

    stop_merge(folder);
    char *log = file_newest_log(folder);
    assert_non_null(log);
    assert_ok(file_write_at(log, 0, bytes_of(damaged, sizeof(damaged) - 1)));
    memory_free(log);
}

static void test_stopped_merge_and_a_log(void **state)
{
    (void)state;
    mend_stairs(stop_merge_and_damage_log);
}

/* ---- what a merge left over */

static uint64_t newest_table(const char *folder)
{
    struct file_numbers tables;

    assert_ok(file_find_numbers(folder, "", ".sst", &tables));
    assert_true(tables.count > 0);
    uint64_t number = tables.items[tables.count - 1];
    memory_free(tables.items);
    return number;
}

static void copy_file(const char *from, const char *to)
{
    struct bytes content;

    assert_ok(file_map(from, &content));
    assert_ok(file_write_new(to, content));
    file_unmap(content);
}

static void remove_m(struct maker *maker)
{
    char *error = NULL;

    rocksdb_delete_cf(maker->database, maker->options.write, maker->families[KV_STATE], "m", 1,
                      &error);
    must(error);
    flush_family(maker, maker->families[KV_STATE]);
}

/* The table that has the value of m outlives the merge after which nobody knows of m any more. */
static void make_left_over(const char *folder)
{
    char *kept = file_path(folder, "kept");
    struct maker maker;

    open_small(&maker, folder, make_still, 0);
    write_elsewhere(&maker);
    write_out(&maker, (const char *const[]){ "a", "z", NULL });
    move_down(&maker, "a", "z", 0);
    write_out(&maker, (const char *const[]){ "m", NULL });
    char *table = file_path(folder, "%06" PRIu64 ".sst", newest_table(folder));
    copy_file(table, kept);
    remove_m(&maker);
    move_down(&maker, "a", "z", 0);
    write_elsewhere(&maker);
    write_out(&maker, (const char *const[]){ "x", NULL });
    close_small(&maker);
    assert_int_equal(rename(kept, table), 0);
    memory_free(table);
    memory_free(kept);
}

/* What it says last is not as it was written. */
static void harm_end_of_list(const char *folder)
{
    struct manifest manifest;

    assert_ok(manifest_read(folder, &manifest));
    char *path = manifest_path(folder, manifest.number);
    assert_ok(file_write_at(path, manifest.whole_end - 4, BYTES("????")));
    memory_free(path);
    manifest_deinit(&manifest);
}

static void assert_was_taken_out(const char *folder)
{
    struct manifest manifest;
    struct file_numbers tables;
    size_t unknown = 0;

    assert_ok(manifest_read(folder, &manifest));
    assert_ok(file_find_numbers(folder, "", ".sst", &tables));
    for (size_t i = 0; i < tables.count; i++)
        unknown += !manifest_find(&manifest, tables.items[i]);
    assert_int_equal(unknown, 1);
    memory_free(tables.items);
    manifest_deinit(&manifest);
}

static void test_table_that_was_taken_out(void **state)
{
    struct world world;
    struct text found;

    (void)state;
    quiet_begin();
    world_init(&world, WORLD_ROCKS);
    text_init(&found, DUMP_BYTES_MAX);
    make_left_over(world.folder);
    assert_was_taken_out(world.folder);
    harm_end_of_list(world.folder);
    mend(world.folder, 0);
    get_m(world.folder, &found);
    assert_bytes(text_bytes(&found), BYTES(""));
    text_deinit(&found);
    world_deinit(&world);
    quiet_end();
}

/* How RocksDB merges is not quite the seed's: on until such tables were among them as RocksDB's own
 * repair refuses. */
static void test_every_key_after_the_list_is_lost(void **state)
{
    unsigned first = (unsigned)told_number("LISTS_FIRST", 1);
    unsigned count = (unsigned)told_number("LISTS", 2), tried = 0;
    struct shapes shapes = { 0 };

    (void)state;
    quiet_begin();
    for (; tried < count || (shapes.nested == 0 && tried < count + 50); tried++)
        try_seed(first + tried, &shapes);
    quiet_end();
    print_message("%u databases; tables nested %u times, in stairs %u times\n", tried,
                  shapes.nested, shapes.stairs);
    assert_true(shapes.nested > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_newest_table_has_an_older_value, quiet_stop),
        cmocka_unit_test_teardown(test_log_that_ends_before_a_table, quiet_stop),
        cmocka_unit_test_teardown(test_merge_that_a_power_cut_stopped, quiet_stop),
        cmocka_unit_test_teardown(test_stopped_merge_whose_list_is_lost, quiet_stop),
        cmocka_unit_test_teardown(test_stopped_merge_and_a_log, quiet_stop),
        cmocka_unit_test_teardown(test_table_that_was_taken_out, quiet_stop),
        cmocka_unit_test_teardown(test_every_key_after_the_list_is_lost, quiet_stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
