/*
 * call - one request on its way through the service, and its answer.
 *
 * Made by the network side (or a test), which decodes the request into the call's own arena; a call
 * owns all its bytes, so the connection it came from may die first. service_submit gives it away;
 * `on_answer` gives it back, exactly once, from the service's thread or one of its readers, and
 * after the commit that makes the answer true. The owner frees it then.
 *
 * A long poll may be parked. Its state is the only thing that both sides touch: waiting until
 * either the service claims it for a task, or the network says that the client is gone. Whoever
 * moves it first wins.
 */
#ifndef SERVICE_CALL_H
#define SERVICE_CALL_H

#include "base/arena.h"
#include "base/list.h"
#include "base/mailbox.h"
#include "model/access.h"
#include "model/fault.h"
#include "model/operation.h"
#include "model/poll.h"
#include <stdatomic.h>

enum call_state {
    CALL_WAITING, /* may be claimed or abandoned */
    CALL_CLAIMED, /* the service answers it with what it holds */
    CALL_GONE,    /* the client is gone; the service answers it soon, and nobody will read that */
};

struct call;
struct task_queue;
struct task_token;
typedef void call_answer_fn(struct call *call);

/* Bytes that the arena of one call may hold: the decoded request, and an answer page. */
#define CALL_BYTES_MAX (64u << 20)

struct call {
    struct mail mail; /* the mailbox it is in: the service's, then the owner's */
    struct arena arena;

    /* The question. */
    uint64_t account;            /* whose domains it is about: twelve digits as a number */
    struct authority *authority; /* released with the call; NULL: it may do everything */
    struct request request;
    struct fault
        refusal;     /* what the rules say against the request, for one who may make the call */
    bool is_audited; /* the network wants to know what it was about, below */
    bool asks_for_metrics; /* it is no operation of SWF: its output is a struct bytes with the
                              service's figures as Prometheus text */

    /* The answer: a fault, or the operation's output structure (NULL where it has none), in the
     * arena. */
    struct fault fault;
    const void *output;

    struct bytes resource;      /* the ARN of the domain that it was about; absent: not known */
    uint32_t refused_decisions; /* a bit for each type of decision that was not permitted */

    call_answer_fn *on_answer;
    void *owner; /* the network's; the service never looks */

    _Atomic int state; /* enum call_state */

    /* The service's own, while it holds the call. */
    struct mail gone_mail; /* carries the message that the client is gone */
    bool gone_seen;        /* that message has arrived */
    bool is_finished; /* the service is done with the call, but the message that its client is gone
                         is still on its way */
    struct list waiting;            /* in a task list's waiters */
    struct list parked;             /* among all parked polls, in the order of their ends */
    struct instant wait_end;        /* on the steady clock */
    struct task_queue *queue;       /* the task list it waits on */
    const struct task_token *token; /* what its task token says, once that was asked for */
};

/* A call with no request yet, which lies in its own arena; free with call_free. */
struct call *call_new(void);
void call_free(struct call *call);

/* Is it held until there is a task? */
static inline bool call_is_poll(const struct call *call)
{
    return !call->asks_for_metrics && operation_is_poll(call->request.operation);
}

/* The text member of this name in its request; absent when it was not given, or when the operation
 * has no such member. */
struct bytes call_input_text(const struct call *call, const char *name);

#endif
