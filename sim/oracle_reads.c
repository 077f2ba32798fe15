/*
 * What the calls that only look are shown.
 */
#include "oracle_inner.h"

#define PAGE_SIZE_MAX 1000

bool reply_is(struct oracle *oracle, const struct seen_call *call, const void *output)
{
    text_reset(&oracle->text);
    encode_reply(&oracle->text, call->request->operation, output);
    return bytes_equal(text_bytes(&oracle->text), call->reply);
}

/* ---- Describe */

const struct workflow_execution_info *info_of(struct arena *arena, const struct oracle_run *run)
{
    struct workflow_execution_info *info = arena_new(arena, struct workflow_execution_info);

    *info = (struct workflow_execution_info){
        .execution = names_of(arena, run),
        .workflow_type = run->says->workflow_type,
        .start_timestamp = run->started_at,
        .close_timestamp = run->closed_at,
        .execution_status = run->is_open ? EXECUTION_STATUS_OPEN : EXECUTION_STATUS_CLOSED,
        .close_status = run->close_status,
        .parent = run->says->parent_workflow_execution,
        .tag_list = run->says->tag_list,
        .cancel_requested = run->is_open && run->cancel_requested,
    };
    return info;
}

static const struct workflow_execution_detail *detail_of(struct arena *arena,
                                                         const struct oracle_run *run)
{
    struct workflow_execution_detail *detail = arena_new(arena, struct workflow_execution_detail);
    struct workflow_execution_configuration *configuration = arena_new(
        arena, struct workflow_execution_configuration);

    *configuration = (struct workflow_execution_configuration){
        run->says->task_start_to_close_timeout,
        run->says->execution_start_to_close_timeout,
        run->says->task_list,
        run->says->task_priority,
        run->says->child_policy,
        run->says->lambda_role,
    };
    *detail = (struct workflow_execution_detail){ info_of(arena, run), configuration,
                                                  open_counts(run, arena), run->latest_activity,
                                                  run->context };
    return detail;
}

/* ---- finding the run that a call names */

static struct oracle_run *need_run(struct oracle *oracle, struct bytes domain_name,
                                   const struct workflow_execution *names, struct outcome *out)
{
    struct oracle_domain *domain = domain_find(oracle, domain_name);
    struct oracle_run *run;

    if (domain == NULL) {
        out->fault = unknown_domain(oracle, domain_name);
        return NULL;
    }
    run = run_find_names(oracle, domain, names->workflow_id, names->run_id);
    if (run && !run_is_gone(oracle, run))
        return run;
    out->fault = fault_of(
        FAULT_UNKNOWN_RESOURCE,
        arena_printf(&oracle->scratch,
                     "Unknown execution: WorkflowExecution=[workflowId=%.*s, runId=%.*s]",
                     BYTES_FMT(names->workflow_id), BYTES_FMT(names->run_id)));
    return NULL;
}

/* ---- pages of events */

struct page {
    struct oracle_run *run;
    int64_t next, last; /* ids, in the direction of reading */
    int32_t size;
    bool reverse;
};

static const char *write_page(struct oracle *oracle, const struct page *page, struct bytes *events,
                              int64_t *next)
{
    int64_t step = page->reverse ? -1 : 1, id = page->next;
    int32_t left = page->size ? page->size : PAGE_SIZE_MAX;
    struct bytes *texts = arena_array(&oracle->scratch, struct bytes, (size_t)left);
    size_t count = 0;

    while (left-- > 0 && (page->reverse ? id >= page->last : id <= page->last)) {
        texts[count++] = page->run->texts[id - 1];
        id += step;
    }
    *events = encode_array(texts, count, &oracle->scratch);
    *next = (page->reverse ? id >= page->last : id <= page->last) ? id : 0;
    return NULL;
}

static void hand_page(struct oracle *oracle, const struct seen_call *call, struct oracle_run *run,
                      int64_t next)
{
    struct handed *after = page_new(oracle, call);

    after->run = run;
    after->next_id = next;
    handed_add(oracle, after);
}

static bool history_is_right(struct oracle *oracle, struct seen_call *call,
                             const struct handed *before)
{
    const struct get_workflow_execution_history_input *input =
        call->request->get_workflow_execution_history;
    struct oracle_run *run = run_find_names(oracle, domain_find(oracle, input->domain),
                                            input->execution->workflow_id,
                                            input->execution->run_id);
    struct bytes token = reply_text(oracle, call->reply, "nextPageToken");
    struct page page = { run, 1, (int64_t)run->count, input->maximum_page_size,
                         input->reverse_order };
    struct history_output *output = arena_new(&oracle->scratch, struct history_output);
    int64_t next;

    if (page.reverse) {
        page.next = (int64_t)run->count;
        page.last = 1;
    }
    if (before) /* what was added since is shown, too */
        page.next = before->next_id;
    write_page(oracle, &page, &output->events, &next);
    output->next_page_token = next ? bytes_or(token, BYTES("missing")) : BYTES_ABSENT;
    if (!reply_is(oracle, call, output))
        return false;
    if (next)
        hand_page(oracle, call, run, next);
    return true;
}

/* ---- decision tasks and their further pages */

/* The page after this one, of the task that is given. */
static void hand_task_page(struct oracle *oracle, const struct seen_call *call,
                           const struct handed *task)
{
    struct handed *after = page_new(oracle, call);

    after->run = task->run;
    after->scheduled_id = task->scheduled_id;
    after->started_id = task->started_id;
    after->next_id = task->next_id;
    after->previous_started_id = task->previous_started_id;
    handed_add(oracle, after);
}

static bool decision_is_right(struct oracle *oracle, struct seen_call *call, struct oracle_run *run,
                              int64_t scheduled_id, int64_t started_id, int64_t previous_id,
                              const struct handed *before)
{
    const struct poll_for_decision_task_input *input = call->request->poll_for_decision_task;
    int64_t first = input->start_at_previous_started_event && previous_id ? previous_id : 1, next;
    struct page page = { run, first, started_id, input->maximum_page_size, input->reverse_order };
    struct decision_task_output *output = arena_new(&oracle->scratch, struct decision_task_output);
    struct bytes page_token = reply_text(oracle, call->reply, "nextPageToken");

    if (page.reverse) {
        page.next = started_id;
        page.last = first;
    }
    if (before)
        page.next = before->next_id;
    output->task_token = bytes_or(reply_text(oracle, call->reply, "taskToken"), BYTES("missing"));
    output->started_event_id = started_id;
    output->previous_started_event_id = previous_id;
    output->workflow_execution = names_of(&oracle->scratch, run);
    output->workflow_type = run->says->workflow_type;
    write_page(oracle, &page, &output->events, &next);
    output->next_page_token = next ? bytes_or(page_token, BYTES("missing")) : BYTES_ABSENT;
    if (!reply_is(oracle, call, output))
        return false;
    handed_add(oracle, &(struct handed){ .kind = HANDED_DECISION,
                                         .text = output->task_token,
                                         .run = run,
                                         .scheduled_id = scheduled_id,
                                         .started_id = started_id });
    if (next)
        hand_task_page(oracle, call,
                       &(struct handed){ .run = run,
                                         .scheduled_id = scheduled_id,
                                         .started_id = started_id,
                                         .next_id = next,
                                         .previous_started_id = previous_id });
    return true;
}

static bool activity_is_right(struct oracle *oracle, struct oracle_waiter *waiter)
{
    const struct event *event = &waiter->given->events[waiter->scheduled_id - 1];
    const struct activity_task_scheduled_event *says = event->activity_task_scheduled;
    struct activity_task_output *output = arena_new(&oracle->scratch, struct activity_task_output);

    output->task_token = bytes_or(reply_text(oracle, waiter->call->reply, "taskToken"),
                                  BYTES("missing"));
    output->activity_id = says->activity_id;
    output->started_event_id = waiter->started_id;
    output->workflow_execution = names_of(&oracle->scratch, waiter->given);
    output->activity_type = says->activity_type;
    output->input = says->input;
    if (!reply_is(oracle, waiter->call, output))
        return false;
    handed_add(oracle, &(struct handed){ .kind = HANDED_ACTIVITY,
                                         .text = output->task_token,
                                         .run = waiter->given,
                                         .scheduled_id = waiter->scheduled_id,
                                         .started_id = waiter->started_id });
    return true;
}

static bool is_empty_answer(struct oracle *oracle, const struct oracle_waiter *waiter)
{
    static const struct decision_task_output no_decision;
    static const struct activity_task_output no_activity;

    return reply_is(oracle, waiter->call,
                    waiter->for_decisions ? (const void *)&no_decision : &no_activity);
}

/* Of an answer that is not looked at otherwise. */
static void keep_tokens(struct oracle *oracle, const struct oracle_waiter *waiter)
{
    handed_add(oracle,
               &(struct handed){ .kind = waiter->for_decisions ? HANDED_DECISION : HANDED_ACTIVITY,
                                 .text = reply_text(oracle, waiter->call->reply, "taskToken"),
                                 .run = waiter->given,
                                 .scheduled_id = waiter->scheduled_id,
                                 .started_id = waiter->started_id });
    hand_task_page(oracle, waiter->call, &(struct handed){ .run = waiter->given });
}

bool poll_answer_check(struct oracle *oracle, struct oracle_waiter *waiter)
{
    const struct oracle_run *run = waiter->given;

    if (run == NULL)
        return is_empty_answer(oracle, waiter);
    if (run_is_gone(oracle, run)) { /* closed in the same turn, and not kept */
        keep_tokens(oracle, waiter);
        return true;
    }
    if (!waiter->for_decisions)
        return activity_is_right(oracle, waiter);
    return decision_is_right(oracle, waiter->call, waiter->given, waiter->scheduled_id,
                             waiter->started_id, waiter->previous_started_id, NULL);
}

/* ---- pages that a token asks for */

/* Is there such a domain, and is the token one of this list? A fault if not. */
static bool takes_page(struct oracle *oracle, struct seen_call *call, struct bytes token,
                       struct bytes domain, const struct handed **handed, struct outcome *out)
{
    if (domain_find(oracle, domain) == NULL)
        out->fault = unknown_domain(oracle, domain);
    else
        out->fault = page_fault(oracle, call, token, handed);
    return fault_is_none(out->fault);
}

static void expect_page(struct oracle *oracle, struct seen_call *call, struct bytes token,
                        struct bytes domain, struct outcome *out)
{
    const struct handed *handed;

    if (!takes_page(oracle, call, token, domain, &handed, out))
        return;
    if (run_is_gone(oracle, handed->run))
        out->fault = fault_of(FAULT_UNKNOWN_RESOURCE, BYTES_ABSENT);
    else
        out->is_read_later = true;
}

static uint64_t hash_of_names(const struct oracle *oracle, struct bytes domain,
                              const struct workflow_execution *names)
{
    uint64_t hash = hash_combine(oracle->account, hash_bytes(domain));

    hash = hash_combine(hash, hash_bytes(names->workflow_id));
    return hash_combine(hash, hash_bytes(names->run_id)) | 1;
}

static void expect_history(struct oracle *oracle, struct seen_call *call, struct outcome *out)
{
    const struct get_workflow_execution_history_input *input =
        call->request->get_workflow_execution_history;
    struct bucket_key key = { .operation = call->request->operation };
    const struct handed *page;

    if (input->next_page_token.len &&
        !takes_page(oracle, call, input->next_page_token, input->domain, &page, out))
        return;
    out->is_read_later = true;
    (void)need_run(oracle, input->domain, input->execution, out);
    key.names = hash_of_names(oracle, input->domain, input->execution);
    if (domain_find(oracle, input->domain)) /* whether there is such a run is seen later */
        bucket_lets_call(oracle, &key, out);
}

/* ---- all of them */

bool reads_expect(struct oracle *oracle, struct seen_call *call, struct outcome *out)
{
    const struct request *request = call->request;
    const struct oracle_run *run;

    switch (request->operation) {
    case OPERATION_DESCRIBE_WORKFLOW_EXECUTION:
        run = need_run(oracle, request->describe_workflow_execution->domain,
                       request->describe_workflow_execution->execution, out);
        if (run)
            out->output = detail_of(&oracle->scratch, run);
        return true;
    case OPERATION_GET_WORKFLOW_EXECUTION_HISTORY:
        expect_history(oracle, call, out);
        return true;
    case OPERATION_POLL_FOR_DECISION_TASK:
        expect_page(oracle, call, request->poll_for_decision_task->next_page_token,
                    request->poll_for_decision_task->domain, out);
        return true;
    default:
        return false;
    }
}

bool read_later(struct oracle *oracle, struct seen_call *call)
{
    const struct request *request = call->request;
    const struct handed *handed = NULL;

    if (request->operation == OPERATION_POLL_FOR_DECISION_TASK) {
        handed = handed_find(oracle, request->poll_for_decision_task->next_page_token);
        return decision_is_right(oracle, call, handed->run, handed->scheduled_id,
                                 handed->started_id, handed->previous_started_id, handed);
    }
    if (request->operation == OPERATION_GET_WORKFLOW_EXECUTION_HISTORY) {
        if (request->get_workflow_execution_history->next_page_token.len)
            handed = handed_find(oracle, request->get_workflow_execution_history->next_page_token);
        return history_is_right(oracle, call, handed);
    }
    return visibility_is_right(oracle, call);
}
