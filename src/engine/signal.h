/*
 * signal - signals and cancel requests that reach an open execution.
 */
#ifndef ENGINE_SIGNAL_H
#define ENGINE_SIGNAL_H

#include "engine/execution.h"

/* SignalWorkflowExecution: WorkflowExecutionSignaled and the need for a decision task. */
void signal_receive(const struct execution *execution,
                    const struct signal_workflow_execution_input *input, struct event_list *out);

/* RequestCancelWorkflowExecution: WorkflowExecutionCancelRequested and the need for a decision
 * task. */
void signal_receive_cancel_request(const struct execution *execution, struct event_list *out);

/* The parent closed and its policy asks this child to cancel itself: the request names the parent.
 */
void signal_receive_policy_cancel(const struct execution *execution,
                                  const struct workflow_execution *parent, struct event_list *out);

#endif
