#include "clocks.h"

/* 2026-01-01T00:00:00Z */
#define BEGINNING_MS INT64_C(1767225600000)

static struct instant read_steady(void *context)
{
    return (struct instant){ ((struct clocks *)context)->steady_ms };
}

static struct instant read_wall(void *context)
{
    return (struct instant){ ((struct clocks *)context)->wall_ms };
}

static void fill(void *context, void *out, size_t len)
{
    random_fill(&((struct clocks *)context)->entropy, out, len);
}

void clocks_init(struct clocks *clocks, uint64_t seed)
{
    clocks->face = (struct world){ clocks, read_wall, read_steady, fill };
    clocks->steady_ms = 1000;
    clocks->wall_ms = BEGINNING_MS;
    clocks->entropy = (struct random_sequence){ seed ^ UINT64_C(0x9e3779b97f4a7c15) };
}

void clocks_pass(struct clocks *clocks, int64_t ms)
{
    clocks->steady_ms += ms;
    clocks->wall_ms += ms;
}

void clocks_jump(struct clocks *clocks, int64_t ms)
{
    clocks->wall_ms += ms;
}
