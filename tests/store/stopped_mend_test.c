/*
 * A repair that is stopped at the n-th write or sync, for every n: what is left is refused, or as
 * good as repaired; and the repair after it comes to what one that was not stopped comes to.
 *
 * The repair that dies runs in a child: this program again, with failing_disk.so, as in
 * failing_disk_test. `make test` stops at each fifteenth call; MEND_EACH=1 at every one.
 */
#include "half_mended.h"
#include "log_end.h"
#include "model.h"

#include "base/memory.h"
#include "base/text.h"
#include "store/key.h"
#include "store/rocks/file.h"
#include "store/rocks/journal.h"
#include "store/rocks/log_format.h"
#include "store/rocks/manifest.h"
#include "store/rocks/manifest_writer.h"
#include "store/rocks/mend.h"
#include "store/rocks/options.h"
#include "store/server_key.h"
#include "store/twin.h"
#include "store/value.h"
#include "told/told.h"
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SEED 8
#define FILE_BYTES_MAX ((size_t)1 << 24)
#define DUMP_BYTES_MAX ((size_t)1 << 26)

static char own_path[512], library[600];

/* ---- files */

static void copy_file(const char *from, const char *to, const char *name)
{
    static char content[FILE_BYTES_MAX];
    char path[600];

    snprintf(path, sizeof(path), "%s/%s", from, name);
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    ssize_t size = read(fd, content, sizeof(content));
    assert_true(size >= 0 && (size_t)size < sizeof(content));
    close(fd);
    snprintf(path, sizeof(path), "%s/%s", to, name);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, (size_t)size), size);
    close(fd);
}

/* The files of one folder, into another that is empty. */
static void copy_folder(const char *from, const char *to)
{
    DIR *folder = opendir(from);
    const struct dirent *entry;

    assert_non_null(folder);
    while ((entry = readdir(folder)))
        if (entry->d_type == DT_REG && strcmp(entry->d_name, "LOCK") != 0)
            copy_file(from, to, entry->d_name);
    closedir(folder);
}

/* ---- a damaged store: tables, and a log with later commits */

static void make_store_with(struct world *world, struct world *kept, int later_commits)
{
    struct model *model = model_new(SEED);

    world_init(world, WORLD_ROCKS);
    world_init(kept, WORLD_ROCKS);
    assert_true(model_check_start(model, world, MODEL_STRICT));
    for (int i = 0; i < 60; i++)
        assert_ok(model_commit(model, world->store));
    world_close(world);
    assert_true(model_check_start(model, world, MODEL_STRICT));
    for (int i = 0; i < later_commits; i++)
        assert_ok(model_commit(model, world->store));
    copy_folder(world->folder, kept->folder); /* as a crash would leave it */
    world_close(world);
    world_deinit(world);
    model_free(model);
}

static void make_store(struct world *world, struct world *kept)
{
    make_store_with(world, kept, 20);
}

static void damage(const char *path, off_t at)
{
    static const char noise[] = "what was not written";
    int fd = open(path, O_WRONLY);

    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, noise, sizeof(noise), at), sizeof(noise));
    close(fd);
}

/* A block of the largest table of this family; its number. */
static uint64_t damage_table(const char *folder, enum kv_space space)
{
    const struct manifest_table *largest = NULL;
    struct manifest manifest;
    char path[600];

    assert_ok(manifest_read(folder, &manifest));
    for (size_t i = 0; i < manifest.table_count; i++)
        if (manifest.tables[i].family == FAMILY_NUMBER(space) &&
            (!largest || manifest.tables[i].size > largest->size))
            largest = &manifest.tables[i];
    assert_non_null(largest);
    snprintf(path, sizeof(path), "%s/%06llu.sst", folder, (unsigned long long)largest->number);
    uint64_t number = largest->number;
    damage(path, 40);
    manifest_deinit(&manifest);
    return number;
}

static void damage_list(const char *folder)
{
    struct manifest manifest;
    char path[600];

    assert_ok(manifest_read(folder, &manifest));
    snprintf(path, sizeof(path), "%s/MANIFEST-%06llu", folder, (unsigned long long)manifest.number);
    damage(path, 60);
    manifest_deinit(&manifest);
}

/* ---- repairs */

static void ignore_find(void *context, bool can_be_mended, const char *format, ...)
{
    (void)context, (void)can_be_mended, (void)format;
}

static void ignore_lost(void *context, enum kv_space space, struct bytes from, struct bytes to)
{
    (void)context, (void)space, (void)from, (void)to;
}

static const uint8_t next_key[SERVER_KEY_BYTES] = "the next key, of this many bytes";

static enum err mend(const char *folder)
{
    static const struct mend_options options = {
        .repair = true, .fresh_key = next_key, .found = ignore_find, .lost = ignore_lost
    };

    return mend_files(folder, &options);
}

/* Never returns. */
static void become_child(const char *folder, int calls)
{
    FILE *nowhere = freopen("/dev/null", "w", stderr);
    char number[16];

    if (!nowhere)
        _exit(1);
    snprintf(number, sizeof(number), "%d", calls);
    setenv("LD_PRELOAD", library, 1);
    /* A sanitizer wants to come first, and this child leaves what it holds to its end. */
    setenv("ASAN_OPTIONS", "verify_asan_link_order=0:detect_leaks=0", 1);
    setenv("WEIR_FAIL_PATH", folder, 1);
    setenv("WEIR_FAIL_AFTER", number, 1);
    setenv("WEIR_FAIL_HOW", "kill", 1);
    execl(own_path, own_path, "child", folder, (char *)NULL);
    _exit(1);
}

/* False when it came to its end before that call. */
static bool mend_and_die(const char *folder, int calls)
{
    int status;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0)
        become_child(folder, calls);
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status))
        return true;
    assert_int_equal(WEXITSTATUS(status), 0);
    return false;
}

/* ---- a server that comes at the wrong time */

struct visit {
    const char *folder;
    int count;
};

static void fail_on_find(void *context, bool can_be_mended, const char *format, ...)
{
    (void)context, (void)can_be_mended, (void)format;
    fail_msg("two repairs at once");
}

/* Between what is found and what is done about it no server gets the database, nor another repair.
 */
static void try_to_get_it(void *context, bool can_be_mended, const char *format, ...)
{
    static const struct mend_options another = {
        .repair = true, .fresh_key = next_key, .found = fail_on_find, .lost = ignore_lost
    };
    struct visit *visit = context;
    struct kv *kv;

    (void)can_be_mended, (void)format;
    visit->count++;
    assert_int_equal(kv_rocks_open(visit->folder, &kv), ERR_BUSY);
    assert_int_equal(mend_files(visit->folder, &another), ERR_BUSY);
}

/* A copied folder has none. */
static void make_lock(const char *folder)
{
    char path[600];

    snprintf(path, sizeof(path), "%s/LOCK", folder);
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0);
    close(fd);
}

static void test_nobody_begins_during_a_repair(void **state)
{
    struct world world, kept;
    struct visit visit = { 0 };
    struct mend_options options = { .repair = true,
                                    .fresh_key = next_key,
                                    .found = try_to_get_it,
                                    .lost = ignore_lost,
                                    .context = &visit };

    (void)state;
    quiet_begin();
    make_store(&world, &kept);
    world_init(&world, WORLD_ROCKS);
    copy_folder(kept.folder, world.folder);
    make_lock(world.folder);
    (void)damage_table(world.folder, KV_TWIN);
    visit.folder = world.folder;
    assert_ok(mend_files(world.folder, &options));
    assert_true(visit.count > 0);
    world_deinit(&world);
    world_deinit(&kept);
    quiet_end();
}

/* ---- what is in it */

/* False when something cannot be read. */
static bool dump_space(struct kv *kv, enum kv_space space, struct text *out)
{
    const struct kv_functions *f = kv->functions;
    struct kv_iterator *iterator = kv_iterate_prefix(kv, space, BYTES(""));

    for (f->seek(iterator, BYTES("")); f->valid(iterator); f->next(iterator)) {
        text_printf(out, "%d %zu ", (int)space, f->key(iterator).len);
        text_append(out, f->key(iterator));
        text_append(out, f->value(iterator));
        text_append_char(out, '\n');
    }
    enum err err = f->status(iterator);
    f->done(iterator);
    return err == OK;
}

static bool dump(struct kv *kv, struct text *out)
{
    bool is_readable = true;

    text_reset(out);
    for (int space = 0; space < KV_SPACE_COUNT; space++)
        is_readable = dump_space(kv, (enum kv_space)space, out) && is_readable;
    kv->functions->close(kv);
    return is_readable;
}

static void dump_folder(const char *folder, struct text *out)
{
    struct kv *kv;

    assert_ok(kv_rocks_open_to_read(folder, &kv));
    assert_true(dump(kv, out));
}

/* Nobody may go on with less than a repair would have saved, and not know of it. */
static void assert_refused_or_whole(const char *folder, const struct text *expected)
{
    struct text found;
    struct kv *kv;

    if (kv_rocks_open(folder, &kv) != OK)
        return;
    text_init(&found, DUMP_BYTES_MAX);
    assert_true(!dump(kv, &found) || bytes_equal(text_bytes(&found), text_bytes(expected)));
    text_deinit(&found);
}

/* ---- the tests */

static int each_call(void)
{
    return (int)told_number("MEND_EACH", 15);
}

static void stop_at(const char *kept, int calls, const struct text *expected, bool *was_stopped)
{
    struct world world;
    struct text found;

    world_init(&world, WORLD_ROCKS);
    text_init(&found, DUMP_BYTES_MAX);
    copy_folder(kept, world.folder);
    *was_stopped = mend_and_die(world.folder, calls);
    assert_refused_or_whole(world.folder, expected);
    assert_ok(mend(world.folder));
    dump_folder(world.folder, &found);
    if (!bytes_equal(text_bytes(&found), text_bytes(expected)))
        fail_msg("stopped at call %d, the next repair comes to something else", calls);
    text_deinit(&found);
    world_deinit(&world);
}

static void stop_everywhere(const char *kept)
{
    bool was_stopped = true;
    struct world world;
    struct text expected;
    int stops = 0;

    world_init(&world, WORLD_ROCKS);
    text_init(&expected, DUMP_BYTES_MAX);
    copy_folder(kept, world.folder);
    assert_ok(mend(world.folder));
    dump_folder(world.folder, &expected);
    world_deinit(&world);
    for (int calls = 1; was_stopped; calls += each_call(), stops++)
        stop_at(kept, calls, &expected, &was_stopped);
    assert_true(stops * each_call() > 20); /* the library was at work */
    text_deinit(&expected);
}

static void need_library(void)
{
    if (access(library, R_OK) != 0)
        fail_msg("no failing_disk.so beside this program");
}

/* A repair of what `harm` leaves, stopped everywhere. */
static void stop_after(void (*harm)(const char *folder))
{
    struct world world, kept;

    need_library();
    quiet_begin();
    make_store(&world, &kept);
    harm(kept.folder);
    stop_everywhere(kept.folder);
    world_deinit(&kept);
    quiet_end();
}

static void damage_state(const char *folder)
{
    (void)damage_table(folder, KV_STATE);
}

static void damage_twin(const char *folder)
{
    (void)damage_table(folder, KV_TWIN);
}

static void damage_histories(const char *folder)
{
    (void)damage_table(folder, KV_HISTORY);
}

static void damage_state_and_list(const char *folder)
{
    damage_state(folder);
    damage_list(folder);
}

static void damage_twin_and_list(const char *folder)
{
    damage_twin(folder);
    damage_list(folder);
}

static void test_stopped_repair_of_the_state(void **state)
{
    (void)state;
    stop_after(damage_state);
}

static void test_stopped_repair_of_its_twin(void **state)
{
    (void)state;
    stop_after(damage_twin);
}

static void test_stopped_repair_of_histories(void **state)
{
    (void)state;
    stop_after(damage_histories);
}

static void test_stopped_repair_of_the_list_of_files(void **state)
{
    (void)state;
    stop_after(damage_list);
}

/* Of one copy what both must have. */
static void dump_copy(const char *folder, enum kv_space side, struct text *out)
{
    struct kv *kv;

    text_reset(out);
    assert_ok(kv_rocks_open_to_read(folder, &kv));
    for (size_t i = 0; i < TWIN_KINDS; i++) {
        char kind = (char)twin_kinds[i];
        struct kv_iterator *iterator = kv_iterate_prefix(kv, side, bytes_of(&kind, 1));
        const struct kv_functions *f = kv->functions;
        for (f->seek(iterator, bytes_of(&kind, 1)); f->valid(iterator); f->next(iterator)) {
            text_append(out, f->key(iterator));
            text_append(out, f->value(iterator));
        }
        assert_ok(f->status(iterator));
        f->done(iterator);
    }
    kv->functions->close(kv);
}

static void test_stopped_repair_of_the_list_of_files_and_the_state(void **state)
{
    (void)state;
    stop_after(damage_state_and_list);
}

static void begin_repair(const char *folder, uint64_t number)
{
    struct journal journal;
    struct manifest manifest;

    assert_ok(journal_read(folder, &journal));
    assert_ok(manifest_read(folder, &manifest));
    journal_add(&journal, manifest_find(&manifest, number));
    assert_ok(journal_write(&journal, folder, JOURNAL_ROWS));
    assert_ok(manifest_remove(folder, number));
    manifest_deinit(&manifest);
    journal_deinit(&journal);
}

/* Both folders come to the same by a repair. */
static void mend_alike(const char *folder, const char *other)
{
    struct text expected, found;

    text_init(&expected, DUMP_BYTES_MAX);
    text_init(&found, DUMP_BYTES_MAX);
    assert_ok(mend(folder));
    dump_folder(folder, &found);
    assert_ok(mend(other));
    dump_folder(other, &expected);
    assert_true(bytes_equal(text_bytes(&expected), text_bytes(&found)));
    text_deinit(&expected);
    text_deinit(&found);
}

/* As a loss of power can leave it: the list is durable, that the file was moved is not. */
static void test_table_that_is_in_no_list_and_was_not_moved(void **state)
{
    struct world world, kept;

    (void)state;
    quiet_begin();
    make_store(&world, &kept);
    uint64_t number = damage_table(kept.folder, KV_HISTORY);
    world_init(&world, WORLD_ROCKS);
    copy_folder(kept.folder, world.folder);
    begin_repair(world.folder, number);
    mend_alike(world.folder, kept.folder);
    world_deinit(&world);
    world_deinit(&kept);
    quiet_end();
}

/* A table with a higher number than all other files; that number. */
static uint64_t add_newest_table(const char *folder)
{
    static const struct kv_operation put = { KV_PUT, KV_HISTORY, { "zz", 2 }, { "zz", 2 } };
    struct manifest manifest;
    uint64_t newest = 0;
    struct kv *kv;

    assert_ok(kv_rocks_open(folder, &kv));
    assert_ok(kv->functions->write(kv, &put, 1, true));
    assert_ok(kv->functions->close(kv));
    assert_ok(manifest_read(folder, &manifest));
    for (size_t i = 0; i < manifest.table_count; i++)
        if (manifest.tables[i].family == FAMILY_NUMBER(KV_HISTORY) &&
            manifest.tables[i].number > newest)
            newest = manifest.tables[i].number;
    manifest_deinit(&manifest);
    return newest;
}

/* What a repair makes is not taken for what was taken away before. */
static void test_number_of_a_table_that_was_taken_away(void **state)
{
    struct world world, kept;
    struct text expected, found;
    char from[600], to[600];

    (void)state;
    quiet_begin();
    text_init(&expected, DUMP_BYTES_MAX);
    text_init(&found, DUMP_BYTES_MAX);
    make_store(&world, &kept);
    uint64_t number = add_newest_table(kept.folder);
    dump_folder(kept.folder, &expected);
    begin_repair(kept.folder, number);
    snprintf(to, sizeof(to), "%s/lost", kept.folder);
    assert_int_equal(mkdir(to, 0700), 0);
    snprintf(from, sizeof(from), "%s/%06llu.sst", kept.folder, (unsigned long long)number);
    snprintf(to, sizeof(to), "%s/lost/%06llu.sst", kept.folder, (unsigned long long)number);
    assert_int_equal(rename(from, to), 0);
    damage_list(kept.folder);
    assert_ok(mend(kept.folder));
    dump_folder(kept.folder, &found);
    assert_true(bytes_equal(text_bytes(&expected), text_bytes(&found)));
    text_deinit(&expected);
    text_deinit(&found);
    world_deinit(&kept);
    quiet_end();
}

/* What `harm` took of one copy comes back from the other, and that stays as it is. */
static void mend_copies(void (*harm)(const char *folder))
{
    static const enum kv_space sides[] = { KV_STATE, KV_TWIN };
    struct world world, kept;
    struct text before, after;

    quiet_begin();
    text_init(&before, DUMP_BYTES_MAX);
    text_init(&after, DUMP_BYTES_MAX);
    make_store(&world, &kept);
    dump_copy(kept.folder, KV_TWIN, &before);
    dump_copy(kept.folder, KV_STATE, &after);
    assert_true(bytes_equal(text_bytes(&before), text_bytes(&after)));
    harm(kept.folder);
    assert_ok(mend(kept.folder));
    for (size_t i = 0; i < 2; i++) {
        dump_copy(kept.folder, sides[i], &after);
        assert_true(bytes_equal(text_bytes(&before), text_bytes(&after)));
    }
    text_deinit(&before);
    text_deinit(&after);
    world_deinit(&kept);
    quiet_end();
}

/* Who makes the list anew passes over a table that cannot be read: what it held may not be missed
 * in silence, nor the copy of it be made like what is left. */
static void test_list_of_files_and_a_table_of_the_state(void **state)
{
    (void)state;
    mend_copies(damage_state_and_list);
}

static void test_list_of_files_and_a_table_of_the_twin(void **state)
{
    (void)state;
    mend_copies(damage_twin_and_list);
}

static void stop_merge(const char *folder)
{
    damage_list(folder);
    begin_merge(folder, true);
}

static void test_stopped_merge(void **state)
{
    (void)state;
    stop_after(stop_merge);
}

static void stop_merge_and_damage_state(const char *folder)
{
    stop_merge(folder);
    damage_state(folder);
}

/* No merge goes beyond it. */
static void test_stopped_merge_and_a_table(void **state)
{
    (void)state;
    mend_copies(stop_merge_and_damage_state);
}

static void begin_list_beside_damage(const char *folder)
{
    struct journal journal;

    damage_state_and_list(folder);
    assert_ok(journal_read(folder, &journal));
    assert_ok(journal_write(&journal, folder, JOURNAL_LIST));
    journal_deinit(&journal);
}

/* The repair that was stopped had looked at all tables, and this one was whole. */
static void test_stopped_list_and_a_table(void **state)
{
    (void)state;
    mend_copies(begin_list_beside_damage);
}

/* In the middle of what is in the newest log. */
static void damage_log(const char *folder)
{
    char *log = file_newest_log(folder);

    assert_non_null(log);
    assert_true(log_end(log) > 3 * LOG_BLOCK_BYTES);
    damage(log, log_end(log) / 2);
    memory_free(log);
}

/* What was written behind the damage is not taken without what lies before it. RocksDB's own repair
 * would go on with the next block of the log. */
static void test_list_of_files_and_a_log(void **state)
{
    struct world world, kept;

    (void)state;
    quiet_begin();
    make_store_with(&world, &kept, 120);
    damage_log(kept.folder);
    world_init(&world, WORLD_ROCKS);
    copy_folder(kept.folder, world.folder);
    damage_list(world.folder);
    mend_alike(world.folder, kept.folder);
    world_deinit(&world);
    world_deinit(&kept);
    quiet_end();
}

/* ---- the key of tokens */

static void assert_key(const char *folder, const uint8_t key[SERVER_KEY_BYTES])
{
    static const enum kv_space sides[] = { KV_STATE, KV_TWIN };
    struct arena arena;
    struct bytes value, content;
    struct kv *kv;

    arena_init(&arena, "key", 1 << 20);
    struct bytes name = key_named(&arena, STATE_META, SERVER_KEY_NAME);
    assert_ok(kv_rocks_open_to_read(folder, &kv));
    for (size_t i = 0; i < 2; i++) {
        assert_ok(kv->functions->get(kv, sides[i], name, &arena, &value));
        assert_true(value_open(name, value, &content));
        assert_true(bytes_equal(content, bytes_of(key, SERVER_KEY_BYTES)));
    }
    kv->functions->close(kv);
    arena_deinit(&arena);
}

static void mend_and_look_at_key(void (*harm)(const char *folder), bool renew,
                                 const uint8_t key[SERVER_KEY_BYTES])
{
    const struct mend_options options = { .repair = true,
                                          .fresh_key = next_key,
                                          .renew_key = renew,
                                          .found = ignore_find,
                                          .lost = ignore_lost };
    struct world world, kept;

    quiet_begin();
    make_store_with(&world, &kept, 120);
    harm(kept.folder);
    assert_ok(mend_files(kept.folder, &options));
    assert_key(kept.folder, key);
    world_deinit(&kept);
    quiet_end();
}

static void do_no_harm(const char *folder)
{
    (void)folder;
}

/* The numbers in the tokens of what lay behind the damage are given out again. */
static void test_log_that_is_cut_changes_the_key(void **state)
{
    (void)state;
    mend_and_look_at_key(damage_log, false, next_key);
}

static void test_other_repairs_keep_the_key(void **state)
{
    (void)state;
    mend_and_look_at_key(damage_list, false, fresh_key);
    mend_and_look_at_key(damage_twin, false, fresh_key);
    mend_and_look_at_key(do_no_harm, false, fresh_key);
}

static void test_new_key_that_is_wanted(void **state)
{
    (void)state;
    mend_and_look_at_key(do_no_harm, true, next_key);
    mend_and_look_at_key(damage_twin, true, next_key);
}

/* What neither copy has stays damaged, and a server may serve the rest: with the new key. */
static void test_key_where_tables_cannot_be_mended(void **state)
{
    struct world world, kept;

    (void)state;
    quiet_begin();
    make_store_with(&world, &kept, 120);
    damage_log(kept.folder);
    (void)damage_table(kept.folder, KV_HISTORY);
    (void)damage_table(kept.folder, KV_CLOSED);
    assert_int_equal(mend(kept.folder), ERR_CORRUPT);
    assert_false(journal_is_there(kept.folder));
    assert_key(kept.folder, next_key);
    world_deinit(&kept);
    quiet_end();
}

/* A repair that goes back, stopped everywhere: nobody goes on with the old key. */
static void stop_after_going_back(void (*harm)(const char *folder))
{
    struct world world, kept;

    need_library();
    quiet_begin();
    make_store_with(&world, &kept, 120);
    damage_log(kept.folder);
    harm(kept.folder);
    stop_everywhere(kept.folder);
    world_deinit(&kept);
    quiet_end();
}

static void test_stopped_repair_of_a_log(void **state)
{
    (void)state;
    stop_after_going_back(do_no_harm);
}

static void test_stopped_repair_of_a_log_and_a_table(void **state)
{
    (void)state;
    stop_after_going_back(damage_twin);
}

static void test_stopped_repair_of_a_log_and_the_list_of_files(void **state)
{
    (void)state;
    stop_after_going_back(damage_list);
}

static void find_library(void)
{
    const char *told = getenv("WEIR_FAILING_DISK");
    const char *slash = strrchr(own_path, '/');

    if (told)
        snprintf(library, sizeof(library), "%s", told);
    else
        snprintf(library, sizeof(library), "%.*s/failing_disk.so", (int)(slash - own_path),
                 own_path);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_nobody_begins_during_a_repair, quiet_stop),
        cmocka_unit_test_teardown(test_stopped_repair_of_the_state, quiet_stop),
        cmocka_unit_test_teardown(test_stopped_repair_of_its_twin, quiet_stop),
        cmocka_unit_test_teardown(test_stopped_repair_of_histories, quiet_stop),
        cmocka_unit_test_teardown(test_stopped_repair_of_the_list_of_files, quiet_stop),
        cmocka_unit_test_teardown(test_stopped_repair_of_the_list_of_files_and_the_state,
                                  quiet_stop),
        cmocka_unit_test_teardown(test_table_that_is_in_no_list_and_was_not_moved, quiet_stop),
        cmocka_unit_test_teardown(test_number_of_a_table_that_was_taken_away, quiet_stop),
        cmocka_unit_test_teardown(test_list_of_files_and_a_table_of_the_state, quiet_stop),
        cmocka_unit_test_teardown(test_list_of_files_and_a_table_of_the_twin, quiet_stop),
        cmocka_unit_test_teardown(test_stopped_list_and_a_table, quiet_stop),
        cmocka_unit_test_teardown(test_stopped_merge, quiet_stop),
        cmocka_unit_test_teardown(test_stopped_merge_and_a_table, quiet_stop),
        cmocka_unit_test_teardown(test_list_of_files_and_a_log, quiet_stop),
        cmocka_unit_test_teardown(test_log_that_is_cut_changes_the_key, quiet_stop),
        cmocka_unit_test_teardown(test_other_repairs_keep_the_key, quiet_stop),
        cmocka_unit_test_teardown(test_new_key_that_is_wanted, quiet_stop),
        cmocka_unit_test_teardown(test_key_where_tables_cannot_be_mended, quiet_stop),
        cmocka_unit_test_teardown(test_stopped_repair_of_a_log, quiet_stop),
        cmocka_unit_test_teardown(test_stopped_repair_of_a_log_and_a_table, quiet_stop),
        cmocka_unit_test_teardown(test_stopped_repair_of_a_log_and_the_list_of_files, quiet_stop),
    };

    if (count == 3 && strcmp(arguments[1], "child") == 0)
        return mend(arguments[2]) == OK ? 0 : 1;
    if (readlink("/proc/self/exe", own_path, sizeof(own_path) - 1) <= 0)
        return 1;
    find_library();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
