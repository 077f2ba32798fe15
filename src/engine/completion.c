#include "engine/completion.h"
#include "base/hash.h"
#include "engine/activity.h"
#include "engine/child.h"
#include "engine/close.h"
#include "engine/continue_as_new.h"
#include "engine/decision_task.h"
#include "engine/external.h"
#include "engine/lambda.h"
#include "engine/marker.h"
#include "engine/timer.h"

typedef void decide_fn(struct completion *completion, const struct decision *decision);

/* Every decision has its family. */
static decide_fn *const deciders[DECISION_TYPE_COUNT + 1] = {
    [DECISION_SCHEDULE_ACTIVITY_TASK] = activity_decide_schedule,
    [DECISION_REQUEST_CANCEL_ACTIVITY_TASK] = activity_decide_request_cancel,
    [DECISION_START_TIMER] = timer_decide_start,
    [DECISION_CANCEL_TIMER] = timer_decide_cancel,
    [DECISION_RECORD_MARKER] = marker_decide_record,
    [DECISION_START_CHILD_WORKFLOW_EXECUTION] = child_decide_start,
    [DECISION_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION] = external_decide_signal,
    [DECISION_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION] = external_decide_cancel,
    [DECISION_CONTINUE_AS_NEW_WORKFLOW_EXECUTION] = continue_as_new_decide,
    [DECISION_SCHEDULE_LAMBDA_FUNCTION] = lambda_decide_schedule,
    [DECISION_COMPLETE_WORKFLOW_EXECUTION] = close_decide_complete,
    [DECISION_FAIL_WORKFLOW_EXECUTION] = close_decide_fail,
    [DECISION_CANCEL_WORKFLOW_EXECUTION] = close_decide_cancel,
};

/* ---- what the list said of an id ---- */

static bool has_id(const void *object, const void *key)
{
    return bytes_equal(((const struct listed_id *)object)->id, *(const struct bytes *)key);
}

struct listed_id *listed_ids_find(const struct listed_ids *ids, struct bytes id)
{
    return map_find(&ids->map, hash_bytes(id), has_id, &id);
}

struct listed_id *listed_ids_add(struct listed_ids *ids, struct arena *arena, struct bytes id,
                                 int64_t event_id, bool opened_here)
{
    struct listed_id *listed = arena_new(arena, struct listed_id);

    *listed = (struct listed_id){ .id = id, .event_id = event_id, .opened_here = opened_here };
    map_add(&ids->map, hash_bytes(id), listed);
    if (ids->first == NULL)
        ids->last = &ids->first;
    *ids->last = listed;
    ids->last = &listed->next;
    ids->opened += opened_here;
    return listed;
}

/* ---- the completion ---- */

static void complete_task(struct completion *completion,
                          const struct respond_decision_task_completed_input *answer)
{
    const struct decision_tasks *decision = &completion->execution->decision;
    struct decision_task_completed_event *completed = arena_new(
        completion->out->arena, struct decision_task_completed_event);

    completed->execution_context = answer->execution_context;
    completed->scheduled_event_id = decision->started_scheduled_event_id;
    completed->started_event_id = decision->started_event_id;
    completed->task_list = answer->task_list;
    completed->task_list_schedule_to_start_timeout = answer->task_list_schedule_to_start_timeout;
    completion->completed_event_id = event_list_add(completion->out, EVENT_DECISION_TASK_COMPLETED,
                                                    completed);
}

/* DecisionTaskScheduled at the end of the transaction (Q-DTPOS); a new override counts already
 * (Q-OVR2). */
static void schedule_next(const struct completion *completion,
                          const struct respond_decision_task_completed_input *answer)
{
    const struct execution *execution = completion->execution;

    if (execution->decision.waiting_event_id)
        return;
    if (answer->task_list)
        decision_task_schedule_on(execution, answer->task_list->name,
                                  answer->task_list_schedule_to_start_timeout, completion->out);
    else
        decision_task_need(execution, completion->out);
}

void completion_decide(const struct execution *execution,
                       const struct respond_decision_task_completed_input *answer,
                       const struct facts *facts, struct event_list *out)
{
    struct completion completion = { .execution = execution, .facts = facts, .out = out };

    complete_task(&completion, answer);
    for (size_t i = 0; i < answer->decisions.count; i++)
        deciders[answer->decisions.items[i].decision_type](&completion,
                                                           &answer->decisions.items[i]);
    if (!completion.closed) {
        activity_cancel_unstarted(&completion);
        if (completion.needs_decision)
            schedule_next(&completion, answer);
    }
    map_deinit(&completion.activities.map);
    map_deinit(&completion.timers.map);
    map_deinit(&completion.lambdas.map);
}
