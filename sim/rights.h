/*
 * rights - who calls: of which account, and what they may do there; a few sets of rights, each as
 * the policy that the server is given. What they come to the oracle says in its own words
 * (oracle_access.c).
 */
#ifndef SIM_RIGHTS_H
#define SIM_RIGHTS_H

#include "base/arena.h"
#include <stdbool.h>
#include <stdint.h>

enum rights {
    RIGHTS_ALL,
    RIGHTS_FEW_DECISIONS, /* all but some decisions */
    RIGHTS_ONE_DOMAIN,    /* all, in the domain "d" */
    RIGHTS_LOOK,          /* all that changes nothing */
    RIGHTS_WORK,          /* to poll and to respond; to schedule activities, and to complete */
    RIGHTS_TWO_LISTS,     /* the task lists "deciders" and "workers" and no other */
    RIGHTS_OLD_TYPES,     /* types of any version but "2" */
    RIGHTS_RED_TEAM,      /* domains with the resource tag team=red */
    RIGHTS_NO_TEAM,       /* all but giving and taking resource tags of the key "team" */
    RIGHTS_TAGGED,        /* begins no run without a tag, lists and counts only those of "t1" */
    RIGHTS_NO_ROLES,      /* may hand no role to the service */
    RIGHTS_NONE,
    RIGHTS_COUNT,
};

struct who {
    uint64_t account;
    enum rights rights;
};

#define ACCOUNTS 2
extern const uint64_t accounts[ACCOUNTS];

/* The name of the user who has them. */
extern const char *const rights_names[RIGHTS_COUNT];

/* The policy document; absent: none. `denied` is by enum decision_type, for those with few
 * decisions. */
struct bytes rights_policy(enum rights rights, const bool *denied, struct arena *arena);

#endif
