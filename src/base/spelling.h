/*
 * spelling - how far a misspelt name is from a right one, for "did you mean ...?".
 */
#ifndef BASE_SPELLING_H
#define BASE_SPELLING_H

#include "base/bytes.h"

/* From this distance on it is no slip of the finger. */
#define SPELLING_FAR 3

/* How many letters must be changed, put in or left out to make `b` of `a` (Levenshtein); the case
 * of ASCII letters does not count. At least SPELLING_FAR for names of more than 64 bytes. */
size_t spelling_distance(struct bytes a, struct bytes b);

/* Which of `names` is nearest to `name` and not far; `count` when none is. The first of several. */
size_t spelling_nearest(struct bytes name, const char *const *names, size_t count);

#endif
