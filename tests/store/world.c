#include "world.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

const uint8_t fresh_key[SERVER_KEY_BYTES] = "0123456789abcdef0123456789abcde";

void world_init(struct world *world, enum world_kind kind)
{
    *world = (struct world){ .kind = kind };
    if (kind == WORLD_MEMORY) {
        world->kv = kv_memory_new();
        world->functions = *world->kv->functions;
        kv_memory_keep(world->kv, true);
        return;
    }
    snprintf(world->folder, sizeof(world->folder), "/tmp/weir-store-test-XXXXXX");
    assert_non_null(mkdtemp(world->folder));
}

static void remove_folder(const char *folder)
{
    char command[128];
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    assert_int_equal(system(command), 0);
}

void world_deinit(struct world *world)
{
    world_close(world);
    if (world->kind == WORLD_MEMORY) {
        kv_memory_keep(world->kv, false);
        world->functions.close(world->kv);
    } else {
        remove_folder(world->folder);
    }
}

enum err world_open(struct world *world)
{
    struct kv *kv = world->kv;

    assert_null(world->store);
    if (world->kind == WORLD_MEMORY) {
        kv->functions = &world->functions;
        return layout_open(kv, fresh_key, &world->store);
    }
    enum err err = kv_rocks_open(world->folder, &kv);
    return err ? err : layout_open(kv, fresh_key, &world->store);
}

static enum err ignore(void *context, struct bytes key, struct bytes value)
{
    (void)context, (void)key, (void)value;
    return OK;
}

static enum err ignore_run(void *context, const struct open_run *run)
{
    (void)context, (void)run;
    return OK;
}

const struct recovery recovery_blind = {
    .on_registry = ignore,
    .on_message = ignore,
    .on_open_run = ignore_run,
};

void world_open_recovered(struct world *world)
{
    assert_ok(world_open(world));
    assert_ok(store_recover(world->store, &recovery_blind));
}

void world_close(struct world *world)
{
    if (world->store)
        store_close(world->store);
    world->store = NULL;
}

void world_crash(struct world *world)
{
    assert_int_equal(world->kind, WORLD_MEMORY);
    quiet_begin();
    kv_memory_fail_write(world->kv, 1, ERR_IO);
    world_close(world);
    kv_memory_fail_write(world->kv, 0, OK);
    quiet_end();
}

struct answer {
    enum err err;
    int count;
};

static void note_answer(void *context, enum err err)
{
    struct answer *answer = context;
    answer->err = err;
    answer->count++;
}

enum err commit_now(struct store *store, const struct commit *commit)
{
    struct answer answer = { OK, 0 };
    store_commit(store, commit, note_answer, &answer);
    assert_int_equal(answer.count, 1);
    return answer.err;
}

static int stderr_before = -1;
static int quiet_depth;
static FILE *quiet_file;
static char quiet_text[1 << 16];

void quiet_begin(void)
{
    if (quiet_depth++ > 0)
        return;
    fflush(stderr);
    if (!quiet_file)
        quiet_file = tmpfile();
    assert_non_null(quiet_file);
    assert_int_equal(ftruncate(fileno(quiet_file), 0), 0);
    lseek(fileno(quiet_file), 0, SEEK_SET);
    stderr_before = dup(STDERR_FILENO);
    dup2(fileno(quiet_file), STDERR_FILENO);
}

const char *quiet_end(void)
{
    fflush(stderr);
    ssize_t len = pread(fileno(quiet_file), quiet_text, sizeof(quiet_text) - 1, 0);
    quiet_text[len > 0 ? len : 0] = '\0';
    if (--quiet_depth == 0) {
        dup2(stderr_before, STDERR_FILENO);
        close(stderr_before);
    }
    return quiet_text;
}

int quiet_stop(void **state)
{
    (void)state;
    if (quiet_depth > 0) {
        quiet_depth = 1;
        fputs(quiet_end(), stderr);
    }
    return 0;
}

void assert_bytes_at(struct bytes a, struct bytes b, const char *file, int line)
{
    if (bytes_equal(a, b) && bytes_is_absent(a) == bytes_is_absent(b))
        return;
    print_error("\"%.*s\" is not \"%.*s\"\n", BYTES_FMT(a), BYTES_FMT(b));
    _assert_true(0, "bytes are equal", file, line);
}
