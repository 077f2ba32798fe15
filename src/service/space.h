/*
 * space - is there room on the device for new workflows?
 *
 * Below a set number of free bytes nothing begins, until a quarter more than that is free: about
 * one single bound a device would let in and refuse by turns. What goes on already needs the rest.
 * Knows numbers alone: it is told what is free, and when that is worth asking again. A line in the
 * log when it becomes short, one when it no longer is.
 */
#ifndef SERVICE_SPACE_H
#define SERVICE_SPACE_H

#include "base/ensure.h"
#include "base/instant.h"

struct space {
    uint64_t bytes_min; /* 0: never short */
    bool is_short;
    struct instant next_look;
};

/* The first look is due at once. */
void space_init(struct space *space, uint64_t bytes_min);

/* Is it time to ask the device? Once a second at most: a start must not wait for that. `steady`
 * never goes back. */
must_use bool space_is_due(const struct space *space, struct instant steady);

/* So much is free now. */
void space_note(struct space *space, struct instant steady, uint64_t bytes_free);

#endif
