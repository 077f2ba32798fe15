/*
 * timer - the decisions StartTimer and CancelTimer, and what becomes of the timers.
 */
#ifndef ENGINE_TIMER_H
#define ENGINE_TIMER_H

#include "engine/completion.h"
#include "engine/execution.h"

void timer_decide_start(struct completion *completion, const struct decision *decision);
void timer_decide_cancel(struct completion *completion, const struct decision *decision);

/* The timer came due: writes TimerFired and the need for a decision task. */
void timer_fire(const struct execution *execution, const struct timer *timer,
                struct event_list *out);

void timer_apply(struct execution *execution, const struct event *event);
void timer_free(struct timer *timer);

#endif
