#include "manual_world.h"

#include "base/random.h"

static struct instant now(void *context)
{
    struct manual_world *manual = context;

    return (struct instant){ atomic_load(&manual->now_ms) };
}

/* Every call has a seed of its own, so the threads that ask need no lock. */
static void entropy(void *context, void *out, size_t len)
{
    struct manual_world *manual = context;
    struct random_sequence sequence = { atomic_fetch_add(&manual->entropy, 1) };

    random_fill(&sequence, out, len);
}

void manual_world_init(struct manual_world *manual)
{
    manual->world = (struct world){ manual, now, now, entropy };
    atomic_init(&manual->now_ms, MANUAL_WORLD_BEGIN);
    atomic_init(&manual->entropy, 1);
}

void manual_world_advance(struct manual_world *manual, int64_t ms)
{
    atomic_fetch_add(&manual->now_ms, ms);
}
