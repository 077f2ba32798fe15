/*
 * floors - how far down the lists of a domain reach: no row of any of them is older than its floor.
 *
 * What is removed leaves remains for a while, and that at the old end of every list of the domain.
 * A walk that came there would pass them one by one; with the floor it ends, or begins, before
 * them.
 *
 * In memory only, for the domains from which something was removed since the start. One thread
 * lowers and raises; any thread may ask.
 */
#ifndef STORE_FLOORS_H
#define STORE_FLOORS_H

#include "base/instant.h"
#include "base/map.h"
#include <pthread.h>

struct floors {
    pthread_mutex_t mutex;
    struct map domains;
};

void floors_init(struct floors *floors);
void floors_deinit(struct floors *floors);

/* The oldest time that a row of the domain's lists in this order may have. Until floors_release no
 * row comes to lie below it: what begins to look in between misses none. */
struct instant floors_hold(struct floors *floors, uint64_t account, uint32_t domain,
                           bool by_close_time);
void floors_release(struct floors *floors);

/* A run will be in the lists of its domain: call before its rows are written. */
void floors_lower(struct floors *floors, uint64_t account, uint32_t domain, struct instant started,
                  struct instant closed);
/* The domain's lists in this order have no row older than `oldest`. */
void floors_raise(struct floors *floors, uint64_t account, uint32_t domain, bool by_close_time,
                  struct instant oldest);

#endif
