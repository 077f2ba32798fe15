/*
 * engine_messages - what one run owes another, carried as plainly as can be: one queue, delivered
 * from its front, one after the other.
 *
 * A message says which event of which run it is about, and reads all else from that event when it
 * arrives.
 */
#ifndef TESTS_SCENARIO_ENGINE_MESSAGES_H
#define TESTS_SCENARIO_ENGINE_MESSAGES_H

#include "engine_world.h"

/* Queues what these events of `run`, which were just applied, make it owe. */
void engine_owe(struct engine_world *engine, struct engine_run *run,
                const struct event_list *events);

/* Children of runs of the domain that were asked for and have not begun. */
uint64_t engine_awaited_children(const struct engine_world *engine, const struct domain *domain);

/* Delivers what is owed now, and not yet what that makes others owe; true if there was anything. */
bool engine_deliver(struct engine_world *engine);

#endif
