/*
 * people - who calls: clients, deciders and workers of many tempers.
 *
 * A person has at most one call under way and knows nothing but what it was answered, and what
 * people tell each other: the names of runs (the address book).
 */
#ifndef SIM_PEOPLE_H
#define SIM_PEOPLE_H

#include "mix.h"
#include "server.h"

enum role { ROLE_CLIENT, ROLE_DECIDER, ROLE_WORKER };

/* What will be done with a task that is held. */
enum plan { PLAN_ANSWER, PLAN_BREAK, PLAN_TWICE, PLAN_BEAT };

struct person {
    enum role role;
    uint64_t account;
    struct bytes domain, list;
    bool closes;             /* a decider that ends whatever it is given; a worker that completes */
    struct ask *asked;       /* waits for the answer of this; NULL: idle */
    const struct ask *again; /* to be said once more; NULL: nothing */
    uint64_t patience;       /* the step at which it gives up */
    struct bytes token, page_token; /* of the task it holds; absent: none */
    uint64_t acts_at;               /* not before this step */
    enum plan plan;
    unsigned beats;
    const struct request *page_request; /* to be repeated for the next page */
};

#define ADDRESSES_MAX 32
#define TIMES_MAX 16

/* What people need to make a call. */
struct people {
    struct arena *arena; /* the world's */
    struct random_sequence *chance;
    const struct mix *mix;
    struct json_reader *json;
    struct person *persons;
    size_t count;
    struct workflow_execution addresses[ADDRESSES_MAX];
    size_t address_count;
    struct instant times[TIMES_MAX]; /* at which something may have happened */
    size_t time_count;
    const struct request *flooded; /* what was said many times over; NULL: nothing yet */
    uint64_t asks;                 /* made so far */
    uint64_t steps;                /* now */
};

void people_init(struct people *people, struct arena *arena, struct random_sequence *chance,
                 const struct mix *mix);
void people_deinit(struct people *people);

/* It is this time now. */
void people_note_time(struct people *people, struct instant now);

/* The crowd of the mix. */
void people_gather(struct people *people);
/* Instead of them: for every list one who ends everything. */
void people_replace_by_healers(struct people *people);

/* The next call of this person, or NULL: it has nothing to say now. */
struct ask *person_act(struct people *people, struct person *person);
/* The answer of the call it waits for. */
void person_hear(struct people *people, struct person *person, enum fault_code fault,
                 struct bytes reply);
/* It waits no longer. */
void person_give_up(struct person *person);

/* The calls that every world begins with, one by one; NULL: that was all. */
struct ask *people_register(struct people *people, unsigned n);
/* A signal that brings a decision task. */
struct ask *people_poke(struct people *people, uint64_t account, struct bytes domain,
                        const struct workflow_execution *names);

#endif
