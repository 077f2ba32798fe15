/*
 * crowd - all clients together: how many there are, how many come from one address, and how much
 * they have the server hold for them.
 *
 * One for the server, shared by its loops. An IPv6 client is its /64 network, of which it has all
 * addresses. Whoever has no address (a Unix socket) is counted among all alone. Any thread.
 */
#ifndef NET_CROWD_H
#define NET_CROWD_H

#include "base/ensure.h"
#include "net/peer_address.h"
#include <stdbool.h>
#include <stddef.h>

struct crowd_bounds {
    uint32_t clients_max;
    uint32_t clients_per_address_max; /* 0: as many as there may be */
    size_t held_bytes_max;            /* for clients, and as much again for their calls */
};

struct crowd;

struct crowd *crowd_new(const struct crowd_bounds *bounds);
/* All have left. */
void crowd_free(struct crowd *crowd);

/* One more client; false when there are too many already, and it is not counted. */
must_use bool crowd_enter(struct crowd *crowd, const struct peer_address *address);
void crowd_leave(struct crowd *crowd, const struct peer_address *address);

/* How many there are. */
uint32_t crowd_clients(struct crowd *crowd);

/* A client that made the server hold `before` bytes makes it hold `now`. */
void crowd_hold(struct crowd *crowd, size_t before, size_t now);
/* Is more held than may be? */
bool crowd_is_heavy(const struct crowd *crowd);

/* One more call of so many bytes is under way; false when those that are hold more than may be, and
 * it is not counted. Calls have a sum of their own: giving up slow clients frees none of it, so
 * nobody is given up for it. Calls that are held for long, as polls are, may take half of the sum,
 * so that they do not keep other calls out. */
must_use bool crowd_begin_call(struct crowd *crowd, size_t bytes, bool is_held);
void crowd_end_call(struct crowd *crowd, size_t bytes);

#endif
