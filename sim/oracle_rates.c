/*
 * Request rates: token buckets, as the developer guide lists them. A bucket begins full and loses a
 * token with each call; what comes back each second comes back evenly. A new process begins with
 * full buckets.
 */
#include "oracle_inner.h"

struct rate {
    uint32_t bucket, refill;
};

/* ---- the documented rates */

static struct rate rate_of_operation(enum operation operation)
{
    switch (operation) {
    case OPERATION_COUNT_CLOSED_WORKFLOW_EXECUTIONS:
    case OPERATION_COUNT_OPEN_WORKFLOW_EXECUTIONS:
    case OPERATION_DESCRIBE_ACTIVITY_TYPE:
    case OPERATION_DESCRIBE_WORKFLOW_EXECUTION:
    case OPERATION_DESCRIBE_WORKFLOW_TYPE:
        return (struct rate){ 2000, 6 };
    case OPERATION_REQUEST_CANCEL_WORKFLOW_EXECUTION:
    case OPERATION_SIGNAL_WORKFLOW_EXECUTION:
        return (struct rate){ 2000, 30 };
    case OPERATION_GET_WORKFLOW_EXECUTION_HISTORY:
    case OPERATION_TERMINATE_WORKFLOW_EXECUTION:
        return (struct rate){ 2000, 60 };
    case OPERATION_RECORD_ACTIVITY_TASK_HEARTBEAT:
        return (struct rate){ 2000, 160 };
    case OPERATION_POLL_FOR_ACTIVITY_TASK:
    case OPERATION_POLL_FOR_DECISION_TASK:
    case OPERATION_RESPOND_ACTIVITY_TASK_CANCELED:
    case OPERATION_RESPOND_ACTIVITY_TASK_COMPLETED:
    case OPERATION_RESPOND_ACTIVITY_TASK_FAILED:
    case OPERATION_RESPOND_DECISION_TASK_COMPLETED:
    case OPERATION_START_WORKFLOW_EXECUTION:
        return (struct rate){ 2000, 200 };
    case OPERATION_LIST_OPEN_WORKFLOW_EXECUTIONS:
        return (struct rate){ 200, 48 };
    case OPERATION_REGISTER_ACTIVITY_TYPE:
    case OPERATION_REGISTER_WORKFLOW_TYPE:
        return (struct rate){ 200, 60 };
    case OPERATION_DEPRECATE_DOMAIN:
    case OPERATION_LIST_DOMAINS:
    case OPERATION_REGISTER_DOMAIN:
    case OPERATION_UNDEPRECATE_DOMAIN:
        return (struct rate){ 100, 6 };
    case OPERATION_LIST_TAGS_FOR_RESOURCE:
    case OPERATION_TAG_RESOURCE:
    case OPERATION_UNTAG_RESOURCE:
        return (struct rate){ 50, 30 };
    default: /* the other calls about types, domains, closed runs and waiting tasks */
        return (struct rate){ 200, 6 };
    }
}

/* Of one execution; none for other operations. */
static struct rate rate_of_run(enum operation operation)
{
    switch (operation) {
    case OPERATION_GET_WORKFLOW_EXECUTION_HISTORY:
        return (struct rate){ 400, 200 };
    case OPERATION_SIGNAL_WORKFLOW_EXECUTION:
    case OPERATION_RECORD_ACTIVITY_TASK_HEARTBEAT:
        return (struct rate){ 1000, 1000 };
    case OPERATION_REQUEST_CANCEL_WORKFLOW_EXECUTION:
        return (struct rate){ 200, 200 };
    default:
        return (struct rate){ 0, 0 };
    }
}

static struct rate rate_of_decision(enum decision_type type)
{
    switch (type) {
    case DECISION_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION:
    case DECISION_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION:
        return (struct rate){ 1200, 120 };
    case DECISION_SCHEDULE_ACTIVITY_TASK:
        return (struct rate){ 1000, 200 };
    case DECISION_START_CHILD_WORKFLOW_EXECUTION:
        return (struct rate){ 500, 12 };
    case DECISION_START_TIMER:
        return (struct rate){ 2000, 200 };
    default:
        return (struct rate){ 0, 0 };
    }
}

/* ---- buckets */

/* A thousandth of a token is missing for each unit of `missing`. */
struct oracle_bucket {
    struct oracle_bucket *next;
    struct bucket_key key;
    int64_t missing;
    struct instant at;
};

/* Whose, and of what. */
static bool is_same(const struct bucket_key *a, const struct bucket_key *b)
{
    return a->account == b->account && a->run == b->run && a->names == b->names &&
           a->operation == b->operation && a->decision == b->decision;
}

static struct rate rate_of(const struct oracle *oracle, const struct bucket_key *key)
{
    uint32_t divisor = key->decision ? oracle->rules.decision_rates_divided_by
                                     : oracle->rules.call_rates_divided_by;
    struct rate rate = key->decision            ? rate_of_decision(key->decision)
                       : key->run || key->names ? rate_of_run(key->operation)
                                                : rate_of_operation(key->operation);

    return (struct rate){ rate_divided(rate.bucket, divisor), rate_divided(rate.refill, divisor) };
}

static struct oracle_bucket *bucket_of(struct oracle *oracle, const struct bucket_key *key,
                                       struct rate rate)
{
    struct oracle_bucket *bucket = oracle->buckets;
    int64_t passed;

    while (bucket && !is_same(&bucket->key, key))
        bucket = bucket->next;
    if (bucket == NULL) {
        bucket = memory_new(sizeof(*bucket));
        bucket->key = *key;
        bucket->at = oracle->now;
        bucket->next = oracle->buckets;
        oracle->buckets = bucket;
    }
    passed = instant_since(oracle->now, bucket->at).ms;
    bucket->missing -= passed * (int64_t)rate.refill;
    if (bucket->missing < 0)
        bucket->missing = 0;
    bucket->at = oracle->now;
    return bucket;
}

uint32_t rate_left(struct oracle *oracle, struct bucket_key key)
{
    struct rate rate = rate_of(oracle, &key);

    if (rate.bucket == 0)
        return UINT32_MAX;
    return (uint32_t)(((int64_t)rate.bucket * 1000 - bucket_of(oracle, &key, rate)->missing) /
                      1000);
}

void rate_take(struct oracle *oracle, struct bucket_key key)
{
    struct rate rate = rate_of(oracle, &key);

    if (rate.bucket)
        bucket_of(oracle, &key, rate)->missing += 1000;
}

void rate_take_decisions(struct oracle *oracle, uint64_t account, const struct seen_step *step)
{
    for (size_t i = 0; i < step->count; i++) {
        struct bucket_key key = { .account = account };

        switch (step->events[i].type) {
        case EVENT_ACTIVITY_TASK_SCHEDULED:
            key.decision = DECISION_SCHEDULE_ACTIVITY_TASK;
            break;
        case EVENT_TIMER_STARTED:
            key.decision = DECISION_START_TIMER;
            break;
        case EVENT_START_CHILD_WORKFLOW_EXECUTION_INITIATED:
            key.decision = DECISION_START_CHILD_WORKFLOW_EXECUTION;
            break;
        default:
            continue;
        }
        rate_take(oracle, key);
    }
}

struct fault rate_exceeded(void)
{
    return fault_of(FAULT_THROTTLING, BYTES("Rate exceeded"));
}

void rates_forget(struct oracle *oracle)
{
    while (oracle->buckets) {
        struct oracle_bucket *bucket = oracle->buckets;

        oracle->buckets = bucket->next;
        memory_free(bucket);
    }
}
