#include "net/deadlines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* after its prerequisites */
#include <cmocka.h>

static struct deadlines deadlines;

static int start(void **state)
{
    static const uint64_t patience_ms[DEADLINE_KINDS] = {
        [DEADLINE_IDLE] = 100, [DEADLINE_HEADER] = 10,   [DEADLINE_BODY] = 50,
        [DEADLINE_WRITE] = 40, [DEADLINE_LINGER] = 1000, [DEADLINE_PROBE] = 5,
    };

    (void)state;
    deadlines_init(&deadlines, patience_ms);
    return 0;
}

static void nothing_is_due_at_first(void **state)
{
    (void)state;
    assert_true(deadlines_next(&deadlines) == DEADLINE_NONE);
    assert_null(deadlines_pop_due(&deadlines, UINT64_MAX));
}

static void the_earliest_of_all_kinds_is_next(void **state)
{
    struct deadline idle, body, header;

    (void)state;
    deadline_init(&idle);
    deadline_init(&body);
    deadline_init(&header);
    deadline_set(&deadlines, &idle, DEADLINE_IDLE, 0);
    deadline_set(&deadlines, &body, DEADLINE_BODY, 20);
    deadline_set(&deadlines, &header, DEADLINE_HEADER, 65);
    assert_true(deadlines_next(&deadlines) == 70);
    assert_null(deadlines_pop_due(&deadlines, 69));
    assert_ptr_equal(deadlines_pop_due(&deadlines, 99), &header);
    assert_ptr_equal(deadlines_pop_due(&deadlines, 99), &body);
    assert_null(deadlines_pop_due(&deadlines, 99));
    assert_true(deadlines_next(&deadlines) == 100);
    assert_ptr_equal(deadlines_pop_due(&deadlines, 100), &idle);
    assert_true(deadlines_next(&deadlines) == DEADLINE_NONE);
}

static void setting_again_moves(void **state)
{
    struct deadline first, second;

    (void)state;
    deadline_init(&first);
    deadline_init(&second);
    deadline_set(&deadlines, &first, DEADLINE_IDLE, 0);
    deadline_set(&deadlines, &second, DEADLINE_IDLE, 1);
    deadline_set(&deadlines, &first, DEADLINE_IDLE, 2);
    assert_true(deadlines_next(&deadlines) == 101);
    deadline_set(&deadlines, &second, DEADLINE_LINGER, 3);
    assert_true(deadlines_next(&deadlines) == 102);
    assert_int_equal(second.kind, DEADLINE_LINGER);
}

static void a_cleared_one_never_comes(void **state)
{
    struct deadline one;

    (void)state;
    deadline_init(&one);
    deadline_clear(&one);
    deadline_set(&deadlines, &one, DEADLINE_WRITE, 0);
    deadline_clear(&one);
    deadline_clear(&one);
    assert_null(deadlines_pop_due(&deadlines, UINT64_MAX));
    assert_true(deadlines_next(&deadlines) == DEADLINE_NONE);
}

static void the_one_that_waits_longest_is_known(void **state)
{
    struct deadline first, second;

    (void)state;
    assert_null(deadlines_first(&deadlines, DEADLINE_BODY));
    deadline_init(&first);
    deadline_init(&second);
    deadline_set(&deadlines, &first, DEADLINE_BODY, 7);
    deadline_set(&deadlines, &second, DEADLINE_BODY, 9);
    assert_ptr_equal(deadlines_first(&deadlines, DEADLINE_BODY), &first);
    assert_null(deadlines_first(&deadlines, DEADLINE_WRITE));
    assert_int_equal(deadline_age(&deadlines, &first, 7), 0);
    assert_int_equal(deadline_age(&deadlines, &first, 20), 13);
    deadline_clear(&first);
    assert_ptr_equal(deadlines_first(&deadlines, DEADLINE_BODY), &second);
}

static void all_begin_anew(void **state)
{
    struct deadline header, idle, later;

    (void)state;
    deadline_init(&header);
    deadline_init(&idle);
    deadline_init(&later);
    deadline_set(&deadlines, &header, DEADLINE_HEADER, 0);
    deadline_set(&deadlines, &idle, DEADLINE_IDLE, 0);
    deadline_set(&deadlines, &later, DEADLINE_IDLE, 30);
    deadlines_renew(&deadlines, 500);
    assert_true(deadlines_next(&deadlines) == 510);
    assert_ptr_equal(deadlines_pop_due(&deadlines, 510), &header);
    assert_null(deadlines_pop_due(&deadlines, 599));
    assert_ptr_equal(deadlines_pop_due(&deadlines, 600), &idle);
    assert_ptr_equal(deadlines_pop_due(&deadlines, 600), &later);
}

#define test(name) cmocka_unit_test_setup(name, start)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(nothing_is_due_at_first),
        test(the_earliest_of_all_kinds_is_next),
        test(setting_again_moves),
        test(a_cleared_one_never_comes),
        test(the_one_that_waits_longest_is_known),
        test(all_begin_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
