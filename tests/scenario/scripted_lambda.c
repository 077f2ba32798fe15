#include "scripted_lambda.h"

#include "base/ensure.h"
#include <stdio.h>

static void invoke(void *context, struct lambda_invocation *invocation)
{
    struct scripted_lambda *lambda = context;
    struct lambda_call *call;

    pthread_mutex_lock(&lambda->lock);
    ensure(lambda->count < LAMBDA_CALLS_MAX);
    call = &lambda->calls[lambda->count++];
    snprintf(call->function, sizeof(call->function), "%.*s", BYTES_FMT(invocation->function));
    snprintf(call->payload, sizeof(call->payload), "%.*s", BYTES_FMT(invocation->payload));
    call->invocation = invocation;
    pthread_mutex_unlock(&lambda->lock);
}

void scripted_lambda_init(struct scripted_lambda *lambda)
{
    lambda->face = (struct lambda_invoker){ lambda, invoke };
    lambda->count = 0;
    pthread_mutex_init(&lambda->lock, NULL);
}

void scripted_lambda_deinit(struct scripted_lambda *lambda)
{
    pthread_mutex_destroy(&lambda->lock);
}

static struct lambda_invocation *take(struct scripted_lambda *lambda, struct bytes function)
{
    struct lambda_invocation *invocation = NULL;

    pthread_mutex_lock(&lambda->lock);
    for (size_t i = 0; i < lambda->count && invocation == NULL; i++) {
        struct lambda_call *call = &lambda->calls[i];

        if (call->invocation == NULL ||
            !(bytes_is_absent(function) || bytes_equal_cstr(function, call->function)))
            continue;
        invocation = call->invocation;
        call->invocation = NULL;
    }
    pthread_mutex_unlock(&lambda->lock);
    return invocation;
}

bool scripted_lambda_answer(struct scripted_lambda *lambda, struct bytes function,
                            enum lambda_outcome outcome, struct bytes reason, struct bytes answer)
{
    struct lambda_invocation *invocation = take(lambda, function);

    if (invocation == NULL)
        return false;
    invocation->outcome = outcome;
    invocation->reason = arena_copy(&invocation->arena, reason);
    invocation->answer = arena_copy(&invocation->arena, answer);
    invocation->on_done(invocation);
    return true;
}

void scripted_lambda_give_up(struct scripted_lambda *lambda)
{
    struct lambda_invocation *invocation;

    while ((invocation = take(lambda, BYTES_ABSENT)))
        invocation->on_done(invocation);
}

size_t scripted_lambda_count(struct scripted_lambda *lambda, struct bytes function,
                             struct bytes *payload)
{
    size_t count = 0;

    pthread_mutex_lock(&lambda->lock);
    for (size_t i = 0; i < lambda->count; i++) {
        if (!bytes_equal_cstr(function, lambda->calls[i].function))
            continue;
        count++;
        *payload = bytes_of_cstr(lambda->calls[i].payload);
    }
    pthread_mutex_unlock(&lambda->lock);
    return count;
}
