/*
 * hash - keyed hashing, so that nobody outside can choose collisions.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/bytes.h"
#include <stdint.h>

/* Sets the key of all hashes of the process; once, at start, before the first map is filled.
 * Without it the key is zero, which is what tests want. */
void hash_set_key(const uint8_t key[16]);

/* SipHash-1-3 of `b` under the process key. */
uint64_t hash_bytes(struct bytes b);

/* A keyed mix of an integer. */
uint64_t hash_u64(uint64_t value);

/* `hash` combined with a further value; order matters. */
uint64_t hash_combine(uint64_t hash, uint64_t value);

#endif
