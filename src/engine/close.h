/*
 * close - every way in which a run ends: by decision, by TerminateWorkflowExecution, by its
 * timeout, by the length of its history.
 */
#ifndef ENGINE_CLOSE_H
#define ENGINE_CLOSE_H

#include "engine/completion.h"
#include "engine/execution.h"

/* Decisions CompleteWorkflowExecution, FailWorkflowExecution, CancelWorkflowExecution. */
void close_decide_complete(struct completion *completion, const struct decision *decision);
void close_decide_fail(struct completion *completion, const struct decision *decision);
void close_decide_cancel(struct completion *completion, const struct decision *decision);

/* TerminateWorkflowExecution: writes WorkflowExecutionTerminated, OPERATOR_INITIATED. */
void close_terminate(const struct execution *execution,
                     const struct terminate_workflow_execution_input *input,
                     struct event_list *out);

/* The history passed its limit: WorkflowExecutionTerminated, EVENT_LIMIT_EXCEEDED. */
void close_by_event_limit(const struct execution *execution, struct event_list *out);

/* The parent closed and its policy reaches this child: WorkflowExecutionTerminated,
 * CHILD_POLICY_APPLIED (Q-CHILD2). */
void close_by_child_policy(const struct execution *execution, struct event_list *out);

/* The policy that a closing event applies to open children; CHILD_POLICY_ABSENT when it closes
 * nothing. */
enum child_policy close_policy(const struct execution *execution, const struct event *closing);

/* executionStartToCloseTimeout ran out: WorkflowExecutionTimedOut. */
void close_by_timeout(const struct execution *execution, struct event_list *out);

void close_apply(struct execution *execution, const struct event *event);

#endif
