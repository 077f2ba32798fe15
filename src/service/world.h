/*
 * world - the clock and the entropy that the service sees. The real one is the operating system's;
 * tests and simulations have their own, and run the same twice.
 */
#ifndef SERVICE_WORLD_H
#define SERVICE_WORLD_H

#include "base/instant.h"
#include <stddef.h>

struct world {
    void *context;
    /* The wall clock, which may jump. */
    struct instant (*wall)(void *context);
    /* A clock that only goes forward at the pace of time, also while the machine sleeps; its zero
     * means nothing. */
    struct instant (*steady)(void *context);
    void (*entropy)(void *context, void *out, size_t len);
};

/* Microseconds of a clock that only goes forward, to tell how long something took. For figures
 * alone: nothing that happens depends on it, so it is not part of a made-up world. */
uint64_t world_stopwatch_us(void);

/* The operating system's. */
extern const struct world world_system;

#endif
