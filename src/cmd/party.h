/*
 * party - one of those who take part in a demo: a client, the memory of one call, and what went
 * wrong.
 *
 * A party makes its calls one after the other. The first that fails is its problem, in words for
 * people; nothing is tried again. A party may have a thread of its own, which does the same thing
 * over and over until the party ends or fails.
 */
#ifndef CMD_PARTY_H
#define CMD_PARTY_H

#include "client/client.h"
#include <pthread.h>
#include <stdatomic.h>

#define PARTY_PROBLEM_BYTES_MAX 1024

/* Where a demo happens. The texts are borrowed for as long as it lasts. */
struct stage {
    const char *endpoint, *region, *domain;
    const char *access_key_id, *secret_access_key, *session_token;
    const char *ca_file; /* NULL: the authorities that this machine trusts */
    char number[16];     /* part of every name that this run uses, so that two runs do not meet */
    char list[32];       /* the task lists of its decider and its worker */
};

struct party {
    const struct stage *stage;
    const char *name;
    struct client *client;
    struct arena arena;                    /* emptied before each round of a thread */
    char problem[PARTY_PROBLEM_BYTES_MAX]; /* written before `failed` is set, read after */
    bool unanswered;                       /* the last call got no answer at all */
    atomic_bool failed;                    /* its thread has given up */
    pthread_t thread;
    bool (*once)(struct party *party);
};

void party_init(struct party *party, const struct stage *stage, const char *name);
void party_deinit(struct party *party);

/* Makes a call. A failure or fault is noted as the party's problem; false then. */
bool party_call(struct party *party, const struct request *request, struct reply *reply);

/* Registers something; true also when it exists already. */
bool party_register(struct party *party, const struct request *request);

/* The events that came with a reply, in the party's arena. */
bool party_events(struct party *party, const struct reply *reply, struct event **events,
                  size_t *count);

/* The history of a run as it is now, in the party's arena. */
bool party_history(struct party *party, const struct workflow_execution *execution,
                   struct event **events, size_t *count);

/* Begins a thread that calls `once` until it fails or the party is ended. */
void party_begin(struct party *party, bool (*once)(struct party *party));
/* Ends the thread and the call that it is in, and waits for it. */
void party_end(struct party *party);

struct bytes party_domain(const struct party *party);
struct task_list party_list(const struct party *party);

/* For what takes its time in a demo: work, and a customer's patience. */
void party_sleep_ms(long ms);

#endif
