/*
 * scripted_lambda - calls no Lambda function: keeps what it is asked to call until the script says
 * what came of it.
 *
 * The service's thread gives, the test's thread answers.
 */
#ifndef TESTS_SCENARIO_SCRIPTED_LAMBDA_H
#define TESTS_SCENARIO_SCRIPTED_LAMBDA_H

#include "service/lambda.h"
#include <pthread.h>

#define LAMBDA_CALLS_MAX 64

struct scripted_lambda {
    struct lambda_invoker face;
    pthread_mutex_t lock;
    struct lambda_call {
        char function[65], payload[256];
        struct lambda_invocation *invocation; /* NULL: given back */
    } calls[LAMBDA_CALLS_MAX];                /* all that were ever made, in their order */
    size_t count;
};

/* `lambda` stays where it is: its face points to it. */
void scripted_lambda_init(struct scripted_lambda *lambda);
void scripted_lambda_deinit(struct scripted_lambda *lambda);

/* Gives the oldest call of that function back with this answer; false when none is under way. */
bool scripted_lambda_answer(struct scripted_lambda *lambda, struct bytes function,
                            enum lambda_outcome outcome, struct bytes reason, struct bytes answer);

/* Gives all back that are under way, without an answer: the service is about to go. */
void scripted_lambda_give_up(struct scripted_lambda *lambda);

/* How often that function was called, and in *payload what the last call was given. */
size_t scripted_lambda_count(struct scripted_lambda *lambda, struct bytes function,
                             struct bytes *payload);

#endif
