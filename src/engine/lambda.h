/*
 * lambda - Lambda tasks, from the decision ScheduleLambdaFunction to their end.
 *
 *   SCHEDULED --the run has a Lambda role--> STARTED --the function's answer--> Completed, Failed
 *       \--it has none--> StartLambdaFunctionFailed  \--startToCloseTimeout--> TimedOut
 *
 * The function itself is called by somebody else, at most once, after LambdaFunctionStarted was
 * kept; who calls it reports here. No decision cancels a Lambda task.
 */
#ifndef ENGINE_LAMBDA_H
#define ENGINE_LAMBDA_H

#include "engine/completion.h"
#include "engine/execution.h"

/* The decision ScheduleLambdaFunction. It has no permission of its own: what the function may do is
 * the Lambda role's matter. */
void lambda_decide_schedule(struct completion *completion, const struct decision *decision);

/* Starts a task that was scheduled: writes LambdaFunctionStarted and returns true, or, when the run
 * has no Lambda role, StartLambdaFunctionFailed and the need for a decision task. */
bool lambda_start(const struct execution *execution, const struct lambda *lambda,
                  struct event_list *out);
/* It cannot be started, for the reason that `message` gives. */
void lambda_start_failed(const struct execution *execution, const struct lambda *lambda,
                         struct bytes message, struct event_list *out);

/* The started function's answer: the closing event and the need for a decision task. `result`,
 * `reason` and `details` may be absent and are within SWF's lengths. */
void lambda_complete(const struct execution *execution, const struct lambda *lambda,
                     struct bytes result, struct event_list *out);
void lambda_fail(const struct execution *execution, const struct lambda *lambda,
                 struct bytes reason, struct bytes details, struct event_list *out);
/* Its deadline came due: writes LambdaFunctionTimedOut and the need for a decision task. */
void lambda_time_out(const struct execution *execution, const struct lambda *lambda,
                     struct event_list *out);

/* After a restart nobody waits for the functions that were running: those without a time limit run
 * out at `now`, the others when their time is over. */
void lambda_restart(struct execution *execution, struct instant now);

/* The open Lambda task with this id or scheduling event; NULL when there is none. */
struct lambda *lambda_find(const struct execution *execution, struct bytes id);
struct lambda *lambda_get(const struct execution *execution, int64_t scheduled_event_id);

void lambda_apply(struct execution *execution, const struct event *event);
void lambda_free(struct lambda *lambda);

#endif
