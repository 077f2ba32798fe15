#include "base/map.h"

#include "base/hash.h"
#include "base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define THINGS 2000

struct thing {
    uint64_t key;
    bool inside; /* the model: what should be in the map */
    int visits;
};

static struct thing things[THINGS];

typedef uint64_t hash_fn(uint64_t key);

static uint64_t good_hash(uint64_t key)
{
    return hash_u64(key);
}

/* All homes are four neighbours at the end of the table: long runs that wrap around. */
static uint64_t poor_hash(uint64_t key)
{
    return UINT64_MAX - key % 4;
}

/* Different hashes, and one home at all sizes. */
static uint64_t high_hash(uint64_t key)
{
    return key << 32;
}

static bool thing_matches(const void *object, const void *key)
{
    return ((const struct thing *)object)->key == *(const uint64_t *)key;
}

static void visit(void *object)
{
    ((struct thing *)object)->visits++;
}

static void reset_things(void)
{
    for (uint64_t i = 0; i < THINGS; i++)
        things[i] = (struct thing){ .key = i };
}

static void check_all(const struct map *map, hash_fn *hash, size_t count)
{
    uint32_t inside = 0;

    for (size_t i = 0; i < count; i++) {
        void *found = map_find(map, hash(things[i].key), thing_matches, &things[i].key);
        assert_ptr_equal(found, things[i].inside ? &things[i] : NULL);
        inside += things[i].inside;
    }
    assert_int_equal(map->count, inside);
}

static void toggle(struct map *map, hash_fn *hash, struct thing *thing)
{
    if (thing->inside)
        map_remove(map, hash(thing->key), thing);
    else
        map_add(map, hash(thing->key), thing);
    thing->inside = !thing->inside;
}

static void run_against_model(hash_fn *hash, size_t count, int steps, int check_every)
{
    struct random_sequence random = { 42 };
    struct map map = { 0 };

    reset_things();
    for (int step = 0; step < steps; step++) {
        toggle(&map, hash, &things[random_below(&random, count)]);
        if (step % check_every == 0)
            check_all(&map, hash, count);
    }
    check_all(&map, hash, count);
    for (size_t i = 0; i < count; i++)
        if (things[i].inside)
            toggle(&map, hash, &things[i]);
    check_all(&map, hash, count);
    assert_null(map.slots); /* an empty map holds no memory */
}

static void agrees_with_a_naive_model(void **state)
{
    (void)state;
    run_against_model(good_hash, THINGS, 20000, 500);
    run_against_model(good_hash, 9, 20000, 1);
}

static void agrees_with_a_naive_model_when_hashes_collide(void **state)
{
    (void)state;
    run_against_model(poor_hash, 100, 5000, 10);
    run_against_model(poor_hash, 7, 20000, 1);
    run_against_model(high_hash, 100, 5000, 10);
    run_against_model(high_hash, 7, 20000, 1);
}

static void three_quarters_are_filled_and_no_more(void **state)
{
    struct map map = { 0 };

    (void)state;
    reset_things();
    for (int i = 0; i < THINGS; i++) {
        map_add(&map, good_hash(things[i].key), &things[i]);
        assert_true(map.count <= map.capacity / 4 * 3);
        assert_true(map.capacity == 8 || map.count > map.capacity / 8 * 3);
    }
    map_deinit(&map);
    assert_int_equal(map.count, 0);
}

static void room_that_was_made_is_enough(void **state)
{
    (void)state;
    for (uint32_t count = 0; count <= 100; count++) {
        struct map map = { 0 };
        uint32_t capacity;

        reset_things();
        map_add(&map, good_hash(things[0].key), &things[0]);
        map_reserve(&map, count);
        capacity = map.capacity;
        assert_ptr_equal(map_find(&map, good_hash(things[0].key), thing_matches, &things[0].key),
                         &things[0]);
        for (uint32_t i = 1; i < count; i++)
            map_add(&map, good_hash(things[i].key), &things[i]);
        assert_int_equal(map.capacity, capacity);
        map_deinit(&map);
    }
}

static void drain_visits_each_object_once(void **state)
{
    struct map map = { 0 };

    (void)state;
    reset_things();
    for (int i = 0; i < THINGS; i += 2)
        map_add(&map, good_hash(things[i].key), &things[i]);
    map_drain(&map, visit);
    for (int i = 0; i < THINGS; i++)
        assert_int_equal(things[i].visits, i % 2 == 0);
    assert_int_equal(map.count, 0);
    assert_null(map.slots);
    map_drain(&map, visit);
    map_add(&map, 0, &things[0]);
    assert_ptr_equal(map_find(&map, 0, thing_matches, &things[0].key), &things[0]);
    map_deinit(&map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_a_naive_model),
        cmocka_unit_test(agrees_with_a_naive_model_when_hashes_collide),
        cmocka_unit_test(three_quarters_are_filled_and_no_more),
        cmocka_unit_test(room_that_was_made_is_enough),
        cmocka_unit_test(drain_visits_each_object_once),
    };
    return cmocka_run_group_tests_name("map", tests, NULL, NULL);
}
