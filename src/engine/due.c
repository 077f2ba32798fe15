#include "engine/due.h"
#include "engine/activity.h"
#include "engine/close.h"
#include "engine/decision_task.h"
#include "engine/lambda.h"
#include "engine/timer.h"

static bool is_due(struct instant at, struct instant now)
{
    return !instant_before(now, at);
}

static void decide_deadline(const struct execution *execution, const struct deadline *deadline,
                            struct event_list *out)
{
    switch (deadline->kind) {
    case DEADLINE_ACTIVITY:
        activity_time_out(execution, object_of(deadline, const struct activity, deadline), out);
        break;
    case DEADLINE_TIMER:
        timer_fire(execution, object_of(deadline, const struct timer, deadline), out);
        break;
    case DEADLINE_LAMBDA:
        lambda_time_out(execution, object_of(deadline, const struct lambda, deadline), out);
        break;
    case DEADLINE_DECISION_TASK:
        decision_task_time_out(execution, out);
        break;
    }
}

bool due_decide(const struct execution *execution, struct instant now, struct event_list *out)
{
    const struct heap_node *first = heap_first(&execution->deadlines);
    struct instant end = timeout_from(execution->settings.execution_timeout, execution->started_at);
    const struct deadline *deadline = first ? object_of(first, const struct deadline, node) : NULL;

    if (!execution->is_open)
        return false;
    if (deadline && is_due(deadline->at, now) && !instant_before(end, deadline->at)) {
        decide_deadline(execution, deadline, out);
        return true;
    }
    if (is_due(end, now)) {
        close_by_timeout(execution, out);
        return true;
    }
    return false;
}
