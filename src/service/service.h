/*
 * service - the turn: the only place where executions change.
 *
 * One thread owns all state. It takes what arrived, does what is due, decides, commits once, and
 * only then answers (docs/ARCHITECTURE.md, "The way of a call"). Reads that come from the disk are
 * made by reader threads. Knows no HTTP and no socket.
 */
#ifndef SERVICE_SERVICE_H
#define SERVICE_SERVICE_H

#include "base/err.h"
#include "model/limits.h"
#include "service/call.h"
#include "service/world.h"
#include "store/store.h"

struct lambda_invocation;
struct lambda_invoker;
struct service;
struct throttle_rates;

struct service_config {
    const struct world *world; /* clock and entropy; outlives the service */
    struct store *store;       /* owned by the caller; outlives the service */
    struct limits limits;
    struct bytes region;        /* for ARNs; static for the service's life */
    bool empty_poll_token;      /* an idle poll answers taskToken "" instead of leaving it out */
    bool throttles;             /* request rates are enforced */
    size_t recent_bytes_max;    /* of events of open runs kept in memory; 0: none */
    size_t execution_bytes_max; /* of open executions in memory; beyond it those that idle sleep. 0:
                                   no limit */
    uint64_t free_bytes_min;    /* with less free in the store new starts are refused; 0: never */
    const struct lambda_invoker
        *lambda; /* outlives the service; NULL: there are no Lambda functions here */
    const struct throttle_rates
        *rates;  /* of `throttles`; outlives the service; NULL: the documented ones */
    int readers; /* reader threads; 0: reads are made inside the turn (tests, simulation) */
};

/* Builds the service from what the store holds: what idles starts asleep, every other open run is
 * replayed. ERR_CORRUPT and the store's errors come after a line in the log. */
must_use enum err service_open(const struct service_config *config, struct service **out);

/* Gives a call to the service. Any thread. */
void service_submit(struct service *service, struct call *call);

/* Says that the client of a parked poll is gone. If this returns true the poll will get no task and
 * is answered soon, to nobody; false: it was already claimed. The call must not have been answered
 * yet. Any thread. */
bool service_abandon(struct service *service, struct call *call);

/* Runs one turn with what has arrived. OK, or the error of a failed commit, after which the service
 * does nothing more and no call of that turn was answered. The owner's thread. */
must_use enum err service_turn(struct service *service);

/* How long nothing needs a turn unless something arrives: zero when one is due now, negative when
 * nothing is to be expected. The owner's thread. */
struct duration service_idle(const struct service *service);

/* Runs turns on the calling thread until service_stop; OK after an orderly stop (held polls
 * answered empty, calls in flight finished, the readers ended: no answer is given any more, and
 * whoever took them may go), or the error of a failed commit. */
must_use enum err service_run(struct service *service);

/* Asks service_run to end; from then on polls are answered at once. Any thread, but no signal
 * handler. */
void service_stop(struct service *service);

/* Before an orderly end: writes what makes the next start short. service_run does it. The owner's
 * thread, after its last turn. */
void service_rest(struct service *service);

/* An invocation comes back from the invoker: what its on_done does. Any thread. */
void service_lambda_done(struct service *service, struct lambda_invocation *invocation);

/* Gives everything back; not the store. Every invocation has come back by then. */
void service_close(struct service *service);

/* The quotas that it keeps, for who checks requests before they come here. Any thread. */
const struct limits *service_limits(const struct service *service);

/* A turn takes milliseconds and waits for the disk once; a slow disk or one that catches up makes
 * it seconds. One that takes so long is not coming back soon, perhaps never. */
#define SERVICE_STALLED_S 10

/* Has the turn under way taken SERVICE_STALLED_S or longer? Calls go unanswered then, and nothing
 * happens in time. Any thread. */
bool service_is_stalled(const struct service *service);

/* Figures for the log, /healthz and tests. Any thread; each figure is true by itself. */
struct service_figures {
    uint64_t turns, commits, calls, open_executions, parked_polls;
    bool short_of_space; /* new workflows are refused */
};
struct service_figures service_figures(const struct service *service);

#endif
