#include "base/durations.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct durations durations;
static struct text page;

static bool has(const char *line)
{
    return memmem(page.ptr, page.len, line, strlen(line)) != NULL;
}

static void test_each_bucket_holds_those_below(void **state)
{
    (void)state;
    text_init(&page, 1 << 16);
    durations_note(&durations, 100);
    durations_note(&durations, 101);
    durations_note(&durations, 20000);
    durations_note(&durations, UINT64_C(1000000000));
    durations_write(&durations, "x_seconds", &page);
    assert_true(has("# TYPE x_seconds histogram\n"));
    assert_true(has("\nx_seconds_bucket{le=\"0.0001\"} 1\n"));
    assert_true(has("\nx_seconds_bucket{le=\"0.00025\"} 2\n"));
    assert_true(has("\nx_seconds_bucket{le=\"0.01\"} 2\n"));
    assert_true(has("\nx_seconds_bucket{le=\"0.025\"} 3\n"));
    assert_true(has("\nx_seconds_bucket{le=\"100\"} 3\n"));
    assert_true(has("\nx_seconds_bucket{le=\"+Inf\"} 4\n"));
    assert_true(has("\nx_seconds_sum 1000.020201\n"));
    assert_true(has("\nx_seconds_count 4\n"));
    text_deinit(&page);
}

/* As when each thread notes its own. */
static void test_a_sum_of_several_has_labels(void **state)
{
    struct durations one = { 0 }, other = { 0 }, sum = { 0 };

    (void)state;
    text_init(&page, 1 << 16);
    assert_int_equal(durations_count(&sum), 0);
    durations_note(&one, 100);
    durations_note(&other, 100);
    durations_note(&other, 2000);
    durations_add(&sum, &one);
    durations_add(&sum, &other);
    assert_int_equal(durations_count(&sum), 3);
    durations_write_labelled(&sum, "x_seconds", "A=\"b\"", &page);
    assert_false(has("# TYPE"));
    assert_true(has("x_seconds_bucket{A=\"b\",le=\"0.0001\"} 2\n"));
    assert_true(has("\nx_seconds_bucket{A=\"b\",le=\"+Inf\"} 3\n"));
    assert_true(has("\nx_seconds_sum{A=\"b\"} 0.002200\n"));
    assert_true(has("\nx_seconds_count{A=\"b\"} 3\n"));
    text_deinit(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_bucket_holds_those_below),
        cmocka_unit_test(test_a_sum_of_several_has_labels),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
