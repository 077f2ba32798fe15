#include "base/spelling.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void distance_counts_changed_added_and_missing_letters(void **state)
{
    (void)state;
    assert_int_equal(spelling_distance(BYTES("StringEquals"), BYTES("StringEquals")), 0);
    assert_int_equal(spelling_distance(BYTES("stringequals"), BYTES("StringEquals")), 0);
    assert_int_equal(spelling_distance(BYTES("StringEqual"), BYTES("StringEquals")), 1);
    assert_int_equal(spelling_distance(BYTES("StringgEquals"), BYTES("StringEquals")), 1);
    assert_int_equal(spelling_distance(BYTES("StrinkEquals"), BYTES("StringEquals")), 1);
    assert_int_equal(spelling_distance(BYTES("Action"), BYTES("Actoin")), 2);
    assert_int_equal(spelling_distance(BYTES(""), BYTES("abc")), 3);
    assert_int_equal(spelling_distance(BYTES("kitten"), BYTES("sitting")), 3);
}

static void long_names_are_far_from_everything(void **state)
{
    char name[65];

    (void)state;
    memset(name, 'a', sizeof(name));
    assert_int_equal(spelling_distance(bytes_of(name, 64), bytes_of(name, 64)), 0);
    assert_true(spelling_distance(bytes_of(name, 65), bytes_of(name, 65)) >= SPELLING_FAR);
}

static void the_nearest_name_is_found(void **state)
{
    static const char *const names[] = { "Action", "NotAction", "Effect" };

    (void)state;
    assert_int_equal(spelling_nearest(BYTES("effect"), names, 3), 2);
    assert_int_equal(spelling_nearest(BYTES("NoAction"), names, 3), 1);
    assert_int_equal(spelling_nearest(BYTES("Actions"), names, 3), 0);
    assert_int_equal(spelling_nearest(BYTES("Principal"), names, 3), 3);
    assert_int_equal(spelling_nearest(BYTES("Effect"), names, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distance_counts_changed_added_and_missing_letters),
        cmocka_unit_test(the_nearest_name_is_found),
        cmocka_unit_test(long_names_are_far_from_everything),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
