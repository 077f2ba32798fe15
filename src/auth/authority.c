#include "auth/authority.h"

#include "auth/action.h"
#include "auth/request_context.h"

struct policy_authority {
    struct authority face;
    struct identities *identities; /* a reference: the principal lives there */
    const struct principal *principal;
    struct circumstances circumstances;
};

struct caller authority_caller(const struct principal *principal,
                               const struct circumstances *circumstances, struct instant now)
{
    return (struct caller){
        .principal_arn = principal->policy_arn,
        .is_temporary = principal->is_temporary,
        .principal_type = principal->type,
        .account = principal->account_id,
        .user_name = principal->user_name,
        .user_id = principal->user_id,
        .tags = principal->tags,
        .region = circumstances->region,
        .source_ip = circumstances->source_ip,
        .user_agent = circumstances->user_agent,
        .secure_transport = circumstances->secure_transport,
        .now = now,
    };
}

static bool is_allowed(const struct policy_authority *own, struct bytes action,
                       struct bytes resource, const struct context *context)
{
    struct access access = { action, resource, context };

    return evaluate(&own->principal->permissions, &access).verdict == ALLOWED;
}

/* Empty when no policy of the caller looks at it, which is so for most. */
static struct context context_of(const struct policy_authority *own,
                                 const struct access_question *question, struct arena *arena)
{
    struct context context;

    context_init(&context, arena);
    if (!permissions_have_keys(&own->principal->permissions))
        return context;
    if (question->decision) {
        request_context_of_decision(&context, question->decision, question->shared,
                                    question->task_list);
        return context;
    }
    struct request_facts facts = { question->tags, question->task_list };
    struct caller caller = authority_caller(own->principal, &own->circumstances, question->now);
    request_context_of_call(&context, question->request, &caller, &facts);
    return context;
}

/* Absent for a decision that is no action. */
static struct bytes action_of(const struct access_question *question, struct arena *arena)
{
    return question->decision ? action_of_decision(arena, question->decision->decision_type)
                              : action_of_operation(arena, question->request->operation);
}

/* Whenever a question about a decision will need it. */
static const void *share(const struct authority *authority, const struct access_question *question,
                         struct arena *arena)
{
    const struct policy_authority *own = (const struct policy_authority *)authority;
    struct caller caller = authority_caller(own->principal, &own->circumstances, question->now);
    struct shared_context *shared;

    if (!permissions_have_keys(&own->principal->permissions))
        return NULL;
    shared = arena_new(arena, struct shared_context);
    shared_context_init(shared, arena, &caller, question->tags);
    return shared;
}

static bool may(const struct authority *authority, const struct access_question *question,
                struct arena *arena)
{
    const struct policy_authority *own = (const struct policy_authority *)authority;
    struct bytes action = action_of(question, arena);
    struct context context;

    if (bytes_is_absent(action))
        return true;
    context = context_of(own, question, arena);
    return is_allowed(own, action, question->resource, &context);
}

static bool may_pass_role(const struct authority *authority, const struct access_question *question,
                          struct bytes role, struct arena *arena)
{
    const struct policy_authority *own = (const struct policy_authority *)authority;
    struct caller caller = authority_caller(own->principal, &own->circumstances, question->now);
    struct context context;

    context_init(&context, arena);
    if (permissions_have_keys(&own->principal->permissions))
        request_context_of_role(&context, &caller, question->shared);
    return is_allowed(own, BYTES("iam:PassRole"), role, &context);
}

static void release(struct authority *authority)
{
    identities_release(((struct policy_authority *)authority)->identities);
}

static const struct authority_kind kind = { share, may, may_pass_role, release };

struct authority *authority_new(struct arena *arena, struct identities *identities,
                                const struct principal *principal,
                                const struct circumstances *circumstances)
{
    struct policy_authority *own = arena_new(arena, struct policy_authority);

    own->face = (struct authority){ &kind, principal->arn, principal->access_key_id };
    own->identities = identities_keep(identities);
    own->principal = principal;
    own->circumstances = *circumstances;
    own->circumstances.source_ip = arena_copy(arena, circumstances->source_ip);
    own->circumstances.user_agent = arena_copy(arena, circumstances->user_agent);
    return &own->face;
}
