#include "base/date.h"

#define EPOCH_DIGITS_MAX 15

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool all_digits(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!is_digit(text.ptr[i]))
            return false;
    return text.len > 0;
}

/* Takes exactly `count` digits off *rest, of a value from `min` to `max`. */
static bool take_number(struct bytes *rest, size_t count, int min, int max, int *out)
{
    int value = 0;

    if (rest->len < count)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!is_digit(rest->ptr[i]))
            return false;
        value = value * 10 + (rest->ptr[i] - '0');
    }
    *rest = bytes_skip(*rest, count);
    *out = value;
    return value >= min && value <= max;
}

static bool take(struct bytes *rest, char c)
{
    if (rest->len == 0 || rest->ptr[0] != c)
        return false;
    *rest = bytes_skip(*rest, 1);
    return true;
}

static int days_in_month(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return days[month - 1] + (month == 2 && leap);
}

/* The digits behind the seconds' point; the first three count. */
static bool take_fraction(struct bytes *rest, int *ms)
{
    int weight = 100;
    size_t count = 0;

    for (; count < rest->len && is_digit(rest->ptr[count]); count++, weight /= 10)
        *ms += (rest->ptr[count] - '0') * weight;
    *rest = bytes_skip(*rest, count);
    return count > 0;
}

/* "Z", or the hours and minutes by which local time is ahead of UTC. */
static bool take_zone(struct bytes *rest, int *ahead_minutes)
{
    int hours, minutes;

    *ahead_minutes = 0;
    if (take(rest, 'Z'))
        return true;
    bool behind = take(rest, '-');
    if (!behind && !take(rest, '+'))
        return false;
    if (!take_number(rest, 2, 0, 23, &hours) || !take(rest, ':') ||
        !take_number(rest, 2, 0, 59, &minutes))
        return false;
    *ahead_minutes = (behind ? -1 : 1) * (hours * 60 + minutes);
    return true;
}

/* What follows the T; *ahead_minutes is that of its zone. */
static bool take_time(struct bytes *rest, struct instant_utc *utc, int *ahead_minutes)
{
    if (!take_number(rest, 2, 0, 23, &utc->hour) || !take(rest, ':') ||
        !take_number(rest, 2, 0, 59, &utc->minute))
        return false;
    if (take(rest, ':')) {
        if (!take_number(rest, 2, 0, 59, &utc->second))
            return false;
        if (take(rest, '.') && !take_fraction(rest, &utc->ms))
            return false;
    }
    return take_zone(rest, ahead_minutes);
}

static bool parse_iso(struct bytes rest, struct instant *out)
{
    struct instant_utc utc = { .month = 1, .day = 1 };
    int ahead_minutes = 0;

    if (!take_number(&rest, 4, 1, 9999, &utc.year))
        return false;
    if (take(&rest, '-')) {
        if (!take_number(&rest, 2, 1, 12, &utc.month))
            return false;
        if (take(&rest, '-')) {
            if (!take_number(&rest, 2, 1, days_in_month(utc.year, utc.month), &utc.day))
                return false;
            if (take(&rest, 'T') && !take_time(&rest, &utc, &ahead_minutes))
                return false;
        }
    }
    *out = instant_of_utc(&utc);
    out->ms -= (int64_t)ahead_minutes * 60000;
    return rest.len == 0;
}

bool date_parse(struct bytes text, struct instant *out)
{
    unsigned long long seconds;

    if (text.len == 4 || !all_digits(text))
        return parse_iso(text, out);
    if (text.len > EPOCH_DIGITS_MAX || !bytes_parse_u64(text, &seconds))
        return false;
    *out = (struct instant){ (int64_t)seconds * 1000 };
    return true;
}
