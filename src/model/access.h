/*
 * access - what a call may do, as far as the engine and the service care: an authority that is
 * asked.
 *
 * The service asks, with all that a policy may look at; whoever recognised the caller answers.
 * Knows no key, no policy and no signature. An authority belongs to one call and never changes.
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
    const void *shared;     /* about a decision: what the authority made for all of them */
};

struct authority;

struct authority_kind {
    /* What the questions about all decisions of a call have in common, `question` being one without
     * its decision: to be handed in with each of them, and to lie in `arena` until then. */
    const void *(*share)(const struct authority *authority, const struct access_question *question,
                         struct arena *arena);
    /* The answer; scratch memory comes from `arena`, which is empty before and after it: a call may
     * ask for thousands of decisions. */
    bool (*may)(const struct authority *authority, const struct access_question *question,
                struct arena *arena);
    /* May the caller hand this IAM role to the service (iam:PassRole)? `arena` likewise. */
    bool (*may_pass_role)(const struct authority *authority, const struct access_question *question,
                          struct bytes role, struct arena *arena);
    void (*release)(struct authority *authority);
};

/* The head of what its maker keeps. */
struct authority {
    const struct authority_kind *kind;
    struct bytes principal;     /* ARN: for texts and the audit log */
    struct bytes access_key_id; /* that the call was signed with: for the audit log */
};

#endif
