/*
 * script - calls and the exact replies to them, one after the other on one connection.
 *
 * In a step, ' stands for " so that JSON can be read, and ` for '. `<name>` in a reply takes what
 * the server made up (a token, a run id) when it is first met; from then on, in replies and
 * requests, it stands for just that.
 */
#ifndef TEST_WIRE_SCRIPT_H
#define TEST_WIRE_SCRIPT_H

#include "events.h"
#include "talk.h"
#include "whole_server.h"

struct step {
    const char *operation;
    const char *request;
    int status;
    const char *reply;
};

#define SWF "com.amazonaws.swf.base.model#"
#define VALIDATION "com.amazon.coral.validate#ValidationException"
#define FAULT_BODY(type, message) "{'__type':'" type "','message':'" message "'}"

/* clang-format off */
/* A call that is answered with `reply`, with nothing, with a fault of SWF's model, as invalid. */
#define GET(operation, request, reply) { operation, request, 200, reply }
#define DO(operation, request) { operation, request, 200, "" }
#define FAULT(operation, request, name, message) \
    { operation, request, 400, FAULT_BODY(SWF name, message) }
#define INVALID(operation, request, message) \
    { operation, request, 400, FAULT_BODY(VALIDATION, message) }
/* Invalid in one value, for a reason that the model has. */
#define REFUSED(operation, request, value, path, constraint) \
    INVALID(operation, request, "1 validation error detected: Value " value " at `" path \
            "` failed to satisfy constraint: " constraint)
/* clang-format on */

#define BOUND_MAX 64

struct bound {
    char name[24];
    char *value;
};

struct script {
    struct whole_server whole;
    struct talk talk;
    const struct step *playing; /* for messages */
    struct bound bound[BOUND_MAX];
    int bound_count;
};

/* For cmocka: a server that knows nothing yet. */
int script_setup(void **state);
int script_teardown(void **state);

struct script *script_new(const struct whole_server_options *options);
void script_free(struct script *script);

void play_steps(struct script *script, const struct step *steps, size_t count);
#define PLAY(script, ...)                                    \
    play_steps(script, (const struct step[]){ __VA_ARGS__ }, \
               sizeof((const struct step[]){ __VA_ARGS__ }) / sizeof(struct step))

/* Sends a call with just this body. */
void script_send(const struct script *script, struct talk *talk, const char *operation,
                 struct bytes body);

/* As PLAY with one step, in two halves, on a connection of the caller's choice. */
void script_ask(struct script *script, struct talk *talk, const char *operation,
                const char *request);
void script_expect(struct script *script, struct talk *talk, int status, const char *reply);

/* What a name stands for. */
const char *script_value(const struct script *script, const char *name);
void script_bind(struct script *script, const char *name, struct bytes value);
/* No name stands for anything any more. */
void script_forget(struct script *script);

/* Time passes, and the server notices. */
void script_advance(struct script *script, int64_t ms);
/* What workflows owe each other is delivered, with all that follows from it. */
void script_settle(struct script *script);

/* Registers the domain `d`, the workflow type `w`/`1` and the activity type `a`/`1` with all their
 * defaults: lists `deciders` and `workers`, every timeout 3600 s but the decision task's 600 and
 * the execution's 86400. */
void script_register(struct script *script);

/* Starts `id` and hands its first decision task out: binds <id-run> and <id-task>. */
void script_start(struct script *script, const char *id);
/* Hands the waiting decision task of `deciders` out, whatever is in it: binds <task>. */
void script_decide(struct script *script, const char *task);
/* The same with another list. */
void script_decide_on(struct script *script, const char *list, const char *task);
/* Answers the decision task with one ScheduleActivityTask of `a`/`1`, and hands that out: binds
 * <activity>. */
void script_schedule(struct script *script, const char *task, const char *activity);

/* The whole history of the run, forwards. */
void script_expect_history(struct script *script, const char *id, const char *events);
#define EXPECT_HISTORY(script, id, ...) script_expect_history(script, id, LIST(__VA_ARGS__))

#endif
