#include "wire/json_writer.h"

#define BYTES_OF_ONE UINT64_C(0x0101010101010101)
#define HIGH_BITS UINT64_C(0x8080808080808080)

static bool needs_escape(unsigned char c)
{
    return c < 0x20 || c == '"' || c == '\\';
}

/* Non-zero when one of the eight bytes may need an escape: the usual trick finds bytes below n, and
 * zero bytes after an exclusive or. It may say yes for a byte above 0x7f behind such a one, never
 * no wrongly. */
static uint64_t eight_need_escape(const char *at)
{
    uint64_t word;

    memcpy(&word, at, sizeof(word));
    uint64_t quote = word ^ (BYTES_OF_ONE * '"');
    uint64_t backslash = word ^ (BYTES_OF_ONE * '\\');
    return ((word - BYTES_OF_ONE * 0x20) | (quote - BYTES_OF_ONE) | (backslash - BYTES_OF_ONE)) &
           ~word & HIGH_BITS;
}

/* The number of bytes from `from` on that go out as they are. */
static size_t plain_run(struct bytes value, size_t from)
{
    size_t at = from;

    while (value.len - at >= 8 && !eight_need_escape(value.ptr + at))
        at += 8;
    while (at < value.len && !needs_escape((unsigned char)value.ptr[at]))
        at++;
    return at - from;
}

/* The letter of the short form, or 0. */
static char short_escape(unsigned char c)
{
    switch (c) {
    case '"':
    case '\\':
        return (char)c;
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    default:
        return 0;
    }
}

static void write_escape(struct text *out, unsigned char c)
{
    static const char digits[] = "0123456789abcdef";
    char letter = short_escape(c);

    if (letter) {
        text_append(out, bytes_of((char[]){ '\\', letter }, 2));
        return;
    }
    text_append(out, bytes_of((char[]){ '\\', 'u', '0', '0', digits[c >> 4], digits[c & 15] }, 6));
}

void json_write_word(struct text *out, struct bytes value)
{
    char *at = text_reserve(out, value.len + 2);

    if (!at)
        return;
    *at++ = '"';
    if (value.len > 0)
        memcpy(at, value.ptr, value.len);
    at[value.len] = '"';
    text_grow(out, value.len + 2);
}

static void write_with_escapes(struct text *out, struct bytes value)
{
    size_t at = 0;

    text_append_char(out, '"');
    while (at < value.len) {
        size_t run = plain_run(value, at);
        if (run > 0)
            text_append(out, bytes_of(value.ptr + at, run));
        at += run;
        if (at < value.len)
            write_escape(out, (unsigned char)value.ptr[at++]);
    }
    text_append_char(out, '"');
}

void json_write_string(struct text *out, struct bytes value)
{
    if (plain_run(value, 0) == value.len)
        json_write_word(out, value);
    else
        write_with_escapes(out, value);
}

/*
 * The time as a decimal number with `before` of its `count` digits in front of the point, zeros cut
 * from the end, one digit left at least.
 */
static void write_decimal(struct text *out, const char *digits, size_t count, size_t before)
{
    while (count > before + 1 && digits[count - 1] == '0')
        count--;
    text_append(out, bytes_of(digits, before));
    text_append_char(out, '.');
    text_append(out, bytes_of(digits + before, count - before));
}

void json_write_instant(struct text *out, struct instant at)
{
    char buffer[20];
    size_t count = 0;
    uint64_t ms = at.ms < 0 ? 0 - (uint64_t)at.ms : (uint64_t)at.ms;

    while (ms > 0 || count < 4) { /* 0 is 0000: one digit of seconds, three behind the point */
        buffer[sizeof(buffer) - ++count] = (char)('0' + ms % 10);
        ms /= 10;
    }
    const char *digits = buffer + sizeof(buffer) - count;

    if (at.ms < 0)
        text_append_char(out, '-');
    if (count <= 10) { /* under 10^7 seconds */
        write_decimal(out, digits, count, count - 3);
        return;
    }
    write_decimal(out, digits, count, 1);
    text_append_char(out, 'E');
    text_append_u64(out, count - 4);
}
