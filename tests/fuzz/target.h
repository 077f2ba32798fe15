/*
 * target - one way in for bytes that nobody has looked at yet.
 *
 * A target reads any bytes whatever and must neither crash nor break its own promises: those it
 * checks with `ensure`. It keeps nothing from one input to the next that could change what the next
 * one does. Arenas end with the call, so that a sanitizer sees what outlives it.
 */
#ifndef TESTS_FUZZ_TARGET_H
#define TESTS_FUZZ_TARGET_H

#include "base/bytes.h"
#include "base/ensure.h"
#include <stdint.h>

struct target {
    const char *name; /* of its folder in tests/fuzz/corpus */
    void (*run)(struct bytes input);
};

extern const struct target target_http, target_json, target_operation, target_signature,
    target_policy, target_identities, target_token, target_record, target_store, target_history;

/* All of them; the last one is NULL. */
extern const struct target *const targets[];

/* NULL when there is none. */
const struct target *target_find(const char *name);

/* ---- for targets: the input from its front */

/* Takes one byte; 0 when there is none. */
uint8_t take_u8(struct bytes *input);
uint64_t take_u64(struct bytes *input);
/* Takes what is there up to `end`, and `end` itself; all of it when there is no `end`. */
struct bytes take_until(struct bytes *input, char end);
/* Takes so many bytes, or what there is. */
struct bytes take_bytes(struct bytes *input, size_t count);

/* A copy on the heap, which ends where its bytes do; for who reads behind them. Give it back with
 * memory_free. */
char *exact_copy(struct bytes input);

#endif
