/*
 * runs - the open runs: found by number, by workflow, and by what is due first.
 *
 * Every open run has a stub; one that is awake has a struct run besides, with its execution. Who
 * wakes it is service/awake.h.
 */
#ifndef SERVICE_RUNS_H
#define SERVICE_RUNS_H

#include "base/map.h"
#include "engine/execution.h"
#include "engine/registry.h"
#include "service/recent.h"
#include "service/stub.h"
#include "service/turn.h"
#include "store/store.h"

struct domain;
struct task;

/* An open run that is awake, or one that closed in this turn. */
struct run {
    struct run_key key;
    struct bytes workflow_id, run_id; /* inside the run's own memory */
    struct domain *domain;
    struct stub *stub; /* NULL before it is filed, and once it has closed */
    struct execution *execution;
    struct task *decision_task;    /* among stub.tasks; NULL: none waits to be handed out */
    struct list by_use;            /* in a list of struct awake */
    struct instant used_at;        /* on the steady clock */
    size_t memory;                 /* what it counts for there */
    size_t history_bytes;          /* its events as texts */
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
/* Makes room for so many at once. */
void runs_reserve(struct runs *runs, size_t count);
/* Frees every run. */
void runs_deinit(struct runs *runs);

/* A run with an execution that has no events yet, and no stub. */
struct run *run_new(struct run_key key, struct domain *domain, struct bytes workflow_id,
                    struct bytes run_id);
void run_free(struct run *run);

/* The run, whose first events were applied, gets its stub. */
void runs_add(struct runs *runs, struct run *run);
/* One that sleeps: it has no tasks yet. */
struct stub *runs_add_sleeping(struct runs *runs, uint64_t number, struct domain *domain,
                               const struct stub_state *state);
/* Takes it out of all indexes and frees its stub; the caller frees the run. */
void runs_remove(struct runs *runs, struct run *run);
/* Call after the execution changed. */
void runs_refile_due(struct runs *runs, struct run *run);

static inline struct run_key stub_key(const struct stub *stub)
{
    return (struct run_key){ stub->domain->account, stub->domain->number, stub->number };
}

/* Each NULL when there is none. */
struct stub *runs_get(const struct runs *runs, uint64_t number);
/* The one of that name that is awake; else one that sleeps and may have that name: only when it is
 * awake can one tell, by asking again. None that was set aside. */
struct stub *runs_find(const struct runs *runs, uint32_t domain, struct bytes workflow_id);
/* The run with the earliest due time, if that has come. */
struct stub *runs_first_due(const struct runs *runs, struct instant now);
/* The earliest due time of all. */
struct instant runs_next_due(const struct runs *runs);
/* About how many bytes all stubs take, with what finds them. */
size_t runs_memory(const struct runs *runs);

#endif
