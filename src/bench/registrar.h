/*
 * registrar - what a run asks of the server before it begins and when it is over, one call at a
 * time: the domain and the types, the histories of some workflows.
 */
#ifndef BENCH_REGISTRAR_H
#define BENCH_REGISTRAR_H

#include "base/text.h"
#include "bench/driver.h"

struct registrar;

struct registrar *registrar_new(const struct run_control *control, const char *endpoint,
                                const char *ca_file);
void registrar_free(struct registrar *registrar);

/* Each false after a line in `problem`. */

/* Makes the domain and the types, unless they are there. */
must_use bool registrar_register(struct registrar *registrar, struct text *problem);
/* Reads the history of a workflow that came to its end: each of the plan's steps and signals is
 * there once. One that is longer than a page is believed. */
must_use bool registrar_check(struct registrar *registrar, const struct driver_job *job,
                              struct text *problem);

#endif
