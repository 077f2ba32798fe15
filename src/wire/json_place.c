#include "wire/json_place.h"

#include <stddef.h>

#define DEPTH_MAX 1000 /* as the reader's */

struct scan {
    struct bytes text;
    size_t at;
    size_t depth;
    const char *problem;
};

static void fail(struct scan *scan, const char *problem)
{
    if (!scan->problem)
        scan->problem = problem;
}

/* The character at this place; -1 at the end. */
static int peek(const struct scan *scan)
{
    return scan->at < scan->text.len ? (unsigned char)scan->text.ptr[scan->at] : -1;
}

static bool take(struct scan *scan, char c)
{
    if (peek(scan) != c)
        return false;
    scan->at++;
    return true;
}

static void skip_space(struct scan *scan)
{
    while (peek(scan) == ' ' || peek(scan) == '\t' || peek(scan) == '\n' || peek(scan) == '\r')
        scan->at++;
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(int c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* ---- strings */

static void scan_escape(struct scan *scan)
{
    int c = peek(scan);

    if (c == 'u') {
        for (size_t i = 1; i <= 4; i++) {
            scan->at++;
            if (!is_hex(peek(scan))) {
                fail(scan, "\\u must be followed by four hexadecimal digits");
                return;
            }
        }
        scan->at++;
    } else if (c > 0 && strchr("\"\\/bfnrt", c)) {
        scan->at++;
    } else {
        fail(scan, "unknown escape after a backslash");
    }
}

/* How many bytes the character of UTF-8 at this place has; 0 when it is none. */
static size_t character_length(const struct scan *scan)
{
    const unsigned char *p = (const unsigned char *)scan->text.ptr + scan->at;
    size_t left = scan->text.len - scan->at;
    size_t len = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;

    if (p[0] > 0xf4 || len > left)
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    bool overlong = (p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xf0 && p[1] < 0x90);
    bool beyond = (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf4 && p[1] > 0x8f);
    return overlong || beyond ? 0 : len;
}

static void scan_string(struct scan *scan)
{
    size_t start = scan->at++;

    while (!scan->problem && peek(scan) >= 0) {
        if (take(scan, '"'))
            return;
        if (take(scan, '\\')) {
            scan_escape(scan);
            continue;
        }
        size_t len = character_length(scan);
        if (peek(scan) == '\n') {
            scan->at = start; /* where the quotation mark was forgotten is anybody's guess */
            fail(scan, "a string without its closing quotation mark");
        } else if (peek(scan) < 0x20) {
            fail(scan, "a control character in a string");
        } else if (len == 0) {
            fail(scan, "bytes that are not UTF-8");
        }
        scan->at += scan->problem ? 0 : len;
    }
    if (!scan->problem)
        scan->at = start;
    fail(scan, "a string without its closing quotation mark");
}

/* ---- numbers and words */

static void scan_digits(struct scan *scan)
{
    if (!is_digit(peek(scan)))
        fail(scan, "a digit is missing");
    while (is_digit(peek(scan)))
        scan->at++;
}

static void scan_number(struct scan *scan)
{
    take(scan, '-');
    if (take(scan, '0')) {
        if (is_digit(peek(scan)))
            fail(scan, "a number with a zero in front");
    } else {
        scan_digits(scan);
    }
    if (!scan->problem && take(scan, '.'))
        scan_digits(scan);
    if (!scan->problem && (take(scan, 'e') || take(scan, 'E'))) {
        if (!take(scan, '+'))
            take(scan, '-');
        scan_digits(scan);
    }
}

static void scan_word(struct scan *scan)
{
    static const struct bytes words[] = { BYTES("true"), BYTES("false"), BYTES("null") };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (bytes_starts_with(bytes_skip(scan->text, scan->at), words[i])) {
            scan->at += words[i].len;
            return;
        }
    }
    fail(scan, peek(scan) < 0 ? "the text ends where a value is expected" : "a value is expected");
}

/* ---- arrays and objects */

static void scan_value(struct scan *scan);

/* After an item: a comma and no end, or the end. False when it was the end, or an error. */
static bool goes_on(struct scan *scan, char end, const char *otherwise)
{
    skip_space(scan);
    if (take(scan, end))
        return false;
    if (!take(scan, ','))
        fail(scan, otherwise);
    skip_space(scan);
    if (peek(scan) == end)
        fail(scan, "a comma before the closing bracket");
    return !scan->problem;
}

static void scan_array(struct scan *scan)
{
    scan->at++;
    skip_space(scan);
    if (take(scan, ']'))
        return;
    do
        scan_value(scan);
    while (!scan->problem && goes_on(scan, ']', "',' or ']' is expected"));
}

static void scan_member(struct scan *scan)
{
    if (peek(scan) != '"') {
        fail(scan, "the name of a member is expected, in quotation marks");
        return;
    }
    scan_string(scan);
    skip_space(scan);
    if (!scan->problem && !take(scan, ':'))
        fail(scan, "':' is expected");
    scan_value(scan);
}

static void scan_object(struct scan *scan)
{
    scan->at++;
    skip_space(scan);
    if (take(scan, '}'))
        return;
    do
        scan_member(scan);
    while (!scan->problem && goes_on(scan, '}', "',' or '}' is expected"));
}

static void scan_value(struct scan *scan)
{
    if (scan->problem)
        return;
    if (++scan->depth > DEPTH_MAX) {
        fail(scan, "nested too deeply");
        return;
    }
    skip_space(scan);
    int c = peek(scan);
    if (c == '{')
        scan_object(scan);
    else if (c == '[')
        scan_array(scan);
    else if (c == '"')
        scan_string(scan);
    else if (c == '-' || is_digit(c))
        scan_number(scan);
    else
        scan_word(scan);
    scan->depth--;
}

struct json_place json_place_of_error(struct bytes text)
{
    struct scan scan = { .text = text };
    struct json_place place = { .line = 1, .column = 1 };

    scan_value(&scan);
    if (!scan.problem)
        skip_space(&scan);
    if (peek(&scan) >= 0)
        fail(&scan, "the text goes on behind its end");
    fail(&scan, "a number out of range, or half a surrogate pair");
    for (size_t i = 0; i < scan.at; i++) {
        if (text.ptr[i] == '\n') {
            place.line++;
            place.column = 1;
        } else if (((unsigned char)text.ptr[i] & 0xc0) != 0x80) {
            place.column++;
        }
    }
    place.problem = scan.problem;
    return place;
}
