/*
 * team - a driver's customers, deciders and workers: what each does with an answer, and next.
 *
 * For driver.c and team.c only. Whoever has nothing to do waits for somebody else: a customer for
 * the decider that completes its workflow.
 */
#ifndef BENCH_TEAM_H
#define BENCH_TEAM_H

#include "base/arena.h"
#include "bench/line.h"
#include "bench/driver.h"
#include "bench/job.h"
#include "bench/task.h"
#include "wire/json.h"
#include <pthread.h>

struct customer {
    struct line line;
    struct driver *driver;
    struct job job;
    uint64_t round;       /* jobs begun so far */
    bool is_started;      /* the server has said so */
    bool is_over;         /* and its decider is done with it */
    uint32_t errands;     /* done for this job, beside signals */
    uint64_t acted_at_us; /* when the last call was sent that leads to a task */
    uint64_t begun_at_us; /* when the steps now under way were begun */
    uint64_t late_us;     /* how long after its time the job began */
    char run_id[65];
};

struct decider {
    struct line line;
    struct driver *driver;
    uint32_t list;
    struct task_news news;     /* of the task being read, page by page */
    struct customer *customer; /* whose task is being answered; NULL: a child's, or none */
    bool completes;            /* the answer ends the workflow */
};

struct worker {
    struct line line;
    struct driver *driver;
    uint32_t list;
    uint32_t step;    /* of the task in hand */
    char token[1025]; /* while a heartbeat is under way */
    struct customer *customer;
};

struct driver {
    struct driver_config config;
    struct run_control *control;
    pthread_t thread;
    struct hub hub;
    struct json_reader *json;
    struct arena arena; /* of the request being made */
    struct text filler; /* what payloads are made of */
    struct customer *customers;
    struct decider *deciders;
    struct worker *workers;
    uint32_t at_work;               /* customers with a job */
    uint64_t started_at_us, starts; /* for the pace */
    struct tally tally;
    struct tally *slices; /* the same, by when it ended; config.control->slice_count of them */
    _Atomic bool is_done;
};

void team_init(struct driver *driver);
void team_deinit(struct driver *driver);

/* Everybody without a task polls. */
void team_send_polls(struct driver *driver);
/* How long until the next start is due, where they are paced. */
uint64_t team_until_next_us(const struct driver *driver);
/* Customers without a job begin one if they may. */
void team_begin_jobs(struct driver *driver);

#endif
