/*
 * signed_request - a request as it was received: what a signature is over.
 *
 * Plain data, borrowed from whoever read it. It promises what HTTP does: names are tokens, values
 * hold no line break; both are as sent, in the order of their arrival. Blanks around a value may be
 * there or not.
 */
#ifndef AUTH_SIGNED_REQUEST_H
#define AUTH_SIGNED_REQUEST_H

#include "base/bytes.h"

struct header {
    struct bytes name, value;
};

struct signed_request {
    struct bytes method; /* "POST" */
    struct bytes path;   /* "/" */
    struct bytes query;  /* what follows the question mark; absent or empty when there is none */
    const struct header *headers;
    size_t header_count;
    struct bytes body;
};

/* Is it the same header, whatever the case of its letters? */
bool header_is(const struct header *header, struct bytes name);

/* Its value without blanks around it. */
struct bytes header_value(const struct header *header);

/* That of the first header of this name; absent when there is none. */
struct bytes signed_request_header(const struct signed_request *request, struct bytes name);

#endif
