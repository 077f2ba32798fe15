/*
 * start - the first events of a run, and the defaults that its type gives (API reference, StartWorkflowExecution).
 */
#ifndef ENGINE_START_H
#define ENGINE_START_H

#include "model/event.h"
#include "model/facts.h"
#include "model/fault.h"

/* Decides StartWorkflowExecution for a workflowId that has no open run if !already_open: WorkflowExecutionStarted and
 * DecisionTaskScheduled; or, first of these that holds: UnknownResourceFault, TypeDeprecatedFault, DomainDeprecatedFault,
 * DefaultUndefinedFault, WorkflowExecutionAlreadyStartedFault, LimitExceededFault. */
struct fault start_decide(const struct start_workflow_execution_input *input, const struct facts *facts,
                          bool already_open, struct event_list *out);

#endif
