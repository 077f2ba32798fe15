/*
 * canonical_request - a request in the one form over which Signature Version 4 is made.
 *
 *     POST
 *     /
 *     query, sorted
 *     host:swf.us-east-1.amazonaws.com
 *     x-amz-date:20130609T100015Z
 *
 *     host;x-amz-date
 *     the digest of the body
 *
 * Whatever a signer is free to choose (the order of headers, spaces between words) has one form
 * here; whatever it is not free to choose stands as it was received, so that no change of it goes
 * unnoticed.
 */
#ifndef AUTH_CANONICAL_REQUEST_H
#define AUTH_CANONICAL_REQUEST_H

#include "auth/signed_request.h"
#include "base/ensure.h"
#include "base/text.h"

/* Appends it to `out`. The headers are those of `signed_header_names`, in that order; one that was
 * not sent has no line. `signature_parameter` is left out of the query once (absent: nothing is).
 * False when there is no such form: more headers are named than were sent, more than 128
 * parameters, or more text than `out` takes. */
must_use bool canonical_request_append(struct text *out, const struct signed_request *request,
                                       struct bytes signed_header_names,
                                       struct bytes signature_parameter,
                                       struct bytes body_digest_hex);

#endif
