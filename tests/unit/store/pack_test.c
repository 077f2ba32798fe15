#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "store/pack.h"

static struct arena arena;

static int begin(void **state)
{
    (void)state;
    arena_init(&arena, "test", 1 << 20);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_deinit(&arena);
    return 0;
}

static void test_numbers_are_big_endian(void **state)
{
    struct packer packer = packer_in(&arena, 15);

    (void)state;
    pack_u8(&packer, 0x01);
    pack_u16(&packer, 0x0203);
    pack_u32(&packer, 0x04050607);
    pack_u64(&packer, 0x08090a0b0c0d0e0f);
    struct bytes packed = packer_bytes(&packer);
    for (size_t i = 0; i < 15; i++)
        assert_int_equal(packed.ptr[i], i + 1);

    struct unpacker unpacker = unpacker_of(packed);
    assert_int_equal(unpack_u8(&unpacker), 0x01);
    assert_int_equal(unpack_u16(&unpacker), 0x0203);
    assert_int_equal(unpack_u32(&unpacker), 0x04050607);
    assert_int_equal(unpack_u64(&unpacker), 0x08090a0b0c0d0e0f);
    assert_true(unpacker_is_done(&unpacker));
}

/* An optional text that was not given is not the empty one. */
static void test_absent_is_not_empty(void **state)
{
    struct packer packer = packer_in(&arena, 2 + 2 + 3 + 4 + 4 + 5);

    (void)state;
    pack_text16(&packer, BYTES_ABSENT);
    pack_text16(&packer, BYTES(""));
    pack_text16(&packer, BYTES("a"));
    pack_text32(&packer, BYTES_ABSENT);
    pack_text32(&packer, BYTES(""));
    pack_text32(&packer, BYTES("b"));

    struct unpacker unpacker = unpacker_of(packer_bytes(&packer));
    assert_true(bytes_is_absent(unpack_text16(&unpacker)));
    struct bytes empty = unpack_text16(&unpacker);
    assert_false(bytes_is_absent(empty));
    assert_int_equal(empty.len, 0);
    assert_true(bytes_equal(unpack_text16(&unpacker), BYTES("a")));
    assert_true(bytes_is_absent(unpack_text32(&unpacker)));
    empty = unpack_text32(&unpacker);
    assert_false(bytes_is_absent(empty));
    assert_int_equal(empty.len, 0);
    assert_true(bytes_equal(unpack_text32(&unpacker), BYTES("b")));
    assert_true(unpacker_is_done(&unpacker));
}

/* A length that leads past the end makes everything after it nothing. */
static void test_damage_sticks(void **state)
{
    (void)state;
    struct unpacker unpacker = unpacker_of(BYTES("\x00\x05"
                                                 "abc"
                                                 "\x01"));
    assert_true(bytes_is_absent(unpack_text16(&unpacker)));
    assert_int_equal(unpack_u8(&unpacker), 0);
    assert_true(unpacker.failed);
    assert_false(unpacker_is_done(&unpacker));
}

static void test_what_is_left_over_is_noticed(void **state)
{
    (void)state;
    struct unpacker unpacker = unpacker_of(BYTES("ab"));
    unpack_u8(&unpacker);
    assert_false(unpacker_is_done(&unpacker));
    unpack_u8(&unpacker);
    assert_true(unpacker_is_done(&unpacker));
}

#define HERE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HERE(test_numbers_are_big_endian),
        HERE(test_absent_is_not_empty),
        HERE(test_damage_sticks),
        HERE(test_what_is_left_over_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
