/*
 * authorization - what a request says about who is calling: the Authorization header and its kin,
 * parsed.
 *
 * Absence and malformed headers are answered as the service does (API reference, "Common Errors";
 * Signature Version 4). The signature itself is not verified here.
 */
#ifndef AUTH_AUTHORIZATION_H
#define AUTH_AUTHORIZATION_H

#include "base/arena.h"
#include "model/fault.h"

enum signature_scheme { SIGNATURE_V4, SIGNATURE_AWS3 };

/* The request's headers as far as they matter here; absent where not sent. */
struct signed_headers {
    struct bytes authorization;      /* Authorization */
    struct bytes amzn_authorization; /* X-Amzn-Authorization (AWS3) */
    struct bytes amz_date;           /* X-Amz-Date */
    struct bytes date;               /* Date */
    struct bytes security_token;     /* X-Amz-Security-Token */
};

struct authorization {
    enum signature_scheme scheme;
    struct bytes access_key_id;
    struct bytes scope_date, scope_region; /* of SIGNATURE_V4 */
    struct bytes signed_header_names;      /* as sent, separated by ';' */
    struct bytes signature;                /* as sent */
};

/* NO_FAULT and *out (borrowed from `headers`), or FAULT_MISSING_AUTHENTICATION_TOKEN /
 * FAULT_INCOMPLETE_SIGNATURE with its text in `arena`. */
struct fault authorization_parse(const struct signed_headers *headers, struct arena *arena,
                                 struct authorization *out);

#endif
