/*
 * bytes - a borrowed run of bytes, passed by value; no NUL promised.
 *
 * Two empty values differ: `ptr == NULL` says "absent" (an optional member that was not given), a
 * non-NULL `ptr` with `len == 0` is the empty string. Everything in this program that carries SWF's
 * optional strings keeps that difference, because the service does.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include "base/ensure.h"
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct bytes {
    const char *ptr;
    size_t len;
};

/* A list of borrowed strings; `items == NULL` says "absent". */
struct bytes_list {
    const struct bytes *items;
    size_t count;
};

#define BYTES(literal) ((struct bytes){ "" literal, sizeof(literal) - 1 })
#define BYTES_ABSENT ((struct bytes){ NULL, 0 })

/* For printf: "%.*s", BYTES_FMT(b). It ends at a NUL, which a client's text may hold: what goes
 * into an answer is joined (base/arena.h). */
#define BYTES_FMT(b) ((int)(b).len), ((b).ptr ? (b).ptr : "")

static inline struct bytes bytes_of(const void *ptr, size_t len)
{
    return (struct bytes){ (const char *)ptr, len }; /* the cast is for C++ */
}

/* The bytes of a C string, or BYTES_ABSENT for NULL. */
static inline struct bytes bytes_of_cstr(const char *text)
{
    return text ? bytes_of(text, strlen(text)) : BYTES_ABSENT;
}

static inline bool bytes_is_absent(struct bytes b)
{
    return b.ptr == NULL;
}

/* `given`, or where that is absent `otherwise`. */
static inline struct bytes bytes_or(struct bytes given, struct bytes otherwise)
{
    return bytes_is_absent(given) ? otherwise : given;
}

/* Equal content; absent equals empty here: ask bytes_is_absent where the difference matters. */
static inline bool bytes_equal(struct bytes a, struct bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool bytes_equal_cstr(struct bytes a, const char *text)
{
    return bytes_equal(a, bytes_of_cstr(text));
}

/* Equal but for the case of ASCII letters; no locale. */
bool bytes_equal_ignoring_case(struct bytes a, struct bytes b);
/* bytes_compare, but for the case of ASCII letters. */
int bytes_compare_ignoring_case(struct bytes a, struct bytes b);

/* Only letters and digits of ASCII, and characters of `others`? So is an empty text. */
bool bytes_is_word(struct bytes b, const char *others);
/* Only characters of ASCII that leave ink: no blank, no control? So is an empty text. */
bool bytes_is_visible(struct bytes b);

/* Nothing but zeros? So is an empty text. */
bool bytes_are_zero(struct bytes b);

/* Byte order: negative, zero or positive as memcmp; a prefix comes first. */
int bytes_compare(struct bytes a, struct bytes b);

bool bytes_starts_with(struct bytes b, struct bytes prefix);

/* The position of the last `c`, or b.len when there is none. */
size_t bytes_find_last(struct bytes b, char c);

/* `b` without its first `n` bytes (n <= b.len). */
static inline struct bytes bytes_skip(struct bytes b, size_t n)
{
    ensure(n <= b.len);
    if (n == 0)
        return b; /* keeps absent absent without arithmetic on NULL */
    return bytes_of(b.ptr + n, b.len - n);
}

/* Parses a decimal integer that fills `b` whole: digits only, no sign, no space; false when it is
 * not one or does not fit into *out. */
bool bytes_parse_u64(struct bytes b, unsigned long long *out);

/* Room for the digits of any number. */
#define U64_DIGITS_MAX 20

/* `value` in decimal, with zeros in front of it up to `width` digits; in `digits`. */
struct bytes bytes_format_u64(unsigned long long value, size_t width, char digits[U64_DIGITS_MAX]);

#endif
