/*
 * instant, duration - time with types, so that mixing up the two does not compile.
 */
#ifndef BASE_INSTANT_H
#define BASE_INSTANT_H

#include <stdbool.h>
#include <stdint.h>

struct instant {
    int64_t ms; /* since 1970-01-01 UTC; 0 is "none" where a member is optional */
};
struct duration {
    int64_t ms;
};

#define INSTANT_NEVER ((struct instant){ INT64_MAX })

static inline struct duration duration_of_s(int64_t s)
{
    return (struct duration){ s * 1000 };
}
/* Saturates at INSTANT_NEVER. */
static inline struct instant instant_add(struct instant at, struct duration d)
{
    if (at.ms == INT64_MAX || (d.ms > 0 && at.ms > INT64_MAX - d.ms))
        return INSTANT_NEVER;
    return (struct instant){ at.ms + d.ms };
}
static inline struct duration instant_since(struct instant later, struct instant earlier)
{
    return (struct duration){ later.ms - earlier.ms };
}
static inline bool instant_before(struct instant a, struct instant b)
{
    return a.ms < b.ms;
}
static inline struct instant instant_later(struct instant a, struct instant b)
{
    return a.ms > b.ms ? a : b;
}
static inline struct instant instant_earlier(struct instant a, struct instant b)
{
    return a.ms < b.ms ? a : b;
}

/* Broken-down UTC of `at`, by arithmetic alone (no locale, no time zone data). Years 1970 to 9999:
 * what lies outside becomes the nearest that is inside. */
struct instant_utc {
    int year, month, day; /* month and day from 1 */
    int hour, minute, second, ms;
    int weekday; /* 0 = Sunday */
};
struct instant_utc instant_to_utc(struct instant at);

/* The inverse of instant_to_utc; weekday is ignored. */
struct instant instant_of_utc(const struct instant_utc *utc);

/* "Fri, 27 Nov 2026 10:02:54 GMT" (RFC 7231) into buf, NUL ended. */
void instant_format_http(struct instant at, char buf[30]);

/* "2026-11-27T10:02:54.123Z" into buf, NUL ended. */
void instant_format_iso(struct instant at, char buf[25]);

#endif
