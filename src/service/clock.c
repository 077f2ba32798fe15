#include "service/clock.h"
#include "base/log.h"

#define STEP_MS_MAX INT64_C(3600000)

void clock_init(struct clock *clock, const struct world *world, struct instant floor)
{
    *clock = (struct clock){
        .world = world,
        .steady_last = world->steady(world->context),
        .now = instant_later(world->wall(world->context), floor),
    };
}

static int64_t advance_ahead(struct clock *clock, int64_t ahead, int64_t elapsed)
{
    if (ahead <= STEP_MS_MAX) {
        clock->far_ahead = false;
        return elapsed + ahead;
    }
    if (!clock->far_ahead)
        log_warn("the wall clock jumped ahead; following it slowly", LOG_NUMBER("ahead_ms", ahead));
    clock->far_ahead = true;
    return elapsed + elapsed / 20;
}

/* Never earlier than before (S6): both ways below add what is not negative. */
struct instant clock_read(struct clock *clock)
{
    struct instant steady = clock->world->steady(clock->world->context);
    struct instant wall = clock->world->wall(clock->world->context);
    int64_t elapsed = instant_since(steady, clock->steady_last).ms;
    int64_t ahead;

    if (elapsed < 0)
        elapsed = 0;
    ahead = wall.ms - (clock->now.ms + elapsed);
    clock->steady_last = steady;
    if (ahead >= 0) {
        clock->now.ms += advance_ahead(clock, ahead, elapsed);
    } else {
        int64_t slower = elapsed / 10;

        clock->now.ms += elapsed - (slower < -ahead ? slower : -ahead);
    }
    return clock->now;
}
