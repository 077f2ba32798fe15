/*
 * decision_task - scheduling, handing out and timing out decision tasks (lifecycle: NONE ->
 * SCHEDULED -> STARTED -> closed).
 *
 * An event that needs the decider is followed by DecisionTaskScheduled in the same transaction,
 * unless one is waiting already; that holds while another one is started, too.
 */
#ifndef ENGINE_DECISION_TASK_H
#define ENGINE_DECISION_TASK_H

#include "engine/execution.h"

/* Writes DecisionTaskScheduled unless a decision task is waiting. */
void decision_task_need(const struct execution *execution, struct event_list *out);

/* Writes DecisionTaskScheduled on `task_list` with this schedule-to-start timeout (absent: "NONE").
 */
void decision_task_schedule_on(const struct execution *execution, struct bytes task_list,
                               struct bytes schedule_to_start, struct event_list *out);

/* PollForDecisionTask takes the waiting task: writes DecisionTaskStarted. `identity` may be absent.
 */
void decision_task_start(const struct execution *execution, struct bytes identity,
                         struct event_list *out);

/* The deadline of the decision task came due: DecisionTaskTimedOut and what follows. */
void decision_task_time_out(const struct execution *execution, struct event_list *out);

/* Is this the started decision task? */
bool decision_task_is_started(const struct execution *execution, int64_t scheduled_event_id,
                              int64_t started_event_id);

void decision_task_apply(struct execution *execution, const struct event *event);
void decision_task_free(struct execution *execution);

#endif
