/*
 * made_up - fills a store on RocksDB with runs that a seed makes up, through the contract alone.
 *
 * Starts come a second apart. Most runs live up to a minute, one in a hundred up to a day, so the
 * order of close is not the order of start. What can be listed is shared out so that some lists
 * hold nearly all runs and some next to none.
 */
#ifndef BENCH_MADE_UP_H
#define BENCH_MADE_UP_H

#include "store/store.h"

#define MADE_UP_ACCOUNT 111122223333
#define MADE_UP_DOMAIN 1
/* Every run expires so long after its close. */
#define MADE_UP_RETENTION_MS ((int64_t)30 * 24 * 3600 * 1000)

/* One in as many runs has it. */
#define THIN_TAG_EVERY 100
#define RARE_TAG_EVERY 100000
#define RARE_TYPE_EVERY 10000
#define BUSY_WORKFLOW_EVERY 10

struct made_up_run {
    struct instant started;
    struct instant closed;
};

struct made_up {
    struct made_up_run *runs; /* by run number - 1 */
    uint64_t count;
    struct instant first_start, last_start, first_close, last_close;
};

/* Opens the store in `path`, recovered with nobody looking; the process ends when that fails. */
struct store *made_up_open(const char *path);

/* Fills an empty store with `count` runs, and closes them all unless `stay_open`. */
void made_up_fill(struct made_up *made_up, struct store *store, uint64_t count, bool stay_open);
void made_up_free(struct made_up *made_up);

#endif
