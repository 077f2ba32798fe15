/*
 * limits - the service's quotas (developer guide, "Amazon SWF quotas"). 0 lifts a limit.
 */
#ifndef MODEL_LIMITS_H
#define MODEL_LIMITS_H

#include <stdint.h>

struct limits {
    uint32_t domains;            /* per account, deprecated ones included */
    uint32_t workflow_types;     /* per domain, deprecated ones included */
    uint32_t activity_types;     /* per domain, deprecated ones included */
    uint32_t open_executions;    /* per domain */
    uint32_t open_activities;    /* per execution */
    uint32_t open_timers;        /* per execution */
    uint32_t open_children;      /* per execution */
    uint32_t open_lambdas;       /* per execution */
    uint32_t history_events;     /* per execution; passing it terminates the execution */
    uint32_t pollers_per_list;   /* held polls on one task list */
    uint32_t poll_seconds;       /* how long a poll is held */
    uint32_t tags_per_domain;    /* resource tags */
    uint32_t count_results;      /* beyond it Count* answers are truncated */
    uint32_t page_token_seconds; /* life of a page token */
    uint32_t execution_seconds;  /* the longest time that an execution or a task may be given */
    uint32_t retention_days;     /* the longest retention of a domain */
};

/* The documented values. */
#define LIMITS_DOCUMENTED                \
    ((struct limits){                    \
        .domains = 100,                  \
        .workflow_types = 10000,         \
        .activity_types = 10000,         \
        .open_executions = 100000,       \
        .open_activities = 1000,         \
        .open_timers = 1000,             \
        .open_children = 1000,           \
        .open_lambdas = 1000,            \
        .history_events = 25000,         \
        .pollers_per_list = 1000,        \
        .poll_seconds = 60,              \
        .tags_per_domain = 50,           \
        .count_results = 100000,         \
        .page_token_seconds = 24 * 3600, \
        .execution_seconds = 31536000,   \
        .retention_days = 90,            \
    })

#endif
