/*
 * aws3 - the signature of the first clients: X-Amzn-Authorization: AWS3 (Developer Guide, "HMAC").
 *
 * The keyed digest of a digest of the method, the path, some headers and the body.
 */
#ifndef AUTH_AWS3_H
#define AUTH_AWS3_H

#include "auth/authorization.h"
#include "auth/hasher.h"
#include "auth/signed_request.h"

/* Is this header signed? Without a list it is Host and all whose names begin with "X-Amz-". */
bool aws3_signs(const struct authorization *authorization, struct bytes header_name);

/* Is the signature the one that this secret makes? Takes the same time for every secret. */
bool aws3_is_right(const struct authorization *authorization, const struct signed_request *request,
                   struct bytes secret, struct hasher *hasher, struct arena *arena);

#endif
