/*
 * identities_file - accounts, users, roles, access keys and policies as they stand in one JSON
 * file: read into plain data, and written again.
 *
 * Says of a text that is wrong where and what would be right. Knows nothing of what the names mean
 * to each other: see identities.h. All texts of what was read lie in the caller's arena.
 */
#ifndef AUTH_IDENTITIES_FILE_H
#define AUTH_IDENTITIES_FILE_H

#include "base/arena.h"
#include "base/text.h"

/* The most that the file may hold; and what an arena for reading it needs at most. */
#define IDENTITIES_FILE_BYTES_MAX ((size_t)16 << 20)
#define IDENTITIES_ARENA_BYTES_MAX ((size_t)256 << 20)

/* The most accounts, users, roles, keys, policies, tags and names of policies, all together: what
 * keeps a file of nothing but "{}" within the arena. */
#define IDENTITIES_ENTRIES_MAX 500000
/* As IAM has it. */
#define IDENTITY_TAGS_MAX 50

struct identity_tag {
    struct bytes key, value;
};
struct identity_tags {
    struct identity_tag *items;
    size_t count;
};

/* An access key; with `token` and `expires` temporary credentials. Optional texts are absent where
 * not given. */
struct identity_key {
    struct bytes id, secret;
    struct bytes status;  /* "Active", which is the default, or "Inactive" */
    struct bytes session; /* of a role: its session's name */
    struct bytes token;   /* session token */
    struct bytes expires; /* "2026-11-27T10:02:54Z" */
    struct bytes policy;  /* name of the session policy */
};
struct identity_keys {
    struct identity_key *items;
    size_t count;
};

/* A user or a role. */
struct identity {
    struct bytes name;
    struct bytes id; /* what aws:userid says; by default the name */
    struct identity_tags tags;
    struct bytes_list policies; /* by name */
    struct bytes boundary;      /* name of the permissions boundary */
    struct identity_keys keys;
};
struct identity_list {
    struct identity *items;
    size_t count;
};

struct identity_policy {
    struct bytes name;
    struct bytes document; /* JSON text */
};
struct identity_policies {
    struct identity_policy *items;
    size_t count;
};

struct identity_account {
    struct bytes id; /* twelve digits */
    struct identity_list users, roles;
    struct identity_policies policies;
};
struct identity_accounts {
    struct identity_account *items;
    size_t count;
};

struct identities_file {
    struct identity_accounts accounts;
};

/* Reads a whole file; false, and in `problem` one line that says where and why, when it is not
 * right. */
bool identities_file_read(struct bytes json, struct arena *arena, struct identities_file *out,
                          struct text *problem);

/* Writes it, indented, ended by a newline. `out` has overflowed when it is more than the file may
 * hold. */
void identities_file_write(const struct identities_file *file, struct text *out);

#endif
