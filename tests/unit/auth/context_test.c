/*
 * The keys of one request: any number of them, each once as it is spelt.
 */
#include "auth/context.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define KEYS_MAX 5000

struct fixture {
    struct arena arena;
    struct context context;
};

static int set_up(void **state)
{
    static struct fixture fixture;

    arena_init(&fixture.arena, "test", 64u << 20);
    context_init(&fixture.context, &fixture.arena);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    arena_deinit(&((struct fixture *)*state)->arena);
    return 0;
}

/* "aws:RequestTag/k12", or "aws:RequestTag/K12". */
static struct bytes name_of(struct fixture *fixture, char letter, size_t number)
{
    return arena_printf(&fixture->arena, "aws:RequestTag/%c%zu", letter, number);
}

/* Each of `count` tags is given twice in each case, one round after the other. */
static void fill(struct fixture *fixture, size_t count)
{
    static const char letters[] = "kKkK";

    for (size_t round = 0; round < 4; round++)
        for (size_t i = 0; i < count; i++)
            context_add(&fixture->context, name_of(fixture, letters[round], i),
                        arena_printf(&fixture->arena, "%c%zu.%zu", letters[round], i, round / 2));
}

static void assert_key(struct fixture *fixture, struct bytes asked, char letter, size_t number)
{
    const struct context_key *key = context_find(&fixture->context, asked);

    assert_non_null(key);
    assert_true(bytes_equal(key->name, name_of(fixture, letter, number)));
    assert_int_equal(key->count, 2);
    for (size_t i = 0; i < 2; i++)
        assert_true(bytes_equal(key->values[i],
                                arena_printf(&fixture->arena, "%c%zu.%zu", letter, number, i)));
}

/* Around every size at which it grows, and far beyond. */
static void every_key_is_found_as_it_is_spelt(void **state)
{
    static const size_t counts[] = { 1, 7, 8, 9, 15, 16, 17, 32, 33, 500, KEYS_MAX };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        arena_reset(&fixture->arena);
        context_init(&fixture->context, &fixture->arena);
        fill(fixture, counts[i]);
        assert_int_equal(fixture->context.count, 2 * counts[i]);
        for (size_t j = 0; j < counts[i]; j++) {
            assert_key(fixture, name_of(fixture, 'k', j), 'k', j);
            assert_key(fixture, name_of(fixture, 'K', j), 'K', j);
        }
        assert_null(context_find(&fixture->context, name_of(fixture, 'k', counts[i])));
    }
}

/* Of two that differ in case only, and not as asked, the first. */
static void a_key_is_found_in_any_case(void **state)
{
    static const size_t counts[] = { 3, KEYS_MAX };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        size_t last = counts[i] - 1;

        arena_reset(&fixture->arena);
        context_init(&fixture->context, &fixture->arena);
        fill(fixture, counts[i]);
        assert_key(fixture, arena_printf(&fixture->arena, "AWS:requestTAG/K%zu", last), 'k', last);
        assert_key(fixture, arena_printf(&fixture->arena, "aws:requesttag/k%zu", last), 'k', last);
    }
}

static void keys_keep_their_order(void **state)
{
    struct fixture *fixture = *state;

    fill(fixture, KEYS_MAX);
    for (size_t i = 0; i < KEYS_MAX; i++) {
        assert_true(bytes_equal(fixture->context.keys[i].name, name_of(fixture, 'k', i)));
        assert_true(
            bytes_equal(fixture->context.keys[KEYS_MAX + i].name, name_of(fixture, 'K', i)));
    }
}

/* One key may be given as often as others there are. */
static void a_key_has_any_number_of_values(void **state)
{
    struct fixture *fixture = *state;

    for (size_t i = 0; i < KEYS_MAX; i++)
        context_add(&fixture->context, BYTES("aws:TagKeys"), name_of(fixture, 'k', i));
    const struct context_key *key = context_find(&fixture->context, BYTES("AWS:TAGKEYS"));
    assert_int_equal(fixture->context.count, 1);
    assert_int_equal(key->count, KEYS_MAX);
    for (size_t i = 0; i < KEYS_MAX; i++)
        assert_true(bytes_equal(key->values[i], name_of(fixture, 'k', i)));
}

/* Own keys come before those of the rest, and the spelling before both. */
static void keys_may_be_shared(void **state)
{
    struct fixture *fixture = *state;
    struct context one, other;

    fill(fixture, KEYS_MAX);
    context_init(&one, &fixture->arena);
    context_init(&other, &fixture->arena);
    one.rest = other.rest = &fixture->context;
    context_add(&one, BYTES("swf:name"), BYTES("one"));
    context_add(&other, BYTES("swf:name"), BYTES("other"));
    context_add(&other, BYTES("AWS:REQUESTTAG/K7"), BYTES("mine"));
    assert_true(bytes_equal_cstr(*context_find(&one, BYTES("swf:name"))->values, "one"));
    assert_true(bytes_equal_cstr(*context_find(&other, BYTES("swf:name"))->values, "other"));
    assert_ptr_equal(context_find(&one, BYTES("aws:RequestTag/k7")),
                     context_find(&fixture->context, BYTES("aws:RequestTag/k7")));
    assert_ptr_equal(context_find(&other, BYTES("aws:RequestTag/k7")),
                     context_find(&fixture->context, BYTES("aws:RequestTag/k7")));
    assert_true(
        bytes_equal_cstr(*context_find(&other, BYTES("aws:requesttag/k7"))->values, "mine"));
    assert_null(context_find(&one, BYTES("swf:version")));
    assert_int_equal(fixture->context.count, 2 * KEYS_MAX);
}

static void what_is_absent_is_no_key(void **state)
{
    struct fixture *fixture = *state;

    assert_null(context_find(&fixture->context, BYTES("aws:username")));
    context_add(&fixture->context, BYTES("aws:username"), BYTES_ABSENT);
    assert_null(context_find(&fixture->context, BYTES("aws:username")));
    context_add(&fixture->context, BYTES("aws:username"), BYTES(""));
    assert_int_equal(context_find(&fixture->context, BYTES("aws:username"))->count, 1);
}

#define test(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(every_key_is_found_as_it_is_spelt),
        test(a_key_is_found_in_any_case),
        test(keys_keep_their_order),
        test(a_key_has_any_number_of_values),
        test(what_is_absent_is_no_key),
        test(keys_may_be_shared),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
