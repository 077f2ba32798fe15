/*
 * evaluate - may this be done? The judgement of a set of policies.
 *
 * Any statement that denies and applies decides, in whichever layer. Else each layer that there is
 * must hold a statement that allows and applies. Else it is denied by default. Pure: allocates
 * nothing, asks nobody.
 */
#ifndef AUTH_EVALUATE_H
#define AUTH_EVALUATE_H

#include "auth/policy.h"
#include "model/fault.h"

/* What gives permissions, and what narrows them. */
enum policy_layer { LAYER_IDENTITY, LAYER_BOUNDARY, LAYER_SESSION, LAYER_COUNT };

/* "identity policies", "permissions boundary", "session policies". */
extern const char *const policy_layer_names[LAYER_COUNT];

struct policy_set {
    const struct policy *const *items;
    size_t count;
};

/* A layer that is NULL is not there and narrows nothing; without identity policies nothing is
 * allowed. A layer that is there but empty allows nothing. */
struct permissions {
    const struct policy_set *layers[LAYER_COUNT];
};

/* Does any policy look at condition keys? If not, the judgement hangs on action and resource alone,
 * and the context may be empty. */
bool permissions_have_keys(const struct permissions *permissions);

/* What somebody wants to do: "swf:StartWorkflowExecution" on an ARN. */
struct access {
    struct bytes action;
    struct bytes resource;
    const struct context *context;
};

enum verdict { ALLOWED, DENIED_EXPLICITLY, DENIED_BY_DEFAULT };

struct judgement {
    enum verdict verdict;

    /* The layer that decided: of DENIED_BY_DEFAULT the first that allows nothing of the kind, of
     * ALLOWED that of the identity policies. */
    enum policy_layer layer;

    /* The first statement that decided, by its place; none (`policy` is NULL) when it is
     * DENIED_BY_DEFAULT. */
    const struct policy *policy;
    size_t policy_index;    /* in its layer */
    size_t statement_index; /* in its policy */
    struct bytes sid;       /* of that statement; absent when it has none */
};

struct judgement evaluate(const struct permissions *permissions, const struct access *access);

#endif
