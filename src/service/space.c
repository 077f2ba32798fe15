#include "service/space.h"

#include "base/log.h"

#define LOOK_INTERVAL_S 1
/* The part of the bound that must be free beyond it before workflows begin again. */
#define AMPLE_PART 4

void space_init(struct space *space, uint64_t bytes_min)
{
    *space = (struct space){ .bytes_min = bytes_min, .next_look = { INT64_MIN } };
}

bool space_is_due(const struct space *space, struct instant steady)
{
    return space->bytes_min > 0 && !instant_before(steady, space->next_look);
}

static void become_short(struct space *space, uint64_t bytes_free)
{
    space->is_short = true;
    log_warn("little space is left on the device; no new workflow begins until there is more",
             LOG_NUMBER("free_bytes", bytes_free), LOG_NUMBER("free_bytes_min", space->bytes_min));
}

static void become_ample(struct space *space, uint64_t bytes_free)
{
    space->is_short = false;
    log_info("there is space on the device again; workflows begin again",
             LOG_NUMBER("free_bytes", bytes_free), LOG_NUMBER("free_bytes_min", space->bytes_min));
}

void space_note(struct space *space, struct instant steady, uint64_t bytes_free)
{
    uint64_t enough = space->bytes_min + space->bytes_min / AMPLE_PART;

    space->next_look = instant_add(steady, duration_of_s(LOOK_INTERVAL_S));
    if (!space->is_short && bytes_free < space->bytes_min)
        become_short(space, bytes_free);
    else if (space->is_short && bytes_free >= enough)
        become_ample(space, bytes_free);
}
