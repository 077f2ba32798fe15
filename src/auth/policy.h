/*
 * policy - a document of the IAM policy language, read and ready to be asked.
 *
 * The identity policies of Amazon IAM: Version, Id and Statement; in a statement Sid, Effect,
 * Action or NotAction, Resource or NotResource, and Condition. Whatever is wrong is refused when it
 * is read, with its place: a policy that says less than its author meant is worse than none. So
 * there is no Principal, no empty list, no element twice, no operator that nobody knows, no number
 * where a date belongs.
 *
 * A policy owns its memory and is immutable; any number of threads may read it.
 */
#ifndef AUTH_POLICY_H
#define AUTH_POLICY_H

#include "auth/condition.h"
#include "auth/pattern.h"
#include "base/text.h"
#include "wire/json.h"

/* The longest document that is read. */
#define POLICY_BYTES_MAX ((size_t)64 << 10)

enum policy_effect { EFFECT_ALLOW, EFFECT_DENY };

/* A list of patterns; `negated` for NotAction and NotResource: matches what none of them does. */
struct policy_match {
    bool negated;
    const struct pattern *patterns;
    size_t count;
};

struct policy_statement {
    struct bytes sid; /* absent when it has none */
    enum policy_effect effect;
    struct policy_match action, resource;
    const struct condition *conditions; /* all must hold */
    size_t condition_count;
};

struct policy {
    struct bytes id; /* absent when it has none */
    bool variables;  /* Version 2012-10-17: ${...} are variables */
    bool has_keys;   /* looks at condition keys: has a condition, or a variable in a resource */
    const struct policy_statement *statements;
    size_t statement_count;
    struct arena arena; /* all of the above, and a copy of its texts */
};

/* Reads a document. NULL when it is refused; then one line is appended to `error`, without a
 * newline: "Statement[2].Condition.StringEqual: unknown operator; did you mean 'StringEquals'?". */
must_use struct policy *policy_parse(struct json_reader *reader, struct bytes text,
                                     struct text *error);

/* Gives it back; NULL is fine. */
void policy_free(struct policy *policy);

#endif
