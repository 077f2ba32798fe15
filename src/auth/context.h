/*
 * context - the condition keys of one request: what a policy's conditions and variables look at.
 *
 * A key has a name and any number of values; one without values is as good as absent. Key names are
 * compared without regard to the case of ASCII letters. Nothing is copied: names and values live as
 * long as the caller says, the array lies in the arena. A context is filled once per request, then
 * only read. Filling takes steps in proportion to what is added: the tags of a request are keys,
 * and there may be tens of thousands.
 */
#ifndef AUTH_CONTEXT_H
#define AUTH_CONTEXT_H

#include "base/arena.h"
#include <stdint.h>

struct context_key {
    struct bytes name; /* "aws:username" */
    struct bytes *values;
    size_t count, capacity;
};

struct context {
    struct arena *arena;
    const struct context *rest; /* further keys, which others have too; NULL: none. Own ones count
                                   first */
    struct context_key *keys;
    size_t count, capacity;
    uint32_t
        *slots; /* once there are many: 1 + the number of a key, or 0; by the hash of its name */
    size_t slot_count;
};

/* An empty context whose array grows in `arena`. */
void context_init(struct context *context, struct arena *arena);

/* Adds a value to the key that is spelt exactly so, or a new key with this value; nothing when the
 * value is absent. */
void context_add(struct context *context, struct bytes name, struct bytes value);

/* The same, but the value takes the place of what the key had. */
void context_set(struct context *context, struct bytes name, struct bytes value);

/* The key of this name, own or of the rest, or NULL when the request has none. Of two keys that
 * differ in case only (tags may), the one that is spelt as asked is preferred. */
const struct context_key *context_find(const struct context *context, struct bytes name);

#endif
