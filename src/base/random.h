/*
 * random - bytes from the operating system, and a seeded generator for worlds that must run the
 * same twice.
 */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* Fills `out` with `len` bytes fit for keys; stops the process if the system has none. */
void random_system(void *out, size_t len);

/* A repeatable sequence (splitmix64); never for keys of a real server. */
struct random_sequence {
    uint64_t state;
};
uint64_t random_next(struct random_sequence *sequence);
/* A value in 0..bound-1, bound > 0. */
uint64_t random_below(struct random_sequence *sequence, uint64_t bound);
void random_fill(struct random_sequence *sequence, void *out, size_t len);

#endif
