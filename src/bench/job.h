/*
 * job - one workflow of a run as its decider should see it: which steps have begun, are worked on,
 * are done. Whatever was lost, came twice or came out of order shows here.
 *
 * Pure: it knows no socket and no clock. Every function that takes something in says what is wrong
 * with it, in words, or NULL.
 */
#ifndef BENCH_JOB_H
#define BENCH_JOB_H

#include "bench/plan.h"
#include <stddef.h>

enum step_state { STEP_WAITING, STEP_BEGUN, STEP_WORKED, STEP_DONE };

struct job {
    const struct plan *plan;
    uint64_t serial; /* in its workflowId; 0: there is no job */
    uint8_t *steps;  /* enum step_state of each */
    uint32_t steps_begun, steps_done;
    uint32_t signals_sent, signals_seen;
    uint32_t decisions;      /* decision tasks answered */
    int64_t last_started_id; /* the DecisionTaskStarted of the last one; 0: none */
    bool is_completed;       /* its decider has said so */
    bool is_over;            /* its history says so */
};

/* Room for jobs of `plan`, which outlives it. */
void job_init(struct job *job, const struct plan *plan);
void job_deinit(struct job *job);
/* Another one begins in its place. */
void job_begin(struct job *job, uint64_t serial);

/* ---- a decision task tells what happened since the last one ---- */

enum happening {
    HAPPENED_STEP_DONE, /* of the step `number` */
    HAPPENED_SIGNAL,    /* the signal `number` */
    HAPPENED_END,       /* it was completed, and nothing comes after that */
    HAPPENED_UNWANTED,  /* a failure, a timeout: nothing that a good run has */
};
struct news_item {
    enum happening what;
    uint32_t number;
};
struct news {
    int64_t previous_started_id, started_id;
    const struct news_item *items;
    size_t count;
};
const char *job_take_news(struct job *job, const struct news *news);

/* What is wrong with the whole history of a job that was completed. */
const char *job_check_history(const struct plan *plan, const struct news *whole);

/* What its decider does now: begins steps, or completes it, or nothing. */
struct move {
    uint32_t first, count; /* steps to begin */
    bool completes;
};
struct move job_decide(struct job *job);

/* ---- what happens elsewhere ---- */

/* A worker has been given this step, or the decider of a child its first task. */
const char *job_take_work(struct job *job, uint32_t step);
/* The number of the signal that is sent now. */
uint32_t job_send_signal(struct job *job);

#endif
