/*
 * child - child executions, seen from their parent.
 *
 *   StartChildWorkflowExecutionInitiated --already running--> StartChildWorkflowExecutionFailed
 *   StartChildWorkflowExecutionInitiated --started--> ChildWorkflowExecutionStarted
 *   ChildWorkflowExecutionStarted --closed--> ChildWorkflowExecutionCompleted, Failed, ...
 *
 * The child itself is another workflow: what it is told and what it reports travel as messages,
 * which somebody else carries. A child that continues as new stays the same child; its last run is
 * the one that is reported.
 */
#ifndef ENGINE_CHILD_H
#define ENGINE_CHILD_H

#include "engine/completion.h"
#include "engine/execution.h"

/* The decision StartChildWorkflowExecution. */
void child_decide_start(struct completion *completion, const struct decision *decision);

/* The child that `initiated` asked for has been started as `names`. */
void child_started(const struct execution *parent, const struct event *initiated,
                   const struct workflow_execution *names, struct event_list *out);
/* It could not be started, for the cause that was found only then: an open run has its workflow id.
 */
void child_start_failed(const struct execution *parent, const struct event *initiated,
                        enum start_child_workflow_execution_failed_cause cause,
                        struct event_list *out);
/* The child of that Initiated event closed by `closing`, its last run being `names` of `type`;
 * writes nothing when it is not open (any more). */
void child_closed(const struct execution *parent, int64_t initiated_event_id,
                  const struct workflow_execution *names, const struct workflow_type *type,
                  const struct event *closing, struct event_list *out);

/* The open child of that Initiated event, or NULL. */
struct child *child_get(const struct execution *parent, int64_t initiated_event_id);

void child_apply(struct execution *execution, const struct event *event);
void child_free(struct child *child);

#endif
