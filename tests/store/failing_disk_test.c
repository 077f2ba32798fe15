/*
 * A store on a disk that fails at the n-th call, for every n: what was acknowledged is there
 * afterwards, nothing is acknowledged after the failure, and the rest is whole or not there.
 *
 * The store runs in a child: this program again, with failing_disk.so (which must lie beside it, or
 * where $WEIR_FAILING_DISK says) before libc. The child reports each acknowledged turn on its
 * stdout.
 */
#include "model.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define SEED 21
#define COMMITS 12
#define CHILD_FAILED 3 /* exit status: a commit failed, or the store could not be opened */

static char own_path[512];

/* ---- the child */

static int commit_all(struct world *world, struct model *model)
{
    for (uint8_t turn = 1; turn <= COMMITS; turn++) {
        if (model_commit(model, world->store) != OK) {
            /* Never again: not even when the disk is well by now. */
            unsetenv("WEIR_FAIL_AFTER");
            return model_commit(model, world->store) == ERR_IO ? CHILD_FAILED : 1;
        }
        if (write(STDOUT_FILENO, &turn, 1) != 1)
            return 1;
    }
    return 0;
}

static int run_child(const char *folder)
{
    struct world world = { .kind = WORLD_ROCKS };
    struct model *model;
    int status = CHILD_FAILED;

    snprintf(world.folder, sizeof(world.folder), "%s", folder);
    if (world_open(&world) != OK)
        return CHILD_FAILED;
    model = model_new(SEED);
    if (store_recover(world.store, &recovery_blind) == OK)
        status = commit_all(&world, model);
    world_close(&world);
    model_free(model);
    return status;
}

/* ---- the parent */

static bool find_library(char path[600])
{
    const char *told = getenv("WEIR_FAILING_DISK");
    char *slash = strrchr(own_path, '/');

    if (told)
        snprintf(path, 600, "%s", told);
    else
        snprintf(path, 600, "%.*s/failing_disk.so", (int)(slash - own_path), own_path);
    return access(path, R_OK) == 0;
}

/* Never returns. */
static void become_child(const struct world *world, const char *library, int calls, int out)
{
    char number[16];
    FILE *nowhere = freopen("/dev/null", "w", stderr);

    if (!nowhere || dup2(out, STDOUT_FILENO) < 0)
        _exit(1);
    snprintf(number, sizeof(number), "%d", calls);
    setenv("LD_PRELOAD", library, 1);
    /* A sanitizer wants to come first, and this child leaves what it holds to its end. */
    setenv("ASAN_OPTIONS", "verify_asan_link_order=0:detect_leaks=0", 1);
    setenv("WEIR_FAIL_PATH", world->folder, 1);
    setenv("WEIR_FAIL_AFTER", number, 1);
    execl(own_path, own_path, "child", world->folder, (char *)NULL);
    _exit(1);
}

/* Runs the child on a disk that fails from call `calls` on; its exit status, and the last turn it
 * had acknowledged. */
static int run_on_failing_disk(const struct world *world, const char *library, int calls,
                               uint8_t *acknowledged)
{
    int ends[2];
    int status;
    uint8_t turn;

    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        become_child(world, library, calls, ends[1]);
    close(ends[1]);
    *acknowledged = 0;
    while (read(ends[0], &turn, 1) == 1) {
        assert_int_equal(turn, *acknowledged + 1);
        *acknowledged = turn;
    }
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* The model after `turns` commits of the child. */
static struct model *model_after(uint64_t turns)
{
    struct model *model = model_new(SEED);

    for (uint64_t i = 0; i < turns; i++)
        model_apply(model, model_draft(model));
    return model;
}

/* A new process finds what was acknowledged; the commit that failed is there whole or not at all.
 */
static void check_after(struct world *world, uint8_t acknowledged)
{
    struct store_meta meta;

    assert_ok(world_open(world));
    store_get_meta(world->store, &meta);
    world_close(world);
    assert_in_range(meta.turn, acknowledged, acknowledged + 1);
    struct model *model = model_after(meta.turn);
    assert_true(model_check_start(model, world, MODEL_STRICT));
    model_check_reads(model, world->store, MODEL_STRICT);
    model_check_lists(model, world->store, 20, MODEL_STRICT);
    model_free(model);
}

static void test_every_call_fails_once(void **state)
{
    char library[600];
    int calls = 1;
    int status = CHILD_FAILED;
    int failed_commits = 0;
    uint8_t acknowledged = 0;

    (void)state;
    if (!find_library(library))
        fail_msg("no failing_disk.so beside this program");
    for (; acknowledged < COMMITS; calls++) {
        struct world world;
        world_init(&world, WORLD_ROCKS);
        status = run_on_failing_disk(&world, library, calls, &acknowledged);
        assert_true(status == CHILD_FAILED || (status == 0 && acknowledged == COMMITS));
        failed_commits += acknowledged > 0 && acknowledged < COMMITS;
        check_after(&world, acknowledged);
        world_deinit(&world);
        assert_true(calls < 1000);
    }
    assert_true(failed_commits >= COMMITS); /* the library was at work */
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_every_call_fails_once) };

    if (count == 3 && strcmp(arguments[1], "child") == 0)
        return run_child(arguments[2]);
    if (readlink("/proc/self/exe", own_path, sizeof(own_path) - 1) <= 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
