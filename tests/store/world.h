/*
 * world - a store under test, over memory or RocksDB, that can be closed, crashed and opened again.
 */
#ifndef TESTS_STORE_WORLD_H
#define TESTS_STORE_WORLD_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "store/kv.h"
#include "store/layout.h"
#include "store/memory/memory.h"
#include "store/rocks/rocks.h"
#include "store/store.h"
#include <stdio.h>

enum world_kind { WORLD_MEMORY, WORLD_ROCKS };

struct world {
    enum world_kind kind;
    char folder[64];               /* of RocksDB */
    struct kv *kv;                 /* of memory: stays while the store comes and goes */
    struct kv_functions functions; /* memory's: a test may put others there */
    struct store *store;           /* NULL while closed */
};

extern const uint8_t fresh_key[SERVER_KEY_BYTES];

/* An empty world, closed. */
void world_init(struct world *world, enum world_kind kind);
void world_deinit(struct world *world);

/* Opens the store; world_open_recovered also recovers it, with nobody looking. */
enum err world_open(struct world *world);
void world_open_recovered(struct world *world);
void world_close(struct world *world);
/* Ends a store over memory as kill -9 would: nothing more is written. */
void world_crash(struct world *world);

/* store_commit, waited for. */
enum err commit_now(struct store *store, const struct commit *commit);

/* A recovery that looks at nothing. */
extern const struct recovery recovery_blind;

/* Between these two, stderr goes to a file; what was written is given back as a C string until the
 * next call. Pairs may lie in each other. */
void quiet_begin(void);
const char *quiet_end(void);
/* The teardown of a test that is quiet: when it failed halfway, stderr comes back and what was held
 * back is shown. */
int quiet_stop(void **state);

#define assert_ok(x) assert_int_equal((x), OK)
#define assert_bytes(a, b) assert_bytes_at((a), (b), __FILE__, __LINE__)
void assert_bytes_at(struct bytes a, struct bytes b, const char *file, int line);

#endif
