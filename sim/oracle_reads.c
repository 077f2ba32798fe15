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

static const struct workflow_execution_info *info_of(struct arena *arena,
                                                     const struct oracle_run *run)
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

static const struct request *keep_request(struct oracle *oracle, const struct request *request)
{
    struct request *kept = arena_new(&oracle->arena, struct request);

    *kept = *request;
    return kept;
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
        handed_add(oracle, &(struct handed){ .kind = HANDED_PAGE,
                                             .text = token,
                                             .run = run,
                                             .request = keep_request(oracle, call->request),
                                             .next_id = next,
                                             .issued = oracle->now });
    return true;
}

/* ---- decision tasks and their further pages */

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
        handed_add(oracle, &(struct handed){ .kind = HANDED_PAGE,
                                             .text = page_token,
                                             .run = run,
                                             .scheduled_id = scheduled_id,
                                             .started_id = started_id,
                                             .request = keep_request(oracle, call->request),
                                             .next_id = next,
                                             .previous_started_id = previous_id,
                                             .issued = oracle->now });
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
    handed_add(oracle,
               &(struct handed){ .kind = HANDED_PAGE,
                                 .text = reply_text(oracle, waiter->call->reply, "nextPageToken"),
                                 .run = waiter->given,
                                 .request = keep_request(oracle, waiter->call->request),
                                 .issued = oracle->now });
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

/* ---- lists and counts */

struct selection {
    struct oracle_domain *domain;
    bool open, by_close;
    const struct execution_time_filter *time;
    const struct workflow_execution_filter *execution;
    const struct workflow_type_filter *type;
    const struct tag_filter *tag;
    const struct close_status_filter *status;
    bool reverse;
};

static bool has_tag(const struct oracle_run *run, struct bytes tag)
{
    for (size_t i = 0; i < run->says->tag_list.count; i++)
        if (bytes_equal(run->says->tag_list.items[i], tag))
            return true;
    return false;
}

static bool is_selected(struct oracle *oracle, const struct selection *selection,
                        const struct oracle_run *run)
{
    struct instant at = selection->by_close ? run->closed_at : run->started_at;

    if (run->domain != selection->domain || run->is_open != selection->open ||
        run_is_gone(oracle, run))
        return false;
    if (instant_before(at, *selection->time->oldest_date) ||
        (selection->time->latest_date && instant_before(*selection->time->latest_date, at)))
        return false;
    if (selection->execution && !bytes_equal(run->workflow_id, selection->execution->workflow_id))
        return false;
    if (selection->type &&
        (!bytes_equal(run->says->workflow_type->name, selection->type->name) ||
         (selection->type->version.len &&
          !bytes_equal(run->says->workflow_type->version, selection->type->version))))
        return false;
    if (selection->tag && !has_tag(run, selection->tag->tag))
        return false;
    return !selection->status || run->close_status == selection->status->status;
}

static bool comes_before(const struct selection *selection, const struct oracle_run *a,
                         const struct oracle_run *b)
{
    int64_t left = selection->by_close ? a->closed_at.ms : a->started_at.ms;
    int64_t right = selection->by_close ? b->closed_at.ms : b->started_at.ms;

    if (left == right) {
        left = (int64_t)(selection->by_close ? a->close_order : a->key.run);
        right = (int64_t)(selection->by_close ? b->close_order : b->key.run);
    }
    return selection->reverse ? left < right : left > right;
}

/* The runs in their order, in the scratch. */
static struct oracle_run **select_runs(struct oracle *oracle, const struct selection *selection,
                                       size_t *count)
{
    struct oracle_run **runs = arena_array(&oracle->scratch, struct oracle_run *,
                                           oracle->run_count + 1);
    size_t place;

    *count = 0;
    for (size_t i = 0; i < oracle->run_count; i++) {
        struct oracle_run *run = oracle->runs[i];

        if (run == NULL || !is_selected(oracle, selection, run))
            continue;
        for (place = (*count)++; place > 0 && comes_before(selection, run, runs[place - 1]);
             place--)
            runs[place] = runs[place - 1];
        runs[place] = run;
    }
    return runs;
}

static const void *write_list(struct oracle *oracle, const struct seen_call *call,
                              const struct selection *selection, int32_t size)
{
    size_t count, shown, limit = size ? (size_t)size : PAGE_SIZE_MAX;
    struct oracle_run **runs = select_runs(oracle, selection, &count);
    struct workflow_execution_infos *output = arena_new(&oracle->scratch,
                                                        struct workflow_execution_infos);
    struct bytes *texts;

    shown = count < limit ? count : limit;
    texts = arena_array(&oracle->scratch, struct bytes, shown);
    for (size_t i = 0; i < shown; i++) {
        text_reset(&oracle->text);
        encode_shape(&oracle->text, &shape_workflow_execution_info,
                     info_of(&oracle->scratch, runs[i]));
        texts[i] = arena_copy(&oracle->scratch, text_bytes(&oracle->text));
    }
    output->execution_infos = encode_array(texts, shown, &oracle->scratch);
    if (shown < count)
        output->next_page_token = bytes_or(reply_text(oracle, call->reply, "nextPageToken"),
                                           BYTES("missing"));
    return output;
}

static const void *write_count(struct oracle *oracle, const struct selection *selection)
{
    size_t count, limit = oracle->rules.limits.count_results;
    struct workflow_execution_count *output = arena_new(&oracle->scratch,
                                                        struct workflow_execution_count);

    select_runs(oracle, selection, &count);
    output->truncated = limit && count > limit;
    output->count = (int32_t)(output->truncated ? limit : count);
    return output;
}

static bool select_by(struct oracle *oracle, const struct request *request, struct selection *out,
                      struct bytes *domain, int32_t *size)
{
    *size = -1;
    switch (request->operation) {
    case OPERATION_LIST_OPEN_WORKFLOW_EXECUTIONS: {
        const struct list_open_workflow_executions_input *input =
            request->list_open_workflow_executions;

        *domain = input->domain;
        *size = input->maximum_page_size;
        *out = (struct selection){ .open = true,
                                   .time = input->start_time_filter,
                                   .execution = input->execution_filter,
                                   .type = input->type_filter,
                                   .tag = input->tag_filter,
                                   .reverse = input->reverse_order };
        break;
    }
    case OPERATION_COUNT_OPEN_WORKFLOW_EXECUTIONS: {
        const struct count_open_workflow_executions_input *input =
            request->count_open_workflow_executions;

        *domain = input->domain;
        *out = (struct selection){ .open = true,
                                   .time = input->start_time_filter,
                                   .execution = input->execution_filter,
                                   .type = input->type_filter,
                                   .tag = input->tag_filter };
        break;
    }
    case OPERATION_LIST_CLOSED_WORKFLOW_EXECUTIONS: {
        const struct list_closed_workflow_executions_input *input =
            request->list_closed_workflow_executions;

        *domain = input->domain;
        *size = input->maximum_page_size;
        *out = (struct selection){ .by_close = input->close_time_filter != NULL,
                                   .time = input->close_time_filter ? input->close_time_filter
                                                                    : input->start_time_filter,
                                   .execution = input->execution_filter,
                                   .type = input->type_filter,
                                   .tag = input->tag_filter,
                                   .status = input->close_status_filter,
                                   .reverse = input->reverse_order };
        break;
    }
    case OPERATION_COUNT_CLOSED_WORKFLOW_EXECUTIONS: {
        const struct count_closed_workflow_executions_input *input =
            request->count_closed_workflow_executions;

        *domain = input->domain;
        *out = (struct selection){ .by_close = input->close_time_filter != NULL,
                                   .time = input->close_time_filter ? input->close_time_filter
                                                                    : input->start_time_filter,
                                   .execution = input->execution_filter,
                                   .type = input->type_filter,
                                   .tag = input->tag_filter,
                                   .status = input->close_status_filter };
        break;
    }
    default:
        return false;
    }
    out->domain = domain_find(oracle, *domain);
    return true;
}

static bool expect_selection(struct oracle *oracle, struct seen_call *call, struct outcome *out)
{
    struct selection selection;
    struct bytes domain;
    int32_t size;

    if (!select_by(oracle, call->request, &selection, &domain, &size))
        return false;
    if (selection.domain == NULL)
        out->fault = unknown_domain(oracle, domain);
    else if (!selection.open)
        out->is_read_later = true;
    else
        out->output = size < 0 ? write_count(oracle, &selection)
                               : write_list(oracle, call, &selection, size);
    return true;
}

static void expect_pending(struct oracle *oracle, const struct request *request,
                           struct outcome *out)
{
    const struct count_pending_activity_tasks_input *input =
        request->count_pending_activity_tasks; /* both of one form */
    struct oracle_domain *domain = domain_find(oracle, input->domain);
    struct pending_task_count *output = arena_new(&oracle->scratch, struct pending_task_count);
    size_t count, limit = oracle->rules.limits.count_results;

    if (domain == NULL) {
        out->fault = unknown_domain(oracle, input->domain);
        return;
    }
    count = tasks_waiting(oracle, domain, input->task_list->name,
                          request->operation == OPERATION_COUNT_PENDING_DECISION_TASKS);
    output->truncated = limit && count > limit;
    output->count = (int32_t)(output->truncated ? limit : count);
    out->output = output;
}

/* ---- pages that a token asks for */

static void expect_page(struct oracle *oracle, struct seen_call *call, struct bytes token,
                        struct bytes domain, struct outcome *out)
{
    const struct handed *handed = handed_find(oracle, token);

    if (domain_find(oracle, domain) == NULL) {
        out->fault = unknown_domain(oracle, domain);
    } else if (handed == NULL || handed->kind != HANDED_PAGE ||
               handed->request->operation != call->request->operation) {
        out->fault = fault_of(FAULT_VALIDATION, BYTES("Invalid token"));
    } else if (oracle->rules.limits.page_token_seconds &&
               instant_since(oracle->now, handed->issued).ms >
                   (int64_t)oracle->rules.limits.page_token_seconds * 1000) {
        out->fault = fault_of(FAULT_VALIDATION,
                              BYTES("Specified token has exceeded its maximum lifetime"));
    } else if (run_is_gone(oracle, handed->run)) {
        out->fault = fault_of(FAULT_UNKNOWN_RESOURCE, BYTES_ABSENT);
    } else {
        out->is_read_later = true;
    }
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
        if (request->get_workflow_execution_history->next_page_token.len)
            expect_page(oracle, call, request->get_workflow_execution_history->next_page_token,
                        request->get_workflow_execution_history->domain, out);
        else if (need_run(oracle, request->get_workflow_execution_history->domain,
                          request->get_workflow_execution_history->execution, out))
            out->is_read_later = true;
        return true;
    case OPERATION_POLL_FOR_DECISION_TASK:
        expect_page(oracle, call, request->poll_for_decision_task->next_page_token,
                    request->poll_for_decision_task->domain, out);
        return true;
    case OPERATION_COUNT_PENDING_ACTIVITY_TASKS:
    case OPERATION_COUNT_PENDING_DECISION_TASKS:
        expect_pending(oracle, request, out);
        return true;
    default:
        return expect_selection(oracle, call, out);
    }
}

bool read_later(struct oracle *oracle, struct seen_call *call)
{
    const struct request *request = call->request;
    const struct handed *handed = NULL;
    struct selection selection;
    struct bytes domain;
    int32_t size;

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
    ensure(select_by(oracle, request, &selection, &domain, &size));
    return reply_is(oracle, call,
                    size < 0 ? write_count(oracle, &selection)
                             : write_list(oracle, call, &selection, size));
}
