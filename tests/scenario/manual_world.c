#include "manual_world.h"

static struct instant read_steady(void *context)
{
    struct manual_world *world = context;
    int64_t now = atomic_load(&world->now_ms);

    atomic_store(&world->seen_ms, now);
    return (struct instant){ now };
}

static struct instant read_wall(void *context)
{
    struct manual_world *world = context;

    return (struct instant){ atomic_load(&world->seen_ms) };
}

static void fill(void *context, void *out, size_t len)
{
    struct manual_world *world = context;

    random_fill(&world->sequence, out, len);
}

static void fill_aside(void *context, void *out, size_t len)
{
    struct manual_world *world = context;

    random_fill(&world->other_sequence, out, len);
}

void manual_world_init(struct manual_world *world)
{
    world->world = (struct world){ world, read_wall, read_steady, fill };
    world->aside = (struct world){ world, read_wall, read_steady, fill_aside };
    atomic_init(&world->now_ms, WORLD_BEGINNING.ms);
    atomic_init(&world->seen_ms, WORLD_BEGINNING.ms);
    world->sequence = (struct random_sequence){ 1 };
    world->other_sequence = (struct random_sequence){ 2 };
}

void manual_world_advance(struct manual_world *world, struct duration by)
{
    atomic_fetch_add(&world->now_ms, by.ms);
}

struct instant manual_world_now(const struct manual_world *world)
{
    return (struct instant){ atomic_load(&world->now_ms) };
}
