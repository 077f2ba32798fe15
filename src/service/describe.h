/*
 * describe - what DescribeWorkflowExecution and the lists say of a run, built from its execution.
 */
#ifndef SERVICE_DESCRIBE_H
#define SERVICE_DESCRIBE_H

#include "base/arena.h"
#include "service/runs.h"

/* The result borrows from the run; its structures lie in `arena`. */
const struct workflow_execution_info *describe_info(const struct run *run, struct arena *arena);

/* The whole detail but latestExecutionContext, which lies in the event that
 * execution.context_event_id names. */
struct workflow_execution_detail *describe_detail(const struct run *run, struct arena *arena);

/* What the store keeps of a run that has closed: its summary. Borrows from the run, which has a
 * domain. */
struct run_closing *describe_closing(const struct run *run, struct arena *arena);

#endif
