/*
 * stamp - what every answer bears: a request id, and the date.
 *
 * One for each loop. An id is for reading logs side by side, not a secret: it comes from a
 * generator seeded once.
 */
#ifndef NET_STAMP_H
#define NET_STAMP_H

#include "base/random.h"
#include "service/world.h"

#define REQUEST_ID_LEN 36

struct stamp {
    const struct world *world;
    struct random_sequence ids;
    int64_t date_s; /* the second that `date` tells */
    char date[30];
};

void stamp_init(struct stamp *stamp, const struct world *world);

/* A new id in the form of a random UUID, NUL ended. */
void stamp_request_id(struct stamp *stamp, char id[REQUEST_ID_LEN + 1]);

/* The wall clock as HTTP writes it; lives until the next call. */
const char *stamp_date(struct stamp *stamp);

#endif
