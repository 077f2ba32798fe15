#include "service/clock.h"
#include "base/log.h"

#define STEP_MS_MAX INT64_C(3600000)
/* A wall clock that is further behind is said in the log. */
#define BEHIND_MS_NOTED INT64_C(60000)
/* One part in so many is added to the time that passes, or taken from it. */
#define FASTER 20
#define SLOWER 10

void clock_init(struct clock *clock, const struct world *world, struct instant floor)
{
    *clock = (struct clock){
        .world = world,
        .steady_last = world->steady(world->context),
        .now = instant_later(world->wall(world->context), floor),
    };
}

/* One part in `parts` of all the time that passed, however short the pieces are in which it is
 * told: a busy server reads its clock every few milliseconds. Never more than `elapsed`. */
static int64_t take_part(int64_t *passed, int64_t elapsed, int64_t parts)
{
    int64_t part = (*passed + elapsed) / parts;

    *passed = (*passed + elapsed) % parts;
    return part;
}

static int64_t advance_ahead(struct clock *clock, int64_t ahead, int64_t elapsed)
{
    clock->is_behind = false;
    if (ahead <= STEP_MS_MAX) {
        clock->far_ahead = false;
        return elapsed + ahead;
    }
    if (!clock->far_ahead)
        log_warn("the wall clock jumped ahead; following it slowly", LOG_NUMBER("ahead_ms", ahead));
    clock->far_ahead = true;
    return elapsed + take_part(&clock->passed_ahead, elapsed, FASTER);
}

static int64_t advance_behind(struct clock *clock, int64_t behind, int64_t elapsed)
{
    int64_t slower = take_part(&clock->passed_behind, elapsed, SLOWER);

    if (!clock->is_behind && behind > BEHIND_MS_NOTED) {
        log_warn("the wall clock is behind; running slower until it has caught up",
                 LOG_NUMBER("behind_ms", behind));
        clock->is_behind = true;
    }
    return elapsed - (slower < behind ? slower : behind);
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
    clock->now.ms += ahead >= 0 ? advance_ahead(clock, ahead, elapsed)
                                : advance_behind(clock, -ahead, elapsed);
    return clock->now;
}
