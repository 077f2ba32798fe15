/*
 * credential - a pair of keys with which requests are signed, and whose it is.
 *
 * Kept by somebody else, who finds it by its id. Nothing here has a form for printing.
 */
#ifndef AUTH_CREDENTIAL_H
#define AUTH_CREDENTIAL_H

#include "base/bytes.h"
#include "base/instant.h"

struct credential {
    struct bytes access_key_id;
    struct bytes secret;
    bool is_active;
    struct bytes session_token; /* must come with every request; absent: none may */
    struct instant expires;     /* INSTANT_NEVER where it does not; one that is forgotten has */
    const void *owner;          /* for whoever keeps it */
};

/* Where credentials are found. What `find` returns lives at least as long as the request that asks;
 * NULL when there is none of this id. */
struct credential_source {
    const struct credential *(*find)(void *context, struct bytes access_key_id);
    void *context;
};

#endif
