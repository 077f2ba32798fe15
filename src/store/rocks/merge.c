/*
 * RocksDB merges all tables at once in its "universal" style, in which each level is a run of its
 * own. It does so into the last level; and since the database is opened with as many as its list
 * has, the tables are told to be of another level afterwards, for whoever opens it as usual.
 */
#include "store/rocks/merge.h"

#include "base/log.h"
#include "base/memory.h"
#include "store/rocks/manifest.h"
#include "store/rocks/options.h"
#include "store/rocks/wal.h"
#include <string.h>

struct merging {
    const char *path;
    struct options options;
    rocksdb_t *database;
    rocksdb_column_family_handle_t *families[FAMILY_COUNT];
    uint64_t levels;               /* how many there are, counted from 0 */
    bool has_others[FAMILY_COUNT]; /* tables at another level than the last */
};

static int family_of(const struct manifest_table *table)
{
    return table->family ? (int)(table->family - FAMILY_NUMBER(0)) : FAMILY_DEFAULT;
}

static enum err look_at_levels(struct merging *merging)
{
    struct manifest manifest;
    enum err err = manifest_read(merging->path, &manifest);

    merging->levels = MERGE_LEVEL + 1;
    memset(merging->has_others, 0, sizeof(merging->has_others));
    for (size_t i = 0; i < manifest.table_count; i++) {
        const struct manifest_table *table = &manifest.tables[i];
        if (table->level >= merging->levels)
            merging->levels = table->level + 1;
        if (table->level != MERGE_LEVEL && table->level != 0)
            merging->has_others[family_of(table)] = true;
    }
    manifest_deinit(&manifest);
    return err;
}

/* ---- opening */

static void adjust_options(struct merging *merging)
{
    for (int i = 0; i < FAMILY_COUNT; i++) {
        rocksdb_options_t *options = merging->options.families[i];
        rocksdb_options_set_compaction_style(options, rocksdb_universal_compaction);
        rocksdb_options_set_level_compaction_dynamic_level_bytes(options, 0);
        rocksdb_options_set_num_levels(options, (int)merging->levels);
        rocksdb_options_set_disable_auto_compactions(options, 1);
    }
}

static char *try_to_open(struct merging *merging, bool compressed)
{
    char *error = NULL;

    options_init(&merging->options, compressed);
    adjust_options(merging);
    merging->database = rocksdb_open_column_families(
        merging->options.database, merging->path, FAMILY_COUNT, family_names,
        (const rocksdb_options_t *const *)merging->options.families, merging->families, &error);
    if (error)
        options_deinit(&merging->options);
    return error;
}

static enum err open_database(struct merging *merging)
{
    char *error = try_to_open(merging, true);

    if (options_lack_lz4(error)) {
        rocksdb_free(error);
        error = try_to_open(merging, false);
    }
    if (!error)
        return OK;
    log_error("could not open the database to merge its tables", LOG_CSTR("path", merging->path),
              LOG_CSTR("reason", error));
    rocksdb_free(error);
    return ERR_CORRUPT;
}

static void close_database(struct merging *merging)
{
    for (int i = 0; i < FAMILY_COUNT; i++)
        rocksdb_column_family_handle_destroy(merging->families[i]);
    rocksdb_close(merging->database);
    options_deinit(&merging->options);
}

/* ---- merging */

/* Whether that succeeded, RocksDB tells its log only: look_at_levels asks the list. */
static void merge_family(struct merging *merging, rocksdb_column_family_handle_t *family)
{
    rocksdb_compactoptions_t *options = rocksdb_compactoptions_create();

    rocksdb_compactoptions_set_change_level(options, 1);
    rocksdb_compactoptions_set_target_level(options, MERGE_LEVEL);
    rocksdb_compact_range_cf_opt(merging->database, family, options, NULL, 0, NULL, 0);
    rocksdb_compactoptions_destroy(options);
}

static enum err merge_families(struct merging *merging)
{
    enum err err = open_database(merging);

    if (err)
        return err;
    for (int i = 0; i < FAMILY_COUNT; i++)
        if (merging->has_others[i])
            merge_family(merging, merging->families[i]);
    close_database(merging);
    return OK;
}

static enum err cut_torn_list(const char *path)
{
    struct bytes end = BYTES_ABSENT;
    struct manifest manifest;
    enum err err = manifest_read(path, &manifest);

    if (!err && manifest.has_hole)
        err = manifest_cut_torn(path, &manifest, &end);
    memory_free((char *)(uintptr_t)end.ptr);
    manifest_deinit(&manifest);
    return err;
}

static enum err cut_torn_log(const char *path)
{
    struct wal_state wal;
    enum err err = wal_look(path, &wal);

    return !err && wal.has_hole ? wal_cut_torn(path, &wal) : err;
}

/* What a power cut left, also one during a merge: RocksDB would take a hole for damage. */
static enum err cut_torn_ends(const char *path)
{
    enum err err = cut_torn_list(path);

    return err ? err : cut_torn_log(path);
}

static bool is_done(const struct merging *merging)
{
    bool done = true;

    for (int i = 0; i < FAMILY_COUNT; i++)
        done = done && !merging->has_others[i];
    return done;
}

enum err merge_tables(const char *path)
{
    struct merging merging = { .path = path };
    enum err err = look_at_levels(&merging);

    if (err || is_done(&merging))
        return err;
    err = cut_torn_ends(path);
    if (!err)
        err = merge_families(&merging);
    if (!err)
        err = look_at_levels(&merging);
    if (err || is_done(&merging))
        return err;
    log_error("could not merge the tables; is there room for what they hold, twice?",
              LOG_CSTR("path", path));
    return ERR_IO;
}
