#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "store/value.h"

static void test_opens_as_it_was_sealed(void **state)
{
    struct arena arena;
    struct bytes content;

    (void)state;
    arena_init(&arena, "test", 1 << 20);
    struct bytes value = value_of(&arena, BYTES("key"), BYTES("content"));
    assert_int_equal(value.len, VALUE_HEADER_BYTES + 7);
    assert_true(value_open(BYTES("key"), value, &content));
    assert_true(bytes_equal(content, BYTES("content")));
    value = value_of(&arena, BYTES("key"), BYTES(""));
    assert_true(value_open(BYTES("key"), value, &content));
    assert_int_equal(content.len, 0);
    assert_false(bytes_is_absent(content));
    arena_deinit(&arena);
}

/* Every single bit counts, those of the key included. */
static void test_any_other_bit_does_not_open(void **state)
{
    struct arena arena;
    struct bytes content;
    char key[] = "key";

    (void)state;
    arena_init(&arena, "test", 1 << 20);
    struct bytes value = value_of(&arena, bytes_of(key, 3), BYTES("content"));
    char *bits = (char *)value.ptr;
    for (size_t i = 0; i < value.len * 8; i++) {
        bits[i / 8] = (char)(bits[i / 8] ^ (1 << i % 8));
        assert_false(value_open(bytes_of(key, 3), value, &content));
        bits[i / 8] = (char)(bits[i / 8] ^ (1 << i % 8));
    }
    for (size_t i = 0; i < 3 * 8; i++) {
        key[i / 8] = (char)(key[i / 8] ^ (1 << i % 8));
        assert_false(value_open(bytes_of(key, 3), value, &content));
        key[i / 8] = (char)(key[i / 8] ^ (1 << i % 8));
    }
    assert_true(value_open(bytes_of(key, 3), value, &content));
    arena_deinit(&arena);
}

/* Neither what is cut short nor what lies under the beginning of its key. */
static void test_short_values_do_not_open(void **state)
{
    struct arena arena;
    struct bytes content;

    (void)state;
    arena_init(&arena, "test", 1 << 20);
    struct bytes value = value_of(&arena, BYTES("key"), BYTES("content"));
    for (size_t len = 0; len < value.len; len++)
        assert_false(value_open(BYTES("key"), bytes_of(value.ptr, len), &content));
    assert_false(value_open(BYTES("key"), BYTES_ABSENT, &content));
    assert_false(value_open(BYTES("ke"), value, &content));
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_opens_as_it_was_sealed),
        cmocka_unit_test(test_any_other_bit_does_not_open),
        cmocka_unit_test(test_short_values_do_not_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
