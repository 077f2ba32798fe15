/*
 * identities - who there is: the access keys, whose they are, and what their owners may do.
 *
 * Made whole from an identities file, or refused with the place of what is wrong; immutable from
 * then on and shared by reference count, so that a new file takes effect while calls under the old
 * one go on. Knows no file and no clock.
 */
#ifndef AUTH_IDENTITIES_H
#define AUTH_IDENTITIES_H

#include "auth/evaluate.h"
#include "auth/identities_file.h"
#include "auth/credential.h"
#include "model/shapes.h"

struct identities;

/* A user, or a session of a role. Immutable; lives as long as its identities. */
struct principal {
    uint64_t account;
    struct bytes account_id;    /* twelve digits */
    struct bytes access_key_id; /* of the key that led here; absent for a user found by name */
    struct bytes arn;           /* arn:aws:iam::ACCOUNT:user/NAME, or arn:aws:sts::ACCOUNT:... */
    struct bytes policy_arn; /* aws:PrincipalArn: of the user, or of the role whose session it is */
    struct bytes type;       /* aws:PrincipalType */
    bool is_temporary;       /* the key has a session token */
    struct bytes user_name;  /* absent for a session */
    struct bytes user_id;
    struct resource_tag_list tags;
    struct permissions permissions;
    struct policy_set layers[LAYER_COUNT]; /* made for this principal; the rest of `permissions`
                                              is shared with others of its user or role */
};

/* Checks what the file says and makes identities of it, with one reference; NULL, and in `problem`
 * one line that says where and why, when something is wrong. `file` may be freed afterwards. */
struct identities *identities_new(const struct identities_file *file, struct text *problem);

struct identities *identities_keep(struct identities *identities);
/* Gives a reference back; the last one frees. Any thread. NULL is fine. */
void identities_release(struct identities *identities);

/* The credential of this access key, or NULL; its `owner` is the struct principal. */
const struct credential *identities_find(const struct identities *identities,
                                         struct bytes access_key_id);

/* The user of this name in the account, or the only one of that name at all when `account` is
 * absent; NULL when there is none, or more than one. For `weir policy simulate`. */
const struct principal *identities_find_user(const struct identities *identities,
                                             struct bytes account, struct bytes name);

/* Can it be the name of a user, a role, a session or a policy? */
bool identities_is_name(struct bytes text);

/* For messages. */
size_t identities_count_keys(const struct identities *identities);

#endif
