/*
 * authorization - what a request says about who is calling: the Authorization header and its kin,
 * taken apart.
 *
 * Absence and malformed headers are answered as the service does (API reference, "Common Errors";
 * Signature Version 4). Whether the signature is right: signature.h.
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

/* Borrowed from the request, or from the arena that it was taken apart with. */
struct authorization {
    enum signature_scheme scheme;
    bool is_in_query;           /* a presigned URL: everything is a parameter of the query */
    struct bytes algorithm;     /* "AWS4-HMAC-SHA256"; of AWS3 "HmacSHA256" */
    struct bytes credential;    /* of SIGNATURE_V4: key, date, region, service, terminator */
    struct bytes access_key_id; /* this and the scope are parts of the credential */
    struct bytes scope_date, scope_region, scope_service, scope_terminator;
    struct bytes signed_header_names; /* as sent, separated by ';' */
    struct bytes signature;           /* as sent */
    struct bytes date;                /* as sent */
    bool date_is_amz;                 /* the date is X-Amz-Date, not Date */
    struct bytes expires;             /* only in a query: how many seconds it is good for */
    struct bytes security_token;      /* absent: none */
};

/* NO_FAULT and *out, of which the parts of the credential are still missing; or
 * FAULT_MISSING_AUTHENTICATION_TOKEN / FAULT_INCOMPLETE_SIGNATURE with its text in `arena`, when a
 * part is not there. */
struct fault authorization_read(const struct signed_headers *headers, struct arena *arena,
                                struct authorization *out);

/* Is it the algorithm of the scheme? FAULT_INCOMPLETE_SIGNATURE when not. */
struct fault authorization_check_algorithm(const struct authorization *authorization,
                                           struct arena *arena);

/* Cuts the credential of SIGNATURE_V4 into its parts; FAULT_INCOMPLETE_SIGNATURE when there are not
 * five. */
struct fault authorization_split_credential(struct authorization *authorization,
                                            struct arena *arena);

/* Both of these, where they apply, for a server that believes what it is told. */
struct fault authorization_complete(struct authorization *authorization, struct arena *arena);

#endif
