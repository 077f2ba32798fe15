/*
 * condition - one line of a statement's Condition: an operator, a key, and the values to compare
 * with.
 *
 * A condition holds when one of its values matches a value of the key; one with a negated operator
 * holds when none does. Without the key the former is false and the latter true; ...IfExists is
 * true, Null tells. ForAllValues: asks it of each value of the key, and is true when there is none;
 * ForAnyValue: asks that at least one value of the key stands the test, and is false when there is
 * none.
 *
 * Values are read when the policy is, and what no request could match (a number that is none, a
 * date, a range of addresses) is refused then. A request's value of the wrong kind matches nothing,
 * so a negated operator holds for it.
 */
#ifndef AUTH_CONDITION_H
#define AUTH_CONDITION_H

#include "auth/context.h"
#include "auth/decimal.h"
#include "auth/ip_range.h"
#include "auth/pattern.h"
#include "base/ensure.h"
#include "base/instant.h"

/* Each has a row in the table of condition.c. */
enum condition_operator {
    STRING_EQUALS,
    STRING_NOT_EQUALS,
    STRING_EQUALS_IGNORE_CASE,
    STRING_NOT_EQUALS_IGNORE_CASE,
    STRING_LIKE,
    STRING_NOT_LIKE,
    ARN_EQUALS,
    ARN_LIKE,
    ARN_NOT_EQUALS,
    ARN_NOT_LIKE,
    BOOL,
    NULL_CHECK,
    NUMERIC_EQUALS,
    NUMERIC_NOT_EQUALS,
    NUMERIC_LESS_THAN,
    NUMERIC_LESS_THAN_EQUALS,
    NUMERIC_GREATER_THAN,
    NUMERIC_GREATER_THAN_EQUALS,
    DATE_EQUALS,
    DATE_NOT_EQUALS,
    DATE_LESS_THAN,
    DATE_LESS_THAN_EQUALS,
    DATE_GREATER_THAN,
    DATE_GREATER_THAN_EQUALS,
    IP_ADDRESS,
    NOT_IP_ADDRESS,
    BINARY_EQUALS,
    CONDITION_OPERATOR_COUNT,
};

/* Its name as it is written: "StringEquals". Static. */
const char *condition_operator_name(enum condition_operator operator);

enum condition_quantifier { QUANTIFIER_NONE, FOR_ALL_VALUES, FOR_ANY_VALUE };

/* The name of an operator, taken apart: "ForAllValues:StringLikeIfExists". */
struct condition_test {
    enum condition_operator operator;
    enum condition_quantifier quantifier;
    bool if_exists;
};

/* Which member counts is the operator's affair. */
union condition_value {
    struct pattern pattern; /* String*, Arn*, Bool */
    struct decimal decimal; /* Numeric* */
    struct instant instant; /* Date* */
    struct ip_range range;  /* IpAddress, NotIpAddress */
    struct bytes binary;    /* BinaryEquals, decoded */
    bool truth;             /* Null */
};

struct condition {
    struct condition_test test;
    struct bytes key;
    const union condition_value *values;
    size_t count;
};

/* Reads the name of an operator with its prefix and suffix; false when there is no such. */
must_use bool condition_test_parse(struct bytes name, struct condition_test *out);

/* Reads one value as `test` needs it. False with a reason in *problem (static text) when it is no
 * such. What `text` holds must live as long as the arena. */
must_use bool condition_value_parse(struct arena *arena, struct bytes text,
                                    const struct condition_test *test, bool variables,
                                    union condition_value *out, const char **problem);

/* Does it hold? Allocates nothing. */
bool condition_holds(const struct condition *condition, const struct context *context);

#endif
