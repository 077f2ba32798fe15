/*
 * inner - the service's own state, for the files of this folder only.
 */
#ifndef SERVICE_INNER_H
#define SERVICE_INNER_H

#include "base/mailbox.h"
#include "base/text.h"
#include "engine/registry.h"
#include "model/facts.h"
#include "service/awake.h"
#include "service/clock.h"
#include "service/matching.h"
#include "service/messages.h"
#include "service/metrics.h"
#include "service/reader.h"
#include "service/recent.h"
#include "service/runs.h"
#include "service/service.h"
#include "service/set_aside.h"
#include "service/space.h"
#include "service/throttle.h"
#include "service/token.h"
#include "service/turn.h"
#include "service/visibility.h"

struct service {
    struct service_config config;
    struct store *store;

    struct clock clock;
    struct instant now;       /* of this turn */
    struct instant steady;    /* the steady clock at this turn */
    struct instant committed; /* no committed event is later */
    uint64_t turn_number;     /* of the last commit */
    uint64_t next_run;
    enum err failure; /* of a commit, or of a run that cannot be read: then nothing more happens */

    struct registry registry;
    struct runs runs;
    struct awake awake;
    struct set_aside set_aside;
    struct visibility visibility;
    struct matching matching;
    struct messages messages;
    struct throttle throttle;
    struct metrics metrics;
    struct recent recent;
    struct space space;
    struct list parked; /* polls that are held, in the order of their ends */

    struct mailbox inbox;         /* calls */
    struct mailbox gone;          /* words that a poll's client is gone */
    uint32_t words_awaited;       /* those that a call which is finished waits for */
    struct mailbox lambdas_done;  /* invocations that came back */
    struct mail *lambdas_pending; /* those taken from it and not yet looked at */
    struct mail *pending;         /* calls taken from the inbox and not yet looked at */
    bool has_more;                /* this turn left something that the next one must do at once */
    _Atomic bool stopping;

    struct turn turn;
    struct text scratch;    /* for encoding */
    struct arena judgement; /* for one question to an authority, and emptied after it */
    struct token_sealer *sealer;
    struct json_reader *json;
    struct reader_pool *readers;
    struct instant next_sweep; /* of expired runs, on the steady clock */
    bool sweeps;               /* the last one ended at a bound: there may be more */

    _Atomic uint64_t turns, commits, calls, open_executions, parked_polls;
    _Atomic bool short_of_space;   /* what `space` says, for other threads */
    _Atomic int64_t turn_began_ms; /* the one under way, on the steady clock, for other threads;
                                      that of INSTANT_NEVER: none is */
};

/* Has this turn done so many parts of what one should (service.c)? */
bool service_has_enough(const struct service *service, unsigned parts);

/* ---- answering (service.c) ---- */

/* The call's answer is complete: it is given back after the commit. */
void service_answer(struct service *service, struct call *call);
void service_answer_fault(struct service *service, struct call *call, struct fault fault);
/* A copy of `output`, which is of the operation's output shape, becomes the answer. */
void service_answer_copy(struct service *service, struct call *call, const void *output);
/* The rest of the answer is read after the commit. `job` lies in the call's arena. */
void service_answer_by_reading(struct service *service, struct call *call, struct read_job *job,
                               read_fn *read);
/* Takes a held poll out of its task list and out of the held ones. */
void service_unpark(struct service *service, struct call *call);
/* The domain of that name in the caller's account; NULL after its fault was answered. */
struct domain *service_need_domain(struct service *service, struct call *call, struct bytes name);
/* Where the page begins that this token of the request asks for; all zero when it is empty: the
 * first one. False after its fault was answered. */
must_use bool service_open_page(struct service *service, struct call *call, struct bytes token,
                                struct page_position *out);
/* Makes the call ours for an answer; false: its client is gone. */
bool service_claim(struct call *call);

/* The run is damaged: it is set aside, after a line in the log. `names` is NULL when they are lost.
 */
void service_set_aside(struct service *service, struct run_key key,
                       const struct run_opening *names);
/* Answers a call that is about a run that was set aside, or that cannot be answered without one:
 * InternalFailure. */
void service_answer_damaged(struct service *service, struct call *call);

/* Takes a token of the run's own bucket, by its number or whatever else tells it from others as far
 * as this operation goes; false after ThrottlingException was answered. */
bool service_take_run_token(struct service *service, struct call *call, uint64_t run);

/* ---- names (execution_calls.c) ---- */

/* A run id that nobody has, in the turn's arena. */
struct bytes service_fresh_run_id(struct service *service);

/* ---- changing an execution (step.c) ---- */

/* One transaction on one run: begin, let a decide function add to `events`, finish. */
struct step {
    struct run *run;
    struct event_list events;
};
void step_begin(struct service *service, struct run *run, struct step *step);
/* Applies the events, files the change for the commit, and keeps task lists, due times and indexes
 * in step. The run may be closed after it: it lives until the turn is over. */
void step_finish(struct service *service, struct step *step);
/* Does what is due in the run, a transaction each; true if anything was. */
bool step_due(struct service *service, struct run *run);
/* The same, but leaves to the next turn what this one has no room for. Only for a caller that does
 * nothing else with the run. */
bool step_due_while_there_is_room(struct service *service, struct run *run);
/* A new run with its first events. */
void step_start(struct service *service, struct run *run, const struct event_list *events);
/* A heartbeat for the store. */
void step_heartbeat(struct service *service, struct run *run, struct activity *activity,
                    struct bytes details);
/* Puts the run's waiting tasks into their lists, after recovery; those of one that sleeps. */
void step_restore_tasks(struct service *service, struct run *run);
void step_restore_sleeping(struct service *service, struct stub *stub,
                           const struct stub_state *state);

/* ---- Lambda functions (lambda.c) ---- */

/* Starts the Lambda task of this LambdaFunctionScheduled of an open run, unless it was started
 * before. */
void lambdas_start(struct service *service, struct run *run, const struct event *scheduled);
/* After the commit: gives the turn's invocations to the invoker. */
void lambdas_invoke(struct service *service);
/* Applies the answers that arrived, up to a bound; true when there is more to do at once. */
bool lambdas_take_done(struct service *service);
/* Are there answers that arrived and are not applied yet? */
bool lambdas_have_done(struct service *service);
void lambdas_deinit(struct service *service);

/* ---- records of the registry (records.c) ---- */

/* Applies the records and files them for the commit. */
void records_apply(struct service *service, const struct registry_records *records);
/* ---- recovery (recover.c) ---- */

enum err recover(struct service *service);

#endif
