/*
 * clocks - the time and the chance of a made-up world.
 *
 * The steady clock goes on by what the world lets pass; the wall clock goes with it, and jumps.
 */
#ifndef SIM_CLOCKS_H
#define SIM_CLOCKS_H

#include "base/random.h"
#include "service/world.h"

struct clocks {
    struct world face; /* the service's */
    int64_t steady_ms, wall_ms;
    struct random_sequence entropy;
};

/* `clocks` stays where it is: its face points to it. */
void clocks_init(struct clocks *clocks, uint64_t seed);
/* Time passes. */
void clocks_pass(struct clocks *clocks, int64_t ms);
/* Somebody sets the wall clock by so much. */
void clocks_jump(struct clocks *clocks, int64_t ms);

#endif
