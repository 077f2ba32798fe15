/*
 * body - names and values from a script into the JSON of a request, led by the tables of
 * wire/shape.h.
 *
 * A value is written as its member wants it: text in quotes, numbers and truth bare, `order/1` as a
 * structure of two members, `workers` as one of a single member, `a,b` as a list.
 */
#ifndef TESTS_SCENARIO_BODY_H
#define TESTS_SCENARIO_BODY_H

#include "base/text.h"
#include "wire/shape.h"

#define PAIRS_MAX 40

struct pair {
    struct bytes key, value;
};

/* In the order of first mention; each key once. */
struct pairs {
    struct pair items[PAIRS_MAX];
    size_t count;
};

/* Adds a pair, or replaces the value of the key. */
void pairs_set(struct pairs *pairs, struct bytes key, struct bytes value);
/* Takes the key out, if it is there. */
void pairs_drop(struct pairs *pairs, struct bytes key);

/* Writes `"a":1,"b":"x"`, without braces; NULL, or what is wrong with a pair. */
const char *body_write(struct text *out, const struct shape *shape, const struct pairs *pairs);

#endif
