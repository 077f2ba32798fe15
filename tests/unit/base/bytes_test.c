#include "base/bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void absent_and_empty_differ(void **state)
{
    (void)state;
    assert_true(bytes_is_absent(BYTES_ABSENT));
    assert_true(bytes_is_absent(bytes_of_cstr(NULL)));
    assert_false(bytes_is_absent(BYTES("")));
    assert_false(bytes_is_absent(bytes_of_cstr("")));
    assert_true(bytes_equal(BYTES_ABSENT, BYTES("")));
}

static void equality_is_of_content(void **state)
{
    char copy[] = "order";

    (void)state;
    assert_true(bytes_equal(BYTES("order"), bytes_of(copy, 5)));
    assert_false(bytes_equal(BYTES("order"), BYTES("orde")));
    assert_false(bytes_equal(BYTES("order"), BYTES("ordex")));
    assert_true(bytes_equal(BYTES("a\0b"), bytes_of("a\0b", 3)));
    assert_true(bytes_equal_cstr(BYTES("order"), "order"));
    assert_false(bytes_equal_cstr(BYTES("a\0b"), "a"));
}

static void case_of_ascii_letters_can_be_ignored(void **state)
{
    (void)state;
    assert_true(bytes_equal_ignoring_case(BYTES("aws:UserName-Z9"), BYTES("AWS:username-z9")));
    assert_true(bytes_equal_ignoring_case(BYTES_ABSENT, BYTES("")));
    assert_false(bytes_equal_ignoring_case(BYTES("order"), BYTES("orders")));
    /* Neither the neighbours of the letters nor anything behind a NUL is folded away. */
    assert_false(bytes_equal_ignoring_case(BYTES("@"), BYTES("`")));
    assert_false(bytes_equal_ignoring_case(BYTES("["), BYTES("{")));
    assert_false(bytes_equal_ignoring_case(BYTES("a\0b"), BYTES("a\0c")));
    assert_false(bytes_equal_ignoring_case(BYTES("\xc3\x84"), BYTES("\xc3\xa4")));
}

static int sign(int x);

static void an_order_can_ignore_case(void **state)
{
    /* In order; every pair is compared both ways. */
    const struct bytes sorted[] = { BYTES(""),  BYTES("@"),      BYTES("Host"), BYTES("HOSTS"),
                                    BYTES("x"), BYTES("X-Date"), BYTES("\xff") };
    size_t count = sizeof(sorted) / sizeof(sorted[0]);

    (void)state;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++)
            assert_int_equal(sign(bytes_compare_ignoring_case(sorted[i], sorted[j])),
                             (i > j) - (i < j));
    assert_int_equal(bytes_compare_ignoring_case(BYTES("x-aMZ-Date"), BYTES("X-Amz-dATE")), 0);
}

static int sign(int x)
{
    return (x > 0) - (x < 0);
}

static void order_is_by_unsigned_bytes_then_length(void **state)
{
    /* In order; every pair is compared both ways. */
    const struct bytes sorted[] = {
        BYTES(""), BYTES("\0"), BYTES("a"), BYTES("a\0"), BYTES("aa"), BYTES("b"), BYTES("\xff"),
    };
    int count = (int)(sizeof(sorted) / sizeof(sorted[0]));

    (void)state;
    for (int i = 0; i < count; i++)
        for (int j = 0; j < count; j++)
            assert_int_equal(sign(bytes_compare(sorted[i], sorted[j])), sign(i - j));
    assert_int_equal(bytes_compare(BYTES_ABSENT, BYTES("")), 0);
    assert_true(bytes_compare(BYTES_ABSENT, BYTES("a")) < 0);
}

static void starts_with_looks_at_the_whole_prefix(void **state)
{
    (void)state;
    assert_true(bytes_starts_with(BYTES("order-1"), BYTES("order")));
    assert_true(bytes_starts_with(BYTES("order"), BYTES("order")));
    assert_true(bytes_starts_with(BYTES("order"), BYTES("")));
    assert_true(bytes_starts_with(BYTES_ABSENT, BYTES("")));
    assert_false(bytes_starts_with(BYTES("orde"), BYTES("order")));
    assert_false(bytes_starts_with(BYTES("order"), BYTES("ordex")));
}

static void find_last_finds_the_last(void **state)
{
    (void)state;
    assert_int_equal(bytes_find_last(BYTES("a/b/c"), '/'), 3);
    assert_int_equal(bytes_find_last(BYTES("/abc"), '/'), 0);
    assert_int_equal(bytes_find_last(BYTES("abc"), '/'), 3);
    assert_int_equal(bytes_find_last(BYTES_ABSENT, '/'), 0);
}

static void a_word_has_no_other_characters(void **state)
{
    (void)state;
    assert_true(bytes_is_word(BYTES(""), ""));
    assert_true(bytes_is_word(BYTES("azAZ09"), ""));
    assert_true(bytes_is_word(BYTES("a-b_"), "-_"));
    assert_false(bytes_is_word(BYTES("a-b"), "_"));
    assert_false(bytes_is_word(BYTES("a b"), "-_"));
    assert_false(bytes_is_word(BYTES("a\0"), "-_"));
    assert_false(bytes_is_word(BYTES("\xe4"), "-_"));
}

static void what_is_visible_leaves_ink(void **state)
{
    (void)state;
    assert_true(bytes_is_visible(BYTES("")));
    assert_true(bytes_is_visible(BYTES("!~a9")));
    assert_false(bytes_is_visible(BYTES("a b")));
    assert_false(bytes_is_visible(BYTES("\x7f")));
    assert_false(bytes_is_visible(BYTES("a\0")));
    assert_false(bytes_is_visible(BYTES("\xe4")));
}

static void skip_drops_from_the_front(void **state)
{
    (void)state;
    assert_true(bytes_equal_cstr(bytes_skip(BYTES("order"), 2), "der"));
    assert_int_equal(bytes_skip(BYTES("order"), 5).len, 0);
    assert_false(bytes_is_absent(bytes_skip(BYTES("order"), 5)));
    assert_true(bytes_is_absent(bytes_skip(BYTES_ABSENT, 0)));
}

static void parse_u64_takes_all_digits_or_nothing(void **state)
{
    static const char *const wrong[] = {
        "",
        " 1",
        "1 ",
        "+1",
        "-1",
        "1a",
        "0x1",
        "1.0",
        "18446744073709551616",
        "99999999999999999999",
    };
    unsigned long long value = 7;

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(bytes_parse_u64(bytes_of_cstr(wrong[i]), &value));
    assert_false(bytes_parse_u64(BYTES_ABSENT, &value));
    assert_int_equal(value, 7);
    assert_true(bytes_parse_u64(BYTES("0"), &value));
    assert_int_equal(value, 0);
    assert_true(bytes_parse_u64(BYTES("00012"), &value));
    assert_int_equal(value, 12);
    assert_true(bytes_parse_u64(BYTES("18446744073709551615"), &value));
    assert_true(value == UINT64_MAX);
}

static void format_u64_fills_with_zeros(void **state)
{
    char digits[U64_DIGITS_MAX];

    (void)state;
    assert_true(bytes_equal_cstr(bytes_format_u64(0, 0, digits), "0"));
    assert_true(bytes_equal_cstr(bytes_format_u64(7, 1, digits), "7"));
    assert_true(bytes_equal_cstr(bytes_format_u64(70, 3, digits), "070"));
    assert_true(bytes_equal_cstr(bytes_format_u64(1234, 3, digits), "1234"));
    assert_true(bytes_equal_cstr(bytes_format_u64(1, 20, digits), "00000000000000000001"));
    assert_true(bytes_equal_cstr(bytes_format_u64(UINT64_MAX, 1, digits), "18446744073709551615"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(absent_and_empty_differ),
        cmocka_unit_test(equality_is_of_content),
        cmocka_unit_test(case_of_ascii_letters_can_be_ignored),
        cmocka_unit_test(an_order_can_ignore_case),
        cmocka_unit_test(order_is_by_unsigned_bytes_then_length),
        cmocka_unit_test(starts_with_looks_at_the_whole_prefix),
        cmocka_unit_test(find_last_finds_the_last),
        cmocka_unit_test(skip_drops_from_the_front),
        cmocka_unit_test(a_word_has_no_other_characters),
        cmocka_unit_test(what_is_visible_leaves_ink),
        cmocka_unit_test(parse_u64_takes_all_digits_or_nothing),
        cmocka_unit_test(format_u64_fills_with_zeros),
    };
    return cmocka_run_group_tests_name("bytes", tests, NULL, NULL);
}
