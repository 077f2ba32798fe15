/*
 * options - what a script says about the world it wants, before its first instruction.
 *
 *   not engine                 not through the backend of that name, with the reason in a comment
 *   only engine                through no other
 *   option openTimers=2        a limit of model/limits.h, by its name on the wire's fashion
 *   option emptyPollToken=true
 *   option throttles=true      the documented request rates are enforced
 *   option lambda=true         there is somebody who calls Lambda functions
 */
#ifndef TESTS_SCENARIO_OPTIONS_H
#define TESTS_SCENARIO_OPTIONS_H

#include "model/limits.h"
#include "script.h"

struct options {
    struct limits limits;
    bool empty_poll_token, throttles, lambda;
};

/* Reads the options; NULL, or what is wrong with one. */
const char *options_read(const struct script *script, struct options *out);

/* Does the instruction say something about the world, and nothing to it? */
bool options_own(const struct instruction *instruction);

/* Is the script meant for that backend? */
bool options_allow(const struct script *script, const char *backend);

#endif
