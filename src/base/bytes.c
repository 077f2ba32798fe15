#include "base/bytes.h"

#include "base/ascii.h"
#include "base/ensure.h"
#include <limits.h>

bool bytes_equal_ignoring_case(struct bytes a, struct bytes b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (ascii_lower(a.ptr[i]) != ascii_lower(b.ptr[i]))
            return false;
    return true;
}

int bytes_compare_ignoring_case(struct bytes a, struct bytes b)
{
    for (size_t i = 0; i < a.len && i < b.len; i++) {
        unsigned char left = (unsigned char)ascii_lower(a.ptr[i]);
        unsigned char right = (unsigned char)ascii_lower(b.ptr[i]);

        if (left != right)
            return left < right ? -1 : 1;
    }
    return (a.len > b.len) - (a.len < b.len);
}

bool bytes_is_word(struct bytes b, const char *others)
{
    for (size_t i = 0; i < b.len; i++) {
        char c = b.ptr[i];
        if (!ascii_is_letter_or_digit(c) && (c == '\0' || strchr(others, c) == NULL))
            return false;
    }
    return true;
}

bool bytes_is_visible(struct bytes b)
{
    for (size_t i = 0; i < b.len; i++)
        if (b.ptr[i] <= ' ' || b.ptr[i] > '~')
            return false;
    return true;
}

bool bytes_are_zero(struct bytes b)
{
    for (size_t i = 0; i < b.len; i++)
        if (b.ptr[i])
            return false;
    return true;
}

int bytes_compare(struct bytes a, struct bytes b)
{
    size_t shared = a.len < b.len ? a.len : b.len;
    /* memcmp must not see the NULL of an absent value, not even with length 0. */
    int order = shared == 0 ? 0 : memcmp(a.ptr, b.ptr, shared);
    if (order != 0)
        return order;
    return (a.len > b.len) - (a.len < b.len);
}

bool bytes_starts_with(struct bytes b, struct bytes prefix)
{
    return b.len >= prefix.len && bytes_equal(bytes_of(b.ptr, prefix.len), prefix);
}

size_t bytes_find_last(struct bytes b, char c)
{
    for (size_t i = b.len; i > 0; i--)
        if (b.ptr[i - 1] == c)
            return i - 1;
    return b.len;
}

bool bytes_parse_u64(struct bytes b, unsigned long long *out)
{
    unsigned long long value = 0;

    if (b.len == 0)
        return false;
    for (size_t i = 0; i < b.len; i++) {
        if (!ascii_is_digit(b.ptr[i]))
            return false;
        unsigned digit = (unsigned)(b.ptr[i] - '0');
        if (value > (ULLONG_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out = value;
    return true;
}

struct bytes bytes_format_u64(unsigned long long value, size_t width, char digits[U64_DIGITS_MAX])
{
    size_t first = U64_DIGITS_MAX;

    ensure(width <= U64_DIGITS_MAX);
    do {
        digits[--first] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0 || U64_DIGITS_MAX - first < width);
    return bytes_of(digits + first, U64_DIGITS_MAX - first);
}
