/*
 * clock - the service's time: it never goes back, keeps pace with the steady clock, and follows the
 * wall clock without believing everything that it says.
 *
 * A wall clock ahead of ours is followed at once when the step is up to an hour; a larger one is
 * logged and approached a twentieth faster than time. A wall clock behind ours is approached by
 * running a tenth slower, and logged when it is more than a minute. Whatever it says, no reading is
 * below an earlier one, nor below the last committed time.
 */
#ifndef SERVICE_CLOCK_H
#define SERVICE_CLOCK_H

#include "service/world.h"
#include <stdbool.h>

struct clock {
    const struct world *world;
    struct instant steady_last; /* the steady clock at the last reading */
    struct instant now;         /* the last reading */
    bool far_ahead;             /* the wall clock is more than an hour ahead, and that was logged */
    bool is_behind;             /* more than a minute behind, and that was logged */
    int64_t passed_ahead,
        passed_behind; /* time of which the part to add or take is not whole yet */
};

/* Starts at the wall clock, or at `floor` when that is later. */
void clock_init(struct clock *clock, const struct world *world, struct instant floor);

/* Reads the time; once a turn. */
struct instant clock_read(struct clock *clock);

#endif
