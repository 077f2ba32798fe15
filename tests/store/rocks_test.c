/*
 * RocksDB beneath a store: who holds it, what else may lie in its folder, and what it says when
 * files are damaged.
 */
#include "log_end.h"
#include "model.h"

#include "base/memory.h"
#include "store/rocks/file.h"
#include "store/rocks/log_format.h"
#include "store/rocks/log_writer.h"
#include "store/rocks/mend.h"
#include "store/rocks/options.h"

#include <dirent.h>
#include <fcntl.h>
#include <rocksdb/c.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct world world;

static int begin(void **state)
{
    (void)state;
    world_init(&world, WORLD_ROCKS);
    return 0;
}

static int end(void **state)
{
    quiet_stop(state);
    world_deinit(&world);
    return 0;
}

/* Opening it gives `expected`, and a line in the log with these words. */
static void assert_refused(enum err expected, const char *words)
{
    struct kv *kv = NULL;

    quiet_begin();
    enum err err = kv_rocks_open(world.folder, &kv);
    const char *said = quiet_end();
    if (err == OK)
        kv->functions->close(kv);
    assert_int_equal(err, expected);
    if (!strstr(said, words))
        print_error("\"%s\" is not in: %s\n", words, said);
    assert_non_null(strstr(said, words));
}

static void path_of(char path[256], const char *name)
{
    snprintf(path, 256, "%s/%s", world.folder, name);
}

static void write_file(const char *name, const char *text)
{
    char path[256];

    path_of(path, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

/* The largest file whose name begins and ends so; its path. */
static bool find_file(const char *begin_with, const char *end_with, char path[256])
{
    DIR *folder = opendir(world.folder);
    const struct dirent *entry;
    off_t largest = -1;

    while ((entry = readdir(folder))) {
        const char *name = entry->d_name;
        char candidate[256];
        struct stat status;
        size_t tail = strlen(end_with);
        if (strncmp(name, begin_with, strlen(begin_with)) != 0 || strlen(name) < tail ||
            strcmp(name + strlen(name) - tail, end_with) != 0)
            continue;
        path_of(candidate, name);
        if (stat(candidate, &status) == 0 && status.st_size > largest) {
            largest = status.st_size;
            memcpy(path, candidate, sizeof(candidate));
        }
    }
    closedir(folder);
    return largest >= 0;
}

static void flip(const char *path, off_t at, unsigned char bits)
{
    int fd = open(path, O_RDWR);
    unsigned char byte;

    assert_true(fd >= 0);
    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte ^= bits;
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    close(fd);
}

/* Inverts one byte at a part of the file's length. */
static void damage_file(const char *path, int part, int parts)
{
    struct stat status;

    assert_int_equal(stat(path, &status), 0);
    flip(path, status.st_size * part / parts, 0xff);
}

/* ---- other processes: this program again, for RocksDB's threads do not survive a fork */

static char own_path[512];

/* Never returns. The child's stdin is `in`, unless that is -1. */
static void become(const char *what, uint64_t seed, int commits, int in, int out)
{
    char first[24], second[24];

    snprintf(first, sizeof(first), "%llu", (unsigned long long)seed);
    snprintf(second, sizeof(second), "%d", commits);
    if ((in < 0 || dup2(in, STDIN_FILENO) >= 0) && dup2(out, STDOUT_FILENO) >= 0)
        execl(own_path, own_path, what, world.folder, first, second, (char *)NULL);
    _exit(1);
}

/* Some events of which fill several sectors of a disk, and some several blocks of a log. */
static struct model *model_with_long_events(uint64_t seed)
{
    struct model *model = model_new(seed);

    model->long_event_bytes = 100000;
    return model;
}

/* Commits and ends without closing, as kill -9 would end it. */
static int child_commits(struct model *model, int commits)
{
    bool fine = model_check_start(model, &world, MODEL_STRICT);

    for (int i = 0; i < commits && fine; i++)
        fine = model_commit(model, world.store) == OK;
    _exit(fine ? 0 : 1);
}

/* Holds the store until stdin ends. */
static int child_holds(void)
{
    char byte;

    _exit(world_open(&world) == OK && write(STDOUT_FILENO, "r", 1) == 1 &&
                  read(STDIN_FILENO, &byte, 1) == 0
              ? 0
              : 1);
}

static int run_child(char **arguments)
{
    world.kind = WORLD_ROCKS;
    snprintf(world.folder, sizeof(world.folder), "%s", arguments[2]);
    if (strcmp(arguments[1], "hold") == 0)
        return child_holds();
    uint64_t seed = strtoull(arguments[3], NULL, 10);
    return child_commits(strcmp(arguments[1], "long") == 0 ? model_with_long_events(seed)
                                                           : model_new(seed),
                         (int)strtol(arguments[4], NULL, 10));
}

static void live_and_die(const char *what, uint64_t seed, int commits)
{
    int status;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0)
        become(what, seed, commits, -1, STDERR_FILENO);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void commit_and_die(uint64_t seed, int commits)
{
    live_and_die("commit", seed, commits);
}

/* What the child of commit_and_die knows. */
static struct model *model_after(uint64_t seed, int commits)
{
    struct model *model = model_new(seed);

    for (int i = 0; i < commits; i++)
        model_apply(model, model_draft(model));
    return model;
}

/* ---- who holds it */

static void test_busy_in_this_process(void **state)
{
    (void)state;
    world_open_recovered(&world);
    assert_refused(ERR_BUSY, "in use");
}

static void test_busy_in_another_process(void **state)
{
    int ready[2], stop[2];
    char byte;

    (void)state;
    assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
    assert_int_equal(pipe2(stop, O_CLOEXEC), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        become("hold", 0, 0, stop[0], ready[1]);
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_refused(ERR_BUSY, "in use by another process");
    close(stop[1]);
    assert_int_equal(waitpid(child, NULL, 0), child);
    close(stop[0]);
    close(ready[0]);
    world_open_recovered(&world); /* the lock went with the process */
}

/* What is read must not change: readers keep writers out, and not each other. */
static void test_busy_while_it_is_read(void **state)
{
    struct kv *readers[2];

    (void)state;
    world_open_recovered(&world);
    world_close(&world);
    for (int i = 0; i < 2; i++)
        assert_ok(kv_rocks_open_to_read(world.folder, &readers[i]));
    for (int i = 0; i < 2; i++) {
        assert_refused(ERR_BUSY, "in use by another process");
        readers[i]->functions->close(readers[i]);
    }
    world_open_recovered(&world);
}

/* Whoever starts beside the owner sees names of files that the owner removes; the lock tells it all
 * that it must know. A name without a file stands for one that went in between. */
static void test_file_that_goes_while_it_is_listed(void **state)
{
    char path[256];

    (void)state;
    world_open_recovered(&world);
    world_close(&world);
    path_of(path, "000001.log");
    assert_int_equal(symlink("gone", path), 0);
    quiet_begin();
    assert_int_equal(world_open(&world), OK);
    assert_string_equal(quiet_end(), "");
}

/* ---- what lies in the folder */

static void test_folder_is_made(void **state)
{
    struct kv *kv;
    char deep[256];

    (void)state;
    path_of(deep, "new/");
    assert_ok(kv_rocks_open(deep, &kv));
    kv->functions->close(kv);
    path_of(deep, "no/such");
    quiet_begin();
    assert_int_equal(kv_rocks_open(deep, &kv), ERR_IO);
    assert_non_null(strstr(quiet_end(), "could not make the folder of the store"));
}

static void test_foreign_files_are_left_alone(void **state)
{
    char path[256];

    (void)state;
    write_file("letter.txt", "dear");
    assert_refused(ERR_CORRUPT, "files that are no store");
    path_of(path, "LOCK");
    assert_int_equal(access(path, F_OK), -1);
}

static void test_foreign_database_is_refused(void **state)
{
    char *error = NULL;
    rocksdb_options_t *options = rocksdb_options_create();
    rocksdb_writeoptions_t *write = rocksdb_writeoptions_create();

    (void)state;
    rocksdb_options_set_create_if_missing(options, 1);
    rocksdb_t *other = rocksdb_open(options, world.folder, &error);
    assert_null(error);
    rocksdb_put(other, write, "k", 1, "v", 1, &error);
    rocksdb_close(other);
    assert_refused(ERR_CORRUPT, "a database of another program");
    rocksdb_writeoptions_destroy(write);
    rocksdb_options_destroy(options);
}

static void test_unknown_part_is_newer(void **state)
{
    static const char *const names[] = { "default", "state", "history", "closed", "twin" };
    const rocksdb_options_t *all[5];
    rocksdb_column_family_handle_t *families[5];
    char *error = NULL;
    rocksdb_options_t *options = rocksdb_options_create();

    (void)state;
    world_open_recovered(&world);
    world_close(&world);
    for (int i = 0; i < 5; i++)
        all[i] = options;
    rocksdb_t *database = rocksdb_open_column_families(options, world.folder, 5, names, all,
                                                       families, &error);
    assert_null(error);
    rocksdb_column_family_handle_t *more = rocksdb_create_column_family(database, options, "more",
                                                                        &error);
    assert_null(error);
    rocksdb_column_family_handle_destroy(more);
    for (int i = 0; i < 5; i++)
        rocksdb_column_family_handle_destroy(families[i]);
    rocksdb_close(database);
    rocksdb_options_destroy(options);
    assert_refused(ERR_NEWER, "parts that this version does not know");
}

/* ---- the log, and what room it has behind its last record */

static off_t size_of_file(const char *path)
{
    struct stat status;

    assert_int_equal(stat(path, &status), 0);
    return status.st_size;
}

/* The path of the log, and where its last record ends. */
static off_t find_log(char log[256])
{
    assert_true(find_file("0", ".log", log));
    return log_end(log);
}

static void write_bytes(struct kv *kv, size_t count)
{
    char *bytes = memory_new(count);
    struct kv_operation operation = { .action = KV_PUT,
                                      .space = KV_HISTORY,
                                      .key = BYTES("k"),
                                      .value = bytes_of(bytes, count) };

    memset(bytes, 'v', count);
    assert_ok(kv->functions->write(kv, &operation, 1, true));
    memory_free(bytes);
}

static void test_most_writes_leave_the_log_as_long_as_it_is(void **state)
{
    char log[256];
    struct kv *kv;
    int longer = 0;
    off_t size = 0;

    (void)state;
    assert_ok(kv_rocks_open(world.folder, &kv));
    for (int i = 0; i < 200; i++) {
        write_bytes(kv, 6000);
        off_t end = find_log(log), now = size_of_file(log);
        assert_true(now >= end);
        longer += now != size;
        size = now;
    }
    assert_in_range(longer, 4, 8); /* 1.2 MB of records */
    assert_ok(kv->functions->close(kv));
}

/* One that is larger than all the room is not cut, and there is room again behind it. */
static void test_a_large_write_goes_beyond_the_room(void **state)
{
    char log[256];
    struct kv *kv;

    (void)state;
    assert_ok(kv_rocks_open(world.folder, &kv));
    write_bytes(kv, 10);
    write_bytes(kv, 1000000);
    off_t end = find_log(log);
    assert_true(end > 1000000);
    write_bytes(kv, 10);
    assert_true(find_log(log) > end);
    assert_true(size_of_file(log) > end + 100000);
    assert_ok(kv->functions->close(kv));
}

static void test_room_behind_the_log_of_a_process_that_died_is_no_damage(void **state)
{
    char log[256];

    (void)state;
    commit_and_die(5, 50);
    assert_true(find_log(log) < size_of_file(log));
    struct model *model = model_after(5, 50);
    quiet_begin();
    assert_true(model_check_start(model, &world, MODEL_STRICT));
    assert_string_equal(quiet_end(), "");
    model_check_reads(model, world.store, MODEL_STRICT);
    model_free(model);
}

/* ---- a process that dies */

static void test_what_was_acknowledged_survives(void **state)
{
    (void)state;
    commit_and_die(5, 120);
    struct model *model = model_after(5, 120);
    assert_true(model_check_start(model, &world, MODEL_STRICT));
    model_check_reads(model, world.store, MODEL_STRICT);
    model_check_lists(model, world.store, 50, MODEL_STRICT);
    model_free(model);
}

/* The last of fifty turns was not written whole. */
static void check_last_turn_is_dropped(void)
{
    struct store_meta meta;
    struct model *model = model_after(5, 49);

    quiet_begin();
    assert_true(model_check_start(model, &world, MODEL_STRICT));
    quiet_end();
    model_check_reads(model, world.store, MODEL_STRICT);
    store_get_meta(world.store, &meta);
    assert_int_equal(meta.turn, 49);
    model_free(model);
}

/* A crash in the middle of a write leaves a torn record at the end of the log: it was never
 * acknowledged. */
static void test_torn_end_of_log_is_dropped(void **state)
{
    char log[256];

    (void)state;
    commit_and_die(5, 50);
    assert_int_equal(truncate(log, find_log(log) - 3), 0);
    check_last_turn_is_dropped();
}

/* Zeros from there to the end of the file, as they were before the record was written. */
static void leave_room_from(const char *log, off_t at)
{
    off_t size = size_of_file(log);

    assert_int_equal(truncate(log, at), 0);
    assert_int_equal(truncate(log, size), 0);
}

/* The same in a log that was as long before: behind what was written of it are zeros. Wherever it
 * was cut off, in the header of a piece, behind that, in its midst or before the last byte. */
static void test_torn_end_before_room_is_dropped(void **state)
{
    char log[256];

    (void)state;
    for (int part = 0; part < 6; part++) {
        world_deinit(&world);
        world_init(&world, WORLD_ROCKS);
        commit_and_die(5, 50);
        off_t end = find_log(log), begin = log_last_record(log);
        const off_t cuts[] = { begin + 1, begin + 6, begin + 7, begin + 8, end - 300, end - 1 };
        assert_true(end < size_of_file(log));
        leave_room_from(log, cuts[part]);
        check_last_turn_is_dropped();
        world_close(&world);
    }
}

/* As much of a record as has room from `begin` to `end`, where the file ends; the rest of it would
 * have made that longer. */
static void write_into_room(const char *log, off_t begin, off_t end)
{
    struct arena arena;
    size_t count = 400000;

    arena_init(&arena, "record", (size_t)4 << 20);
    char *content = arena_alloc_text(&arena, count);
    memset(content, 'x', count);
    struct bytes record = log_record(&arena, (size_t)begin, bytes_of(content, count));
    assert_true(end - begin < (off_t)record.len);
    assert_ok(file_write_at(log, (size_t)begin, bytes_of(record.ptr, (size_t)(end - begin))));
    arena_deinit(&arena);
}

/* So of a large one that began in the room and was to end behind it, at any place: in a piece, at the
 * end of one, and in the last bytes before the end of the room, where a block ends too. */
static void test_torn_large_write_is_dropped(void **state)
{
    char log[256];
    struct kv *kv;

    (void)state;
    for (int part = 0; part < 6; part++) {
        world_deinit(&world);
        world_init(&world, WORLD_ROCKS);
        commit_and_die(5, 50);
        off_t begin = find_log(log), room_end = size_of_file(log);
        assert_int_equal(room_end % LOG_BLOCK_BYTES, 0);
        write_into_room(log, begin, room_end);
        const off_t cuts[] = { begin + 9,          begin + 20000,  begin / LOG_BLOCK_BYTES * LOG_BLOCK_BYTES + LOG_BLOCK_BYTES,
                               room_end - 40000, room_end - 300, room_end - 1 };
        leave_room_from(log, cuts[part]);
        quiet_begin();
        assert_ok(kv_rocks_open(world.folder, &kv));
        quiet_end();
        assert_ok(kv->functions->close(kv));
    }
}

/* A byte of the last record is another than was written. Its header: checksum, length, type. */
static const struct {
    int from_begin; /* of the record; or, negative, from its end */
    unsigned char flipped;
} damages[] = {
    { 0, 0x01 }, { 3, 0x80 },  { 4, 0x01 },  { 4, 0x02 }, { 4, 0x40 }, { 4, 0x80 }, { 5, 0x01 },
    { 5, 0x02 }, { 5, 0x10 },  { 5, 0x40 },  { 6, 0x01 }, { 6, 0x02 }, { 6, 0x04 }, { 6, 0x80 },
    { 7, 0x01 }, { 300, 0xff }, { -2, 0xff }, { -1, 0x01 },
};

/* All of it was written, so it is damaged, not cut off, though there is room behind it. */
static void test_damage_before_room_is_reported(void **state)
{
    char log[256];

    (void)state;
    commit_and_die(5, 50);
    off_t begin_of_last, end_of_last = find_log(log);
    begin_of_last = log_last_record(log);
    assert_true(end_of_last < size_of_file(log));
    assert_true(end_of_last - begin_of_last > 310);
    assert_true(begin_of_last / LOG_BLOCK_BYTES == (end_of_last - 1) / LOG_BLOCK_BYTES); /* one piece */
    for (size_t i = 0; i < sizeof(damages) / sizeof(*damages); i++) {
        off_t at = damages[i].from_begin + (damages[i].from_begin < 0 ? end_of_last : begin_of_last);
        flip(log, at, damages[i].flipped);
        assert_refused(ERR_CORRUPT, "the store is damaged");
        assert_true(size_of_file(log) > end_of_last); /* nothing was cut off */
        flip(log, at, damages[i].flipped);
    }
}

/* ---- a disk without power: what was not synced is there in sectors, or not */

#define LONG_SEED 5

static bool has_long_event(const struct commit *commit)
{
    for (size_t i = 0; i < commit->run_count; i++)
        for (size_t j = 0; j < commit->runs[i].event_count; j++)
            if (commit->runs[i].events[j].len > 40000)
                return true;
    return false;
}

/* The first turn behind the twentieth whose record fills more than a block; *model is as before it.
 */
static int find_long_turn(struct model **model)
{
    *model = model_with_long_events(LONG_SEED);
    for (;;) {
        const struct commit *commit = model_draft(*model);
        if (commit->turn > 20 && has_long_event(commit))
            return (int)commit->turn;
        model_apply(*model, commit);
    }
}

/* A store whose last turn, `turn`, is long; where its record begins and ends in `log`. */
static void make_long_turn(int turn, char log[256], off_t *begin, off_t *end)
{
    world_deinit(&world);
    world_init(&world, WORLD_ROCKS);
    live_and_die("long", LONG_SEED, turn - 1);
    *begin = find_log(log);
    world_deinit(&world);
    world_init(&world, WORLD_ROCKS);
    live_and_die("long", LONG_SEED, turn);
    *end = find_log(log);
    assert_true(*end - *begin > 40000);
}

/* Zeros, from where the sector at `at` begins to where it ends. */
static void lose_sector(const char *log, off_t at)
{
    static const char zeros[512];
    int fd = open(log, O_RDWR);

    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, zeros, 512, at / 512 * 512), 512);
    close(fd);
}

/* Whichever sector is lost of a write that was not synced, the write never was. */
static void test_unwritten_sector_at_the_end_is_dropped(void **state)
{
    char log[256];
    off_t begin, end;
    struct model *model;

    (void)state;
    int turn = find_long_turn(&model);
    for (int part = 1; part < 8; part++) {
        make_long_turn(turn, log, &begin, &end);
        lose_sector(log, begin + (end - begin) * part / 8);
        quiet_begin();
        assert_true(model_check_start(model, &world, MODEL_STRICT));
        quiet_end();
        world_close(&world);
    }
    model_free(model);
}

static void test_unwritten_sector_is_passed_over_by_readers(void **state)
{
    char log[256];
    off_t begin, end;
    struct model *model;
    struct kv *kv;

    (void)state;
    make_long_turn(find_long_turn(&model), log, &begin, &end);
    lose_sector(log, begin + (end - begin) / 2);
    off_t size = size_of_file(log);
    quiet_begin();
    assert_ok(kv_rocks_open_to_read(world.folder, &kv));
    assert_non_null(strstr(quiet_end(), "it is passed over"));
    kv->functions->close(kv);
    assert_int_equal(size_of_file(log), size); /* nothing changed */
    model_free(model);
}

/* As of a record of 2,000 bytes of which the first sectors came to the disk. */
static void append_torn_record(const char *path)
{
    static const char header[] = { 1, 2, 3, 4, (char)(2000 & 0xff), 2000 >> 8, 1, 'x', 'y', 'z' };
    int fd = open(path, O_RDWR);
    off_t end = lseek(fd, 0, SEEK_END);

    assert_int_equal(write(fd, header, sizeof(header)), sizeof(header));
    assert_int_equal(ftruncate(fd, end + 7 + 2000), 0);
    close(fd);
}

/* Only who may write can mend it: RocksDB reads no manifest up to somewhere. */
static void test_torn_manifest_is_mended(void **state)
{
    char path[256];
    struct kv *kv;

    (void)state;
    commit_and_die(5, 50);
    assert_true(find_file("MANIFEST-", "", path));
    append_torn_record(path);
    quiet_begin();
    assert_int_equal(kv_rocks_open_to_read(world.folder, &kv), ERR_CORRUPT);
    assert_non_null(strstr(quiet_end(), "after a start of the server"));
    struct model *model = model_after(5, 50);
    quiet_begin();
    assert_true(model_check_start(model, &world, MODEL_STRICT));
    assert_non_null(strstr(quiet_end(), "was cut off"));
    model_check_reads(model, world.store, MODEL_STRICT);
    model_free(model);
}

/* A commit was written behind it, so it had been synced: this is no loss of power. */
static void test_unwritten_sector_before_a_commit_is_damage(void **state)
{
    char log[256];
    off_t begin, end;
    struct model *model;

    (void)state;
    int turn = find_long_turn(&model);
    make_long_turn(turn, log, &begin, &end);
    world_deinit(&world);
    world_init(&world, WORLD_ROCKS);
    live_and_die("long", LONG_SEED, turn + 20);
    assert_true(find_log(log) > end);
    lose_sector(log, begin + (end - begin) / 2);
    assert_refused(ERR_CORRUPT, "the store is damaged");
    model_free(model);
}

/* A byte that changed is no sector that was not written, in the last record neither. */
static void test_damaged_end_of_log_is_reported(void **state)
{
    char log[256];
    off_t begin, end;
    struct model *model;

    (void)state;
    make_long_turn(find_long_turn(&model), log, &begin, &end);
    flip(log, end - 600, 0xff);
    assert_refused(ERR_CORRUPT, "the store is damaged");
    model_free(model);
}

/* ---- files that are damaged */

static void test_damaged_middle_of_log_is_reported(void **state)
{
    char log[256];

    (void)state;
    commit_and_die(5, 50);
    assert_int_equal(truncate(log, find_log(log)), 0); /* so that the middle is one of records */
    damage_file(log, 1, 2);
    assert_refused(ERR_CORRUPT, "the store is damaged");
}

static void test_missing_log_is_reported(void **state)
{
    char log[256];

    (void)state;
    commit_and_die(5, 50);
    assert_true(find_file("0", ".log", log));
    assert_int_equal(unlink(log), 0);
    assert_refused(ERR_CORRUPT, "its newest log of writes is missing");
}

static void commit_some(struct model *model, int commits)
{
    for (int i = 0; i < commits; i++)
        assert_ok(model_commit(model, world.store));
}

static int count_tables(void)
{
    DIR *folder = opendir(world.folder);
    const struct dirent *entry;
    int count = 0;

    while ((entry = readdir(folder)))
        count += strstr(entry->d_name, ".sst") != NULL;
    closedir(folder);
    return count;
}

static void ignore_find(void *context, bool can_be_mended, const char *format, ...)
{
    (void)context, (void)format;
    assert_true(can_be_mended);
}

static const struct mend_options mend_quietly = { .repair = true,
                                                  .fresh_key = fresh_key,
                                                  .found = ignore_find };

/* It names fewer tables then, and RocksDB would remove the others. */
static void test_list_of_files_without_its_end_is_reported(void **state)
{
    struct model *model = model_new(5);
    char manifest[256];
    struct stat status;

    (void)state;
    assert_true(model_check_start(model, &world, MODEL_STRICT));
    assert_true(find_file("MANIFEST-", "", manifest));
    assert_int_equal(stat(manifest, &status), 0);
    commit_some(model, 60);
    world_close(&world);
    int tables = count_tables();
    assert_int_equal(truncate(manifest, status.st_size), 0);
    assert_refused(ERR_CORRUPT, "turns are missing that it held when it was last closed");
    assert_int_equal(count_tables(), tables);
    quiet_begin();
    assert_ok(mend_files(world.folder, &mend_quietly));
    assert_true(model_check_start(model, &world, MODEL_STRICT));
    quiet_end();
    model_check_reads(model, world.store, MODEL_STRICT);
    model_free(model);
}

static void make_tables(void)
{
    struct model *model = model_new(5);

    assert_true(model_check_start(model, &world, MODEL_STRICT));
    for (int i = 0; i < 120; i++)
        assert_ok(model_commit(model, world.store));
    world_close(&world);
    model_free(model);
}

static void test_missing_table_is_reported(void **state)
{
    char table[256];

    (void)state;
    make_tables();
    assert_true(find_file("0", ".sst", table));
    assert_int_equal(unlink(table), 0);
    assert_refused(ERR_CORRUPT, "the store is damaged");
}

static void test_missing_or_damaged_beginning_is_reported(void **state)
{
    char path[256];

    (void)state;
    make_tables();
    assert_true(find_file("MANIFEST-", "", path));
    damage_file(path, 1, 3);
    assert_refused(ERR_CORRUPT, "the store is damaged");
    assert_int_equal(unlink(path), 0);
    assert_refused(ERR_CORRUPT, "a file is missing");
    path_of(path, "CURRENT");
    assert_int_equal(truncate(path, 3), 0);
    assert_refused(ERR_CORRUPT, "the store is damaged");
    assert_int_equal(unlink(path), 0);
    assert_refused(ERR_CORRUPT, "CURRENT is missing");
}

/* Every answer is the right one or ERR_CORRUPT, wherever the largest table is damaged. */
static void test_damaged_tables_are_never_served(void **state)
{
    (void)state;
    for (int part = 0; part < 12; part++) {
        char table[256];
        make_tables();
        struct model *model = model_after(5, 120);
        assert_true(find_file("0", ".sst", table));
        damage_file(table, part, 12);
        quiet_begin();
        if (model_check_start(model, &world, MODEL_DAMAGED)) {
            model_check_reads(model, world.store, MODEL_DAMAGED);
            model_check_lists(model, world.store, 20, MODEL_DAMAGED);
        }
        world_deinit(&world);
        quiet_end();
        world_init(&world, WORLD_ROCKS);
        model_free(model);
    }
}

/* The first block of the largest table; with it RocksDB cannot compact. */
static void damage_first_block(void)
{
    char table[256];

    assert_true(find_file("0", ".sst", table));
    damage_file(table, 1, 1000);
}

static enum err read_all_of(struct kv *kv, enum kv_space space)
{
    const struct kv_functions *f = kv->functions;
    struct kv_iterator *iterator = kv_iterate_prefix(kv, space, BYTES(""));

    for (f->seek(iterator, BYTES("")); f->valid(iterator); f->next(iterator))
        continue;
    enum err err = f->status(iterator);
    f->done(iterator);
    return err;
}

static void meet_damage(void)
{
    bool met = false;
    struct kv *kv;

    quiet_begin();
    assert_ok(kv_rocks_open(world.folder, &kv));
    for (int space = 0; space < KV_SPACE_COUNT; space++)
        met = read_all_of(kv, (enum kv_space)space) == ERR_CORRUPT || met;
    assert_true(met);
    kv->functions->close(kv);
    assert_non_null(strstr(quiet_end(), "compacts nothing until it was repaired"));
}

/* RocksDB writes down what options are in force, in the newest file of this name. */
static int count_families_that_compact_nothing(void)
{
    static const char words[] = "disable_auto_compactions=true";
    DIR *folder = opendir(world.folder);
    const struct dirent *entry;
    char newest[256] = "", text[1 << 16];
    int count = 0;

    while ((entry = readdir(folder)))
        if (strncmp(entry->d_name, "OPTIONS-", 8) == 0 && strcmp(entry->d_name, newest) > 0)
            snprintf(newest, sizeof(newest), "%s", entry->d_name);
    closedir(folder);
    path_of(text, newest);
    FILE *file = fopen(text, "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    for (const char *at = text; (at = strstr(at, words)); at++)
        count++;
    return count;
}

/* A compaction that meets the damage would end all writing: so there is none, in later lives
 * neither. */
static void test_nothing_is_compacted_beside_damage(void **state)
{
    struct kv *kv;

    (void)state;
    make_tables();
    assert_int_equal(count_families_that_compact_nothing(), 0);
    damage_first_block();
    meet_damage();
    assert_int_equal(count_families_that_compact_nothing(), 5);
    for (int life = 0; life < 2; life++) {
        struct kv_operation put = { KV_PUT, KV_STATE, BYTES("k"), BYTES("v") };
        quiet_begin();
        assert_ok(kv_rocks_open(world.folder, &kv));
        assert_ok(kv->functions->write(kv, &put, 1, true));
        kv->functions->close(kv);
        quiet_end();
        assert_int_equal(count_families_that_compact_nothing(), 5);
    }
}

/* Compacts a database of its own, with what a store is opened with. */
static void compact_something(void)
{
    struct options options;
    char *error = NULL;

    options_init(&options, false);
    rocksdb_t *database = rocksdb_open(options.database, world.folder, &error);
    assert_null(error);
    rocksdb_put(database, options.write, "k", 1, "v", 1, &error);
    assert_null(error);
    rocksdb_compact_range(database, NULL, 0, NULL, 0);
    rocksdb_close(database);
    options_deinit(&options);
}

static bool is_named(const char *thread, const char *name)
{
    char path[300], found[32] = "";

    snprintf(path, sizeof(path), "/proc/self/task/%s/comm", thread);
    FILE *file = fopen(path, "r");
    if (!file)
        return false;
    bool is_read = fgets(found, sizeof(found), file) != NULL;
    fclose(file);
    return is_read && strncmp(found, name, strlen(name)) == 0;
}

/* Of this process' threads that have this name: how many there are, and the best priority. */
static int count_threads(const char *name, int *nice)
{
    DIR *threads = opendir("/proc/self/task");
    const struct dirent *thread;
    int count = 0;

    assert_non_null(threads);
    for (*nice = 19; (thread = readdir(threads));) {
        if (!is_named(thread->d_name, name))
            continue;
        int its = getpriority(PRIO_PROCESS, (id_t)atoi(thread->d_name));
        *nice = its < *nice ? its : *nice;
        count++;
    }
    closedir(threads);
    return count;
}

static int behind(int own, int steps)
{
    return own + steps > 19 ? 19 : own + steps;
}

static void test_compactions_and_flushes_wait_for_others(void **state)
{
    int own = getpriority(PRIO_PROCESS, 0), compacting, flushing;

    (void)state;
    compact_something();
    assert_true(count_threads("rocksdb:low", &compacting) > 0);
    assert_true(count_threads("rocksdb:high", &flushing) > 0);
    assert_int_equal(flushing, behind(own, 5));
    assert_int_equal(compacting, behind(own, 10));
}

#define HERE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        HERE(test_busy_in_this_process),
        HERE(test_busy_in_another_process),
        HERE(test_busy_while_it_is_read),
        HERE(test_file_that_goes_while_it_is_listed),
        HERE(test_folder_is_made),
        HERE(test_foreign_files_are_left_alone),
        HERE(test_foreign_database_is_refused),
        HERE(test_unknown_part_is_newer),
        HERE(test_most_writes_leave_the_log_as_long_as_it_is),
        HERE(test_a_large_write_goes_beyond_the_room),
        HERE(test_room_behind_the_log_of_a_process_that_died_is_no_damage),
        HERE(test_what_was_acknowledged_survives),
        HERE(test_torn_end_of_log_is_dropped),
        HERE(test_torn_end_before_room_is_dropped),
        HERE(test_torn_large_write_is_dropped),
        HERE(test_damage_before_room_is_reported),
        HERE(test_unwritten_sector_at_the_end_is_dropped),
        HERE(test_unwritten_sector_is_passed_over_by_readers),
        HERE(test_torn_manifest_is_mended),
        HERE(test_unwritten_sector_before_a_commit_is_damage),
        HERE(test_damaged_end_of_log_is_reported),
        HERE(test_damaged_middle_of_log_is_reported),
        HERE(test_missing_log_is_reported),
        HERE(test_list_of_files_without_its_end_is_reported),
        HERE(test_missing_table_is_reported),
        HERE(test_missing_or_damaged_beginning_is_reported),
        HERE(test_damaged_tables_are_never_served),
        HERE(test_nothing_is_compacted_beside_damage),
        HERE(test_compactions_and_flushes_wait_for_others),
    };

    if (count == 5)
        return run_child(arguments);
    if (readlink("/proc/self/exe", own_path, sizeof(own_path) - 1) <= 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
