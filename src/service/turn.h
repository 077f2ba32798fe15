/*
 * turn - what one turn gathers: the changes to commit, the calls to answer after it, the reads and
 * the calls of Lambda functions to begin after it.
 *
 * All of it lies in the turn's arena, which is emptied when the turn is over.
 */
#ifndef SERVICE_TURN_H
#define SERVICE_TURN_H

#include "base/list.h"
#include "service/call.h"
#include "service/reader.h"
#include "store/store.h"

struct lambda_invocation;

/* A growing array in the turn's arena. */
struct turn_array {
    void *items;
    size_t count, capacity;
};

struct turn {
    struct arena arena;
    struct turn_array runs;        /* struct run_change */
    struct turn_array steps;       /* struct turn_step: of which `runs` are made */
    struct turn_array registry;    /* struct registry_change */
    struct turn_array messages;    /* struct message_change */
    struct turn_array answers;     /* struct call * */
    struct turn_array reads;       /* struct read_job * */
    struct turn_array invocations; /* struct lambda_invocation * */
    size_t closes_end;             /* of `runs`: behind the last that closes a run */
    struct list closed_runs;       /* run.closed: they rest until the turn is over */
    struct instant latest;         /* time of the latest event */
};

/* Events that one transaction added to a run. A record does not show where one ends and the next
 * begins; this is for those who look on and want to know. */
struct turn_step {
    uint64_t run;  /* number */
    int64_t first; /* event id */
    size_t count;
};

/* Where a run finds its newest change of this turn, so that the next one is added to it: a turn
 * writes one record a run, however often the run changed. */
struct pending_change {
    uint64_t turn; /* the number of the commit that it will be in */
    size_t index;  /* in turn.runs */
    size_t events_capacity, heartbeats_capacity;
};

/* Bytes of changes after which a turn begins nothing more, and the most that one may come to. */
#define TURN_BYTES_ENOUGH (8u << 20)
#define TURN_BYTES_MAX (512u << 20)
/* Calls that one turn takes. */
#define TURN_CALLS_MAX 1024
/* Runs whose due things one turn does before it looks at calls. */
#define TURN_DUE_MAX 4096

void turn_init(struct turn *turn);
void turn_deinit(struct turn *turn);
/* Empties it for the next turn, and frees the runs that closed. */
void turn_reset(struct turn *turn);

/* Files a change of one run: adds it to the run's last one of this turn, or files it by itself when
 * there is none, or when it would close the run before one that closed earlier: closed runs are
 * listed in the order in which a commit closes them. What `change` points to lies in the turn's
 * arena. Returns where it went; borrowed until the next change. `number` is that of the commit. */
struct run_change *turn_add_run_change(struct turn *turn, uint64_t number,
                                       struct pending_change *pending,
                                       const struct run_change *change);
struct registry_change *turn_add_registry_change(struct turn *turn);
struct message_change *turn_add_message_change(struct turn *turn);
void turn_add_answer(struct turn *turn, struct call *call);
void turn_add_read(struct turn *turn, struct read_job *job);
void turn_add_invocation(struct turn *turn, struct lambda_invocation *invocation);

/* What a turn should take, in parts: what was due begins with no further run after two of them,
 * what workflows owe each other may have one more. So there is room for calls, however many runs
 * there are to catch up with. */
#define TURN_PARTS 4
#define TURN_PARTS_DUE 2
#define TURN_PARTS_OWED 3

/* Has it gathered what so many parts of a turn should? */
static inline bool turn_has(const struct turn *turn, unsigned parts)
{
    return turn->arena.used >= TURN_BYTES_ENOUGH / TURN_PARTS * parts;
}

/* Has it gathered so much that it should end? */
static inline bool turn_is_full(const struct turn *turn)
{
    return turn_has(turn, TURN_PARTS);
}

static inline bool turn_has_changes(const struct turn *turn)
{
    return turn->runs.count != 0 || turn->registry.count != 0 || turn->messages.count != 0;
}

#endif
