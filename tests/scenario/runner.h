/*
 * runner - every script through several backends; what they leave is compared byte for byte.
 *
 * Each script on each backend counts as one test. The last line of the output is "N passed, N
 * failed".
 */
#ifndef TESTS_SCENARIO_RUNNER_H
#define TESTS_SCENARIO_RUNNER_H

#include "backend.h"

struct runner_config {
    const struct backend *const *backends;
    size_t backend_count;
    size_t uncounted; /* so many of the first ones only show what the others must leave */
};

/* The main of a test program. Arguments: scripts to play (none: all in tests/scenario/scripts); `-b
 * NAME` plays through one backend only; `-e` prints the events of every run. */
int runner_main(int argc, char **argv, const struct runner_config *config);

/* One script through these backends; adds to *passed and *failed, and prints what failed. */
void runner_play(const struct runner_config *config, const struct script *script, unsigned *passed,
                 unsigned *failed);

#endif
