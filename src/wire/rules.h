/*
 * rules - what the service checks in a request beyond its model: characters of names, durations,
 * priorities, retention, the shape of decision lists. Runs after the permission check.
 */
#ifndef WIRE_RULES_H
#define WIRE_RULES_H

#include "base/arena.h"
#include "model/fault.h"
#include "model/limits.h"
#include "model/operation.h"

/* The first rule that the decoded request breaks, as a FAULT_VALIDATION with its text in `arena`,
 * or NO_FAULT. Empty optional durations count as not given, and become absent in the request. */
struct fault check_rules(struct request *request, const struct limits *limits, struct arena *arena);

#endif
