#include "wire/json_place.h"

#include "fixture.h"

static const struct {
    const char *text;
    unsigned line, column;
    const char *problem;
} rows[] = {
    { "", 1, 1, "the text ends where a value is expected" },
    { "  \n ", 2, 2, "the text ends where a value is expected" },
    { "{'a':1,}", 1, 8, "a comma before the closing bracket" },
    { "[1,2,]", 1, 6, "a comma before the closing bracket" },
    { "{'a' 1}", 1, 6, "':' is expected" },
    { "{a:1}", 1, 2, "the name of a member is expected, in quotation marks" },
    { "{'a':1 'b':2}", 1, 8, "',' or '}' is expected" },
    { "[1 2]", 1, 4, "',' or ']' is expected" },
    { "[1", 1, 3, "',' or ']' is expected" },
    { "{\n  'a': [\n    nul\n  ]\n}", 3, 5, "a value is expected" },
    { "{'a':}", 1, 6, "a value is expected" },
    { "'abc", 1, 1, "a string without its closing quotation mark" },
    { "['abc\n]", 1, 2, "a string without its closing quotation mark" },
    { "'a\tb'", 1, 3, "a control character in a string" },
    { "'a\\x'", 1, 4, "unknown escape after a backslash" },
    { "'a\\u12g4'", 1, 7, "\\u must be followed by four hexadecimal digits" },
    { "'\xc3\xa4\xff'", 1, 3, "bytes that are not UTF-8" },
    { "'\xed\xa0\x80'", 1, 2, "bytes that are not UTF-8" },
    { "'\xc3", 1, 2, "bytes that are not UTF-8" },
    { "01", 1, 2, "a number with a zero in front" },
    { "-", 1, 2, "a digit is missing" },
    { "1.", 1, 3, "a digit is missing" },
    { "1e+", 1, 4, "a digit is missing" },
    { "{} {}", 1, 4, "the text goes on behind its end" },
    { "1e999", 1, 6, "a number out of range, or half a surrogate pair" },
    { "'\\ud800'", 1, 9, "a number out of range, or half a surrogate pair" },
};

static void the_first_mistake_is_found(void **state)
{
    struct fixture *fixture = *state;
    struct json_value root;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bytes text = arena_copy(&fixture->arena, bytes_of_cstr(rows[i].text));
        for (char *c = (char *)text.ptr; c < text.ptr + text.len; c++)
            *c = (char)(*c == '\'' ? '"' : *c);
        assert_false(json_parse(fixture->reader, text, &root));
        struct json_place place = json_place_of_error(text);
        if (strcmp(place.problem, rows[i].problem) != 0 || place.line != rows[i].line ||
            place.column != rows[i].column)
            fail_msg("%s: %u:%u %s", rows[i].text, place.line, place.column, place.problem);
    }
}

static void nesting_has_an_end(void **state)
{
    char text[3000];

    (void)state;
    memset(text, '[', sizeof(text));
    assert_string_equal(json_place_of_error(bytes_of(text, sizeof(text))).problem,
                        "nested too deeply");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(the_first_mistake_is_found),
        test(nesting_has_an_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
