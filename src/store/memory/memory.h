/*
 * memory - a key-value world in memory, for tests and `--store memory`: durable as long as the
 * process.
 */
#ifndef STORE_MEMORY_MEMORY_H
#define STORE_MEMORY_MEMORY_H

#include "store/kv.h"

/* An empty one; closed through its functions. */
struct kv *kv_memory_new(void);

/* For tests: closing it leaves it as it is, for who opens it next, as a disk does; until that is
 * taken back. */
void kv_memory_keep(struct kv *kv, bool kept);

/* For tests: the n-th write from now on (1: the next) and all after it fail with `err`; 0 takes
 * that back. */
void kv_memory_fail_write(struct kv *kv, uint64_t nth, enum err err);

#endif
