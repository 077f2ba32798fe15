/*
 * action - what policies call the things that can be done.
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

#endif
