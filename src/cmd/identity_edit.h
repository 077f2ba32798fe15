/*
 * identity_edit - changes of what an identities file says: users, roles, keys and policies come,
 * go, and are tied to each other.
 *
 * Works on the plain data, knows no file and no clock. What cannot be done is refused with one line
 * that says what would be right, and the data is then good for nothing but being thrown away. That
 * the whole is right in the end is for identities_new to say.
 */
#ifndef CMD_IDENTITY_EDIT_H
#define CMD_IDENTITY_EDIT_H

#include "auth/identities_file.h"
#include "base/ensure.h"

/* The account of a file that has none yet. */
#define IDENTITY_FIRST_ACCOUNT BYTES("123456789012")

struct identities;

struct identity_edit {
    struct identities_file *file;
    struct arena *arena;  /* of what is added; texts that are handed in must live as long */
    struct text *problem; /* where a refusal is said */
    const struct identities *identities; /* of the file, where it is only looked at */
};

/* A user or a role; `account` is absent where the file's only one is meant. */
struct identity_name {
    struct bytes account, name;
    bool is_role;
};

/* Adds a user or a role without keys, and the account where it is missing. */
must_use bool identity_add(struct identity_edit *edit, const struct identity_name *name,
                           struct bytes_list policies);

/* Removes it with its keys, of which *keys says how many there were. */
must_use bool identity_remove(struct identity_edit *edit, const struct identity_name *name,
                              size_t *keys);

/* Makes the policy one of those that it has, first of all out of a ready-made one (ready_policy.h)
 * where the account has none of the name. That it has it already is fine. */
must_use bool identity_attach(struct identity_edit *edit, const struct identity_name *name,
                              struct bytes policy);
must_use bool identity_detach(struct identity_edit *edit, const struct identity_name *name,
                              struct bytes policy);

/* Gives it one more key; the key's own policy as with identity_attach. */
must_use bool identity_add_key(struct identity_edit *edit, const struct identity_name *name,
                               const struct identity_key *key);
must_use bool identity_remove_key(struct identity_edit *edit, struct bytes id);
must_use bool identity_set_key_status(struct identity_edit *edit, struct bytes id, bool is_active);

/* Adds a policy; one of the name only gets the new document when it may `replace`. */
must_use bool identity_add_policy(struct identity_edit *edit, struct bytes account,
                                  const struct identity_policy *policy, bool replace);
/* Refused while somebody has it. */
must_use bool identity_remove_policy(struct identity_edit *edit, struct bytes account,
                                     struct bytes name);

/* ---- looking, with the same refusals */

/* The account of this id, or the only one when it is absent; NULL after a refusal. */
struct identity_account *identity_find_account(struct identity_edit *edit, struct bytes id);

struct identity *identity_find(struct identity_edit *edit, const struct identity_name *name);

/* Keys are found in all accounts. *owner is whose it is. */
struct identity_key *identity_find_key(struct identity_edit *edit, struct bytes id,
                                       struct identity **owner);

struct identity_policy *identity_find_policy(struct identity_edit *edit, struct bytes account,
                                             struct bytes name);

/* Is it attached, the permissions boundary, or the policy of a key? */
bool identity_uses_policy(const struct identity *identity, struct bytes policy);

#endif
