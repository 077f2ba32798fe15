/*
 * fault - what the service answers when the caller asked wrongly, as data.
 *
 * A fault is a value that a deciding function returns. The table says how each looks on the wire
 * (API reference, "Common Errors" and the Errors section of every operation); wire/encode.h
 * writes the body.
 */
#ifndef MODEL_FAULT_H
#define MODEL_FAULT_H

#include "base/bytes.h"

enum fault_code {
    FAULT_NONE, /* no fault */
    /* of SWF's own model */
    FAULT_DEFAULT_UNDEFINED,
    FAULT_DOMAIN_ALREADY_EXISTS,
    FAULT_DOMAIN_DEPRECATED,
    FAULT_LIMIT_EXCEEDED,
    FAULT_OPERATION_NOT_PERMITTED,
    FAULT_TOO_MANY_TAGS,
    FAULT_TYPE_ALREADY_EXISTS,
    FAULT_TYPE_DEPRECATED,
    FAULT_TYPE_NOT_DEPRECATED,
    FAULT_UNKNOWN_RESOURCE,
    FAULT_WORKFLOW_EXECUTION_ALREADY_STARTED,
    /* of the front end */
    FAULT_VALIDATION,
    FAULT_SERIALIZATION,
    FAULT_UNKNOWN_OPERATION,
    FAULT_MISSING_AUTHENTICATION_TOKEN,
    FAULT_INCOMPLETE_SIGNATURE,
    FAULT_INVALID_SIGNATURE,
    FAULT_UNRECOGNIZED_CLIENT,
    FAULT_EXPIRED_TOKEN,
    FAULT_ACCESS_DENIED,
    FAULT_THROTTLING,
    FAULT_INTERNAL_FAILURE,
    FAULT_SERVICE_UNAVAILABLE,
    FAULT_COUNT,
};

struct fault {
    enum fault_code code;
    struct bytes message; /* absent: the body has no text member */
};

/* How a fault looks on the wire. */
struct fault_kind {
    const char *type;        /* value of "__type" */
    const char *name;        /* the part after '#' */
    const char *text_member; /* "message" or "Message" */
    int http_status;
};

/* Indexed by enum fault_code; [FAULT_NONE] is empty. */
extern const struct fault_kind fault_kinds[FAULT_COUNT];

#define NO_FAULT ((struct fault){ .code = FAULT_NONE })

static inline bool fault_is_none(struct fault fault)
{
    return fault.code == FAULT_NONE;
}

static inline struct fault fault_of(enum fault_code code, struct bytes message)
{
    return (struct fault){ .code = code, .message = message };
}

#endif
