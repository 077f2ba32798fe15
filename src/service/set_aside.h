/*
 * set_aside - open runs that the store cannot give back whole, at the start or when they are to
 * wake: they are damaged.
 *
 * They are kept as they lie on the disk, and nothing happens in them. What is asked about one is
 * answered with InternalFailure; so is what nobody can answer without knowing it: the lists, counts
 * and pending tasks of its domain, and whether it has a workflow id when its names are lost too.
 * Messages from and to it wait in the store. Everything else goes on.
 *
 * Normally there is none. A look is a walk over all of them.
 */
#ifndef SERVICE_SET_ASIDE_H
#define SERVICE_SET_ASIDE_H

#include "store/store.h"

struct set_aside_run {
    struct run_key key;
    struct bytes workflow_id, run_id; /* both absent: they are lost */
};

struct set_aside {
    struct set_aside_run *items;
    size_t count;
};

void set_aside_deinit(struct set_aside *aside);

/* Adds a run; `names` is NULL when they are lost. They are copied. */
void set_aside_add(struct set_aside *aside, struct run_key key, const struct run_opening *names);

/* Is the run of this number one of them? */
bool set_aside_has(const struct set_aside *aside, uint64_t run);
/* Is one of this domain among them? */
bool set_aside_touches(const struct set_aside *aside, uint32_t domain);
/* May one of them have this workflow id and, unless it is empty, this run id? To be asked when no
 * other run of this workflow is open. */
bool set_aside_may_be(const struct set_aside *aside, uint32_t domain, struct bytes workflow_id,
                      struct bytes run_id);

#endif
