#include "wire/json_writer.h"

#include "fixture.h"

static void assert_string(struct bytes value, const char *expected)
{
    struct text text;

    text_init(&text, (size_t)1 << 20);
    json_write_string(&text, value);
    assert_bytes(text_bytes(&text), expected);
    text_deinit(&text);
}

static void strings_are_escaped_no_more_than_needed(void **state)
{
    (void)state;
    assert_string(BYTES(""), "\"\"");
    assert_string(BYTES("plain / text, <b>'quoted'</b>\x7f"),
                  "\"plain / text, <b>'quoted'</b>\x7f\"");
    assert_string(BYTES("\"\\\b\f\n\r\t"), "\"\\\"\\\\\\b\\f\\n\\r\\t\"");
    assert_string(BYTES("a\0b\x01\x1f"), "\"a\\u0000b\\u0001\\u001f\"");
    assert_string(BYTES("\xc3\xa4 \xe2\x80\xa8 \xf0\x9f\x98\x80"),
                  "\"\xc3\xa4 \xe2\x80\xa8 \xf0\x9f\x98\x80\"");
}

/* Every byte at every place of a long string, read back by the reader. */
static void every_byte_survives_at_every_place(void **state)
{
    struct fixture *fixture = *state;
    struct text text;

    text_init(&text, (size_t)1 << 20);
    for (int c = 0; c < 0x80; c++) {
        for (size_t place = 0; place < 19; place++) {
            char value[19];
            struct json_value root;
            memset(value, 'x', sizeof(value));
            value[place] = (char)c;
            text_reset(&text);
            json_write_string(&text, bytes_of(value, sizeof(value)));
            assert_true(json_parse(fixture->reader, text_bytes(&text), &root));
            struct bytes back = json_string(root);
            assert_int_equal(back.len, sizeof(value));
            assert_memory_equal(back.ptr, value, sizeof(value));
            bool escaped = c < 0x20 || c == '"' || c == '\\';
            assert_int_equal(text.len > sizeof(value) + 2, escaped);
        }
    }
    text_deinit(&text);
}

static void assert_instant(int64_t ms, const char *expected)
{
    struct text text;

    text_init(&text, 100);
    json_write_instant(&text, (struct instant){ ms });
    assert_bytes(text_bytes(&text), expected);
    text_deinit(&text);
}

static void instants_look_like_the_recorded_ones(void **state)
{
    (void)state;
    assert_instant(1504871454307, "1.504871454307E9");
    assert_instant(1497371589140, "1.49737158914E9");
    assert_instant(1468840301950, "1.46884030195E9");
    assert_instant(1466497773166, "1.466497773166E9");
    assert_instant(1500000000000, "1.5E9");
    assert_instant(1000000000000, "1.0E9");
    assert_instant(1000000000001, "1.000000000001E9");
    assert_instant(10000000000, "1.0E7");
    assert_instant(10000000001, "1.0000000001E7");
    assert_instant(253402300799999, "2.53402300799999E11");
}

static void small_instants_are_plain(void **state)
{
    (void)state;
    assert_instant(0, "0.0");
    assert_instant(1, "0.001");
    assert_instant(999, "0.999");
    assert_instant(1000, "1.0");
    assert_instant(12500, "12.5");
    assert_instant(60000, "60.0");
    assert_instant(9999999999, "9999999.999");
    assert_instant(-12500, "-12.5");
    assert_instant(-1504871454307, "-1.504871454307E9");
}

static void an_overflow_is_kept_by_the_text(void **state)
{
    struct text text;

    (void)state;
    text_init(&text, 4);
    json_write_string(&text, BYTES("longer\nthan four"));
    assert_true(text.overflowed);
    assert_true(text.len <= 4);
    text_deinit(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(strings_are_escaped_no_more_than_needed), test(every_byte_survives_at_every_place),
        test(instants_look_like_the_recorded_ones),    test(small_instants_are_plain),
        test(an_overflow_is_kept_by_the_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
