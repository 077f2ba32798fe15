/*
 * problem - the text of a ValidationException: where in a request something is wrong, and what.
 *
 * "1 validation error detected: Value 'x' at 'path' failed to satisfy constraint: ..." Both the
 * model's constraints (wire/constraint.h) and the service's own rules (wire/rules.h) speak this
 * way. At most PROBLEMS_MAX are kept, as the service does, and each shows at most
 * VALUE_CHARACTERS_MAX of the value, so that an answer stays small whatever was sent.
 */
#ifndef WIRE_PROBLEM_H
#define WIRE_PROBLEM_H

#include "base/arena.h"
#include "base/ensure.h"
#include "base/text.h"
#include "model/fault.h"

#define PROBLEMS_MAX 10
/* The service is said to show a value whole; 32,768 characters of input in a message and in its
 * logs help nobody. */
#define VALUE_CHARACTERS_MAX 1024

/* A place in a request, as a chain of steps from the inside out; lives on the stack of the walk. */
struct path {
    const struct path *parent; /* NULL at the top */
    const char *name;          /* of a member; NULL for an item of the list above */
    size_t number;             /* of an item, from 1 */
};

struct problems {
    struct arena *arena; /* for the message and what leads to it */
    struct text joined;
    int count;
};

void problems_init(struct problems *problems, struct arena *arena);

/* Adds one, unless there are PROBLEMS_MAX already. An absent `value` shows as null. */
void problem_add(struct problems *problems, const struct path *path, struct bytes value,
                 struct bytes constraint);

static inline bool problems_are_full(const struct problems *problems)
{
    return problems->count == PROBLEMS_MAX;
}

/* All of them as one fault with its text in the arena, or NO_FAULT; ends the use of `problems`. */
must_use struct fault problems_fault(struct problems *problems);

#endif
