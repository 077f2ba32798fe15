/*
 * durations - how many things took how long: the buckets of a Prometheus histogram, from a tenth of
 * a millisecond to a hundred seconds.
 *
 * One thread notes, any thread reads: what it reads may be one note apart from bucket to bucket.
 */
#ifndef BASE_DURATIONS_H
#define BASE_DURATIONS_H

#include "base/text.h"
#include <stdint.h>

#define DURATIONS_BUCKETS 16

/* A zeroed one is empty. */
struct durations {
    _Atomic uint64_t buckets[DURATIONS_BUCKETS];
    _Atomic uint64_t sum_us;
};

void durations_note(struct durations *durations, uint64_t took_us);

/* Appends the histogram `name`, in seconds, with its type. */
void durations_write(const struct durations *durations, const char *name, struct text *out);

#endif
