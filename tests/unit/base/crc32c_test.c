#include "base/crc32c.h"

#include "base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void known_values(void **state)
{
    char b[32];

    (void)state;
    assert_int_equal(crc32c(0, BYTES_ABSENT), 0);
    assert_int_equal(crc32c(0, BYTES("")), 0);
    assert_int_equal(crc32c(0, BYTES("a")), 0xc1d04330);
    assert_int_equal(crc32c(0, BYTES("123456789")), 0xe3069283);
    /* RFC 3720, section B.4 */
    memset(b, 0, sizeof(b));
    assert_int_equal(crc32c(0, bytes_of(b, 32)), 0x8a9136aa);
    memset(b, 0xff, sizeof(b));
    assert_int_equal(crc32c(0, bytes_of(b, 32)), 0x62a8ab43);
    for (int i = 0; i < 32; i++)
        b[i] = (char)i;
    assert_int_equal(crc32c(0, bytes_of(b, 32)), 0x46dd794e);
    for (int i = 0; i < 32; i++)
        b[i] = (char)(31 - i);
    assert_int_equal(crc32c(0, bytes_of(b, 32)), 0x113fdb5c);
}

static void processor_and_table_agree(void **state)
{
    struct random_sequence random = { 8 };
    char b[512];

    (void)state;
    random_fill(&random, b, sizeof(b));
    for (size_t len = 0; len <= 300; len++) {
        for (size_t start = 0; start < 9; start++) {
            struct bytes part = bytes_of(b + start, len);
            uint32_t before = (uint32_t)random_next(&random);
            assert_int_equal(crc32c(before, part), crc32c_by_table(before, part));
        }
    }
}

static void going_on_equals_the_whole(void **state)
{
    struct bytes whole = BYTES("the quick brown fox jumps over the lazy dog");
    uint32_t expected = crc32c(0, whole);

    (void)state;
    for (size_t cut = 0; cut <= whole.len; cut++) {
        uint32_t first = crc32c(0, bytes_of(whole.ptr, cut));
        assert_int_equal(crc32c(first, bytes_skip(whole, cut)), expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_values),
        cmocka_unit_test(processor_and_table_agree),
        cmocka_unit_test(going_on_equals_the_whole),
    };
    return cmocka_run_group_tests_name("crc32c", tests, NULL, NULL);
}
