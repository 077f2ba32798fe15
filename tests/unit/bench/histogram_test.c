/* Quantiles against a sorted array of the same numbers. */
#include "bench/histogram.h"

#include "base/random.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
/* after its prerequisites */
#include <cmocka.h>

#define COUNT 20000

static struct histogram histogram, other;
static uint64_t values[COUNT];

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static int reset(void **state)
{
    (void)state;
    histogram = other = (struct histogram){ 0 };
    return 0;
}

static void an_empty_one_says_nothing(void **state)
{
    (void)state;
    assert_int_equal(histogram_quantile(&histogram, 0.5), 0);
    assert_int_equal(histogram_quantile(&histogram, 1), 0);
}

static void small_numbers_are_exact(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 64; i++)
        histogram_add(&histogram, i);
    assert_int_equal(histogram.count, 64);
    assert_int_equal(histogram.sum, 63 * 64 / 2);
    assert_int_equal(histogram_quantile(&histogram, 1.0 / 64), 0);
    assert_int_equal(histogram_quantile(&histogram, 0.5), 31);
    assert_int_equal(histogram_quantile(&histogram, 1), 63);
}

/* Of all magnitudes: each quantile is no less than the true one, and no more than 1/32 above. */
static void quantiles_are_near(void **state)
{
    static const double shares[] = { 0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1 };
    struct random_sequence chance = { 7 };

    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        values[i] = random_next(&chance) >> (24 + random_below(&chance, 40));
        histogram_add(&histogram, values[i]);
    }
    qsort(values, COUNT, sizeof values[0], compare);
    for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++) {
        uint64_t truth = values[(size_t)(shares[i] * COUNT) - 1];
        uint64_t said = histogram_quantile(&histogram, shares[i]);
        assert_true(said >= truth);
        assert_true(said <= truth + truth / 32 + 1);
    }
    assert_int_equal(histogram_quantile(&histogram, 1), values[COUNT - 1]);
}

static void what_is_too_great_counts_as_the_greatest(void **state)
{
    (void)state;
    histogram_add(&histogram, UINT64_MAX);
    histogram_add(&histogram, UINT64_C(1) << 50);
    assert_int_equal(histogram.count, 2);
    assert_int_equal(histogram_quantile(&histogram, 1), (UINT64_C(1) << 41) - 1);
}

static void two_become_one(void **state)
{
    (void)state;
    histogram_add(&histogram, 10);
    histogram_add(&other, 20);
    histogram_add(&other, 30);
    histogram_merge(&histogram, &other);
    assert_int_equal(histogram.count, 3);
    assert_int_equal(histogram.sum, 60);
    assert_int_equal(histogram.max, 30);
    assert_int_equal(histogram_quantile(&histogram, 0.6), 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_empty_one_says_nothing, reset),
        cmocka_unit_test_setup(small_numbers_are_exact, reset),
        cmocka_unit_test_setup(quantiles_are_near, reset),
        cmocka_unit_test_setup(what_is_too_great_counts_as_the_greatest, reset),
        cmocka_unit_test_setup(two_become_one, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
