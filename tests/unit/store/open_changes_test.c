#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "store/open_changes.h"

static struct run_key key(uint64_t run)
{
    return (struct run_key){ 1, 1, run };
}

static void test_short_life_leaves_nothing(void **state)
{
    struct open_changes changes = { 0 };

    (void)state;
    assert_true(open_changes_open(&changes, key(1)));
    assert_true(open_changes_close(&changes, key(1)));
    assert_null(open_changes_first(&changes));
}

static void test_changes_come_in_run_order(void **state)
{
    struct open_changes changes = { 0 };

    (void)state;
    assert_true(open_changes_open(&changes, key(300)));
    assert_true(open_changes_close(&changes, key(2)));
    assert_true(open_changes_open(&changes, key(299)));
    const struct open_change *change = open_changes_first(&changes);
    assert_true(change->key.run == 2 && !change->opened);
    change = open_changes_next(change);
    assert_true(change->key.run == 299 && change->opened);
    change = open_changes_next(change);
    assert_true(change->key.run == 300 && change->opened);
    assert_null(open_changes_next(change));
    open_changes_reset(&changes);
    assert_null(open_changes_first(&changes));
}

static void test_nothing_happens_twice(void **state)
{
    struct open_changes changes = { 0 };

    (void)state;
    assert_true(open_changes_open(&changes, key(1)));
    assert_false(open_changes_open(&changes, key(1)));
    assert_true(open_changes_close(&changes, key(2)));
    assert_false(open_changes_close(&changes, key(2)));
    assert_false(open_changes_open(&changes, key(2)));
    open_changes_reset(&changes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_short_life_leaves_nothing),
        cmocka_unit_test(test_changes_come_in_run_order),
        cmocka_unit_test(test_nothing_happens_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
