#include "load.h"

#include "base/memory.h"
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#define DECIDERS 2
#define WORKERS 3
#define OTHERS 2
#define THREADS (DECIDERS + WORKERS + OTHERS)
#define OPEN_RUNS_MAX 60
#define SIGNALS_MAX 30 /* of one run: its history stays a page */
#define PAYLOAD_BYTES_MAX 3000
#define WATCHDOG_S 60

struct load {
    struct ledger *ledger;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    char endpoint[64];
    bool open, ended;
    int inside;
    uint64_t done;
    atomic_bool draining;
    pthread_t threads[THREADS];
};

/* One client. What it holds in its hands outlives its connection. */
struct hand {
    struct load *load;
    struct ledger *ledger;
    struct caller caller;
    struct random_sequence random;
    struct arena held_arena;
    struct bytes token; /* of a task that is not answered yet; absent: none */
    struct run *run;
    int64_t started_event_id;
    struct decision_list decisions;
    struct workflow *starting; /* a start that was not answered */
};

static char payload[PAYLOAD_BYTES_MAX];

static bool chance(struct hand *hand, unsigned of)
{
    return random_below(&hand->random, of) == 0;
}

static bool is_draining(const struct hand *hand)
{
    return atomic_load(&hand->load->draining);
}

static struct bytes some_payload(struct hand *hand)
{
    return bytes_of(payload, random_below(&hand->random, sizeof payload));
}

/* ---- calls: each is counted when it was acknowledged */

static void count_done(struct load *load)
{
    pthread_mutex_lock(&load->mutex);
    load->done++;
    pthread_cond_broadcast(&load->changed);
    pthread_mutex_unlock(&load->mutex);
}

static enum outcome call(struct hand *hand, enum operation operation, const void *input)
{
    enum outcome outcome = caller_call(&hand->caller, operation, input);

    if (outcome == DONE)
        count_done(hand->load);
    return outcome;
}

/* A call with a note, entered before and settled after. */
static enum outcome call_noted(struct hand *hand, enum operation operation, const void *input, struct run *run,
                               struct note note)
{
    struct note *entered = ledger_enter(hand->ledger, run, note);
    enum outcome outcome = call(hand, operation, input);

    ledger_settle(hand->ledger, &entered->outcome, outcome);
    return outcome;
}

/* ---- deciders */

/* What a decider makes of a history. */
struct view {
    unsigned scheduled, open, completed, markers, timers, open_timers;
    bool cancel_requested;
};

static struct view view_of(const struct event *events, size_t count)
{
    struct view view = { 0 };

    for (size_t i = 0; i < count; i++) {
        enum event_type type = events[i].type;
        view.scheduled += type == EVENT_ACTIVITY_TASK_SCHEDULED;
        view.open += type == EVENT_ACTIVITY_TASK_SCHEDULED;
        view.open -= type == EVENT_ACTIVITY_TASK_COMPLETED || type == EVENT_ACTIVITY_TASK_FAILED ||
                     type == EVENT_ACTIVITY_TASK_TIMED_OUT || type == EVENT_ACTIVITY_TASK_CANCELED;
        view.completed += type == EVENT_ACTIVITY_TASK_COMPLETED;
        view.markers += type == EVENT_MARKER_RECORDED;
        view.timers += type == EVENT_TIMER_STARTED;
        view.open_timers += type == EVENT_TIMER_STARTED;
        view.open_timers -= type == EVENT_TIMER_FIRED || type == EVENT_TIMER_CANCELED;
        view.cancel_requested |= type == EVENT_WORKFLOW_EXECUTION_CANCEL_REQUESTED;
    }
    return view;
}

#define DECISIONS_MAX 8

struct plan {
    struct hand *hand;
    struct decision *items;
    size_t count;
};

static struct decision *plan_add(struct plan *plan, enum decision_type type)
{
    ensure(plan->count < DECISIONS_MAX);
    struct decision *decision = &plan->items[plan->count++];
    decision->decision_type = type;
    return decision;
}

#define PLAN_NEW(plan, type) arena_new(&(plan)->hand->held_arena, struct type)

static void plan_activity(struct plan *plan, unsigned number)
{
    static const struct activity_type known = { BYTES("work"), BYTES("1") };
    static const struct activity_type unknown = { BYTES("no work"), BYTES("1") };
    struct schedule_activity_task_decision *schedule = PLAN_NEW(plan, schedule_activity_task_decision);

    /* A type that nobody registered gives ScheduleActivityTaskFailed. */
    schedule->activity_type = !is_draining(plan->hand) && chance(plan->hand, 15) ? &unknown : &known;
    schedule->activity_id = arena_printf(&plan->hand->held_arena, "a-%u", number);
    schedule->input = some_payload(plan->hand);
    if (chance(plan->hand, 3))
        schedule->heartbeat_timeout = BYTES("1");
    plan_add(plan, DECISION_SCHEDULE_ACTIVITY_TASK)->schedule_activity_task = schedule;
}

static void plan_timer(struct plan *plan)
{
    struct start_timer_decision *start = PLAN_NEW(plan, start_timer_decision);

    start->timer_id = BYTES("t");
    start->start_to_fire_timeout = chance(plan->hand, 2) ? BYTES("0") : BYTES("1");
    plan_add(plan, DECISION_START_TIMER)->start_timer = start;
}

static void plan_cancel_timer(struct plan *plan)
{
    struct cancel_timer_decision *cancel = PLAN_NEW(plan, cancel_timer_decision);

    cancel->timer_id = BYTES("t");
    plan_add(plan, DECISION_CANCEL_TIMER)->cancel_timer = cancel;
}

static void plan_marker(struct plan *plan)
{
    struct record_marker_decision *record = PLAN_NEW(plan, record_marker_decision);

    record->marker_name = BYTES("m");
    record->details = some_payload(plan->hand);
    plan_add(plan, DECISION_RECORD_MARKER)->record_marker = record;
}

static void plan_close(struct plan *plan, const struct view *view, unsigned number)
{
    if (view->cancel_requested)
        plan_add(plan, DECISION_CANCEL_WORKFLOW_EXECUTION)->cancel_workflow_execution =
            PLAN_NEW(plan, cancel_workflow_execution_decision);
    else if (number % 5 == 4)
        plan_add(plan, DECISION_FAIL_WORKFLOW_EXECUTION)->fail_workflow_execution =
            PLAN_NEW(plan, fail_workflow_execution_decision);
    else
        plan_add(plan, DECISION_COMPLETE_WORKFLOW_EXECUTION)->complete_workflow_execution =
            PLAN_NEW(plan, complete_workflow_execution_decision);
}

static unsigned number_of(const struct run *run)
{
    unsigned long long number = 0;
    ensure(bytes_parse_u64(bytes_skip(run->names.workflow_id, 2), &number));
    return (unsigned)number;
}

/* By its number, a workflow wants one to four activities done, and perhaps a timer. */
static void make_plan(struct plan *plan, const struct view *view, unsigned number)
{
    unsigned wanted = 1 + number % 4;

    if (view->cancel_requested || (view->completed >= wanted && view->open_timers == 0)) {
        plan_close(plan, view, number);
        return;
    }
    if (view->markers == 0)
        plan_marker(plan);
    if (view->timers == 0 && number % 3 == 0)
        plan_timer(plan);
    if (view->open_timers > 0 && view->completed >= wanted && chance(plan->hand, 2))
        plan_cancel_timer(plan);
    for (unsigned i = view->open; i < 2 && view->completed + i < wanted; i++)
        plan_activity(plan, view->scheduled + i - view->open);
}

static bool closes(const struct decision_list *decisions)
{
    enum decision_type first = decisions->count ? decisions->items[0].decision_type : DECISION_ABSENT;

    return first == DECISION_COMPLETE_WORKFLOW_EXECUTION || first == DECISION_FAIL_WORKFLOW_EXECUTION ||
           first == DECISION_CANCEL_WORKFLOW_EXECUTION;
}

static void respond_decisions(struct hand *hand)
{
    struct respond_decision_task_completed_input input = {
        .task_token = hand->token,
        .decisions = hand->decisions,
        .execution_context = ledger_text(hand->ledger, 'c'),
    };
    struct note note = {
        .kind = NOTE_DECISIONS,
        .text = input.execution_context,
        .started_event_id = hand->started_event_id,
        .decisions = hand->decisions.count,
    };
    enum outcome outcome =
        call_noted(hand, OPERATION_RESPOND_DECISION_TASK_COMPLETED, &input, hand->run, note);

    if (outcome == UNKNOWN)
        return; /* once more, to the next server */
    hand->token = BYTES_ABSENT;
    if (outcome == DONE && closes(&hand->decisions))
        ledger_note_closed(hand->ledger, hand->run);
}

static void hold_decision_task(struct hand *hand, const struct decision_task_output *task)
{
    struct plan plan = { .hand = hand };
    struct event *events;
    size_t count;

    if (client_events(hand->caller.client, &hand->caller.reply, &hand->caller.arena, &events, &count) != OK ||
        task->next_page_token.len > 0) {
        ledger_complain(hand->ledger, "a decision task without its whole history");
        return;
    }
    arena_reset(&hand->held_arena);
    plan.items = arena_array(&hand->held_arena, struct decision, DECISIONS_MAX);
    struct view view = view_of(events, count);
    make_plan(&plan, &view, number_of(hand->run));
    hand->token = arena_copy(&hand->held_arena, task->task_token);
    hand->started_event_id = task->started_event_id;
    hand->decisions = (struct decision_list){ plan.items, plan.count };
}

static void poll_decisions(struct hand *hand)
{
    static const struct task_list list = { BYTES("decide") };
    struct poll_for_decision_task_input input = {
        .domain = DOMAIN,
        .task_list = &list,
        .identity = ledger_text(hand->ledger, 'd'),
    };

    if (call(hand, OPERATION_POLL_FOR_DECISION_TASK, &input) != DONE)
        return;
    const struct decision_task_output *task = hand->caller.reply.output;
    if (task->task_token.len == 0)
        return;
    hand->run = ledger_find_run(hand->ledger, task->workflow_execution);
    if (!hand->run)
        return;
    ledger_enter(hand->ledger, hand->run,
                 (struct note){ .kind = NOTE_DECISION_TASK, .outcome = DONE, .text = input.identity,
                                .started_event_id = task->started_event_id });
    if (is_draining(hand) || !chance(hand, 30)) /* else dropped: it times out */
        hold_decision_task(hand, task);
}

static void act_as_decider(struct hand *hand)
{
    if (bytes_is_absent(hand->token))
        poll_decisions(hand);
    else
        respond_decisions(hand);
}

/* ---- workers */

static void heartbeat(struct hand *hand)
{
    struct record_activity_task_heartbeat_input input = {
        .task_token = hand->token,
        .details = ledger_text(hand->ledger, 'h'),
    };
    struct note note = { .kind = NOTE_HEARTBEAT, .text = input.details,
                         .started_event_id = hand->started_event_id };

    if (call_noted(hand, OPERATION_RECORD_ACTIVITY_TASK_HEARTBEAT, &input, hand->run, note) == REFUSED)
        hand->token = BYTES_ABSENT; /* timed out, or its run is closed */
}

static enum outcome complete(struct hand *hand)
{
    struct respond_activity_task_completed_input input = {
        .task_token = hand->token,
        .result = ledger_text(hand->ledger, 'r'),
    };
    struct note note = { .kind = NOTE_COMPLETED, .text = input.result,
                         .started_event_id = hand->started_event_id };

    return call_noted(hand, OPERATION_RESPOND_ACTIVITY_TASK_COMPLETED, &input, hand->run, note);
}

static enum outcome fail(struct hand *hand)
{
    struct respond_activity_task_failed_input input = {
        .task_token = hand->token,
        .details = ledger_text(hand->ledger, 'f'),
    };
    struct note note = { .kind = NOTE_FAILED, .text = input.details,
                         .started_event_id = hand->started_event_id };

    return call_noted(hand, OPERATION_RESPOND_ACTIVITY_TASK_FAILED, &input, hand->run, note);
}

static void poll_activities(struct hand *hand)
{
    static const struct task_list list = { BYTES("work") };
    struct poll_for_activity_task_input input = {
        .domain = DOMAIN,
        .task_list = &list,
        .identity = ledger_text(hand->ledger, 'i'),
    };

    if (call(hand, OPERATION_POLL_FOR_ACTIVITY_TASK, &input) != DONE)
        return;
    const struct activity_task_output *task = hand->caller.reply.output;
    if (task->task_token.len == 0)
        return;
    hand->run = ledger_find_run(hand->ledger, task->workflow_execution);
    if (!hand->run)
        return;
    ledger_enter(hand->ledger, hand->run,
                 (struct note){ .kind = NOTE_ACTIVITY_TASK, .outcome = DONE, .text = input.identity,
                                .started_event_id = task->started_event_id });
    arena_reset(&hand->held_arena);
    hand->token = arena_copy(&hand->held_arena, task->task_token);
    hand->started_event_id = task->started_event_id;
}

static void work(struct hand *hand)
{
    unsigned dice = (unsigned)random_below(&hand->random, 100);

    if (is_draining(hand))
        dice = 99;
    if (dice < 45)
        heartbeat(hand);
    else if (dice < 53)
        hand->token = BYTES_ABSENT; /* dropped: it times out */
    else if ((dice < 60 ? fail(hand) : complete(hand)) != UNKNOWN)
        hand->token = BYTES_ABSENT;
}

static void act_as_worker(struct hand *hand)
{
    if (bytes_is_absent(hand->token))
        poll_activities(hand);
    else
        work(hand);
}

/* ---- everybody else */

static void start(struct hand *hand)
{
    static const struct workflow_type type = { BYTES("order"), BYTES("1") };
    struct workflow *workflow = hand->starting;
    bool again = workflow != NULL;

    if (again)
        ledger_start_again(hand->ledger, workflow);
    else
        workflow = ledger_new_workflow(hand->ledger);
    struct start_workflow_execution_input input = {
        .domain = DOMAIN,
        .workflow_id = workflow->id,
        .workflow_type = &type,
        .input = some_payload(hand),
    };
    enum outcome outcome = call(hand, OPERATION_START_WORKFLOW_EXECUTION, &input);
    struct bytes run_id = BYTES_ABSENT;
    if (outcome == DONE)
        run_id = ((const struct run_output *)hand->caller.reply.output)->run_id;
    else if (outcome == REFUSED &&
             !(again && caller_was_refused_with(&hand->caller, "WorkflowExecutionAlreadyStartedFault")))
        ledger_complain(hand->ledger, "a start was refused: %.*s", BYTES_FMT(hand->caller.reply.fault));
    ledger_note_start(hand->ledger, workflow, outcome, run_id);
    hand->starting = outcome == UNKNOWN && workflow->unknown < RUNS_MAX ? workflow : NULL;
}

static void note_if_closed(struct hand *hand, struct run *run, enum outcome outcome)
{
    if (outcome == REFUSED && caller_was_refused_with(&hand->caller, "UnknownResourceFault"))
        ledger_note_closed(hand->ledger, run);
}

static void send_signal(struct hand *hand, struct run *run)
{
    struct signal_workflow_execution_input input = {
        .domain = DOMAIN,
        .workflow_id = run->names.workflow_id,
        .run_id = run->names.run_id,
        .signal_name = ledger_text(hand->ledger, 's'),
        .input = some_payload(hand),
    };

    if (run->signals < SIGNALS_MAX)
        note_if_closed(hand, run,
                       call_noted(hand, OPERATION_SIGNAL_WORKFLOW_EXECUTION, &input, run,
                                  (struct note){ .kind = NOTE_SIGNAL, .text = input.signal_name }));
}

static void request_cancel(struct hand *hand, struct run *run)
{
    struct request_cancel_workflow_execution_input input = {
        .domain = DOMAIN,
        .workflow_id = run->names.workflow_id,
        .run_id = run->names.run_id,
    };

    note_if_closed(hand, run,
                   call_noted(hand, OPERATION_REQUEST_CANCEL_WORKFLOW_EXECUTION, &input, run,
                              (struct note){ .kind = NOTE_CANCEL }));
}

static void terminate(struct hand *hand, struct run *run)
{
    struct terminate_workflow_execution_input input = {
        .domain = DOMAIN,
        .workflow_id = run->names.workflow_id,
        .run_id = run->names.run_id,
        .reason = ledger_text(hand->ledger, 'x'),
    };
    enum outcome outcome = call_noted(hand, OPERATION_TERMINATE_WORKFLOW_EXECUTION, &input, run,
                                      (struct note){ .kind = NOTE_TERMINATE, .text = input.reason });

    if (outcome != UNKNOWN)
        ledger_note_closed(hand->ledger, run);
}

static enum outcome do_register(struct hand *hand, const struct registered *registered)
{
    struct register_domain_input domain = {
        .name = registered->name,
        .description = registered->name,
        .workflow_execution_retention_period_in_days = BYTES("1"),
    };
    struct register_workflow_type_input workflow = {
        .domain = DOMAIN, .name = registered->name, .version = BYTES("1"), .description = registered->name,
    };
    struct register_activity_type_input activity = {
        .domain = DOMAIN, .name = registered->name, .version = BYTES("1"), .description = registered->name,
    };

    if (registered->how == OPERATION_REGISTER_DOMAIN)
        return call(hand, registered->how, &domain);
    if (registered->how == OPERATION_REGISTER_WORKFLOW_TYPE)
        return call(hand, registered->how, &workflow);
    return call(hand, registered->how, &activity);
}

static void register_something(struct hand *hand)
{
    static const enum operation ways[] = { OPERATION_REGISTER_DOMAIN, OPERATION_REGISTER_WORKFLOW_TYPE,
                                           OPERATION_REGISTER_ACTIVITY_TYPE };
    struct registered *registered = ledger_new_registered(hand->ledger, ways[random_below(&hand->random, 3)]);

    if (registered)
        ledger_settle(hand->ledger, &registered->outcome, do_register(hand, registered));
}

static void deprecate_something(struct hand *hand)
{
    struct registered *registered = ledger_pick_registered(hand->ledger, &hand->random);
    enum outcome outcome;

    if (!registered)
        return;
    struct workflow_type workflow_type = { registered->name, BYTES("1") };
    struct activity_type activity_type = { registered->name, BYTES("1") };
    struct deprecate_domain_input domain = { .name = registered->name };
    struct deprecate_workflow_type_input workflow = { DOMAIN, &workflow_type };
    struct deprecate_activity_type_input activity = { DOMAIN, &activity_type };
    if (registered->how == OPERATION_REGISTER_DOMAIN)
        outcome = call(hand, OPERATION_DEPRECATE_DOMAIN, &domain);
    else if (registered->how == OPERATION_REGISTER_WORKFLOW_TYPE)
        outcome = call(hand, OPERATION_DEPRECATE_WORKFLOW_TYPE, &workflow);
    else
        outcome = call(hand, OPERATION_DEPRECATE_ACTIVITY_TYPE, &activity);
    if (outcome == REFUSED)
        ledger_complain(hand->ledger, "what was registered cannot be deprecated: %.*s", BYTES_FMT(registered->name));
    ledger_settle(hand->ledger, &registered->deprecated, outcome);
}

static void look(struct hand *hand, struct run *run)
{
    if (caller_describe(&hand->caller, DOMAIN, &run->names))
        count_done(hand->load);
    else if (hand->caller.reply.fault.len > 0)
        ledger_complain(hand->ledger, "run %.*s of %.*s is gone", BYTES_FMT(run->names.run_id),
                        BYTES_FMT(run->names.workflow_id));
}

static void act_on_run(struct hand *hand, struct run *run)
{
    unsigned dice = (unsigned)random_below(&hand->random, 100);

    if (dice < 85)
        send_signal(hand, run);
    else if (dice < 90)
        request_cancel(hand, run);
    else if (dice < 93)
        terminate(hand, run);
    else
        look(hand, run);
}

static void act_as_other(struct hand *hand)
{
    struct run *run;

    if (hand->starting || (chance(hand, 3) && ledger_open_runs(hand->ledger) < OPEN_RUNS_MAX))
        start(hand);
    else if (chance(hand, 12))
        register_something(hand);
    else if (chance(hand, 30))
        deprecate_something(hand);
    else if ((run = ledger_pick_run(hand->ledger, &hand->random)))
        act_on_run(hand, run);
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
        if (act_as == act_as_other && is_draining(hand) && !hand->starting)
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
        return act_as_decider;
    return index < DECIDERS + WORKERS ? act_as_worker : act_as_other;
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
        if (is_draining(&hand) && role_of(entrance->index) == act_as_other && !hand.starting)
            break;
    }
    arena_deinit(&hand.held_arena);
    memory_free(entrance);
    return NULL;
}

/* ---- from outside */

struct load *load_new(struct ledger *ledger, uint64_t seed)
{
    struct load *load = memory_new(sizeof *load);

    memset(payload, 'x', sizeof payload);
    load->ledger = ledger;
    pthread_mutex_init(&load->mutex, NULL);
    pthread_cond_init(&load->changed, NULL);
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

    return outcome == DONE || (outcome == REFUSED && (caller_was_refused_with(caller, "DomainAlreadyExistsFault") ||
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

bool load_wait_done(struct load *load, uint64_t count)
{
    struct timespec until;
    int timed_out = 0;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WATCHDOG_S;
    pthread_mutex_lock(&load->mutex);
    uint64_t wanted = load->done + count;
    while (load->done < wanted && load->open && !timed_out)
        timed_out = pthread_cond_timedwait(&load->changed, &load->mutex, &until);
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

void load_drain(struct load *load)
{
    atomic_store(&load->draining, true);
}
