/*
 * network - what lies between clients and the server: it loses, delays and repeats.
 */
#ifndef SIM_NETWORK_H
#define SIM_NETWORK_H

#include "people.h"

struct flight;

struct network {
    struct random_sequence *chance;
    const struct mix *mix;
    struct flight *flights; /* in the order of their sending */
    uint64_t requests_lost, answers_lost, duplicates, delays;
};

void network_init(struct network *network, struct random_sequence *chance, const struct mix *mix);
void network_deinit(struct network *network);

/* A request leaves; it arrives at a later call of network_arrive, perhaps. */
void network_send(struct network *network, struct ask *ask, uint64_t step);
/* An answer leaves; `reply` is copied. */
void network_answer(struct network *network, struct ask *ask, enum fault_code fault,
                    struct bytes reply, uint64_t step);

/* What arrives at this step, one after the other; false when that was all. A request has no
 * reply. The reply is to be freed with memory_free. */
struct arrival {
    struct ask *ask;
    bool is_answer;
    enum fault_code fault;
    struct bytes reply;
};
bool network_arrive(struct network *network, uint64_t step, struct arrival *out);
bool network_is_empty(const struct network *network);

#endif
