/*
 * What the list says of a table, RocksDB finds out: its repair reads the table and makes a list of
 * it, in a folder where it is alone. So the old levels do not matter to it, nor do other tables.
 */
#include "store/rocks/relist.h"

#include "base/log.h"
#include "base/memory.h"
#include "store/rocks/manifest_writer.h"
#include "store/rocks/merge.h"
#include "store/rocks/options.h"
#include "store/rocks/table_tail.h"
#include "store/rocks/wal.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define ARENA_BYTES_MAX ((size_t)4 << 30)

struct looking {
    struct relist *relist;
    const char *path;
    char *scratch; /* the folder in which a table is alone */
    struct options options;
};

/* That it repaired a database RocksDB would say for each table. */
static void log_errors(int is_error, const char *text)
{
    if (is_error)
        log_error("the database reports", LOG_CSTR("text", text));
}

/* ---- one table */

static void clear_scratch(struct looking *looking)
{
    char *error = NULL;

    rocksdb_destroy_db(looking->options.database, looking->scratch, &error);
    rocksdb_free(error);
}

static enum err make_scratch(struct looking *looking)
{
    if (mkdir(looking->scratch, 0700) == 0 || errno == EEXIST)
        return OK;
    return file_failed("could not make a folder for a table", looking->scratch);
}

static enum err put_alone(struct looking *looking, uint64_t number)
{
    char *target = file_path("../..", "%06" PRIu64 ".sst", number);
    char *link = file_path(looking->scratch, "%06" PRIu64 ".sst", number);
    enum err err = OK;

    if (symlink(target, link) != 0)
        err = file_failed("could not put a table by itself", link);
    memory_free(target);
    memory_free(link);
    return err;
}

static void add_table(struct relist *relist, const struct manifest_table *found)
{
    struct manifest_table table = *found;

    table.smallest = arena_copy(&relist->arena, found->smallest);
    table.largest = arena_copy(&relist->arena, found->largest);
    table.entry = arena_copy(&relist->arena, found->entry);
    relist->tables = memory_resize(relist->tables, (relist->count + 1) * sizeof(*relist->tables));
    relist->tables[relist->count++] = table;
    if (table.last_sequence > relist->last_sequence)
        relist->last_sequence = table.last_sequence;
}

static enum err take_found(struct looking *looking)
{
    struct manifest manifest;
    enum err err = manifest_read(looking->scratch, &manifest);

    for (size_t i = 0; i < manifest.table_count && !err; i++)
        if (manifest.tables[i].family <= KV_SPACE_COUNT)
            add_table(looking->relist, &manifest.tables[i]);
        else
            err = ERR_NEWER;
    if (err == ERR_NEWER)
        log_error("the store has parts that this version does not know",
                  LOG_CSTR("path", looking->path));
    manifest_deinit(&manifest);
    return err;
}

static enum err look_at_table(struct looking *looking, uint64_t number)
{
    char *error = NULL;

    clear_scratch(looking);
    enum err err = make_scratch(looking);
    if (!err)
        err = put_alone(looking, number);
    if (err)
        return err;
    rocksdb_repair_db(looking->options.database, looking->scratch, &error);
    if (!error)
        return take_found(looking);
    log_error("could not look at a table", LOG_NUMBER("table", number), LOG_CSTR("reason", error));
    rocksdb_free(error);
    return ERR_IO;
}

/* ---- all tables */

static bool has(const struct file_numbers *numbers, uint64_t number)
{
    for (size_t i = 0; i < numbers->count; i++)
        if (numbers->items[i] == number)
            return true;
    return false;
}

/* One that is not, is left out: it is in the journal, or it is what a merge left half done. */
static bool is_readable(const char *path, uint64_t number)
{
    char *file = file_path(path, "%06" PRIu64 ".sst", number);
    bool readable = table_tail_is_whole(file);

    memory_free(file);
    return readable;
}

static enum err look_at_tables(struct looking *looking, const struct journal *journal,
                               const struct file_numbers *removed)
{
    struct file_numbers tables;
    enum err err = file_find_numbers(looking->path, "", ".sst", &tables);

    for (size_t i = 0; i < tables.count && !err; i++)
        if (!journal_find(journal, tables.items[i]) && !has(removed, tables.items[i]) &&
            is_readable(looking->path, tables.items[i]))
            err = look_at_table(looking, tables.items[i]);
    memory_free(tables.items);
    return err;
}

/* ---- levels */

static int by_family_and_key(const void *a, const void *b)
{
    const struct manifest_table *left = a, *right = b;

    if (left->family != right->family)
        return left->family < right->family ? -1 : 1;
    int order = bytes_compare(left->smallest, right->smallest);
    return order ? order : (left->number > right->number) - (left->number < right->number);
}

/* Of the tables of a family, by their smallest keys: each goes to the first level whose last table
 * ends before it. */
static uint64_t give_levels(struct manifest_table *tables, size_t count)
{
    const struct manifest_table **last = memory_new((count + 1) * sizeof(*last));
    uint64_t levels = 0;

    for (size_t i = 0; i < count; i++) {
        uint64_t level = 1;
        while (level <= levels && bytes_compare(last[level]->largest, tables[i].smallest) >= 0)
            level++;
        levels = level > levels ? level : levels;
        last[level] = &tables[i];
        tables[i].level = level;
    }
    memory_free((void *)last);
    return levels;
}

/* Where no two have keys in common, there is nothing to be merged. */
static void give_last_level(struct manifest_table *tables, size_t count)
{
    for (size_t i = 0; i < count; i++)
        tables[i].level = MERGE_LEVEL;
}

/* Do the logs tell again what a table has, or what came before that? The one that came last may be
 * gone from them, with a damaged end. */
static bool meet_logs(const struct manifest_table *tables, size_t count,
                      const struct wal_state *wal)
{
    for (size_t i = 0; i < count && wal->first_sequence; i++)
        if (tables[i].last_sequence >= wal->first_sequence)
            return true;
    return false;
}

static void arrange(struct relist *relist, const struct wal_state *wal)
{
    size_t from = 0, to;

    if (relist->count)
        qsort(relist->tables, relist->count, sizeof(*relist->tables), by_family_and_key);
    for (; from < relist->count; from = to) {
        struct manifest_table *tables = &relist->tables[from];
        for (to = from; to < relist->count && relist->tables[to].family == tables->family; to++)
            continue;
        if (give_levels(tables, to - from) == 1 && !meet_logs(tables, to - from, wal))
            give_last_level(tables, to - from);
    }
}

/* ---- looking */

/* The logs reach back to where the tables end, or farther; merged tables do not tell. */
static void reach_logs(struct relist *relist, const struct wal_state *wal)
{
    if (wal->first_sequence > relist->last_sequence + 1)
        relist->last_sequence = wal->first_sequence - 1;
}

enum err relist_look(const char *path, const struct journal *journal, struct relist *out)
{
    struct looking looking = { .relist = out, .path = path };
    rocksdb_logger_t *logger = logger_new(log_errors);
    struct manifest old;
    struct wal_state wal;

    *out = (struct relist){ 0 };
    arena_init(&out->arena, "relist", ARENA_BYTES_MAX);
    looking.scratch = file_path(path, "lost/tables");
    options_init(&looking.options, true);
    rocksdb_options_set_info_log(looking.options.database, logger);
    enum err err = file_make_lost(path);
    enum err gathered = manifest_gather(path, &old);
    err = err ? err : gathered;
    if (!err)
        err = look_at_tables(&looking, journal, &old.removed);
    if (!err)
        err = wal_look(path, &wal);
    if (!err) {
        reach_logs(out, &wal);
        arrange(out, &wal);
    }
    clear_scratch(&looking);
    options_deinit(&looking.options);
    logger_free(logger);
    memory_free(looking.scratch);
    manifest_deinit(&old);
    return err;
}

void relist_deinit(struct relist *relist)
{
    memory_free(relist->tables);
    arena_deinit(&relist->arena);
}

/* ---- writing */

static bool lists(const struct relist *relist, uint64_t number)
{
    for (size_t i = 0; i < relist->count; i++)
        if (relist->tables[i].number == number)
            return true;
    return false;
}

static enum err move_others(const struct relist *relist, const char *path)
{
    struct file_numbers tables;
    char name[64];
    enum err err = file_find_numbers(path, "", ".sst", &tables);

    for (size_t i = 0; i < tables.count && !err; i++) {
        snprintf(name, sizeof(name), "%06" PRIu64 ".sst", tables.items[i]);
        if (!lists(relist, tables.items[i]))
            err = file_move_to_lost(path, name);
    }
    memory_free(tables.items);
    return err;
}

/* A number that no file of the folder has, nor a higher one; nor had one that was taken away. */
static enum err find_free_number(const char *path, const struct journal *journal, uint64_t *number)
{
    static const char *const kinds[][2] = {
        { "", ".sst" }, { "", ".log" }, { "MANIFEST-", "" }, { "OPTIONS-", "" }
    };
    struct file_numbers numbers;
    enum err err = OK;

    *number = 1;
    for (size_t i = 0; i < journal->count; i++)
        if (journal->tables[i].number >= *number)
            *number = journal->tables[i].number + 1;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds) && !err; i++) {
        err = file_find_numbers(path, kinds[i][0], kinds[i][1], &numbers);
        if (numbers.count && numbers.items[numbers.count - 1] >= *number)
            *number = numbers.items[numbers.count - 1] + 1;
        memory_free(numbers.items);
    }
    return err;
}

enum err relist_write(const struct relist *relist, const char *path, const struct journal *journal)
{
    uint64_t number;
    enum err err = find_free_number(path, journal, &number);

    if (!err)
        err = move_others(relist, path);
    if (!err)
        err = manifest_write(path, number, relist->tables, relist->count, relist->last_sequence);
    return err ? err : manifest_write_current(path, number);
}
