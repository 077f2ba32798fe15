/*
 * deviation - where a replay does, or expects, something else than was recorded.
 *
 * The real service distributes tasks in an order that it does not promise, starts children side by
 * side, and fires timers some milliseconds late; these are the places where a recording can be
 * followed only with a helping hand. known.h says for each one which difference it explains.
 */
#ifndef TESTS_REPLAY_DEVIATION_H
#define TESTS_REPLAY_DEVIATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum deviation_kind {
    NO_DEVIATION,
    EARLIER,   /* `event` is played, and expected, `by` milliseconds earlier */
    EXCHANGED, /* the events `event` and `by` have changed places */
    OBSOLETE,  /* `event` has members that the model does not have */
    PREFERRED, /* activity tasks get priorities, so that they leave in the order recorded */
};

struct deviation {
    enum deviation_kind kind;
    int64_t event, by;
};

#define DEVIATIONS_MAX 8

struct deviations {
    struct deviation items[DEVIATIONS_MAX];
    size_t count;
};

/* How much earlier the event is to be played; mostly 0. */
int64_t deviation_earlier_ms(const struct deviations *deviations, int64_t event);
/* The place of a recorded event in the history: its id, unless it was exchanged. */
int64_t deviation_place(const struct deviations *deviations, int64_t event);
bool deviation_is_obsolete(const struct deviations *deviations, int64_t event);
bool deviation_prefers(const struct deviations *deviations);

#endif
