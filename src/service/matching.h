/*
 * matching - task lists: which tasks wait for a poller, which pollers wait for a task.
 *
 * A list exists while it has either. Tasks leave by priority, then by how long they have been
 * available, then by the start of their run, then by event id (Q-ORD1): the same order after a
 * restart, because all of it comes from the history. Pollers leave in the order of their arrival.
 * Holds no truth: what it knows is rebuilt from the executions.
 */
#ifndef SERVICE_MATCHING_H
#define SERVICE_MATCHING_H

#include "base/heap.h"
#include "base/instant.h"
#include "base/list.h"
#include "base/map.h"
#include "service/call.h"

enum task_kind { TASK_DECISION, TASK_ACTIVITY };

struct stub;
struct task_queue;

/* A task that waits to be handed out. */
struct task {
    struct heap_node node; /* in its queue */
    struct list of_run;    /* in its run's tasks */
    struct task_queue *queue;
    struct stub *stub; /* of its run */
    uint64_t run_number;
    int64_t scheduled_event_id;
    int32_t priority;
    struct instant available_at;
};

struct task_queue {
    enum task_kind kind;
    uint32_t domain; /* number */
    struct bytes name;
    struct heap tasks;
    struct list waiters; /* parked calls, oldest first */
    uint32_t waiter_count;
    uint32_t queued_count; /* decision tasks that wait behind a started one of their run */
    struct list ready;     /* in matching.ready when it has a task and a waiter */
    struct list every;     /* in matching.every */
};

struct matching {
    struct map queues;
    struct map tasks; /* of activities, by run and scheduling event */
    struct list ready;
    struct list every; /* all queues, in the order in which they were made */
    uint64_t queue_count;
};

void matching_init(struct matching *matching);
/* Frees all tasks and lists; the parked calls are the caller's. */
void matching_deinit(struct matching *matching);

/* Where a task is put: which list, and its place there. */
struct task_place {
    enum task_kind kind;
    uint32_t domain;
    struct bytes list_name;
    uint64_t run_number;
    int64_t scheduled_event_id;
    int32_t priority;
    struct instant available_at;
};

/* Adds a task of the run that `stub` is of, whose tasks hang in `of_run`. */
struct task *matching_add_task(struct matching *matching, const struct task_place *place,
                               struct stub *stub, struct list *of_run);
/* The waiting activity task that this event scheduled; NULL when there is none. */
struct task *matching_find_task(const struct matching *matching, uint64_t run_number,
                                int64_t scheduled_event_id);
/* Takes a task out and frees it. */
void matching_remove_task(struct matching *matching, struct task *task);

/* The queue of this name, made when it is not there. The caller adds something to it at once. */
struct task_queue *matching_get_queue(struct matching *matching, enum task_kind kind,
                                      uint32_t domain, struct bytes list_name);
/* A decision task that cannot be handed out yet counts with its list (Q-CNT1). */
struct task_queue *matching_add_queued(struct matching *matching, uint32_t domain,
                                       struct bytes list_name);
void matching_remove_queued(struct matching *matching, struct task_queue *queue);
/* How many tasks wait on a list; 0 when there is none of that name. */
uint32_t matching_count_tasks(const struct matching *matching, enum task_kind kind, uint32_t domain,
                              struct bytes list_name);

/* Parks a poll at the end of the queue. */
void matching_add_waiter(struct matching *matching, struct task_queue *queue, struct call *call);
/* Takes a parked poll out of its queue. */
void matching_remove_waiter(struct matching *matching, struct call *call);

/* A queue that has both a task and a waiter, or NULL. */
struct task_queue *matching_next_ready(struct matching *matching);
/* Its first task, and its oldest waiter; NULL when there is none. */
struct task *task_queue_first_task(const struct task_queue *queue);
struct call *task_queue_first_waiter(const struct task_queue *queue);

#endif
