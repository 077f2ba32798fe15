/*
 * date - dates as people and clients write them: a profile of ISO 8601 (W3C), or seconds since
 * 1970.
 */
#ifndef BASE_DATE_H
#define BASE_DATE_H

#include "base/bytes.h"
#include "base/ensure.h"
#include "base/instant.h"

/* Reads "2026", "2026-11", "2026-11-27", "2026-11-27T10:02Z", "2026-11-27T10:02:54.25+01:00"; what
 * is left out is its smallest value, digits beyond milliseconds are dropped. Up to fifteen digits
 * and nothing else are seconds since 1970, save four: those are a year. False when it is something
 * else, or no day of the calendar. */
must_use bool date_parse(struct bytes text, struct instant *out);

#endif
