/*
 * authority - what a call may do that a principal of the identities makes: the answers to the
 * service's questions (model/access.h), by the principal's policies.
 */
#ifndef AUTH_AUTHORITY_H
#define AUTH_AUTHORITY_H

#include "auth/identities.h"
#include "model/access.h"

/* How the call came. Absent texts are condition keys that are not there. */
struct circumstances {
    struct bytes region; /* of the server; lives as long as the process */
    struct bytes source_ip;
    struct bytes user_agent;
    bool secure_transport;
};

/* An authority in `arena`, which must live until its release; takes a reference to the identities.
 * The texts of `circumstances` are copied. */
struct authority *authority_new(struct arena *arena, struct identities *identities,
                                const struct principal *principal,
                                const struct circumstances *circumstances);

/* All that a policy sees of a principal who calls like that. */
struct caller authority_caller(const struct principal *principal,
                               const struct circumstances *circumstances, struct instant now);

#endif
