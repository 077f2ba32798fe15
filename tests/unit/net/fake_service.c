#include "fake_service.h"

#include "base/memory.h"
#include <pthread.h>

struct service {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct list arrived, gone; /* of struct call, by `parked` */
    struct list parked;
    uint64_t parked_count, abandoned, calls, answered;
    bool answers_polls, answers_first; /* once */
    bool parks_nothing, parks_starts;
    _Atomic bool is_stalled;
    bool holds; /* submitters */
    uint32_t held;
    bool ends;
};

static struct call *call_of(struct list *node)
{
    return (struct call *)(void *)((char *)node - offsetof(struct call, parked));
}

static bool is_poll(const struct call *call)
{
    return call->request.operation == OPERATION_POLL_FOR_ACTIVITY_TASK ||
           call->request.operation == OPERATION_POLL_FOR_DECISION_TASK;
}

static bool is_parked(const struct service *service, const struct call *call)
{
    if (call->request.operation == OPERATION_START_WORKFLOW_EXECUTION)
        return service->parks_starts;
    return is_poll(call) && !service->parks_nothing;
}

static const void *long_list(struct arena *arena)
{
    enum { COUNT = 16384, DESCRIPTION = 1024 };
    struct domain_infos *out = arena_new(arena, struct domain_infos);
    struct domain_info *items = arena_array(arena, struct domain_info, COUNT);
    char *description = arena_alloc_text(arena, DESCRIPTION);

    memset(description, 'd', DESCRIPTION);
    for (int i = 0; i < COUNT; i++) {
        items[i].name = BYTES("name");
        items[i].status = REGISTRATION_STATUS_REGISTERED;
        items[i].description = bytes_of(description, DESCRIPTION);
    }
    out->domain_infos = (struct domain_info_list){ .items = items, .count = COUNT };
    return out;
}

static const void *count_of_seven(struct arena *arena)
{
    struct workflow_execution_count *out = arena_new(arena, struct workflow_execution_count);
    out->count = 7;
    return out;
}

static const void *some_run(struct arena *arena)
{
    struct run_output *out = arena_new(arena, struct run_output);
    out->run_id = BYTES("22run=");
    return out;
}

static const void *no_activity(struct arena *arena)
{
    return arena_new(arena, struct activity_task_output);
}

static const void *no_decision(struct arena *arena)
{
    return arena_new(arena, struct decision_task_output);
}

static void answer(struct call *call)
{
    struct arena *arena = &call->arena;

    if (call->asks_for_metrics) { /* it has none of its own */
        call->on_answer(call);
        return;
    }
    switch (call->request.operation) {
    case OPERATION_COUNT_OPEN_WORKFLOW_EXECUTIONS:
        call->output = count_of_seven(arena);
        break;
    case OPERATION_DESCRIBE_DOMAIN:
        call->fault = fault_of(FAULT_UNKNOWN_RESOURCE, BYTES("Unknown domain: nowhere"));
        break;
    case OPERATION_DEPRECATE_DOMAIN:
        call->fault = fault_of(FAULT_INTERNAL_FAILURE, BYTES_ABSENT);
        break;
    case OPERATION_LIST_DOMAINS:
        call->output = long_list(arena);
        break;
    case OPERATION_START_WORKFLOW_EXECUTION:
        call->output = some_run(arena);
        break;
    case OPERATION_POLL_FOR_ACTIVITY_TASK:
        call->output = no_activity(arena);
        break;
    case OPERATION_POLL_FOR_DECISION_TASK:
        call->output = no_decision(arena);
        break;
    default:
        break;
    }
    call->on_answer(call);
}

/* Moves all of `from` behind `to`. */
static void move_all(struct list *from, struct list *to)
{
    struct list *node;
    while ((node = list_first(from))) {
        list_remove(node);
        list_append(to, node);
    }
}

/* False when nothing is parked. */
static bool take_first(struct service *service, struct list *to)
{
    struct list *node = list_first(&service->parked);

    if (!node)
        return false;
    list_remove(node);
    list_append(to, node);
    atomic_store(&call_of(node)->state, CALL_CLAIMED);
    return true;
}

static void take_parked(struct service *service, struct list *to)
{
    if (service->answers_first && take_first(service, to))
        service->parked_count--;
    service->answers_first = false;
    if (!service->answers_polls)
        return;
    while (take_first(service, to))
        continue;
    service->parked_count = 0;
    service->answers_polls = false;
}

/* Under the lock: sorts what arrived, and moves what can be answered to `ready`. */
static void sort(struct service *service, struct list *ready)
{
    struct list *node;

    move_all(&service->gone, ready);
    while ((node = list_first(&service->arrived))) {
        list_remove(node);
        if (is_parked(service, call_of(node))) {
            list_append(&service->parked, node);
            service->parked_count++;
        } else {
            atomic_store(&call_of(node)->state, CALL_CLAIMED);
            list_append(ready, node);
        }
    }
    take_parked(service, ready);
    pthread_cond_broadcast(&service->changed);
}

static void *run(void *context)
{
    struct service *service = context;
    struct list ready, *node;
    uint64_t count;

    list_init(&ready);
    pthread_mutex_lock(&service->lock);
    while (!service->ends) {
        sort(service, &ready);
        if (list_is_empty(&ready)) {
            pthread_cond_wait(&service->changed, &service->lock);
            continue;
        }
        pthread_mutex_unlock(&service->lock);
        for (count = 0; (node = list_first(&ready)); count++) {
            list_remove(node);
            answer(call_of(node));
        }
        pthread_mutex_lock(&service->lock);
        service->answered += count;
    }
    pthread_mutex_unlock(&service->lock);
    return NULL;
}

struct service *fake_service_new(void)
{
    struct service *service = memory_new(sizeof(*service));

    pthread_mutex_init(&service->lock, NULL);
    pthread_cond_init(&service->changed, NULL);
    list_init(&service->arrived);
    list_init(&service->parked);
    list_init(&service->gone);
    ensure(pthread_create(&service->thread, NULL, run, service) == 0);
    return service;
}

void fake_service_free(struct service *service)
{
    pthread_mutex_lock(&service->lock);
    ensure(list_is_empty(&service->arrived) && list_is_empty(&service->parked));
    service->ends = true;
    pthread_cond_broadcast(&service->changed);
    pthread_mutex_unlock(&service->lock);
    ensure(pthread_join(service->thread, NULL) == 0);
    pthread_mutex_destroy(&service->lock);
    pthread_cond_destroy(&service->changed);
    memory_free(service);
}

static void wait_for(struct service *service, const uint64_t *figure, uint64_t count)
{
    pthread_mutex_lock(&service->lock);
    while (*figure < count)
        pthread_cond_wait(&service->changed, &service->lock);
    pthread_mutex_unlock(&service->lock);
}

void fake_service_wait_parked(struct service *service, uint64_t count)
{
    wait_for(service, &service->parked_count, count);
}

void fake_service_wait_abandoned(struct service *service, uint64_t count)
{
    wait_for(service, &service->abandoned, count);
}

static void turn_on(struct service *service, bool *flag)
{
    pthread_mutex_lock(&service->lock);
    *flag = true;
    pthread_cond_broadcast(&service->changed);
    pthread_mutex_unlock(&service->lock);
}

void fake_service_park_starts(struct service *service)
{
    pthread_mutex_lock(&service->lock);
    service->parks_starts = true;
    pthread_mutex_unlock(&service->lock);
}

void fake_service_answer_polls(struct service *service)
{
    turn_on(service, &service->answers_polls);
}

void fake_service_answer_first(struct service *service)
{
    turn_on(service, &service->answers_first);
}

void fake_service_wait_answered(struct service *service, uint64_t count)
{
    wait_for(service, &service->answered, count);
}

void fake_service_stop_parking(struct service *service)
{
    turn_on(service, &service->parks_nothing);
    turn_on(service, &service->answers_polls);
}

uint64_t fake_service_calls(struct service *service)
{
    return service_figures(service).calls;
}

void fake_service_stall(struct service *service, bool is_stalled)
{
    atomic_store(&service->is_stalled, is_stalled);
}

/* What the network calls */

bool service_is_stalled(const struct service *service)
{
    return atomic_load(&service->is_stalled);
}

static void set_holds(struct service *service, bool holds)
{
    pthread_mutex_lock(&service->lock);
    service->holds = holds;
    pthread_cond_broadcast(&service->changed);
    pthread_mutex_unlock(&service->lock);
}

void fake_service_hold_submitters(struct service *service)
{
    set_holds(service, true);
}

void fake_service_release_submitters(struct service *service)
{
    set_holds(service, false);
}

void fake_service_wait_held(struct service *service)
{
    pthread_mutex_lock(&service->lock);
    while (service->held == 0)
        pthread_cond_wait(&service->changed, &service->lock);
    pthread_mutex_unlock(&service->lock);
}

void service_submit(struct service *service, struct call *call)
{
    pthread_mutex_lock(&service->lock);
    service->calls++;
    service->held++;
    pthread_cond_broadcast(&service->changed);
    while (service->holds)
        pthread_cond_wait(&service->changed, &service->lock);
    service->held--;
    list_append(&service->arrived, &call->parked);
    pthread_cond_broadcast(&service->changed);
    pthread_mutex_unlock(&service->lock);
}

bool service_abandon(struct service *service, struct call *call)
{
    bool won = false;

    pthread_mutex_lock(&service->lock);
    if (atomic_load(&call->state) == CALL_WAITING) {
        atomic_store(&call->state, CALL_GONE);
        won = true;
        service->abandoned++;
        service->parked_count--;
        list_remove(&call->parked);
        list_append(&service->gone, &call->parked);
        pthread_cond_broadcast(&service->changed);
    }
    pthread_mutex_unlock(&service->lock);
    return won;
}

const struct limits *service_limits(const struct service *service)
{
    static struct limits limits;

    (void)service;
    limits = LIMITS_DOCUMENTED;
    return &limits;
}

struct service_figures service_figures(const struct service *service)
{
    struct service *mine = (struct service *)(uintptr_t)service;
    struct service_figures figures = { .turns = 1, .commits = 2, .open_executions = 4 };

    pthread_mutex_lock(&mine->lock);
    figures.calls = service->calls;
    figures.parked_polls = service->parked_count;
    pthread_mutex_unlock(&mine->lock);
    return figures;
}

/* The world */

static struct instant still_clock(void *context)
{
    (void)context;
    return (struct instant){ INT64_C(1767225600000) };
}

static void sevens(void *context, void *out, size_t len)
{
    (void)context;
    memset(out, 7, len);
}

const struct world still_world = {
    .wall = still_clock,
    .steady = still_clock,
    .entropy = sevens,
};
