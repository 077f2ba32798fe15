#include "load.h"

#include "base/memory.h"
#include "hand.h"
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#define DECIDERS 3
#define WORKERS 3
#define VISITORS 2
#define THREADS (DECIDERS + WORKERS + VISITORS)
#define WATCHDOG_S 60

struct load {
    struct ledger *ledger;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    char endpoint[64];
    bool open, ended;
    int inside;
    unsigned life; /* counts load_open */
    uint64_t done, done_across;
    atomic_bool draining;
    pthread_t threads[THREADS];
};

/* ---- for the clients */

void load_count_done(struct load *load, bool across)
{
    pthread_mutex_lock(&load->mutex);
    load->done++;
    load->done_across += across;
    pthread_cond_broadcast(&load->changed);
    pthread_mutex_unlock(&load->mutex);
}

bool load_is_draining(const struct load *load)
{
    return atomic_load(&load->draining);
}

/* ---- in and out */

/* Waits to be let in; false when there is nothing more to do. */
static bool come_in(struct hand *hand, char endpoint[64])
{
    struct load *load = hand->load;

    pthread_mutex_lock(&load->mutex);
    while (!load->open && !load->ended)
        pthread_cond_wait(&load->changed, &load->mutex);
    bool in = !load->ended;
    if (in) {
        load->inside++;
        hand->life = load->life;
        memcpy(endpoint, load->endpoint, sizeof load->endpoint);
    }
    pthread_mutex_unlock(&load->mutex);
    return in;
}

static void go_out(struct hand *hand, bool server_is_gone)
{
    struct load *load = hand->load;

    pthread_mutex_lock(&load->mutex);
    load->inside--;
    if (server_is_gone)
        load->open = false; /* for the others too */
    pthread_cond_broadcast(&load->changed);
    pthread_mutex_unlock(&load->mutex);
}

static bool may_stay(struct load *load)
{
    pthread_mutex_lock(&load->mutex);
    bool open = load->open;
    pthread_mutex_unlock(&load->mutex);
    return open;
}

/* From one server's start to its end. */
static void act(struct hand *hand, const char *endpoint, void (*act_as)(struct hand *hand))
{
    bool gone = false;

    caller_init(&hand->caller, endpoint);
    while (!gone && may_stay(hand->load)) {
        caller_reset(&hand->caller);
        if (act_as == visitor_act && hand_is_draining(hand) && !hand->starting)
            break;
        act_as(hand);
        gone = client_problem(hand->caller.client)[0] != '\0';
    }
    if (hand->caller.problem[0])
        ledger_complain(hand->ledger, "%s", hand->caller.problem);
    caller_deinit(&hand->caller);
    go_out(hand, gone);
}

static void (*role_of(size_t index))(struct hand *)
{
    if (index < DECIDERS)
        return decider_act;
    return index < DECIDERS + WORKERS ? worker_act : visitor_act;
}

struct entrance {
    struct load *load;
    size_t index;
    uint64_t seed;
};

static void *run_hand(void *argument)
{
    struct entrance *entrance = argument;
    struct hand hand = {
        .load = entrance->load,
        .ledger = entrance->load->ledger,
        .random.state = entrance->seed * 1000 + entrance->index,
    };
    char endpoint[64];

    arena_init(&hand.held_arena, "held", 1 << 22);
    while (come_in(&hand, endpoint)) {
        act(&hand, endpoint, role_of(entrance->index));
        if (hand_is_draining(&hand) && role_of(entrance->index) == visitor_act && !hand.starting)
            break;
    }
    arena_deinit(&hand.held_arena);
    memory_free(entrance);
    return NULL;
}

/* ---- from outside */

/* A wait for it is not moved by whoever sets the machine's clock. */
static void init_steady_condition(pthread_cond_t *condition)
{
    pthread_condattr_t steady;

    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &steady);
    pthread_condattr_destroy(&steady);
}

struct load *load_new(struct ledger *ledger, uint64_t seed)
{
    struct load *load = memory_new(sizeof *load);

    load->ledger = ledger;
    pthread_mutex_init(&load->mutex, NULL);
    init_steady_condition(&load->changed);
    for (size_t i = 0; i < THREADS; i++) {
        struct entrance *entrance = memory_new(sizeof *entrance);
        *entrance = (struct entrance){ load, i, seed };
        ensure(pthread_create(&load->threads[i], NULL, run_hand, entrance) == 0);
    }
    return load;
}

void load_free(struct load *load)
{
    pthread_mutex_lock(&load->mutex);
    load->ended = true;
    load->open = false;
    pthread_cond_broadcast(&load->changed);
    pthread_mutex_unlock(&load->mutex);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(load->threads[i], NULL);
    memory_free(load);
}

static bool is_registered(struct caller *caller, enum operation operation, const void *input)
{
    enum outcome outcome = caller_call(caller, operation, input);

    return outcome == DONE ||
           (outcome == REFUSED && (caller_was_refused_with(caller, "DomainAlreadyExistsFault") ||
                                   caller_was_refused_with(caller, "TypeAlreadyExistsFault")));
}

bool load_register(const char *endpoint)
{
    static const struct task_list decide = { BYTES("decide") }, work_list = { BYTES("work") };
    struct caller caller;
    struct register_domain_input domain = {
        .name = DOMAIN,
        .workflow_execution_retention_period_in_days = BYTES("1"),
    };
    struct register_workflow_type_input workflow = {
        .domain = DOMAIN,
        .name = BYTES("order"),
        .version = BYTES("1"),
        .default_task_list = &decide,
        .default_task_start_to_close_timeout = BYTES("1"),
        .default_execution_start_to_close_timeout = BYTES("3600"),
        .default_child_policy = CHILD_POLICY_TERMINATE,
        .default_lambda_role = BYTES("role"),
    };
    struct register_activity_type_input activity = {
        .domain = DOMAIN,
        .name = BYTES("work"),
        .version = BYTES("1"),
        .default_task_list = &work_list,
        .default_task_start_to_close_timeout = BYTES("2"),
        .default_task_heartbeat_timeout = BYTES("NONE"),
        .default_task_schedule_to_start_timeout = BYTES("NONE"),
        .default_task_schedule_to_close_timeout = BYTES("NONE"),
    };

    caller_init(&caller, endpoint);
    bool all = is_registered(&caller, OPERATION_REGISTER_DOMAIN, &domain) &&
               is_registered(&caller, OPERATION_REGISTER_WORKFLOW_TYPE, &workflow) &&
               is_registered(&caller, OPERATION_REGISTER_ACTIVITY_TYPE, &activity);
    caller_deinit(&caller);
    return all;
}

void load_open(struct load *load, const char *endpoint)
{
    pthread_mutex_lock(&load->mutex);
    snprintf(load->endpoint, sizeof load->endpoint, "%s", endpoint);
    load->open = true;
    load->life++;
    pthread_cond_broadcast(&load->changed);
    pthread_mutex_unlock(&load->mutex);
}

void load_shut(struct load *load)
{
    pthread_mutex_lock(&load->mutex);
    load->open = false;
    pthread_cond_broadcast(&load->changed);
    pthread_mutex_unlock(&load->mutex);
}

void load_wait_outside(struct load *load)
{
    pthread_mutex_lock(&load->mutex);
    while (load->inside > 0)
        pthread_cond_wait(&load->changed, &load->mutex);
    pthread_mutex_unlock(&load->mutex);
}

/* For one more call, with the mutex held; false when none comes. */
static bool wait_for_one(struct load *load)
{
    uint64_t before = load->done;
    struct timespec until;
    int timed_out = 0;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += WATCHDOG_S;
    while (load->done == before && load->open && !timed_out)
        timed_out = pthread_cond_timedwait(&load->changed, &load->mutex, &until);
    return load->done > before;
}

bool load_wait_done(struct load *load, uint64_t count)
{
    pthread_mutex_lock(&load->mutex);
    uint64_t wanted = load->done + count;
    while (load->done < wanted && wait_for_one(load))
        ;
    bool reached = load->done >= wanted;
    pthread_mutex_unlock(&load->mutex);
    return reached;
}

uint64_t load_done(struct load *load)
{
    pthread_mutex_lock(&load->mutex);
    uint64_t done = load->done;
    pthread_mutex_unlock(&load->mutex);
    return done;
}

uint64_t load_done_across(struct load *load)
{
    pthread_mutex_lock(&load->mutex);
    uint64_t across = load->done_across;
    pthread_mutex_unlock(&load->mutex);
    return across;
}

void load_drain(struct load *load)
{
    atomic_store(&load->draining, true);
}
