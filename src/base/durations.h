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

/* Adds what `durations` has noted to `sum`, in which nobody else notes. */
void durations_add(struct durations *sum, const struct durations *durations);

/* How many there were. */
uint64_t durations_count(const struct durations *durations);

/* Appends the histogram `name`, in seconds, with its type. */
void durations_write(const struct durations *durations, const char *name, struct text *out);

/* The same without its type, which comes once before all of that name, and with labels, as in
 * "Operation=\"StartWorkflowExecution\"". */
void durations_write_labelled(const struct durations *durations, const char *name,
                              const char *labels, struct text *out);

#endif
