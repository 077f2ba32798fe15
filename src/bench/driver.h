/*
 * driver - a thread of the load generator: its customers start workflows and ask about them, its
 * deciders and workers carry them on, all on task lists of its own.
 *
 * Each of them is a connection with one call at a time, and the thread serves them all. A customer
 * has one workflow under way, so there are as many in flight as customers.
 */
#ifndef BENCH_DRIVER_H
#define BENCH_DRIVER_H

#include "bench/endpoint.h"
#include "bench/plan.h"
#include "bench/signer.h"
#include "bench/tally.h"
#include <stdatomic.h>

#define DRIVER_DOMAIN_MAX 257

/* How far the run is. The main thread moves it on. */
enum phase {
    PHASE_GATHER,  /* polls are sent, nothing starts yet */
    PHASE_WARM,    /* workflows run, nothing is counted */
    PHASE_MEASURE, /* what ends is counted */
    PHASE_DRAIN,   /* nothing new starts */
    PHASE_OVER,    /* whoever is not done is given up */
};

/* What all drivers of a run share. */
struct run_control {
    struct plan plan;
    char domain[DRIVER_DOMAIN_MAX];
    char number[9];      /* tells this run from others; in names of lists and workflows */
    uint32_t payload;    /* bytes of each input, result and signal */
    bool whole_history;  /* deciders read it from the first event each time */
    uint32_t poll_lists; /* task lists of each driver */
    struct endpoint endpoint;
    struct secure *secure; /* NULL: the endpoint speaks no TLS */
    struct signer_config identity;

    _Atomic int phase;            /* enum phase */
    _Atomic int64_t jobs_left;    /* to be started */
    double pace_us;               /* between two starts of one driver; 0: as fast as they end */
    uint32_t slice_count;         /* into which the measurement is cut; 0: it is not */
    _Atomic uint32_t slice;       /* the one that is under way */
    _Atomic uint64_t calls, jobs; /* so far, for the progress line */
    _Atomic uint64_t steps; /* calls answered that are no polls: as long as they grow it goes on */
    _Atomic uint32_t polls_sent;
};

struct driver_config {
    struct run_control *control; /* outlives it */
    unsigned index;
    uint32_t customers, deciders, workers;
};

struct driver;

struct driver *driver_start(const struct driver_config *config);
/* Has everybody come to the end of what they do, or has something gone wrong? */
bool driver_is_done(const struct driver *driver);
/* Waits until the thread has ended; what it counted is added to `into`, and to the slices. */
void driver_join(struct driver *driver, struct tally *into, struct tally *slices);
void driver_free(struct driver *driver);

/* ---- after driver_join: which workflows there were ---- */

struct driver_job {
    char workflow_id[64];
    char run_id[65];
};
/* The last workflow of each customer; false when there is none of that number. */
must_use bool driver_last_job(const struct driver *driver, uint32_t customer,
                              struct driver_job *out);

#endif
