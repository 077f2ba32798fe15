/*
 * conditions - which condition keys there are, and parts of policies about them.
 *
 * Lists of keys end with a key without a name; lists of lists with NULL.
 */
#ifndef TEST_ACCESS_CONDITIONS_H
#define TEST_ACCESS_CONDITIONS_H

#include "base/text.h"

struct condition_key {
    const char *name, *value; /* %s in a value is the name of the user */
};

/* Of whoever calls from account A; of how a call comes; of a domain that deed_prepare made. */
extern const struct condition_key principal_keys[];
extern const struct condition_key connection_keys[];
extern const struct condition_key domain_keys[];

/* Appends a Condition to a statement, which holds when each key has its value; of the `wrong`-th
 * (none: -1) another value is asked. How many keys there are. */
int conditions_append_equal(struct text *out, const struct condition_key *const *lists,
                            const char *user, int wrong);

/* Appends a Condition that holds when no key of SWF's actions is there but those of the lists. */
void conditions_append_no_other(struct text *out, const struct condition_key *const *lists);

#endif
