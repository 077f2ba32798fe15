#include "service/world.h"
#include "base/random.h"
#include <time.h>

static struct instant read_clock(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (struct instant){ (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 };
}

static struct instant system_wall(void *context)
{
    (void)context;
    return read_clock(CLOCK_REALTIME);
}

static struct instant system_steady(void *context)
{
    (void)context;
    return read_clock(CLOCK_BOOTTIME);
}

static void system_entropy(void *context, void *out, size_t len)
{
    (void)context;
    random_system(out, len);
}

uint64_t world_stopwatch_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

const struct world world_system = {
    .wall = system_wall,
    .steady = system_steady,
    .entropy = system_entropy,
};
