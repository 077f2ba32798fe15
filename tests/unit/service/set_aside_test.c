/*
 * Which runs may be one of those that were set aside.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "service/set_aside.h"

static const struct run_opening names = { { "order", 5 }, { "22abc", 5 } };

static void test_none(void **state)
{
    struct set_aside aside = { 0 };

    (void)state;
    assert_false(set_aside_has(&aside, 1));
    assert_false(set_aside_touches(&aside, 1));
    assert_false(set_aside_may_be(&aside, 1, names.workflow_id, names.run_id));
    set_aside_deinit(&aside);
}

static void test_one_with_names(void **state)
{
    struct set_aside aside = { 0 };

    (void)state;
    set_aside_add(&aside, (struct run_key){ 7, 3, 12 }, &names);
    assert_true(set_aside_has(&aside, 12));
    assert_false(set_aside_has(&aside, 3));
    assert_true(set_aside_touches(&aside, 3));
    assert_false(set_aside_touches(&aside, 12));
    assert_true(set_aside_may_be(&aside, 3, BYTES("order"), BYTES("22abc")));
    assert_true(set_aside_may_be(&aside, 3, BYTES("order"), BYTES_ABSENT));
    assert_false(set_aside_may_be(&aside, 3, BYTES("order"), BYTES("22abd")));
    assert_false(set_aside_may_be(&aside, 3, BYTES("orders"), BYTES_ABSENT));
    assert_false(set_aside_may_be(&aside, 4, BYTES("order"), BYTES("22abc")));
    set_aside_deinit(&aside);
}

/* Nobody knows which workflow it is of. */
static void test_one_without_names(void **state)
{
    struct set_aside aside = { 0 };

    (void)state;
    set_aside_add(&aside, (struct run_key){ 7, 3, 12 }, &names);
    set_aside_add(&aside, (struct run_key){ 7, 5, 13 }, NULL);
    assert_true(set_aside_may_be(&aside, 5, BYTES("whatever"), BYTES("22xyz")));
    assert_false(set_aside_may_be(&aside, 3, BYTES("whatever"), BYTES("22xyz")));
    set_aside_deinit(&aside);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_none),
        cmocka_unit_test(test_one_with_names),
        cmocka_unit_test(test_one_without_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
