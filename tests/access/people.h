/*
 * people - who there is in a test: users and sessions of roles, each with keys and policies made of
 * its name.
 *
 * Texts of policies are written with ' for ". A document here is the list of its statements; see
 * ALLOW and DENY.
 */
#ifndef TEST_ACCESS_PEOPLE_H
#define TEST_ACCESS_PEOPLE_H

#include "auth/identities.h"
#include "letter.h"

#define ACCOUNT_A "111111111111"
#define ACCOUNT_B "222222222222"

/* Statements without conditions, and with some. `action` and `resource` are single texts. */
#define STATEMENT(effect, action, resource, more) \
    "{'Effect':'" effect "','Action':'" action "','Resource':'" resource "'" more "}"
#define ALLOW(action, resource) STATEMENT("Allow", action, resource, "")
#define DENY(action, resource) STATEMENT("Deny", action, resource, "")
#define ALLOW_ALL ALLOW("*", "*")

enum account { IN_A, IN_B, ACCOUNTS };

struct people {
    struct text users[ACCOUNTS], roles[ACCOUNTS], policies[ACCOUNTS];
};

void people_init(struct people *people);
void people_deinit(struct people *people);

/* A user whose one policy has these statements ("": none). */
void people_add(struct people *people, enum account account, const char *name,
                const char *statements);
/* One whose boundary has these. */
void people_add_bounded(struct people *people, enum account account, const char *name,
                        const char *statements, const char *boundary);
/* One whose key is not active. */
void people_add_inactive(struct people *people, enum account account, const char *name);
/* A session of a role, "session", that may do what both allow (`session` NULL: the role alone)
 * until `expires` ("2012-01-15T02:00:00Z"). */
void people_add_session(struct people *people, enum account account, const char *name,
                        const char *statements, const char *session, const char *expires);

/* Identities with one reference, owned by the caller. */
struct identities *people_make(const struct people *people);

/* With which this user signs, or this role's session. */
struct credentials people_user_keys(const char *name);
struct credentials people_session_keys(const char *name);

/* The text with " for '. */
void people_append_plain(struct text *out, const char *text);

#endif
