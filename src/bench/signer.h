/*
 * signer - writes whole HTTP requests to SWF, signed with Signature Version 4.
 *
 * The key of the day and everything that all requests share is made once. Without credentials the
 * Authorization header names a key but signs nothing, which a server without identities takes.
 * Belongs to one thread.
 */
#ifndef BENCH_SIGNER_H
#define BENCH_SIGNER_H

#include "base/instant.h"
#include "base/text.h"
#include "model/operation.h"

struct signer;

struct signer_config {
    const char *host; /* the Host header */
    const char *region;
    const char *access_key_id; /* empty: unsigned */
    const char *secret_access_key;
    const char *session_token; /* of temporary credentials; NULL or empty: none */
};

/* Copies what it needs. */
struct signer *signer_new(const struct signer_config *config);
void signer_free(struct signer *signer);

/* Appends the request to `out`; `now` is the wall clock. */
void signer_append(struct signer *signer, enum operation operation, struct bytes body,
                   struct instant now, struct text *out);

#endif
