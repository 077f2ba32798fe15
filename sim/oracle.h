/*
 * oracle - a slow, obvious model of SWF that says whether what the service did is allowed.
 *
 * Written from the API reference and the developer guide, not from the engine; shares nothing with
 * it but the structures of the model and the writing of JSON. It keeps every history, and plain
 * lists of what these histories say is pending. Once a turn it is given the transactions as they
 * reached the disk, in the order of the commit, and the calls that the turn took, with their
 * answers. Each transaction must be one that a call, a clock, a waiting poll or another workflow
 * makes right at that place, and then its events are foretold byte by byte; each answer must be
 * right at some place between them, no earlier than the place of the call before.
 */
#ifndef SIM_ORACLE_H
#define SIM_ORACLE_H

#include "rights.h"
#include "base/text.h"
#include "model/event.h"
#include "model/fault.h"
#include "model/limits.h"
#include "model/operation.h"
#include "service/lambda.h"
#include "store/store.h"

struct oracle;

/* What the server was told when it was set up. */
struct oracle_rules {
    struct limits limits;
    struct bytes region;
    bool calls_lambdas;
    const bool *denied; /* by enum decision_type: what a caller with few rights may not decide */
    uint32_t call_rates_divided_by; /* the documented ones; 0: there are none */
    uint32_t decision_rates_divided_by;
};

/* What becomes of a documented rate in a world in which all are smaller, or there are none. */
static inline uint32_t rate_divided(uint32_t rate, uint32_t divisor)
{
    if (divisor == 0)
        return 0;
    return rate > 0 && rate < divisor ? 1 : rate / divisor;
}

/* One transaction of one run, as it reached the disk. */
struct seen_step {
    struct run_key key;
    bool opens;
    struct run_opening names; /* of one that opens */
    int64_t first;            /* the id of its first event */
    struct bytes *texts;
    struct event *events;
    size_t count;
};

/* A call that the service took, and what became of it. Stays where it is until it is answered. */
struct seen_call {
    uint64_t number;
    const struct request *request; /* as its client meant it */
    struct who caller;
    bool breaks_rules; /* in a way that only those are told who may make it */
    bool is_answered;
    struct fault fault;
    struct bytes reply;          /* the body of the answer; not padded */
    struct instant since;        /* on the steady clock: when it was taken */
    struct oracle_waiter *waits; /* the oracle's: a poll that has no answer yet */
    bool reads_later;            /* likewise: it shows what is there at the end of the turn */
};

/* What one turn did. */
struct seen_turn {
    struct instant now, steady;
    bool committed;  /* something of it is on the disk */
    bool died;       /* the process ended in it: not all was answered */
    bool is_at_rest; /* nothing is left that another turn would do at once */
    bool is_short_of_space;
    struct seen_step *steps;
    size_t step_count;
    struct seen_call **calls; /* in the order of their arrival */
    size_t call_count;
};

struct oracle *oracle_new(const struct oracle_rules *rules);
void oracle_free(struct oracle *oracle);

/* Looks at one turn. False when something is not allowed; then oracle_complaint says what, and the
 * oracle must not be asked any more. */
bool oracle_turn(struct oracle *oracle, const struct seen_turn *turn);
struct bytes oracle_complaint(const struct oracle *oracle);
/* Others have something to complain of: always false. */
bool oracle_object(struct oracle *oracle, const char *what, struct bytes detail);
/* A request was refused before it came into a turn, and should not have been, or the other way
 * round. */
bool oracle_refused(struct oracle *oracle, struct bytes body, struct fault fault);
/* The process is about to end in order: polls end early. */
void oracle_stopping(struct oracle *oracle);

/* The client of a waiting poll is gone, and the service knows it. */
void oracle_gone(struct oracle *oracle, struct seen_call *call);
/* A new process has begun at this time: no poll waits. */
void oracle_restart(struct oracle *oracle, struct instant now);
/* From the next process on there are no throttles. */
void oracle_lift_rates(struct oracle *oracle);
/* What a stored history loses to retention: false when it was too early. */
bool oracle_removed(struct oracle *oracle, struct run_key run, struct instant now);

/* The service wants a function called; false when that is not allowed. */
bool oracle_invoked(struct oracle *oracle, const struct lambda_invocation *invocation);
/* Somebody answers it. Borrowed for the call. */
void oracle_lambda_answered(struct oracle *oracle, const struct lambda_invocation *invocation);

/* How many answers and transactions were found right. */
uint64_t oracle_checks(const struct oracle *oracle);

/* What the end of a world needs to know. */
size_t oracle_open_runs(const struct oracle *oracle);
/* The names of the n-th run that is open; false when there are fewer. */
bool oracle_open_run(const struct oracle *oracle, size_t n, uint64_t *account, struct bytes *domain,
                     struct workflow_execution *names);
/* When something is due next in any run. */
struct instant oracle_next_due(const struct oracle *oracle);
/* Complains, and returns false, when a task waits or a run is open that a healed world must have
 * ended: `lists` had pollers until nothing moved any more. */
bool oracle_at_rest(struct oracle *oracle);
bool oracle_all_closed(struct oracle *oracle);

/* Every history that there was: for checks of another kind. */
struct told_run;
size_t oracle_run_count(const struct oracle *oracle);
void oracle_tell(const struct oracle *oracle, size_t n, struct told_run *out);
/* The history of a run by its number, as stored; NULL when there is none. */
const struct event *oracle_events(const struct oracle *oracle, uint64_t run, size_t *count);

#endif
