/*
 * action - what policies call the things that can be done, and the things they are done to.
 *
 * Each operation is an action, and so are the decisions of RespondDecisionTaskCompleted (developer
 * guide, "Pseudo API"). The only resource is the domain.
 */
#ifndef AUTH_ACTION_H
#define AUTH_ACTION_H

#include "base/arena.h"
#include "model/operation.h"

/* "swf:StartWorkflowExecution". */
struct bytes action_of_operation(struct arena *arena, enum operation operation);

/* "swf:StartTimer"; absent for the decision that is no action: scheduling a Lambda function, which
 * no policy can forbid by itself. */
struct bytes action_of_decision(struct arena *arena, enum decision_type type);

/* Is there an action of this name, in whichever case? */
bool action_exists(struct bytes action);

/* Is it the action of a decision, not of a call? */
bool action_is_decision(struct bytes action);

/* The action that was perhaps meant by a name that is none ("swf:StartWorkflowExecutio"); absent
 * when nothing is near. */
struct bytes action_suggest(struct arena *arena, struct bytes action);

/* The domain that a request names, by its name or as an ARN; absent for ListDomains and for calls
 * with a task token, whose domain is in the token. */
struct bytes action_domain(const struct request *request);

/* "arn:aws:swf:REGION:ACCOUNT:/domain/NAME"; without a domain, as for ListDomains,
 * "arn:aws:swf:REGION:ACCOUNT:/domain/" and a star. */
struct bytes action_resource(struct arena *arena, struct bytes region, struct bytes account,
                             struct bytes domain);

#endif
