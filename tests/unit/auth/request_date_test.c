#include "auth/request_date.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
/* after its prerequisites */
#include <cmocka.h>

#define SAME 1370772015000 /* 2013-06-09 10:00:15 */

static void expect_iso(const char *text, int64_t ms)
{
    struct instant at;

    if (!request_date_parse_iso(bytes_of_cstr(text), &at))
        fail_msg("%s is not read", text);
    assert_int_equal(at.ms, ms);
}

static void expect_http(const char *text, int64_t ms)
{
    struct instant at;

    if (!request_date_parse_http(bytes_of_cstr(text), &at))
        fail_msg("%s is not read", text);
    assert_int_equal(at.ms, ms);
}

static void the_basic_format_is_read_and_written(void **state)
{
    char text[REQUEST_DATE_LEN + 1];

    (void)state;
    expect_iso("20130609T100015Z", SAME);
    expect_iso("19700101T000000Z", 0);
    expect_iso("20240229T235959Z", 1709251199000);
    request_date_format((struct instant){ SAME + 999 }, text);
    assert_string_equal(text, "20130609T100015Z");
}

static void the_forms_of_http_are_read(void **state)
{
    (void)state;
    expect_http("Sun, 09 Jun 2013 10:00:15 GMT", SAME);
    expect_http("Sun, 9 Jun 2013 10:00:15 +0000", SAME);
    expect_http("Sun, 09 Jun 2013 10:00:15 -0000", SAME);
    expect_http("Sunday, 09-Jun-13 10:00:15 GMT", SAME);
    expect_http("Sun Jun  9 10:00:15 2013", SAME);
    expect_http("Sunday, 06-Nov-94 08:49:37 GMT", 784111777000);
    expect_http("Thursday, 01-Jan-70 00:00:00 GMT", 0);
    expect_http("Tuesday, 31-Dec-69 00:00:00 GMT", 3155673600000); /* of 2069 */
}

static void what_is_no_date_is_not_read(void **state)
{
    static const char *const iso[] = {
        "",
        "201",
        "20130609",
        "20130609T100015",
        "20130609T100015z",
        "20130609 100015Z",
        "2013-06-09T10:00:15Z",
        "20130609T100015ZZ",
        "20130631T100015Z",
        "20130229T100015Z",
        "20130009T100015Z",
        "20131309T100015Z",
        "20130600T100015Z",
        "20130609T240015Z",
        "20130609T106015Z",
        "20130609T100060Z",
        "19691231T235959Z",
        "2013060aT100015Z",
        "+2130609T100015Z",
    };
    static const char *const http[] = {
        "",
        "Sun",
        "20130609T100015Z",
        "Sun, 09 Jun 2013 10:00:15",
        "Sun, 09 Jun 2013 10:00:15 CET",
        "Sun, 09 Jun 2013 10:00:15 +0100",
        "Sun, 31 Jun 2013 10:00:15 GMT",
        "Sun, 09 jun 2013 10:00:15 GMT",
        "Sun, 09 Jun 2013 10:00 GMT",
        "Sun, 009 Jun 2013 10:00:15 GMT",
        "Sun, 09 Jun 213 10:00:15 GMT",
        "Sun, 09 Jun 2013 25:00:15 GMT",
        "Sun, 09 Jun 2013 10:00:15 GMT x",
        "Sun Jun 9 10:00:15",
        "Sun Jun 9 10-00-15 2013",
    };
    struct instant at;

    (void)state;
    for (size_t i = 0; i < sizeof(iso) / sizeof(iso[0]); i++)
        if (request_date_parse_iso(bytes_of_cstr(iso[i]), &at))
            fail_msg("%s is read", iso[i]);
    for (size_t i = 0; i < sizeof(http) / sizeof(http[0]); i++)
        if (request_date_parse_http(bytes_of_cstr(http[i]), &at))
            fail_msg("%s is read", http[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_basic_format_is_read_and_written),
        cmocka_unit_test(the_forms_of_http_are_read),
        cmocka_unit_test(what_is_no_date_is_not_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
