/*
 * What both key-value worlds promise: order, whole writes, and iterators that see the moment they
 * were made.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/random.h"
#include "store/memory/memory.h"
#include "store/rocks/rocks.h"
#include <stdio.h>
#include <stdlib.h>

struct world {
    bool rocks;
    char folder[64];
    struct kv *kv;
    const struct kv_functions *f;
};

static int begin(struct world *world)
{
    if (world->rocks) {
        snprintf(world->folder, sizeof(world->folder), "/tmp/weir-kv-test-XXXXXX");
        if (!mkdtemp(world->folder) || kv_rocks_open(world->folder, &world->kv) != OK)
            return 1;
    } else {
        world->kv = kv_memory_new();
    }
    world->f = world->kv->functions;
    return 0;
}

static int begin_memory(void **state)
{
    *state = calloc(1, sizeof(struct world));
    return begin(*state);
}

static int begin_rocks(void **state)
{
    struct world *world = calloc(1, sizeof(struct world));
    world->rocks = true;
    *state = world;
    return begin(world);
}

static int end(void **state)
{
    struct world *world = *state;
    char command[128];
    int status = 0;

    world->f->close(world->kv);
    if (world->rocks) {
        snprintf(command, sizeof(command), "rm -rf %s", world->folder);
        status = system(command);
    }
    free(world);
    return status;
}

static void put(struct world *world, const char *key, const char *value)
{
    struct kv_operation operation = { KV_PUT, KV_STATE, bytes_of_cstr(key), bytes_of_cstr(value) };
    assert_int_equal(world->f->write(world->kv, &operation, 1, false), OK);
}

static void delete (struct world *world, const char *key)
{
    struct kv_operation operation = { .action = KV_DELETE,
                                      .space = KV_STATE,
                                      .key = bytes_of_cstr(key) };
    assert_int_equal(world->f->write(world->kv, &operation, 1, false), OK);
}

static void delete_range(struct world *world, const char *key, const char *end_key)
{
    struct kv_operation operation = { KV_DELETE_RANGE, KV_STATE, bytes_of_cstr(key),
                                      bytes_of_cstr(end_key) };
    assert_int_equal(world->f->write(world->kv, &operation, 1, false), OK);
}

/* "a=1 b=2 ": what an iterator sees from the first key to the last. */
static void assert_sees(struct world *world, struct kv_iterator *iterator, const char *expected)
{
    char seen[4096] = "";
    size_t len = 0;

    for (world->f->seek(iterator, BYTES("")); world->f->valid(iterator); world->f->next(iterator))
        len += (size_t)snprintf(seen + len, sizeof(seen) - len, "%.*s=%.*s ",
                                BYTES_FMT(world->f->key(iterator)),
                                BYTES_FMT(world->f->value(iterator)));
    assert_int_equal(world->f->status(iterator), OK);
    assert_string_equal(seen, expected);
}

static void assert_holds(struct world *world, const char *expected)
{
    struct kv_iterator *iterator = kv_iterate_prefix(world->kv, KV_STATE, BYTES(""));
    assert_sees(world, iterator, expected);
    world->f->done(iterator);
}

static void test_operations_of_a_write_follow_each_other(void **state)
{
    struct world *world = *state;
    const struct kv_operation operations[] = {
        { KV_PUT, KV_STATE, BYTES("b"), BYTES("1") },
        { KV_PUT, KV_STATE, BYTES("c"), BYTES("1") },
        { KV_DELETE_RANGE, KV_STATE, BYTES("a"), BYTES("c") },
        { KV_PUT, KV_STATE, BYTES("a"), BYTES("2") },
        { KV_DELETE, KV_STATE, BYTES("c"), BYTES_ABSENT },
        { KV_PUT, KV_STATE, BYTES("c"), BYTES("") },
        { KV_PUT, KV_HISTORY, BYTES("other"), BYTES("space") },
    };

    assert_int_equal(world->f->write(world->kv, operations, 7, true), OK);
    assert_holds(world, "a=2 c= ");
}

static void test_range_ends_before_its_end(void **state)
{
    struct world *world = *state;

    put(world, "a", "1");
    put(world, "b", "1");
    put(world, "ba", "1");
    put(world, "c", "1");
    delete_range(world, "b", "c");
    assert_holds(world, "a=1 c=1 ");
    delete_range(world, "", "zz");
    assert_holds(world, "");
}

static void test_get_finds_the_newest(void **state)
{
    struct world *world = *state;
    struct arena arena;
    struct bytes value;

    arena_init(&arena, "test", 1 << 16);
    assert_int_equal(world->f->get(world->kv, KV_STATE, BYTES("k"), &arena, &value), ERR_NOT_FOUND);
    put(world, "k", "1");
    put(world, "k", "2");
    assert_int_equal(world->f->get(world->kv, KV_STATE, BYTES("k"), &arena, &value), OK);
    assert_true(bytes_equal(value, BYTES("2")));
    put(world, "k", "");
    assert_int_equal(world->f->get(world->kv, KV_STATE, BYTES("k"), &arena, &value), OK);
    assert_true(value.len == 0 && !bytes_is_absent(value));
    delete (world, "k");
    assert_int_equal(world->f->get(world->kv, KV_STATE, BYTES("k"), &arena, &value), ERR_NOT_FOUND);
    arena_deinit(&arena);
}

static void test_seeks(void **state)
{
    struct world *world = *state;
    struct kv_iterator *iterator;

    put(world, "b", "1");
    put(world, "d", "1");
    iterator = kv_iterate_prefix(world->kv, KV_STATE, BYTES(""));
    world->f->seek(iterator, BYTES("c"));
    assert_true(bytes_equal(world->f->key(iterator), BYTES("d")));
    world->f->prev(iterator);
    assert_true(bytes_equal(world->f->key(iterator), BYTES("b")));
    world->f->prev(iterator);
    assert_false(world->f->valid(iterator));
    world->f->seek_back(iterator, BYTES("c"));
    assert_true(bytes_equal(world->f->key(iterator), BYTES("b")));
    world->f->seek_back(iterator, BYTES("d"));
    assert_true(bytes_equal(world->f->key(iterator), BYTES("d")));
    world->f->seek_back(iterator, BYTES("a"));
    assert_false(world->f->valid(iterator));
    world->f->seek(iterator, BYTES("e"));
    assert_false(world->f->valid(iterator));
    assert_int_equal(world->f->status(iterator), OK);
    world->f->done(iterator);
}

/* A thread may write while its own iterators are open; each sees its own moment. */
static void test_iterators_see_their_moment(void **state)
{
    struct world *world = *state;
    struct kv_iterator *first, *second, *third;

    put(world, "a", "1");
    put(world, "b", "1");
    first = kv_iterate_prefix(world->kv, KV_STATE, BYTES(""));
    put(world, "a", "2");
    delete (world, "b");
    put(world, "c", "2");
    second = kv_iterate_prefix(world->kv, KV_STATE, BYTES(""));
    put(world, "a", "3");
    put(world, "b", "3");
    delete_range(world, "c", "d");
    third = kv_iterate_prefix(world->kv, KV_STATE, BYTES(""));
    put(world, "a", "4");
    assert_sees(world, first, "a=1 b=1 ");
    assert_sees(world, second, "a=2 c=2 ");
    assert_sees(world, third, "a=3 b=3 ");
    world->f->done(second);
    put(world, "a", "5");
    assert_sees(world, first, "a=1 b=1 ");
    assert_sees(world, third, "a=3 b=3 ");
    world->f->done(first);
    put(world, "a", "6");
    assert_sees(world, third, "a=3 b=3 ");
    world->f->done(third);
    assert_holds(world, "a=6 b=3 ");
}

/* What an iterator stands on stays while others write. */
static void test_a_place_outlives_its_key(void **state)
{
    struct world *world = *state;
    struct kv_iterator *iterator;

    put(world, "a", "1");
    put(world, "b", "1");
    put(world, "c", "1");
    iterator = kv_iterate_prefix(world->kv, KV_STATE, BYTES(""));
    world->f->seek(iterator, BYTES("b"));
    struct bytes key = world->f->key(iterator);
    struct bytes value = world->f->value(iterator);
    delete_range(world, "a", "z");
    put(world, "bb", "2");
    assert_true(bytes_equal(key, BYTES("b")));
    assert_true(bytes_equal(value, BYTES("1")));
    world->f->next(iterator);
    assert_true(bytes_equal(world->f->key(iterator), BYTES("c")));
    world->f->prev(iterator);
    world->f->prev(iterator);
    assert_true(bytes_equal(world->f->key(iterator), BYTES("a")));
    world->f->done(iterator);
    assert_holds(world, "bb=2 ");
}

/* Seeks from outside the prefix come to its first or last key; nothing leads out of it. */
static void test_prefix_bounds_an_iterator(void **state)
{
    struct world *world = *state;
    struct kv_iterator *iterator;

    put(world, "a", "1");
    put(world, "b", "1");
    put(world, "ba", "1");
    put(world, "b\xff", "1");
    put(world, "c", "1");
    put(world, "d", "1");
    iterator = kv_iterate_prefix(world->kv, KV_STATE, BYTES("b"));
    assert_sees(world, iterator, "b=1 ba=1 b\xff=1 ");
    world->f->seek(iterator, BYTES("a"));
    assert_true(bytes_equal(world->f->key(iterator), BYTES("b")));
    world->f->prev(iterator);
    assert_false(world->f->valid(iterator));
    world->f->seek_back(iterator, BYTES("c"));
    assert_true(bytes_equal(world->f->key(iterator), BYTES("b\xff")));
    world->f->seek_back(iterator, BYTES("dd"));
    assert_true(bytes_equal(world->f->key(iterator), BYTES("b\xff")));
    world->f->next(iterator);
    assert_false(world->f->valid(iterator));
    world->f->seek(iterator, BYTES("c"));
    assert_false(world->f->valid(iterator));
    world->f->seek_back(iterator, BYTES("a"));
    assert_false(world->f->valid(iterator));
    world->f->done(iterator);
    iterator = kv_iterate_prefix(world->kv, KV_STATE, BYTES("\xff\xff"));
    world->f->seek_back(iterator, BYTES("\xff\xff\xff"));
    assert_false(world->f->valid(iterator));
    put(world, "\xff\xff", "1");
    world->f->done(iterator);
    iterator = kv_iterate_prefix(world->kv, KV_STATE, BYTES("\xff\xff"));
    assert_sees(world, iterator, "\xff\xff=1 ");
    world->f->done(iterator);
}

static void test_bounds_need_not_be_keys(void **state)
{
    struct world *world = *state;
    struct kv_iterator *iterator;

    put(world, "a", "1");
    put(world, "c", "1");
    put(world, "d", "1");
    put(world, "e", "1");
    iterator = world->f->iterate(world->kv, KV_STATE, BYTES("b"), BYTES("e"));
    assert_sees(world, iterator, "c=1 d=1 ");
    world->f->seek(iterator, BYTES(""));
    assert_true(bytes_equal(world->f->key(iterator), BYTES("c")));
    world->f->prev(iterator);
    assert_false(world->f->valid(iterator));
    world->f->seek_back(iterator, BYTES("e"));
    assert_true(bytes_equal(world->f->key(iterator), BYTES("d")));
    world->f->next(iterator);
    assert_false(world->f->valid(iterator));
    world->f->seek_back(iterator, BYTES("b"));
    assert_false(world->f->valid(iterator));
    world->f->done(iterator);
    iterator = world->f->iterate(world->kv, KV_STATE, BYTES("d"), BYTES_ABSENT);
    assert_sees(world, iterator, "d=1 e=1 ");
    world->f->done(iterator);
}

/* ---- chance: many writes, some iterators, and what each must see written down when it was made */

#define KEYS 24
#define OPEN_MAX 5
/* Keys that RocksDB remembers the places of, and ranges between shorter ones (rocks/options.h). */
#define NAME "k%02d"
#define KEY NAME ", a longer key"
#define SIGHT_BYTES_MAX (KEYS * 24 + 1)

struct moment {
    struct kv_iterator *iterator;
    char sees[SIGHT_BYTES_MAX];
};

static void write_down(const int *values, char *out)
{
    size_t len = 0;

    out[0] = '\0';
    for (int key = 0; key < KEYS; key++)
        if (values[key] >= 0)
            len += (size_t)snprintf(out + len, SIGHT_BYTES_MAX - len, KEY "=%d ", key, values[key]);
}

static void change_something(struct world *world, struct random_sequence *random, int *values)
{
    int key = (int)random_below(random, KEYS);
    char whole[24], name[8], other[8], value[8];

    snprintf(whole, sizeof(whole), KEY, key);
    switch (random_below(random, 5)) {
    case 0:
        delete (world, whole);
        values[key] = -1;
        break;
    case 1: {
        int end_key = key + (int)random_below(random, 6);
        snprintf(name, sizeof(name), NAME, key);
        snprintf(other, sizeof(other), NAME, end_key);
        delete_range(world, name, other);
        for (; key < end_key && key < KEYS; key++)
            values[key] = -1;
        break;
    }
    default:
        values[key] = (int)random_below(random, 100);
        snprintf(value, sizeof(value), "%d", values[key]);
        put(world, whole, value);
    }
}

static void test_chance(void **state)
{
    struct world *world = *state;
    struct random_sequence random = { 9 };
    struct moment moments[OPEN_MAX] = { 0 };
    int values[KEYS];
    char now[SIGHT_BYTES_MAX];

    for (int key = 0; key < KEYS; key++)
        values[key] = -1;
    for (int i = 0; i < 3000; i++) {
        struct moment *moment = &moments[random_below(&random, OPEN_MAX)];
        change_something(world, &random, values);
        if (moment->iterator && random_below(&random, 3) == 0) {
            assert_sees(world, moment->iterator, moment->sees);
            world->f->done(moment->iterator);
            moment->iterator = NULL;
        } else if (!moment->iterator && random_below(&random, 8) == 0) {
            moment->iterator = kv_iterate_prefix(world->kv, KV_STATE, BYTES(""));
            write_down(values, moment->sees);
        }
        if (i % 50 == 0) {
            write_down(values, now);
            assert_holds(world, now);
        }
    }
    for (int i = 0; i < OPEN_MAX; i++)
        if (moments[i].iterator)
            world->f->done(moments[i].iterator);
}

static void test_failing_writes(void **state)
{
    struct world *world = *state;
    struct kv_operation operation = { KV_PUT, KV_STATE, BYTES("a"), BYTES("1") };

    kv_memory_fail_write(world->kv, 2, ERR_NO_SPACE);
    assert_int_equal(world->f->write(world->kv, &operation, 1, true), OK);
    operation.value = BYTES("2");
    assert_int_equal(world->f->write(world->kv, &operation, 1, true), ERR_NO_SPACE);
    assert_int_equal(world->f->write(world->kv, &operation, 1, true), ERR_NO_SPACE);
    assert_holds(world, "a=1 ");
    kv_memory_fail_write(world->kv, 0, OK);
    assert_int_equal(world->f->write(world->kv, &operation, 1, true), OK);
    assert_holds(world, "a=2 ");
}

/* clang-format off */
#define ON(test, kind) { #test " (" #kind ")", test, begin_##kind, end, NULL }
/* clang-format on */
#define BOTH(test) ON(test, memory), ON(test, rocks)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(test_operations_of_a_write_follow_each_other),
        BOTH(test_range_ends_before_its_end),
        BOTH(test_get_finds_the_newest),
        BOTH(test_seeks),
        BOTH(test_iterators_see_their_moment),
        BOTH(test_a_place_outlives_its_key),
        BOTH(test_prefix_bounds_an_iterator),
        BOTH(test_bounds_need_not_be_keys),
        BOTH(test_chance),
        cmocka_unit_test_setup_teardown(test_failing_writes, begin_memory, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
