/*
 * shape - the tables that describe every request, reply, decision and event attribute structure of
 * the service.
 *
 * One mechanism reads JSON into the structs of model/shapes.h, checks it and writes it out again,
 * led by these tables; the tables themselves are generated (wire/shapes.c) from the service's own
 * model. Nothing here is specific to one operation.
 */
#ifndef WIRE_SHAPE_H
#define WIRE_SHAPE_H

#include "model/operation.h"
#include "model/shapes.h"
#include <stdint.h>

/* How a member lies in its struct. Absent is a NULL pointer (bytes.ptr, items, struct pointer), 0
 * for numbers, false for booleans. */
enum kind {
    KIND_STRING, /* struct bytes */
    KIND_ENUM, /* an enum of model/shapes.h: 0 absent, ENUM_UNKNOWN a word that it does not have */
    KIND_INTEGER,      /* int32_t */
    KIND_LONG,         /* int64_t */
    KIND_BOOLEAN,      /* bool */
    KIND_TIMESTAMP,    /* struct instant, 0 absent */
    KIND_TIMESTAMP_AT, /* const struct instant *, where 1970 must differ from absent */
    KIND_STRUCT,       /* const struct X * */
    KIND_STRING_LIST,  /* struct bytes_list */
    KIND_STRUCT_LIST,  /* struct X_list { const struct X *items; size_t count; } */
    KIND_RAW,          /* struct bytes: the JSON text of a value, written as it is; never read */
};

#define ENUM_UNKNOWN (-1)

/* What the service checks beyond the model's own constraints. */
enum rule {
    RULE_NONE,
    RULE_NAME,              /* no ':' '/' '|' or control characters, not "arn" */
    RULE_NAME_TRIMMED,      /* as RULE_NAME, and no white space at its ends */
    RULE_FREE_NAME,         /* as RULE_NAME, but ':' '/' '|' may be in it */
    RULE_TASK_LIST_TRIMMED, /* a TaskList structure whose name is a RULE_NAME_TRIMMED */
    RULE_SECONDS,           /* decimal digits */
    RULE_DURATION,          /* decimal digits, within limits.execution_seconds */
    RULE_DURATION_OR_NONE,  /* RULE_DURATION or "NONE" */
    RULE_LAMBDA_TIMEOUT,    /* 1 to 900, or "NONE" */
    RULE_PRIORITY,          /* a 32-bit signed integer */
    RULE_RETENTION_DAYS,    /* decimal digits within limits.retention_days, or "NONE" */
    RULE_TAG_TEXT,          /* the characters that a resource tag may have */
};

struct enumeration {
    const char *const *names; /* names[0] is NULL: absent; then 1..count */
    int count;
    const char *printed; /* "A, B, C": the order in which the service lists them in an error */
};

struct member {
    const char *name;                      /* on the wire */
    const struct shape *shape;             /* of KIND_STRUCT and KIND_STRUCT_LIST */
    const struct enumeration *enumeration; /* of KIND_ENUM */
    uint16_t offset;
    uint8_t kind; /* enum kind */
    uint8_t rule; /* enum rule */
    uint8_t name_length;
    bool required;
    bool written_when_zero;
    int32_t min, max;           /* length in characters, count of a list, or value; max -1: none */
    int32_t item_min, item_max; /* of the strings in a KIND_STRING_LIST */
};

struct shape {
    const char *name; /* in the model */
    uint32_t size;    /* of the struct */
    uint16_t count;
    const struct member *members;  /* in the model's order */
    const uint8_t *alphabetically; /* indexes of members, in the order in which they are written */
};

struct operation_shapes {
    const char *name;
    const struct shape *input;
    const struct shape *output; /* NULL: the answer has an empty body */
};

/* Indexed by enum operation. */
extern const struct operation_shapes operation_shapes[OPERATION_COUNT];

struct event_shape {
    const char *type;   /* "TimerFired" */
    const char *member; /* "timerFiredEventAttributes" */
    uint8_t type_length, member_length;
    const struct shape *attributes;
};

/* Indexed by enum event_type; [0] is empty. */
extern const struct event_shape event_shapes[EVENT_TYPE_COUNT + 1];

/* The attribute structure of each decision, as its member in struct decision: indexed by enum
 * decision_type; [0] is NULL. */
extern const struct member *const decision_members[DECISION_TYPE_COUNT + 1];

extern const struct shape shape_decision;

/* Shapes that this program stores by themselves (the registry's records). */
extern const struct shape shape_domain_detail, shape_workflow_type_detail,
    shape_activity_type_detail, shape_resource_tag;
extern const struct shape shape_workflow_execution_detail, shape_workflow_execution_info;

#endif
