#include "cmd/identity_edit.h"

#include "auth/identities.h"
#include "base/spelling.h"
#include "cmd/ready_policy.h"
#include <stdarg.h>

/* ---- saying no ---- */

__attribute__((format(printf, 2, 3))) static bool refuse(struct identity_edit *edit,
                                                         const char *format, ...)
{
    char line[1024];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    text_append_cstr(edit->problem, line);
    return false;
}

static const char *kind_of(bool is_role)
{
    return is_role ? "role" : "user";
}

/* Finds the name that a misspelt one may have stood for. */
struct guess {
    struct bytes wanted, nearest;
    size_t distance;
};

/* The shorter the name, the fewer letters may differ: "zoe" is not a misspelt "bob". */
static struct guess guess_begin(struct bytes wanted)
{
    size_t far = 1 + wanted.len / 3;

    return (struct guess){ wanted, BYTES_ABSENT, far < SPELLING_FAR ? far : SPELLING_FAR };
}

static void guess_consider(struct guess *guess, struct bytes name)
{
    size_t distance = spelling_distance(guess->wanted, name);

    if (distance < guess->distance)
        *guess = (struct guess){ guess->wanted, name, distance };
}

static void say_guess(struct identity_edit *edit, const struct guess *guess)
{
    if (!bytes_is_absent(guess->nearest))
        text_printf(edit->problem, "; did you mean '%.*s'?", BYTES_FMT(guess->nearest));
}

/* ---- lists ---- */

/* The items with room for one more, which is zeroed. */
static void *grown(struct arena *arena, const void *items, size_t count, size_t size)
{
    char *larger = arena_alloc(arena, (count + 1) * size);

    if (count > 0)
        memcpy(larger, items, count * size);
    return larger;
}

/* Closes the gap at `place`. */
static void close_gap(void *items, size_t *count, size_t place, size_t size)
{
    char *gap = (char *)items + place * size;

    --*count;
    memmove(gap, gap + size, (*count - place) * size);
}

static bool contains(struct bytes_list list, struct bytes text)
{
    for (size_t i = 0; i < list.count; i++) {
        if (bytes_equal(list.items[i], text))
            return true;
    }
    return false;
}

/* ---- accounts ---- */

static struct identity_account *account_of(const struct identity_edit *edit, struct bytes id)
{
    struct identity_accounts *accounts = &edit->file->accounts;

    if (bytes_is_absent(id))
        return accounts->count == 1 ? accounts->items : NULL;
    for (size_t i = 0; i < accounts->count; i++) {
        if (bytes_equal(accounts->items[i].id, id))
            return &accounts->items[i];
    }
    return NULL;
}

static void say_accounts(struct identity_edit *edit)
{
    const struct identity_accounts *accounts = &edit->file->accounts;

    for (size_t i = 0; i < accounts->count; i++)
        text_printf(edit->problem, "%s%.*s", i ? ", " : "", BYTES_FMT(accounts->items[i].id));
}

static bool refuse_account(struct identity_edit *edit, struct bytes id)
{
    if (edit->file->accounts.count == 0)
        return refuse(edit, "there is no account yet; 'weir user add NAME' makes one");
    if (bytes_is_absent(id))
        refuse(edit, "there are several accounts, and --account must say which: ");
    else
        refuse(edit, "there is no account %.*s, but ", BYTES_FMT(id));
    say_accounts(edit);
    return false;
}

struct identity_account *identity_find_account(struct identity_edit *edit, struct bytes id)
{
    struct identity_account *account = account_of(edit, id);

    if (!account)
        refuse_account(edit, id);
    return account;
}

static struct identity_account *add_account(struct identity_edit *edit, struct bytes id)
{
    struct identity_accounts *accounts = &edit->file->accounts;
    struct identity_account *account;

    accounts->items = grown(edit->arena, accounts->items, accounts->count, sizeof(*account));
    account = &accounts->items[accounts->count++];
    account->id = id;
    return account;
}

/* The account, which is added when it is named and missing, or when the file has no account at
 * all. */
static struct identity_account *find_or_add_account(struct identity_edit *edit, struct bytes id)
{
    struct identity_account *account = account_of(edit, id);

    if (account)
        return account;
    if (bytes_is_absent(id) && edit->file->accounts.count > 0)
        return identity_find_account(edit, id);
    return add_account(edit, bytes_or(id, IDENTITY_FIRST_ACCOUNT));
}

/* ---- policies ---- */

static struct identity_policy *policy_of(const struct identity_account *account, struct bytes name)
{
    for (size_t i = 0; i < account->policies.count; i++) {
        if (bytes_equal(account->policies.items[i].name, name))
            return &account->policies.items[i];
    }
    return NULL;
}

static bool refuse_policy(struct identity_edit *edit, const struct identity_account *account,
                          struct bytes name)
{
    struct guess guess = guess_begin(name);

    for (size_t i = 0; i < account->policies.count; i++)
        guess_consider(&guess, account->policies.items[i].name);
    for (size_t i = 0; i < READY_POLICY_COUNT; i++)
        guess_consider(&guess, bytes_of_cstr(ready_policies[i].name));
    refuse(edit, "account %.*s has no policy '%.*s'", BYTES_FMT(account->id), BYTES_FMT(name));
    say_guess(edit, &guess);
    return false;
}

static void append_policy(struct identity_edit *edit, struct identity_account *account,
                          const struct identity_policy *policy)
{
    struct identity_policies *policies = &account->policies;

    policies->items = grown(edit->arena, policies->items, policies->count, sizeof(*policy));
    policies->items[policies->count++] = *policy;
}

/* Makes sure that the account has a policy of this name: its own, else the ready-made one; else
 * refuses. */
static bool provide_policy(struct identity_edit *edit, struct identity_account *account,
                           struct bytes name)
{
    const struct ready_policy *ready = ready_policy_find(name);

    if (policy_of(account, name))
        return true;
    if (!ready)
        return refuse_policy(edit, account, name);
    append_policy(
        edit, account,
        &(struct identity_policy){ bytes_of_cstr(ready->name), bytes_of_cstr(ready->document) });
    return true;
}

bool identity_uses_policy(const struct identity *identity, struct bytes policy)
{
    if (contains(identity->policies, policy) ||
        (!bytes_is_absent(identity->boundary) && bytes_equal(identity->boundary, policy)))
        return true;
    for (size_t i = 0; i < identity->keys.count; i++) {
        struct bytes own = identity->keys.items[i].policy;

        if (!bytes_is_absent(own) && bytes_equal(own, policy))
            return true;
    }
    return false;
}

static const struct identity *user_of_policy(const struct identity_list *list, struct bytes policy)
{
    for (size_t i = 0; i < list->count; i++) {
        if (identity_uses_policy(&list->items[i], policy))
            return &list->items[i];
    }
    return NULL;
}

static bool is_free(struct identity_edit *edit, const struct identity_account *account,
                    struct bytes policy)
{
    const struct identity *user = user_of_policy(&account->users, policy);
    const struct identity *role = user ? NULL : user_of_policy(&account->roles, policy);

    if (!user && !role)
        return true;
    return refuse(edit, "policy '%.*s' is in use: %s '%.*s' has it", BYTES_FMT(policy),
                  kind_of(role != NULL), BYTES_FMT((user ? user : role)->name));
}

static bool check_name(struct identity_edit *edit, const char *kind, struct bytes name)
{
    return identities_is_name(name) ||
           refuse(edit, "'%.*s': the name of a %s must be up to 128 letters, digits and +=,.@_-",
                  BYTES_FMT(name), kind);
}

bool identity_add_policy(struct identity_edit *edit, struct bytes account,
                         const struct identity_policy *policy, bool replace)
{
    struct identity_account *in = identity_find_account(edit, account);
    struct identity_policy *old = in ? policy_of(in, policy->name) : NULL;

    if (!in || !check_name(edit, "policy", policy->name))
        return false;
    if (old && !replace)
        return refuse(edit, "there is a policy '%.*s' already; --replace gives it a new document",
                      BYTES_FMT(policy->name));
    if (old)
        old->document = policy->document;
    else
        append_policy(edit, in, policy);
    return true;
}

bool identity_remove_policy(struct identity_edit *edit, struct bytes account, struct bytes name)
{
    struct identity_account *in = identity_find_account(edit, account);
    struct identity_policy *policy = in ? policy_of(in, name) : NULL;

    if (!in)
        return false;
    if (!policy)
        return refuse_policy(edit, in, name);
    if (!is_free(edit, in, name))
        return false;
    close_gap(in->policies.items, &in->policies.count, (size_t)(policy - in->policies.items),
              sizeof(*policy));
    return true;
}

struct identity_policy *identity_find_policy(struct identity_edit *edit, struct bytes account,
                                             struct bytes name)
{
    struct identity_account *in = identity_find_account(edit, account);
    struct identity_policy *policy = in ? policy_of(in, name) : NULL;

    if (in && !policy)
        refuse_policy(edit, in, name);
    return policy;
}

/* ---- users and roles ---- */

static struct identity_list *list_of(struct identity_account *account, bool is_role)
{
    return is_role ? &account->roles : &account->users;
}

static struct identity *identity_of(const struct identity_list *list, struct bytes name)
{
    for (size_t i = 0; i < list->count; i++) {
        if (bytes_equal(list->items[i].name, name))
            return &list->items[i];
    }
    return NULL;
}

static bool refuse_identity(struct identity_edit *edit, struct identity_account *account,
                            const struct identity_name *name)
{
    const struct identity_list *list = list_of(account, name->is_role);
    struct guess guess = guess_begin(name->name);

    for (size_t i = 0; i < list->count; i++)
        guess_consider(&guess, list->items[i].name);
    refuse(edit, "account %.*s has no %s '%.*s'", BYTES_FMT(account->id), kind_of(name->is_role),
           BYTES_FMT(name->name));
    if (!identity_of(list_of(account, !name->is_role), name->name))
        say_guess(edit, &guess);
    else
        refuse(edit, name->is_role ? ", but a user of that name: without --role"
                                   : ", but a role of that name: --role");
    return false;
}

/* Finds the user or role and its account; NULL after a refusal. */
static struct identity *find_in(struct identity_edit *edit, const struct identity_name *name,
                                struct identity_account **account)
{
    struct identity *found = NULL;

    *account = identity_find_account(edit, name->account);
    if (*account)
        found = identity_of(list_of(*account, name->is_role), name->name);
    if (*account && !found)
        refuse_identity(edit, *account, name);
    return found;
}

struct identity *identity_find(struct identity_edit *edit, const struct identity_name *name)
{
    struct identity_account *account;

    return find_in(edit, name, &account);
}

static bool attach(struct identity_edit *edit, struct identity_account *account,
                   struct identity *identity, struct bytes policy)
{
    struct bytes_list *list = &identity->policies;
    struct bytes *items;

    if (!provide_policy(edit, account, policy))
        return false;
    if (contains(*list, policy))
        return true;
    items = grown(edit->arena, list->items, list->count, sizeof(*items));
    items[list->count++] = policy;
    list->items = items;
    return true;
}

bool identity_add(struct identity_edit *edit, const struct identity_name *name,
                  struct bytes_list policies)
{
    struct identity_account *account;
    struct identity_list *list;

    if (!check_name(edit, kind_of(name->is_role), name->name))
        return false;
    account = find_or_add_account(edit, name->account);
    if (!account)
        return false;
    list = list_of(account, name->is_role);
    if (identity_of(list, name->name))
        return refuse(edit, "account %.*s has a %s '%.*s' already", BYTES_FMT(account->id),
                      kind_of(name->is_role), BYTES_FMT(name->name));
    list->items = grown(edit->arena, list->items, list->count, sizeof(*list->items));
    list->items[list->count++].name = name->name;
    for (size_t i = 0; i < policies.count; i++) {
        if (!attach(edit, account, &list->items[list->count - 1], policies.items[i]))
            return false;
    }
    return true;
}

bool identity_remove(struct identity_edit *edit, const struct identity_name *name, size_t *keys)
{
    struct identity_account *account;
    struct identity *identity = find_in(edit, name, &account);
    struct identity_list *list;

    if (!identity)
        return false;
    *keys = identity->keys.count;
    list = list_of(account, name->is_role);
    close_gap(list->items, &list->count, (size_t)(identity - list->items), sizeof(*identity));
    return true;
}

bool identity_attach(struct identity_edit *edit, const struct identity_name *name,
                     struct bytes policy)
{
    struct identity_account *account;
    struct identity *identity = find_in(edit, name, &account);

    return identity && attach(edit, account, identity, policy);
}

bool identity_detach(struct identity_edit *edit, const struct identity_name *name,
                     struct bytes policy)
{
    struct identity *identity = identity_find(edit, name);
    struct bytes *items;
    size_t place = 0;

    if (!identity)
        return false;
    while (place < identity->policies.count &&
           !bytes_equal(identity->policies.items[place], policy))
        place++;
    if (place == identity->policies.count)
        return refuse(edit, "%s '%.*s' does not have policy '%.*s'", kind_of(name->is_role),
                      BYTES_FMT(name->name), BYTES_FMT(policy));
    items = grown(edit->arena, identity->policies.items, identity->policies.count, sizeof(*items));
    close_gap(items, &identity->policies.count, place, sizeof(*items));
    identity->policies.items = items;
    return true;
}

/* ---- keys ---- */

bool identity_add_key(struct identity_edit *edit, const struct identity_name *name,
                      const struct identity_key *key)
{
    struct identity_account *account;
    struct identity *identity = find_in(edit, name, &account);
    struct identity_keys *keys;

    if (!identity)
        return false;
    if (!bytes_is_absent(key->policy) && !provide_policy(edit, account, key->policy))
        return false;
    keys = &identity->keys;
    keys->items = grown(edit->arena, keys->items, keys->count, sizeof(*key));
    keys->items[keys->count++] = *key;
    return true;
}

static struct identity_key *key_in(const struct identity_list *list, struct bytes id,
                                   struct identity **owner)
{
    for (size_t i = 0; i < list->count; i++) {
        *owner = &list->items[i];
        for (size_t j = 0; j < (*owner)->keys.count; j++) {
            if (bytes_equal((*owner)->keys.items[j].id, id))
                return &(*owner)->keys.items[j];
        }
    }
    return NULL;
}

/* The id of a key is unique in the whole file, so all accounts are searched. */
struct identity_key *identity_find_key(struct identity_edit *edit, struct bytes id,
                                       struct identity **owner)
{
    const struct identity_accounts *accounts = &edit->file->accounts;

    for (size_t i = 0; i < accounts->count; i++) {
        struct identity_key *key = key_in(&accounts->items[i].users, id, owner);

        key = key ? key : key_in(&accounts->items[i].roles, id, owner);
        if (key)
            return key;
    }
    refuse(edit, "there is no access key '%.*s'; 'weir key list' shows which there are",
           BYTES_FMT(id));
    return NULL;
}

bool identity_remove_key(struct identity_edit *edit, struct bytes id)
{
    struct identity *owner;
    struct identity_key *key = identity_find_key(edit, id, &owner);

    if (!key)
        return false;
    close_gap(owner->keys.items, &owner->keys.count, (size_t)(key - owner->keys.items),
              sizeof(*key));
    return true;
}

bool identity_set_key_status(struct identity_edit *edit, struct bytes id, bool is_active)
{
    struct identity *owner;
    struct identity_key *key = identity_find_key(edit, id, &owner);

    if (!key)
        return false;
    key->status = is_active ? BYTES("Active") : BYTES("Inactive");
    return true;
}
