/*
 * Tasks: polls that wait for them, and the answers of deciders and workers.
 */
#include "base/heap.h"
#include "base/log.h"
#include "engine/activity.h"
#include "engine/completion.h"
#include "engine/decision_task.h"
#include "service/access.h"
#include "service/calls.h"
#include "service/history_page.h"
#include "service/inner.h"
#include "wire/decode.h"
#include "wire/encode.h"

static void fail_read(struct call *call, enum err err)
{
    log_error_paced("a task could not be read", LOG_CSTR("reason", err_text(err)),
                    LOG_CSTR("operation", operation_names[call->request.operation]));
    call->fault = fault_of(FAULT_INTERNAL_FAILURE, BYTES_ABSENT);
}

static const struct workflow_execution *names_in(struct arena *arena, struct bytes workflow_id,
                                                 struct bytes run_id)
{
    struct workflow_execution *names = arena_new(arena, struct workflow_execution);

    names->workflow_id = arena_copy(arena, workflow_id);
    names->run_id = arena_copy(arena, run_id);
    return names;
}

/* The token in an answer without a task (Q-EMPTY). */
static struct bytes idle_token(const struct service *service)
{
    return service->config.empty_poll_token ? BYTES("") : BYTES_ABSENT;
}

/* ---- decision tasks that are handed out ---- */

/* One page of a started decision task. */
struct decision_job {
    struct read_job job;
    struct task_token token;
    struct history_range range;
    int64_t previous_started_event_id;
    const struct workflow_execution *execution; /* NULL: read it (later pages) */
    const struct workflow_type *type;
    bool was_open; /* the run, when a later page was asked for */
    struct bytes idle_token;
};

/* In a page token. */
enum { PAGE_DOMAIN, PAGE_RUN, PAGE_NEXT, PAGE_SCHEDULED, PAGE_STARTED, PAGE_PREVIOUS };

static enum err read_names(struct reader *reader, struct decision_job *decision)
{
    struct arena *arena = &decision->job.call->arena;
    struct history_query first = {
        .key = decision->token.key, .from = 1, .to = 1, .events_max = 1, .bytes_max = SIZE_MAX
    };
    struct run_opening names;
    struct history_page page;
    struct event event;
    enum err err = store_read_names(reader->store, decision->token.key, arena, &names);

    if (err == OK)
        err = store_read_history(reader->store, &first, arena, &page);
    if (err)
        return err;
    if (!decode_events(reader->json, page.events, 1, arena, &event) ||
        event.type != EVENT_WORKFLOW_EXECUTION_STARTED)
        return ERR_CORRUPT;
    decision->execution = names_in(arena, names.workflow_id, names.run_id);
    decision->type = event.workflow_execution_started->workflow_type;
    return OK;
}

static struct bytes seal_next_page(struct reader *reader, const struct decision_job *decision,
                                   int64_t next)
{
    struct call *call = decision->job.call;
    struct page_position
        position = { .numbers = {
                         [PAGE_DOMAIN] = decision->token.key.domain,
                         [PAGE_RUN] = decision->token.key.run,
                         [PAGE_NEXT] = (uint64_t)next,
                         [PAGE_SCHEDULED] = (uint64_t)decision->token.scheduled_event_id,
                         [PAGE_STARTED] = (uint64_t)decision->token.started_event_id,
                         [PAGE_PREVIOUS] = (uint64_t)decision->previous_started_event_id,
                     } };

    return token_seal_page(reader->sealer, call->account, &call->request, decision->job.now,
                           &position, &call->arena);
}

static struct fault unknown_task(const struct task_token *token, struct arena *arena)
{
    return fault_of(FAULT_UNKNOWN_RESOURCE,
                    arena_printf(arena, "Unknown %s, scheduledEventId = %lld",
                                 token->kind == TOKEN_DECISION_TASK ? "decision task" : "activity",
                                 (long long)token->scheduled_event_id));
}

/* The run was closed and its retention is over by now: a poll has found nothing then, and a later
 * page has nothing to show. */
static void answer_gone(const struct decision_job *decision)
{
    struct call *call = decision->job.call;
    struct decision_task_output *output;

    if (call->request.poll_for_decision_task->next_page_token.len) {
        call->fault = unknown_task(&decision->token, &call->arena);
        return;
    }
    output = arena_new(&call->arena, struct decision_task_output);
    output->task_token = decision->idle_token;
    call->output = output;
}

/* A later page is shown as long as its run is, though its history may lie there longer (S9). */
static enum err check_retention(struct reader *reader, const struct decision_job *decision)
{
    struct run_closing closing;

    if (decision->execution || decision->was_open)
        return OK;
    return store_read_closing(reader->store, decision->token.key, decision->job.now,
                              &decision->job.call->arena, &closing);
}

static struct decision_task_output *decision_output(struct token_sealer *sealer,
                                                    const struct decision_job *decision,
                                                    struct bytes events, struct arena *arena)
{
    struct decision_task_output *output = arena_new(arena, struct decision_task_output);

    output->task_token = token_seal_task(sealer, &decision->token, arena);
    output->started_event_id = decision->token.started_event_id;
    output->previous_started_event_id = decision->previous_started_event_id;
    output->workflow_execution = decision->execution;
    output->workflow_type = decision->type;
    output->events = events;
    return output;
}

static void read_decision_task(struct reader *reader, struct read_job *job)
{
    struct decision_job *decision = (struct decision_job *)job;
    struct call *call = job->call;
    struct decision_task_output *output;
    struct history_text text;
    enum err err = check_retention(reader, decision);

    if (err == OK)
        err = history_page_read(reader, &decision->range,
                                call->request.poll_for_decision_task->maximum_page_size,
                                &call->arena, &text);
    if (err == OK && decision->execution == NULL)
        err = read_names(reader, decision);
    if (err == ERR_NOT_FOUND)
        answer_gone(decision);
    else if (err)
        fail_read(call, err);
    if (err)
        return;
    output = decision_output(reader->sealer, decision, text.events, &call->arena);
    if (text.next)
        output->next_page_token = seal_next_page(reader, decision, text.next);
    call->output = output;
}

static void read_decision(struct service *service, struct call *call, struct decision_job *job)
{
    job->job.is_long = history_page_is_long(
        &job->range, call->request.poll_for_decision_task->maximum_page_size);
    service_answer_by_reading(service, call, &job->job, read_decision_task);
}

/* Which events the poller wants: the whole history up to the start of the task, or what came since
 * the previous one. */
static struct history_range range_of(const struct poll_for_decision_task_input *input,
                                     const struct task_token *token,
                                     int64_t previous_started_event_id)
{
    int64_t first = input->start_at_previous_started_event && previous_started_event_id
                        ? previous_started_event_id
                        : 1;

    return (struct history_range){
        .key = token->key,
        .from = input->reverse_order ? token->started_event_id : first,
        .to = input->reverse_order ? first : token->started_event_id,
        .reverse = input->reverse_order,
        .committed = token->started_event_id,
    };
}

/* With all its events in one page, if they are in memory. */
static bool answer_decision_from_memory(struct service *service, struct call *call, struct run *run,
                                        const struct decision_job *job)
{
    const struct history_range *range = &job->range;
    int32_t size = call->request.poll_for_decision_task->maximum_page_size;
    struct bytes events;

    if (range->reverse || (size && range->to - range->from >= size) ||
        range->to - range->from >= EVENTS_PER_PAGE_MAX ||
        !recent_find(&service->recent, &run->recent, range->from, range->to, &events))
        return false;
    call->output = decision_output(service->sealer, job, encode_array(&events, 1, &call->arena),
                                   &call->arena);
    service_answer(service, call);
    return true;
}

static void hand_out_decision_task(struct service *service, struct call *call, struct run *run)
{
    const struct poll_for_decision_task_input *input = call->request.poll_for_decision_task;
    const struct execution *execution = run->execution;
    struct decision_job *job = arena_new(&call->arena, struct decision_job);
    struct workflow_type *type = arena_new(&call->arena, struct workflow_type);
    struct step step;

    step_begin(service, run, &step);
    decision_task_start(execution, input->identity, &step.events);
    step_finish(service, &step);
    job->token = (struct task_token){ TOKEN_DECISION_TASK, run->key,
                                      execution->decision.started_scheduled_event_id,
                                      execution->decision.started_event_id };
    job->previous_started_event_id = execution->decision.previous_started_event_id;
    job->range = range_of(input, &job->token, job->previous_started_event_id);
    job->execution = names_in(&call->arena, run->workflow_id, run->run_id);
    job->idle_token = idle_token(service);
    type->name = arena_copy(&call->arena, execution->settings.type_name);
    type->version = arena_copy(&call->arena, execution->settings.type_version);
    job->type = type;
    if (!answer_decision_from_memory(service, call, run, job))
        read_decision(service, call, job);
}

/* ---- activity tasks that are handed out ---- */

struct activity_job {
    struct read_job job;
    struct task_token token;
    const struct workflow_execution *execution;
    struct bytes idle_token;
};

/* The worker's input lies in the event that scheduled the task. ERR_CORRUPT when this is none. */
static enum err fill_activity(struct json_reader *json, struct token_sealer *sealer,
                              const struct activity_job *activity, struct bytes text,
                              struct arena *arena, struct activity_task_output *output)
{
    struct event event;

    if (!decode_events(json, &text, 1, arena, &event) ||
        event.type != EVENT_ACTIVITY_TASK_SCHEDULED)
        return ERR_CORRUPT;
    output->task_token = token_seal_task(sealer, &activity->token, arena);
    output->activity_id = event.activity_task_scheduled->activity_id;
    output->activity_type = event.activity_task_scheduled->activity_type;
    output->input = event.activity_task_scheduled->input;
    output->started_event_id = activity->token.started_event_id;
    output->workflow_execution = activity->execution;
    return OK;
}

static void read_activity_task(struct reader *reader, struct read_job *job)
{
    struct activity_job *activity = (struct activity_job *)job;
    struct call *call = job->call;
    int64_t scheduled = activity->token.scheduled_event_id;
    struct history_query query = { .key = activity->token.key,
                                   .from = scheduled,
                                   .to = scheduled,
                                   .events_max = 1,
                                   .bytes_max = SIZE_MAX,
                                   .committed = scheduled };
    struct activity_task_output *output = arena_new(&call->arena, struct activity_task_output);
    struct history_page page;
    enum err err = store_read_history(reader->store, &query, &call->arena, &page);

    output->task_token = activity->idle_token;
    if (err == OK)
        err = fill_activity(reader->json, reader->sealer, activity, page.events[0], &call->arena,
                            output);
    if (err == OK || err == ERR_NOT_FOUND) /* closed and past its retention by now: the poll has
                                              found nothing */
        call->output = output;
    else
        fail_read(call, err);
}

static bool answer_activity_from_memory(struct service *service, struct call *call, struct run *run,
                                        const struct activity_job *job)
{
    int64_t scheduled = job->token.scheduled_event_id;
    struct activity_task_output *output;
    struct bytes text;

    if (!recent_find(&service->recent, &run->recent, scheduled, scheduled, &text))
        return false;
    output = arena_new(&call->arena, struct activity_task_output);
    ensure(fill_activity(service->json, service->sealer, job, text, &call->arena, output) == OK);
    call->output = output;
    service_answer(service, call);
    return true;
}

static void hand_out_activity_task(struct service *service, struct call *call, struct run *run,
                                   int64_t scheduled_event_id)
{
    const struct activity *activity = execution_get_activity(run->execution, scheduled_event_id);
    struct activity_job *job = arena_new(&call->arena, struct activity_job);
    struct step step;

    step_begin(service, run, &step);
    activity_start(activity, call->request.poll_for_activity_task->identity, &step.events);
    job->token = (struct task_token){ TOKEN_ACTIVITY_TASK, run->key, scheduled_event_id,
                                      step.events.items[0].id };
    step_finish(service, &step);
    job->execution = names_in(&call->arena, run->workflow_id, run->run_id);
    job->idle_token = idle_token(service);
    if (!answer_activity_from_memory(service, call, run, job))
        service_answer_by_reading(service, call, &job->job, read_activity_task);
}

/* ---- polls ---- */

/* Gives the first task of a ready queue to its oldest waiter, if both are still there when one
 * looks. */
static void serve_queue(struct service *service, struct task_queue *queue)
{
    const struct task *task = task_queue_first_task(queue);
    struct call *call = task_queue_first_waiter(queue);
    int64_t scheduled_event_id = task->scheduled_event_id;
    enum task_kind kind = queue->kind;
    struct run *run = awake_wake(service, task->stub);

    if (run == NULL || step_due(service, run))
        return; /* the task may be gone, and the queue with it */
    service_unpark(service, call);
    if (!service_claim(call))
        service_answer(service, call); /* its client is gone (P6): no task for it */
    else if (kind == TASK_DECISION)
        hand_out_decision_task(service, call, run);
    else
        hand_out_activity_task(service, call, run, scheduled_event_id);
}

/* When it is through, no task waits on a list on which a poll does (S3). */
void task_calls_match(struct service *service)
{
    struct task_queue *queue;

    while (!service->failure && (queue = matching_next_ready(&service->matching)))
        serve_queue(service, queue);
}

void task_calls_answer_empty(struct service *service, struct call *call)
{
    struct decision_task_output decision = { .task_token = idle_token(service) };
    struct activity_task_output activity = { .task_token = idle_token(service) };

    if (call->request.operation == OPERATION_POLL_FOR_DECISION_TASK)
        service_answer_copy(service, call, &decision);
    else
        service_answer_copy(service, call, &activity);
}

static void park(struct service *service, struct call *call, struct task_queue *queue)
{
    call->wait_end = instant_add(service->steady,
                                 duration_of_s(service->config.limits.poll_seconds));
    list_append(&service->parked, &call->parked);
    matching_add_waiter(&service->matching, queue, call);
    atomic_fetch_add_explicit(&service->parked_polls, 1, memory_order_relaxed);
}

/* Parks the poll on its list; if a task is there, task_calls_match hands it out at once. */
static void poll(struct service *service, struct call *call, enum task_kind kind,
                 struct bytes domain_name, struct bytes list_name)
{
    uint32_t limit = service->config.limits.pollers_per_list;
    struct domain *domain;
    struct task_queue *queue;
    struct fault fault = registry_need_domain(&service->registry, call->account, domain_name,
                                              &call->arena, &domain);

    if (!fault_is_none(fault)) {
        service_answer_fault(service, call, fault);
        return;
    }
    if (atomic_load(&service->stopping)) {
        task_calls_answer_empty(service, call);
        return;
    }
    if (call->gone_seen) { /* its client hung up before it was its turn: nobody waits (P6) */
        service_answer(service, call);
        return;
    }
    queue = matching_get_queue(&service->matching, kind, domain->number, list_name);
    if (limit && queue->waiter_count >= limit)
        service_answer_fault(
            service, call,
            fault_of(FAULT_LIMIT_EXCEEDED,
                     BYTES("Limit on maximum concurrent poll requests per task list reached")));
    else
        park(service, call, queue);
}

void call_poll_for_activity_task(struct service *service, struct call *call)
{
    const struct poll_for_activity_task_input *input = call->request.poll_for_activity_task;

    poll(service, call, TASK_ACTIVITY, input->domain, input->task_list->name);
}

/* A later page of a task that was handed out: the token says which (Q-PAGE2: also when the task is
 * closed by now). */
static void continue_decision_task(struct service *service, struct call *call)
{
    const struct poll_for_decision_task_input *input = call->request.poll_for_decision_task;
    struct decision_job *job = arena_new(&call->arena, struct decision_job);
    const struct domain *domain = service_need_domain(service, call, input->domain);
    struct page_position position;

    if (domain == NULL || !service_open_page(service, call, input->next_page_token, &position))
        return;
    job->token = (struct task_token){
        .kind = TOKEN_DECISION_TASK,
        .key = { call->account, (uint32_t)position.numbers[PAGE_DOMAIN],
                 position.numbers[PAGE_RUN] },
        .scheduled_event_id = (int64_t)position.numbers[PAGE_SCHEDULED],
        .started_event_id = (int64_t)position.numbers[PAGE_STARTED],
    };
    job->previous_started_event_id = (int64_t)position.numbers[PAGE_PREVIOUS];
    job->range = range_of(input, &job->token, job->previous_started_event_id);
    job->range.from = (int64_t)position.numbers[PAGE_NEXT];
    job->was_open = runs_get(&service->runs, job->token.key.run) != NULL ||
                    set_aside_has(&service->set_aside, job->token.key.run);
    read_decision(service, call, job);
}

void call_poll_for_decision_task(struct service *service, struct call *call)
{
    const struct poll_for_decision_task_input *input = call->request.poll_for_decision_task;

    if (input->next_page_token.len)
        continue_decision_task(service, call);
    else
        poll(service, call, TASK_DECISION, input->domain, input->task_list->name);
}

/* ---- tokens ---- */

const struct task_token *task_calls_token(struct service *service, struct call *call)
{
    enum token_kind kind = call->request.operation == OPERATION_RESPOND_DECISION_TASK_COMPLETED
                               ? TOKEN_DECISION_TASK
                               : TOKEN_ACTIVITY_TASK;
    struct task_token *token;

    if (call->token)
        return call->token;
    token = arena_new(&call->arena, struct task_token);
    if (token_open_task(service->sealer, call_input_text(call, "taskToken"), kind, token) &&
        token->key.account == call->account)
        call->token = token;
    return call->token;
}

/* What is answered for a token of a run that is not open: its names are read from the store. */
struct closed_job {
    struct read_job job;
    struct task_token token;
};

static void read_closed_names(struct reader *reader, struct read_job *job)
{
    const struct task_token *token = &((struct closed_job *)job)->token;
    struct call *call = job->call;
    struct run_opening names;
    enum err err = store_read_names(reader->store, token->key, &call->arena, &names);

    if (err == OK)
        call->fault = unknown_run(&call->arena, names.workflow_id, names.run_id);
    else if (err == ERR_NOT_FOUND) /* its retention is over (Q-TOKX) */
        call->fault = unknown_task(token, &call->arena);
    else
        fail_read(call, err);
}

/* The open run whose task the token names, after what is due in it was done; NULL when the call is
 * answered already. A closed run is looked for before a closed task. */
static struct run *need_run(struct service *service, struct call *call)
{
    const struct task_token *token = task_calls_token(service, call);
    struct closed_job *job;
    struct run *run;
    enum err err;

    if (token == NULL) {
        service_answer_fault(service, call, fault_of(FAULT_VALIDATION, BYTES("Invalid token")));
        return NULL;
    }
    err = awake_get(service, token->key.run, &run);
    if (err && err != ERR_NOT_FOUND) {
        service_answer_fault(service, call, fault_of(FAULT_INTERNAL_FAILURE, BYTES_ABSENT));
        return NULL;
    }
    if (run)
        step_due(service, run);
    if (run && execution_is_open(run->execution))
        return run;
    if (set_aside_has(&service->set_aside, token->key.run)) {
        service_answer_damaged(service, call);
        return NULL;
    }
    job = arena_new(&call->arena, struct closed_job);
    job->token = *token;
    service_answer_by_reading(service, call, &job->job, read_closed_names);
    return NULL;
}

/* ---- the decider's answer ---- */

/* Only a decision to continue as new needs a run id. */
static bool continues(const struct respond_decision_task_completed_input *input)
{
    size_t count = input->decisions.count;

    return count && input->decisions.items[count - 1].decision_type ==
                        DECISION_CONTINUE_AS_NEW_WORKFLOW_EXECUTION;
}

/* The tokens that the list's decisions took, by the events that say they were made. What is sent to
 * other workflows takes its own (messages.c). */
static void use_tokens(struct service *service, uint64_t account, const struct event_list *events)
{
    static const enum decision_type made[EVENT_TYPE_COUNT + 1] = {
        [EVENT_ACTIVITY_TASK_SCHEDULED] = DECISION_SCHEDULE_ACTIVITY_TASK,
        [EVENT_TIMER_STARTED] = DECISION_START_TIMER,
        [EVENT_START_CHILD_WORKFLOW_EXECUTION_INITIATED] = DECISION_START_CHILD_WORKFLOW_EXECUTION,
    };

    for (size_t i = 0; i < events->count; i++)
        throttle_use_decisions(&service->throttle, account, made[events->items[i].type],
                               made[events->items[i].type] != DECISION_ABSENT, service->now);
}

static void complete_decision_task(struct service *service, struct call *call, struct run *run)
{
    struct facts facts = {
        .limits = &service->config.limits,
        .domain = run->domain,
        .open_executions = domain_places_taken(run->domain),
        .lambda_available = service->config.lambda != NULL,
    };
    uint32_t rate_tokens[DECISION_TYPE_COUNT + 1];
    struct decision_access access;
    struct step step;

    access_judge_decisions(service, call, run, &access, &facts);
    if (service->throttle.rates) {
        throttle_decisions_left(&service->throttle, call->account, service->now, rate_tokens);
        facts.rate_tokens = rate_tokens;
    }
    if (continues(call->request.respond_decision_task_completed))
        facts.fresh_run_id = service_fresh_run_id(service);
    step_begin(service, run, &step);
    completion_decide(run->execution, call->request.respond_decision_task_completed, &facts,
                      &step.events);
    use_tokens(service, call->account, &step.events);
    step_finish(service, &step);
    service_answer(service, call);
}

void call_respond_decision_task_completed(struct service *service, struct call *call)
{
    struct run *run = need_run(service, call);
    const struct task_token *token = call->token;

    if (run == NULL)
        return;
    if (decision_task_is_started(run->execution, token->scheduled_event_id,
                                 token->started_event_id)) {
        complete_decision_task(service, call, run);
        return;
    }
    service_answer_fault(service, call, unknown_task(token, &call->arena));
}

/* ---- the workers' answers ---- */

/* The started activity that the token names; NULL when the call is answered already. */
static struct activity *need_activity(struct service *service, struct call *call, struct run **run)
{
    struct activity *activity;
    struct fault fault;

    *run = need_run(service, call);
    if (*run == NULL)
        return NULL;
    fault = activity_find_started((*run)->execution, call->token->scheduled_event_id,
                                  call->token->started_event_id, &call->arena, &activity);
    if (fault_is_none(fault))
        return activity;
    service_answer_fault(service, call, fault);
    return NULL;
}

void call_record_activity_task_heartbeat(struct service *service, struct call *call)
{
    const struct record_activity_task_heartbeat_input *input =
        call->request.record_activity_task_heartbeat;
    struct activity_task_status_output output = { 0 };
    struct run *run;
    struct activity *activity = need_activity(service, call, &run);

    if (activity == NULL || !service_take_run_token(service, call, run->key.run))
        return;
    output.cancel_requested = activity->cancel_requested_event_id != 0;
    step_heartbeat(service, run, activity, input->details);
    service_answer_copy(service, call, &output);
}

void call_respond_activity_task_completed(struct service *service, struct call *call)
{
    const struct respond_activity_task_completed_input *input =
        call->request.respond_activity_task_completed;
    struct run *run;
    const struct activity *activity = need_activity(service, call, &run);
    struct step step;

    if (activity == NULL)
        return;
    step_begin(service, run, &step);
    activity_complete(run->execution, activity, input->result, &step.events);
    step_finish(service, &step);
    service_answer(service, call);
}

void call_respond_activity_task_failed(struct service *service, struct call *call)
{
    const struct respond_activity_task_failed_input *input =
        call->request.respond_activity_task_failed;
    struct run *run;
    const struct activity *activity = need_activity(service, call, &run);
    struct step step;

    if (activity == NULL)
        return;
    step_begin(service, run, &step);
    activity_fail(run->execution, activity, input->reason, input->details, &step.events);
    step_finish(service, &step);
    service_answer(service, call);
}

void call_respond_activity_task_canceled(struct service *service, struct call *call)
{
    const struct respond_activity_task_canceled_input *input =
        call->request.respond_activity_task_canceled;
    struct run *run;
    const struct activity *activity = need_activity(service, call, &run);
    struct step step;

    if (activity == NULL)
        return;
    step_begin(service, run, &step);
    activity_cancel(run->execution, activity, input->details, &step.events);
    step_finish(service, &step);
    service_answer(service, call);
}
