/*
 * continue_as_new - the decision ContinueAsNewWorkflowExecution: this run ends, and the workflow
 * goes on in a new one.
 */
#ifndef ENGINE_CONTINUE_AS_NEW_H
#define ENGINE_CONTINUE_AS_NEW_H

#include "engine/completion.h"

void continue_as_new_decide(struct completion *completion, const struct decision *decision);

/* The first events of the new run. `continued` is the WorkflowExecutionContinuedAsNew event of
 * `old`, whose run id is `old_run_id`. A child stays its parent's child. */
void continue_as_new_start(const struct execution *old, struct bytes old_run_id,
                           const struct event *continued, struct event_list *out);

#endif
