/*
 * worker - the demo's worker: polls for activity tasks and does them, one after the other.
 */
#ifndef CMD_WORKER_H
#define CMD_WORKER_H

#include "cmd/party.h"

/* One poll and, when it brought a task, its work and its answer; false after a problem. */
bool worker_once(struct party *party);

#endif
