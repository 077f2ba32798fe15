/*
 * load - deciders, workers and other clients that keep a server busy, each a thread with a
 * connection of its own.
 *
 * They live through the server's deaths: when an answer fails to come they wait for the next
 * server, then go on with what they held in their hands. All that they ask for is in the ledger.
 * Workflows schedule a few activities, a timer and a marker, call functions, start children with
 * any policy, signal and cancel each other, continue as new, get signals, cancel requests and
 * terminations, and end in every way that there is; tasks are dropped on purpose, so that timeouts
 * happen too. Every workflow ends, unless its server does.
 */
#ifndef TESTS_CRASH_LOAD_H
#define TESTS_CRASH_LOAD_H

#include "ledger.h"

struct load;

/* The clients wait for load_open. */
struct load *load_new(struct ledger *ledger, uint64_t seed);
/* Ends them. They must be outside (load_shut). */
void load_free(struct load *load);

/* Registers what the workflows need; false when the server did not acknowledge it. A second time is
 * fine. */
must_use bool load_register(const char *endpoint);

/* Lets the clients in to the server there. */
void load_open(struct load *load, const char *endpoint);
/* Sends them out: they finish the call that they are in, if the server still answers it, and wait.
 * Returns at once. */
void load_shut(struct load *load);
/* Waits until all are outside. Call load_shut before; the server must be ending, dead, or willing
 * to answer. */
void load_wait_outside(struct load *load);

/* Waits until `count` more calls are acknowledged; false when the clients are not getting on any
 * more, because there is no server or because not one call ended within the watchdog's time. */
must_use bool load_wait_done(struct load *load, uint64_t count);
uint64_t load_done(struct load *load);
/* How many tasks were handed out by one server and their answers taken by a later one. */
uint64_t load_done_across(struct load *load);

/* From now on nothing new is started or dropped: what is there is brought to its end. */
void load_drain(struct load *load);

/* For the clients themselves: one more call was acknowledged, perhaps with a token of an earlier
 * server. */
void load_count_done(struct load *load, bool across);
bool load_is_draining(const struct load *load);

#endif
