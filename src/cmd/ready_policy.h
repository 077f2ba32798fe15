/*
 * ready_policy - policies that need not be written first: attaching one puts it into the file,
 * where it is a policy as any other from then on.
 */
#ifndef CMD_READY_POLICY_H
#define CMD_READY_POLICY_H

#include "base/bytes.h"

struct ready_policy {
    const char *name;
    const char *document;
};

#define READY_POLICY_COUNT 2
extern const struct ready_policy ready_policies[READY_POLICY_COUNT];

/* The one of this name, or NULL. */
const struct ready_policy *ready_policy_find(struct bytes name);

#endif
