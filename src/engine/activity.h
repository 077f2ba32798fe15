/*
 * activity - activity tasks, from the decision that schedules one to its end.
 *
 *   SCHEDULED --poll------------------------------------------------> STARTED
 *   SCHEDULED --cancel decision, SCHEDULE_TO_START, SCHEDULE_TO_CLOSE--> closed
 *   STARTED   --worker's answer-----------------------------------------> closed
 *   STARTED   --START_TO_CLOSE, HEARTBEAT, SCHEDULE_TO_CLOSE------------> closed
 */
#ifndef ENGINE_ACTIVITY_H
#define ENGINE_ACTIVITY_H

#include "engine/completion.h"
#include "engine/execution.h"
#include "model/fault.h"

/* Decisions ScheduleActivityTask and RequestCancelActivityTask. */
void activity_decide_schedule(struct completion *completion, const struct decision *decision);
void activity_decide_request_cancel(struct completion *completion, const struct decision *decision);
/* After the list: cancels what was asked to be cancelled and was not started (Q-CUN). */
void activity_cancel_unstarted(struct completion *completion);

/* PollForActivityTask takes this task, which is open and not started: writes ActivityTaskStarted.
 */
void activity_start(const struct activity *activity, struct bytes identity, struct event_list *out);

/* The worker's token names this task: the open activity, or the fault that the service answers. */
struct fault activity_find_started(const struct execution *execution, int64_t scheduled_event_id,
                                   int64_t started_event_id, struct arena *arena,
                                   struct activity **out);

/* RespondActivityTaskCompleted, Failed, Canceled: write the closing event and the need for a
 * decision task. */
void activity_complete(const struct execution *execution, const struct activity *activity,
                       struct bytes result, struct event_list *out);
void activity_fail(const struct execution *execution, const struct activity *activity,
                   struct bytes reason, struct bytes details, struct event_list *out);
void activity_cancel(const struct execution *execution, const struct activity *activity,
                     struct bytes details, struct event_list *out);

/* The activity's earliest deadline came due: writes ActivityTaskTimedOut of the right type. */
void activity_time_out(const struct execution *execution, const struct activity *activity,
                       struct event_list *out);

/* When the activity runs out first, and by which of its timeouts. */
struct instant activity_deadline(const struct activity *activity,
                                 enum activity_task_timeout_type *type);

void activity_apply(struct execution *execution, const struct event *event);
void activity_free(struct activity *activity);
/* Bytes of its texts. */
size_t activity_texts(const struct activity *activity);

#endif
