#include "bench/team.h"

#include "base/memory.h"
#include "model/poll.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define TYPE_NAME BYTES("bench")
#define STEP_NAME BYTES("bench-step")
#define VERSION BYTES("1")
#define TIMER_US 1000000
#define TIMER_TIMEOUT BYTES("1")
#define PAGE_EVENTS 1000
/* In a mixed load a list is read after every so many workflows, and a count asked for. */
#define LOOK_EVERY 5
#define COUNT_EVERY 10

static enum phase phase_of(const struct driver *driver)
{
    return (enum phase)atomic_load_explicit(&driver->control->phase, memory_order_relaxed);
}

static bool is_measuring(const struct driver *driver)
{
    return phase_of(driver) == PHASE_MEASURE;
}

/* The tally of the present slice; NULL when the measurement is not cut into slices. */
static struct tally *slice_of(struct driver *driver)
{
    uint32_t slice = atomic_load_explicit(&driver->control->slice, memory_order_relaxed);

    return driver->control->slice_count ? &driver->slices[slice] : NULL;
}

/* ---- names and payloads ---- */

static struct bytes list_name(struct driver *driver, uint32_t list)
{
    return arena_printf(&driver->arena, "bench-%s-%u-%u", driver->control->number,
                        driver->config.index, list);
}

/* The number of the customer's present workflow. Serials begin with the number of customers, so
 * that the remainder of one tells its customer, and none is 0. */
static uint64_t serial_of(const struct customer *customer)
{
    const struct driver *driver = customer->driver;
    return customer->round * driver->config.customers + (uint64_t)(customer - driver->customers);
}

static struct bytes workflow_id(struct driver *driver, uint64_t serial)
{
    return arena_printf(&driver->arena, "bench-%s-%u-%llu", driver->control->number,
                        driver->config.index, (unsigned long long)serial);
}

/* The customer whose workflow this is, or the child of whose workflow: then *child has its number.
 * NULL: it is none of ours, or not under way. */
static struct customer *find_customer(struct driver *driver, struct bytes id, uint32_t *child)
{
    char text[128], number[9];
    unsigned index;
    unsigned long long serial;

    if (id.len >= sizeof text)
        return NULL;
    memcpy(text, id.ptr, id.len);
    text[id.len] = '\0';
    *child = UINT32_MAX;
    if (sscanf(text, "bench-%8[0-9a-f]-%u-%llu-%u", number, &index, &serial, child) < 3 ||
        strcmp(number, driver->control->number) != 0 || index != driver->config.index)
        return NULL;
    struct customer *customer = &driver->customers[serial % driver->config.customers];
    return customer->job.serial == serial ? customer : NULL;
}

/* "17:xxxx", as long as payloads are, or as the number needs. */
static struct bytes payload(struct driver *driver, uint32_t number)
{
    size_t size = driver->control->payload;
    char head[12];
    int len = snprintf(head, sizeof head, "%u:", number);

    if (size < (size_t)len)
        size = (size_t)len;
    char *text = arena_alloc_text(&driver->arena, size);
    memcpy(text, driver->filler.ptr, size);
    memcpy(text, head, (size_t)len);
    return bytes_of(text, size);
}

/* ---- calls ---- */

static bool call(struct line *line, struct driver *driver, enum operation operation,
                 const void *input)
{
    struct request request = { operation, { .input = input } };
    bool sent = line_call(line, &request);

    if (!sent)
        tally_fail(&driver->tally, "%s could not be sent to %s: %s", operation_names[operation],
                   driver->control->endpoint.host, strerror(errno));
    arena_reset(&driver->arena);
    return sent;
}

static void count_call(struct driver *driver, const struct line *line, const struct answer *answer,
                       uint64_t took_us)
{
    struct tally *slice = slice_of(driver);

    tally_add_call(&driver->tally, line->operation, took_us);
    driver->tally.sent_bytes += answer->request_len;
    driver->tally.received_bytes += answer->body.len;
    if (slice)
        tally_add_call(slice, line->operation, took_us);
    atomic_fetch_add_explicit(&driver->control->calls, 1, memory_order_relaxed);
}

/* Counts the answer to a call that was sent `late_us` after it was due. False, and the run is void,
 * when the answer is a fault or did not come. */
static bool is_well(struct driver *driver, const struct line *line, const struct answer *answer,
                    uint64_t late_us)
{
    if (is_measuring(driver))
        count_call(driver, line, answer, late_us + answer->took_us);
    if (answer->status == 200) {
        if (!operation_is_poll(line->operation))
            atomic_fetch_add_explicit(&driver->control->steps, 1, memory_order_relaxed);
        return true;
    }
    if (answer->status == 0)
        tally_fail(&driver->tally, "%s was not answered", operation_names[line->operation]);
    else
        tally_fail(&driver->tally, "%s was answered with %d %.*s", operation_names[line->operation],
                   answer->status, (int)(answer->body.len < 300 ? answer->body.len : 300),
                   answer->body.ptr);
    return false;
}

static void fail_job(struct driver *driver, struct bytes id, const char *problem)
{
    tally_fail(&driver->tally, "%.*s: %s", BYTES_FMT(id), problem);
}

/* Notes how long after `due` a task has come. */
static void note_step(struct driver *driver, uint64_t due)
{
    struct tally *slice = slice_of(driver);
    uint64_t took_us = driver->hub.now_us > due ? driver->hub.now_us - due : 0;

    if (!is_measuring(driver))
        return;
    histogram_add(&driver->tally.steps, took_us);
    if (slice)
        histogram_add(&slice->steps, took_us);
}

/* The decision task that this customer's last call led to has come. Of a mixed load nobody knows
 * which call that was: there are signals as well. */
static void note_decision(struct customer *customer)
{
    enum plan_kind kind = customer->driver->control->plan.kind;

    if (kind == PLAN_WORKFLOW || kind == PLAN_POLLS || kind == PLAN_IDLE)
        note_step(customer->driver, customer->acted_at_us);
    else if (kind == PLAN_TIMERS && customer->job.decisions > 0)
        note_step(customer->driver, customer->acted_at_us + TIMER_US);
}

/* The activity task that its decider began has come. */
static void note_work(struct customer *customer)
{
    if (plan_is_sequential(&customer->driver->control->plan))
        note_step(customer->driver, customer->begun_at_us);
}

/* ---- customers ---- */

static void advance(struct customer *customer);

static void start_workflow(struct customer *customer)
{
    struct driver *driver = customer->driver;
    struct run_control *control = driver->control;
    struct workflow_type type = { TYPE_NAME, VERSION };
    struct task_list list = { list_name(driver,
                                        (uint32_t)(customer->job.serial % control->poll_lists)) };
    struct start_workflow_execution_input input = {
        .domain = bytes_of_cstr(control->domain),
        .workflow_id = workflow_id(driver, customer->job.serial),
        .workflow_type = &type,
        .task_list = &list,
        .input = payload(driver, 0),
    };

    if (control->plan.kind == PLAN_IDLE)
        input.execution_start_to_close_timeout = BYTES("31536000");
    customer->acted_at_us = driver->hub.now_us;
    (void)call(&customer->line, driver, OPERATION_START_WORKFLOW_EXECUTION, &input);
}

static void send_signal(struct customer *customer)
{
    struct driver *driver = customer->driver;
    struct signal_workflow_execution_input input = {
        .domain = bytes_of_cstr(driver->control->domain),
        .workflow_id = workflow_id(driver, customer->job.serial),
        .signal_name = BYTES("next"),
        .input = payload(driver, job_send_signal(&customer->job)),
    };

    (void)call(&customer->line, driver, OPERATION_SIGNAL_WORKFLOW_EXECUTION, &input);
}

static void describe(struct customer *customer)
{
    struct driver *driver = customer->driver;
    struct workflow_execution names = { workflow_id(driver, customer->job.serial),
                                        bytes_of_cstr(customer->run_id) };
    struct describe_workflow_execution_input input = { bytes_of_cstr(driver->control->domain),
                                                       &names };

    (void)call(&customer->line, driver, OPERATION_DESCRIBE_WORKFLOW_EXECUTION, &input);
}

static void read_history(struct customer *customer)
{
    struct driver *driver = customer->driver;
    struct workflow_execution names = { workflow_id(driver, customer->job.serial),
                                        bytes_of_cstr(customer->run_id) };
    struct get_workflow_execution_history_input input = {
        .domain = bytes_of_cstr(driver->control->domain),
        .execution = &names,
    };

    (void)call(&customer->line, driver, OPERATION_GET_WORKFLOW_EXECUTION_HISTORY, &input);
}

static const struct execution_time_filter *last_minute(struct driver *driver)
{
    struct instant *oldest = arena_new(&driver->arena, struct instant);
    struct execution_time_filter *filter = arena_new(&driver->arena, struct execution_time_filter);

    oldest->ms = driver->hub.wall.ms - 60000;
    filter->oldest_date = oldest;
    return filter;
}

static void list_open(struct customer *customer)
{
    struct driver *driver = customer->driver;
    struct list_open_workflow_executions_input input = {
        .domain = bytes_of_cstr(driver->control->domain),
        .start_time_filter = last_minute(driver),
        .maximum_page_size = 10,
    };

    (void)call(&customer->line, driver, OPERATION_LIST_OPEN_WORKFLOW_EXECUTIONS, &input);
}

static void list_closed(struct customer *customer)
{
    struct driver *driver = customer->driver;
    struct list_closed_workflow_executions_input input = {
        .domain = bytes_of_cstr(driver->control->domain),
        .close_time_filter = last_minute(driver),
        .maximum_page_size = 10,
    };

    (void)call(&customer->line, driver, OPERATION_LIST_CLOSED_WORKFLOW_EXECUTIONS, &input);
}

static void count_pending(struct customer *customer)
{
    struct driver *driver = customer->driver;
    struct task_list list = { list_name(driver, 0) };
    struct count_pending_decision_tasks_input input = { bytes_of_cstr(driver->control->domain),
                                                        &list };

    (void)call(&customer->line, driver, OPERATION_COUNT_PENDING_DECISION_TASKS, &input);
}

/* The questions that a customer of a mixed load asks, in this order: each about one of `every`
 * workflows, some only at its end. */
static const struct {
    void (*go)(struct customer *customer);
    uint32_t every;
    bool at_end;
} errands[] = {
    { describe, 1, false },
    { list_open, LOOK_EVERY, false },
    { count_pending, COUNT_EVERY, false },
    { read_history, 1, true },
    { list_closed, COUNT_EVERY, true },
};
#define ERRAND_COUNT (sizeof errands / sizeof errands[0])

/* Sends the customer's next call about its workflow; false when there is none for now. */
static bool run_errand(struct customer *customer)
{
    const struct plan *plan = &customer->driver->control->plan;

    if (customer->job.signals_sent < plan->signals) {
        send_signal(customer);
        return true;
    }
    while (plan->kind == PLAN_MIXED && customer->errands < ERRAND_COUNT) {
        uint32_t errand = customer->errands;

        if (errands[errand].at_end && !customer->is_over)
            return false;
        customer->errands++;
        if (customer->round % errands[errand].every == 0) {
            errands[errand].go(customer);
            return true;
        }
    }
    return false;
}

/* When the next workflow is to be started, by the steady clock: now, unless starts are paced. */
static uint64_t next_start_us(const struct driver *driver)
{
    double pace_us = driver->control->pace_us;

    if (pace_us == 0 || driver->started_at_us == 0)
        return driver->hub.now_us;
    return driver->started_at_us + (uint64_t)(pace_us * (double)driver->starts);
}

uint64_t team_until_next_us(const struct driver *driver)
{
    uint64_t due = next_start_us(driver);

    if (driver->control->pace_us == 0)
        return UINT64_MAX;
    return due > driver->hub.now_us ? due - driver->hub.now_us : 0;
}

static bool may_begin(struct driver *driver)
{
    enum phase phase = phase_of(driver);

    if (phase != PHASE_WARM && phase != PHASE_MEASURE)
        return false;
    if (next_start_us(driver) > driver->hub.now_us || atomic_load(&driver->control->jobs_left) <= 0)
        return false;
    return atomic_fetch_sub(&driver->control->jobs_left, 1) > 0;
}

static void begin_job(struct customer *customer)
{
    struct driver *driver = customer->driver;

    if (driver->started_at_us == 0)
        driver->started_at_us = driver->hub.now_us;
    customer->late_us = driver->hub.now_us - next_start_us(driver);
    customer->round++;
    job_begin(&customer->job, serial_of(customer));
    customer->is_started = customer->is_over = false;
    customer->errands = 0;
    driver->at_work++;
    driver->starts++;
    start_workflow(customer);
}

static void end_job(struct customer *customer)
{
    struct driver *driver = customer->driver;

    struct tally *slice = slice_of(driver);

    if (is_measuring(driver)) {
        driver->tally.jobs++;
        if (slice)
            slice->jobs++;
        atomic_fetch_add_explicit(&driver->control->jobs, 1, memory_order_relaxed);
    }
    customer->job.serial = 0;
    driver->at_work--;
}

/* Lets the customer go on: with an errand, with its next workflow, or waiting. */
static void advance(struct customer *customer)
{
    if (customer->line.is_waiting || tally_has_failed(&customer->driver->tally))
        return;
    if (customer->job.serial) {
        if (!customer->is_started || run_errand(customer) || !customer->is_over)
            return;
        end_job(customer);
    }
    if (may_begin(customer->driver))
        begin_job(customer);
}

static void keep_run_id(struct customer *customer, struct bytes body)
{
    const char *at = memmem(body.ptr, body.len, "\"runId\":\"", 9);
    size_t len = at ? strcspn(at + 9, "\"") : 0;

    if (len == 0 || len >= sizeof customer->run_id) {
        tally_fail(&customer->driver->tally, "a start was answered without a runId");
        return;
    }
    memcpy(customer->run_id, at + 9, len);
    customer->run_id[len] = '\0';
}

static void on_customer_answered(struct line *line, const struct answer *answer)
{
    struct customer *customer = line->owner;
    bool is_start = line->operation == OPERATION_START_WORKFLOW_EXECUTION;

    if (!is_well(customer->driver, line, answer, is_start ? customer->late_us : 0))
        return;
    if (is_start) {
        customer->is_started = true;
        keep_run_id(customer, answer->body);
    }
    advance(customer);
}

/* ---- deciders ---- */

static void poll_decision(struct decider *decider, struct bytes next_page_token)
{
    struct driver *driver = decider->driver;
    struct task_list list = { list_name(driver, decider->list) };
    struct poll_for_decision_task_input input = {
        .domain = bytes_of_cstr(driver->control->domain),
        .task_list = &list,
        .identity = BYTES("bench"),
        .next_page_token = arena_copy(&driver->arena, next_page_token),
        .maximum_page_size = PAGE_EVENTS,
        .start_at_previous_started_event = !driver->control->whole_history,
    };

    if (call(&decider->line, driver, OPERATION_POLL_FOR_DECISION_TASK, &input))
        atomic_fetch_add_explicit(&driver->control->polls_sent, 1, memory_order_relaxed);
}

static void fill_activity(struct driver *driver, uint32_t step, struct bytes list,
                          struct decision *out)
{
    struct arena *arena = &driver->arena;
    struct schedule_activity_task_decision *schedule = arena_new(
        arena, struct schedule_activity_task_decision);
    struct activity_type *type = arena_new(arena, struct activity_type);
    struct task_list *task_list = arena_new(arena, struct task_list);

    *type = (struct activity_type){ STEP_NAME, VERSION };
    *task_list = (struct task_list){ list };
    schedule->activity_type = type;
    schedule->activity_id = arena_printf(arena, "%u", step);
    schedule->input = payload(driver, step);
    schedule->task_list = task_list;
    out->decision_type = DECISION_SCHEDULE_ACTIVITY_TASK;
    out->schedule_activity_task = schedule;
}

static void fill_timer(struct driver *driver, uint32_t step, struct decision *out)
{
    struct start_timer_decision *start = arena_new(&driver->arena, struct start_timer_decision);

    start->timer_id = arena_printf(&driver->arena, "%u", step);
    start->start_to_fire_timeout = TIMER_TIMEOUT;
    out->decision_type = DECISION_START_TIMER;
    out->start_timer = start;
}

static void fill_child(struct driver *driver, struct bytes parent, uint32_t step, struct bytes list,
                       struct decision *out)
{
    struct arena *arena = &driver->arena;
    struct start_child_workflow_execution_decision *start = arena_new(
        arena, struct start_child_workflow_execution_decision);
    struct workflow_type *type = arena_new(arena, struct workflow_type);
    struct task_list *task_list = arena_new(arena, struct task_list);

    *type = (struct workflow_type){ TYPE_NAME, VERSION };
    *task_list = (struct task_list){ list };
    start->workflow_type = type;
    start->workflow_id = arena_printf(arena, "%.*s-%u", BYTES_FMT(parent), step);
    start->input = payload(driver, step);
    start->task_list = task_list;
    out->decision_type = DECISION_START_CHILD_WORKFLOW_EXECUTION;
    out->start_child_workflow_execution = start;
}

static void fill_completion(struct driver *driver, uint32_t number, struct decision *out)
{
    struct complete_workflow_execution_decision *complete = arena_new(
        &driver->arena, struct complete_workflow_execution_decision);

    complete->result = payload(driver, number);
    out->decision_type = DECISION_COMPLETE_WORKFLOW_EXECUTION;
    out->complete_workflow_execution = complete;
}

static void fill_step(struct decider *decider, const struct task *task, uint32_t step,
                      struct decision *out)
{
    struct driver *driver = decider->driver;
    struct bytes list = list_name(driver, decider->list);

    switch (driver->control->plan.kind) {
    case PLAN_TIMERS:
        fill_timer(driver, step, out);
        break;
    case PLAN_CHILDREN:
        fill_child(driver, task->workflow_id, step, list, out);
        break;
    default:
        fill_activity(driver, step, list, out);
    }
}

static void respond(struct decider *decider, const struct task *task, struct decision *decisions,
                    size_t count)
{
    struct respond_decision_task_completed_input input = {
        .task_token = task->token,
        .decisions = { decisions, count },
    };

    (void)call(&decider->line, decider->driver, OPERATION_RESPOND_DECISION_TASK_COMPLETED, &input);
}

/* A child completes at once, with its number. */
static void decide_child(struct decider *decider, const struct task *task, struct customer *parent,
                         uint32_t child)
{
    struct driver *driver = decider->driver;
    struct decision *decision = arena_new(&driver->arena, struct decision);
    const char *problem = job_take_work(&parent->job, child);

    if (problem) {
        fail_job(driver, task->workflow_id, problem);
        return;
    }
    decider->customer = NULL;
    fill_completion(driver, child, decision);
    respond(decider, task, decision, 1);
}

static void decide(struct decider *decider, const struct task *task, struct customer *customer)
{
    struct driver *driver = decider->driver;
    struct news news = { task->previous_started_id, task->started_id, decider->news.items,
                         decider->news.count };

    note_decision(customer);
    const char *problem = job_take_news(&customer->job, &news);
    if (problem) {
        fail_job(driver, task->workflow_id, problem);
        return;
    }
    struct move move = job_decide(&customer->job);
    struct decision *decisions = arena_array(&driver->arena, struct decision, move.count + 1);
    for (uint32_t i = 0; i < move.count; i++)
        fill_step(decider, task, move.first + i, &decisions[i]);
    if (move.completes)
        fill_completion(driver, 0, &decisions[move.count]);
    decider->customer = customer;
    decider->completes = move.completes || driver->control->plan.kind == PLAN_IDLE;
    customer->acted_at_us = driver->hub.now_us;
    if (move.count)
        customer->begun_at_us = driver->hub.now_us;
    respond(decider, task, decisions, move.count + (move.completes ? 1 : 0));
}

static void take_decision_task(struct decider *decider, const struct answer *answer)
{
    struct driver *driver = decider->driver;
    struct task task;
    uint32_t child;
    const char *problem = task_read_decision(driver->json, answer->body,
                                             driver->control->whole_history, &task, &decider->news);

    if (problem) {
        fail_job(driver, task.workflow_id, problem);
        return;
    }
    if (bytes_is_absent(task.token) || !bytes_is_absent(task.next_page_token)) {
        driver->tally.empty_polls += bytes_is_absent(task.token);
        poll_decision(decider, task.next_page_token);
        return;
    }
    struct customer *customer = find_customer(driver, task.workflow_id, &child);
    if (customer == NULL)
        fail_job(driver, task.workflow_id, "a decision task is there that nobody waits for");
    else if (child != UINT32_MAX)
        decide_child(decider, &task, customer, child);
    else
        decide(decider, &task, customer);
}

static void decision_acknowledged(struct decider *decider)
{
    struct customer *customer = decider->customer;

    decider->customer = NULL;
    if (customer && decider->completes) {
        customer->is_over = true;
        advance(customer);
    }
    task_news_reset(&decider->news);
    poll_decision(decider, BYTES_ABSENT);
}

static void on_decider_answered(struct line *line, const struct answer *answer)
{
    struct decider *decider = line->owner;

    if (!is_well(decider->driver, line, answer, 0))
        return;
    if (line->operation == OPERATION_POLL_FOR_DECISION_TASK)
        take_decision_task(decider, answer);
    else
        decision_acknowledged(decider);
}

/* ---- workers ---- */

static void poll_activity(struct worker *worker)
{
    struct driver *driver = worker->driver;
    struct task_list list = { list_name(driver, worker->list) };
    struct poll_for_activity_task_input input = {
        .domain = bytes_of_cstr(driver->control->domain),
        .task_list = &list,
        .identity = BYTES("bench"),
    };

    if (call(&worker->line, driver, OPERATION_POLL_FOR_ACTIVITY_TASK, &input))
        atomic_fetch_add_explicit(&driver->control->polls_sent, 1, memory_order_relaxed);
}

static void heartbeat(struct worker *worker)
{
    struct record_activity_task_heartbeat_input input = {
        .task_token = bytes_of_cstr(worker->token),
        .details = BYTES("half done"),
    };

    (void)call(&worker->line, worker->driver, OPERATION_RECORD_ACTIVITY_TASK_HEARTBEAT, &input);
}

static void finish_work(struct worker *worker)
{
    struct driver *driver = worker->driver;
    struct respond_activity_task_completed_input input = {
        .task_token = bytes_of_cstr(worker->token),
        .result = payload(driver, worker->step),
    };

    worker->customer->acted_at_us = driver->hub.now_us;
    (void)call(&worker->line, driver, OPERATION_RESPOND_ACTIVITY_TASK_COMPLETED, &input);
}

/* The task's input is what the decider gave it, whole. */
static const char *check_work(struct worker *worker, const struct task *task)
{
    struct driver *driver = worker->driver;
    uint32_t child;
    struct customer *customer = find_customer(driver, task->workflow_id, &child);
    uint32_t step = task_number(task->input);

    if (customer == NULL || task->token.len >= sizeof worker->token)
        return "an activity task is there that nobody waits for";
    if (step == UINT32_MAX || task->input.len != payload(driver, step).len)
        return "an activity task has not the input that it was given";
    worker->step = step;
    worker->customer = customer;
    memcpy(worker->token, task->token.ptr, task->token.len);
    worker->token[task->token.len] = '\0';
    return job_take_work(&customer->job, step);
}

static void take_activity_task(struct worker *worker, const struct answer *answer)
{
    struct driver *driver = worker->driver;
    struct task task;

    if (!task_read_activity(driver->json, answer->body, &task)) {
        tally_fail(&driver->tally, "the answer to a poll is not one of SWF");
        return;
    }
    if (bytes_is_absent(task.token)) {
        driver->tally.empty_polls++;
        poll_activity(worker);
        return;
    }
    const char *problem = check_work(worker, &task);
    if (problem) {
        fail_job(driver, task.workflow_id, problem);
        return;
    }
    note_work(worker->customer);
    if (driver->control->plan.kind == PLAN_MIXED)
        heartbeat(worker);
    else
        finish_work(worker);
}

static void on_worker_answered(struct line *line, const struct answer *answer)
{
    struct worker *worker = line->owner;

    if (!is_well(worker->driver, line, answer, 0))
        return;
    if (line->operation == OPERATION_POLL_FOR_ACTIVITY_TASK)
        take_activity_task(worker, answer);
    else if (line->operation == OPERATION_RECORD_ACTIVITY_TASK_HEARTBEAT)
        finish_work(worker);
    else
        poll_activity(worker);
}

/* ---- all of them ---- */

static void init_customers(struct driver *driver)
{
    driver->customers = memory_new(driver->config.customers * sizeof *driver->customers);
    for (uint32_t i = 0; i < driver->config.customers; i++) {
        struct customer *customer = &driver->customers[i];

        customer->driver = driver;
        job_init(&customer->job, &driver->control->plan);
        line_init(&customer->line, &driver->hub, on_customer_answered, customer);
    }
}

void team_init(struct driver *driver)
{
    const struct driver_config *config = &driver->config;

    init_customers(driver);
    driver->deciders = memory_new((config->deciders + 1) * sizeof *driver->deciders);
    for (uint32_t i = 0; i < config->deciders; i++) {
        driver->deciders[i].driver = driver;
        driver->deciders[i].list = i % driver->control->poll_lists;
        line_init(&driver->deciders[i].line, &driver->hub, on_decider_answered,
                  &driver->deciders[i]);
    }
    driver->workers = memory_new((config->workers + 1) * sizeof *driver->workers);
    for (uint32_t i = 0; i < config->workers; i++) {
        driver->workers[i].driver = driver;
        driver->workers[i].list = i % driver->control->poll_lists;
        line_init(&driver->workers[i].line, &driver->hub, on_worker_answered, &driver->workers[i]);
    }
}

void team_deinit(struct driver *driver)
{
    for (uint32_t i = 0; i < driver->config.customers; i++) {
        job_deinit(&driver->customers[i].job);
        line_deinit(&driver->customers[i].line);
    }
    for (uint32_t i = 0; i < driver->config.deciders; i++) {
        task_news_deinit(&driver->deciders[i].news);
        line_deinit(&driver->deciders[i].line);
    }
    for (uint32_t i = 0; i < driver->config.workers; i++)
        line_deinit(&driver->workers[i].line);
    memory_free(driver->customers);
    memory_free(driver->deciders);
    memory_free(driver->workers);
}

void team_send_polls(struct driver *driver)
{
    for (uint32_t i = 0; i < driver->config.deciders; i++)
        poll_decision(&driver->deciders[i], BYTES_ABSENT);
    for (uint32_t i = 0; i < driver->config.workers; i++)
        poll_activity(&driver->workers[i]);
}

void team_begin_jobs(struct driver *driver)
{
    for (uint32_t i = 0; i < driver->config.customers; i++)
        if (driver->customers[i].job.serial == 0)
            advance(&driver->customers[i]);
}
