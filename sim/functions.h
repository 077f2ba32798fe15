/*
 * functions - the Lambda functions of a made-up world: they return, fail, are refused, or are never
 * heard of again.
 */
#ifndef SIM_FUNCTIONS_H
#define SIM_FUNCTIONS_H

#include "base/random.h"
#include "service/lambda.h"

#define FUNCTIONS_MAX 256

struct functions {
    struct lambda_invoker face;
    struct lambda_invocation *running[FUNCTIONS_MAX];
    size_t count;
    uint64_t called;
};

/* `functions` stays where it is: its face points to it. */
void functions_init(struct functions *functions);
/* One that is running, picked by chance, makes up its answer; it is not given back yet. NULL: none
 * runs. */
struct lambda_invocation *functions_pick(struct functions *functions,
                                         struct random_sequence *chance);
/* Gives all back without an answer: the process is about to end. */
void functions_give_up(struct functions *functions);

#endif
