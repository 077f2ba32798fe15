/*
 * known - the recordings that do not come out exactly as they were recorded, and why.
 *
 * One row tells one difference, word for word as it is found, and the deviation with which the
 * replay gets past it; the rows of a recording stand in the order in which their differences show.
 * A recording without rows must come out exactly; one with rows must show each difference before
 * its deviation is made and none after the last. A last row without a deviation ends the
 * comparison there.
 */
#ifndef TESTS_REPLAY_KNOWN_H
#define TESTS_REPLAY_KNOWN_H

#include "deviation.h"

struct known_difference {
    const char *recording; /* the file's name, without its ending */
    const char *difference;
    struct deviation deviation;
    const char *reason;
};

/* The n-th row of that recording, from 0; NULL when there is none. */
const struct known_difference *known_find(const char *recording, size_t n);

/* The rule of histories that this recording breaks, word for word; NULL for all others. Its reason
 * is the one of the difference that the table has of the same event. */
const char *known_breach(const char *recording);

#endif
