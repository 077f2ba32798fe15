#include "base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static void the_sequence_is_splitmix64(void **state)
{
    struct random_sequence random = { 1234567 };

    (void)state;
    assert_true(random_next(&random) == UINT64_C(6457827717110365317));
    assert_true(random_next(&random) == UINT64_C(3203168211198807973));
    assert_true(random_next(&random) == UINT64_C(9817491932198370423));
}

static void below_stays_below_and_reaches_all(void **state)
{
    struct random_sequence random = { 1 };
    int seen[7] = { 0 };

    (void)state;
    for (int i = 0; i < 7000; i++)
        seen[random_below(&random, 7)]++;
    for (int i = 0; i < 7; i++)
        assert_in_range(seen[i], 800, 1200);
    assert_int_equal(random_below(&random, 1), 0);
    for (int i = 0; i < 100; i++)
        assert_true(random_below(&random, UINT64_MAX / 3 * 2) < UINT64_MAX / 3 * 2);
}

static void fill_touches_exactly_its_bytes(void **state)
{
    char zeros[64] = { 0 };

    (void)state;
    for (size_t len = 0; len < 48; len++) {
        struct random_sequence a = { 2 }, b = { 2 };
        char first[64] = { 0 }, second[64] = { 0 };
        random_fill(&a, first, len);
        random_fill(&b, second, len);
        assert_memory_equal(first, second, sizeof(first));
        assert_memory_equal(first + len, zeros, sizeof(first) - len);
    }
}

static void the_system_gives_something_new(void **state)
{
    char a[300] = { 0 }, b[300] = { 0 };

    (void)state;
    random_system(a, sizeof(a)); /* more than the kernel promises in one piece */
    random_system(b, sizeof(b));
    assert_memory_not_equal(a, b, sizeof(a));
    assert_memory_not_equal(a + 256, b + 256, 44);
    random_system(NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sequence_is_splitmix64),
        cmocka_unit_test(below_stays_below_and_reaches_all),
        cmocka_unit_test(fill_touches_exactly_its_bytes),
        cmocka_unit_test(the_system_gives_something_new),
    };
    return cmocka_run_group_tests_name("random", tests, NULL, NULL);
}
