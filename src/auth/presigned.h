/*
 * presigned - a signature that stands in the query of the URL instead of in a header:
 * X-Amz-Algorithm and its kin.
 */
#ifndef AUTH_PRESIGNED_H
#define AUTH_PRESIGNED_H

#include "auth/authorization.h"

/* The parameter that holds the signature and is therefore not signed. */
#define PRESIGNED_SIGNATURE "X-Amz-Signature"

/* Does the query say so? */
bool presigned_is(struct bytes query, struct arena *arena);

/* As authorization_read. */
struct fault presigned_read(struct bytes query, struct arena *arena, struct authorization *out);

#endif
