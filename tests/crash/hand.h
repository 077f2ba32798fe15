/*
 * hand - one client of the load, and what it holds in its hands: that outlives its connection, and
 * the server.
 *
 * Three kinds, each in a file of its own: deciders, workers, and visitors, who start, signal,
 * cancel, terminate and register. An act is one call, or two; between acts a client may be sent
 * out.
 */
#ifndef TESTS_CRASH_HAND_H
#define TESTS_CRASH_HAND_H

#include "load.h"

struct hand {
    struct load *load;
    struct ledger *ledger;
    struct caller caller;
    struct random_sequence random;
    struct arena held_arena;
    struct bytes token;        /* of a task that is not answered yet; absent: none */
    unsigned token_life, life; /* the server that gave it; the one now */
    struct run *run;
    int64_t started_event_id;
    struct decision_list decisions;
    struct workflow *starting; /* a start that was not answered */
};

void decider_act(struct hand *hand);
void worker_act(struct hand *hand);
void visitor_act(struct hand *hand);

/* True once in `of`. */
bool hand_chance(struct hand *hand, unsigned of);
/* Nothing new is to be started, nothing dropped. */
bool hand_is_draining(const struct hand *hand);
/* Something to send along, up to three kilobytes. */
struct bytes hand_payload(struct hand *hand);
/* Enters a task into the ledger, with this note of how the hand came by it, and makes its run the
 * hand's. False when there is none: the poll came back empty, or the run is not in the ledger. */
must_use bool hand_note_task(struct hand *hand, struct bytes token,
                             const struct workflow_execution *names, struct note note);
/* Keeps a task, to be answered later. */
void hand_take(struct hand *hand, struct bytes token, int64_t started_event_id);

/* A call; counted when it was acknowledged. */
enum outcome hand_call(struct hand *hand, enum operation operation, const void *input);
/* A call with a note, entered before and settled after. */
enum outcome hand_call_noted(struct hand *hand, enum operation operation, const void *input,
                             struct run *run, struct note note);

#endif
