#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_text(const struct text *text, const char *expected)
{
    struct bytes b = text_bytes(text);
    assert_false(bytes_is_absent(b));
    if (!bytes_equal_cstr(b, expected))
        fail_msg("\"%.*s\" is not \"%s\"", BYTES_FMT(b), expected);
}

static void an_empty_text_holds_no_memory(void **state)
{
    struct text text;

    (void)state;
    text_init(&text, 10);
    assert_null(text.ptr);
    assert_text(&text, "");
    text_append(&text, BYTES_ABSENT);
    text_append_cstr(&text, NULL);
    assert_text(&text, "");
    assert_false(text.overflowed);
    text_deinit(&text);
}

static void appends_follow_each_other(void **state)
{
    struct text text;

    (void)state;
    text_init(&text, 1000);
    text_append(&text, BYTES("order"));
    text_append_char(&text, '-');
    text_append_cstr(&text, "x");
    text_printf(&text, "%03d%s", 7, "!");
    text_printf(&text, "%s", "");
    assert_text(&text, "order-x007!");
    text_deinit(&text);
    assert_null(text.ptr);
}

static void numbers_at_their_ends(void **state)
{
    struct text text;

    (void)state;
    text_init(&text, 1000);
    text_append_i64(&text, 0);
    text_append_char(&text, ' ');
    text_append_i64(&text, INT64_MIN);
    text_append_char(&text, ' ');
    text_append_i64(&text, INT64_MAX);
    text_append_char(&text, ' ');
    text_append_i64(&text, -10);
    text_append_char(&text, ' ');
    text_append_u64(&text, UINT64_MAX);
    assert_text(&text, "0 -9223372036854775808 9223372036854775807 -10 18446744073709551615");
    text_deinit(&text);
}

static void the_maximum_can_be_reached_but_not_passed(void **state)
{
    struct text text;

    (void)state;
    text_init(&text, 8);
    text_append(&text, BYTES("1234567"));
    text_append_char(&text, '8');
    assert_false(text.overflowed);
    text_append_char(&text, '9');
    assert_true(text.overflowed);
    assert_text(&text, "12345678");
    text_deinit(&text);
}

static void nothing_is_appended_after_an_overflow(void **state)
{
    struct text text;

    (void)state;
    text_init(&text, 8);
    text_append(&text, BYTES("1234"));
    text_append(&text, BYTES("56789"));
    assert_true(text.overflowed);
    text_append_char(&text, 'x'); /* would fit, but would leave a gap in the story */
    text_printf(&text, "%d", 1);
    text_append(&text, BYTES(""));
    assert_null(text_reserve(&text, 1));
    assert_text(&text, "1234");

    text_reset(&text);
    assert_false(text.overflowed);
    text_printf(&text, "%s", "12345678"); /* full to the brim, its NUL not counted */
    assert_false(text.overflowed);
    assert_text(&text, "12345678");
    text_printf(&text, "%d", 1);
    assert_true(text.overflowed);
    text_deinit(&text);
}

static void printf_at_the_edge_of_the_capacity(void **state)
{
    struct text text;

    (void)state;
    for (int width = 60; width < 70; width++) {
        text_init(&text, 1000);
        text_printf(&text, "%*d", width, 1);
        text_printf(&text, "%d", 23);
        assert_int_equal(text.len, width + 2);
        assert_memory_equal(text.ptr + width - 1, "123", 3);
        text_deinit(&text);
    }
}

static void growing_keeps_what_is_there(void **state)
{
    struct text text;

    (void)state;
    text_init(&text, 100000);
    for (int i = 0; i < 20000; i++) {
        char *end = text_reserve(&text, 5);
        assert_non_null(end);
        memcpy(end, "abcd?", 5);
        text_grow(&text, 4);
    }
    assert_int_equal(text.len, 80000);
    for (size_t i = 0; i < text.len; i++)
        assert_int_equal(text.ptr[i], "abcd"[i % 4]);
    text_deinit(&text);
}

static void reset_keeps_the_memory(void **state)
{
    struct text text;

    (void)state;
    text_init(&text, 1000);
    text_append(&text, BYTES("order"));
    char *ptr = text.ptr;
    text_reset(&text);
    assert_text(&text, "");
    text_append(&text, BYTES("timer"));
    assert_ptr_equal(text.ptr, ptr);
    assert_text(&text, "timer");
    text_deinit(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_text_holds_no_memory),
        cmocka_unit_test(appends_follow_each_other),
        cmocka_unit_test(numbers_at_their_ends),
        cmocka_unit_test(the_maximum_can_be_reached_but_not_passed),
        cmocka_unit_test(nothing_is_appended_after_an_overflow),
        cmocka_unit_test(printf_at_the_edge_of_the_capacity),
        cmocka_unit_test(growing_keeps_what_is_there),
        cmocka_unit_test(reset_keeps_the_memory),
    };
    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
