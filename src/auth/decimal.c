#include "auth/decimal.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The digits that *rest begins with; it goes on behind them. */
static struct bytes take_digits(struct bytes *rest)
{
    size_t count = 0;

    while (count < rest->len && is_digit(rest->ptr[count]))
        count++;
    struct bytes digits = bytes_of(rest->ptr, count);
    *rest = bytes_skip(*rest, count);
    return digits;
}

static bool take(struct bytes *rest, char c)
{
    if (rest->len == 0 || rest->ptr[0] != c)
        return false;
    *rest = bytes_skip(*rest, 1);
    return true;
}

bool decimal_parse(struct bytes text, struct decimal *out)
{
    struct bytes rest = text;
    bool negative = take(&rest, '-');
    if (!negative)
        take(&rest, '+');
    struct bytes whole = take_digits(&rest);
    bool has_point = take(&rest, '.');
    struct bytes fraction = has_point ? take_digits(&rest) : bytes_of("", 0);

    if (whole.len == 0 || (has_point && fraction.len == 0) || rest.len > 0)
        return false;
    while (whole.len > 0 && whole.ptr[0] == '0')
        whole = bytes_skip(whole, 1);
    while (fraction.len > 0 && fraction.ptr[fraction.len - 1] == '0')
        fraction.len--;
    bool is_zero = whole.len == 0 && fraction.len == 0;
    *out = (struct decimal){ negative && !is_zero, whole, fraction };
    return true;
}

static int compare_size(const struct decimal *a, const struct decimal *b)
{
    if (a->whole.len != b->whole.len)
        return a->whole.len < b->whole.len ? -1 : 1;
    int whole = bytes_compare(a->whole, b->whole);
    return whole != 0 ? whole : bytes_compare(a->fraction, b->fraction);
}

int decimal_compare(const struct decimal *a, const struct decimal *b)
{
    if (a->negative != b->negative)
        return a->negative ? -1 : 1;
    return a->negative ? compare_size(b, a) : compare_size(a, b);
}
