/*
 * made_up - one whole world: it is drawn from a seed, hurts for some steps, then heals, and must
 * end everything that it began.
 */
#ifndef SIM_MADE_UP_H
#define SIM_MADE_UP_H

#include "base/text.h"
#include <stdint.h>

struct world_sums {
    uint64_t calls, checks, turns, commits, starts, crashes, failed_commits, commits_not_told,
        answers_lost, requests_lost, duplicates, delays, polls_gone, runs, events, folds, woken, functions,
        throttled, denied, further_pages;
};

/* Plays a world; true when all was allowed. Else *complaint says what was not. `mix` gets the line
 * that says what the seed drew. `digest` is the same for the same seed and steps. */
bool world_play(uint64_t seed, uint64_t steps, struct text *mix, struct world_sums *sums,
                uint64_t *digest, struct text *complaint);

#endif
