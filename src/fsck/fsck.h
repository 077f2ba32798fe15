/*
 * fsck - is a store what it ought to be? Looks at every key and every value, offline.
 *
 * Checked are: every checksum and every form; each history, whole and obeying the rules of SWF;
 * each summary against its history; the rows of lists, names and expiry against the summaries, both
 * ways; idle rows against the histories; the turn records against the histories, and the open rows
 * against both; heartbeats against the activities they are of; the registry and the messages; and
 * what is kept twice against its second copy.
 *
 * With `repair` it writes anew what follows from what is sound: summaries, rows, open rows, idle
 * rows, names that the summary has too; makes one copy like the other, of what is kept twice; and
 * removes rows and heartbeats of nothing. Events follow from nothing, and neither do registry,
 * messages, the server's key and turn records once both copies are damaged: it says so and changes
 * nothing. When the database cannot be read to its end it repairs nothing at all.
 *
 * Memory: one run at a time, and 48 bytes for each run. Nobody else may use the store meanwhile.
 */
#ifndef FSCK_FSCK_H
#define FSCK_FSCK_H

#include "store/kv.h"

/* What there is, and what was found. */
struct fsck_sum {
    uint64_t runs, open_runs, events, rows;
    uint64_t turns, registry, messages, heartbeats, idle_rows;
    uint64_t found;    /* things that are not as they ought to be */
    uint64_t mendable; /* of these, what repair can write anew */
    uint64_t mended;   /* of these, what it did */
    bool was_opened;   /* the database could be: what it holds was looked at */
};

/* Called with one line, without newline, for each thing found; borrowed for the call. */
typedef void fsck_say_fn(void *context, struct bytes line);

/* Keys that may have been there and are lost: a table that held them is. */
struct fsck_lost_keys {
    enum kv_space space;
    struct bytes from, to; /* both may be lost themselves */
};
struct fsck_lost {
    struct fsck_lost_keys *items;
    size_t count;
};

struct fsck_options {
    bool repair; /* needs a `kv` that can be written */
    fsck_say_fn *say;
    void *context;
    const struct fsck_lost *lost; /* NULL: nothing */
    /* For fsck_folder: SERVER_KEY_BYTES, for a repair that goes back to an earlier turn
     * (store/server_key.h); and whether it is wanted whatever is found. */
    const uint8_t *fresh_key;
    bool renew_key;
};

/* Adds to *sum, which begins zeroed. OK when everything was looked at, whatever was found;
 * ERR_NEWER when the store has a format of a newer version, and nothing was looked at; else why a
 * repair could not be done. */
must_use enum err fsck(struct kv *kv, const struct fsck_options *options, struct fsck_sum *sum);

#endif
