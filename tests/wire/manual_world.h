/*
 * manual_world - a clock that stands still until the test moves it, and entropy that is the same in
 * every run.
 */
#ifndef TEST_WIRE_MANUAL_WORLD_H
#define TEST_WIRE_MANUAL_WORLD_H

#include "service/world.h"
#include <stdatomic.h>

/* 2012-01-15T01:56:59.474Z, an hour that the documentation's own samples show. */
#define MANUAL_WORLD_BEGIN INT64_C(1326592619474)

struct manual_world {
    struct world world;
    _Atomic int64_t now_ms;
    _Atomic uint64_t entropy;
};

void manual_world_init(struct manual_world *manual);

/* Both clocks go on by `ms`. Any thread; nobody is woken by it. */
void manual_world_advance(struct manual_world *manual, int64_t ms);

#endif
