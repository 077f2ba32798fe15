#include "model/fault.h"

/* The status is 400 also where others would say 403 (Q-AUTHCODE) or 404 (Q-UNKOP). */
#define MODELLED(fault)                                              \
    {                                                                \
        "com.amazonaws.swf.base.model#" fault, fault, "message", 400 \
    }

const struct fault_kind fault_kinds[FAULT_COUNT] = {
    [FAULT_DEFAULT_UNDEFINED] = MODELLED("DefaultUndefinedFault"),
    [FAULT_DOMAIN_ALREADY_EXISTS] = MODELLED("DomainAlreadyExistsFault"),
    [FAULT_DOMAIN_DEPRECATED] = MODELLED("DomainDeprecatedFault"),
    [FAULT_LIMIT_EXCEEDED] = MODELLED("LimitExceededFault"),
    [FAULT_OPERATION_NOT_PERMITTED] = MODELLED("OperationNotPermittedFault"),
    [FAULT_TOO_MANY_TAGS] = MODELLED("TooManyTagsFault"),
    [FAULT_TYPE_ALREADY_EXISTS] = MODELLED("TypeAlreadyExistsFault"),
    [FAULT_TYPE_DEPRECATED] = MODELLED("TypeDeprecatedFault"),
    [FAULT_TYPE_NOT_DEPRECATED] = MODELLED("TypeNotDeprecatedFault"),
    [FAULT_UNKNOWN_RESOURCE] = MODELLED("UnknownResourceFault"),
    [FAULT_WORKFLOW_EXECUTION_ALREADY_STARTED] = MODELLED("WorkflowExecutionAlreadyStartedFault"),
    [FAULT_VALIDATION] = { "com.amazon.coral.validate#ValidationException", "ValidationException",
                           "message", 400 },
    [FAULT_SERIALIZATION] = { "com.amazon.coral.service#SerializationException",
                              "SerializationException", "Message", 400 },
    [FAULT_UNKNOWN_OPERATION] = { "com.amazon.coral.service#UnknownOperationException",
                                  "UnknownOperationException", "message", 400 },
    [FAULT_MISSING_AUTHENTICATION_TOKEN] = { "com.amazon.coral.service#MissingAuthenticationTokenException",
                                             "MissingAuthenticationTokenException", "message",
                                             400 },
    [FAULT_INCOMPLETE_SIGNATURE] = { "com.amazon.coral.service#IncompleteSignatureException",
                                     "IncompleteSignatureException", "message", 400 },
    [FAULT_INVALID_SIGNATURE] = { "com.amazon.coral.service#InvalidSignatureException",
                                  "InvalidSignatureException", "message", 400 },
    [FAULT_UNRECOGNIZED_CLIENT] = { "com.amazon.coral.service#UnrecognizedClientException",
                                    "UnrecognizedClientException", "message", 400 },
    [FAULT_EXPIRED_TOKEN] = { "com.amazon.coral.service#ExpiredTokenException",
                              "ExpiredTokenException", "message", 400 },
    [FAULT_ACCESS_DENIED] = { "com.amazon.coral.service#AccessDeniedException",
                              "AccessDeniedException", "Message", 400 },
    [FAULT_THROTTLING] = { "com.amazon.coral.availability#ThrottlingException",
                           "ThrottlingException", "message", 400 },
    [FAULT_INTERNAL_FAILURE] = { "com.amazon.coral.service#InternalFailure", "InternalFailure",
                                 "message", 500 },
    [FAULT_SERVICE_UNAVAILABLE] = { "com.amazon.coral.service#ServiceUnavailableException",
                                    "ServiceUnavailableException", "message", 503 },
};
