/*
 * A Lambda task, from LambdaFunctionScheduled to its end:
 *
 *   scheduled   the run owes itself a message (messages.c)
 *   delivered   in a later turn: LambdaFunctionStarted, and an invocation that waits for its end
 *   committed   the invocation goes to the invoker
 *   done        its answer becomes an event, if the task is still open and it is the same start
 *
 * A crash between the last two loses the answer, never the task: nobody calls again (S7), the task
 * times out.
 */
#include "service/lambda.h"
#include "base/memory.h"
#include "engine/lambda.h"
#include "service/inner.h"
#include "wire/character.h"
#include "wire/json.h"

#define INVOCATION_BYTES_MAX (1u << 20)
#define DATA_CHARACTERS_MAX 32768
#define REASON_CHARACTERS_MAX 256

/* ---- invocations ---- */

struct lambda_invocation *lambda_invocation_new(void)
{
    struct lambda_invocation *invocation = memory_new(sizeof(*invocation));

    arena_init(&invocation->arena, "invocation", INVOCATION_BYTES_MAX);
    invocation->timeout.ms = -1;
    return invocation;
}

void lambda_invocation_free(struct lambda_invocation *invocation)
{
    arena_deinit(&invocation->arena);
    memory_free(invocation);
}

static void on_done(struct lambda_invocation *invocation)
{
    service_lambda_done(invocation->owner, invocation);
}

static struct lambda_invocation *invocation_of(struct service *service, const struct run *run,
                                               const struct event *scheduled,
                                               int64_t started_event_id)
{
    const struct lambda_function_scheduled_event *wanted = scheduled->lambda_function_scheduled;
    const struct lambda *lambda = lambda_get(run->execution, scheduled->id);
    struct lambda_invocation *invocation = lambda_invocation_new();

    invocation->function = arena_copy(&invocation->arena, wanted->name);
    invocation->payload = arena_copy(&invocation->arena,
                                     wanted->input.len ? wanted->input : BYTES("{}"));
    if (lambda->start_to_close.seconds >= 0)
        invocation->timeout = duration_of_s(lambda->start_to_close.seconds);
    invocation->on_done = on_done;
    invocation->owner = service;
    invocation->run = run->key;
    invocation->scheduled_event_id = scheduled->id;
    invocation->started_event_id = started_event_id;
    return invocation;
}

/* ---- starting ---- */

void lambdas_start(struct service *service, struct run *run, const struct event *scheduled)
{
    const struct lambda *lambda = lambda_get(run->execution, scheduled->id);
    bool started = false;
    struct step step;

    if (lambda == NULL || lambda->started_event_id)
        return;
    step_begin(service, run, &step);
    if (service->config.lambda == NULL) /* there was an endpoint when the decision was made */
        lambda_start_failed(run->execution, lambda,
                            BYTES("No endpoint for Lambda functions is configured."), &step.events);
    else
        started = lambda_start(run->execution, lambda, &step.events);
    step_finish(service, &step);
    if (started && execution_is_open(run->execution))
        turn_add_invocation(&service->turn,
                            invocation_of(service, run, scheduled, step.events.items[0].id));
}

void lambdas_invoke(struct service *service)
{
    const struct lambda_invoker *invoker = service->config.lambda;
    struct lambda_invocation **items = service->turn.invocations.items;

    for (size_t i = 0; i < service->turn.invocations.count; i++)
        invoker->invoke(invoker->context, items[i]);
    service->turn.invocations.count = 0; /* they are the invoker's */
}

/* ---- the answer ---- */

/* What is wrong with it as a result; NULL: nothing. Functions return what they like, events hold
 * text of limited length. */
static const char *fault_in_result(const struct lambda_invocation *invocation)
{
    if (invocation->answer_is_cut || character_count(invocation->answer) > DATA_CHARACTERS_MAX)
        return "The function's result is longer than 32768 characters.";
    if (!character_is_text(invocation->answer))
        return "The function's result is not valid UTF-8.";
    return NULL;
}

/* As much of `text` as fits, or `otherwise` when it is no text. */
static struct bytes fitting(struct bytes text, size_t characters_max, struct bytes otherwise)
{
    struct bytes prefix = character_prefix(text, characters_max);

    return character_is_text(prefix) ? prefix : otherwise;
}

/* The error of a call is JSON with a member "message" or "Message", or whatever a proxy on the way
 * said. */
static struct bytes message_of(struct service *service, struct bytes answer)
{
    struct json_value root, value;
    struct json_cursor cursor;
    struct bytes name;

    if (!json_parse(service->json, answer, &root) || json_kind(root) != JSON_OBJECT)
        return answer;
    cursor = json_walk(root);
    while (json_next_member(&cursor, &name, &value)) {
        if ((bytes_equal_cstr(name, "message") || bytes_equal_cstr(name, "Message")) &&
            json_kind(value) == JSON_STRING)
            return arena_copy(&service->turn.arena, json_string(value));
    }
    return answer;
}

static void decide_end(struct service *service, const struct execution *execution,
                       const struct lambda *lambda, const struct lambda_invocation *invocation,
                       struct event_list *out)
{
    const char *wrong = invocation->outcome == LAMBDA_RETURNED ? fault_in_result(invocation) : NULL;
    struct bytes details = invocation->answer;

    if (wrong) {
        lambda_fail(execution, lambda, BYTES("InvalidResult"), bytes_of_cstr(wrong), out);
        return;
    }
    if (invocation->outcome == LAMBDA_RETURNED) {
        lambda_complete(execution, lambda, invocation->answer, out);
        return;
    }
    if (invocation->outcome == LAMBDA_REFUSED)
        details = message_of(service, details);
    lambda_fail(
        execution, lambda, fitting(invocation->reason, REASON_CHARACTERS_MAX, BYTES("Unhandled")),
        fitting(details, DATA_CHARACTERS_MAX, BYTES("The function's error is not valid UTF-8.")),
        out);
}

/* What is due comes first: an answer that was too late changes nothing (Q-LAM4). */
static void end_task(struct service *service, const struct lambda_invocation *invocation)
{
    struct run *run;
    const struct lambda *lambda;
    struct step step;

    if (awake_get(service, invocation->run.run, &run))
        return;
    step_due(service, run);
    if (!execution_is_open(run->execution))
        return;
    lambda = lambda_get(run->execution, invocation->scheduled_event_id);
    if (lambda == NULL || lambda->started_event_id != invocation->started_event_id)
        return;
    step_begin(service, run, &step);
    decide_end(service, run->execution, lambda, invocation, &step.events);
    step_finish(service, &step);
}

static void append_done(struct service *service)
{
    struct mail **end = &service->lambdas_pending;

    while (*end)
        end = &(*end)->next;
    *end = mailbox_take(&service->lambdas_done);
}

static struct lambda_invocation *next_done(struct service *service)
{
    struct mail *mail = service->lambdas_pending;

    if (mail == NULL)
        return NULL;
    service->lambdas_pending = mail->next;
    return object_of(mail, struct lambda_invocation, mail);
}

/* The events quote the answers, but they are written by then: a step encodes what it applies. */
bool lambdas_take_done(struct service *service)
{
    struct lambda_invocation *invocation;

    append_done(service);
    while (!turn_is_full(&service->turn) && (invocation = next_done(service))) {
        if (invocation->outcome != LAMBDA_NO_ANSWER)
            end_task(service, invocation);
        lambda_invocation_free(invocation);
    }
    return service->lambdas_pending != NULL;
}

bool lambdas_have_done(struct service *service)
{
    append_done(service);
    return service->lambdas_pending != NULL;
}

void service_lambda_done(struct service *service, struct lambda_invocation *invocation)
{
    mailbox_post(&service->lambdas_done, &invocation->mail);
    mailbox_poke(&service->inbox);
}

/* ---- the end ---- */

void lambdas_deinit(struct service *service)
{
    struct lambda_invocation **unsent = service->turn.invocations.items;
    struct lambda_invocation *invocation;

    append_done(service);
    while ((invocation = next_done(service)))
        lambda_invocation_free(invocation);
    for (size_t i = 0; i < service->turn.invocations.count; i++) /* their commit failed */
        lambda_invocation_free(unsent[i]);
    mailbox_deinit(&service->lambdas_done);
}
