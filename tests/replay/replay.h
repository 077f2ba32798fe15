/*
 * replay - drives the service with what a recording implies its clients did.
 *
 * Each event of a recording either follows from others by itself, or somebody caused it: a client,
 * a decider, a worker, a Lambda function, the other side of a child or of a parent. The replay
 * moves the clock to the event's time, does what that somebody did, and leaves the rest to the
 * service. It never looks whether the service wrote what was recorded (difference.h does); it ends
 * early when there is nothing left that it could do, when a task does not come for example.
 */
#ifndef TESTS_REPLAY_REPLAY_H
#define TESTS_REPLAY_REPLAY_H

#include "deviation.h"
#include "recording.h"
#include "server.h"

/* A child, as the service calls it. */
struct known_child {
    struct known_child *next;
    struct bytes workflow_id, run_id;
};

#define WAITS_MAX 100

/* A task that was handed out and not yet answered. */
struct held_task {
    struct held_task *next;
    struct bytes of; /* a decision task's workflow id, an activity task's activity id */
    struct bytes token;
};

struct shape;

struct replay {
    const struct recording *recording;
    const struct deviations *deviations;
    bool tells; /* prints every call */

    struct server *server;
    struct json_reader *json; /* of replies */
    struct arena arena;
    struct text body; /* of the next call */
    struct held_task *decisions, *activities;
    struct ask *waits[WAITS_MAX]; /* polls of deciders that wait */
    size_t wait_count;
    struct known_child *children;
    struct bytes workflow_id, run_id; /* of the run that was recorded */
    struct bytes parent_id;           /* its parent; absent when it has none */
    struct bytes parent_run_id;
    struct text stopped; /* why it ended early; empty: it did not */
};

/* Plays the recording from the beginning to its last event, or as far as it gets. */
void replay_play(struct replay *out, const struct recording *recording,
                 const struct deviations *deviations, bool tells);
void replay_deinit(struct replay *replay);

/* The history that the service wrote: {"events":[...]}. Lives as long as the replay. */
struct bytes replay_history(struct replay *replay);

/* ---- for the other files of the replay ---- */

/* Notes why it goes no further; false, for convenience. */
bool replay_stop(struct replay *replay, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A call, member by member. */
void replay_begin(struct replay *replay);
void replay_put(struct replay *replay, const char *name, struct bytes value);
void replay_put_raw(struct replay *replay, const char *name, struct bytes json);
void replay_put_value(struct replay *replay, const char *name, struct json_value value);
/* Begins an object '{' or a list '['; without a name inside a list. */
void replay_open(struct replay *replay, const char *name, char bracket);
void replay_close(struct replay *replay, char bracket);
/* {"workflowId":...,"runId":...} */
void replay_put_execution(struct replay *replay, struct bytes workflow_id, struct bytes run_id);
/* All members of `attributes` that `shape` has too, but `except` (NULL: none). */
void replay_put_members(struct replay *replay, const struct shape *shape,
                        struct json_value attributes, const char *except);
struct ask *replay_call(struct replay *replay, enum operation operation);
/* The same where a fault ends the replay; false when it does. *out is the parsed reply. */
bool replay_call_well(struct replay *replay, enum operation operation, struct json_value *out);

/* Looks into a run's history for the run id of a child that it has started under that name, and
 * keeps it; false when there is none. */
bool replay_learn_child(struct replay *replay, struct bytes workflow_id, struct bytes run_id,
                        struct bytes child_id);
/* The run id of a child that was learned; absent when it was not. */
struct bytes replay_known_child(const struct replay *replay, struct bytes child_id);

/* The task list that an event names, as JSON; lives as long as the replay. */
struct bytes replay_list(struct replay *replay, const struct recorded_event *event);
/* Polls on `list` (JSON) until a task of that workflow, or of that activity id, is held; those that
 * come before it are held too. False, with the replay stopped, when it does not come. */
bool replay_await_decision(struct replay *replay, struct bytes workflow_id, struct bytes list,
                           struct bytes identity);
bool replay_await_activity(struct replay *replay, struct bytes activity_id, struct bytes list,
                           struct bytes identity);
/* Takes a held task for an answer; its token, absent when none is held. */
struct bytes replay_release_decision(struct replay *replay, struct bytes workflow_id);
struct bytes replay_release_activity(struct replay *replay, struct bytes activity_id);
/* Makes a poll that waits for a decision task on `list`; what it gets is held once
 * replay_end_waits is called. */
void replay_begin_wait(struct replay *replay, struct bytes list);
void replay_end_waits(struct replay *replay);

/* clock.c: moves the clock to the event's time. */
void clock_reach(struct replay *replay, const struct recorded_event *event);
/* stimulus.c: does what caused the event, if it does not follow by itself; false when the replay
 * stopped. */
bool stimulus_give(struct replay *replay, const struct recorded_event *event);
/* start.c: registers what the recording needs, and starts its run. */
bool start_recorded(struct replay *replay, const struct recorded_event *event);
/* parent.c: the parent of a recorded child. It starts the child, and ends. */
bool parent_start_child(struct replay *replay, const struct recorded_event *event);
bool parent_close(struct replay *replay);
/* decision.c: completes a decision task with the decisions whose events were recorded. */
bool decide_recorded(struct replay *replay, const struct recorded_event *completed);
/* A decision inside a call: what is put between the two are its attributes. */
void decide_open(struct replay *replay, enum decision_type type);
void decide_close(struct replay *replay);
/* The attributes of the decision that an event repeats, but `except` (NULL: none). */
void decide_put_members(struct replay *replay, enum decision_type type,
                        struct json_value attributes, const char *except);

#endif
