/*
 * The engine alone: executions in a list, tasks found by looking at all of them, time by asking
 * what is due, messages in one queue. It takes its turns as the service does: what is due, then
 * what is owed, then a call.
 *
 * As plain as it can be, and slow: no service, no store, no index, no commit. It says what the
 * service ought to do.
 */
#include "engine_describe.h"
#include "engine_messages.h"
#include "engine_world.h"

#include "base/memory.h"
#include "engine/activity.h"
#include "engine/close.h"
#include "engine/decision_task.h"
#include "engine/signal.h"
#include "engine/start.h"
#include "wire/decode.h"
#include "wire/encode.h"
#include "wire/rules.h"
#include <inttypes.h>
#include <stdio.h>

/* ---- answers ---- */

static void answer(struct ask *ask, const void *output)
{
    ask_answer(ask, NO_FAULT, output);
}

static void refuse(struct ask *ask, struct fault fault)
{
    ask_answer(ask, fault, NULL);
}

static struct domain *need_domain(struct engine_world *engine, struct ask *ask, struct bytes name)
{
    struct domain *domain;
    struct fault fault = registry_need_domain(&engine->registry, SCENARIO_ACCOUNT, name,
                                              &engine->arena, &domain);

    if (fault_is_none(fault))
        return domain;
    refuse(ask, fault);
    return NULL;
}

/* ---- registration ---- */

static void apply_records(struct engine_world *engine, struct ask *ask, struct fault fault,
                          const struct registry_records *records)
{
    if (!fault_is_none(fault)) {
        refuse(ask, fault);
        return;
    }
    for (size_t i = 0; i < records->count; i++)
        registry_apply(&engine->registry, &records->items[i]);
    answer(ask, NULL);
}

static struct fault decide_workflow_type(const struct registry_command *command,
                                         const struct request *request,
                                         struct registry_records *out)
{
    const struct deprecate_workflow_type_input *deprecate = request->deprecate_workflow_type;
    const struct undeprecate_workflow_type_input *undeprecate = request->undeprecate_workflow_type;
    const struct delete_workflow_type_input *delete = request->delete_workflow_type;

    switch ((int)request->operation) {
    case OPERATION_DEPRECATE_WORKFLOW_TYPE:
        return registry_deprecate_type(command, deprecate->domain, TYPE_WORKFLOW,
                                       deprecate->workflow_type->name,
                                       deprecate->workflow_type->version, out);
    case OPERATION_UNDEPRECATE_WORKFLOW_TYPE:
        return registry_undeprecate_type(command, undeprecate->domain, TYPE_WORKFLOW,
                                         undeprecate->workflow_type->name,
                                         undeprecate->workflow_type->version, out);
    default: /* OPERATION_DELETE_WORKFLOW_TYPE */
        return registry_delete_type(command, delete->domain, TYPE_WORKFLOW,
                                    delete->workflow_type->name, delete->workflow_type->version,
                                    out);
    }
}

static struct fault decide_activity_type(const struct registry_command *command,
                                         const struct request *request,
                                         struct registry_records *out)
{
    const struct deprecate_activity_type_input *deprecate = request->deprecate_activity_type;
    const struct undeprecate_activity_type_input *undeprecate = request->undeprecate_activity_type;
    const struct delete_activity_type_input *delete = request->delete_activity_type;

    switch ((int)request->operation) {
    case OPERATION_DEPRECATE_ACTIVITY_TYPE:
        return registry_deprecate_type(command, deprecate->domain, TYPE_ACTIVITY,
                                       deprecate->activity_type->name,
                                       deprecate->activity_type->version, out);
    case OPERATION_UNDEPRECATE_ACTIVITY_TYPE:
        return registry_undeprecate_type(command, undeprecate->domain, TYPE_ACTIVITY,
                                         undeprecate->activity_type->name,
                                         undeprecate->activity_type->version, out);
    default: /* OPERATION_DELETE_ACTIVITY_TYPE */
        return registry_delete_type(command, delete->domain, TYPE_ACTIVITY,
                                    delete->activity_type->name, delete->activity_type->version,
                                    out);
    }
}

static struct fault decide_registration(const struct registry_command *command,
                                        const struct request *request, struct registry_records *out)
{
    switch ((int)request->operation) {
    case OPERATION_REGISTER_DOMAIN:
        return registry_register_domain(command, request->register_domain, out);
    case OPERATION_REGISTER_WORKFLOW_TYPE:
        return registry_register_workflow_type(command, request->register_workflow_type, out);
    case OPERATION_REGISTER_ACTIVITY_TYPE:
        return registry_register_activity_type(command, request->register_activity_type, out);
    case OPERATION_DEPRECATE_DOMAIN:
        return registry_deprecate_domain(command, request->deprecate_domain, out);
    case OPERATION_UNDEPRECATE_DOMAIN:
        return registry_undeprecate_domain(command, request->undeprecate_domain, out);
    case OPERATION_DEPRECATE_WORKFLOW_TYPE:
    case OPERATION_UNDEPRECATE_WORKFLOW_TYPE:
    case OPERATION_DELETE_WORKFLOW_TYPE:
        return decide_workflow_type(command, request, out);
    default:
        return decide_activity_type(command, request, out);
    }
}

static void do_registration(struct engine_world *engine, struct ask *ask,
                            const struct request *request)
{
    struct registry_command command = {
        .registry = &engine->registry,
        .limits = &engine->session.options.limits,
        .account = SCENARIO_ACCOUNT,
        .region = BYTES("us-east-1"),
        .now = manual_world_now(&engine->session.world),
        .arena = &engine->arena,
    };
    struct registry_records records = { 0 };
    struct fault fault = decide_registration(&command, request, &records);

    apply_records(engine, ask, fault, &records);
}

/* ---- executions ---- */

static struct fault unknown_execution(struct engine_world *engine, struct bytes workflow_id,
                                      struct bytes run_id)
{
    struct bytes text;

    if (run_id.len)
        text = arena_printf(&engine->arena,
                            "Unknown execution: WorkflowExecution=[workflowId=%.*s, runId=%.*s]",
                            BYTES_FMT(workflow_id), BYTES_FMT(run_id));
    else
        text = arena_printf(&engine->arena, "Unknown execution, workflowId = %.*s",
                            BYTES_FMT(workflow_id));
    return fault_of(FAULT_UNKNOWN_RESOURCE, text);
}

static struct engine_run *need_open(struct engine_world *engine, struct ask *ask,
                                    struct bytes domain_name, struct bytes workflow_id,
                                    struct bytes run_id)
{
    const struct domain *domain = need_domain(engine, ask, domain_name);
    struct engine_run *run = domain ? engine_reach(engine, domain, workflow_id, run_id) : NULL;

    if (domain && run == NULL)
        refuse(ask, unknown_execution(engine, workflow_id, run_id));
    return run;
}

static void do_start(struct engine_world *engine, struct ask *ask, const struct request *request)
{
    const struct start_workflow_execution_input *input = request->start_workflow_execution;
    struct domain *domain = need_domain(engine, ask, input->domain);
    struct facts facts = { .limits = &engine->session.options.limits, .domain = domain };
    struct run_output output;
    struct event_list events;
    struct fault fault;
    bool already_open;

    if (domain == NULL)
        return;
    already_open = engine_reach(engine, domain, input->workflow_id, BYTES_ABSENT) != NULL;
    facts.open_executions = domain->open_executions + engine_awaited_children(engine, domain);
    event_list_init(&events, &engine->arena, 1, manual_world_now(&engine->session.world));
    fault = start_decide(input, &facts, already_open, &events);
    if (!fault_is_none(fault)) {
        refuse(ask, fault);
        return;
    }
    output.run_id = engine_start(engine, domain, input->workflow_id, &events)->run_id;
    answer(ask, &output);
}

static void do_signal(struct engine_world *engine, struct ask *ask, const struct request *request)
{
    const struct signal_workflow_execution_input *input = request->signal_workflow_execution;
    struct engine_run *run = need_open(engine, ask, input->domain, input->workflow_id,
                                       input->run_id);
    struct event_list events;

    if (run == NULL)
        return;
    engine_begin(engine, run, &events);
    signal_receive(run->execution, input, &events);
    engine_finish(engine, run, &events);
    answer(ask, NULL);
}

static void do_cancel(struct engine_world *engine, struct ask *ask, const struct request *request)
{
    const struct request_cancel_workflow_execution_input *input =
        request->request_cancel_workflow_execution;
    struct engine_run *run = need_open(engine, ask, input->domain, input->workflow_id,
                                       input->run_id);
    struct event_list events;

    if (run == NULL)
        return;
    engine_begin(engine, run, &events);
    signal_receive_cancel_request(run->execution, &events);
    engine_finish(engine, run, &events);
    answer(ask, NULL);
}

static void do_terminate(struct engine_world *engine, struct ask *ask,
                         const struct request *request)
{
    const struct terminate_workflow_execution_input *input = request->terminate_workflow_execution;
    struct engine_run *run = need_open(engine, ask, input->domain, input->workflow_id,
                                       input->run_id);
    struct event_list events;

    if (run == NULL)
        return;
    engine_begin(engine, run, &events);
    close_terminate(run->execution, input, &events);
    engine_finish(engine, run, &events);
    answer(ask, NULL);
}

/* The run, open or closed, unless its retention is over. */
static const struct engine_run *need_run(struct engine_world *engine, struct ask *ask,
                                         struct bytes domain_name,
                                         const struct workflow_execution *names)
{
    const struct domain *domain = need_domain(engine, ask, domain_name);
    const struct engine_run *run;

    if (domain == NULL)
        return NULL;
    run = engine_find_run(engine, domain, names->workflow_id, names->run_id);
    if (run == NULL)
        refuse(ask, unknown_execution(engine, names->workflow_id, names->run_id));
    return run;
}

static void do_history(struct engine_world *engine, struct ask *ask, const struct request *request)
{
    const struct get_workflow_execution_history_input *input =
        request->get_workflow_execution_history;
    const struct engine_run *run = need_run(engine, ask, input->domain, input->execution);
    struct history_output output = { 0 };

    if (run == NULL)
        return;
    output.events = engine_events(engine, run, 1, run->event_count, input->reverse_order);
    answer(ask, &output);
}

/* The runs of a domain that are open, or closed and not forgotten, in the order of their start. */
static void list_runs(struct engine_world *engine, struct ask *ask, struct bytes domain_name,
                      bool open)
{
    const struct domain *domain = need_domain(engine, ask, domain_name);
    struct workflow_execution_infos output = { 0 };
    struct text *text = &engine->scratch;

    if (domain == NULL)
        return;
    text_reset(text);
    text_append_char(text, '[');
    for (size_t i = 0; i < engine->run_count; i++) {
        const struct engine_run *run = &engine->runs[i];

        if (run->domain != domain || execution_is_open(run->execution) != open ||
            engine_is_forgotten(engine, run))
            continue;
        if (text->len > 1)
            text_append_char(text, ',');
        encode_shape(text, &shape_workflow_execution_info, engine_info(engine, run));
    }
    text_append_char(text, ']');
    output.execution_infos = arena_copy(&engine->arena, text_bytes(text));
    answer(ask, &output);
}

/* Only as the player asks: from the beginning of time, oldest first. */
static void do_list_open(struct engine_world *engine, struct ask *ask,
                         const struct request *request)
{
    list_runs(engine, ask, request->list_open_workflow_executions->domain, true);
}

static void do_list_closed(struct engine_world *engine, struct ask *ask,
                           const struct request *request)
{
    list_runs(engine, ask, request->list_closed_workflow_executions->domain, false);
}

static void do_describe(struct engine_world *engine, struct ask *ask, const struct request *request)
{
    const struct describe_workflow_execution_input *input = request->describe_workflow_execution;
    const struct engine_run *run = need_run(engine, ask, input->domain, input->execution);
    struct workflow_execution_open_counts counts;
    struct workflow_execution_detail detail = { .open_counts = &counts };

    if (run == NULL)
        return;
    counts = execution_open_counts(run->execution);
    detail.execution_info = engine_info(engine, run);
    detail.execution_configuration = engine_configuration(engine, run);
    detail.latest_activity_task_timestamp = run->execution->latest_activity_at;
    detail.latest_execution_context = engine_context(engine, run);
    answer(ask, &detail);
}

/* ---- tokens: plain text ---- */

static struct bytes task_token(struct engine_world *engine, const char *kind,
                               const struct engine_run *run, int64_t scheduled, int64_t started)
{
    return arena_printf(&engine->arena, "%s %" PRIu64 " %" PRId64 " %" PRId64, kind, run->number,
                        scheduled, started);
}

struct token {
    struct engine_run *run;
    int64_t scheduled, started;
};

/* The open run of a token; false after a refusal. */
static bool open_token(struct engine_world *engine, struct ask *ask, struct bytes text,
                       const char *kind, struct token *out)
{
    char word[16], copy[128];
    uint64_t number;

    snprintf(copy, sizeof(copy), "%.*s", BYTES_FMT(text));
    if (sscanf(copy, "%15s %" SCNu64 " %" SCNd64 " %" SCNd64, word, &number, &out->scheduled,
               &out->started) != 4 ||
        strcmp(word, kind) != 0) {
        refuse(ask, fault_of(FAULT_VALIDATION, BYTES("Invalid token")));
        return false;
    }
    out->run = &engine->runs[number - 1];
    engine_due(engine, out->run);
    if (execution_is_open(out->run->execution))
        return true;
    refuse(ask, unknown_execution(engine, out->run->workflow_id, out->run->run_id));
    return false;
}

/* ---- tasks ---- */

static void hand_out_decision(struct engine_world *engine, struct ask *ask, struct engine_run *run,
                              const struct poll_for_decision_task_input *input)
{
    const struct decision_tasks *decision = &run->execution->decision;
    struct decision_task_output output = { 0 };
    struct event_list events;
    int64_t first = 1;

    engine_begin(engine, run, &events);
    decision_task_start(run->execution, input->identity, &events);
    engine_finish(engine, run, &events);
    output.previous_started_event_id = decision->previous_started_event_id;
    output.started_event_id = events.items[0].id;
    if (input->start_at_previous_started_event && output.previous_started_event_id)
        first = output.previous_started_event_id;
    output.task_token = task_token(engine, "decision", run,
                                   events.items[0].decision_task_started->scheduled_event_id,
                                   output.started_event_id);
    output.workflow_execution = engine_names(engine, run);
    output.workflow_type = engine_type(engine, run);
    output.events = engine_events(engine, run, first, (size_t)output.started_event_id,
                                  input->reverse_order);
    answer(ask, &output);
}

static void hand_out_activity(struct engine_world *engine, struct ask *ask,
                              const struct engine_task *task,
                              const struct poll_for_activity_task_input *input)
{
    struct activity_task_output output = { 0 };
    struct event scheduled;
    struct event_list events;

    engine_begin(engine, task->run, &events);
    activity_start(task->activity, input->identity, &events);
    engine_finish(engine, task->run, &events);
    engine_read_event(engine, task->run, task->scheduled_event_id, &scheduled);
    output.started_event_id = events.items[0].id;
    output.task_token = task_token(engine, "activity", task->run, task->scheduled_event_id,
                                   output.started_event_id);
    output.activity_id = scheduled.activity_task_scheduled->activity_id;
    output.activity_type = scheduled.activity_task_scheduled->activity_type;
    output.input = scheduled.activity_task_scheduled->input;
    output.workflow_execution = engine_names(engine, task->run);
    answer(ask, &output);
}

/* Gives the poll the best task that its list has; false when there is none. */
static bool serve(struct engine_world *engine, struct engine_poll *poll)
{
    struct engine_task task;

    while (engine_find_task(engine, poll, &task)) {
        if (engine_due(engine, task.run))
            continue; /* what is due comes first, and the task may be gone with it */
        if (poll->kind == ENGINE_DECISION)
            hand_out_decision(engine, poll->ask, task.run, poll->request.poll_for_decision_task);
        else
            hand_out_activity(engine, poll->ask, &task, poll->request.poll_for_activity_task);
        return true;
    }
    return false;
}

static void remove_poll(struct engine_world *engine, size_t index)
{
    engine->poll_count--;
    memmove(&engine->polls[index], &engine->polls[index + 1],
            (engine->poll_count - index) * sizeof(engine->polls[0]));
}

/* Waiting polls in the order of their arrival. */
static bool match(struct engine_world *engine)
{
    for (size_t i = 0; i < engine->poll_count; i++) {
        if (!serve(engine, &engine->polls[i]))
            continue;
        remove_poll(engine, i);
        return true;
    }
    return false;
}

static void answer_empty(const struct engine_world *engine, struct ask *ask)
{
    struct bytes token = engine->session.options.empty_poll_token ? BYTES("") : BYTES_ABSENT;
    struct decision_task_output decision = { .task_token = token };
    struct activity_task_output activity = { .task_token = token };

    if (ask->operation == OPERATION_POLL_FOR_DECISION_TASK)
        answer(ask, &decision);
    else
        answer(ask, &activity);
}

static void end_polls(struct engine_world *engine)
{
    struct instant now = manual_world_now(&engine->session.world);

    while (engine->poll_count && !instant_before(now, engine->polls[0].end)) {
        answer_empty(engine, engine->polls[0].ask);
        remove_poll(engine, 0);
    }
}

static void match_all(struct engine_world *engine)
{
    while (match(engine))
        continue;
}

/* All that comes before the calls of a turn: what is due, what is owed, and who waits for a task
 * that this brings. True if there is more to do at once. */
static bool begin_turn(struct engine_world *engine)
{
    engine_do_due(engine);
    engine_deliver(engine);
    match_all(engine);
    end_polls(engine);
    return engine->message_count > engine->delivered || engine_is_due(engine);
}

static void settle(struct session *session)
{
    struct engine_world *engine = (struct engine_world *)session;

    if (session->held) {
        if (!engine->turn_begun)
            begin_turn(engine);
    } else {
        while (begin_turn(engine))
            continue;
    }
    engine->turn_begun = false;
}

static uint32_t count_polls(const struct engine_world *engine, const struct engine_poll *like)
{
    uint32_t count = 0;

    for (size_t i = 0; i < engine->poll_count; i++)
        count += engine_polls_share_list(&engine->polls[i], like);
    return count;
}

static void park(struct engine_world *engine, struct ask *ask, struct engine_poll *poll)
{
    const struct limits *limits = &engine->session.options.limits;

    if (limits->pollers_per_list && count_polls(engine, poll) >= limits->pollers_per_list) {
        refuse(ask,
               fault_of(FAULT_LIMIT_EXCEEDED,
                        BYTES("Limit on maximum concurrent poll requests per task list reached")));
        return;
    }
    if (engine->poll_count == ENGINE_POLLS_MAX) {
        engine->session.problem = "too many waiting polls for this backend";
        return;
    }
    poll->ask = ask;
    poll->end = instant_add(manual_world_now(&engine->session.world),
                            duration_of_s(limits->poll_seconds));
    engine->polls[engine->poll_count++] = *poll;
}

static void do_poll(struct engine_world *engine, struct ask *ask, const struct request *request)
{
    struct engine_poll poll = { .request = *request };
    struct bytes domain;

    if (request->operation == OPERATION_POLL_FOR_DECISION_TASK) {
        domain = request->poll_for_decision_task->domain;
        poll.kind = ENGINE_DECISION;
        poll.list = request->poll_for_decision_task->task_list->name;
    } else {
        domain = request->poll_for_activity_task->domain;
        poll.kind = ENGINE_ACTIVITY;
        poll.list = request->poll_for_activity_task->task_list->name;
    }
    poll.domain = need_domain(engine, ask, domain);
    if (poll.domain)
        park(engine, ask, &poll);
}

/* ---- the decider's and the workers' answers ---- */

static bool is_permitted(const void *caller, const struct decision *decision)
{
    const struct session *session = caller;

    return !session->denied[decision->decision_type];
}

static bool continues(const struct respond_decision_task_completed_input *input)
{
    size_t count = input->decisions.count;

    return count && input->decisions.items[count - 1].decision_type ==
                        DECISION_CONTINUE_AS_NEW_WORKFLOW_EXECUTION;
}

static void do_complete_decision(struct engine_world *engine, struct ask *ask,
                                 const struct request *request)
{
    const struct respond_decision_task_completed_input *input =
        request->respond_decision_task_completed;
    struct facts facts = {
        .limits = &engine->session.options.limits,
        .permits = is_permitted,
        .caller = &engine->session,
    };
    struct event_list events;
    struct token token;

    if (!open_token(engine, ask, input->task_token, "decision", &token))
        return;
    if (!decision_task_is_started(token.run->execution, token.scheduled, token.started)) {
        refuse(ask, fault_of(FAULT_UNKNOWN_RESOURCE,
                             arena_printf(&engine->arena,
                                          "Unknown decision task, scheduledEventId = %" PRId64,
                                          token.scheduled)));
        return;
    }
    facts.domain = token.run->domain;
    facts.open_executions = facts.domain->open_executions +
                            engine_awaited_children(engine, facts.domain);
    if (engine->session.rates_given)
        facts.rate_tokens = engine->session.rate_tokens;
    if (continues(input))
        facts.fresh_run_id = engine_fresh_run_id(engine);
    engine_begin(engine, token.run, &events);
    completion_decide(token.run->execution, input, &facts, &events);
    engine_finish(engine, token.run, &events);
    answer(ask, NULL);
}

/* The started activity of a worker's token; NULL after a refusal. */
static struct activity *need_activity(struct engine_world *engine, struct ask *ask,
                                      struct bytes text, struct token *token)
{
    struct activity *activity;
    struct fault fault;

    if (!open_token(engine, ask, text, "activity", token))
        return NULL;
    fault = activity_find_started(token->run->execution, token->scheduled, token->started,
                                  &engine->arena, &activity);
    if (fault_is_none(fault))
        return activity;
    refuse(ask, fault);
    return NULL;
}

static void do_heartbeat(struct engine_world *engine, struct ask *ask,
                         const struct request *request)
{
    const struct record_activity_task_heartbeat_input *input =
        request->record_activity_task_heartbeat;
    struct activity_task_status_output output;
    struct token token;
    struct activity *activity = need_activity(engine, ask, input->task_token, &token);

    if (activity == NULL)
        return;
    output.cancel_requested = activity->cancel_requested_event_id != 0;
    execution_heartbeat(token.run->execution, activity, manual_world_now(&engine->session.world),
                        input->details);
    answer(ask, &output);
}

static struct bytes worker_token(const struct request *request)
{
    if (request->operation == OPERATION_RESPOND_ACTIVITY_TASK_COMPLETED)
        return request->respond_activity_task_completed->task_token;
    if (request->operation == OPERATION_RESPOND_ACTIVITY_TASK_FAILED)
        return request->respond_activity_task_failed->task_token;
    return request->respond_activity_task_canceled->task_token;
}

static void decide_activity_end(const struct execution *execution, const struct activity *activity,
                                const struct request *request, struct event_list *out)
{
    const struct respond_activity_task_failed_input *failed = request->respond_activity_task_failed;

    if (request->operation == OPERATION_RESPOND_ACTIVITY_TASK_COMPLETED)
        activity_complete(execution, activity, request->respond_activity_task_completed->result,
                          out);
    else if (request->operation == OPERATION_RESPOND_ACTIVITY_TASK_FAILED)
        activity_fail(execution, activity, failed->reason, failed->details, out);
    else
        activity_cancel(execution, activity, request->respond_activity_task_canceled->details, out);
}

static void do_end_activity(struct engine_world *engine, struct ask *ask,
                            const struct request *request)
{
    struct event_list events;
    struct token token;
    const struct activity *activity = need_activity(engine, ask, worker_token(request), &token);

    if (activity == NULL)
        return;
    engine_begin(engine, token.run, &events);
    decide_activity_end(token.run->execution, activity, request, &events);
    engine_finish(engine, token.run, &events);
    answer(ask, NULL);
}

/* ---- the backend ---- */

typedef void do_fn(struct engine_world *engine, struct ask *ask, const struct request *request);

static do_fn *const doers[OPERATION_COUNT] = {
    [OPERATION_REGISTER_DOMAIN] = do_registration,
    [OPERATION_REGISTER_WORKFLOW_TYPE] = do_registration,
    [OPERATION_REGISTER_ACTIVITY_TYPE] = do_registration,
    [OPERATION_DEPRECATE_DOMAIN] = do_registration,
    [OPERATION_DEPRECATE_WORKFLOW_TYPE] = do_registration,
    [OPERATION_DEPRECATE_ACTIVITY_TYPE] = do_registration,
    [OPERATION_UNDEPRECATE_DOMAIN] = do_registration,
    [OPERATION_UNDEPRECATE_WORKFLOW_TYPE] = do_registration,
    [OPERATION_UNDEPRECATE_ACTIVITY_TYPE] = do_registration,
    [OPERATION_DELETE_WORKFLOW_TYPE] = do_registration,
    [OPERATION_DELETE_ACTIVITY_TYPE] = do_registration,
    [OPERATION_START_WORKFLOW_EXECUTION] = do_start,
    [OPERATION_SIGNAL_WORKFLOW_EXECUTION] = do_signal,
    [OPERATION_REQUEST_CANCEL_WORKFLOW_EXECUTION] = do_cancel,
    [OPERATION_TERMINATE_WORKFLOW_EXECUTION] = do_terminate,
    [OPERATION_DESCRIBE_WORKFLOW_EXECUTION] = do_describe,
    [OPERATION_GET_WORKFLOW_EXECUTION_HISTORY] = do_history,
    [OPERATION_LIST_OPEN_WORKFLOW_EXECUTIONS] = do_list_open,
    [OPERATION_LIST_CLOSED_WORKFLOW_EXECUTIONS] = do_list_closed,
    [OPERATION_POLL_FOR_DECISION_TASK] = do_poll,
    [OPERATION_POLL_FOR_ACTIVITY_TASK] = do_poll,
    [OPERATION_RESPOND_DECISION_TASK_COMPLETED] = do_complete_decision,
    [OPERATION_RECORD_ACTIVITY_TASK_HEARTBEAT] = do_heartbeat,
    [OPERATION_RESPOND_ACTIVITY_TASK_COMPLETED] = do_end_activity,
    [OPERATION_RESPOND_ACTIVITY_TASK_FAILED] = do_end_activity,
    [OPERATION_RESPOND_ACTIVITY_TASK_CANCELED] = do_end_activity,
};

static void do_call(struct engine_world *engine, struct ask *ask)
{
    struct session *session = &engine->session;
    struct request request;
    struct fault fault = decode_request(engine->json, ask->operation, ask->body, &engine->arena,
                                        &request);

    if (fault_is_none(fault))
        fault = check_rules(&request, &engine->session.options.limits, &engine->arena);
    if (!fault_is_none(fault))
        refuse(ask, fault);
    else if (doers[ask->operation])
        doers[ask->operation](engine, ask, &request);
    else
        session->problem =
            "the engine alone has no such operation: the script must say `not engine`";
    match_all(engine);
}

static void submit(struct session *session, struct ask *ask)
{
    struct engine_world *engine = (struct engine_world *)session;

    if (!engine->turn_begun)
        begin_turn(engine);
    engine->turn_begun = true;
    do_call(engine, ask);
    if (!session->gathering)
        settle(session);
}

static void hang_up(struct session *session, struct ask *ask)
{
    struct engine_world *engine = (struct engine_world *)session;

    for (size_t i = 0; i < engine->poll_count; i++) {
        if (engine->polls[i].ask == ask) {
            remove_poll(engine, i);
            break;
        }
    }
    settle(session);
}

static struct session *open_session(const struct options *options)
{
    struct engine_world *engine = engine_world_new(options);

    engine->session.backend = &backend_engine;
    return &engine->session;
}

static void close_session(struct session *session)
{
    engine_world_free((struct engine_world *)session);
}

static const struct execution *peek(struct session *session, struct bytes run_id)
{
    const struct engine_world *engine = (const struct engine_world *)session;

    for (size_t i = 0; i < engine->run_count; i++) {
        if (bytes_equal(engine->runs[i].run_id, run_id))
            return engine->runs[i].execution;
    }
    return NULL;
}

const struct backend backend_engine = {
    .name = "engine",
    .can_deny = true,
    .can_gather = true,
    .open = open_session,
    .close = close_session,
    .submit = submit,
    .settle = settle,
    .hang_up = hang_up,
    .peek = peek,
};
