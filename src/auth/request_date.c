#include "auth/request_date.h"

static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

/* `digits` digits at `at`; false when there are others. */
static bool take_number(struct bytes text, size_t at, size_t digits, int *out)
{
    *out = 0;
    if (at + digits > text.len)
        return false;
    for (size_t i = at; i < at + digits; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        *out = *out * 10 + (text.ptr[i] - '0');
    }
    return true;
}

/* A date that the calendar does not have comes back as another one. */
static bool convert(const struct instant_utc *given, struct instant *out)
{
    if (given->year < 1970 || given->month < 1 || given->month > 12 || given->day < 1 ||
        given->hour > 23 || given->minute > 59 || given->second > 59)
        return false;
    *out = instant_of_utc(given);
    return instant_to_utc(*out).day == given->day;
}

bool request_date_parse_iso(struct bytes text, struct instant *out)
{
    struct instant_utc utc = { 0 };

    return text.len == REQUEST_DATE_LEN && text.ptr[8] == 'T' && text.ptr[15] == 'Z' &&
           take_number(text, 0, 4, &utc.year) && take_number(text, 4, 2, &utc.month) &&
           take_number(text, 6, 2, &utc.day) && take_number(text, 9, 2, &utc.hour) &&
           take_number(text, 11, 2, &utc.minute) && take_number(text, 13, 2, &utc.second) &&
           convert(&utc, out);
}

#define WORDS_MAX 6

/* Cuts at spaces, commas and hyphens; returns how many words there are, WORDS_MAX + 1 for more. */
static size_t cut_words(struct bytes text, struct bytes words[WORDS_MAX])
{
    size_t count = 0;

    for (size_t i = 0; i < text.len;) {
        size_t start = i;
        while (i < text.len && !strchr(" ,-", text.ptr[i]))
            i++;
        if (i > start && count == WORDS_MAX)
            return WORDS_MAX + 1;
        if (i > start)
            words[count++] = bytes_of(text.ptr + start, i - start);
        i++;
    }
    return count;
}

static bool take_month(struct bytes word, int *month)
{
    for (*month = 1; *month <= 12; ++*month)
        if (bytes_equal(word, bytes_of(months + 3 * (*month - 1), 3)))
            return true;
    return false;
}

/* One or two digits. */
static bool take_day(struct bytes word, int *day)
{
    return word.len >= 1 && word.len <= 2 && take_number(word, 0, word.len, day);
}

/* Four digits, or two as they were written in the century before this one. */
static bool take_year(struct bytes word, int *year)
{
    if (word.len == 4)
        return take_number(word, 0, 4, year);
    if (word.len != 2 || !take_number(word, 0, 2, year))
        return false;
    *year += *year < 70 ? 2000 : 1900;
    return true;
}

static bool take_time(struct bytes word, struct instant_utc *utc)
{
    return word.len == 8 && word.ptr[2] == ':' && word.ptr[5] == ':' &&
           take_number(word, 0, 2, &utc->hour) && take_number(word, 3, 2, &utc->minute) &&
           take_number(word, 6, 2, &utc->second);
}

static bool is_utc(struct bytes zone)
{
    static const char *const names[] = { "GMT", "UTC", "UT", "+0000", "0000" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (bytes_equal_cstr(zone, names[i]))
            return true;
    return false;
}

bool request_date_parse_http(struct bytes text, struct instant *out)
{
    struct instant_utc utc = { 0 };
    struct bytes words[WORDS_MAX];

    switch (cut_words(text, words)) {
    case 6: /* Sun, 09 Jun 2013 10:00:15 GMT */
        return take_day(words[1], &utc.day) && take_month(words[2], &utc.month) &&
               take_year(words[3], &utc.year) && take_time(words[4], &utc) && is_utc(words[5]) &&
               convert(&utc, out);
    case 5: /* Sun Jun  9 10:00:15 2013 */
        return take_month(words[1], &utc.month) && take_day(words[2], &utc.day) &&
               take_time(words[3], &utc) && take_year(words[4], &utc.year) && convert(&utc, out);
    default:
        return false;
    }
}

static void put_number(char *to, int digits, int value)
{
    for (int i = digits; i-- > 0; value /= 10)
        to[i] = (char)('0' + value % 10);
}

/* Digit by digit, because every request passes here. */
void request_date_format(struct instant at, char buf[REQUEST_DATE_LEN + 1])
{
    struct instant_utc utc = instant_to_utc(at);

    put_number(buf, 4, utc.year);
    put_number(buf + 4, 2, utc.month);
    put_number(buf + 6, 2, utc.day);
    buf[8] = 'T';
    put_number(buf + 9, 2, utc.hour);
    put_number(buf + 11, 2, utc.minute);
    put_number(buf + 13, 2, utc.second);
    buf[15] = 'Z';
    buf[16] = '\0';
}
