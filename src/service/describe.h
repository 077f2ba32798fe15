/*
 * describe - what DescribeWorkflowExecution and the lists say of a run, built from its execution.
 */
#ifndef SERVICE_DESCRIBE_H
#define SERVICE_DESCRIBE_H

#include "base/arena.h"
#include "service/runs.h"
#include "service/visibility.h"

/* The result borrows from the run; its structures lie in `arena`. */
const struct workflow_execution_info *describe_info(const struct run *run, struct arena *arena);

/* The same of an open run that sleeps, from its first event. */
const struct workflow_execution_info *describe_sleeping(const struct run_opening *names,
                                                        const struct event *started,
                                                        bool cancel_requested, struct arena *arena);

/* What lists of open runs find the run by. Borrows from the run. */
struct open_labels describe_labels(const struct run *run);

/* The whole detail but latestExecutionContext, which lies in the event that
 * execution.context_event_id names. */
struct workflow_execution_detail *describe_detail(const struct run *run, struct arena *arena);

/* What the store keeps of a run that has closed: its summary. Borrows from the run, which has a
 * domain. */
struct run_closing *describe_closing(const struct run *run, struct arena *arena);

#endif
