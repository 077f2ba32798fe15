/*
 * The proleptic Gregorian calendar by arithmetic. Years are counted from March, so that the leap
 * day is the last of its year, and in eras of 400 years, after which the calendar repeats exactly.
 */
#include "base/instant.h"

#define MS_PER_DAY INT64_C(86400000)
#define MS_MAX INT64_C(253402300799999) /* 9999-12-31T23:59:59.999Z */
#define DAYS_PER_ERA 146097
#define DAYS_TO_1970 719468 /* from 0000-03-01 */

static const char *const weekdays[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

static void date_of_days(int days_since_1970, struct instant_utc *utc)
{
    int days = days_since_1970 + DAYS_TO_1970;
    int era = days / DAYS_PER_ERA;
    int day_of_era = days % DAYS_PER_ERA;
    int leap_days = day_of_era / 1460 - day_of_era / 36524 + day_of_era / 146096;
    int year_of_era = (day_of_era - leap_days) / 365;
    int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int month = (5 * day_of_year + 2) / 153; /* 0 = March */

    utc->day = day_of_year - (153 * month + 2) / 5 + 1;
    utc->month = month < 10 ? month + 3 : month - 9;
    utc->year = era * 400 + year_of_era + (utc->month <= 2);
}

static int days_of_date(int year, int month, int day)
{
    int march_year = year - (month <= 2);
    int era = march_year / 400;
    int year_of_era = march_year % 400;
    int day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * DAYS_PER_ERA + day_of_era - DAYS_TO_1970;
}

struct instant_utc instant_to_utc(struct instant at)
{
    /* Out of range becomes the nearest that has a date: a stored number must not break a format. */
    int64_t ms = at.ms < 0 ? 0 : at.ms > MS_MAX ? MS_MAX : at.ms;
    int days = (int)(ms / MS_PER_DAY);
    int rest = (int)(ms % MS_PER_DAY);
    struct instant_utc utc = {
        .hour = rest / 3600000,
        .minute = rest / 60000 % 60,
        .second = rest / 1000 % 60,
        .ms = rest % 1000,
        .weekday = (days + 4) % 7, /* 1970-01-01 was a Thursday */
    };

    date_of_days(days, &utc);
    return utc;
}

struct instant instant_of_utc(const struct instant_utc *utc)
{
    int64_t days = days_of_date(utc->year, utc->month, utc->day);
    int64_t seconds = (int64_t)utc->hour * 3600 + (int64_t)utc->minute * 60 + utc->second;

    return (struct instant){ days * MS_PER_DAY + seconds * 1000 + utc->ms };
}

/* Writes `value` with `width` digits, zeros in front, and then `after`; returns the end. */
static char *put_number(char *at, int value, int width, char after)
{
    for (int i = width - 1; i >= 0; i--) {
        at[i] = (char)('0' + value % 10);
        value /= 10;
    }
    at[width] = after;
    return at + width + 1;
}

static char *put_name(char *at, const char *name)
{
    for (int i = 0; i < 3; i++)
        *at++ = name[i];
    return at;
}

void instant_format_http(struct instant at, char buf[30])
{
    struct instant_utc utc = instant_to_utc(at);
    char *end = put_name(buf, weekdays[utc.weekday]);

    *end++ = ',';
    *end++ = ' ';
    end = put_number(end, utc.day, 2, ' ');
    end = put_name(end, months[utc.month - 1]);
    *end++ = ' ';
    end = put_number(end, utc.year, 4, ' ');
    end = put_number(end, utc.hour, 2, ':');
    end = put_number(end, utc.minute, 2, ':');
    end = put_number(end, utc.second, 2, ' ');
    end = put_name(end, "GMT");
    *end = '\0';
}

void instant_format_iso(struct instant at, char buf[25])
{
    struct instant_utc utc = instant_to_utc(at);
    char *end = put_number(buf, utc.year, 4, '-');

    end = put_number(end, utc.month, 2, '-');
    end = put_number(end, utc.day, 2, 'T');
    end = put_number(end, utc.hour, 2, ':');
    end = put_number(end, utc.minute, 2, ':');
    end = put_number(end, utc.second, 2, '.');
    end = put_number(end, utc.ms, 3, 'Z');
    *end = '\0';
}
