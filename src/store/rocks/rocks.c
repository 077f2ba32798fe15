/*
 * RocksDB, one column family a space.
 *
 * A write that failed is final here: the layout writes no more, and closing does not flush what was
 * never acknowledged.
 */
#include "store/rocks/rocks.h"

#include "base/durations.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/memory.h"
#include "store/rocks/file.h"
#include "store/rocks/folder.h"
#include "store/rocks/inventory.h"
#include "store/rocks/journal.h"
#include "store/rocks/log_room.h"
#include "store/rocks/mark.h"
#include "store/rocks/options.h"
#include "store/twin.h"
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

/* With so many keys deleted, what is left of them waits for its turn until no more come. Then it is
 * cleared away, when that rewrites no more than so many keys for each deleted one. */
#define DELETIONS_MANY ((uint64_t)128 << 10)
#define KEYS_PER_DELETION_MAX 32

struct rocks {
    struct kv kv; /* first: a kv is its database */
    struct bytes path;
    struct options options;
    rocksdb_t *database;
    rocksdb_column_family_handle_t *families[FAMILY_COUNT];
    bool reads_only;           /* opened so: nothing is written, at the end neither */
    bool passes_over_end;      /* such a one, of a log that is torn */
    int hold;                  /* on the folder, of who reads only; else -1: RocksDB has its own */
    atomic_bool failed;        /* a write failed */
    atomic_bool damaged;       /* a block that cannot be read was met */
    atomic_uint_fast64_t said; /* of the newest error, a hash of its text */
    struct durations syncs;
    struct log_room room;
    uint64_t deleted; /* keys of closed runs, since what was left of them was cleared away */
};

/* RocksDB borrows the bounds as long as the iterator lives. */
struct kv_iterator {
    struct rocks *rocks;
    rocksdb_iterator_t *iterator;
    rocksdb_readoptions_t *options;
    struct bytes begin;
    struct bytes end;
};

static struct rocks *rocks_of(struct kv *kv)
{
    return (struct rocks *)kv;
}

/* ---- RocksDB's errors are texts */

static bool says(const char *text, const char *words)
{
    return strstr(text, words) != NULL;
}

static enum err err_of(const char *text)
{
    if (says(text, "No space left on device") || says(text, "Disk quota exceeded") ||
        says(text, "NoSpace"))
        return ERR_NO_SPACE;
    if (says(text, "Corruption"))
        return ERR_CORRUPT;
    return ERR_IO;
}

/* Logs and frees what RocksDB said, if anything. */
static enum err take_error(const char *message, char *text)
{
    if (!text)
        return OK;
    enum err err = err_of(text);
    log_error(message, LOG_CSTR("reason", text));
    rocksdb_free(text);
    return err;
}

/* ---- damage

 * When a compaction meets a block that cannot be read, RocksDB takes no more writes. So from the
 * first such block on there are no compactions, at later starts neither: a file tells them, which
 * fsck removes when it has repaired the tables. Until then the database grows, and serves on. */

static char *path_of_notice(const struct rocks *rocks)
{
    return file_path(rocks->path.ptr, "DAMAGED");
}

static void stop_compactions(struct rocks *rocks)
{
    static const char *const names[] = { "disable_auto_compactions" }, *const values[] = { "true" };

    for (int i = 0; i < FAMILY_COUNT; i++) {
        char *error = NULL;
        rocksdb_set_options_cf(rocks->database, rocks->families[i], 1, names, values, &error);
        rocksdb_free(error);
    }
}

static void note_damage(struct rocks *rocks)
{
    char *notice;

    if (rocks->reads_only || atomic_exchange(&rocks->damaged, true))
        return;
    notice = path_of_notice(rocks);
    log_error("the store is damaged: it serves what is not, and compacts nothing until it was "
              "repaired (weir fsck --repair)",
              LOG_TEXT("path", rocks->path));
    if (access(notice, F_OK) != 0)
        (void)!file_write_new(notice, BYTES(""));
    memory_free(notice);
    stop_compactions(rocks);
}

/* take_error, of a database that is open. */
static enum err hear_error(struct rocks *rocks, const char *message, char *text)
{
    uint64_t hash = text ? hash_bytes(bytes_of_cstr(text)) : 0;
    enum err err;

    /* The same block again and again: once in the log is enough. */
    if (text && atomic_exchange(&rocks->said, hash) == hash) {
        err = err_of(text);
        rocksdb_free(text);
    } else {
        err = take_error(message, text);
    }
    if (err == ERR_CORRUPT)
        note_damage(rocks);
    return err;
}

/* ---- writing */

/* RocksDB counts every comparison of keys in a record of the thread, unless it is told not to. */
static void count_nothing(void)
{
    rocksdb_set_perf_level(rocksdb_disable);
}

static uint64_t steady_us(void)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    return (uint64_t)at.tv_sec * 1000000 + (uint64_t)at.tv_nsec / 1000;
}

static void add_operation(struct rocks *rocks, rocksdb_writebatch_t *batch,
                          const struct kv_operation *operation)
{
    rocksdb_column_family_handle_t *family = rocks->families[operation->space];
    struct bytes key = operation->key;
    struct bytes value = operation->value;

    switch (operation->action) {
    case KV_PUT:
        rocksdb_writebatch_put_cf(batch, family, key.ptr, key.len, value.ptr, value.len);
        break;
    case KV_DELETE:
        rocksdb_writebatch_delete_cf(batch, family, key.ptr, key.len);
        break;
    case KV_DELETE_RANGE:
        ensure(options_allow_range(operation->space, key));
        rocksdb_writebatch_delete_range_cf(batch, family, key.ptr, key.len, value.ptr, value.len);
        break;
    }
}

/* Every record of the log ends with a byte that is no zero: so one that was cut off in the room that
 * there was for it can be told from one that is damaged (torn_end). RocksDB passes over it. */
static void seal(rocksdb_writebatch_t *batch)
{
    rocksdb_writebatch_put_log_data(batch, "\xff", 1);
}

static size_t size_of(rocksdb_writebatch_t *batch)
{
    size_t bytes;

    (void)rocksdb_writebatch_data(batch, &bytes);
    return bytes;
}

/* Of closed runs, whose rows lie all over their family. Histories lie together, and what is left of
 * one meets nothing but that. */
static bool leaves_remains(const struct kv_operation *operation)
{
    return operation->space == KV_CLOSED && operation->action == KV_DELETE;
}

static enum err rocks_write(struct kv *kv, const struct kv_operation *operations, size_t count,
                            bool sync)
{
    struct rocks *rocks = rocks_of(kv);
    rocksdb_writebatch_t *batch = rocksdb_writebatch_create();
    char *error = NULL;

    count_nothing();
    for (size_t i = 0; i < count; i++) {
        add_operation(rocks, batch, &operations[i]);
        rocks->deleted += leaves_remains(&operations[i]);
    }
    if (rocks->deleted >= DELETIONS_MANY)
        remains_leave(rocks->options.remains[KV_CLOSED]);
    seal(batch);
    log_room_make(&rocks->room, size_of(batch));
    uint64_t began = sync ? steady_us() : 0;
    rocksdb_write(rocks->database, sync ? rocks->options.write_sync : rocks->options.write, batch,
                  &error);
    if (sync)
        durations_note(&rocks->syncs, steady_us() - began);
    rocksdb_writebatch_destroy(batch);
    if (error)
        atomic_store(&rocks->failed, true);
    return hear_error(rocks, "could not write to the database", error);
}

/* ---- reading */

static enum err rocks_get(struct kv *kv, enum kv_space space, struct bytes key, struct arena *arena,
                          struct bytes *value)
{
    struct rocks *rocks = rocks_of(kv);
    char *error = NULL;
    size_t len;

    count_nothing();
    rocksdb_pinnableslice_t *found = rocksdb_get_pinned_cf(
        rocks->database, rocks->options.read, rocks->families[space], key.ptr, key.len, &error);
    if (error)
        return hear_error(rocks, "could not read from the database", error);
    if (!found)
        return ERR_NOT_FOUND;
    const char *ptr = rocksdb_pinnableslice_value(found, &len);
    *value = arena_copy(arena, bytes_of(ptr, len));
    rocksdb_pinnableslice_destroy(found);
    return OK;
}

static struct kv_iterator *rocks_iterate(struct kv *kv, enum kv_space space, struct bytes begin,
                                         struct bytes end)
{
    struct rocks *rocks = rocks_of(kv);
    struct kv_iterator *iterator = memory_new(sizeof(*iterator));

    count_nothing();
    iterator->rocks = rocks;
    iterator->options = rocksdb_readoptions_create();
    iterator->begin = memory_copy(begin);
    iterator->end = memory_copy(end);
    rocksdb_readoptions_set_iterate_lower_bound(iterator->options, iterator->begin.ptr,
                                                iterator->begin.len);
    if (!bytes_is_absent(iterator->end))
        rocksdb_readoptions_set_iterate_upper_bound(iterator->options, iterator->end.ptr,
                                                    iterator->end.len);
    iterator->iterator = rocksdb_create_iterator_cf(rocks->database, iterator->options,
                                                    rocks->families[space]);
    return iterator;
}

static void rocks_seek(struct kv_iterator *iterator, struct bytes key)
{
    rocksdb_iter_seek(iterator->iterator, key.ptr, key.len);
}

static void rocks_seek_back(struct kv_iterator *iterator, struct bytes key)
{
    rocksdb_iter_seek_for_prev(iterator->iterator, key.ptr, key.len);
}

static void rocks_next(struct kv_iterator *iterator)
{
    rocksdb_iter_next(iterator->iterator);
}

static void rocks_prev(struct kv_iterator *iterator)
{
    rocksdb_iter_prev(iterator->iterator);
}

static bool rocks_valid(const struct kv_iterator *iterator)
{
    return rocksdb_iter_valid(iterator->iterator);
}

static struct bytes rocks_key(const struct kv_iterator *iterator)
{
    size_t len;
    const char *ptr = rocksdb_iter_key(iterator->iterator, &len);
    return bytes_of(ptr, len);
}

static struct bytes rocks_value(const struct kv_iterator *iterator)
{
    size_t len;
    const char *ptr = rocksdb_iter_value(iterator->iterator, &len);
    return bytes_of(ptr, len);
}

static enum err rocks_status(const struct kv_iterator *iterator)
{
    char *error = NULL;
    rocksdb_iter_get_error(iterator->iterator, &error);
    return hear_error(iterator->rocks, "could not read from the database", error);
}

static void rocks_done(struct kv_iterator *iterator)
{
    rocksdb_iter_destroy(iterator->iterator);
    rocksdb_readoptions_destroy(iterator->options);
    memory_free((char *)iterator->begin.ptr);
    memory_free((char *)iterator->end.ptr);
    memory_free(iterator);
}

static uint64_t rocks_free_bytes(struct kv *kv)
{
    return folder_free_bytes(rocks_of(kv)->path.ptr);
}

/* The sum over all families. */
static uint64_t property(struct rocks *rocks, const char *name)
{
    uint64_t sum = 0, value;

    for (int i = 0; i < FAMILY_COUNT; i++)
        if (rocksdb_property_int_cf(rocks->database, rocks->families[i], name, &value) == 0)
            sum += value;
    return sum;
}

static void rocks_figures(struct kv *kv, struct kv_figures *out)
{
    struct rocks *rocks = rocks_of(kv);

    *out = (struct kv_figures){
        .syncs = &rocks->syncs,
        .memory_bytes = property(rocks, "rocksdb.size-all-mem-tables") +
                        property(rocks, "rocksdb.estimate-table-readers-mem"),
        .cache_bytes = rocksdb_cache_get_usage(rocks->options.cache),
        .file_bytes = property(rocks, "rocksdb.total-sst-files-size"),
        .pending_compaction_bytes = property(rocks, "rocksdb.estimate-pending-compaction-bytes"),
    };
}

/* ---- what deletions leave */

/* RocksDB guesses how many keys there are, and has no guess right after it was opened. */
static bool has_many_deletions(struct rocks *rocks)
{
    uint64_t keys = 0;

    if (rocks->deleted < DELETIONS_MANY)
        return false;
    (void)rocksdb_property_int_cf(rocks->database, rocks->families[KV_CLOSED],
                                  "rocksdb.estimate-num-keys", &keys);
    return rocks->deleted >= keys / KEYS_PER_DELETION_MAX;
}

/* Then a flush makes nobody wait. */
static bool has_nothing_to_do(struct rocks *rocks)
{
    return property(rocks, "rocksdb.num-immutable-mem-table") == 0 &&
           property(rocks, "rocksdb.compaction-pending") == 0 &&
           property(rocks, "rocksdb.num-running-compactions") == 0;
}

/* The newest table takes those with it that wait in level 0, and what comes of them goes on
 * downwards as far as it is deletions. */
static void clear_away(struct rocks *rocks)
{
    rocksdb_flushoptions_t *options = rocksdb_flushoptions_create();
    char *error = NULL;

    remains_clear(rocks->options.remains[KV_CLOSED]);
    rocksdb_flushoptions_set_wait(options, 0);
    rocksdb_flush_cf(rocks->database, options, rocks->families[KV_CLOSED], &error);
    rocksdb_flushoptions_destroy(options);
    if (hear_error(rocks, "could not flush the database", error) == OK)
        rocks->deleted = 0;
}

static void rocks_tidy(struct kv *kv)
{
    struct rocks *rocks = rocks_of(kv);

    if (atomic_load(&rocks->failed) || atomic_load(&rocks->damaged) ||
        !has_many_deletions(rocks) || !has_nothing_to_do(rocks))
        return;
    clear_away(rocks);
}

/* ---- closing */

static void rocks_free(struct rocks *rocks)
{
    for (int i = 0; i < FAMILY_COUNT; i++)
        if (rocks->families[i])
            rocksdb_column_family_handle_destroy(rocks->families[i]);
    if (rocks->database)
        rocksdb_close(rocks->database);
    options_deinit(&rocks->options);
    folder_release(rocks->hold);
    memory_free((char *)rocks->path.ptr);
    memory_free(rocks);
}

bool kv_rocks_newest_turns(struct kv *kv, uint64_t *least, uint64_t *most)
{
    static const enum kv_space sides[] = { KV_STATE, KV_TWIN };
    bool readable = false;
    uint64_t turn;

    *least = UINT64_MAX;
    *most = 0;
    for (size_t i = 0; i < sizeof(sides) / sizeof(*sides); i++) {
        if (!twin_newest_turn(kv, sides[i], &turn))
            continue;
        readable = true;
        *least = turn < *least ? turn : *least;
        *most = turn > *most ? turn : *most;
    }
    return readable;
}

static enum err write_mark(struct rocks *rocks)
{
    uint64_t least, most;

    if (kv_rocks_newest_turns(&rocks->kv, &least, &most) && least > mark_read(rocks->path.ptr))
        return mark_write(rocks->path.ptr, least);
    return OK;
}

/* Writes out the buffers, so that the next start has no log to replay. */
static enum err flush(struct rocks *rocks)
{
    rocksdb_flushoptions_t *options = rocksdb_flushoptions_create();
    enum err err = OK;

    if (rocks->deleted >= DELETIONS_MANY) /* the next process does not know of them */
        remains_clear(rocks->options.remains[KV_CLOSED]);
    for (int i = 0; i < FAMILY_COUNT && !err; i++) {
        char *error = NULL;
        rocksdb_flush_cf(rocks->database, options, rocks->families[i], &error);
        err = take_error("could not flush the database; the next start takes longer", error);
    }
    if (!err)
        err = write_mark(rocks);
    rocksdb_flushoptions_destroy(options);
    return err;
}

static enum err rocks_close(struct kv *kv)
{
    struct rocks *rocks = rocks_of(kv);
    enum err err = OK;

    if (atomic_load(&rocks->failed))
        err = ERR_IO;
    else if (!rocks->reads_only)
        err = flush(rocks);
    rocks_free(rocks);
    return err;
}

/* ---- opening */

static const struct kv_functions functions = {
    .write = rocks_write,
    .get = rocks_get,
    .iterate = rocks_iterate,
    .seek = rocks_seek,
    .seek_back = rocks_seek_back,
    .next = rocks_next,
    .prev = rocks_prev,
    .valid = rocks_valid,
    .key = rocks_key,
    .value = rocks_value,
    .status = rocks_status,
    .done = rocks_done,
    .tidy = rocks_tidy,
    .free_bytes = rocks_free_bytes,
    .figures = rocks_figures,
    .close = rocks_close,
};

/* What RocksDB says when it cannot open a database, and what it means. The first that fits. */
static const struct refusal {
    const char *words;
    enum err err;
    const char *message;
} refusals[] = {
    { "lock hold by current process", ERR_BUSY, "the store is in use by this process" },
    { "While lock file", ERR_BUSY, "the store is in use by another process" },
    { "olumn families not opened", ERR_NEWER,
      "the store has parts that this version does not know" },
    { "No space left on device", ERR_NO_SPACE, "the device of the store is full" },
    { "Corruption", ERR_CORRUPT, "the store is damaged" },
    { "No such file or directory", ERR_CORRUPT, "the store is damaged: a file is missing" },
    /* Its guess when a file could not be opened, and then could: none of ours asks for such. */
    { "Direct I/O is not supported", ERR_IO,
      "could not open the store: a file of it could be opened at the second try only" },
    { "", ERR_IO, "could not open the store" }, /* fits all */
};

static enum err refuse(const struct rocks *rocks, const char *reason)
{
    const struct refusal *refusal = refusals;

    while (!says(reason, refusal->words))
        refusal++;
    log_error(refusal->message, LOG_TEXT("path", rocks->path), LOG_CSTR("reason", reason));
    return refusal->err;
}

/* A start before this one met damage, and nothing was repaired since. */
static void heed_notice(struct rocks *rocks)
{
    char *notice = path_of_notice(rocks);

    if (access(notice, F_OK) == 0) {
        log_warn("the store was found damaged before: it compacts nothing until it was repaired "
                 "(weir fsck --repair)",
                 LOG_TEXT("path", rocks->path));
        options_stop_compactions(&rocks->options);
    }
    memory_free(notice);
}

/* What of the options is of this database. */
static void adjust_options(struct rocks *rocks)
{
    if (!rocks->reads_only)
        heed_notice(rocks);
    if (rocks->passes_over_end)
        rocksdb_options_set_wal_recovery_mode(rocks->options.database,
                                              rocksdb_point_in_time_recovery);
}

/* NULL on success, else what RocksDB says. */
static char *open_database(struct rocks *rocks)
{
    const rocksdb_options_t *const *families = (const rocksdb_options_t *const *)
                                                   rocks->options.families;
    char *error = NULL;

    if (rocks->reads_only)
        rocks->database = rocksdb_open_for_read_only_column_families(
            rocks->options.database, rocks->path.ptr, FAMILY_COUNT, family_names, families,
            rocks->families, 0, &error);
    else
        rocks->database = rocksdb_open_column_families(rocks->options.database, rocks->path.ptr,
                                                       FAMILY_COUNT, family_names, families,
                                                       rocks->families, &error);
    return error;
}

static char *open_compressed_or_not(struct rocks *rocks)
{
    char *error = open_database(rocks);

    if (!options_lack_lz4(error))
        return error;
    rocksdb_free(error);
    log_warn("the RocksDB here has no LZ4; histories are not compressed");
    options_deinit(&rocks->options);
    options_init(&rocks->options, false);
    adjust_options(rocks);
    return open_database(rocks);
}

/* Nothing of ours lies in the default family: a database that has something there is somebody
 * else's. */
static enum err check_default_family(struct rocks *rocks)
{
    rocksdb_iterator_t *iterator = rocksdb_create_iterator_cf(rocks->database, rocks->options.read,
                                                              rocks->families[FAMILY_DEFAULT]);

    rocksdb_iter_seek_to_first(iterator);
    bool foreign = rocksdb_iter_valid(iterator);
    rocksdb_iter_destroy(iterator);
    if (!foreign)
        return OK;
    log_error("the folder holds a database of another program", LOG_TEXT("path", rocks->path));
    return ERR_CORRUPT;
}

static enum err open_rocks(struct rocks *rocks)
{
    char *error = open_compressed_or_not(rocks);

    if (error) {
        enum err err = refuse(rocks, error);
        rocksdb_free(error);
        return err;
    }
    return check_default_family(rocks);
}

/* Is what lies there as new as it once was? A list of files that lost its end would be an older
 * database. */
static enum err check_mark(struct rocks *rocks)
{
    uint64_t mark = mark_read(rocks->path.ptr), least, most;

    if (!kv_rocks_newest_turns(&rocks->kv, &least, &most) || least >= mark)
        return OK; /* what keeps turns from being read is told by who needs them */
    log_error("the store is damaged: turns are missing that it held when it was last closed",
              LOG_TEXT("path", rocks->path), LOG_NUMBER("last_turn", least),
              LOG_NUMBER("last_turn_then", mark));
    return ERR_CORRUPT;
}

static struct rocks *rocks_new(const char *path)
{
    struct rocks *rocks = memory_new(sizeof(*rocks));

    rocks->hold = -1;
    rocks->kv.functions = &functions;
    rocks->path = memory_copy(bytes_of_cstr(path));
    log_room_init(&rocks->room, rocks->path.ptr);
    options_init(&rocks->options, true);
    return rocks;
}

/* What is looked at before a database is used. */
enum opening {
    OPEN_AS_IT_IS,
    OPEN_COMPLETE, /* refused when it lacks turns that it once had */
};

/* Frees it when it cannot be opened. */
static enum err finish(struct rocks *rocks, enum opening opening, struct kv **out)
{
    adjust_options(rocks);
    enum err err = open_rocks(rocks);
    if (!err && opening == OPEN_COMPLETE)
        err = check_mark(rocks);
    if (err)
        rocks_free(rocks);
    else
        *out = &rocks->kv;
    return err;
}

/* Takes over the hold on the folder. A reader changes nothing: of a log that is torn it reads what
 * is not. */
static enum err open_to_read(const char *path, enum opening opening, int hold,
                             const struct wal_state *wal, struct kv **out)
{
    struct rocks *rocks = rocks_new(path);

    rocks->reads_only = true;
    rocks->hold = hold;
    rocks->passes_over_end = wal->has_hole;
    return finish(rocks, opening, out);
}

/* RocksDB removes tables that it does not know, mostly what a process that died left half done. If
 * the database knew them once, nothing may change any more. */
static enum err check_strays(const char *path, const struct inventory *inventory)
{
    struct kv *kv;
    enum err err = OK;

    if (inventory->has_strays)
        err = open_to_read(path, OPEN_COMPLETE, -1, &inventory->wal, &kv);
    if (!err && inventory->has_strays)
        rocks_close(kv);
    return err;
}

/* Cuts off what a power cut left of a last write, where RocksDB would take it for damage. Of the
 * list of files it must be cut before anybody can read the rest; when that is refused, it is put
 * back. */
static enum err cut_torn_ends(const char *path, enum opening opening,
                              const struct inventory *inventory)
{
    bool cuts_manifest = inventory->manifest.has_hole;
    struct bytes end = BYTES_ABSENT;
    enum err err = OK;

    if (cuts_manifest)
        err = manifest_cut_torn(path, &inventory->manifest, &end);
    if (!err && opening == OPEN_COMPLETE)
        err = check_strays(path, inventory);
    if (err && !bytes_is_absent(end))
        manifest_uncut(path, &inventory->manifest, end);
    if (!err && inventory->wal.has_hole)
        err = wal_cut_torn(path, &inventory->wal);
    memory_free((char *)(uintptr_t)end.ptr);
    return err;
}

/* It opens, and lacks what the repair took out and had not put back. */
static enum err refuse_half_repaired(const char *path)
{
    if (!journal_is_there(path))
        return OK;
    log_error("the store is damaged: a repair was begun and did not come to its end (weir fsck "
              "--repair goes on with it)",
              LOG_CSTR("path", path));
    return ERR_CORRUPT;
}

/* Before RocksDB opens the files, which would pass over some of what is wrong in silence, and take
 * some of what is not for damage. */
static enum err look_before(const char *path, enum opening opening)
{
    struct inventory inventory;
    int hold;
    enum err err = folder_hold(path, &hold);

    if (err)
        return err;
    if (opening == OPEN_COMPLETE)
        err = refuse_half_repaired(path);
    enum err whole = inventory_check(path, &inventory);
    err = err ? err : whole;
    if (!err)
        err = cut_torn_ends(path, opening, &inventory);
    inventory_deinit(&inventory);
    folder_release(hold);
    return err;
}

enum err kv_rocks_open(const char *path, struct kv **out)
{
    bool is_there;
    enum err err = folder_prepare(path, &is_there);

    if (!err && is_there)
        err = look_before(path, OPEN_COMPLETE);
    return err ? err : finish(rocks_new(path), OPEN_COMPLETE, out);
}

enum err kv_rocks_open_to_repair(const char *path, struct kv **out)
{
    enum err err = look_before(path, OPEN_AS_IT_IS);

    return err ? err : finish(rocks_new(path), OPEN_AS_IT_IS, out);
}

/* RocksDB reads no list of files up to somewhere. */
static enum err check_readable(const char *path, const struct inventory *inventory)
{
    if (inventory->manifest.has_hole) {
        log_error("the last write to the store was cut off, as by a loss of power; it can be read "
                  "after a start of the server, which mends that",
                  LOG_CSTR("path", path));
        return ERR_CORRUPT;
    }
    if (inventory->wal.has_hole)
        log_warn("the last write to the store was cut off, as by a loss of power; it is passed "
                 "over",
                 LOG_CSTR("path", path));
    return OK;
}

enum err kv_rocks_open_to_read(const char *path, struct kv **out)
{
    struct inventory inventory;
    int hold;
    enum err err = folder_hold(path, &hold);

    if (err)
        return err;
    err = inventory_check(path, &inventory);
    if (!err)
        err = check_readable(path, &inventory);
    if (err)
        folder_release(hold);
    else
        err = open_to_read(path, OPEN_AS_IT_IS, hold, &inventory.wal, out);
    inventory_deinit(&inventory);
    return err;
}
