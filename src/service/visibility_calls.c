/*
 * Lists and counts: of open runs from memory, of closed runs from the store by a reader, of waiting
 * tasks from the task lists.
 */
#include "base/heap.h"
#include "base/log.h"
#include "service/calls.h"
#include "service/describe.h"
#include "service/inner.h"
#include "service/visibility.h"
#include "wire/encode.h"

#define PAGE_SIZE_MAX 1000
#define LIST_BYTES_MAX (32u << 20)

/* In page tokens: of open runs; of closed ones. */
enum { PAGE_RUN };
enum { PAGE_NUMBER, PAGE_TIME };

static bool open_page(struct service *service, struct call *call, struct bytes token,
                      struct page_position *position)
{
    struct fault fault = NO_FAULT;

    *position = (struct page_position){ 0 };
    if (token.len)
        fault = token_open_page(service->sealer, call->account, &call->request, token, service->now,
                                service->config.limits.page_token_seconds, &call->arena, position);
    if (fault_is_none(fault))
        return true;
    service_answer_fault(service, call, fault);
    return false;
}

/* ---- open runs ---- */

/* The filters that list and count of open runs have in common. At most one of the three is given.
 */
struct open_filters {
    const struct execution_time_filter *start;
    const struct workflow_type_filter *type;
    const struct tag_filter *tag;
    const struct workflow_execution_filter *execution;
};

static struct open_query open_query_of(const struct domain *domain,
                                       const struct open_filters *filters)
{
    struct open_query query = {
        .domain = domain->number,
        .oldest = *filters->start->oldest_date,
        .latest = filters->start->latest_date ? *filters->start->latest_date : INSTANT_NEVER,
    };

    if (filters->execution) {
        query.filter = OPEN_BY_WORKFLOW_ID;
        query.value = filters->execution->workflow_id;
    } else if (filters->tag) {
        query.filter = OPEN_BY_TAG;
        query.value = filters->tag->tag;
    } else if (filters->type) { /* Q-VIS5: an empty version is any */
        query.filter = filters->type->version.len ? OPEN_BY_TYPE : OPEN_BY_TYPE_NAME;
        query.value = filters->type->name;
        query.version = filters->type->version.len ? filters->type->version : BYTES_ABSENT;
    }
    return query;
}

static bool is_within(const struct run *run, const struct open_query *query)
{
    struct instant started = run->execution->started_at;

    return !instant_before(started, query->oldest) && !instant_before(query->latest, started);
}

/* The one open run of a workflow id, if the query lets it through. */
static const struct run *find_single(struct service *service, const struct open_query *query)
{
    const struct run *run = runs_find(&service->runs, query->domain, query->value);

    return run && query->after_run == 0 && is_within(run, query) ? run : NULL;
}

/* Answers the call when the answer might lack a run that was set aside. */
static bool is_incomplete(struct service *service, struct call *call,
                          const struct open_query *query)
{
    bool by_id = query->filter == OPEN_BY_WORKFLOW_ID;
    const struct set_aside *aside = &service->set_aside;
    bool incomplete = set_aside_touches(aside, query->domain);

    if (incomplete && by_id)
        incomplete = !runs_find(&service->runs, query->domain, query->value) &&
                     set_aside_may_be(aside, query->domain, query->value, BYTES_ABSENT);
    if (incomplete)
        service_answer_damaged(service, call);
    return incomplete;
}

static void append_info(struct text *out, const struct run *run, struct arena *arena)
{
    if (out->len > 1)
        text_append_char(out, ',');
    encode_shape(out, &shape_workflow_execution_info, describe_info(run, arena));
}

/* Writes up to `size` runs; returns the last one written when there are more, else NULL. */
static const struct run *write_open(struct service *service, const struct open_query *query,
                                    size_t size, struct text *out)
{
    const struct open_index *index = visibility_find(&service->visibility, query);
    const struct listing *listing = index ? open_index_first(index, query) : NULL;
    const struct run *last = NULL;

    for (size_t i = 0; listing && i < size; i++) {
        last = listing->run;
        append_info(out, last, &service->turn.arena);
        listing = open_index_next(listing, query);
    }
    return listing ? last : NULL;
}

void call_list_open_workflow_executions(struct service *service, struct call *call)
{
    const struct list_open_workflow_executions_input *input =
        call->request.list_open_workflow_executions;
    const struct open_filters filters = { input->start_time_filter, input->type_filter,
                                          input->tag_filter, input->execution_filter };
    const struct domain *domain = service_need_domain(service, call, input->domain);
    struct workflow_execution_infos output = { 0 };
    struct page_position position;
    struct open_query query;
    const struct run *run;
    struct text out;

    if (domain == NULL || !open_page(service, call, input->next_page_token, &position))
        return;
    query = open_query_of(domain, &filters);
    query.ascending = input->reverse_order;
    query.after_run = position.numbers[PAGE_RUN];
    if (is_incomplete(service, call, &query))
        return;
    text_init(&out, LIST_BYTES_MAX);
    text_append_char(&out, '[');
    if (query.filter == OPEN_BY_WORKFLOW_ID) {
        run = find_single(service, &query);
        if (run)
            append_info(&out, run, &service->turn.arena);
    } else {
        run = write_open(
            service, &query,
            input->maximum_page_size ? (size_t)input->maximum_page_size : PAGE_SIZE_MAX, &out);
        if (run) {
            position = (struct page_position){ .numbers = { [PAGE_RUN] = run->key.run } };
            output.next_page_token = token_seal_page(service->sealer, call->account, &call->request,
                                                     service->now, &position, &call->arena);
        }
    }
    text_append_char(&out, ']');
    output.execution_infos = text_bytes(&out);
    service_answer_copy(service, call, &output);
    text_deinit(&out);
}

static size_t count_open(struct service *service, const struct open_query *query, size_t count_max,
                         bool *more)
{
    const struct open_index *index = visibility_find(&service->visibility, query);
    const struct listing *listing = index ? open_index_first(index, query) : NULL;
    size_t count = 0;

    for (; listing && count < count_max; listing = open_index_next(listing, query))
        count++;
    *more = listing != NULL;
    return count;
}

static size_t count_results_max(const struct service *service)
{
    uint32_t limit = service->config.limits.count_results;

    return limit ? limit : INT32_MAX;
}

void call_count_open_workflow_executions(struct service *service, struct call *call)
{
    const struct count_open_workflow_executions_input *input =
        call->request.count_open_workflow_executions;
    const struct open_filters filters = { input->start_time_filter, input->type_filter,
                                          input->tag_filter, input->execution_filter };
    const struct domain *domain = service_need_domain(service, call, input->domain);
    struct workflow_execution_count output = { 0 };
    struct open_query query;

    if (domain == NULL)
        return;
    query = open_query_of(domain, &filters);
    if (is_incomplete(service, call, &query))
        return;
    if (query.filter == OPEN_BY_WORKFLOW_ID)
        output.count = find_single(service, &query) != NULL;
    else
        output.count = (int32_t)count_open(service, &query, count_results_max(service),
                                           &output.truncated);
    service_answer_copy(service, call, &output);
}

/* ---- closed runs ---- */

/* The filters that list and count of closed runs have in common: one time filter, at most one of
 * the others. */
struct closed_filters {
    const struct execution_time_filter *start, *close;
    const struct workflow_execution_filter *execution;
    const struct workflow_type_filter *type;
    const struct tag_filter *tag;
    const struct close_status_filter *status;
};

static void set_closed_filter(struct closed_query *query, const struct closed_filters *filters)
{
    if (filters->execution) {
        query->filter = CLOSED_BY_WORKFLOW_ID;
        query->value = filters->execution->workflow_id;
    } else if (filters->tag) {
        query->filter = CLOSED_BY_TAG;
        query->value = filters->tag->tag;
    } else if (filters->status) {
        query->filter = CLOSED_BY_STATUS;
        query->status = filters->status->status;
    } else if (filters->type) {
        query->filter = filters->type->version.len ? CLOSED_BY_TYPE : CLOSED_BY_TYPE_NAME;
        query->value = filters->type->name;
        query->version = filters->type->version;
    }
}

static struct closed_query closed_query_of(const struct service *service, const struct call *call,
                                           const struct domain *domain,
                                           const struct closed_filters *filters)
{
    const struct execution_time_filter *time = filters->close ? filters->close : filters->start;
    struct closed_query query = {
        .account = call->account,
        .domain = domain->number,
        .by_close_time = filters->close != NULL,
        .oldest = *time->oldest_date,
        .latest = time->latest_date ? *time->latest_date : INSTANT_NEVER,
        .now = service->now,
    };

    set_closed_filter(&query, filters);
    return query;
}

struct closed_job {
    struct read_job job;
    struct closed_query query;
};

static void fail_read(struct call *call, enum err err)
{
    log_error("closed runs could not be read", LOG_CSTR("reason", err_text(err)));
    call->fault = fault_of(FAULT_INTERNAL_FAILURE, BYTES_ABSENT);
}

static struct bytes join_infos(const struct closed_page *page, struct arena *arena)
{
    struct bytes *infos = arena_array(arena, struct bytes, page->count);

    for (size_t i = 0; i < page->count; i++)
        infos[i] = page->items[i].info_json;
    return encode_array(infos, page->count, arena);
}

static void read_closed_list(struct reader *reader, struct read_job *job)
{
    struct closed_job *closed = (struct closed_job *)job;
    struct call *call = job->call;
    struct workflow_execution_infos *output = arena_new(&call->arena,
                                                        struct workflow_execution_infos);
    struct closed_page page;
    enum err err = store_list_closed(reader->store, &closed->query, &call->arena, &page);

    if (err) {
        fail_read(call, err);
        return;
    }
    output->execution_infos = join_infos(&page, &call->arena);
    if (page.more && page.count) {
        const struct closed_item *last = &page.items[page.count - 1];
        struct page_position next = {
            .numbers = { [PAGE_NUMBER] = last->number, [PAGE_TIME] = (uint64_t)last->time.ms }
        };

        output->next_page_token = token_seal_page(reader->sealer, call->account, &call->request,
                                                  job->now, &next, &call->arena);
    }
    call->output = output;
}

void call_list_closed_workflow_executions(struct service *service, struct call *call)
{
    const struct list_closed_workflow_executions_input *input =
        call->request.list_closed_workflow_executions;
    const struct closed_filters filters = { input->start_time_filter, input->close_time_filter,
                                            input->execution_filter,  input->type_filter,
                                            input->tag_filter,        input->close_status_filter };
    const struct domain *domain = service_need_domain(service, call, input->domain);
    struct closed_job *job = arena_new(&call->arena, struct closed_job);
    struct page_position position;

    if (domain == NULL || !open_page(service, call, input->next_page_token, &position))
        return;
    job->query = closed_query_of(service, call, domain, &filters);
    job->query.ascending = input->reverse_order;
    job->query.count_max = input->maximum_page_size ? (size_t)input->maximum_page_size
                                                    : PAGE_SIZE_MAX;
    job->query.after_number = position.numbers[PAGE_NUMBER];
    job->query.after_time.ms = (int64_t)position.numbers[PAGE_TIME];
    service_answer_by_reading(service, call, &job->job, read_closed_list);
}

static void read_closed_count(struct reader *reader, struct read_job *job)
{
    struct closed_job *closed = (struct closed_job *)job;
    struct call *call = job->call;
    struct workflow_execution_count *output = arena_new(&call->arena,
                                                        struct workflow_execution_count);
    size_t count = 0;
    enum err err = store_count_closed(reader->store, &closed->query, &count, &output->truncated);

    if (err) {
        fail_read(call, err);
        return;
    }
    output->count = (int32_t)count;
    call->output = output;
}

void call_count_closed_workflow_executions(struct service *service, struct call *call)
{
    const struct count_closed_workflow_executions_input *input =
        call->request.count_closed_workflow_executions;
    const struct closed_filters filters = { input->start_time_filter, input->close_time_filter,
                                            input->execution_filter,  input->type_filter,
                                            input->tag_filter,        input->close_status_filter };
    const struct domain *domain = service_need_domain(service, call, input->domain);
    struct closed_job *job;

    if (domain == NULL)
        return;
    job = arena_new(&call->arena, struct closed_job);
    job->query = closed_query_of(service, call, domain, &filters);
    job->query.count_max = count_results_max(service);
    service_answer_by_reading(service, call, &job->job, read_closed_count);
}

/* ---- waiting tasks ---- */

static void answer_pending(struct service *service, struct call *call, enum task_kind kind,
                           struct bytes domain_name, struct bytes list_name)
{
    const struct domain *domain = service_need_domain(service, call, domain_name);
    size_t count, count_max = count_results_max(service);
    struct pending_task_count output;

    if (domain == NULL)
        return;
    if (set_aside_touches(&service->set_aside, domain->number)) {
        service_answer_damaged(service, call);
        return;
    }
    count = matching_count_tasks(&service->matching, kind, domain->number, list_name);
    output = (struct pending_task_count){ .count = (int32_t)(count < count_max ? count : count_max),
                                          .truncated = count > count_max };
    service_answer_copy(service, call, &output);
}

void call_count_pending_activity_tasks(struct service *service, struct call *call)
{
    const struct count_pending_activity_tasks_input *input =
        call->request.count_pending_activity_tasks;

    answer_pending(service, call, TASK_ACTIVITY, input->domain, input->task_list->name);
}

void call_count_pending_decision_tasks(struct service *service, struct call *call)
{
    const struct count_pending_decision_tasks_input *input =
        call->request.count_pending_decision_tasks;

    answer_pending(service, call, TASK_DECISION, input->domain, input->task_list->name);
}
