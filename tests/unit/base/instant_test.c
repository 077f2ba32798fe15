#include "base/instant.h"

#include "base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MS_9999 INT64_C(253402300799999)

/* Computed elsewhere, with date(1). */
static const struct {
    int64_t ms;
    const char *iso;
    const char *http;
} dates[] = {
    { 0, "1970-01-01T00:00:00.000Z", "Thu, 01 Jan 1970 00:00:00 GMT" },
    { 999, "1970-01-01T00:00:00.999Z", "Thu, 01 Jan 1970 00:00:00 GMT" },
    { 68169600000, "1972-02-29T00:00:00.000Z", "Tue, 29 Feb 1972 00:00:00 GMT" },
    { 784111777000, "1994-11-06T08:49:37.000Z", "Sun, 06 Nov 1994 08:49:37 GMT" },
    { 951782399999, "2000-02-28T23:59:59.999Z", "Mon, 28 Feb 2000 23:59:59 GMT" },
    { 951782400000, "2000-02-29T00:00:00.000Z", "Tue, 29 Feb 2000 00:00:00 GMT" },
    { 951868800000, "2000-03-01T00:00:00.000Z", "Wed, 01 Mar 2000 00:00:00 GMT" },
    { 1735689599999, "2024-12-31T23:59:59.999Z", "Tue, 31 Dec 2024 23:59:59 GMT" },
    { 1795773774123, "2026-11-27T10:02:54.123Z", "Fri, 27 Nov 2026 10:02:54 GMT" },
    { 4107542400000, "2100-03-01T00:00:00.000Z", "Mon, 01 Mar 2100 00:00:00 GMT" },
    { MS_9999, "9999-12-31T23:59:59.999Z", "Fri, 31 Dec 9999 23:59:59 GMT" },
};
#define DATES (sizeof(dates) / sizeof(dates[0]))

static void known_dates_are_formatted(void **state)
{
    (void)state;
    for (size_t i = 0; i < DATES; i++) {
        char iso[25], http[30];
        instant_format_iso((struct instant){ dates[i].ms }, iso);
        instant_format_http((struct instant){ dates[i].ms }, http);
        assert_string_equal(iso, dates[i].iso);
        assert_string_equal(http, dates[i].http);
    }
}

static void out_of_range_becomes_the_nearest_date(void **state)
{
    char iso[25];

    (void)state;
    instant_format_iso(INSTANT_NEVER, iso);
    assert_string_equal(iso, "9999-12-31T23:59:59.999Z");
    instant_format_iso((struct instant){ -1 }, iso);
    assert_string_equal(iso, "1970-01-01T00:00:00.000Z");
}

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Steps the calendar by the schoolbook, day by day, over all years. */
static void every_day_is_right_and_comes_back(void **state)
{
    static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    int year = 1970, month = 1, day = 1, weekday = 4;

    (void)state;
    for (int64_t ms = 0; ms <= MS_9999; ms += 86400000) {
        struct instant_utc utc = instant_to_utc((struct instant){ ms });
        if (utc.year != year || utc.month != month || utc.day != day || utc.weekday != weekday)
            fail_msg("%d-%d-%d is off at %d-%d-%d", utc.year, utc.month, utc.day, year, month, day);
        if (instant_of_utc(&utc).ms != ms)
            fail_msg("%d-%d-%d does not come back", year, month, day);
        weekday = (weekday + 1) % 7;
        if (++day > lengths[month - 1] + (month == 2 && is_leap(year))) {
            day = 1;
            if (++month > 12) {
                month = 1;
                year++;
            }
        }
    }
    assert_int_equal(year, 10000);
}

static void random_instants_come_back(void **state)
{
    struct random_sequence random = { 7 };

    (void)state;
    for (int i = 0; i < 100000; i++) {
        struct instant at = { (int64_t)random_below(&random, (uint64_t)MS_9999 + 1) };
        struct instant_utc utc = instant_to_utc(at);
        assert_true(utc.hour < 24 && utc.minute < 60 && utc.second < 60 && utc.ms < 1000);
        assert_true(instant_of_utc(&utc).ms == at.ms);
    }
}

static void adding_stops_at_never(void **state)
{
    struct instant late = { INT64_MAX - 1000 };

    (void)state;
    assert_true(instant_add((struct instant){ 5 }, duration_of_s(2)).ms == 2005);
    assert_true(instant_add((struct instant){ 5000 }, duration_of_s(-2)).ms == 3000);
    assert_true(instant_add(late, duration_of_s(1)).ms == INT64_MAX);
    assert_true(instant_add(late, duration_of_s(2)).ms == INT64_MAX);
    assert_true(instant_add(INSTANT_NEVER, duration_of_s(-2)).ms == INT64_MAX);
}

static void comparing(void **state)
{
    struct instant a = { 1 }, b = { 2 };

    (void)state;
    assert_true(instant_before(a, b));
    assert_false(instant_before(a, a));
    assert_int_equal(instant_earlier(b, a).ms, 1);
    assert_int_equal(instant_later(b, a).ms, 2);
    assert_int_equal(instant_since(b, a).ms, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_dates_are_formatted),
        cmocka_unit_test(out_of_range_becomes_the_nearest_date),
        cmocka_unit_test(every_day_is_right_and_comes_back),
        cmocka_unit_test(random_instants_come_back),
        cmocka_unit_test(adding_stops_at_never),
        cmocka_unit_test(comparing),
    };
    return cmocka_run_group_tests_name("instant", tests, NULL, NULL);
}
