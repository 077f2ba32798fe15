#include "cmd/simulate.h"

#include "auth/action.h"
#include "auth/authority.h"
#include "auth/request_context.h"
#include "model/domain_arn.h"

#define PASS_ROLE "iam:PassRole"

/* Whose policies are asked. In each layer `names` and the policies of the principal are in the same
 * order. */
struct subject {
    const struct principal *principal;
    struct bytes_list names[LAYER_COUNT];
};

#define PROBLEM_ARENA_BYTES_MAX 65536

/* ---- who ---- */

static void name_layers(struct subject *subject, const struct identity *identity,
                        const struct identity_key *key)
{
    subject->names[LAYER_IDENTITY] = identity->policies;
    subject->names[LAYER_BOUNDARY] = (struct bytes_list){ &identity->boundary, 1 };
    if (key)
        subject->names[LAYER_SESSION] = (struct bytes_list){ &key->policy, 1 };
}

static bool find_user(const struct simulation *simulation, struct identity_edit *edit,
                      struct subject *out)
{
    struct identity_name name = { simulation->account, simulation->user, false };
    const struct identity *identity = identity_find(edit, &name);

    if (!identity)
        return false;
    name_layers(out, identity, NULL);
    out->principal = identities_find_user(edit->identities,
                                          identity_find_account(edit, name.account)->id, name.name);
    return true;
}

static bool find_owner(const struct simulation *simulation, struct identity_edit *edit,
                       struct subject *out)
{
    struct identity *identity;
    const struct identity_key *key = identity_find_key(edit, simulation->key_id, &identity);

    if (!key)
        return false;
    name_layers(out, identity, key);
    out->principal = identities_find(edit->identities, simulation->key_id)->owner;
    return true;
}

static bool find_subject(const struct simulation *simulation, struct identity_edit *edit,
                         struct subject *out)
{
    *out = (struct subject){ 0 };
    return bytes_is_absent(simulation->key_id) ? find_user(simulation, edit, out)
                                               : find_owner(simulation, edit, out);
}

/* ---- what ---- */

static bool is_pass_role(struct bytes action)
{
    return bytes_equal_ignoring_case(action, BYTES(PASS_ROLE));
}

static bool check_action(struct bytes action, struct text *problem)
{
    struct arena arena;
    struct bytes meant;

    if (action_exists(action) || is_pass_role(action))
        return true;
    arena_init(&arena, "suggestion", PROBLEM_ARENA_BYTES_MAX);
    meant = action_suggest(&arena, action);
    text_printf(problem, "--action %.*s: there is no such action", BYTES_FMT(action));
    if (!bytes_is_absent(meant))
        text_printf(problem, "; did you mean '%.*s'?", BYTES_FMT(meant));
    arena_deinit(&arena);
    return false;
}

/* Anything but an ARN is the name of a domain in the caller's account. A domain's ARN is judged as
 * the server judges it, in one spelling (domain_arn.h). */
static struct bytes resource_of(const struct simulation *simulation,
                                const struct principal *principal, struct arena *arena)
{
    struct domain_arn arn;

    if (domain_arn_parse(simulation->resource, &arn))
        return domain_arn_print(arena, arn.region, arn.account, arn.name);
    if (bytes_starts_with(simulation->resource, BYTES("arn:")))
        return simulation->resource;
    return domain_arn_print(arena, simulation->region, principal->account, simulation->resource);
}

/* ---- under which conditions ---- */

/* The length of KEY in "KEY=VALUE"; 0 when there is none. */
static size_t key_length(struct bytes pair)
{
    const char *equals = memchr(pair.ptr, '=', pair.len);

    return equals ? (size_t)(equals - pair.ptr) : 0;
}

static bool check_given(struct bytes pair, struct text *problem)
{
    if (key_length(pair) > 0)
        return true;
    text_printf(problem, "--context %.*s: must be KEY=VALUE, as in swf:workflowType.name=order",
                BYTES_FMT(pair));
    return false;
}

static void add_given(struct context *context, struct bytes pair)
{
    size_t length = key_length(pair);

    context_add(context, bytes_of(pair.ptr, length), bytes_skip(pair, length + 1));
}

/* Adds the caller's own keys, except those that were given. */
static void add_own(struct context *context, const struct context *own)
{
    size_t given = context->count;

    for (size_t i = 0; i < own->count; i++) {
        const struct context_key *key = &own->keys[i];
        const struct context_key *found = context_find(context, key->name);

        if (found && found < context->keys + given)
            continue;
        for (size_t j = 0; j < key->count; j++)
            context_add(context, key->name, key->values[j]);
    }
}

static void make_context(const struct simulation *simulation, struct arena *arena,
                         const struct principal *principal, struct context *out)
{
    struct circumstances circumstances = { .region = simulation->region };
    struct caller caller = authority_caller(principal, &circumstances, simulation->now);
    struct context own;

    context_init(&own, arena);
    context_init(out, arena);
    if (is_pass_role(simulation->action))
        request_context_of_role(&own, &caller, NULL);
    else
        request_context_of_caller(&own, &caller, !action_is_decision(simulation->action));
    for (size_t i = 0; i < simulation->given.count; i++)
        add_given(out, simulation->given.items[i]);
    add_own(out, &own);
}

/* ---- the answer ---- */

/* "policy ops, Statement[1] (Sid NoTermination)" */
static void say_place(const struct subject *subject, enum policy_layer layer,
                      const struct judgement *judgement, struct text *out)
{
    struct bytes name = subject->names[layer].items[judgement->policy_index];

    text_printf(out, "policy %.*s, Statement[%zu]", BYTES_FMT(name), judgement->statement_index);
    if (!bytes_is_absent(judgement->sid))
        text_printf(out, " (Sid %.*s)", BYTES_FMT(judgement->sid));
}

/* `layer` is the one that the judgement comes from. */
static void say_judgement(const struct subject *subject, enum policy_layer layer,
                          const struct judgement *judgement, struct text *out)
{
    if (judgement->verdict == DENIED_BY_DEFAULT) {
        text_printf(out, "denied: no statement of the %s allows it\n", policy_layer_names[layer]);
        return;
    }
    text_append_cstr(out, judgement->verdict == ALLOWED ? "allowed by " : "denied by ");
    say_place(subject, layer, judgement, out);
    text_append_char(out, '\n');
}

/* What one layer says by itself. */
static struct judgement judge_layer(const struct principal *principal, enum policy_layer layer,
                                    const struct access *access)
{
    struct permissions alone = { .layers[LAYER_IDENTITY] = principal->permissions.layers[layer] };

    return evaluate(&alone, access);
}

static void say_layers(const struct subject *subject, const struct access *access, struct text *out)
{
    const struct permissions *permissions = &subject->principal->permissions;

    if (!permissions->layers[LAYER_BOUNDARY] && !permissions->layers[LAYER_SESSION])
        return;
    for (enum policy_layer layer = 0; layer < LAYER_COUNT; layer++) {
        if (!permissions->layers[layer])
            continue;
        struct judgement judgement = judge_layer(subject->principal, layer, access);
        text_printf(out, "    %s: ", policy_layer_names[layer]);
        if (judgement.verdict == DENIED_BY_DEFAULT)
            text_append_cstr(out, "no statement allows it\n");
        else
            say_judgement(subject, layer, &judgement, out);
    }
}

bool simulation_check(const struct simulation *simulation, struct text *problem)
{
    if (bytes_is_absent(simulation->user) == bytes_is_absent(simulation->key_id)) {
        text_append_cstr(problem, "either --user NAME or --key ID must say whose policies to ask");
        return false;
    }
    for (size_t i = 0; i < simulation->given.count; i++) {
        if (!check_given(simulation->given.items[i], problem))
            return false;
    }
    return check_action(simulation->action, problem);
}

bool simulate(const struct simulation *simulation, struct identity_edit *edit, struct text *out,
              bool *allowed)
{
    struct judgement judgement;
    struct subject subject;
    struct context context;

    if (!find_subject(simulation, edit, &subject))
        return false;
    make_context(simulation, edit->arena, subject.principal, &context);
    struct access access = {
        .action = simulation->action,
        .resource = resource_of(simulation, subject.principal, edit->arena),
        .context = &context,
    };
    judgement = evaluate(&subject.principal->permissions, &access);
    say_judgement(&subject, judgement.layer, &judgement, out);
    say_layers(&subject, &access, out);
    *allowed = judgement.verdict == ALLOWED;
    return true;
}
