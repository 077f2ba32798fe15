/*
 * Lists and counts of runs, and of tasks that wait.
 */
#include "oracle_inner.h"

#define PAGE_SIZE_MAX 1000

/* ---- lists and counts of runs */

struct selection {
    struct oracle_domain *domain;
    bool open, by_close;
    const struct execution_time_filter *time;
    const struct workflow_execution_filter *execution;
    const struct workflow_type_filter *type;
    const struct tag_filter *tag;
    const struct close_status_filter *status;
    bool reverse;
    struct bytes token;
    int32_t size; /* of a page; negative: it is a count */
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

/* The runs in their order, in the scratch: those that come behind the last one of the page before.
 */
static struct oracle_run **select_runs(struct oracle *oracle, const struct selection *selection,
                                       const struct handed *before, size_t *count)
{
    struct oracle_run **runs = arena_array(&oracle->scratch, struct oracle_run *,
                                           oracle->run_count + 1);
    size_t place;

    *count = 0;
    for (size_t i = 0; i < oracle->run_count; i++) {
        struct oracle_run *run = oracle->runs[i];

        if (run == NULL || !is_selected(oracle, selection, run) ||
            (before && !comes_before(selection, before->run, run)))
            continue;
        for (place = (*count)++; place > 0 && comes_before(selection, run, runs[place - 1]);
             place--)
            runs[place] = runs[place - 1];
        runs[place] = run;
    }
    return runs;
}

/* *page is where the next one begins, if there is one. */
static const void *write_list(struct oracle *oracle, const struct seen_call *call,
                              const struct selection *selection, const struct handed *before,
                              struct handed **page)
{
    size_t count, shown, limit = selection->size ? (size_t)selection->size : PAGE_SIZE_MAX;
    struct oracle_run **runs = select_runs(oracle, selection, before, &count);
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
    if (shown < count) {
        *page = page_new(oracle, call);
        (*page)->run = runs[shown - 1];
        output->next_page_token = bytes_or((*page)->text, BYTES("missing"));
    }
    return output;
}

static const void *write_count(struct oracle *oracle, const struct selection *selection)
{
    size_t count, limit = oracle->rules.limits.count_results;
    struct workflow_execution_count *output = arena_new(&oracle->scratch,
                                                        struct workflow_execution_count);

    select_runs(oracle, selection, NULL, &count);
    output->truncated = limit && count > limit;
    output->count = (int32_t)(output->truncated ? limit : count);
    return output;
}

/* Of any of the four calls; their domain's name. */
static struct bytes read_selection(const struct request *request, struct selection *out)
{
    const struct list_open_workflow_executions_input *open = request->list_open_workflow_executions;
    const struct count_open_workflow_executions_input *open_count =
        request->count_open_workflow_executions;
    const struct list_closed_workflow_executions_input *closed =
        request->list_closed_workflow_executions;
    const struct count_closed_workflow_executions_input *closed_count =
        request->count_closed_workflow_executions;

#define FILTERS(input) \
    .execution = (input)->execution_filter, .type = (input)->type_filter, .tag = (input)->tag_filter
#define CLOSED(input)                                                                             \
    .by_close = (input)->close_time_filter != NULL,                                               \
    .time = (input)->close_time_filter ? (input)->close_time_filter : (input)->start_time_filter, \
    .status = (input)->close_status_filter
#define PAGES(input)                                                       \
    .size = (input)->maximum_page_size, .token = (input)->next_page_token, \
    .reverse = (input)->reverse_order

    switch (request->operation) {
    case OPERATION_LIST_OPEN_WORKFLOW_EXECUTIONS:
        *out = (struct selection){ FILTERS(open), PAGES(open), .open = true,
                                   .time = open->start_time_filter };
        return open->domain;
    case OPERATION_COUNT_OPEN_WORKFLOW_EXECUTIONS:
        *out = (struct selection){ FILTERS(open_count), .open = true, .size = -1,
                                   .time = open_count->start_time_filter };
        return open_count->domain;
    case OPERATION_LIST_CLOSED_WORKFLOW_EXECUTIONS:
        *out = (struct selection){ FILTERS(closed), CLOSED(closed), PAGES(closed) };
        return closed->domain;
    default:
        *out = (struct selection){ FILTERS(closed_count), CLOSED(closed_count), .size = -1 };
        return closed_count->domain;
    }
}

static void expect_selection(struct oracle *oracle, const struct seen_call *call,
                             struct outcome *out)
{
    struct selection selection;
    struct bytes domain = read_selection(call->request, &selection);
    const struct handed *before;

    selection.domain = domain_find(oracle, domain);
    if (selection.domain == NULL) {
        out->fault = unknown_domain(oracle, domain);
        return;
    }
    out->fault = page_fault(oracle, call, selection.token, &before);
    if (!selection.open)
        out->is_read_later = true;
    else
        out->output = selection.size < 0 ? write_count(oracle, &selection)
                                         : write_list(oracle, call, &selection, before, &out->page);
}

bool visibility_is_right(struct oracle *oracle, const struct seen_call *call)
{
    struct selection selection;
    struct bytes domain = read_selection(call->request, &selection);
    struct handed *page = NULL;

    selection.domain = domain_find(oracle, domain);
    if (!reply_is(oracle, call,
                  selection.size < 0 ? write_count(oracle, &selection)
                                     : write_list(oracle, call, &selection,
                                                  handed_find(oracle, selection.token), &page)))
        return false;
    if (page)
        handed_add(oracle, page);
    return true;
}

/* ---- waiting tasks */

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

/* ---- all of them */

bool visibility_expect(struct oracle *oracle, const struct seen_call *call, struct outcome *out)
{
    switch (call->request->operation) {
    case OPERATION_LIST_OPEN_WORKFLOW_EXECUTIONS:
    case OPERATION_LIST_CLOSED_WORKFLOW_EXECUTIONS:
    case OPERATION_COUNT_OPEN_WORKFLOW_EXECUTIONS:
    case OPERATION_COUNT_CLOSED_WORKFLOW_EXECUTIONS:
        expect_selection(oracle, call, out);
        return true;
    case OPERATION_COUNT_PENDING_ACTIVITY_TASKS:
    case OPERATION_COUNT_PENDING_DECISION_TASKS:
        expect_pending(oracle, call->request, out);
        return true;
    default:
        return false;
    }
}
