/*
 * Executions from outside: start, signal, cancel, terminate, describe, history.
 */
#include "base/base64.h"
#include "base/hash.h"
#include "base/log.h"
#include "engine/close.h"
#include "engine/signal.h"
#include "engine/start.h"
#include "service/calls.h"
#include "service/describe.h"
#include "service/history_page.h"
#include "service/inner.h"
#include "wire/copy.h"
#include "wire/decode.h"

/* ---- finding runs ---- */

struct fault unknown_run(struct arena *arena, struct bytes workflow_id, struct bytes run_id)
{
    if (run_id.len)
        return fault_of(FAULT_UNKNOWN_RESOURCE,
                        arena_concat(arena,
                                     BYTES("Unknown execution: WorkflowExecution=[workflowId="),
                                     workflow_id, BYTES(", runId="), run_id, BYTES("]")));
    return fault_of(FAULT_UNKNOWN_RESOURCE,
                    arena_concat(arena, BYTES("Unknown execution, workflowId = "), workflow_id));
}

/* The open run of that workflow, after what is due in it was done; *out is NULL when it is not open
 * (any more). false after a fault was answered: it cannot be read. */
static bool find_open(struct service *service, struct call *call, const struct domain *domain,
                      struct bytes workflow_id, struct run **out)
{
    enum err err = awake_find(service, domain->number, workflow_id, out);

    if (err && err != ERR_NOT_FOUND) {
        service_answer_fault(service, call, fault_of(FAULT_INTERNAL_FAILURE, BYTES_ABSENT));
        return false;
    }
    if (*out)
        step_due(service, *out);
    if (*out && !execution_is_open((*out)->execution))
        *out = NULL;
    return true;
}

/* The open run that a call names, by its workflow id and, if given, its run id; NULL after a fault
 * was answered. */
static struct run *need_open(struct service *service, struct call *call, struct bytes domain_name,
                             struct bytes workflow_id, struct bytes run_id)
{
    const struct domain *domain = service_need_domain(service, call, domain_name);
    struct run *run;

    if (domain == NULL || !find_open(service, call, domain, workflow_id, &run))
        return NULL;
    if (run == NULL && set_aside_may_be(&service->set_aside, domain->number, workflow_id, run_id)) {
        service_answer_damaged(service, call);
        return NULL;
    }
    if (run && run_id.len && !bytes_equal(run->run_id, run_id))
        run = NULL;
    if (run == NULL)
        service_answer_fault(service, call, unknown_run(&call->arena, workflow_id, run_id));
    return run;
}

/* ---- StartWorkflowExecution ---- */

#define RUN_ID_BYTES 32

/* "22", and 32 random bytes in base64: 46 characters, like the service's own. A name, never a key.
 */
struct bytes service_fresh_run_id(struct service *service)
{
    const struct world *world = service->config.world;
    char *text = arena_alloc_text(&service->turn.arena, 2 + BASE64_LEN(RUN_ID_BYTES));
    uint8_t random[RUN_ID_BYTES];

    world->entropy(world->context, random, sizeof(random));
    memcpy(text, "22", 2);
    base64_encode(bytes_of((const char *)random, sizeof(random)), text + 2);
    return bytes_of(text, 2 + BASE64_LEN(RUN_ID_BYTES));
}

static void start_run(struct service *service, struct call *call, struct domain *domain,
                      const struct event_list *events)
{
    struct run_key key = { call->account, domain->number, service->next_run++ };
    struct run *run = run_new(key, domain, call->request.start_workflow_execution->workflow_id,
                              service_fresh_run_id(service));
    struct run_output output = { .run_id = run->run_id };

    step_start(service, run, events);
    service_answer_copy(service, call, &output);
}

/* A start that would not happen anyway is told the reason that stays, however full the device is:
 * whoever asks again after a lost answer learns that the workflow is open. */
void call_start_workflow_execution(struct service *service, struct call *call)
{
    const struct start_workflow_execution_input *input = call->request.start_workflow_execution;
    struct domain *domain = service_need_domain(service, call, input->domain);
    struct facts facts = { .limits = &service->config.limits, .domain = domain };
    struct event_list events;
    struct fault fault;
    struct run *open;

    if (domain == NULL)
        return;
    if (!find_open(service, call, domain, input->workflow_id, &open))
        return;
    if (open == NULL &&
        set_aside_may_be(&service->set_aside, domain->number, input->workflow_id, BYTES_ABSENT)) {
        service_answer_damaged(service, call);
        return;
    }
    facts.open_executions = domain_places_taken(domain);
    event_list_init(&events, &service->turn.arena, 1, service->now);
    fault = start_decide(input, &facts, open != NULL, &events);
    if (fault_is_none(fault) && service->space.is_short)
        fault = fault_of(FAULT_SERVICE_UNAVAILABLE, BYTES_ABSENT);
    if (fault_is_none(fault))
        start_run(service, call, domain, &events);
    else
        service_answer_fault(service, call, fault);
}

/* ---- SignalWorkflowExecution, RequestCancelWorkflowExecution, TerminateWorkflowExecution ---- */

void call_signal_workflow_execution(struct service *service, struct call *call)
{
    const struct signal_workflow_execution_input *input = call->request.signal_workflow_execution;
    struct run *run = need_open(service, call, input->domain, input->workflow_id, input->run_id);
    struct step step;

    if (run == NULL || !service_take_run_token(service, call, run->key.run))
        return;
    step_begin(service, run, &step);
    signal_receive(run->execution, input, &step.events);
    step_finish(service, &step);
    service_answer(service, call);
}

void call_request_cancel_workflow_execution(struct service *service, struct call *call)
{
    const struct request_cancel_workflow_execution_input *input =
        call->request.request_cancel_workflow_execution;
    struct run *run = need_open(service, call, input->domain, input->workflow_id, input->run_id);
    struct step step;

    if (run == NULL || !service_take_run_token(service, call, run->key.run))
        return;
    step_begin(service, run, &step);
    signal_receive_cancel_request(run->execution, &step.events);
    step_finish(service, &step);
    service_answer(service, call);
}

void call_terminate_workflow_execution(struct service *service, struct call *call)
{
    const struct terminate_workflow_execution_input *input =
        call->request.terminate_workflow_execution;
    struct run *run = need_open(service, call, input->domain, input->workflow_id, input->run_id);
    struct step step;

    if (run == NULL)
        return;
    step_begin(service, run, &step);
    close_terminate(run->execution, input, &step.events);
    step_finish(service, &step);
    service_answer(service, call);
}

/* ---- reads ---- */

/* A run that a read is about; closed runs are looked up by the reader. */
struct named_run {
    struct run_key key; /* run 0: not known yet */
    struct bytes workflow_id, run_id;
    int64_t last_event_id; /* of an open run; 0: closed, the store knows it */
    bool may_be_damaged;   /* if it is not closed: an open run without names was set aside */
};

static void fail_read(struct call *call, enum err err, const struct named_run *run)
{
    if (err == ERR_NOT_FOUND && !run->may_be_damaged) {
        call->fault = unknown_run(&call->arena, run->workflow_id, run->run_id);
        return;
    }
    log_error_paced("a read failed", LOG_CSTR("reason", err_text(err)),
                    LOG_CSTR("operation", operation_names[call->request.operation]));
    call->fault = fault_of(FAULT_INTERNAL_FAILURE, BYTES_ABSENT);
}

static enum err find_closed(struct reader *reader, struct named_run *run, struct instant now)
{
    if (run->key.run)
        return OK;
    return store_find_closed(reader->store, run->key.account, run->key.domain, run->workflow_id,
                             run->run_id, now, &run->key);
}

/* What the caller named, with its key when it is open: *open is it then, awake. false after a fault
 * was answered. */
static bool name_run(struct service *service, struct call *call, const struct domain *domain,
                     const struct workflow_execution *execution, struct named_run *out,
                     const struct run **open)
{
    struct run *run;

    *out = (struct named_run){
        .key = { .account = call->account, .domain = domain->number },
        .workflow_id = execution->workflow_id,
        .run_id = execution->run_id,
    };
    if (!find_open(service, call, domain, execution->workflow_id, &run))
        return false;
    *open = run && bytes_equal(run->run_id, execution->run_id) ? run : NULL;
    if (*open) {
        out->key = run->key;
        out->last_event_id = run->execution->next_event_id - 1;
    }
    out->may_be_damaged = run == NULL &&
                          set_aside_may_be(&service->set_aside, domain->number,
                                           execution->workflow_id, execution->run_id);
    return true;
}

/* ---- DescribeWorkflowExecution ---- */

struct describe_job {
    struct read_job job;
    struct named_run run;
    struct workflow_execution_detail *detail; /* of an open run; NULL: read it */
    int64_t context_event_id;                 /* 0: none */
};

static enum err read_context(struct reader *reader, struct describe_job *describe)
{
    struct history_query query = { .key = describe->run.key,
                                   .from = describe->context_event_id,
                                   .to = describe->context_event_id,
                                   .events_max = 1,
                                   .bytes_max = SIZE_MAX,
                                   .committed = describe->context_event_id };
    struct arena *arena = &describe->job.call->arena;
    struct history_page page;
    struct event event;
    enum err err = store_read_history(reader->store, &query, arena, &page);

    if (err)
        return err;
    if (!decode_events(reader->json, page.events, 1, arena, &event) ||
        event.type != EVENT_DECISION_TASK_COMPLETED)
        return ERR_CORRUPT;
    describe->detail->latest_execution_context = event.decision_task_completed->execution_context;
    return OK;
}

static enum err read_closed_detail(struct reader *reader, struct describe_job *describe)
{
    struct arena *arena = &describe->job.call->arena;
    struct run_closing closing;
    enum err err = find_closed(reader, &describe->run, describe->job.now);

    if (err == OK)
        err = store_read_closing(reader->store, describe->run.key, describe->job.now, arena,
                                 &closing);
    if (err)
        return err;
    describe->detail = arena_new(arena, struct workflow_execution_detail);
    describe->context_event_id = closing.context_event_id;
    return decode_shape(reader->json, &shape_workflow_execution_detail, closing.detail_json, arena,
                        describe->detail)
               ? OK
               : ERR_CORRUPT;
}

static void read_detail(struct reader *reader, struct read_job *job)
{
    struct describe_job *describe = (struct describe_job *)job;
    enum err err = describe->detail ? OK : read_closed_detail(reader, describe);

    if (err == OK && describe->context_event_id)
        err = read_context(reader, describe);
    if (err)
        fail_read(job->call, err, &describe->run);
    else
        job->call->output = describe->detail;
}

void call_describe_workflow_execution(struct service *service, struct call *call)
{
    const struct describe_workflow_execution_input *input =
        call->request.describe_workflow_execution;
    const struct domain *domain = service_need_domain(service, call, input->domain);
    struct describe_job *job;
    const struct run *run;

    if (domain == NULL)
        return;
    job = arena_new(&call->arena, struct describe_job);
    if (!name_run(service, call, domain, input->execution, &job->run, &run))
        return;
    if (run) {
        const void *detail = copy_shape(&shape_workflow_execution_detail,
                                        describe_detail(run, &service->turn.arena), &call->arena);

        job->detail = (struct workflow_execution_detail *)(uintptr_t)detail;
        job->context_event_id = run->execution->context_event_id;
    }
    service_answer_by_reading(service, call, &job->job, read_detail);
}

/* ---- GetWorkflowExecutionHistory ---- */

struct history_job {
    struct read_job job;
    struct named_run run;
    struct history_range range;
};

/* In a page token: the run, the next event. The range's other end needs no keeping: backwards it is
 * the first event, forwards whatever is there when the page is read. */
enum { PAGE_RUN, PAGE_NEXT };

static void read_history(struct reader *reader, struct read_job *job)
{
    struct history_job *history = (struct history_job *)job;
    struct call *call = job->call;
    const struct get_workflow_execution_history_input *input =
        call->request.get_workflow_execution_history;
    struct history_output *output = arena_new(&call->arena, struct history_output);
    struct history_text text;
    enum err err = find_closed(reader, &history->run, job->now);

    history->range.key = history->run.key;
    if (err == OK)
        err = history_page_read(reader, &history->range, input->maximum_page_size, &call->arena,
                                &text);
    if (err) {
        fail_read(call, err, &history->run);
        return;
    }
    output->events = text.events;
    if (text.next) {
        struct page_position next = {
            .numbers = { [PAGE_RUN] = history->run.key.run, [PAGE_NEXT] = (uint64_t)text.next }
        };

        output->next_page_token = token_seal_page(reader->sealer, call->account, &call->request,
                                                  job->now, &next, &call->arena);
    }
    call->output = output;
}

/* Where the page begins: at an end of the history, or where the token says; false after a fault was
 * answered. */
static bool begin_history(struct service *service, struct call *call, struct history_range *range)
{
    const struct get_workflow_execution_history_input *input =
        call->request.get_workflow_execution_history;
    struct page_position position;

    range->reverse = input->reverse_order;
    range->from = input->reverse_order ? INT64_MAX : 1;
    range->to = input->reverse_order ? 1 : INT64_MAX;
    if (!service_open_page(service, call, input->next_page_token, &position))
        return false;
    if (input->next_page_token.len)
        range->from = (int64_t)position.numbers[PAGE_NEXT];
    return true;
}

/* Whose bucket it is: only the reader finds out which run that was, when it is closed, and the
 * bucket is to be the same before and after the close. */
static uint64_t hash_of_names(const struct named_run *run)
{
    uint64_t hash = hash_combine(hash_u64(run->key.account), run->key.domain);

    hash = hash_combine(hash, hash_bytes(run->workflow_id));
    return hash_combine(hash, hash_bytes(run->run_id));
}

void call_get_workflow_execution_history(struct service *service, struct call *call)
{
    const struct get_workflow_execution_history_input *input =
        call->request.get_workflow_execution_history;
    const struct domain *domain = service_need_domain(service, call, input->domain);
    struct history_job *job = arena_new(&call->arena, struct history_job);
    const struct run *run;

    if (domain == NULL || !begin_history(service, call, &job->range))
        return;
    if (!name_run(service, call, domain, input->execution, &job->run, &run))
        return;
    job->range.committed = job->run.last_event_id;
    if (!service_take_run_token(service, call, hash_of_names(&job->run)))
        return;
    job->job.is_long = history_page_is_long(&job->range, input->maximum_page_size);
    service_answer_by_reading(service, call, &job->job, read_history);
}
