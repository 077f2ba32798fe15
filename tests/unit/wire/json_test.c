#include "wire/json.h"

#include "fixture.h"

#include <math.h>

static bool parses(struct fixture *fixture, struct bytes text)
{
    struct json_value root;

    return json_parse(fixture->reader, text, &root);
}

static struct json_value parsed(struct fixture *fixture, struct bytes text)
{
    struct json_value root = { { 0 } };

    if (!json_parse(fixture->reader, text, &root))
        fail_msg("does not parse: %.*s", BYTES_FMT(text));
    return root;
}

static void every_kind_is_told_apart(void **state)
{
    static const enum json_kind kinds[] = { JSON_NULL,    JSON_TRUE,    JSON_FALSE,
                                            JSON_INTEGER, JSON_DECIMAL, JSON_DECIMAL,
                                            JSON_STRING,  JSON_ARRAY,   JSON_OBJECT };
    struct json_cursor cursor = json_walk(
        parsed(*state, BYTES("[null, true, false, 7, 7.0, 7e0, \"7\", [], {}]")));
    struct json_value item;
    size_t i = 0;

    while (json_next_item(&cursor, &item))
        assert_int_equal(json_kind(item), kinds[i++]);
    assert_int_equal(i, sizeof(kinds) / sizeof(kinds[0]));
    assert_false(json_next_item(&cursor, &item));
}

static void members_come_in_the_order_of_the_text(void **state)
{
    struct json_cursor cursor = json_walk(
        parsed(*state, BYTES("{\"b\":{\"x\":[1,2]},\"a\":2,\"b\":3,\"\":4}")));
    struct json_value value;
    struct bytes name;

    assert_true(json_next_member(&cursor, &name, &value));
    assert_bytes(name, "b");
    assert_int_equal(json_kind(value), JSON_OBJECT);
    assert_true(json_next_member(&cursor, &name, &value));
    assert_bytes(name, "a");
    assert_true(json_next_member(&cursor, &name, &value));
    assert_bytes(name, "b");
    assert_int_equal(json_integer(value), 3);
    assert_true(json_next_member(&cursor, &name, &value));
    assert_bytes(name, "");
    assert_false(json_next_member(&cursor, &name, &value));
}

static void strings_are_unescaped(void **state)
{
    assert_bytes(
        json_string(parsed(*state, BYTES("\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e4\\ud83d\\ude00\""))),
        "a\"\\/\b\f\n\r\t\xc3\xa4\xf0\x9f\x98\x80");
    struct bytes with_nul = json_string(parsed(*state, BYTES("\"a\\u0000b\"")));
    assert_int_equal(with_nul.len, 3);
    assert_memory_equal(with_nul.ptr, "a\0b", 3);
    struct bytes empty = json_string(parsed(*state, BYTES("\"\"")));
    assert_false(bytes_is_absent(empty));
    assert_int_equal(empty.len, 0);
}

static void numbers_are_floored_and_clamped(void **state)
{
    static const struct {
        struct bytes text;
        int64_t integer;
    } rows[] = {
        { BYTES("0"), 0 },
        { BYTES("-0"), 0 },
        { BYTES("1.9"), 1 },
        { BYTES("-1.1"), -2 },
        { BYTES("1e3"), 1000 },
        { BYTES("9223372036854775807"), INT64_MAX },
        { BYTES("-9223372036854775808"), INT64_MIN },
        { BYTES("9223372036854775808"), INT64_MAX },
        { BYTES("18446744073709551615"), INT64_MAX },
        { BYTES("9.3e18"), INT64_MAX },
        { BYTES("-9.3e18"), INT64_MIN },
        { BYTES("1e308"), INT64_MAX },
        { BYTES("-1e308"), INT64_MIN },
        { BYTES("1e-400"), 0 },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(json_integer(parsed(*state, rows[i].text)), rows[i].integer);
    assert_true(fabs(json_number(parsed(*state, BYTES("1.504871454307E9"))) - 1504871454.307) <
                1e-6);
    assert_true(fabs(json_number(parsed(*state, BYTES("18446744073709551615"))) -
                     18446744073709551615.0) < 1);
    assert_true(json_number(parsed(*state, BYTES("-3"))) < -2.9);
}

static void what_is_not_json_is_refused(void **state)
{
    static const struct bytes texts[] = {
        BYTES(""),
        BYTES(" "),
        BYTES("{"),
        BYTES("{}}"),
        BYTES("{} {}"),
        BYTES("{\"a\":1,}"),
        BYTES("[1,]"),
        BYTES("{'a':1}"),
        BYTES("{a:1}"),
        BYTES("\"a"),
        BYTES("\"a\nb\""),
        BYTES("\"\\x\""),
        BYTES("\"\\u12g4\""),
        BYTES("nul"),
        BYTES("NaN"),
        BYTES("-"),
        BYTES("01"),
        BYTES("1."),
        BYTES(".5"),
        BYTES("+1"),
        BYTES("0x1"),
        BYTES("Infinity"),
        BYTES("1e400"),                /* fits no double */
        BYTES("99999999999999999999"), /* fits no 64 bits */
        BYTES("/* */ 1"),
        BYTES("1\0"),
        BYTES("<xml/>"),
        BYTES("Action=ListDomains"),
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (parses(*state, texts[i]))
            fail_msg("parses: %.*s", BYTES_FMT(texts[i]));
    }
}

static void ill_formed_utf8_is_refused(void **state)
{
    static const struct bytes texts[] = {
        BYTES("\"\x80\""),             /* continuation alone */
        BYTES("\"\xc3\""),             /* cut short */
        BYTES("\"\xe2\x82\""),         /* cut short */
        BYTES("\"\xc0\xaf\""),         /* overlong '/' */
        BYTES("\"\xe0\x80\xaf\""),     /* overlong '/' */
        BYTES("\"\xed\xa0\x80\""),     /* a surrogate */
        BYTES("\"\xf4\x90\x80\x80\""), /* above U+10FFFF */
        BYTES("\"\xff\""),
        BYTES("{\"\xff\":1}"),
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_false(parses(*state, texts[i]));
    assert_true(parses(*state, BYTES("\"\xc3\xa4\xe2\x82\xac\xf4\x8f\xbf\xbf\"")));
}

static void lone_surrogates_are_refused(void **state)
{
    assert_false(parses(*state, BYTES("\"\\ud83d\"")));
    assert_false(parses(*state, BYTES("\"\\ud83dx\"")));
    assert_false(parses(*state, BYTES("\"\\ud83d\\n\"")));
    assert_false(parses(*state, BYTES("\"\\ud83d\\ud83d\"")));
    assert_false(parses(*state, BYTES("\"\\ude00\"")));
    assert_false(parses(*state, BYTES("\"\\ude00\\ud83d\"")));
    assert_false(parses(*state, BYTES("{\"\\ude00\":1}")));
}

static bool parses_nested(struct fixture *fixture, const char *open, const char *close,
                          size_t depth)
{
    struct text text;

    text_init(&text, (size_t)4 << 20);
    for (size_t i = 0; i < depth; i++)
        text_append_cstr(&text, open);
    text_append_cstr(&text, "1");
    for (size_t i = 0; i < depth; i++)
        text_append_cstr(&text, close);
    bool parsed = parses(fixture, text_bytes(&text));
    text_deinit(&text);
    return parsed;
}

static void deep_nesting_is_refused(void **state)
{
    assert_true(parses_nested(*state, "[", "]", 100));
    assert_true(parses_nested(*state, "[", "]", 999));
    assert_true(parses_nested(*state, "{\"a\":", "}", 999));
    assert_false(parses_nested(*state, "[", "]", 1001));
    assert_false(parses_nested(*state, "[", "]", 100000));
    assert_false(parses_nested(*state, "[", "", 100000));
    assert_false(parses_nested(*state, "{\"a\":", "}", 100000));
}

static void padding_is_not_part_of_the_text(void **state)
{
    struct fixture *fixture = *state;
    struct json_value root;
    char text[2 + JSON_PADDING];

    memset(text, '7', sizeof(text));
    assert_true(json_parse_padded(fixture->reader, bytes_of(text, 2), &root));
    assert_int_equal(json_integer(root), 77);
    text[0] = '"';
    text[2] = '"';
    assert_false(json_parse_padded(fixture->reader, bytes_of(text, 2), &root));
}

/* A large text grows the reader, a failed one leaves it in order. */
static void a_reader_is_used_again(void **state)
{
    struct text text;

    text_init(&text, (size_t)4 << 20);
    text_append_cstr(&text, "[0");
    for (int i = 1; i < 100000; i++)
        text_printf(&text, ",%d", i);
    text_append_cstr(&text, "]");
    for (int round = 0; round < 3; round++) {
        struct json_cursor cursor = json_walk(parsed(*state, text_bytes(&text)));
        struct json_value item;
        int64_t expected = 0;
        while (json_next_item(&cursor, &item))
            assert_int_equal(json_integer(item), expected++);
        assert_int_equal(expected, 100000);
        assert_false(parses(*state, BYTES("{\"a\":")));
        assert_int_equal(json_integer(parsed(*state, BYTES("5"))), 5);
    }
    text_deinit(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(every_kind_is_told_apart),        test(members_come_in_the_order_of_the_text),
        test(strings_are_unescaped),           test(numbers_are_floored_and_clamped),
        test(what_is_not_json_is_refused),     test(ill_formed_utf8_is_refused),
        test(lone_surrogates_are_refused),     test(deep_nesting_is_refused),
        test(padding_is_not_part_of_the_text), test(a_reader_is_used_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
