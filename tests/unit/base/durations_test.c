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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_bucket_holds_those_below),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
