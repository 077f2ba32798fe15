/*
 * plan - what each workflow of a run does: which kind it is of, and how much of it.
 */
#ifndef BENCH_PLAN_H
#define BENCH_PLAN_H

#include <stdbool.h>
#include <stdint.h>

enum plan_kind {
    PLAN_WORKFLOW, /* activities, one after the other */
    PLAN_FANOUT,   /* activities, all at once */
    PLAN_TIMERS,   /* timers, all at once */
    PLAN_SIGNALS,  /* signals, one after the other, from outside */
    PLAN_CHILDREN, /* child workflows, all at once */
    PLAN_IDLE,     /* nothing: it stays open */
    PLAN_POLLS,    /* one decision, which a poll has waited for */
    PLAN_MIXED,    /* activities with heartbeats, signals, and the questions that people ask */
    PLAN_KIND_COUNT,
};

/* The words of the command line, indexed by the enum. */
extern const char *const plan_names[PLAN_KIND_COUNT];

struct plan {
    enum plan_kind kind;
    uint32_t steps;   /* activities, timers or children of each workflow */
    uint32_t signals; /* that it waits for */
};

/* The plan of this kind with `amount` of what it is about. */
struct plan plan_of(enum plan_kind kind, uint32_t amount);

/* Does each step begin when the one before is done? */
bool plan_is_sequential(const struct plan *plan);
/* Does somebody work on each step outside the decider: a worker, or the decider of a child? */
bool plan_has_work(const struct plan *plan);

#endif
