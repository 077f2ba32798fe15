#include "bench/plan.h"

#define MIXED_ACTIVITIES 3
#define MIXED_SIGNALS 2

const char *const plan_names[PLAN_KIND_COUNT] = {
    [PLAN_WORKFLOW] = "workflow", [PLAN_FANOUT] = "fanout",     [PLAN_TIMERS] = "timers",
    [PLAN_SIGNALS] = "signals",   [PLAN_CHILDREN] = "children", [PLAN_IDLE] = "idle",
    [PLAN_POLLS] = "polls",       [PLAN_MIXED] = "mixed",
};

struct plan plan_of(enum plan_kind kind, uint32_t amount)
{
    struct plan plan = { .kind = kind, .steps = amount };

    if (kind == PLAN_SIGNALS)
        plan = (struct plan){ kind, 0, amount };
    if (kind == PLAN_IDLE || kind == PLAN_POLLS)
        plan.steps = 0;
    if (kind == PLAN_MIXED)
        plan = (struct plan){ kind, MIXED_ACTIVITIES, MIXED_SIGNALS };
    return plan;
}

bool plan_is_sequential(const struct plan *plan)
{
    return plan->kind == PLAN_WORKFLOW || plan->kind == PLAN_MIXED;
}

bool plan_has_work(const struct plan *plan)
{
    return plan->kind != PLAN_TIMERS;
}
