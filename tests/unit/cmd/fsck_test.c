/*
 * weir fsck as a user meets it: on a folder that a server filled.
 */
#include "program.h"
#include "store/rocks/rocks.h"
#include "store/walk.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char folder[64];
static char *const *serve(void)
{
    static char *arguments[] = {
        "weir", "serve", "--data", folder, "--listen", "127.0.0.1:0", NULL
    };
    return arguments;
}

static int set_up(void **state)
{
    struct running_server server;

    (void)state;
    snprintf(folder, sizeof(folder), "/tmp/weir-test-XXXXXX");
    assert_non_null(mkdtemp(folder));
    running_server_start(&server, serve());
    run(ARGUMENTS("demo", "--endpoint", server.endpoint));
    assert_ended(0, "WorkflowExecutionCompleted");
    running_server_end(&server);
    return 0;
}

static int tear_down(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof(command), "rm -r %s", folder);
    return system(command);
}

static void remove_first(struct kv *kv, enum kv_space space, const char *kind)
{
    struct kv_operation removal = { .action = KV_DELETE, .space = space };
    struct arena arena;
    struct walk walk;

    arena_init(&arena, "key", 1 << 20);
    walk_begin(&walk, kv, space, bytes_of_cstr(kind));
    walk_seek(&walk, walk.begin);
    assert_true(walk_is_valid(&walk));
    removal.key = arena_copy(&arena, walk_key(&walk));
    assert_int_equal(walk_end(&walk), OK);
    assert_int_equal(kv->functions->write(kv, &removal, 1, true), OK);
    arena_deinit(&arena);
}

/* Removes the first key of this kind. */
static void remove_one(enum kv_space space, const char *kind)
{
    struct kv *kv;

    assert_int_equal(kv_rocks_open(folder, &kv), OK);
    remove_first(kv, space, kind);
    kv->functions->close(kv);
}

/* From both sides of what is kept twice. */
static void remove_both(const char *kind)
{
    struct kv *kv;

    assert_int_equal(kv_rocks_open(folder, &kv), OK);
    remove_first(kv, KV_STATE, kind);
    remove_first(kv, KV_TWIN, kind);
    kv->functions->close(kv);
}

static void a_sound_folder(void **state)
{
    (void)state;
    run(ARGUMENTS("fsck", folder));
    assert_ended(0, "1 runs, 0 of them open, with ");
    assert_ended(0, "all is as it ought to be\n");
}

static void what_can_be_mended(void **state)
{
    (void)state;
    remove_one(KV_CLOSED, "s");
    run(ARGUMENTS("fsck", folder));
    assert_ended(1, ": its summary is missing (can be mended)\n");
    assert_ended(1, "1 found; --repair can mend 1 of them\n");
    run(ARGUMENTS("fsck", folder, "--repair"));
    assert_ended(0, ": its summary is missing: mended\n");
    run(ARGUMENTS("fsck", folder));
    assert_ended(0, "all is as it ought to be\n");
}

static void what_is_there_twice(void **state)
{
    (void)state;
    remove_one(KV_STATE, "t");
    run(ARGUMENTS("fsck", folder));
    assert_ended(1, "turn records: in the first copy 1 rows are damaged, missing or left over; ");
    run(ARGUMENTS("fsck", folder, "--repair"));
    assert_ended(0, ": mended\n");
    run(ARGUMENTS("fsck", folder));
    assert_ended(0, "all is as it ought to be\n");
}

static void a_new_key(void **state)
{
    (void)state;
    run(ARGUMENTS("fsck", folder, "--new-key"));
    assert_ended(2, "--new-key changes the store: it wants --repair as well\n");
    run(ARGUMENTS("fsck", folder, "--repair", "--new-key"));
    assert_ended(0, "tokens have a new key: those given out so far open nothing\n");
    run(ARGUMENTS("fsck", folder));
    assert_ended(0, "all is as it ought to be\n");
}

static void what_cannot(void **state)
{
    (void)state;
    remove_both("t");
    run(ARGUMENTS("fsck", folder, "--repair"));
    assert_ended(1, "its record is missing");
}

static void a_folder_in_use(void **state)
{
    struct running_server server;

    (void)state;
    running_server_start(&server, serve());
    run(ARGUMENTS("fsck", folder));
    assert_ended(2, "in use");
    run(ARGUMENTS("fsck", folder, "--repair"));
    assert_ended(2, "in use");
    running_server_end(&server);
}

static void no_store(void **state)
{
    (void)state;
    run(ARGUMENTS("fsck", "/nowhere"));
    assert_ended(2, "/nowhere: cannot be opened: not found");
    run(ARGUMENTS("fsck", "/nowhere", "--repair"));
    assert_ended(2, "/nowhere: cannot be opened: not found");
    run(ARGUMENTS("fsck"));
    assert_ended(2, "a word is missing: expected DIR");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_sound_folder, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_can_be_mended, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_there_twice, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_new_key, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_folder_in_use, set_up, tear_down),
        cmocka_unit_test(no_store),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
