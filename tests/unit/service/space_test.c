/* When space counts as short, and how often the device is asked. */
#include "service/space.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static const struct instant begin = { 7 };

static bool is_short_after(struct space *space, uint64_t bytes_free)
{
    space_note(space, begin, bytes_free);
    return space->is_short;
}

static void test_short_below_the_bound_until_a_quarter_more(void **state)
{
    struct space space;

    (void)state;
    space_init(&space, 1000);
    assert_false(is_short_after(&space, UINT64_MAX));
    assert_false(is_short_after(&space, 1000));
    assert_true(is_short_after(&space, 999));
    assert_true(is_short_after(&space, 1000));
    assert_true(is_short_after(&space, 0));
    assert_true(is_short_after(&space, 1249));
    assert_false(is_short_after(&space, 1250));
    assert_false(is_short_after(&space, 1000));
    assert_true(is_short_after(&space, 999));
    assert_false(is_short_after(&space, UINT64_MAX));
}

static void test_the_largest_bound(void **state)
{
    struct space space;

    (void)state;
    space_init(&space, UINT64_MAX >> 1);
    assert_true(is_short_after(&space, 5));
    assert_true(is_short_after(&space, UINT64_MAX >> 1));
    assert_false(is_short_after(&space, UINT64_MAX));
}

static void test_a_look_a_second(void **state)
{
    struct space space;

    (void)state;
    space_init(&space, 1);
    assert_true(space_is_due(&space, (struct instant){ 0 }));
    assert_true(space_is_due(&space, begin));
    space_note(&space, begin, 0);
    assert_false(space_is_due(&space, begin));
    assert_false(space_is_due(&space, (struct instant){ begin.ms + 999 }));
    assert_true(space_is_due(&space, (struct instant){ begin.ms + 1000 }));
}

static void test_without_a_bound_nobody_asks(void **state)
{
    struct space space;

    (void)state;
    space_init(&space, 0);
    assert_false(space_is_due(&space, begin));
    assert_false(space.is_short);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_short_below_the_bound_until_a_quarter_more),
        cmocka_unit_test(test_the_largest_bound),
        cmocka_unit_test(test_a_look_a_second),
        cmocka_unit_test(test_without_a_bound_nobody_asks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
