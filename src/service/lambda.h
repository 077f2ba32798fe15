/*
 * lambda - the calls of Lambda functions that the service wants made, and their answers.
 *
 * The service gives an invocation away once LambdaFunctionStarted is committed, and gets it back
 * once, with an answer or without. It is never given out twice: after a crash a function that may
 * have run is not called again, its task times out. So whoever makes the call must not repeat it
 * either, unless the function certainly did not run.
 */
#ifndef SERVICE_LAMBDA_H
#define SERVICE_LAMBDA_H

#include "base/arena.h"
#include "base/instant.h"
#include "base/mailbox.h"
#include "store/store.h"

/* Bytes of an answer that are worth keeping: one character more than SWF lets a result have, each
 * of four bytes. */
#define LAMBDA_PAYLOAD_BYTES_MAX (4 * (32768 + 1))

enum lambda_outcome {
    LAMBDA_NO_ANSWER, /* given up: nothing is known, the task's own timeout ends it */
    LAMBDA_RETURNED,  /* answer: what the function returned */
    LAMBDA_RAISED, /* reason: "Handled" or "Unhandled"; answer: the error as the function left it */
    LAMBDA_REFUSED, /* the call failed; reason: the error's code, answer: its text, or JSON with a
                       member "message" */
};

struct lambda_invocation;
typedef void lambda_done_fn(struct lambda_invocation *invocation);

struct lambda_invocation {
    struct mail mail;   /* of the mailbox it is in: the invoker's, then the service's */
    struct arena arena; /* of all it says */

    /* The question. */
    struct bytes function; /* its name */
    struct bytes payload;
    struct duration timeout; /* from now on; negative: none */

    /* The answer. */
    enum lambda_outcome outcome;
    struct bytes reason;
    struct bytes answer;
    bool answer_is_cut; /* it was longer than LAMBDA_PAYLOAD_BYTES_MAX */

    /* Gives it back, exactly once. Any thread. */
    lambda_done_fn *on_done;
    void *owner;

    /* The service's own: the task it belongs to. */
    struct run_key run;
    int64_t scheduled_event_id, started_event_id;
};

/* Who makes the calls. */
struct lambda_invoker {
    void *context;
    /* Takes an invocation and returns at once. The service's thread. */
    void (*invoke)(void *context, struct lambda_invocation *invocation);
};

/* With an empty arena, no answer, and no time limit; free with lambda_invocation_free. */
struct lambda_invocation *lambda_invocation_new(void);
void lambda_invocation_free(struct lambda_invocation *invocation);

#endif
