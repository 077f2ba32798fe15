/* Which bytes are text: the table of well-formed byte sequences (Unicode standard, 3.9), at its
 * edges. */
#include "wire/character.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void test_text(void **state)
{
    static const struct bytes texts[] = {
        BYTES(""),
        BYTES("a\0b"),
        BYTES("\x7f"),
        BYTES("\xc2\x80"),
        BYTES("\xdf\xbf"),
        BYTES("\xe0\xa0\x80"),
        BYTES("\xed\x9f\xbf"),
        BYTES("\xee\x80\x80"),
        BYTES("\xef\xbf\xbf"),
        BYTES("\xf0\x90\x80\x80"),
        BYTES("\xf4\x8f\xbf\xbf"),
        { NULL, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_true(character_is_text(texts[i]));
}

static void test_no_text(void **state)
{
    static const struct bytes others[] = {
        BYTES("\x80"),
        BYTES("a\xbf"),
        BYTES("\xc0\x80"),
        BYTES("\xc1\xbf"),
        BYTES("\xc2"),
        BYTES("\xc2\x41"),
        BYTES("\xe0\x9f\xbf"),
        BYTES("\xe2\x82"),
        BYTES("\xed\xa0\x80"),
        BYTES("\xf0\x8f\xbf\xbf"),
        BYTES("\xf0\x9f\x98"),
        BYTES("\xf4\x90\x80\x80"),
        BYTES("\xf5\x80\x80\x80"),
        BYTES("\xff"),
        BYTES("\xe2\x82\xc3\xa9"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_false(character_is_text(others[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_no_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
