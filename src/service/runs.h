/*
 * runs - the open runs, in memory: found by number, by workflow, and by what is due first.
 */
#ifndef SERVICE_RUNS_H
#define SERVICE_RUNS_H

#include "base/heap.h"
#include "base/list.h"
#include "base/map.h"
#include "base/tree.h"
#include "engine/execution.h"
#include "service/recent.h"
#include "service/turn.h"
#include "store/store.h"

struct domain;
struct listing;
struct task_queue;
struct task;

struct run {
    struct run_key key;
    struct bytes workflow_id, run_id; /* inside the run's own memory */
    struct domain *domain;
    struct execution *execution;
    struct heap_node due_node;
    struct instant due;         /* when something next runs out */
    struct list tasks;          /* that wait in task lists */
    struct task *decision_task; /* the one among them that is a decision task; NULL: none */
    struct task_queue
        *queued_on; /* the list of a decision task that waits behind a started one; NULL: none */
    struct listing *listings; /* its places in the indexes of open runs */
    uint32_t listing_count;
    struct list closed;            /* in the turn's list of runs that closed in it */
    struct pending_change pending; /* what the turn's commit will say of it */
    struct recent_events recent;   /* its newest events; whoever frees the run has forgotten them */
    struct type_figures *figures;  /* of its workflow type; NULL: not looked up yet */
};

struct runs {
    struct map by_number;
    struct map by_workflow; /* domain and workflow id: one open run at most */
    struct heap due;
    uint64_t count;
};

void runs_init(struct runs *runs);
/* Frees every run. */
void runs_deinit(struct runs *runs);

/* A run with an execution that has no events yet; in none of the indexes. */
struct run *run_new(struct run_key key, struct domain *domain, struct bytes workflow_id,
                    struct bytes run_id);
void run_free(struct run *run);

void runs_add(struct runs *runs, struct run *run);
/* Takes it out of all indexes; the caller frees it. */
void runs_remove(struct runs *runs, struct run *run);
/* Call after the execution changed. */
void runs_refile_due(struct runs *runs, struct run *run);

/* Each NULL when there is none. */
struct run *runs_get(const struct runs *runs, uint64_t number);
struct run *runs_find(const struct runs *runs, uint32_t domain, struct bytes workflow_id);
/* The run with the earliest due time, if that has come. */
struct run *runs_first_due(const struct runs *runs, struct instant now);
/* The earliest due time of all. */
struct instant runs_next_due(const struct runs *runs);

#endif
