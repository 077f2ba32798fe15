/*
 * backend - one way to run what a script says: bytes of JSON in, bytes of JSON out.
 *
 * The player knows nothing else of the thing under test, so that every backend gets the same bytes,
 * and what it answers and leaves can be compared with what another one did.
 */
#ifndef TESTS_SCENARIO_BACKEND_H
#define TESTS_SCENARIO_BACKEND_H

#include "base/text.h"
#include "manual_world.h"
#include "model/fault.h"
#include "model/operation.h"
#include "options.h"
#include "scripted_lambda.h"

struct execution;

/* One call of a script. */
struct ask {
    struct ask *next; /* the player's: all calls of a run through a script */
    enum operation operation;
    struct bytes body; /* with JSON_PADDING readable bytes behind it */
    bool left;         /* its client hung up */
    bool answered;
    bool ok;           /* 200, else a fault */
    struct text reply; /* the body of the answer */
    void *inside;      /* the backend's, while it is under way */
    void *of;          /* likewise */
};

/* A scenario under way. */
struct session {
    const struct backend *backend;
    struct options options;
    struct manual_world world;
    struct scripted_lambda lambda;
    bool denied[DECISION_TYPE_COUNT + 1]; /* by `deny` */
    /* By `rate`: so many decisions of each type can one list make. */
    uint32_t rate_tokens[DECISION_TYPE_COUNT + 1];
    bool rates_given;
    bool held;      /* by `hold`: a call gets the one turn that takes it, and nothing else moves */
    bool gathering; /* inside `together`: calls come, and the turn that takes them is yet to come */
    const char *problem; /* what went wrong inside the backend itself; NULL: nothing */
};

struct backend {
    const char *name;
    bool can_restart;
    bool can_deny;    /* and limit rates */
    bool can_gather;  /* and hold */
    bool has_service; /* lists, counts, throttles and Lambda functions are there */
    bool on_disk;     /* opening takes its time */
    struct session *(*open)(const struct options *options);
    void (*close)(struct session *session);

    /* Gives the call to the thing under test and waits until nothing moves any more: then the call
     * is answered, or it is a poll that waits. Answers of earlier polls may have come, too. While
     * it is held, it takes one turn; while calls are gathered, none. */
    void (*submit)(struct session *session, struct ask *ask);
    /* The time has moved, or calls were gathered: waits until what that brings has happened, or,
     * while it is held, for one turn. */
    void (*settle)(struct session *session);
    /* The client of a waiting poll goes away; it is answered no more. */
    void (*hang_up)(struct session *session, struct ask *ask);
    /* Ends it orderly (waiting polls are answered), and starts it on what it has stored after a
     * while. One that is held ends between two turns, as if it were killed. */
    void (*restart)(struct session *session, struct duration down);
    /* The living state of a run, if one can get at it and it is there. */
    const struct execution *(*peek)(struct session *session, struct bytes run_id);
};

extern const struct backend backend_engine, backend_memory, backend_rocks, backend_interrupted,
    backend_asleep, backend_asleep_interrupted;

/* The account of all calls. */
#define SCENARIO_ACCOUNT UINT64_C(123456789012)
/* The most that one reply may come to. */
#define REPLY_BYTES_MAX ((size_t)64 << 20)

/* Writes the answer as the network would: the fault, or the operation's output. */
void ask_answer(struct ask *ask, struct fault fault, const void *output);
bool ask_is_poll(const struct ask *ask);

#endif
