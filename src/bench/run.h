/*
 * run - one measurement from its registration to its report.
 *
 *   register, let the drivers send their polls, warm up, measure, let what is under way come to
 *   its end, look at some histories
 *
 * What is counted is what ended while it measured; server figures are the difference between two
 * looks at them, at its begin and its end.
 */
#ifndef BENCH_RUN_H
#define BENCH_RUN_H

#include "base/text.h"
#include "bench/plan.h"
#include "bench/scrape.h"
#include "bench/tally.h"

struct run_config {
    struct plan plan;
    const char *endpoint;
    const char *ca_file; /* those who sign the certificate of an https endpoint (PEM); empty: those
                            whom this machine trusts */
    const char *metrics; /* the URL of the server's figures; empty: at /metrics of the endpoint */
    const char *domain, *region;
    const char *access_key_id, *secret_access_key; /* empty: unsigned */
    const char *session_token;                     /* empty: the key is not temporary */
    uint32_t in_flight;                            /* workflows at a time */
    uint32_t polls;                                /* of PLAN_POLLS: how many are held */
    uint32_t threads;
    uint32_t payload;    /* bytes */
    uint64_t count;      /* workflows; 0: as many as `duration_s` has room for */
    uint64_t rate;       /* starts a second; 0: as fast as they end */
    uint32_t duration_s; /* when count is 0 */
    uint32_t warmup_s;
    uint32_t patience_s; /* the run is void when nothing goes on for so long */
    uint32_t slice_s;    /* what is counted is also told by parts so long; 0: it is not */
    bool whole_history;
    bool shows_progress; /* a line on stderr that changes */
};

struct run_result {
    struct tally tally; /* with a problem in it the run is void */
    struct tally *slices;
    uint32_t slice_count;
    struct instant began; /* the measurement, by the wall clock */
    double elapsed_s;
    double own_cpu_s;
    bool has_server; /* the server's figures are known */
    struct server_figures before, after;
    uint32_t checked; /* histories that were read */
};

/* False, with a line in `problem`, when it could not begin: the endpoint is wrong, or nobody is
 * there. Give the result back with run_result_deinit. */
must_use bool run_bench(const struct run_config *config, struct run_result *out,
                        struct text *problem);
void run_result_deinit(struct run_result *result);

#endif
