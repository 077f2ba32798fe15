/*
 * crew - the three parties of a demo, which would be three programs elsewhere: a decider, a worker,
 * and the customer who starts workflows and waits for them.
 *
 * Decider and worker have threads; the customer is whoever holds the crew. When one of the two
 * gives up, its problem becomes the customer's.
 */
#ifndef CMD_CREW_H
#define CMD_CREW_H

#include "cmd/party.h"

struct crew {
    struct party decider, worker, customer;
};

/* Prepares all three and makes no call yet. */
void crew_init(struct crew *crew, const struct stage *stage);
void crew_deinit(struct crew *crew);

/* Registers the domain and every type that a demo needs. */
bool crew_register(struct crew *crew);

/* Sets decider and worker to work; ends them. */
void crew_begin(struct crew *crew);
void crew_end(struct crew *crew);

/* Starts a workflow, with the workflowId NAME-NUMBER after the name of its type; its run in `out`,
 * kept in `arena`. */
bool crew_start(struct crew *crew, const struct workflow_type *type, struct bytes input,
                struct arena *arena, struct workflow_execution *out);

/* False when decider or worker has given up. Else waits a moment, after which the customer may look
 * again. */
bool crew_waits(struct crew *crew);

#endif
