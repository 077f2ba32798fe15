#include "engine/lambda.h"
#include "base/hash.h"
#include "base/memory.h"
#include "engine/decision_task.h"

/* "startToCloseTimeout ... the default is 900 seconds" (API reference,
 * ScheduleLambdaFunctionDecisionAttributes). */
#define DEFAULT_TIMEOUT ((struct timeout){ 900 })

/* ---- the decision ---- */

/* Q-LAM2: the only bound; there is no rate. */
static bool too_many(const struct completion *completion)
{
    uint32_t limit = completion->facts->limits->open_lambdas;

    return limit && completion->execution->lambda_count + completion->lambdas.opened >= limit;
}

/* Q-LAM1: an id is taken while its Lambda task is open, and free again afterwards. */
static enum schedule_lambda_function_failed_cause why_not_schedule(
    const struct completion *completion, struct bytes id)
{
    if (!completion->facts->lambda_available)
        return SCHEDULE_LAMBDA_FUNCTION_FAILED_CAUSE_LAMBDA_SERVICE_NOT_AVAILABLE_IN_REGION;
    if (lambda_find(completion->execution, id) || listed_ids_find(&completion->lambdas, id))
        return SCHEDULE_LAMBDA_FUNCTION_FAILED_CAUSE_ID_ALREADY_IN_USE;
    if (too_many(completion))
        return SCHEDULE_LAMBDA_FUNCTION_FAILED_CAUSE_OPEN_LAMBDA_FUNCTIONS_LIMIT_EXCEEDED;
    return SCHEDULE_LAMBDA_FUNCTION_FAILED_CAUSE_ABSENT;
}

static void fail_to_schedule(struct completion *completion,
                             const struct schedule_lambda_function_decision *wanted,
                             enum schedule_lambda_function_failed_cause cause)
{
    struct schedule_lambda_function_failed_event *failed = arena_new(
        completion->out->arena, struct schedule_lambda_function_failed_event);

    failed->id = wanted->id;
    failed->name = wanted->name;
    failed->cause = cause;
    failed->decision_task_completed_event_id = completion->completed_event_id;
    event_list_add(completion->out, EVENT_SCHEDULE_LAMBDA_FUNCTION_FAILED, failed);
    completion->needs_decision = true;
}

void lambda_decide_schedule(struct completion *completion, const struct decision *decision)
{
    const struct schedule_lambda_function_decision *wanted = decision->schedule_lambda_function;
    enum schedule_lambda_function_failed_cause cause = why_not_schedule(completion, wanted->id);
    struct lambda_function_scheduled_event *scheduled;
    int64_t event_id;

    if (cause) {
        fail_to_schedule(completion, wanted, cause);
        return;
    }
    scheduled = arena_new(completion->out->arena, struct lambda_function_scheduled_event);
    scheduled->id = wanted->id;
    scheduled->name = wanted->name;
    scheduled->control = wanted->control;
    scheduled->input = wanted->input;
    scheduled->start_to_close_timeout = wanted->start_to_close_timeout;
    scheduled->decision_task_completed_event_id = completion->completed_event_id;
    event_id = event_list_add(completion->out, EVENT_LAMBDA_FUNCTION_SCHEDULED, scheduled);
    listed_ids_add(&completion->lambdas, completion->out->arena, wanted->id, event_id, true);
}

/* ---- what becomes of it ---- */

void lambda_start_failed(const struct execution *execution, const struct lambda *lambda,
                         struct bytes message, struct event_list *out)
{
    struct start_lambda_function_failed_event *failed = arena_new(
        out->arena, struct start_lambda_function_failed_event);

    failed->scheduled_event_id = lambda->scheduled_event_id;
    failed->cause = START_LAMBDA_FUNCTION_FAILED_CAUSE_ASSUME_ROLE_FAILED;
    failed->message = message;
    event_list_add(out, EVENT_START_LAMBDA_FUNCTION_FAILED, failed);
    decision_task_need(execution, out);
}

bool lambda_start(const struct execution *execution, const struct lambda *lambda,
                  struct event_list *out)
{
    struct lambda_function_started_event *started;

    if (bytes_is_absent(execution->settings.lambda_role)) {
        lambda_start_failed(execution, lambda,
                            BYTES("No IAM role is attached to the current workflow execution."),
                            out);
        return false;
    }
    started = arena_new(out->arena, struct lambda_function_started_event);
    started->scheduled_event_id = lambda->scheduled_event_id;
    event_list_add(out, EVENT_LAMBDA_FUNCTION_STARTED, started);
    return true;
}

void lambda_complete(const struct execution *execution, const struct lambda *lambda,
                     struct bytes result, struct event_list *out)
{
    struct lambda_function_completed_event *completed = arena_new(
        out->arena, struct lambda_function_completed_event);

    completed->scheduled_event_id = lambda->scheduled_event_id;
    completed->started_event_id = lambda->started_event_id;
    completed->result = result;
    event_list_add(out, EVENT_LAMBDA_FUNCTION_COMPLETED, completed);
    decision_task_need(execution, out);
}

void lambda_fail(const struct execution *execution, const struct lambda *lambda,
                 struct bytes reason, struct bytes details, struct event_list *out)
{
    struct lambda_function_failed_event *failed = arena_new(out->arena,
                                                            struct lambda_function_failed_event);

    failed->scheduled_event_id = lambda->scheduled_event_id;
    failed->started_event_id = lambda->started_event_id;
    failed->reason = reason;
    failed->details = details;
    event_list_add(out, EVENT_LAMBDA_FUNCTION_FAILED, failed);
    decision_task_need(execution, out);
}

void lambda_time_out(const struct execution *execution, const struct lambda *lambda,
                     struct event_list *out)
{
    struct lambda_function_timed_out_event *timed_out = arena_new(
        out->arena, struct lambda_function_timed_out_event);

    timed_out->scheduled_event_id = lambda->scheduled_event_id;
    timed_out->started_event_id = lambda->started_event_id;
    timed_out->timeout_type = LAMBDA_FUNCTION_TIMEOUT_TYPE_START_TO_CLOSE;
    event_list_add(out, EVENT_LAMBDA_FUNCTION_TIMED_OUT, timed_out);
    decision_task_need(execution, out);
}

void lambda_restart(struct execution *execution, struct instant now)
{
    struct list *node = execution->is_open ? list_first(&execution->lambdas) : NULL;

    for (; node; node = list_next(&execution->lambdas, node)) {
        struct lambda *lambda = object_of(node, struct lambda, open);

        if (lambda->started_event_id && !heap_has(&lambda->deadline.node))
            execution_set_deadline(execution, &lambda->deadline, now);
    }
}

/* ---- the fold ---- */

static bool has_id(const void *object, const void *key)
{
    return bytes_equal(((const struct lambda *)object)->id, *(const struct bytes *)key);
}

struct lambda *lambda_find(const struct execution *execution, struct bytes id)
{
    return map_find(&execution->lambdas_by_id, hash_bytes(id), has_id, &id);
}

static bool has_scheduled_event(const void *object, const void *key)
{
    return ((const struct lambda *)object)->scheduled_event_id == *(const int64_t *)key;
}

struct lambda *lambda_get(const struct execution *execution, int64_t scheduled_event_id)
{
    return map_find(&execution->lambdas_by_event, hash_u64((uint64_t)scheduled_event_id),
                    has_scheduled_event, &scheduled_event_id);
}

static struct timeout timeout_of(const struct lambda_function_scheduled_event *scheduled)
{
    struct bytes given = scheduled->start_to_close_timeout;

    return given.len ? timeout_parse(given) : DEFAULT_TIMEOUT; /* Q-LAM3: "NONE" is accepted */
}

static void apply_scheduled(struct execution *execution, const struct event *event)
{
    struct bytes id = event->lambda_function_scheduled->id;
    struct lambda *lambda = memory_new(sizeof(*lambda) + id.len);

    memcpy(lambda + 1, id.ptr, id.len);
    lambda->id = bytes_of(lambda + 1, id.len);
    lambda->scheduled_event_id = event->id;
    lambda->start_to_close = timeout_of(event->lambda_function_scheduled);
    lambda->deadline.kind = DEADLINE_LAMBDA;
    lambda->deadline.event_id = event->id;
    lambda->deadline.at = INSTANT_NEVER;
    list_append(&execution->lambdas, &lambda->open);
    map_add(&execution->lambdas_by_id, hash_bytes(lambda->id), lambda);
    map_add(&execution->lambdas_by_event, hash_u64((uint64_t)event->id), lambda);
    execution->lambda_count++;
    execution->texts_bytes += lambda->id.len;
}

static void apply_started(struct execution *execution, const struct event *event)
{
    struct lambda *lambda = lambda_get(execution,
                                       event->lambda_function_started->scheduled_event_id);

    lambda->started_event_id = event->id;
    execution_set_deadline(execution, &lambda->deadline,
                           timeout_from(lambda->start_to_close, event->timestamp));
}

static void apply_ended(struct execution *execution, int64_t scheduled_event_id)
{
    struct lambda *lambda = lambda_get(execution, scheduled_event_id);

    execution_set_deadline(execution, &lambda->deadline, INSTANT_NEVER);
    map_remove(&execution->lambdas_by_id, hash_bytes(lambda->id), lambda);
    map_remove(&execution->lambdas_by_event, hash_u64((uint64_t)scheduled_event_id), lambda);
    list_remove(&lambda->open);
    execution->lambda_count--;
    execution->texts_bytes -= lambda->id.len;
    lambda_free(lambda);
}

void lambda_apply(struct execution *execution, const struct event *event)
{
    switch (event->type) {
    case EVENT_LAMBDA_FUNCTION_SCHEDULED:
        apply_scheduled(execution, event);
        break;
    case EVENT_LAMBDA_FUNCTION_STARTED:
        apply_started(execution, event);
        break;
    case EVENT_LAMBDA_FUNCTION_COMPLETED:
        apply_ended(execution, event->lambda_function_completed->scheduled_event_id);
        break;
    case EVENT_LAMBDA_FUNCTION_FAILED:
        apply_ended(execution, event->lambda_function_failed->scheduled_event_id);
        break;
    case EVENT_LAMBDA_FUNCTION_TIMED_OUT:
        apply_ended(execution, event->lambda_function_timed_out->scheduled_event_id);
        break;
    default:
        apply_ended(execution, event->start_lambda_function_failed->scheduled_event_id);
        break;
    }
}

void lambda_free(struct lambda *lambda)
{
    memory_free(lambda);
}
