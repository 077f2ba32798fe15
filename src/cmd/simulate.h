/*
 * simulate - what the policies of an identities file would say to an action, and which statement
 * says it.
 */
#ifndef CMD_SIMULATE_H
#define CMD_SIMULATE_H

#include "auth/identities.h"
#include "cmd/identity_edit.h"

/* The question. Absent texts were not given. */
struct simulation {
    struct bytes account, user; /* whose policies: a user's, or those that come with a key */
    struct bytes key_id;
    struct bytes action;     /* "swf:StartTimer", or "iam:PassRole" */
    struct bytes resource;   /* an ARN, or the name of a domain */
    struct bytes region;     /* of the server */
    struct bytes_list given; /* "KEY=VALUE": condition keys besides the caller's own, or instead */
    struct instant now;
};

/* Is it a question at all? False after one line in `problem` that says what would be right. */
must_use bool simulation_check(const struct simulation *simulation, struct text *problem);

/* Answers a question that was checked, in `out`: a line that begins with "allowed" or "denied", and
 * where there are several layers of policies a line for each. False when there is no such user or
 * key: then one line in edit->problem says so. Needs edit->identities. */
must_use bool simulate(const struct simulation *simulation, struct identity_edit *edit,
                       struct text *out, bool *allowed);

#endif
