/*
 * execution - one run of a workflow, as a fold over its history.
 *
 * `execution_apply` is the only function that changes what the history says, and it never rejects:
 * whatever an earlier version wrote folds. It holds ids, times and event ids, never payloads; those
 * are read from their events. What no history holds, the heartbeats of open activities, has its own
 * two functions at the end.
 *
 *   E1  next_event_id is one more than the last event's id; ids have no gap.
 *   E2  last_event_at never goes back.
 *   E3  At most one decision task is waiting and one started; one that waits behind a started one
 *       is not handed out.
 *   E4  An open activity, timer, Lambda task or decision task points back to the event that opened
 *       it, and is found by it.
 *   E5  `deadlines` holds exactly the open things that have one, each with its earliest.
 *   E6  A closed execution has no deadline; what was open at the close still counts (openCounts).
 */
#ifndef ENGINE_EXECUTION_H
#define ENGINE_EXECUTION_H

#include "base/heap.h"
#include "base/list.h"
#include "base/map.h"
#include "model/event.h"
#include "model/timeout.h"

enum deadline_kind { DEADLINE_ACTIVITY, DEADLINE_TIMER, DEADLINE_LAMBDA, DEADLINE_DECISION_TASK };

/* When something open runs out. In the execution's heap unless `at` is INSTANT_NEVER. */
struct deadline {
    struct heap_node node;
    enum deadline_kind kind;
    struct instant at;
    int64_t event_id; /* the event that scheduled it, or started the timer: breaks ties */
};

struct activity {
    struct list open; /* in execution.activities, in the order of scheduling */
    struct deadline deadline;
    int64_t scheduled_event_id;
    int64_t started_event_id;          /* 0: not started */
    int64_t cancel_requested_event_id; /* the newest; 0: none */
    struct instant scheduled_at, started_at, heartbeat_at;
    struct timeout schedule_to_start, schedule_to_close, start_to_close, heartbeat;
    int32_t priority;
    struct bytes activity_id;       /* inside the activity's own memory */
    struct bytes task_list;         /* inside the activity's own memory */
    struct bytes heartbeat_details; /* of its own; absent: none */
    void *figures;                  /* whoever counts hangs it here; nothing here looks at it */
};

struct timer {
    struct list open; /* in execution.timers, in the order of starting */
    struct deadline deadline;
    int64_t started_event_id;
    struct bytes timer_id; /* inside the timer's own memory */
};

/* A child execution that was asked for and has not closed. */
struct child {
    struct list open; /* in execution.children, in the order of asking */
    int64_t initiated_event_id;
    int64_t started_event_id; /* 0: not started yet */
    struct bytes workflow_id; /* inside the child's own memory */
};

struct lambda {
    struct list open;         /* in execution.lambdas, in the order of scheduling */
    struct deadline deadline; /* of a started one */
    int64_t scheduled_event_id;
    int64_t started_event_id; /* 0: not started yet */
    struct timeout start_to_close;
    struct bytes id; /* inside the task's own memory */
};

/* The decision tasks of an execution: one waiting, one started. */
struct decision_tasks {
    struct deadline
        deadline; /* of the started one, or the schedule-to-start one of a waiting one */

    int64_t waiting_event_id;  /* its DecisionTaskScheduled; 0: none is waiting */
    struct bytes waiting_list; /* of its own */
    struct timeout waiting_schedule_to_start;
    struct instant scheduled_at; /* the waiting one */
    struct instant available_at; /* since when it may be handed out (Q-ORD1, Q-OVR5) */

    int64_t started_event_id; /* its DecisionTaskStarted; 0: none is started */
    int64_t started_scheduled_event_id;
    struct timeout
        started_schedule_to_start; /* unlimited unless it came from an override for a while */
    struct instant started_at;

    int64_t previous_started_event_id; /* of the last task that was completed (Q-PREV1) */

    struct bytes override_list;    /* of its own; absent: the run's own task list */
    struct bytes override_timeout; /* of its own, text; absent: permanent */
};

/* What the first event fixed. All text lies in one piece of memory. */
struct execution_settings {
    void *memory;
    size_t memory_bytes;
    struct bytes type_name, type_version;
    struct bytes task_list;
    struct bytes task_priority; /* absent: none given */
    struct bytes execution_timeout_text, task_timeout_text;
    struct timeout execution_timeout, task_timeout;
    enum child_policy child_policy;
    struct bytes lambda_role;
    struct bytes_list tags;
    struct bytes parent_workflow_id, parent_run_id; /* absent: no parent */
    int64_t parent_initiated_event_id;
    struct bytes continued_run_id;
};

struct execution {
    struct execution_settings settings;
    int64_t next_event_id;
    struct instant started_at, last_event_at;

    bool is_open;
    enum close_status close_status;
    struct instant closed_at;
    bool cancel_requested;
    int64_t
        context_event_id; /* the DecisionTaskCompleted with the latest execution context; 0: none */
    struct instant latest_activity_at;

    struct decision_tasks decision;
    struct list activities;
    struct list timers;
    struct list children;
    struct list lambdas;
    uint32_t activity_count, timer_count, child_count, lambda_count;
    struct map activities_by_id, activities_by_event, timers_by_id, children_by_event;
    struct map lambdas_by_id, lambdas_by_event;
    struct heap deadlines;
    size_t texts_bytes; /* of the texts of what is open */
};

/* An execution without any event. Free with execution_free. */
struct execution *execution_new(void);
void execution_free(struct execution *execution);

/* Adds one event to the fold. */
void execution_apply(struct execution *execution, const struct event *event);

/* Checks E1 to E6 by recomputing what is kept; stops the process on a difference. Slow. */
void execution_check(const struct execution *execution);

static inline bool execution_is_open(const struct execution *execution)
{
    return execution->is_open;
}

/* When the execution next has something due; INSTANT_NEVER when nothing will be. */
struct instant execution_next_due(const struct execution *execution);

/* Is a decision task waiting and free to be handed out? */
static inline bool execution_has_decision_task(const struct execution *execution)
{
    return execution->is_open && execution->decision.waiting_event_id != 0 &&
           execution->decision.started_event_id == 0;
}

/* The numeric priority of the run's decision tasks; 0 when none was given. */
int32_t execution_priority(const struct execution *execution);

/* How many of each kind are open, or were when the run closed (DescribeWorkflowExecution,
 * openCounts). */
struct workflow_execution_open_counts execution_open_counts(const struct execution *execution);

/* The open activity with this id or scheduling event; NULL when there is none. */
struct activity *execution_find_activity(const struct execution *execution,
                                         struct bytes activity_id);
struct activity *execution_get_activity(const struct execution *execution,
                                        int64_t scheduled_event_id);
/* The open timer with this id; NULL when there is none. */
struct timer *execution_find_timer(const struct execution *execution, struct bytes timer_id);

/* A heartbeat of a started activity: resets its clock, and replaces the details unless absent
 * (Q-HB2). */
void execution_heartbeat(struct execution *execution, struct activity *activity, struct instant now,
                         struct bytes details);

/* After a restart: heartbeat clocks begin anew at `now`, so that the restart times nobody out. */
void execution_restart_heartbeats(struct execution *execution, struct instant now);

/* Would its history, folded anew, give this very state? Not while a worker may send heartbeats that
 * count, or has sent any, or a Lambda function was called: no history holds those. */
bool execution_is_its_history(const struct execution *execution);

/* About how many bytes of memory it takes; costs the same however much is open. */
size_t execution_memory(const struct execution *execution);

/* For the families' own apply functions: (re-)files a deadline after its owner changed. */
void execution_set_deadline(struct execution *execution, struct deadline *deadline,
                            struct instant at);

#endif
