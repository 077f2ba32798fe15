#include "auth/identities.h"

#include "auth/name_set.h"
#include "base/date.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/memory.h"
#include "wire/json.h"
#include <assert.h>
#include <stdatomic.h>
#include <stddef.h>

#define ACCOUNT_DIGITS 12
#define NAME_CHARS_MAX 128
#define KEY_ID_CHARS_MIN 16
#define SECRET_CHARS_MIN 16
#define SECRET_CHARS_MAX 4096
#define POLICIES_MAX 10000 /* in the file: each has an arena of its own */

struct identities {
    _Atomic uint32_t references;
    struct arena arena;
    struct map credentials;   /* by access key id */
    struct policy **policies; /* of all accounts */
    size_t policy_count;
    const struct principal **users;
    size_t user_count;
};

/* What is being made, and how far. */
struct maker {
    struct identities *made;
    struct json_reader *json;
    struct text *problem;
    const struct identity_account *account;
    size_t account_index;
    struct policy **policies; /* of the account, in its order */
    /* Names that were taken, each a struct bytes of the file. */
    struct map account_ids;
    struct map policy_names; /* of the account */
    struct map names;        /* of the account's users, or of its roles */
};

/* A user or a role of the file, and where it stands. What its sessions and keys have in common is
 * made once: there may be thousands of them. */
struct subject {
    const struct identity *identity;
    const char *list; /* "users" or "roles" */
    size_t index;
    bool is_role;
    const struct principal *common;
};

/* ---- saying what is wrong ---- */

static bool refuse(struct maker *maker, const char *why, struct bytes what)
{
    text_append_cstr(maker->problem, why);
    if (!bytes_is_absent(what))
        text_printf(maker->problem, " \"%.*s\"", BYTES_FMT(what));
    return false;
}

static void say_account(struct maker *maker, const char *member)
{
    text_printf(maker->problem, "accounts[%zu].%s: ", maker->account_index, member);
}

static void say_subject(struct maker *maker, const struct subject *subject, const char *member)
{
    text_printf(maker->problem, "accounts[%zu].%s[%zu].%s: ", maker->account_index, subject->list,
                subject->index, member);
}

static void say_key(struct maker *maker, const struct subject *subject, size_t index,
                    const char *member)
{
    text_printf(maker->problem, "accounts[%zu].%s[%zu].keys[%zu].%s: ", maker->account_index,
                subject->list, subject->index, index, member);
}

/* ---- texts ---- */

bool identities_is_name(struct bytes text)
{
    return bytes_is_word(text, "+=,.@_-") && text.len > 0 && text.len <= NAME_CHARS_MAX;
}

static bool is_key_id(struct bytes text)
{
    return bytes_is_word(text, "_") && text.len >= KEY_ID_CHARS_MIN && text.len <= NAME_CHARS_MAX;
}

static bool is_secret(struct bytes text, size_t chars_min)
{
    return bytes_is_visible(text) && text.len >= chars_min && text.len <= SECRET_CHARS_MAX;
}

static bool is_account_id(struct bytes text)
{
    unsigned long long number;

    return text.len == ACCOUNT_DIGITS && bytes_parse_u64(text, &number);
}

/* ---- policies ---- */

static struct policy *find_policy(const struct maker *maker, struct bytes name)
{
    const struct bytes *found = name_set_find(&maker->policy_names, name);

    static_assert(offsetof(struct identity_policy, name) == 0, "a policy is found by its name");
    return found ? maker->policies[(const struct identity_policy *)(const void *)found -
                                   maker->account->policies.items]
                 : NULL;
}

static bool make_policy(struct maker *maker, size_t index)
{
    const struct identity_policy *policy = &maker->account->policies.items[index];
    char place[64];

    snprintf(place, sizeof(place), "policies[%zu].name", index);
    if (!identities_is_name(policy->name)) {
        say_account(maker, place);
        return refuse(maker, "must be up to 128 letters, digits and +=,.@_- ; it is", policy->name);
    }
    if (!name_set_take(&maker->policy_names, &policy->name)) {
        say_account(maker, place);
        return refuse(maker, "there is another policy", policy->name);
    }
    snprintf(place, sizeof(place), "policies[%zu].document", index);
    say_account(maker, place); /* taken back when all is well */
    maker->policies[index] = policy_parse(maker->json, policy->document, maker->problem);
    if (maker->policies[index] == NULL)
        return false;
    text_reset(maker->problem);
    maker->made->policies[maker->made->policy_count++] = maker->policies[index];
    return true;
}

static bool make_policies(struct maker *maker)
{
    size_t count = maker->account->policies.count;

    map_deinit(&maker->policy_names);
    if (count > POLICIES_MAX - maker->made->policy_count) {
        say_account(maker, "policies");
        return refuse(maker, "the file has more than 10000 policies", BYTES_ABSENT);
    }
    maker->policies = arena_array(&maker->made->arena, struct policy *, count);
    for (size_t i = 0; i < count; i++) {
        if (!make_policy(maker, i))
            return false;
    }
    return true;
}

/* ---- principals ---- */

static bool set_layer(struct maker *maker, struct principal *principal, enum policy_layer layer,
                      const struct bytes *names, size_t count)
{
    const struct policy **items = arena_array(&maker->made->arena, const struct policy *, count);

    for (size_t i = 0; i < count; i++) {
        items[i] = find_policy(maker, names[i]);
        if (items[i] == NULL)
            return refuse(maker, "the account has no policy", names[i]);
    }
    principal->layers[layer] = (struct policy_set){ items, count };
    principal->permissions.layers[layer] = &principal->layers[layer];
    return true;
}

static bool set_layers(struct maker *maker, const struct subject *subject,
                       struct principal *principal)
{
    const struct identity *identity = subject->identity;

    say_subject(maker, subject, "policies");
    if (!set_layer(maker, principal, LAYER_IDENTITY, identity->policies.items,
                   identity->policies.count))
        return false;
    text_reset(maker->problem);
    if (bytes_is_absent(identity->boundary))
        return true;
    say_subject(maker, subject, "boundary");
    if (!set_layer(maker, principal, LAYER_BOUNDARY, &identity->boundary, 1))
        return false;
    text_reset(maker->problem);
    return true;
}

static struct resource_tag_list copy_tags(struct arena *arena, const struct identity_tags *tags)
{
    struct resource_tag *items = arena_array(arena, struct resource_tag, tags->count);

    for (size_t i = 0; i < tags->count; i++)
        items[i] = (struct resource_tag){ arena_copy(arena, tags->items[i].key),
                                          arena_copy(arena, tags->items[i].value) };
    return (struct resource_tag_list){ items, tags->count };
}

static struct bytes iam_arn(struct arena *arena, const struct principal *principal,
                            const char *kind, struct bytes name)
{
    return arena_concat(arena, BYTES("arn:aws:iam::"), principal->account_id, bytes_of_cstr(kind),
                        name);
}

/* The user, or what every session of the role is. NULL after a refusal. */
static const struct principal *make_common(struct maker *maker, const struct subject *subject)
{
    struct arena *arena = &maker->made->arena;
    const struct identity *identity = subject->identity;
    struct principal *principal = arena_new(arena, struct principal);
    unsigned long long number = 0;

    ensure(bytes_parse_u64(maker->account->id, &number));
    principal->account = number;
    principal->account_id = arena_copy(arena, maker->account->id);
    principal->tags = copy_tags(arena, &identity->tags);
    principal->user_id = arena_copy(arena, bytes_or(identity->id, identity->name));
    if (subject->is_role) {
        principal->type = BYTES("AssumedRole");
        principal->policy_arn = iam_arn(arena, principal, ":role/", identity->name);
    } else {
        principal->type = BYTES("User");
        principal->user_name = arena_copy(arena, identity->name);
        principal->arn = iam_arn(arena, principal, ":user/", identity->name);
        principal->policy_arn = principal->arn;
    }
    return set_layers(maker, subject, principal) ? principal : NULL;
}

/* The user, or one session of the role, for a key of its own. */
static struct principal *make_principal(struct maker *maker, const struct subject *subject,
                                        struct bytes session)
{
    struct arena *arena = &maker->made->arena;
    struct principal *principal = arena_new(arena, struct principal);

    *principal = *subject->common;
    if (subject->is_role) {
        principal->arn = arena_concat(arena, BYTES("arn:aws:sts::"), principal->account_id,
                                      BYTES(":assumed-role/"), subject->identity->name, BYTES("/"),
                                      session);
        principal->user_id = arena_concat(arena, principal->user_id, BYTES(":"), session);
    }
    return principal;
}

/* ---- keys ---- */

static bool has_id(const void *object, const void *key)
{
    return bytes_equal(((const struct credential *)object)->access_key_id,
                       *(const struct bytes *)key);
}

static bool check_key_id(struct maker *maker, const struct subject *subject, size_t index,
                         const struct identity_key *key)
{
    if (is_key_id(key->id) && identities_find(maker->made, key->id) == NULL)
        return true;
    say_key(maker, subject, index, "id");
    if (!is_key_id(key->id))
        return refuse(maker, "must be 16 to 128 letters, digits and _ ; it is", key->id);
    return refuse(maker, "another key has the id", key->id);
}

/* A secret is never shown. */
static bool check_secrets(struct maker *maker, const struct subject *subject, size_t index,
                          const struct identity_key *key)
{
    if (!is_secret(key->secret, SECRET_CHARS_MIN)) {
        say_key(maker, subject, index, "secret");
        return refuse(maker, "must be at least 16 printable ASCII characters without blanks",
                      BYTES_ABSENT);
    }
    if (!bytes_is_absent(key->token) && !is_secret(key->token, 1)) {
        say_key(maker, subject, index, "token");
        return refuse(maker, "must be printable ASCII characters without blanks", BYTES_ABSENT);
    }
    return true;
}

static bool check_status(struct maker *maker, const struct subject *subject, size_t index,
                         const struct identity_key *key)
{
    if (bytes_is_absent(key->status) || bytes_equal(key->status, BYTES("Active")) ||
        bytes_equal(key->status, BYTES("Inactive")))
        return true;
    say_key(maker, subject, index, "status");
    return refuse(maker, "must be Active or Inactive; it is", key->status);
}

/* Temporary credentials have a token and an end; those of a role are nothing else, and belong to a
 * named session. */
static bool check_session(struct maker *maker, const struct subject *subject, size_t index,
                          const struct identity_key *key)
{
    const char *missing = NULL;

    if (bytes_is_absent(key->token) && (subject->is_role || !bytes_is_absent(key->expires)))
        missing = "token";
    if (bytes_is_absent(key->expires) && (subject->is_role || !bytes_is_absent(key->token)))
        missing = "expires";
    if (subject->is_role && bytes_is_absent(key->session))
        missing = "session";
    if (missing) {
        say_key(maker, subject, index, missing);
        return refuse(maker, "is missing: temporary credentials have one", BYTES_ABSENT);
    }
    if (bytes_is_absent(key->session) || (subject->is_role && identities_is_name(key->session)))
        return true;
    say_key(maker, subject, index, "session");
    return refuse(maker,
                  subject->is_role ? "must be up to 128 letters, digits and +=,.@_- ; it is"
                                   : "only a role has sessions; this is",
                  key->session);
}

static bool read_expiry(struct maker *maker, const struct subject *subject, size_t index,
                        const struct identity_key *key, struct instant *out)
{
    *out = INSTANT_NEVER;
    if (bytes_is_absent(key->expires) || date_parse(key->expires, out))
        return true;
    say_key(maker, subject, index, "expires");
    return refuse(maker, "must be a time as 2026-11-27T10:02:54Z; it is", key->expires);
}

/* Whose key it is: the user, narrowed by the key's own policy, or the role's session. */
static struct principal *owner_of(struct maker *maker, const struct subject *subject, size_t index,
                                  const struct identity_key *key)
{
    struct principal *owner = make_principal(maker, subject, key->session);

    if (bytes_is_absent(key->policy))
        return owner;
    say_key(maker, subject, index, "policy");
    if (!set_layer(maker, owner, LAYER_SESSION, &key->policy, 1))
        return NULL;
    text_reset(maker->problem);
    return owner;
}

static bool make_key(struct maker *maker, const struct subject *subject, size_t index)
{
    const struct identity_key *key = &subject->identity->keys.items[index];
    struct arena *arena = &maker->made->arena;
    struct credential *credential;
    struct principal *owner;
    struct instant expires;

    if (!check_key_id(maker, subject, index, key) || !check_secrets(maker, subject, index, key) ||
        !check_status(maker, subject, index, key) || !check_session(maker, subject, index, key) ||
        !read_expiry(maker, subject, index, key, &expires))
        return false;
    owner = owner_of(maker, subject, index, key);
    if (owner == NULL)
        return false;
    credential = arena_new(arena, struct credential);
    *credential = (struct credential){
        .access_key_id = arena_copy(arena, key->id),
        .secret = arena_copy(arena, key->secret),
        .session_token = arena_copy(arena, key->token),
        .expires = expires,
        .is_active = !bytes_equal(key->status, BYTES("Inactive")),
        .owner = owner,
    };
    owner->access_key_id = credential->access_key_id;
    owner->is_temporary = !bytes_is_absent(key->token);
    map_add(&maker->made->credentials, hash_bytes(credential->access_key_id), credential);
    return true;
}

/* ---- users, roles, accounts ---- */

static bool check_name(struct maker *maker, const struct subject *subject)
{
    struct bytes name = subject->identity->name;

    if (!identities_is_name(name)) {
        say_subject(maker, subject, "name");
        return refuse(maker, "must be up to 128 letters, digits and +=,.@_- ; it is", name);
    }
    if (!name_set_take(&maker->names, &subject->identity->name)) {
        say_subject(maker, subject, "name");
        return refuse(maker, "there is another one of the name", name);
    }
    return true;
}

static bool check_id(struct maker *maker, const struct subject *subject)
{
    struct bytes id = subject->identity->id;

    if (bytes_is_absent(id) || (bytes_is_visible(id) && id.len <= NAME_CHARS_MAX))
        return true;
    say_subject(maker, subject, "id");
    return refuse(maker, "must be up to 128 printable ASCII characters without blanks",
                  BYTES_ABSENT);
}

static bool make_subject(struct maker *maker, struct subject *subject)
{
    if (!check_name(maker, subject) || !check_id(maker, subject))
        return false;
    subject->common = make_common(maker, subject);
    if (subject->common == NULL)
        return false;
    for (size_t i = 0; i < subject->identity->keys.count; i++) {
        if (!make_key(maker, subject, i))
            return false;
    }
    return true;
}

static bool make_users(struct maker *maker)
{
    const struct identity_list *users = &maker->account->users;

    map_deinit(&maker->names);
    for (size_t i = 0; i < users->count; i++) {
        struct subject subject = { &users->items[i], "users", i, false, NULL };

        if (!make_subject(maker, &subject))
            return false;
        maker->made->users[maker->made->user_count++] = subject.common;
    }
    return true;
}

static bool make_roles(struct maker *maker)
{
    const struct identity_list *roles = &maker->account->roles;

    map_deinit(&maker->names);
    for (size_t i = 0; i < roles->count; i++) {
        struct subject subject = { &roles->items[i], "roles", i, true, NULL };

        if (!make_subject(maker, &subject))
            return false;
    }
    return true;
}

static bool check_account(struct maker *maker)
{
    struct bytes id = maker->account->id;

    if (!is_account_id(id)) {
        say_account(maker, "id");
        return refuse(maker, "must be twelve digits; it is", id);
    }
    if (!name_set_take(&maker->account_ids, &maker->account->id)) {
        say_account(maker, "id");
        return refuse(maker, "there is another account", id);
    }
    return true;
}

static void make_room(struct identities *made, const struct identities_file *file)
{
    size_t policies = 0, users = 0;

    for (size_t i = 0; i < file->accounts.count; i++) {
        policies += file->accounts.items[i].policies.count;
        users += file->accounts.items[i].users.count;
    }
    made->policies = arena_array(&made->arena, struct policy *, policies);
    made->users = arena_array(&made->arena, const struct principal *, users);
}

static bool make_all(struct maker *maker, const struct identities_file *file)
{
    for (size_t i = 0; i < file->accounts.count; i++) {
        maker->account = &file->accounts.items[i];
        maker->account_index = i;
        if (!check_account(maker) || !make_policies(maker) || !make_users(maker) ||
            !make_roles(maker))
            return false;
    }
    return true;
}

struct identities *identities_new(const struct identities_file *file, struct text *problem)
{
    struct identities *made = memory_new(sizeof(*made));
    struct maker maker = { .made = made, .json = json_reader_new(), .problem = problem };
    bool ok;

    atomic_init(&made->references, 1);
    arena_init(&made->arena, "identities", IDENTITIES_ARENA_BYTES_MAX);
    make_room(made, file);
    ok = make_all(&maker, file);
    json_reader_free(maker.json);
    map_deinit(&maker.account_ids);
    map_deinit(&maker.policy_names);
    map_deinit(&maker.names);
    if (ok)
        return made;
    identities_release(made);
    return NULL;
}

/* ---- using them ---- */

struct identities *identities_keep(struct identities *identities)
{
    atomic_fetch_add_explicit(&identities->references, 1, memory_order_relaxed);
    return identities;
}

void identities_release(struct identities *identities)
{
    if (identities == NULL || atomic_fetch_sub(&identities->references, 1) != 1)
        return;
    for (size_t i = 0; i < identities->policy_count; i++)
        policy_free(identities->policies[i]);
    map_deinit(&identities->credentials);
    arena_deinit(&identities->arena);
    memory_free(identities);
}

const struct credential *identities_find(const struct identities *identities,
                                         struct bytes access_key_id)
{
    return map_find(&identities->credentials, hash_bytes(access_key_id), has_id, &access_key_id);
}

const struct principal *identities_find_user(const struct identities *identities,
                                             struct bytes account, struct bytes name)
{
    const struct principal *found = NULL;

    for (size_t i = 0; i < identities->user_count; i++) {
        const struct principal *user = identities->users[i];

        if (!bytes_equal(user->user_name, name) ||
            (!bytes_is_absent(account) && !bytes_equal(user->account_id, account)))
            continue;
        if (found)
            return NULL;
        found = user;
    }
    return found;
}

size_t identities_count_keys(const struct identities *identities)
{
    return identities->credentials.count;
}
