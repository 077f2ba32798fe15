/*
 * scrape - what a Weir server says about itself at /metrics, as far as a bench asks.
 *
 * Other servers have no such page, and one with identities shows it elsewhere, or not at all; then
 * the figures are simply not there.
 */
#ifndef BENCH_SCRAPE_H
#define BENCH_SCRAPE_H

#include "base/bytes.h"
#include "base/ensure.h"

struct server_figures {
    double cpu_s; /* of all threads, since the start */
    double calls; /* answered since the start */
    double commits;
    double
        device_bytes; /* of those, and of what the store makes of them, on their way to the disk */
    double written_bytes; /* given to the store's files */
    double resident_bytes;
    double held_polls;
    double open_executions;
};

/* Fetches the page (`ca_file`: who signs its certificate, "": whom this machine trusts); false when
 * there is none. Waits for seconds at most. */
must_use bool scrape(const char *url, const char *ca_file, struct server_figures *out);

/* The sum of all series of the name in a page of Prometheus text; false when there is none. */
must_use bool scrape_sum(struct bytes page, const char *name, double *out);

#endif
