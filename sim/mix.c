#include "mix.h"

#include <string.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* Mostly not at all, else anything up to `most`. */
static uint32_t draw(struct random_sequence *chance, uint32_t most)
{
    switch (random_below(chance, 4)) {
    case 0:
    case 1:
        return 0;
    case 2:
        return 1 + (uint32_t)random_below(chance, most / 8 + 1);
    default:
        return 1 + (uint32_t)random_below(chance, most);
    }
}

static uint32_t between(struct random_sequence *chance, uint32_t least, uint32_t most)
{
    return least + (uint32_t)random_below(chance, most - least + 1);
}

static void draw_world(struct mix *mix, struct random_sequence *chance)
{
    mix->lose_request = draw(chance, 200);
    mix->lose_answer = draw(chance, 200);
    mix->duplicate = draw(chance, 200);
    mix->delay = draw(chance, 700);
    mix->delay_steps = between(chance, 1, 40);
    mix->hang_up = draw(chance, 60);
    mix->vanish = draw(chance, 1000);
    mix->kill = draw(chance, 20);
    mix->crash = draw(chance, 20);
    mix->fail_commit = draw(chance, 10);
    mix->fill_disk = draw(chance, 6);
    mix->free_disk = between(chance, 10, 200);
    mix->restart = draw(chance, 10);
    mix->clock_forward = draw(chance, 10);
    mix->clock_back = draw(chance, 10);
    mix->clock_stands = draw(chance, 900);
    mix->clock_due = draw(chance, 200);
    mix->pace_ms = between(chance, 1, random_below(chance, 3) ? 400 : 8000);
}

static void draw_people(struct mix *mix, struct random_sequence *chance)
{
    mix->clients = between(chance, 1, 6);
    mix->deciders = between(chance, 1, 8);
    mix->workers = between(chance, 1, 8);
    mix->workflows = between(chance, 2, 25);
    mix->bad_decider = draw(chance, 300);
    mix->double_decider = draw(chance, 300);
    mix->late_decider = draw(chance, 300);
    mix->lost_decider = draw(chance, 200);
    mix->bad_worker = draw(chance, 200);
    mix->double_worker = draw(chance, 300);
    mix->late_worker = draw(chance, 400);
    mix->lost_worker = draw(chance, 300);
    mix->beating_worker = draw(chance, 600);
    mix->few_rights = draw(chance, 300);
    mix->closing = between(chance, 20, 400);
    mix->paging = draw(chance, 400);
    mix->short_time = draw(chance, 1000);
    mix->registry = draw(chance, 200);
    mix->limited = draw(chance, 500);
    mix->stranger = draw(chance, 100);
    mix->names = draw(chance, 300);
    mix->resource_tags = draw(chance, 300);
    mix->late_page = draw(chance, 200);
    mix->changed_page = draw(chance, 200);
    mix->function_answers = draw(chance, 500);
}

static void draw_rates(struct mix *mix, struct random_sequence *chance)
{
    static const uint32_t of_calls[] = { 0, 0, 0, 0, 1, 3, 20, 100, 400 };
    static const uint32_t of_decisions[] = { 0, 0, 0, 20, 100, 400, 1000 };

    mix->call_rates_divided_by = of_calls[random_below(chance, LENGTH(of_calls))];
    mix->decision_rates_divided_by = of_decisions[random_below(chance, LENGTH(of_decisions))];
    mix->flood = mix->call_rates_divided_by ? draw(chance, 40) : 0;
}

void mix_draw(struct mix *mix, struct random_sequence *chance)
{
    memset(mix, 0, sizeof(*mix));
    draw_world(mix, chance);
    draw_people(mix, chance);
    for (int i = 1; i <= DECISION_TYPE_COUNT; i++) {
        uint32_t often = (uint32_t)random_below(chance, 3);

        mix->decisions[i] = often * between(chance, 0, 10);
        mix->denied[i] = random_below(chance, 2);
    }
    mix->decisions[DECISION_RECORD_MARKER] = 1; /* so that there is always one */
    mix->small_limits = random_below(chance, 2);
    mix->calls_lambdas = random_below(chance, 2);
    mix->two_accounts = random_below(chance, 2);
    draw_rates(mix, chance);
    mix->retention_days = random_below(chance, 4) == 0 ? 0 : between(chance, 1, 90);
    mix->recent_kb = random_below(chance, 3) ? 1u << between(chance, 2, 12) : 0;
    mix->execution_kb = random_below(chance, 3) ? 1u << between(chance, 0, 10) : 0;
}

void mix_heal(struct mix *mix)
{
    struct mix healed = { .clients = mix->clients,
                          .deciders = mix->deciders,
                          .workers = mix->workers,
                          .workflows = mix->workflows,
                          .function_answers = 1000,
                          .delay_steps = 1,
                          .pace_ms = 1 };

    memcpy(healed.denied, mix->denied, sizeof(healed.denied));
    healed.calls_lambdas = mix->calls_lambdas;
    healed.small_limits = mix->small_limits;
    healed.two_accounts = mix->two_accounts;
    healed.retention_days = mix->retention_days;
    healed.recent_kb = mix->recent_kb;
    healed.execution_kb = mix->execution_kb;
    *mix = healed;
}

void mix_write(const struct mix *mix, struct text *out)
{
    text_printf(out,
                "clients=%u deciders=%u workers=%u workflows=%u pace=%ums retention=%ud "
                "recent=%ukB executions=%ukB%s%s%s",
                mix->clients, mix->deciders, mix->workers, mix->workflows, mix->pace_ms,
                mix->retention_days, mix->recent_kb, mix->execution_kb,
                mix->small_limits ? " small_limits" : "", mix->calls_lambdas ? " lambdas" : "",
                mix->two_accounts ? " two_accounts" : "");
    if (mix->call_rates_divided_by)
        text_printf(out, " calls=1/%u", mix->call_rates_divided_by);
    if (mix->decision_rates_divided_by)
        text_printf(out, " decisions=1/%u", mix->decision_rates_divided_by);
#define MIX_WRITE(name) \
    if (mix->name)      \
        text_printf(out, " " #name "=%u", mix->name);
    MIX_CHANCES(MIX_WRITE)
#undef MIX_WRITE
    for (int i = 1; i <= DECISION_TYPE_COUNT; i++)
        if (mix->decisions[i])
            text_printf(out, " %s=%u", decision_type_names[i], mix->decisions[i]);
}
