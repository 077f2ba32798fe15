#include "base/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const uint8_t counting_key[16] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
static const uint8_t zero_key[16];

/* From an independent implementation that, with 2 and 4 rounds, gives the paper's value. */
static void agrees_with_the_reference(void **state)
{
    static const struct {
        size_t len;
        uint64_t hash;
    } vectors[] = {
        { 0, 0xabac0158050fc4dc },  { 1, 0xc9f49bf37d57ca93 },  { 7, 0xd3927d989bb11140 },
        { 8, 0x369095118d299a8e },  { 15, 0xd320d86d2a519956 }, { 16, 0xcc4fdd1a7d908b66 },
        { 63, 0x9d199062b7bbb3a8 },
    };
    char counting[64];

    (void)state;
    for (int i = 0; i < 64; i++)
        counting[i] = (char)i;
    hash_set_key(counting_key);
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
        assert_true(hash_bytes(bytes_of(counting, vectors[i].len)) == vectors[i].hash);
    hash_set_key(zero_key);
    assert_true(hash_bytes(BYTES("order-1")) == 0x0ff06e4ff914f1b3);
    assert_true(hash_bytes(BYTES_ABSENT) == 0xd1fba762150c532c);
}

static void the_key_matters(void **state)
{
    (void)state;
    hash_set_key(zero_key);
    uint64_t bytes = hash_bytes(BYTES("order"));
    uint64_t number = hash_u64(1);
    uint64_t pair = hash_combine(1, 2);
    hash_set_key(counting_key);
    assert_true(hash_bytes(BYTES("order")) != bytes);
    assert_true(hash_u64(1) != number);
    assert_true(hash_combine(1, 2) != pair);
    hash_set_key(zero_key);
    assert_true(hash_bytes(BYTES("order")) == bytes);
}

static void combining_has_an_order(void **state)
{
    (void)state;
    assert_true(hash_combine(1, 2) != hash_combine(2, 1));
    assert_true(hash_combine(1, 2) == hash_combine(1, 2));
    assert_true(hash_combine(hash_combine(0, 1), 2) != hash_combine(hash_combine(0, 2), 1));
}

/* Neighbouring integers should fill all low bits evenly: those are what a map looks at. */
static void low_bits_are_even(void **state)
{
    int buckets[64] = { 0 };

    (void)state;
    for (uint64_t i = 0; i < 64000; i++)
        buckets[hash_u64(i << 16) % 64]++;
    for (int i = 0; i < 64; i++)
        assert_in_range(buckets[i], 800, 1200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_the_reference),
        cmocka_unit_test(the_key_matters),
        cmocka_unit_test(combining_has_an_order),
        cmocka_unit_test(low_bits_are_even),
    };
    return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}
