/*
 * A walk over keys some of which cannot be read: it finds what lies behind, and says where the
 * holes are.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "store/memory/memory.h"
#include "store/patient_walk.h"
#include <stdio.h>

/* ---- a memory in which keys cannot be read */

#define KEYS 600

static const struct kv_functions *memory;
static bool is_bad[KEYS]; /* blocks of neighbours */
static int holes, hole_sizes;

static int number_of(struct bytes key)
{
    return key.len == 28 ? (int)((unsigned char)key.ptr[18] << 8 | (unsigned char)key.ptr[19]) : -1;
}

static struct bytes key_of(int number, char key[28])
{
    memset(key, 0, 28);
    key[3] = 7;
    key[18] = (char)(number >> 8);
    key[19] = (char)number;
    key[27] = 1;
    return bytes_of(key, 28);
}

static bool is_on_bad_key(const struct kv_iterator *iterator)
{
    int number = memory->valid(iterator) ? number_of(memory->key(iterator)) : -1;

    return number >= 0 && is_bad[number];
}

static bool bad_valid(const struct kv_iterator *iterator)
{
    return memory->valid(iterator) && !is_on_bad_key(iterator);
}

static enum err bad_status(const struct kv_iterator *iterator)
{
    return is_on_bad_key(iterator) ? ERR_CORRUPT : OK;
}

static struct kv *fill(struct kv_functions *functions)
{
    struct kv *kv = kv_memory_new();
    char key[28];

    for (int i = 0; i < KEYS; i++) {
        struct kv_operation put = { KV_PUT, KV_HISTORY, key_of(i, key), BYTES("value") };
        assert_int_equal(kv->functions->write(kv, &put, 1, false), OK);
    }
    memory = kv->functions;
    *functions = *memory;
    functions->valid = bad_valid;
    functions->status = bad_status;
    kv->functions = functions;
    return kv;
}

static void note_hole(void *context, enum kv_space space, struct bytes after, struct bytes before)
{
    int from = bytes_is_absent(after) ? -1 : number_of(after);
    int to = bytes_is_absent(before) ? KEYS : number_of(before);

    (void)context;
    assert_int_equal(space, KV_HISTORY);
    holes++;
    for (int i = from + 1; i < to; i++)
        assert_true(is_bad[i]); /* what can be read is not passed over */
    hole_sizes += to - from - 1;
}

/* Every key that can be read is met, in order; each hole is told. */
static void check_walk(int holes_expected)
{
    struct kv_functions functions;
    struct kv *kv = fill(&functions);
    struct patient_walk walk;
    int next = 0, bad = 0;

    holes = hole_sizes = 0;
    patient_walk_begin(&walk, kv, KV_HISTORY, BYTES(""), note_hole, NULL);
    while (patient_walk_next(&walk)) {
        for (; is_bad[next]; next++)
            bad++;
        assert_int_equal(number_of(walk_key(&walk.walk)), next++);
    }
    for (; next < KEYS && is_bad[next]; next++)
        bad++;
    assert_int_equal(next, KEYS);
    assert_int_equal(patient_walk_end(&walk), OK);
    assert_int_equal(holes, holes_expected);
    assert_int_equal(hole_sizes, bad);
    kv->functions = memory;
    memory->close(kv);
}

static void make_bad(int from, int to)
{
    for (int i = from; i < to; i++)
        is_bad[i] = true;
}

static int begin(void **state)
{
    (void)state;
    memset(is_bad, 0, sizeof(is_bad));
    return 0;
}

static void test_nothing_is_bad(void **state)
{
    (void)state;
    check_walk(0);
}

static void test_holes(void **state)
{
    (void)state;
    make_bad(30, 50);
    make_bad(255, 300);
    make_bad(301, 302);
    check_walk(3);
}

static void test_holes_at_the_ends(void **state)
{
    (void)state;
    make_bad(0, 3);
    make_bad(500, KEYS);
    check_walk(2);
}

static void test_all_is_bad(void **state)
{
    (void)state;
    make_bad(0, KEYS);
    check_walk(1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_nothing_is_bad, begin),
        cmocka_unit_test_setup(test_holes, begin),
        cmocka_unit_test_setup(test_holes_at_the_ends, begin),
        cmocka_unit_test_setup(test_all_is_bad, begin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
