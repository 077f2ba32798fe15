/*
 * report - what a run has found, as a table for people or as one JSON object for scripts.
 */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include "bench/run.h"

void report_table(const struct run_config *config, const struct run_result *result,
                  struct text *out);
/* One line. Times are in milliseconds. */
void report_json(const struct run_config *config, const struct run_result *result,
                 struct text *out);

#endif
