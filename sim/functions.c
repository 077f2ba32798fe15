#include "functions.h"

#include "base/ensure.h"

static void invoke(void *context, struct lambda_invocation *invocation)
{
    struct functions *functions = context;

    ensure(functions->count < FUNCTIONS_MAX);
    functions->running[functions->count++] = invocation;
    functions->called++;
}

void functions_init(struct functions *functions)
{
    *functions = (struct functions){ .face = { functions, invoke } };
}

static void make_up(struct lambda_invocation *invocation, struct random_sequence *chance)
{
    static const enum lambda_outcome outcomes[] = { LAMBDA_RETURNED, LAMBDA_RETURNED, LAMBDA_RAISED,
                                                    LAMBDA_REFUSED, LAMBDA_NO_ANSWER };
    unsigned long long number = random_below(chance, 1000);

    invocation->outcome = outcomes[random_below(chance, sizeof(outcomes) / sizeof(outcomes[0]))];
    if (invocation->outcome == LAMBDA_RAISED)
        invocation->reason = random_below(chance, 2) ? BYTES("Handled") : BYTES("Unhandled");
    if (invocation->outcome == LAMBDA_REFUSED)
        invocation->reason = BYTES("ResourceNotFoundException");
    if (invocation->outcome != LAMBDA_NO_ANSWER)
        invocation->answer = arena_printf(&invocation->arena, "%llu", number);
}

struct lambda_invocation *functions_pick(struct functions *functions,
                                         struct random_sequence *chance)
{
    struct lambda_invocation *picked;
    size_t place;

    if (functions->count == 0)
        return NULL;
    place = random_below(chance, functions->count);
    picked = functions->running[place];
    functions->running[place] = functions->running[--functions->count];
    make_up(picked, chance);
    return picked;
}

void functions_give_up(struct functions *functions)
{
    while (functions->count > 0) {
        struct lambda_invocation *invocation = functions->running[--functions->count];

        invocation->on_done(invocation);
    }
}
