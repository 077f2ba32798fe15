/*
 * One turn: read the clock once; now and then see what space is left; do what is due; deliver
 * messages; take the answers of Lambda functions and the words that clients are gone; take calls in
 * the order of arrival; commit once; then answer, and begin the reads and the calls of Lambda
 * functions. After every call the waiting tasks are handed to the waiting polls, so that a poll is
 * served in the turn in which its task was born. A turn that changed nothing commits nothing.
 */
#include "service/service.h"
#include "base/ensure.h"
#include "base/heap.h"
#include "base/log.h"
#include "base/memory.h"
#include "service/access.h"
#include "service/calls.h"
#include "service/inner.h"
#include "wire/shape.h"
#include "wire/copy.h"
#include <sched.h>

/* Text that one event or record may come to, written as JSON: a 1 MB request with every character
 * escaped. */
#define SCRATCH_BYTES_MAX (64u << 20)
/* The keys that one question has to do with: those of a request's tags, and of the domain's. */
#define JUDGEMENT_BYTES_MAX (512u << 20)
/* Between two looks for expired runs, which nobody sees any more (Q-RET1); between two when there
 * were more than one takes; after damage was met on the way. Turns wait for what is removed with
 * them: it is little, and most pass without. */
#define SWEEP_INTERVAL_MS 1000
#define SWEEP_PAUSE_MS 10
#define SWEEP_DAMAGED_INTERVAL_MS 3600000
#define SWEEP_RUNS_MAX 32

/* ---- answering ---- */

/* Only who moves it first may have a task for it (S8). */
bool service_claim(struct call *call)
{
    int waiting = CALL_WAITING;

    return atomic_compare_exchange_strong(&call->state, &waiting, CALL_CLAIMED) ||
           waiting == CALL_CLAIMED;
}

/* A call that the service is done with. When its client is gone it waits for the word of that,
 * which is under way and names it. */
static void give_back(struct service *service, struct call *call)
{
    call->is_finished = true;
    if (!call_is_poll(call) || service_claim(call) || call->gone_seen)
        turn_add_answer(&service->turn, call);
    else
        service->words_awaited++;
}

void service_answer(struct service *service, struct call *call)
{
    give_back(service, call);
}

void service_answer_fault(struct service *service, struct call *call, struct fault fault)
{
    call->fault = fault_of(fault.code, arena_copy(&call->arena, fault.message));
    give_back(service, call);
}

void service_set_aside(struct service *service, struct run_key key, const struct run_opening *names)
{
    const struct domain *domain = registry_get_domain(&service->registry, key.domain);

    log_error("a damaged run is set aside: it is open, and nobody can say how it stands",
              LOG_NUMBER("run", (int64_t)key.run), LOG_NUMBER("account", (int64_t)key.account),
              LOG_TEXT("domain", domain ? domain->name : BYTES("(not registered)")),
              LOG_TEXT("workflow_id", names ? names->workflow_id : BYTES("(lost)")),
              LOG_TEXT("run_id", names ? names->run_id : BYTES("(lost)")));
    set_aside_add(&service->set_aside, key, names);
}

void service_answer_damaged(struct service *service, struct call *call)
{
    log_error_paced("a call was refused: a run that was set aside is in question",
                    LOG_CSTR("operation", operation_names[call->request.operation]));
    service_answer_fault(service, call, fault_of(FAULT_INTERNAL_FAILURE, BYTES_ABSENT));
}

void service_answer_copy(struct service *service, struct call *call, const void *output)
{
    call->output = copy_shape(operation_shapes[call->request.operation].output, output,
                              &call->arena);
    give_back(service, call);
}

void service_answer_by_reading(struct service *service, struct call *call, struct read_job *job,
                               read_fn *read)
{
    job->call = call;
    job->read = read;
    job->now = service->now;
    if (!call_is_poll(call) || service_claim(call))
        turn_add_read(&service->turn, job);
    else
        give_back(service, call);
}

struct domain *service_need_domain(struct service *service, struct call *call, struct bytes name)
{
    struct domain *domain;
    struct fault fault = registry_need_domain(&service->registry, call->account, name, &call->arena,
                                              &domain);

    if (fault_is_none(fault))
        return domain;
    service_answer_fault(service, call, fault);
    return NULL;
}

bool service_open_page(struct service *service, struct call *call, struct bytes token,
                       struct page_position *out)
{
    struct fault fault = NO_FAULT;

    *out = (struct page_position){ 0 };
    if (token.len)
        fault = token_open_page(service->sealer, call->account, &call->request, token, service->now,
                                service->config.limits.page_token_seconds, &call->arena, out);
    if (fault_is_none(fault))
        return true;
    service_answer_fault(service, call, fault);
    return false;
}

/* ---- the operations ---- */

static call_fn *const handlers[OPERATION_COUNT] = {
    [OPERATION_REGISTER_DOMAIN] = call_register_domain,
    [OPERATION_DESCRIBE_DOMAIN] = call_describe_domain,
    [OPERATION_LIST_DOMAINS] = call_list_domains,
    [OPERATION_DEPRECATE_DOMAIN] = call_deprecate_domain,
    [OPERATION_UNDEPRECATE_DOMAIN] = call_undeprecate_domain,
    [OPERATION_TAG_RESOURCE] = call_tag_resource,
    [OPERATION_UNTAG_RESOURCE] = call_untag_resource,
    [OPERATION_LIST_TAGS_FOR_RESOURCE] = call_list_tags_for_resource,
    [OPERATION_REGISTER_WORKFLOW_TYPE] = call_register_workflow_type,
    [OPERATION_DESCRIBE_WORKFLOW_TYPE] = call_describe_workflow_type,
    [OPERATION_LIST_WORKFLOW_TYPES] = call_list_workflow_types,
    [OPERATION_DEPRECATE_WORKFLOW_TYPE] = call_deprecate_workflow_type,
    [OPERATION_UNDEPRECATE_WORKFLOW_TYPE] = call_undeprecate_workflow_type,
    [OPERATION_DELETE_WORKFLOW_TYPE] = call_delete_workflow_type,
    [OPERATION_REGISTER_ACTIVITY_TYPE] = call_register_activity_type,
    [OPERATION_DESCRIBE_ACTIVITY_TYPE] = call_describe_activity_type,
    [OPERATION_LIST_ACTIVITY_TYPES] = call_list_activity_types,
    [OPERATION_DEPRECATE_ACTIVITY_TYPE] = call_deprecate_activity_type,
    [OPERATION_UNDEPRECATE_ACTIVITY_TYPE] = call_undeprecate_activity_type,
    [OPERATION_DELETE_ACTIVITY_TYPE] = call_delete_activity_type,
    [OPERATION_START_WORKFLOW_EXECUTION] = call_start_workflow_execution,
    [OPERATION_SIGNAL_WORKFLOW_EXECUTION] = call_signal_workflow_execution,
    [OPERATION_REQUEST_CANCEL_WORKFLOW_EXECUTION] = call_request_cancel_workflow_execution,
    [OPERATION_TERMINATE_WORKFLOW_EXECUTION] = call_terminate_workflow_execution,
    [OPERATION_DESCRIBE_WORKFLOW_EXECUTION] = call_describe_workflow_execution,
    [OPERATION_GET_WORKFLOW_EXECUTION_HISTORY] = call_get_workflow_execution_history,
    [OPERATION_LIST_OPEN_WORKFLOW_EXECUTIONS] = call_list_open_workflow_executions,
    [OPERATION_LIST_CLOSED_WORKFLOW_EXECUTIONS] = call_list_closed_workflow_executions,
    [OPERATION_COUNT_OPEN_WORKFLOW_EXECUTIONS] = call_count_open_workflow_executions,
    [OPERATION_COUNT_CLOSED_WORKFLOW_EXECUTIONS] = call_count_closed_workflow_executions,
    [OPERATION_COUNT_PENDING_ACTIVITY_TASKS] = call_count_pending_activity_tasks,
    [OPERATION_COUNT_PENDING_DECISION_TASKS] = call_count_pending_decision_tasks,
    [OPERATION_POLL_FOR_DECISION_TASK] = call_poll_for_decision_task,
    [OPERATION_RESPOND_DECISION_TASK_COMPLETED] = call_respond_decision_task_completed,
    [OPERATION_POLL_FOR_ACTIVITY_TASK] = call_poll_for_activity_task,
    [OPERATION_RECORD_ACTIVITY_TASK_HEARTBEAT] = call_record_activity_task_heartbeat,
    [OPERATION_RESPOND_ACTIVITY_TASK_COMPLETED] = call_respond_activity_task_completed,
    [OPERATION_RESPOND_ACTIVITY_TASK_FAILED] = call_respond_activity_task_failed,
    [OPERATION_RESPOND_ACTIVITY_TASK_CANCELED] = call_respond_activity_task_canceled,
};

static void answer_throttled(struct service *service, struct call *call,
                             enum throttling_scope scope)
{
    metrics_note_throttled(&service->metrics, call->request.operation, scope);
    service_answer_fault(service, call, fault_of(FAULT_THROTTLING, BYTES("Rate exceeded")));
}

bool service_take_run_token(struct service *service, struct call *call, uint64_t run)
{
    if (throttle_take_execution(&service->throttle, run, call->request.operation, service->now))
        return true;
    answer_throttled(service, call, THROTTLING_OF_WORKFLOW);
    return false;
}

static void do_permitted(struct service *service, struct call *call)
{
    if (fault_is_none(call->refusal))
        handlers[call->request.operation](service, call);
    else
        service_answer_fault(service, call, call->refusal);
}

static void do_call(struct service *service, struct call *call)
{
    if (call->asks_for_metrics) {
        metrics_answer(service, call);
        return;
    }
    service->metrics.calls_of_turn++;
    atomic_fetch_add_explicit(&service->calls, 1, memory_order_relaxed);
    if (!throttle_take_operation(&service->throttle, call->account, call->request.operation,
                                 service->now))
        answer_throttled(service, call, THROTTLING_OF_ACCOUNT);
    else if (access_permits_call(service, call))
        do_permitted(service, call);
    task_calls_match(service);
}

/* ---- the parts of a turn ---- */

/* Before the calls, so that no start is judged by what was long ago. */
static void look_at_space(struct service *service)
{
    if (!space_is_due(&service->space, service->steady))
        return;
    space_note(&service->space, service->steady, store_free_bytes(service->store));
    atomic_store_explicit(&service->short_of_space, service->space.is_short, memory_order_relaxed);
}

bool service_has_enough(const struct service *service, unsigned parts)
{
    return turn_has(&service->turn, parts) || awake_has_enough(&service->awake, parts);
}

/* False when the turn is full before all of it is done: perhaps in the middle of a run, so that
 * nothing may be done with that one before the next turn goes on here (S2). */
static bool do_due(struct service *service)
{
    struct stub *stub;
    struct run *run;

    for (int i = 0; i < TURN_DUE_MAX; i++) {
        if (service_has_enough(service, TURN_PARTS_DUE))
            break;
        stub = runs_first_due(&service->runs, service->now);
        if (stub == NULL || service->failure)
            break;
        run = awake_wake(service, stub);
        if (run == NULL)
            continue; /* it cannot be read, and is due no more */
        if (!step_due_while_there_is_room(service, run))
            runs_refile_due(&service->runs, run); /* the hint was stale */
    }
    service->has_more = runs_first_due(&service->runs, service->now) != NULL;
    return !service->has_more || !turn_is_full(&service->turn);
}

void service_unpark(struct service *service, struct call *call)
{
    list_remove(&call->parked);
    matching_remove_waiter(&service->matching, call);
    atomic_fetch_sub_explicit(&service->parked_polls, 1, memory_order_relaxed);
}

/* The clients of these polls are gone (P6): they leave their lists, and their calls go home. */
static void take_gone(struct service *service)
{
    struct mail *mail = mailbox_take(&service->gone);

    while (mail) {
        struct call *call = object_of(mail, struct call, gone_mail);

        mail = mail->next;
        call->gone_seen = true;
        if (call->queue) {
            service_unpark(service, call);
            call->is_finished = true;
        } else if (call->is_finished) {
            service->words_awaited--;
        }
        if (call->is_finished)
            turn_add_answer(&service->turn, call);
    }
}

/* The polls whose time is over, or all of them when the service stops. */
static void end_polls(struct service *service)
{
    bool stopping = atomic_load(&service->stopping);
    struct list *node;

    while ((node = list_first(&service->parked))) {
        struct call *call = object_of(node, struct call, parked);

        if (!stopping && instant_before(service->steady, call->wait_end))
            break;
        service_unpark(service, call);
        task_calls_answer_empty(service, call);
    }
}

static void append_pending(struct service *service)
{
    struct mail **end = &service->pending;

    while (*end)
        end = &(*end)->next;
    *end = mailbox_take(&service->inbox);
}

static void do_calls(struct service *service)
{
    if (service->pending == NULL)
        append_pending(service);
    for (int i = 0; i < TURN_CALLS_MAX && service->pending; i++) {
        struct mail *mail = service->pending;

        if (service_has_enough(service, TURN_PARTS) || messages_are_enough(&service->messages))
            break;
        service->pending = mail->next;
        do_call(service, object_of(mail, struct call, mail));
    }
    if (service->pending)
        service->has_more = true;
}

/* Only now: what was answered is true (S1). */
static void send_answers(struct service *service)
{
    struct turn *turn = &service->turn;

    for (size_t i = 0; i < turn->answers.count; i++) {
        struct call *call = ((struct call **)turn->answers.items)[i];

        call->on_answer(call);
    }
    for (size_t i = 0; i < turn->reads.count; i++)
        reader_pool_post(service->readers, ((struct read_job **)turn->reads.items)[i]);
    lambdas_invoke(service);
}

/* At once: what the store does after it is nothing that an answer should wait for. */
static void on_committed(void *context, enum err err)
{
    struct service *service = context;

    service->failure = err;
    if (err)
        return;
    service->turn_number++;
    atomic_fetch_add_explicit(&service->commits, 1, memory_order_relaxed);
    send_answers(service);
}

/* ---- what has expired ---- */

static bool sweep_is_due(const struct service *service)
{
    return !instant_before(service->steady, service->next_sweep);
}

/* From now on, for a removal takes time itself: hence another look at the clock. */
static struct instant sweep_after(const struct service *service, int64_t pause_ms)
{
    const struct world *world = service->config.world;

    return instant_add(world->steady(world->context), (struct duration){ pause_ms });
}

/* Damage among the closed runs is no reason to end: they stay, and what the damage does not touch
 * is served on. */
static void note_sweep(struct service *service, const struct sweep *sweep)
{
    int64_t pause_ms = SWEEP_INTERVAL_MS;

    if (sweep->err)
        log_error("could not remove expired runs", LOG_CSTR("reason", err_text(sweep->err)));
    service->metrics.expired += sweep->removed;
    service->sweeps = sweep->is_cut; /* whatever is damaged lies behind it */
    if (service->sweeps)
        pause_ms = SWEEP_PAUSE_MS;
    else if (sweep->err == ERR_CORRUPT && sweep->removed == 0)
        pause_ms = SWEEP_DAMAGED_INTERVAL_MS;
    service->next_sweep = sweep_after(service, pause_ms);
    if (sweep->err && sweep->err != ERR_CORRUPT)
        service->failure = sweep->err;
}

/* After a turn that committed nothing. */
static void sweep_alone(struct service *service)
{
    struct sweep sweep = { .now = service->now, .runs_max = SWEEP_RUNS_MAX };

    sweep.err = store_remove_expired(service->store, sweep.now, sweep.runs_max, &sweep.removed,
                                     &sweep.is_cut);
    note_sweep(service, &sweep);
}

/* ---- the commit ---- */

static void commit(struct service *service)
{
    const struct turn *turn = &service->turn;
    struct sweep sweep = { .now = service->now, .runs_max = SWEEP_RUNS_MAX };
    struct commit commit = {
        .turn = service->turn_number + 1,
        .next_run = service->next_run,
        .clock = instant_later(service->committed, instant_later(turn->latest, service->now)),
        .runs = turn->runs.items,
        .run_count = turn->runs.count,
        .registry = turn->registry.items,
        .registry_count = turn->registry.count,
        .messages = turn->messages.items,
        .message_count = turn->messages.count,
        .sweep = sweep_is_due(service) ? &sweep : NULL,
    };

    service->committed = commit.clock;
    store_commit(service->store, &commit, on_committed, service);
    if (commit.sweep && !service->failure)
        note_sweep(service, &sweep);
}

static enum err turn(struct service *service)
{
    bool all_due_is_done;

    look_at_space(service);
    all_due_is_done = do_due(service);
    if (messages_deliver(service))
        service->has_more = true;
    if (lambdas_take_done(service))
        service->has_more = true;
    if (all_due_is_done)
        task_calls_match(service);
    take_gone(service);
    end_polls(service);
    do_calls(service);
    if (!service->failure && turn_has_changes(&service->turn))
        commit(service);
    else if (!service->failure)
        send_answers(service);
    if (service->failure) {
        log_error("a turn failed; stopping, nothing of it was answered",
                  LOG_CSTR("reason", err_text(service->failure)),
                  LOG_NUMBER("turn", (int64_t)service->turn_number));
        return service->failure;
    }
    service->failure = awake_rest(service);
    metrics_note_turn(&service->metrics);
    turn_reset(&service->turn);
    atomic_fetch_add_explicit(&service->turns, 1, memory_order_relaxed);
    atomic_store_explicit(&service->open_executions, service->runs.count, memory_order_relaxed);
    if (!service->failure && sweep_is_due(service))
        sweep_alone(service);
    return service->failure;
}

enum err service_turn(struct service *service)
{
    enum err err;

    if (service->failure)
        return service->failure;
    service->now = clock_read(&service->clock);
    service->steady = service->clock.steady_last;
    atomic_store_explicit(&service->turn_began_ms, service->steady.ms, memory_order_relaxed);
    err = turn(service);
    atomic_store_explicit(&service->turn_began_ms, INSTANT_NEVER.ms, memory_order_relaxed);
    return err;
}

/* ---- the loop ---- */

static struct duration until(struct instant at, struct instant now)
{
    struct duration wait = instant_since(at, now);

    return wait.ms < 0 ? (struct duration){ 0 } : wait;
}

static struct duration sooner(struct duration a, struct duration b)
{
    return a.ms < 0 || (b.ms >= 0 && b.ms < a.ms) ? b : a;
}

struct duration service_idle(const struct service *service)
{
    struct duration idle = { -1 };
    struct instant due = runs_next_due(&service->runs);
    const struct list *first = list_first(&service->parked);

    if (service->has_more || service->pending || service->messages.count)
        return (struct duration){ 0 };
    if (due.ms != INSTANT_NEVER.ms)
        idle = until(due, service->now);
    if (first)
        idle = sooner(
            idle, until(object_of(first, const struct call, parked)->wait_end, service->steady));
    if (service->sweeps)
        idle = sooner(idle, until(service->next_sweep, service->steady));
    return idle;
}

/* What arrived during the last turn is done as well. Of a client that went at the same time the
 * word may be a moment behind; without it nobody would give the call back. */
static bool is_done(struct service *service)
{
    return service->pending == NULL && service->words_awaited == 0 && !lambdas_have_done(service);
}

static bool may_stop(const struct service *service)
{
    return atomic_load(&service->stopping) && service->pending == NULL &&
           list_is_empty(&service->parked);
}

/* What is due is reckoned from the beginning of the last turn, which took its time, most of it for
 * the disk. */
static struct duration idle_from_now(const struct service *service)
{
    const struct world *world = service->config.world;
    struct duration idle = service_idle(service);

    if (idle.ms <= 0)
        return idle;
    return until(instant_add(service->steady, idle), world->steady(world->context));
}

/* Waits until something arrives or is due. To look for what has expired is not worth waking up an
 * idle server oftener than once a minute, as long as there was none the last time; that there is
 * space again is said soon, because somebody makes some; and a server that can serve nobody any
 * more goes as soon as its last answers are on their way. */
static void wait_for_work(struct service *service)
{
    bool hurries = service->space.is_short || store_failure(service->store);
    struct duration look = duration_of_s(hurries ? 1 : 60);
    struct duration idle = sooner(sooner(idle_from_now(service), awake_idle(service)), look);

    if (idle.ms == 0)
        return;
    service->pending = mailbox_wait(&service->inbox, idle);
    /* Where processors are few those go first who read requests: one commit is then for more. */
    sched_yield();
    append_pending(service);
}

enum err service_run(struct service *service)
{
    enum err err = OK;

    while (err == OK) {
        bool stop = may_stop(service);
        uint64_t began = world_stopwatch_us();

        err = service_turn(service);
        durations_note(&service->metrics.turn_times, world_stopwatch_us() - began);
        if (stop && is_done(service))
            break;
        if (err == OK && !atomic_load(&service->stopping)) {
            wait_for_work(service);
            err = service->failure = store_failure(service->store);
        }
    }
    /* Who gave an answer may still be about to wake its taker, who could be gone a moment later. */
    if (err == OK)
        reader_pool_stop(service->readers);
    service_rest(service);
    return err;
}

/* A failure was logged, and costs no more than a longer start. */
void service_rest(struct service *service)
{
    if (!service->failure && awake_rest_all(service) != OK)
        log_warn("the next start takes longer");
}

void service_stop(struct service *service)
{
    atomic_store(&service->stopping, true);
    mailbox_poke(&service->inbox);
}

void service_submit(struct service *service, struct call *call)
{
    mailbox_post(&service->inbox, &call->mail);
}

bool service_abandon(struct service *service, struct call *call)
{
    int waiting = CALL_WAITING;

    if (!call_is_poll(call) || !atomic_compare_exchange_strong(&call->state, &waiting, CALL_GONE))
        return false;
    mailbox_post(&service->gone, &call->gone_mail);
    mailbox_poke(&service->inbox);
    return true;
}

const struct limits *service_limits(const struct service *service)
{
    return &service->config.limits;
}

bool service_is_stalled(const struct service *service)
{
    const struct world *world = service->config.world;
    struct instant began = { atomic_load_explicit(&service->turn_began_ms, memory_order_relaxed) };

    return !instant_before(world->steady(world->context),
                           instant_add(began, duration_of_s(SERVICE_STALLED_S)));
}

struct service_figures service_figures(const struct service *service)
{
    return (struct service_figures){
        .turns = atomic_load_explicit(&service->turns, memory_order_relaxed),
        .commits = atomic_load_explicit(&service->commits, memory_order_relaxed),
        .calls = atomic_load_explicit(&service->calls, memory_order_relaxed),
        .open_executions = atomic_load_explicit(&service->open_executions, memory_order_relaxed),
        .parked_polls = atomic_load_explicit(&service->parked_polls, memory_order_relaxed),
        .short_of_space = atomic_load_explicit(&service->short_of_space, memory_order_relaxed),
    };
}

/* ---- open and close ---- */

static const struct throttle_rates *rates_of(const struct service_config *config)
{
    if (!config->throttles)
        return NULL;
    return config->rates ? config->rates : &throttle_documented;
}

static struct service *service_new(const struct service_config *config,
                                   const struct store_meta *meta)
{
    struct service *service = memory_new(sizeof(*service));

    service->config = *config;
    service->store = config->store;
    clock_init(&service->clock, config->world, meta->clock);
    service->now = clock_read(&service->clock);
    service->steady = service->clock.steady_last;
    service->next_sweep = service->steady;
    service->committed = meta->clock;
    service->turn_number = meta->turn;
    service->next_run = meta->next_run;
    atomic_init(&service->turn_began_ms, INSTANT_NEVER.ms);
    registry_init(&service->registry);
    runs_init(&service->runs);
    awake_init(&service->awake, config->execution_bytes_max);
    matching_init(&service->matching);
    messages_init(&service->messages);
    throttle_init(&service->throttle, rates_of(config));
    space_init(&service->space, config->free_bytes_min);
    metrics_init(&service->metrics);
    recent_init(&service->recent, config->recent_bytes_max);
    list_init(&service->parked);
    mailbox_init(&service->inbox, NULL, NULL);
    mailbox_init(&service->gone, NULL, NULL);
    mailbox_init(&service->lambdas_done, NULL, NULL);
    turn_init(&service->turn);
    text_init(&service->scratch, SCRATCH_BYTES_MAX);
    arena_init(&service->judgement, "judgement", JUDGEMENT_BYTES_MAX);
    service->sealer = token_sealer_new(meta->server_key);
    service->json = json_reader_new();
    service->readers = reader_pool_new(config->store, meta->server_key, config->readers,
                                       config->limits.page_token_seconds);
    return service;
}

enum err service_open(const struct service_config *config, struct service **out)
{
    struct store_meta meta;
    struct service *service;
    enum err err;

    store_get_meta(config->store, &meta);
    service = service_new(config, &meta);
    err = recover(service);
    if (err) {
        service_close(service);
        return err;
    }
    atomic_store(&service->open_executions, service->runs.count);
    *out = service;
    return OK;
}

/* What was never answered goes home as it is: the service is no more. */
static void return_calls(struct service *service)
{
    struct mail *mail;

    append_pending(service);
    while ((mail = service->pending)) {
        struct call *call = object_of(mail, struct call, mail);

        service->pending = mail->next;
        call->fault = fault_of(FAULT_SERVICE_UNAVAILABLE, BYTES_ABSENT);
        call->on_answer(call);
    }
}

static void return_gone(struct service *service)
{
    struct mail *mail = mailbox_take(&service->gone);

    while (mail) {
        struct call *call = object_of(mail, struct call, gone_mail);

        mail = mail->next;
        if (call->is_finished)
            call->on_answer(call);
    }
}

static void return_parked(struct service *service)
{
    struct list *node;

    while ((node = list_first(&service->parked))) {
        struct call *call = object_of(node, struct call, parked);

        service_unpark(service, call);
        call->fault = fault_of(FAULT_SERVICE_UNAVAILABLE, BYTES_ABSENT);
        call->on_answer(call);
    }
}

void service_close(struct service *service)
{
    reader_pool_free(service->readers);
    return_gone(service);
    return_parked(service);
    return_calls(service);
    lambdas_deinit(service);
    messages_deinit(&service->messages);
    throttle_deinit(&service->throttle);
    metrics_deinit(&service->metrics);
    visibility_deinit(&service->visibility);
    matching_deinit(&service->matching);
    runs_deinit(&service->runs);
    set_aside_deinit(&service->set_aside);
    registry_deinit(&service->registry);
    turn_deinit(&service->turn);
    text_deinit(&service->scratch);
    arena_deinit(&service->judgement);
    mailbox_deinit(&service->inbox);
    mailbox_deinit(&service->gone);
    token_sealer_free(service->sealer);
    json_reader_free(service->json);
    memory_free(service);
}
