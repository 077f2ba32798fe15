#include "base/series.h"

#include "base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* A set of numbers below this, as plain as can be. */
#define NUMBERS 3000
static bool inside[NUMBERS];

static void reset(void)
{
    for (int i = 0; i < NUMBERS; i++)
        inside[i] = false;
}

static int naive_after(int number)
{
    for (int i = number; i < NUMBERS; i++)
        if (inside[i])
            return i;
    return -1;
}

static int naive_before(int number)
{
    for (int i = number; i >= 0; i--)
        if (inside[i])
            return i;
    return -1;
}

static void check_search(const struct series *series, int number)
{
    struct series_place place;
    int after = naive_after(number), before = naive_before(number);

    assert_int_equal(series_at_or_after(series, (uint64_t)number, &place), after >= 0);
    if (after >= 0)
        assert_int_equal(series_get(series, place), after);
    assert_int_equal(series_at_or_before(series, (uint64_t)number, &place), before >= 0);
    if (before >= 0)
        assert_int_equal(series_get(series, place), before);
}

static void check_walk(const struct series *series)
{
    struct series_place place, first;
    size_t count = 0;
    bool more = series_at_or_after(series, 0, &place);

    first = place;
    for (int i = naive_after(0); i >= 0; i = i + 1 < NUMBERS ? naive_after(i + 1) : -1) {
        assert_true(more);
        assert_int_equal(series_get(series, place), i);
        assert_int_equal(series_distance(series, first, place), ++count);
        more = series_next(series, &place);
    }
    assert_false(more);
    assert_int_equal(series->count, count);
    more = series_at_or_before(series, UINT64_MAX, &place);
    for (; more; more = series_prev(series, &place))
        count--;
    assert_int_equal(count, 0);
}

static void check_all(const struct series *series)
{
    check_walk(series);
    for (int i = 0; i < NUMBERS; i += 7)
        check_search(series, i);
}

static void test_is_a_set_in_order(void **state)
{
    struct random_sequence chance = { 5 };
    struct series series = { 0 };

    (void)state;
    reset();

    /* Grows, stays, shrinks: what is added less often than removed ends empty. */
    for (int phase = 1; phase <= 9; phase++) {
        for (int i = 0; i < 2000; i++) {
            int number = (int)random_below(&chance, NUMBERS);
            bool adds = (int)random_below(&chance, 10) >= phase;

            if (adds)
                assert_int_equal(series_add(&series, (uint64_t)number), !inside[number]);
            else if (inside[number])
                series_remove(&series, (uint64_t)number);
            inside[number] = adds;
        }
        check_all(&series);
    }
    for (int i = 0; i < NUMBERS; i++)
        if (inside[i])
            series_remove(&series, (uint64_t)i);
    assert_int_equal(series.count, 0);
    assert_int_equal(series_memory(&series), 0);
}

static void test_rising_numbers_fill_their_blocks(void **state)
{
    struct series series = { 0 };

    (void)state;
    for (uint64_t i = 1; i <= 100000; i++)
        assert_true(series_add(&series, i * 3));
    assert_true(series_memory(&series) < 9 * 100000);
    series_deinit(&series);
    assert_int_equal(series.count, 0);
}

static void test_a_thinned_one_gives_memory_back(void **state)
{
    struct series series = { 0 };
    struct series_place place;

    (void)state;
    for (uint64_t i = 1; i <= 100000; i++)
        assert_true(series_add(&series, i));
    for (uint64_t i = 1; i <= 100000; i++)
        if (i % 100)
            series_remove(&series, i);
    assert_int_equal(series.count, 1000);
    assert_true(series_memory(&series) < 100 * 1000);
    assert_true(series_at_or_after(&series, 101, &place));
    assert_int_equal(series_get(&series, place), 200);
    series_deinit(&series);
}

static bool passes(uint64_t number, const void *context)
{
    return number * number > *(const uint64_t *)context;
}

static void test_searches_by_what_rises_with_the_numbers(void **state)
{
    struct series series = { 0 };
    struct series_place place;
    uint64_t bound = 400 * 400;

    (void)state;
    for (uint64_t i = 0; i < 1000; i++)
        assert_true(series_add(&series, i));
    assert_true(series_first_reached(&series, passes, &bound, &place));
    assert_int_equal(series_get(&series, place), 401);
    assert_true(series_last_not_reached(&series, passes, &bound, &place));
    assert_int_equal(series_get(&series, place), 400);
    bound = 1000 * 1000;
    assert_false(series_first_reached(&series, passes, &bound, &place));
    assert_true(series_last_not_reached(&series, passes, &bound, &place));
    assert_int_equal(series_get(&series, place), 999);
    series_deinit(&series);
    assert_false(series_last_not_reached(&series, passes, &bound, &place));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_is_a_set_in_order),
        cmocka_unit_test(test_rising_numbers_fill_their_blocks),
        cmocka_unit_test(test_a_thinned_one_gives_memory_back),
        cmocka_unit_test(test_searches_by_what_rises_with_the_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
