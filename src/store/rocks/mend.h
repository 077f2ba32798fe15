/*
 * mend - what is wrong with the files of a database that nobody uses, and what can be done about it
 * without knowing what they mean.
 *
 *   CURRENT                              written anew: it names the newest MANIFEST
 *   MANIFEST, or its end                 made anew from the tables and logs that are there, which
 *                                        are merged (rocks/relist.h)
 *   a log, but for its very end          cut where the damage begins: back to an earlier turn
 *   a table of histories or closed runs  what can be read of it is written anew
 *   a table of the state, or its twin    what is kept twice is taken from the other family, all of
 *                                        it; of the rest of the state nothing is left
 *
 * After a log was cut, or was missing, tokens get a new key (store/server_key.h).
 *
 * What is taken away lies in the folder "lost" afterwards. A repair that is stopped is gone on with
 * by the next one, and until then no server opens the database (rocks/journal.h).
 */
#ifndef STORE_ROCKS_MEND_H
#define STORE_ROCKS_MEND_H

#include "store/patient_walk.h"

struct mend_options {
    bool repair;
    const uint8_t *fresh_key; /* SERVER_KEY_BYTES, for a repair that has to renew the key */
    bool renew_key;           /* which it then does whatever it finds */
    /* Once for each thing that is wrong. */
    void (*found)(void *context, bool can_be_mended, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
    /* Of a table of this space keys may be lost, all of them between these two. */
    void (*lost)(void *context, enum kv_space space, struct bytes from, struct bytes to);
    void *context;
};

/* OK when the database can be opened afterwards; ERR_CORRUPT when it cannot, and that was said;
 * ERR_BUSY when a process writes to it, or repairs it. Until it returns no server can begin to. */
must_use enum err mend_files(const char *path, const struct mend_options *options);

#endif
