#include "base/arena.h"

#include "base/random.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void memory_is_zeroed_and_aligned(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena, "test", 1 << 20);
    assert_int_equal(arena.held, 0);
    for (size_t size = 0; size < 300; size++) {
        arena_alloc_text(&arena, 1); /* makes the next place an odd one */
        unsigned char *p = arena_alloc(&arena, size);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(p[i], 0);
        memset(p, 0xee, size);
    }
    arena_deinit(&arena);
}

/* Whatever the sizes, no two pieces overlap: each is filled with its number and read back at the
 * end. */
static void pieces_do_not_overlap(void **state)
{
    enum { PIECES = 400 };
    struct random_sequence random = { 1 };
    struct arena arena;
    unsigned char *pieces[PIECES];
    size_t sizes[PIECES];
    size_t total = 0;

    (void)state;
    arena_init(&arena, "test", 64 << 20);
    for (int i = 0; i < PIECES; i++) {
        sizes[i] = (size_t)random_below(&random, 1u << random_below(&random, 18));
        pieces[i] = i % 2 ? arena_alloc(&arena, sizes[i])
                          : (void *)arena_alloc_text(&arena, sizes[i]);
        memset(pieces[i], i & 0xff, sizes[i]);
        total += sizes[i];
    }
    for (int i = 0; i < PIECES; i++)
        for (size_t k = 0; k < sizes[i]; k++)
            if (pieces[i][k] != (i & 0xff))
                fail_msg("piece %d was overwritten at %zu", i, k);
    assert_int_equal(arena.used, total);
    assert_true(arena.held >= total);
    arena_deinit(&arena);
}

static void a_large_piece_does_not_retire_the_block_in_use(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena, "test", 16 << 20);
    char *before = arena_alloc_text(&arena, 10);
    memset(arena_alloc(&arena, 3 << 20), 1, 3 << 20);
    assert_ptr_equal(arena_alloc_text(&arena, 10), before + 10);
    arena_deinit(&arena);
}

static void what_was_reserved_lies_in_one_block(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena, "test", 16 << 20);
    arena_reserve(&arena, 3000);
    assert_int_equal(arena.used, 0);
    size_t held = arena.held;
    char *first = arena_alloc_text(&arena, 1000);
    assert_ptr_equal(arena_alloc_text(&arena, 2000), first + 1000);
    assert_int_equal(arena.held, held);
    arena_alloc_text(&arena, 1);
    assert_true(arena.held > held);
    arena_deinit(&arena);
}

static void reset_keeps_one_small_block(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena, "test", 16 << 20);
    arena_alloc(&arena, 100);
    size_t held = arena.held;
    void *first = arena_alloc(&arena, 8);
    arena_reset(&arena);
    assert_int_equal(arena.used, 0);
    assert_int_equal(arena.held, held);
    assert_true((char *)arena_alloc(&arena, 8) < (char *)first);
    assert_int_equal(arena.held, held);

    for (int i = 0; i < 100; i++)
        arena_alloc(&arena, 50000);
    arena_reset(&arena);
    assert_true(arena.held > 0);
    assert_true(arena.held <= 64 << 10);
    arena_alloc(&arena, 1 << 20);
    arena_deinit(&arena);
    assert_int_equal(arena.held, 0);
}

static void reset_and_deinit_of_nothing_are_fine(void **state)
{
    struct arena zeroed = { 0 };

    (void)state;
    arena_reset(&zeroed);
    arena_deinit(&zeroed);
    arena_deinit(&zeroed);
}

static void parts_are_joined(void **state)
{
    const struct bytes parts[] = { BYTES("or"), BYTES_ABSENT, BYTES(""), BYTES("der") };
    struct arena arena;

    (void)state;
    arena_init(&arena, "test", 4096);
    assert_true(bytes_equal_cstr(arena_join(&arena, parts, 4), "order"));
    assert_true(bytes_equal_cstr(arena_join(&arena, parts, 1), "or"));
    assert_false(bytes_is_absent(arena_join(&arena, parts, 0)));
    assert_true(bytes_equal(arena_concat(&arena, BYTES("a\0b"), BYTES("c")), BYTES("a\0bc")));
    arena_deinit(&arena);
}

static void copy_keeps_absent_and_empty(void **state)
{
    struct arena arena;
    char source[] = "order-1";

    (void)state;
    arena_init(&arena, "test", 1000);
    assert_true(bytes_is_absent(arena_copy(&arena, BYTES_ABSENT)));
    struct bytes empty = arena_copy(&arena, BYTES(""));
    assert_false(bytes_is_absent(empty));
    assert_int_equal(empty.len, 0);
    struct bytes copy = arena_copy(&arena, bytes_of(source, 7));
    memset(source, 'x', 7);
    assert_true(bytes_equal_cstr(copy, "order-1"));
    arena_deinit(&arena);
}

static void printf_measures_first(void **state)
{
    struct arena arena;

    (void)state;
    arena_init(&arena, "test", 100000);
    assert_true(bytes_equal_cstr(arena_printf(&arena, "%s-%d", "order", 12), "order-12"));
    struct bytes empty = arena_printf(&arena, "%s", "");
    assert_false(bytes_is_absent(empty));
    assert_int_equal(empty.len, 0);
    struct bytes wide = arena_printf(&arena, "%5000d", 1);
    assert_int_equal(wide.len, 5000);
    assert_int_equal(wide.ptr[4999], '1');
    arena_deinit(&arena);
}

/* In a process of its own; it ends by itself only when nothing stops it. */
static _Noreturn void use_bytes(size_t max, size_t size)
{
    struct arena arena;
    int null = open("/dev/null", O_WRONLY);

    dup2(null, STDERR_FILENO);
    arena_init(&arena, "test", max);
    arena_alloc(&arena, size / 2);
    arena_alloc(&arena, size - size / 2);
    _exit(0);
}

static int status_of_using(size_t max, size_t size)
{
    int status = 0;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0)
        use_bytes(max, size);
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void passing_the_maximum_stops_the_process(void **state)
{
    (void)state;
    int status = status_of_using(1000, 1000);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    status = status_of_using(1000, 1001);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    status = status_of_using(1000, SIZE_MAX);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_and_aligned),
        cmocka_unit_test(pieces_do_not_overlap),
        cmocka_unit_test(a_large_piece_does_not_retire_the_block_in_use),
        cmocka_unit_test(what_was_reserved_lies_in_one_block),
        cmocka_unit_test(reset_keeps_one_small_block),
        cmocka_unit_test(reset_and_deinit_of_nothing_are_fine),
        cmocka_unit_test(parts_are_joined),
        cmocka_unit_test(copy_keeps_absent_and_empty),
        cmocka_unit_test(printf_measures_first),
        cmocka_unit_test(passing_the_maximum_stops_the_process),
    };
    return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
