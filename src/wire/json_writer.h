/*
 * json_writer - writing JSON as the service does: compact, strings escaped no more than JSON asks
 * for, times in the E notation of the recordings.
 */
#ifndef WIRE_JSON_WRITER_H
#define WIRE_JSON_WRITER_H

#include "base/instant.h"
#include "base/text.h"

/* A quoted string; `"`, `\` and control characters escaped (short forms where JSON has them), all
 * else as it is. */
void json_write_string(struct text *out, struct bytes value);
/* The same of a value in which nothing needs an escape: a word of the service's own. */
void json_write_word(struct text *out, struct bytes value);

/* Epoch seconds in Java's double notation, trailing zeros
 * cut: 1.504871454307E9, 1.49737158914E9, 1.5E9. Times of under 10^7 seconds or of none print in
 * plain decimals (Java does so below 10^7): 12.5, 0.0. */
void json_write_instant(struct text *out, struct instant at);

#endif
