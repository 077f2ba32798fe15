/*
 * tally - what a run has counted: calls and how long they took, workflows, and what went wrong.
 *
 * Belongs to one thread; the tallies of several are merged when they have ended.
 */
#ifndef BENCH_TALLY_H
#define BENCH_TALLY_H

#include "base/ensure.h"
#include "bench/histogram.h"
#include "model/operation.h"
#include <stdbool.h>

struct tally {
    struct histogram *calls[OPERATION_COUNT]; /* NULL: none was made */
    struct histogram steps; /* from what makes a task to the poll that is answered with it */
    uint64_t call_count;
    uint64_t jobs; /* workflows that came to their end */
    uint64_t empty_polls;
    uint64_t sent_bytes, received_bytes; /* of the bodies of all calls */
    char problem[512];                   /* the first thing that went wrong; "": nothing */
};

/* A zeroed one is empty. */
void tally_deinit(struct tally *tally);
void tally_add_call(struct tally *tally, enum operation operation, uint64_t took_us);
/* Adds all of `from` to `into`. */
void tally_merge(struct tally *into, const struct tally *from);

/* The run is void: says why, unless something was said before. */
void tally_fail(struct tally *tally, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool tally_has_failed(const struct tally *tally);

#endif
