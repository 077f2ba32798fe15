/*
 * access - who is calling, as far as the engine and the service care: somebody who may or may not
 * do something.
 *
 * The service asks, with all that a policy may look at; whoever made the caller answers. Knows no
 * key, no policy and no signature. A caller belongs to one call and never changes.
 */
#ifndef MODEL_ACCESS_H
#define MODEL_ACCESS_H

#include "base/arena.h"
#include "base/instant.h"
#include "model/operation.h"

/* May the caller make this call, or this one of its decisions? */
struct access_question {
    struct instant now; /* the wall clock */
    const struct request *request;
    const struct decision *decision; /* of the request's list; NULL: the call itself */
    struct bytes resource;           /* the ARN of the domain that it is about */
    struct resource_tag_list tags;   /* of that domain, if there is one */
    struct bytes task_list; /* that it uses: given, or the type's registered default; absent: none
                             */
};

struct caller;

struct caller_kind {
    /* The answer; scratch memory comes from `arena`. */
    bool (*may)(const struct caller *caller, const struct access_question *question,
                struct arena *arena);
    /* May the caller hand this IAM role to the service (iam:PassRole)? */
    bool (*may_pass_role)(const struct caller *caller, const struct access_question *question,
                          struct bytes role, struct arena *arena);
    void (*release)(struct caller *caller);
};

/* The head of what the maker of callers keeps. */
struct caller {
    const struct caller_kind *kind;
    struct bytes principal; /* ARN: for texts and the audit log */
};

#endif
