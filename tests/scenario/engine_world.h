/*
 * engine_world - what the engine alone needs around it: executions and their events in lists, and
 * the ways to find a run, a task, and what is due. Looks at everything each time; keeps no index.
 */
#ifndef TESTS_SCENARIO_ENGINE_WORLD_H
#define TESTS_SCENARIO_ENGINE_WORLD_H

#include "backend.h"
#include "engine/execution.h"
#include "engine/external.h"
#include "engine/registry.h"
#include "wire/json.h"

#define ENGINE_RUNS_MAX 1024
#define ENGINE_POLLS_MAX 64
#define ENGINE_MESSAGES_MAX 8192

struct engine_run {
    uint64_t number; /* from 1: place in the list, plus 1 */
    struct domain *domain;
    struct bytes workflow_id, run_id;
    struct execution *execution;
    struct bytes *events; /* JSON texts */
    size_t event_count, event_capacity;
};

enum engine_task_kind { ENGINE_DECISION, ENGINE_ACTIVITY };

/* A waiting poll. */
struct engine_poll {
    struct ask *ask;
    struct request request;
    enum engine_task_kind kind;
    const struct domain *domain;
    struct bytes list;
    struct instant end;
};

struct engine_task {
    struct engine_run *run;
    const struct activity *activity; /* of ENGINE_ACTIVITY */
    int64_t scheduled_event_id;
    int32_t priority;
    struct instant available_at;
};

/* What a run owes another (engine_messages.h). */
enum engine_message_kind {
    ENGINE_NOTHING, /* it was taken back */
    ENGINE_START_CHILD,
    ENGINE_EXTERNAL,
    ENGINE_CHILD_POLICY,
    ENGINE_CHILD_CLOSED,
    ENGINE_CHILD_STARTED, /* replies, to the sender of the first message */
    ENGINE_CHILD_NOT_STARTED,
    ENGINE_DELIVERED,
    ENGINE_UNDELIVERABLE,
};

struct engine_message {
    enum engine_message_kind kind;
    struct engine_run *sender;
    int64_t event_id;                /* of the sender: what it is about */
    const struct engine_run *target; /* of replies: the run that was started or reached */
    enum child_policy policy;        /* of ENGINE_CHILD_POLICY */
    enum external_failure failure;   /* of ENGINE_UNDELIVERABLE */
};

struct engine_world {
    struct session session;
    struct arena arena; /* of everything, until the end */
    struct json_reader *json;
    struct text scratch;
    struct registry registry;
    struct engine_run runs[ENGINE_RUNS_MAX];
    size_t run_count;
    struct engine_poll polls[ENGINE_POLLS_MAX]; /* in the order of arrival */
    size_t poll_count;
    struct engine_message messages[ENGINE_MESSAGES_MAX]; /* all that there ever were */
    size_t message_count, delivered;
    bool turn_begun; /* the calls that come now belong to one turn */
};

struct engine_world *engine_world_new(const struct options *options);
void engine_world_free(struct engine_world *engine);

/* One transaction of a run: begin, let a decide function add to the list, finish. What the events
 * make the run owe is queued, and a workflow that continues goes on in its new run. */
void engine_begin(struct engine_world *engine, const struct engine_run *run,
                  struct event_list *events);
void engine_finish(struct engine_world *engine, struct engine_run *run,
                   const struct event_list *events);

/* As the service makes them, so that the names agree. */
struct bytes engine_fresh_run_id(struct engine_world *engine);

/* A new run with its first events, under a fresh run id. */
struct engine_run *engine_start(struct engine_world *engine, struct domain *domain,
                                struct bytes workflow_id, const struct event_list *events);

/* Does all that is due in the run, a transaction each; true if anything was. */
bool engine_due(struct engine_world *engine, struct engine_run *run);
/* The same for every run, earliest first. */
void engine_do_due(struct engine_world *engine);
bool engine_is_due(struct engine_world *engine);

struct engine_run *engine_find_open(struct engine_world *engine, const struct domain *domain,
                                    struct bytes workflow_id);
/* The same, once all that is due in it was done; NULL also when it is closed by that, or another
 * than `run_id`. An absent or empty run id is any. */
struct engine_run *engine_reach(struct engine_world *engine, const struct domain *domain,
                                struct bytes workflow_id, struct bytes run_id);
/* Is the run closed, and the retention of its domain over? Then it is seen no more. */
bool engine_is_forgotten(const struct engine_world *engine, const struct engine_run *run);
/* Open, or closed and within its retention. */
const struct engine_run *engine_find_run(const struct engine_world *engine,
                                         const struct domain *domain, struct bytes workflow_id,
                                         struct bytes run_id);

/* The task that a poll would get now; false when there is none. */
bool engine_find_task(struct engine_world *engine, const struct engine_poll *poll,
                      struct engine_task *out);
bool engine_polls_share_list(const struct engine_poll *a, const struct engine_poll *b);

/* Events `first` to `last` as a JSON array. */
struct bytes engine_events(struct engine_world *engine, const struct engine_run *run, int64_t first,
                           size_t last, bool reverse);
void engine_read_event(struct engine_world *engine, const struct engine_run *run, int64_t id,
                       struct event *out);
/* The latest execution context, from its event; absent when there is none. */
struct bytes engine_context(struct engine_world *engine, const struct engine_run *run);

#endif
