/*
 * stored - a store for a scenario: in memory, where it outlives its closing, or on RocksDB in a
 * folder of its own.
 */
#ifndef TESTS_SCENARIO_STORED_H
#define TESTS_SCENARIO_STORED_H

#include "store/kv.h"
#include "store/store.h"

enum stored_kind { STORED_IN_MEMORY, STORED_ON_ROCKS };

struct stored {
    enum stored_kind kind;
    char folder[64];     /* of RocksDB */
    struct kv *kv;       /* of memory; of RocksDB while it is open */
    struct store *store; /* while open */
};

/* An empty one, closed. */
void stored_init(struct stored *stored, enum stored_kind kind);
/* Opens the store, as new or with what it was closed with. Stops the test when it cannot. */
void stored_open(struct stored *stored);
/* What it leaves behind must be sound, before its orderly end and after it. */
void stored_close(struct stored *stored);
void stored_deinit(struct stored *stored);

#endif
