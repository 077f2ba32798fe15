/*
 * copy - a whole copy of a typed struct, with everything it points to.
 */
#ifndef WIRE_COPY_H
#define WIRE_COPY_H

#include "base/arena.h"
#include "wire/shape.h"

/* Copies the struct of `shape` at `from` and all that it refers to into `arena`; returns the copy.
 */
const void *copy_shape(const struct shape *shape, const void *from, struct arena *arena);

#endif
