#include "auth/evaluate.h"

const char *const policy_layer_names[LAYER_COUNT] = {
    [LAYER_IDENTITY] = "identity policies",
    [LAYER_BOUNDARY] = "permissions boundary",
    [LAYER_SESSION] = "session policies",
};

static bool set_has_keys(const struct policy_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        if (set->items[i]->has_keys)
            return true;
    return false;
}

bool permissions_have_keys(const struct permissions *permissions)
{
    for (int i = 0; i < LAYER_COUNT; i++)
        if (permissions->layers[i] && set_has_keys(permissions->layers[i]))
            return true;
    return false;
}

static bool action_matches(const struct policy_match *match, struct bytes action)
{
    for (size_t i = 0; i < match->count; i++)
        if (pattern_matches(&match->patterns[i], NULL, action, true))
            return !match->negated;
    return match->negated;
}

static bool resource_matches(const struct policy_match *match, const struct access *access)
{
    for (size_t i = 0; i < match->count; i++)
        if (pattern_matches_arn(&match->patterns[i], access->context, access->resource))
            return !match->negated;
    return match->negated;
}

static bool applies(const struct policy_statement *statement, const struct access *access)
{
    if (!action_matches(&statement->action, access->action) ||
        !resource_matches(&statement->resource, access))
        return false;
    for (size_t i = 0; i < statement->condition_count; i++)
        if (!condition_holds(&statement->conditions[i], access->context))
            return false;
    return true;
}

/* Finds the first statement of this effect that applies, and stores it as what decided. */
static bool find_statement(const struct policy_set *set, enum policy_effect effect,
                           const struct access *access, struct judgement *out)
{
    for (size_t i = 0; i < set->count; i++) {
        const struct policy *policy = set->items[i];
        for (size_t j = 0; j < policy->statement_count; j++) {
            const struct policy_statement *statement = &policy->statements[j];
            if (statement->effect != effect || !applies(statement, access))
                continue;
            out->policy = policy;
            out->policy_index = i;
            out->statement_index = j;
            out->sid = statement->sid;
            return true;
        }
    }
    return false;
}

struct judgement evaluate(const struct permissions *permissions, const struct access *access)
{
    struct judgement denied = { .verdict = DENIED_EXPLICITLY };
    struct judgement allowed = { .verdict = ALLOWED };

    for (enum policy_layer i = 0; i < LAYER_COUNT; i++) {
        denied.layer = i;
        if (permissions->layers[i] &&
            find_statement(permissions->layers[i], EFFECT_DENY, access, &denied))
            return denied;
    }
    /* From the last to the first, so that what is named at the end is the identity's. */
    for (int i = LAYER_COUNT - 1; i >= 0; i--) {
        const struct policy_set *set = permissions->layers[i];
        bool narrows = set || i == LAYER_IDENTITY;
        allowed.layer = (enum policy_layer)i;
        if (narrows && (!set || !find_statement(set, EFFECT_ALLOW, access, &allowed)))
            return (struct judgement){ .verdict = DENIED_BY_DEFAULT, .layer = allowed.layer };
    }
    return allowed;
}
