/*
 * request_context - which condition keys a call or a decision carries.
 *
 * A key is there when the request gave the parameter, or when a registered default supplies it: the
 * service looks such defaults up and hands them in. Keys that a call does not have are absent, and
 * conditions on them see that.
 *
 * Everything is borrowed: the request, the caller and the facts must outlive the context. Texts
 * that are made here lie in the context's arena.
 */
#ifndef AUTH_REQUEST_CONTEXT_H
#define AUTH_REQUEST_CONTEXT_H

#include "auth/context.h"
#include "model/operation.h"

/* Who is calling, and how. Absent members are keys that are not there. */
struct caller {
    struct bytes principal_arn;  /* of a session: its role's */
    bool is_temporary;           /* temporary credentials signed */
    struct bytes principal_type; /* "User", "AssumedRole", "Account" */
    struct bytes account;        /* twelve digits */
    struct bytes user_name;      /* of a user only */
    struct bytes user_id;
    struct resource_tag_list tags; /* of the principal */
    struct bytes region;           /* that is asked for: the server's */
    struct bytes source_ip;        /* without a port */
    struct bytes user_agent;
    bool secure_transport;
    struct instant now;
};

/* What the service knows besides. */
struct request_facts {
    struct resource_tag_list domain_tags; /* of the domain, where it exists */
    struct bytes default_task_list;       /* of the type that is started or scheduled */
};

/* The keys of a call. */
void request_context_of_call(struct context *context, const struct request *request,
                             const struct caller *caller, const struct request_facts *facts);

/* What all decisions of a call carry. They may be thousands, so it is made once. */
struct shared_context {
    struct context caller; /* the keys of a caller without those of his connection */
    struct context domain; /* those of the domain's tags; its rest is the caller's */
};

/* Both lie in `arena`. */
void shared_context_init(struct shared_context *shared, struct arena *arena,
                         const struct caller *caller, struct resource_tag_list domain_tags);

/* The keys of a decision; what it shares becomes the rest of the context. aws:SourceIp,
 * aws:UserAgent and aws:SecureTransport are not among them: they belong to the call alone. */
void request_context_of_decision(struct context *context, const struct decision *decision,
                                 const struct shared_context *shared,
                                 struct bytes default_task_list);

/* The keys of a caller alone, whatever he does; those of his connection only `with_connection`. */
void request_context_of_caller(struct context *context, const struct caller *caller,
                               bool with_connection);

/* The keys of iam:PassRole, which hands a role over to the service. `shared` is that of the
 * decision which does it; NULL: a call. */
void request_context_of_role(struct context *context, const struct caller *caller,
                             const struct shared_context *shared);

#endif
