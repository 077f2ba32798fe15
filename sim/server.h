/*
 * server - the process under test in its made-up world: the service on a store on a disk, one turn
 * at a time, with the oracle looking on.
 *
 * Calls come as bytes and go as bytes. A process that dies takes what it had not answered with it;
 * server_start begins the next one on what the disk holds.
 */
#ifndef SIM_SERVER_H
#define SIM_SERVER_H

#include "clocks.h"
#include "disk.h"
#include "functions.h"
#include "oracle.h"
#include "rights.h"
#include "witness.h"

#include "base/list.h"
#include "service/throttle.h"

/* A call as its client means it and as it is sent. Lives as long as the world. */
struct ask {
    uint64_t number;
    struct request request;
    struct bytes body; /* with padding */
    bool is_broken;    /* must be refused before it changes anything */
    bool is_further_page;
    bool is_flood; /* it is sent many times */
    struct who caller;
    struct person *who; /* waits for the answer; NULL: nobody any more */
    uint64_t asked_at;  /* the step */
};

/* What a client is told, if it is told. `reply` is borrowed. */
typedef void answered_fn(void *context, struct ask *ask, enum fault_code fault, struct bytes reply);

struct server_settings {
    struct oracle_rules rules;
    uint64_t free_bytes_min;
    bool empty_poll_token;
    size_t recent_bytes_max, execution_bytes_max;
    answered_fn *on_answered;
    void *context;
};

struct server_sums {
    uint64_t calls, refused, turns, commits, starts, crashes, failed_commits, commits_not_told,
        answers_lost_in_crashes, folds, woken, polls_gone, throttled, denied, further_pages;
};

struct server {
    struct server_settings settings;
    struct arena arena; /* the world's */
    struct random_sequence *chance;
    struct disk disk;
    struct clocks clocks;
    struct functions functions;
    struct witness witness;
    struct oracle *oracle;
    struct store *store;
    struct service *service; /* NULL: it does not run */
    struct json_reader *json;
    struct text text;
    struct list visits;  /* calls inside, in the order of their arrival */
    struct list leaving; /* polls whose clients are gone, until they come home */
    struct identities *identities;
    const struct principal *principals[ACCOUNTS][RIGHTS_COUNT];
    struct throttle_rates rates;
    bool is_closing;
    struct instant short_until; /* on the steady clock: as long there may be little space for it */
    struct server_sums sums;
    uint64_t digest; /* of all answers and all events, in their order */
};

void server_init(struct server *server, const struct server_settings *settings, uint64_t seed,
                 struct random_sequence *chance);
void server_deinit(struct server *server);

/* Each false when the oracle complains. */
bool server_start(struct server *server);
bool server_turn(struct server *server);
/* An orderly end. */
bool server_stop(struct server *server);
/* It dies here and now. */
void server_kill(struct server *server);

static inline bool server_runs(const struct server *server)
{
    return server->service != NULL;
}

/* It dies, and from its next start on there are no throttles. */
void server_lift_rates(struct server *server);

/* A call arrives. False when the oracle complains of how it is refused. */
bool server_take(struct server *server, struct ask *ask);
/* The connection of the client that waits for this ends, and the server sees it. */
void server_hang_up(struct server *server, const struct ask *ask);
/* A function that runs comes back, if one does. */
void server_answer_function(struct server *server);
/* Milliseconds until something is due: 0 at once, negative never. */
int64_t server_idle(const struct server *server);
/* The service's time, as of its last turn. */
struct instant server_now(const struct server *server);

#endif
