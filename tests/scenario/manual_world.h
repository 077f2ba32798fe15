/*
 * manual_world - a world in which time stands still until it is told to move, and chance is a
 * sequence.
 *
 * The wall clock shows what the steady clock showed when it was last read: whoever reads both, one
 * after the other, never sees a step between them, even while another thread moves the time.
 */
#ifndef TESTS_SCENARIO_MANUAL_WORLD_H
#define TESTS_SCENARIO_MANUAL_WORLD_H

#include "base/random.h"
#include "service/world.h"
#include <stdatomic.h>

/* 2026-01-01T00:00:00Z: when every scenario begins. */
#define WORLD_BEGINNING ((struct instant){ INT64_C(1767225600000) })

struct manual_world {
    struct world world; /* of the service: its entropy makes run ids */
    struct world aside; /* the same clock with another entropy, for whoever else wants one */
    _Atomic int64_t now_ms, seen_ms;
    struct random_sequence sequence, other_sequence;
};

/* `world` stays where it is: its parts point to it. */
void manual_world_init(struct manual_world *world);
void manual_world_advance(struct manual_world *world, struct duration by);
struct instant manual_world_now(const struct manual_world *world);

#endif
