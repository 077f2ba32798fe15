/* The status line and headers of an answer; its stamp with them. */
#include "net/answer.h"

#include "fake_service.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
/* after its prerequisites */
#include <cmocka.h>

static void expect_type(const char *header, bool known, enum content_type expected)
{
    enum content_type type = CONTENT_XML;

    assert_int_equal(answer_content_type(bytes_of_cstr(header), &type), known);
    assert_int_equal(type, known ? expected : CONTENT_XML);
}

static void two_content_types_are_known(void **state)
{
    (void)state;
    expect_type("application/json", true, CONTENT_JSON);
    expect_type("Application/JSON;charset=UTF-8", true, CONTENT_JSON);
    expect_type("application/json ; charset=UTF-8", true, CONTENT_JSON);
    expect_type("application/json\t;\tcharset=UTF-8", true, CONTENT_JSON);
    expect_type("application/x-amz-json-1.0", true, CONTENT_AMZ_JSON);
    expect_type("application/x-amz-json-1.1", false, CONTENT_XML);
    expect_type("application/x-amz-json-1.00", false, CONTENT_XML);
    expect_type("application/jso", false, CONTENT_XML);
    expect_type("text/plain", false, CONTENT_XML);
    expect_type("", false, CONTENT_XML);
    expect_type(NULL, false, CONTENT_XML);
}

static void a_head_is_written_to_the_byte(void **state)
{
    struct answer answer = { .status = 503,
                             .content_type = CONTENT_AMZ_JSON,
                             .fault = FAULT_SERVICE_UNAVAILABLE,
                             .farewell = FAREWELL_KEEP_ALIVE,
                             .is_of_api = true,
                             .is_encrypted = true };
    struct stamp stamp;
    struct text text;
    char expected[1024];

    (void)state;
    stamp_init(&stamp, &still_world);
    stamp_request_id(&stamp, answer.request_id);
    text_init(&text, 4096);
    answer_head(&text, &answer, 12345, &stamp);
    text_append_char(&text, '\0');
    snprintf(expected, sizeof(expected),
             "HTTP/1.1 503 Service Unavailable\r\nx-amzn-RequestId: %s\r\n"
             "Content-Type: application/x-amz-json-1.0\r\nContent-Length: 12345\r\n"
             "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
             "x-amzn-query-error: ServiceUnavailableException;Receiver\r\n"
             "Connection: keep-alive\r\n\r\n",
             answer.request_id);
    assert_string_equal(text_bytes(&text).ptr, expected);
    text_deinit(&text);
}

/* What a browser may have asked for. */
static void answers_beside_the_api_give_advice(void **state)
{
    static const char advice[] = "\r\nCache-Control: no-store\r\n"
                                 "Content-Security-Policy: default-src 'none'; frame-ancestors "
                                 "'none'\r\n"
                                 "X-Content-Type-Options: nosniff\r\n";
    struct answer answer = { .status = 404, .content_type = CONTENT_XML };
    struct stamp stamp;
    struct text text;

    (void)state;
    stamp_init(&stamp, &still_world);
    stamp_request_id(&stamp, answer.request_id);
    text_init(&text, 4096);
    answer_head(&text, &answer, 0, &stamp);
    text_append_char(&text, '\0');
    assert_non_null(strstr(text.ptr, advice));
    assert_null(strstr(text.ptr, "Strict-Transport-Security"));
    text_reset(&text);
    answer.is_encrypted = true;
    answer_head(&text, &answer, 0, &stamp);
    text_append_char(&text, '\0');
    assert_non_null(strstr(text.ptr, advice));
    assert_non_null(strstr(text.ptr, "\r\nStrict-Transport-Security: max-age=31536000\r\n"));
    text_deinit(&text);
}

static void every_fault_has_a_status_line(void **state)
{
    struct stamp stamp;
    struct text text;

    (void)state;
    stamp_init(&stamp, &still_world);
    text_init(&text, 65536);
    for (int i = FAULT_NONE + 1; i < FAULT_COUNT; i++) {
        struct answer answer = { .status = fault_kinds[i].http_status,
                                 .fault = (enum fault_code)i };
        answer_head(&text, &answer, 0, &stamp);
    }
    assert_false(text.overflowed);
    text_deinit(&text);
}

/* xxxxxxxx-xxxx-4xxx-[89ab]xxx-xxxxxxxxxxxx, and another each time. */
static void ids_look_like_random_uuids(void **state)
{
    char id[REQUEST_ID_LEN + 1], before[REQUEST_ID_LEN + 1] = "";
    struct stamp stamp;

    (void)state;
    stamp_init(&stamp, &still_world);
    for (int round = 0; round < 100; round++) {
        stamp_request_id(&stamp, id);
        assert_int_equal(strlen(id), REQUEST_ID_LEN);
        assert_int_equal(strspn(id, "0123456789abcdef-"), REQUEST_ID_LEN);
        assert_true(id[8] == '-' && id[13] == '-' && id[18] == '-' && id[23] == '-');
        assert_true(id[14] == '4' && strchr("89ab", id[19]));
        assert_string_not_equal(id, before);
        memcpy(before, id, sizeof(id));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_content_types_are_known),
        cmocka_unit_test(a_head_is_written_to_the_byte),
        cmocka_unit_test(answers_beside_the_api_give_advice),
        cmocka_unit_test(every_fault_has_a_status_line),
        cmocka_unit_test(ids_look_like_random_uuids),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
