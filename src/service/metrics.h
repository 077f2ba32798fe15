/*
 * metrics - the figures of Amazon SWF, counted from the events as they are applied, and those of
 * the turn; written as Prometheus text when somebody asks.
 *
 * Names and dimensions are those of the service's CloudWatch metrics, times are in milliseconds as
 * there, and Account says whose domain it is. A time is a sum and a count; for minimum and maximum
 * there is nothing here. ThrottledEvents has an APIName for calls that were throttled, and a
 * DecisionName for decisions that failed because their rate was exceeded; ThrottlingScope says
 * whether the rate was the account's or the workflow's.
 *
 * Bounded: the first METRICS_TYPES_MAX types and METRICS_LISTS_MAX task lists have series of their
 * own, unless their names exceed METRICS_LABEL_BYTES_MAX together; all others count as one, with
 * Account 000000000000 and empty names. A page is some megabytes at most. The turn only copies the
 * figures for it; a reader writes the text. Counters begin with the process, for they are in no
 * history. Belongs to the turn's thread.
 */
#ifndef SERVICE_METRICS_H
#define SERVICE_METRICS_H

#include "base/durations.h"
#include "base/list.h"
#include "base/map.h"
#include "base/text.h"
#include "model/event.h"
#include "model/operation.h"

struct call;
struct run;
struct service;

#define METRICS_TYPES_MAX 1000
#define METRICS_LISTS_MAX 1000
/* How long the names of all types with series of their own may be together, and those of lists as
 * well: each line of the page repeats them. */
#define METRICS_LABEL_BYTES_MAX (128u << 10)
#define METRICS_PAGE_BYTES_MAX (16u << 20)
#define METRICS_BATCH_BUCKETS 11

/* Of one workflow type or activity type. */
struct type_figures;

/* Whose bucket was empty. */
enum throttling_scope { THROTTLING_OF_ACCOUNT, THROTTLING_OF_WORKFLOW, THROTTLING_SCOPE_COUNT };

struct metrics {
    struct map types;
    struct list every[2]; /* all types by kind: workflow, activity */
    uint32_t type_count;
    size_t label_bytes;             /* of those */
    struct type_figures *others[2]; /* of what came after the first METRICS_TYPES_MAX */
    uint64_t throttled[THROTTLING_SCOPE_COUNT][OPERATION_COUNT];
    uint64_t throttled_decisions[DECISION_TYPE_COUNT + 1]; /* by the account's buckets */
    uint64_t events;
    uint64_t calls_of_turn; /* of the turn that is under way */
    uint64_t turns_by_calls[METRICS_BATCH_BUCKETS];
    uint64_t turns, calls;
    uint64_t expired;            /* closed runs that were removed */
    struct durations turn_times; /* of service_run */
};

void metrics_init(struct metrics *metrics);
void metrics_deinit(struct metrics *metrics);

/* Counts an event that will be applied to the run next. */
void metrics_note_event(struct metrics *metrics, struct run *run, const struct event *event);
/* After an ActivityTaskScheduled was applied: from now on what becomes of its activity counts for
 * its type. */
void metrics_attach(struct metrics *metrics, struct run *run, const struct event *scheduled);
/* A call found that bucket empty. */
void metrics_note_throttled(struct metrics *metrics, enum operation operation,
                            enum throttling_scope scope);
/* A turn is over. */
void metrics_note_turn(struct metrics *metrics);

/* Answers the call with everything: copies the figures, and leaves the writing to a reader. */
void metrics_answer(struct service *service, struct call *call);

#endif
