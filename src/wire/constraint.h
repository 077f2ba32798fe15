/*
 * constraint - what the model itself demands of a decoded request: members that must be there,
 * lengths, ranges, words of enumerations.
 */
#ifndef WIRE_CONSTRAINT_H
#define WIRE_CONSTRAINT_H

#include "base/arena.h"
#include "base/ensure.h"
#include "model/fault.h"
#include "wire/shape.h"

/* A word that its enumeration does not have, kept for the message; the field holds ENUM_UNKNOWN. */
struct unknown_word {
    const struct unknown_word *next;
    const void *field;
    struct bytes word;
};

/* All problems of the struct of `shape` at `object`, in the model's order, as one FAULT_VALIDATION
 * with its text in `arena`; or NO_FAULT. */
must_use struct fault check_constraints(const struct shape *shape, const void *object,
                                        const struct unknown_word *words, struct arena *arena);

#endif
