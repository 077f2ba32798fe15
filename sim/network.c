#include "network.h"

#include "base/memory.h"

struct flight {
    struct flight *next;
    struct arrival what;
    uint64_t arrives_at;
};

void network_init(struct network *network, struct random_sequence *chance, const struct mix *mix)
{
    *network = (struct network){ .chance = chance, .mix = mix };
}

static void take_out(struct flight **place)
{
    struct flight *flight = *place;

    *place = flight->next;
    memory_free(flight);
}

void network_deinit(struct network *network)
{
    while (network->flights) {
        memory_free((char *)network->flights->what.reply.ptr);
        take_out(&network->flights);
    }
}

static void fly(struct network *network, struct arrival what, uint64_t step)
{
    struct flight *flight = memory_new(sizeof(*flight));
    struct flight **end = &network->flights;

    while (*end)
        end = &(*end)->next;
    *end = flight;
    flight->what = what;
    flight->arrives_at = step;
    if (mix_happens(network->chance, network->mix->delay)) {
        flight->arrives_at += 1 + random_below(network->chance, network->mix->delay_steps);
        network->delays++;
    }
}

void network_send(struct network *network, struct ask *ask, uint64_t step)
{
    struct arrival request = { .ask = ask };

    if (mix_happens(network->chance, network->mix->lose_request))
        network->requests_lost++;
    else
        fly(network, request, step);
    if (mix_happens(network->chance, network->mix->duplicate)) {
        network->duplicates++;
        fly(network, request, step);
    }
}

void network_answer(struct network *network, struct ask *ask, enum fault_code fault,
                    struct bytes reply, uint64_t step)
{
    if (mix_happens(network->chance, network->mix->lose_answer)) {
        network->answers_lost++;
        return;
    }
    fly(network, (struct arrival){ ask, true, fault, memory_copy(reply) }, step);
}

bool network_arrive(struct network *network, uint64_t step, struct arrival *out)
{
    for (struct flight **place = &network->flights; *place; place = &(*place)->next) {
        if ((*place)->arrives_at > step)
            continue;
        *out = (*place)->what;
        take_out(place);
        return true;
    }
    return false;
}

bool network_is_empty(const struct network *network)
{
    return network->flights == NULL;
}
