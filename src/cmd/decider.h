/*
 * decider - the demo's decider: polls for decision tasks, reads the history that comes with each,
 * and answers what is next.
 *
 * It keeps nothing between two tasks. What is next is order.c's to say, or role.c's.
 */
#ifndef CMD_DECIDER_H
#define CMD_DECIDER_H

#include "cmd/party.h"

/* One poll and, when it brought a task, its answer; false after a problem. */
bool decider_once(struct party *party);

#endif
