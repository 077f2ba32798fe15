#include "auth/condition.h"

#include "base/date.h"
#include "base/base64.h"

enum value_kind {
    VALUE_PATTERN,
    VALUE_ARN,
    VALUE_BOOL,
    VALUE_NULL,
    VALUE_NUMERIC,
    VALUE_DATE,
    VALUE_ADDRESS,
    VALUE_BINARY,
};

/* Which results of comparing the request's value with the policy's are a match. */
#define LESS 1
#define EQUAL 2
#define GREATER 4

struct operator_rule {
    const char *name; /* as it is written */
    enum value_kind kind;
    bool negated; /* holds when no value matches */
    bool wildcards, ignore_case;
    int matching; /* of numbers and dates */
};

/* clang-format off */
static const struct operator_rule rules[CONDITION_OPERATOR_COUNT] = {
    [STRING_EQUALS]                 = { "StringEquals",               VALUE_PATTERN },
    [STRING_NOT_EQUALS]             = { "StringNotEquals",            VALUE_PATTERN, .negated = true },
    [STRING_EQUALS_IGNORE_CASE]     = { "StringEqualsIgnoreCase",     VALUE_PATTERN, .ignore_case = true },
    [STRING_NOT_EQUALS_IGNORE_CASE] = { "StringNotEqualsIgnoreCase",  VALUE_PATTERN, .ignore_case = true, .negated = true },
    [STRING_LIKE]                   = { "StringLike",                 VALUE_PATTERN, .wildcards = true },
    [STRING_NOT_LIKE]               = { "StringNotLike",              VALUE_PATTERN, .wildcards = true, .negated = true },
    [ARN_EQUALS]                    = { "ArnEquals",                  VALUE_ARN, .wildcards = true },
    [ARN_LIKE]                      = { "ArnLike",                    VALUE_ARN, .wildcards = true },
    [ARN_NOT_EQUALS]                = { "ArnNotEquals",               VALUE_ARN, .wildcards = true, .negated = true },
    [ARN_NOT_LIKE]                  = { "ArnNotLike",                 VALUE_ARN, .wildcards = true, .negated = true },
    [BOOL]                          = { "Bool",                       VALUE_BOOL, .ignore_case = true },
    [NULL_CHECK]                    = { "Null",                       VALUE_NULL },
    [NUMERIC_EQUALS]                = { "NumericEquals",              VALUE_NUMERIC, .matching = EQUAL },
    [NUMERIC_NOT_EQUALS]            = { "NumericNotEquals",           VALUE_NUMERIC, .matching = EQUAL, .negated = true },
    [NUMERIC_LESS_THAN]             = { "NumericLessThan",            VALUE_NUMERIC, .matching = LESS },
    [NUMERIC_LESS_THAN_EQUALS]      = { "NumericLessThanEquals",      VALUE_NUMERIC, .matching = LESS | EQUAL },
    [NUMERIC_GREATER_THAN]          = { "NumericGreaterThan",         VALUE_NUMERIC, .matching = GREATER },
    [NUMERIC_GREATER_THAN_EQUALS]   = { "NumericGreaterThanEquals",   VALUE_NUMERIC, .matching = GREATER | EQUAL },
    [DATE_EQUALS]                   = { "DateEquals",                 VALUE_DATE, .matching = EQUAL },
    [DATE_NOT_EQUALS]               = { "DateNotEquals",              VALUE_DATE, .matching = EQUAL, .negated = true },
    [DATE_LESS_THAN]                = { "DateLessThan",               VALUE_DATE, .matching = LESS },
    [DATE_LESS_THAN_EQUALS]         = { "DateLessThanEquals",         VALUE_DATE, .matching = LESS | EQUAL },
    [DATE_GREATER_THAN]             = { "DateGreaterThan",            VALUE_DATE, .matching = GREATER },
    [DATE_GREATER_THAN_EQUALS]      = { "DateGreaterThanEquals",      VALUE_DATE, .matching = GREATER | EQUAL },
    [IP_ADDRESS]                    = { "IpAddress",                  VALUE_ADDRESS },
    [NOT_IP_ADDRESS]                = { "NotIpAddress",               VALUE_ADDRESS, .negated = true },
    [BINARY_EQUALS]                 = { "BinaryEquals",               VALUE_BINARY },
};
/* clang-format on */

const char *condition_operator_name(enum condition_operator operator)
{
    return rules[operator].name;
}

/* ---- reading the name of an operator */

static bool cut_prefix(struct bytes *name, struct bytes prefix)
{
    if (!bytes_starts_with(*name, prefix))
        return false;
    *name = bytes_skip(*name, prefix.len);
    return true;
}

static bool cut_suffix(struct bytes *name, struct bytes suffix)
{
    if (name->len < suffix.len ||
        memcmp(name->ptr + name->len - suffix.len, suffix.ptr, suffix.len) != 0)
        return false;
    name->len -= suffix.len;
    return true;
}

bool condition_test_parse(struct bytes name, struct condition_test *out)
{
    *out = (struct condition_test){ 0 };
    if (cut_prefix(&name, BYTES("ForAllValues:")))
        out->quantifier = FOR_ALL_VALUES;
    else if (cut_prefix(&name, BYTES("ForAnyValue:")))
        out->quantifier = FOR_ANY_VALUE;
    out->if_exists = cut_suffix(&name, BYTES("IfExists"));
    for (int i = 0; i < CONDITION_OPERATOR_COUNT; i++) {
        if (!bytes_equal_cstr(name, rules[i].name))
            continue;
        out->operator=(enum condition_operator) i;
        /* Null asks whether the key is there; nothing else can be asked at the same time. */
        return i != NULL_CHECK || (out->quantifier == QUANTIFIER_NONE && !out->if_exists);
    }
    return false;
}

/* ---- reading a value */

static bool is_truth(struct bytes text, bool *truth)
{
    *truth = bytes_equal_ignoring_case(text, BYTES("true"));
    return *truth || bytes_equal_ignoring_case(text, BYTES("false"));
}

static bool parse_binary(struct arena *arena, struct bytes text, struct bytes *out)
{
    size_t room = text.len / 4 * 3;
    char *decoded = arena_alloc_text(arena, room);

    out->ptr = decoded;
    return base64_decode(text, decoded, room, &out->len);
}

static const char *parse_pattern(struct arena *arena, struct bytes text,
                                 const struct operator_rule *rule, bool variables,
                                 struct pattern *out)
{
    const char *problem;
    struct pattern_syntax syntax = { .wildcards = rule->wildcards, .variables = variables };
    bool truth;

    if (!pattern_compile(arena, text, syntax, out, &problem))
        return problem;
    if (rule->kind == VALUE_ARN && !pattern_is_arn(out, false))
        return "is neither \"*\" nor an ARN of six parts (arn:partition:service:region:account:"
               "resource)";
    if (rule->kind == VALUE_BOOL && !pattern_has_variables(out) && !is_truth(text, &truth))
        return "is neither \"true\" nor \"false\"";
    return NULL;
}

bool condition_value_parse(struct arena *arena, struct bytes text,
                           const struct condition_test *test, bool variables,
                           union condition_value *out, const char **problem)
{
    const struct operator_rule *rule = &rules[test->operator];

    *problem = NULL;
    switch (rule->kind) {
    case VALUE_PATTERN:
    case VALUE_ARN:
    case VALUE_BOOL:
        *problem = parse_pattern(arena, text, rule, variables, &out->pattern);
        break;
    case VALUE_NULL:
        if (!is_truth(text, &out->truth))
            *problem = "is neither \"true\" nor \"false\"";
        break;
    case VALUE_NUMERIC:
        if (!decimal_parse(text, &out->decimal))
            *problem = "is no number";
        break;
    case VALUE_DATE:
        if (!date_parse(text, &out->instant))
            *problem = "is no date (2026-11-27T10:02:54Z, or seconds since 1970)";
        break;
    case VALUE_ADDRESS:
        if (!ip_range_parse(text, &out->range))
            *problem = "is no range of addresses (203.0.113.0/24, 2001:db8::/32)";
        break;
    case VALUE_BINARY:
        if (!parse_binary(arena, text, &out->binary))
            *problem = "is not base64";
        break;
    }
    return *problem == NULL;
}

/* ---- judging */

static bool number_matches(const struct decimal *wanted, struct bytes text, int matching)
{
    struct decimal given;

    if (!decimal_parse(text, &given))
        return false;
    int order = decimal_compare(&given, wanted);
    return (matching & (order < 0 ? LESS : order > 0 ? GREATER : EQUAL)) != 0;
}

static bool date_matches(struct instant wanted, struct bytes text, int matching)
{
    struct instant given;

    if (!date_parse(text, &given))
        return false;
    int result = instant_before(given, wanted)   ? LESS
                 : instant_before(wanted, given) ? GREATER
                                                 : EQUAL;
    return (matching & result) != 0;
}

/* Does the request's `given` match the policy's `wanted`? */
static bool value_matches(const struct operator_rule *rule, const union condition_value *wanted,
                          struct bytes given, const struct context *context)
{
    bool truth;

    switch (rule->kind) {
    case VALUE_PATTERN:
        return pattern_matches(&wanted->pattern, context, given, rule->ignore_case);
    case VALUE_ARN:
        return pattern_matches_arn(&wanted->pattern, context, given);
    case VALUE_BOOL:
        return is_truth(given, &truth) &&
               pattern_matches(&wanted->pattern, context, given, rule->ignore_case);
    case VALUE_NUMERIC:
        return number_matches(&wanted->decimal, given, rule->matching);
    case VALUE_DATE:
        return date_matches(wanted->instant, given, rule->matching);
    case VALUE_ADDRESS:
        return ip_range_has(&wanted->range, given);
    case VALUE_BINARY:
        return bytes_equal(wanted->binary, given);
    case VALUE_NULL:
        break;
    }
    ensure(!"null is asked of keys, not of values");
}

static bool matches_any(const struct condition *condition, struct bytes given,
                        const struct context *context)
{
    const struct operator_rule *rule = &rules[condition->test.operator];

    for (size_t i = 0; i < condition->count; i++)
        if (value_matches(rule, &condition->values[i], given, context))
            return true;
    return false;
}

static bool null_holds(const struct condition *condition, bool is_null)
{
    for (size_t i = 0; i < condition->count; i++)
        if (condition->values[i].truth == is_null)
            return true;
    return false;
}

/* What a condition says of a key that the request does not have. */
static bool holds_without_key(const struct condition_test *test)
{
    if (test->if_exists)
        return true;
    if (test->quantifier != QUANTIFIER_NONE)
        return test->quantifier == FOR_ALL_VALUES;
    return rules[test->operator].negated;
}

/* A key with several values and no prefix: a value that matches is found, or, when negated, none.
 */
static bool holds_for_key(const struct condition *condition, const struct context_key *key,
                          const struct context *context)
{
    bool negated = rules[condition->test.operator].negated;
    enum condition_quantifier quantifier = condition->test.quantifier;
    bool all = quantifier == FOR_ALL_VALUES || (quantifier == QUANTIFIER_NONE && negated);

    for (size_t i = 0; i < key->count; i++) {
        bool stands = matches_any(condition, key->values[i], context) != negated;
        if (stands != all)
            return stands;
    }
    return all;
}

bool condition_holds(const struct condition *condition, const struct context *context)
{
    const struct context_key *key = context_find(context, condition->key);

    if (condition->test.operator== NULL_CHECK)
        return null_holds(condition, !key);
    if (!key)
        return holds_without_key(&condition->test);
    return holds_for_key(condition, key, context);
}
