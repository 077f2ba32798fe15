/*
 * start - the first events of a run, and the defaults that its type gives (API reference,
 * StartWorkflowExecution).
 */
#ifndef ENGINE_START_H
#define ENGINE_START_H

#include "engine/execution.h"
#include "model/event.h"
#include "model/facts.h"
#include "model/fault.h"

/* Decides StartWorkflowExecution for a workflowId that has no open run if !already_open:
 * WorkflowExecutionStarted and DecisionTaskScheduled; or, first of these that holds:
 * UnknownResourceFault, TypeDeprecatedFault, DomainDeprecatedFault, DefaultUndefinedFault,
 * WorkflowExecutionAlreadyStartedFault, LimitExceededFault. */
struct fault start_decide(const struct start_workflow_execution_input *input,
                          const struct facts *facts, bool already_open, struct event_list *out);

/* Writes the first two events of a run: `started` is copied into the list's arena, with all its
 * pointers as they are. */
void start_write(const struct workflow_execution_started_event *started, struct event_list *out);

/* The first events of a child that `initiated`, an event of `parent`, asked for. */
void start_child(const struct event *initiated, const struct workflow_execution *parent,
                 struct event_list *out);

#endif
