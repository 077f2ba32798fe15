/*
 * reader - what comes from the disk is read outside the turn: history pages, closed runs, tasks'
 * inputs.
 *
 * A read begins after the commit of the turn that asked for it, sees what was committed, and
 * answers its call by itself. Readers share nothing with the turn but the store. Long reads have
 * threads of their own, so that no short one waits behind a page of a thousand.
 */
#ifndef SERVICE_READER_H
#define SERVICE_READER_H

#include "base/mailbox.h"
#include "service/call.h"
#include "service/token.h"
#include "store/store.h"
#include "wire/json.h"

/* What a reader works with; one for each thread. */
struct reader {
    struct store *store;
    struct json_reader *json;
    struct token_sealer *sealer;
    uint32_t page_token_seconds;
};

struct read_job;
/* Fills the call's answer. */
typedef void read_fn(struct reader *reader, struct read_job *job);

/* Lies in the call's arena, at the head of whatever more the read needs. */
struct read_job {
    struct mail mail;
    struct call *call;
    read_fn *read;
    bool is_long;       /* it may read, or write, more than some hundred of anything */
    struct instant now; /* the time of the turn that asked */
};

struct reader_pool;

/* So many threads for long reads, and as many for the others. `threads` may be 0: then
 * reader_pool_post reads at once. */
struct reader_pool *reader_pool_new(struct store *store, const uint8_t key[SERVER_KEY_BYTES],
                                    int threads, uint32_t page_token_seconds);
/* Waits until every job is done and every answer given, and ends the threads; from then on
 * reader_pool_post reads at once. */
void reader_pool_stop(struct reader_pool *pool);
/* Stops it, and gives its memory back. */
void reader_pool_free(struct reader_pool *pool);
/* Any reader takes it; the call is answered when it is done. */
void reader_pool_post(struct reader_pool *pool, struct read_job *job);

#endif
