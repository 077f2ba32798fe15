/*
 * name_set - the names that were given so far in one list of a file. There may be tens of
 * thousands, so none is compared with all others.
 *
 * A set is a `struct map` that begins zeroed; map_deinit empties it. The names stay their owner's,
 * and where they are.
 */
#ifndef AUTH_NAME_SET_H
#define AUTH_NAME_SET_H

#include "base/bytes.h"
#include "base/map.h"

/* The name in the set that is equal to this one, or NULL. */
const struct bytes *name_set_find(const struct map *set, struct bytes name);
/* Adds it; false when one like it is there already. */
bool name_set_take(struct map *set, const struct bytes *name);

#endif
