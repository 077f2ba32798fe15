/*
 * gate - the identities in force, which may be exchanged while requests come.
 *
 * One for the server; each loop looks through a view of its own, which costs it one atomic load
 * while nothing changes.
 */
#ifndef NET_GATE_H
#define NET_GATE_H

#include "auth/identities.h"
#include <stdatomic.h>
#include <pthread.h>

struct gate {
    pthread_mutex_t mutex;
    struct identities *identities; /* under the mutex */
    _Atomic uint64_t generation;   /* counts exchanges, from 1 */
};

/* Takes the reference to `identities`. */
void gate_init(struct gate *gate, struct identities *identities);
void gate_deinit(struct gate *gate);

/* From now on these are in force; takes the reference. What was let in by the old ones goes on. Any
 * thread. */
void gate_exchange(struct gate *gate, struct identities *identities);

struct gate_view {
    struct gate *gate; /* NULL: everybody may come in */
    uint64_t generation;
    struct identities *identities; /* a reference */
};

void gate_view_init(struct gate_view *view, struct gate *gate);
void gate_view_deinit(struct gate_view *view);

/* The identities in force, until the view is asked again; NULL when everybody may come in. */
struct identities *gate_view_identities(struct gate_view *view);

#endif
