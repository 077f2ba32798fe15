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

/* The operating system's. */
extern const struct world world_system;

#endif
