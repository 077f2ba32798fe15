#include "service/throttle.h"
#include "base/hash.h"
#include "base/heap.h"
#include "base/memory.h"

const struct throttle_rates throttle_documented = {
    .operations = {
        [OPERATION_COUNT_CLOSED_WORKFLOW_EXECUTIONS] = { 2000, 6 },
        [OPERATION_COUNT_OPEN_WORKFLOW_EXECUTIONS] = { 2000, 6 },
        [OPERATION_COUNT_PENDING_ACTIVITY_TASKS] = { 200, 6 },
        [OPERATION_COUNT_PENDING_DECISION_TASKS] = { 200, 6 },
        [OPERATION_DELETE_ACTIVITY_TYPE] = { 200, 6 },
        [OPERATION_DELETE_WORKFLOW_TYPE] = { 200, 6 },
        [OPERATION_DEPRECATE_ACTIVITY_TYPE] = { 200, 6 },
        [OPERATION_DEPRECATE_DOMAIN] = { 100, 6 },
        [OPERATION_DEPRECATE_WORKFLOW_TYPE] = { 200, 6 },
        [OPERATION_DESCRIBE_ACTIVITY_TYPE] = { 2000, 6 },
        [OPERATION_DESCRIBE_DOMAIN] = { 200, 6 },
        [OPERATION_DESCRIBE_WORKFLOW_EXECUTION] = { 2000, 6 },
        [OPERATION_DESCRIBE_WORKFLOW_TYPE] = { 2000, 6 },
        [OPERATION_GET_WORKFLOW_EXECUTION_HISTORY] = { 2000, 60 },
        [OPERATION_LIST_ACTIVITY_TYPES] = { 200, 6 },
        [OPERATION_LIST_CLOSED_WORKFLOW_EXECUTIONS] = { 200, 6 },
        [OPERATION_LIST_DOMAINS] = { 100, 6 },
        [OPERATION_LIST_OPEN_WORKFLOW_EXECUTIONS] = { 200, 48 },
        [OPERATION_LIST_TAGS_FOR_RESOURCE] = { 50, 30 },
        [OPERATION_LIST_WORKFLOW_TYPES] = { 200, 6 },
        [OPERATION_POLL_FOR_ACTIVITY_TASK] = { 2000, 200 },
        [OPERATION_POLL_FOR_DECISION_TASK] = { 2000, 200 },
        [OPERATION_RECORD_ACTIVITY_TASK_HEARTBEAT] = { 2000, 160 },
        [OPERATION_REGISTER_ACTIVITY_TYPE] = { 200, 60 },
        [OPERATION_REGISTER_DOMAIN] = { 100, 6 },
        [OPERATION_REGISTER_WORKFLOW_TYPE] = { 200, 60 },
        [OPERATION_REQUEST_CANCEL_WORKFLOW_EXECUTION] = { 2000, 30 },
        [OPERATION_RESPOND_ACTIVITY_TASK_CANCELED] = { 2000, 200 },
        [OPERATION_RESPOND_ACTIVITY_TASK_COMPLETED] = { 2000, 200 },
        [OPERATION_RESPOND_ACTIVITY_TASK_FAILED] = { 2000, 200 },
        [OPERATION_RESPOND_DECISION_TASK_COMPLETED] = { 2000, 200 },
        [OPERATION_SIGNAL_WORKFLOW_EXECUTION] = { 2000, 30 },
        [OPERATION_START_WORKFLOW_EXECUTION] = { 2000, 200 },
        [OPERATION_TAG_RESOURCE] = { 50, 30 },
        [OPERATION_TERMINATE_WORKFLOW_EXECUTION] = { 2000, 60 },
        [OPERATION_UNDEPRECATE_ACTIVITY_TYPE] = { 200, 6 },
        [OPERATION_UNDEPRECATE_DOMAIN] = { 100, 6 },
        [OPERATION_UNDEPRECATE_WORKFLOW_TYPE] = { 200, 6 },
        [OPERATION_UNTAG_RESOURCE] = { 50, 30 },
    },
    .executions = {
        [OPERATION_GET_WORKFLOW_EXECUTION_HISTORY] = { 400, 200 },
        [OPERATION_SIGNAL_WORKFLOW_EXECUTION] = { 1000, 1000 },
        [OPERATION_RECORD_ACTIVITY_TASK_HEARTBEAT] = { 1000, 1000 },
        [OPERATION_REQUEST_CANCEL_WORKFLOW_EXECUTION] = { 200, 200 },
    },
    .decisions = {
        [DECISION_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION] = { 1200, 120 },
        [DECISION_SCHEDULE_ACTIVITY_TASK] = { 1000, 200 },
        [DECISION_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION] = { 1200, 120 },
        [DECISION_START_CHILD_WORKFLOW_EXECUTION] = { 500, 12 },
        [DECISION_START_TIMER] = { 2000, 200 },
    },
};

/* Whose bucket, and for what. */
enum scope { SCOPE_ACCOUNT_OPERATION, SCOPE_EXECUTION_OPERATION, SCOPE_ACCOUNT_DECISION };
struct bucket_key {
    enum scope scope;
    uint64_t owner;
    int what;
};

/* Tokens are counted in thousandths: a refill of one a second is one thousandth a millisecond. */
struct bucket {
    struct list order;
    struct bucket_key key;
    struct rate rate;
    uint64_t thousandths;
    struct instant filled_at;
};

static bool has_key(const void *object, const void *key)
{
    const struct bucket_key *a = &((const struct bucket *)object)->key, *b = key;

    return a->scope == b->scope && a->owner == b->owner && a->what == b->what;
}

static uint64_t key_hash(const struct bucket_key *key)
{
    return hash_combine(hash_u64(key->owner), (uint64_t)key->what << 2 | key->scope);
}

void throttle_init(struct throttle *throttle, const struct throttle_rates *rates)
{
    *throttle = (struct throttle){ .rates = rates };
    list_init(&throttle->order);
}

void throttle_deinit(struct throttle *throttle)
{
    map_drain(&throttle->buckets, memory_free);
    map_deinit(&throttle->buckets);
}

static void fill(struct bucket *bucket, struct instant now)
{
    uint64_t elapsed_ms = (uint64_t)instant_since(now, bucket->filled_at).ms;
    uint64_t full = (uint64_t)bucket->rate.burst * 1000;
    uint64_t missing = full - bucket->thousandths;

    bucket->filled_at = now;
    bucket->thousandths = elapsed_ms >= missing / bucket->rate.refill + 1
                              ? full
                              : bucket->thousandths + elapsed_ms * bucket->rate.refill;
    if (bucket->thousandths > full)
        bucket->thousandths = full;
}

static void forget(struct throttle *throttle, struct bucket *bucket)
{
    list_remove(&bucket->order);
    map_remove(&throttle->buckets, key_hash(&bucket->key), bucket);
    memory_free(bucket);
}

/* Buckets are looked at in turn, and go when they are full: two looks for each use keep their
 * number down. */
static void forget_full(struct throttle *throttle, struct instant now)
{
    for (int i = 0; i < 2; i++) {
        struct list *node = list_first(&throttle->order);
        struct bucket *bucket = node ? object_of(node, struct bucket, order) : NULL;

        if (bucket == NULL)
            return;
        fill(bucket, now);
        if (bucket->thousandths == (uint64_t)bucket->rate.burst * 1000) {
            forget(throttle, bucket);
        } else {
            list_remove(&bucket->order);
            list_append(&throttle->order, &bucket->order);
        }
    }
}

static struct bucket *get_bucket(struct throttle *throttle, const struct bucket_key *key,
                                 struct rate rate, struct instant now)
{
    struct bucket *bucket;

    forget_full(throttle, now);
    bucket = map_find(&throttle->buckets, key_hash(key), has_key, key);
    if (bucket) {
        fill(bucket, now);
        return bucket;
    }
    bucket = memory_new(sizeof(*bucket));
    bucket->key = *key;
    bucket->rate = rate;
    bucket->thousandths = (uint64_t)rate.burst * 1000;
    bucket->filled_at = now;
    list_append(&throttle->order, &bucket->order);
    map_add(&throttle->buckets, key_hash(key), bucket);
    return bucket;
}

static bool take(struct throttle *throttle, const struct bucket_key *key, struct rate rate,
                 struct instant now)
{
    struct bucket *bucket;

    if (rate.burst == 0)
        return true;
    bucket = get_bucket(throttle, key, rate, now);
    if (bucket->thousandths < 1000)
        return false;
    bucket->thousandths -= 1000;
    return true;
}

bool throttle_take_operation(struct throttle *throttle, uint64_t account, enum operation operation,
                             struct instant now)
{
    struct bucket_key key = { SCOPE_ACCOUNT_OPERATION, account, (int)operation };

    return throttle->rates == NULL ||
           take(throttle, &key, throttle->rates->operations[operation], now);
}

bool throttle_take_execution(struct throttle *throttle, uint64_t run, enum operation operation,
                             struct instant now)
{
    struct bucket_key key = { SCOPE_EXECUTION_OPERATION, run, (int)operation };

    return throttle->rates == NULL ||
           take(throttle, &key, throttle->rates->executions[operation], now);
}

bool throttle_take_decision(struct throttle *throttle, uint64_t account, enum decision_type type,
                            struct instant now)
{
    struct bucket_key key = { SCOPE_ACCOUNT_DECISION, account, (int)type };

    return throttle->rates == NULL || take(throttle, &key, throttle->rates->decisions[type], now);
}

void throttle_decisions_left(struct throttle *throttle, uint64_t account, struct instant now,
                             uint32_t left[DECISION_TYPE_COUNT + 1])
{
    for (int type = 0; type <= DECISION_TYPE_COUNT; type++) {
        struct bucket_key key = { SCOPE_ACCOUNT_DECISION, account, type };
        struct rate rate = throttle->rates ? throttle->rates->decisions[type] : (struct rate){ 0 };

        left[type] = UINT32_MAX;
        if (rate.burst)
            left[type] = (uint32_t)(get_bucket(throttle, &key, rate, now)->thousandths / 1000);
    }
}

void throttle_use_decisions(struct throttle *throttle, uint64_t account, enum decision_type type,
                            uint32_t count, struct instant now)
{
    struct bucket_key key = { SCOPE_ACCOUNT_DECISION, account, (int)type };
    struct rate rate = throttle->rates ? throttle->rates->decisions[type] : (struct rate){ 0 };
    uint64_t used = (uint64_t)count * 1000;
    struct bucket *bucket;

    if (count == 0 || rate.burst == 0)
        return;
    bucket = get_bucket(throttle, &key, rate, now);
    bucket->thousandths -= used < bucket->thousandths ? used : bucket->thousandths;
}
