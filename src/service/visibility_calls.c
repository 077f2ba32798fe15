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
#include "wire/copy.h"
#include "wire/decode.h"
#include "wire/encode.h"

#define LIST_BYTES_MAX (32u << 20)
/* A longer page is long: it is written by a reader, and the turn only copies what is on it. */
#define QUICK_PAGE_MAX 16

/* In page tokens: of open runs; of closed ones. */
enum { PAGE_RUN };
enum { PAGE_NUMBER, PAGE_TIME };

static void fail_read(struct call *call, enum err err)
{
    log_error_paced("a list could not be read", LOG_CSTR("reason", err_text(err)));
    call->fault = fault_of(FAULT_INTERNAL_FAILURE, BYTES_ABSENT);
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

/* Both ends are within (Q-VIS1); between ends that are the wrong way round there is nothing
 * (Q-VIS2). */
static bool is_within(const struct run *run, const struct open_query *query)
{
    struct instant started = run->execution->started_at;

    return !instant_before(started, query->oldest) && !instant_before(query->latest, started);
}

/* Answers the call when the answer might lack a run that was set aside. */
static bool is_complete(struct service *service, struct call *call, const struct open_query *query)
{
    bool complete = !set_aside_touches(&service->set_aside, query->domain);

    if (!complete)
        service_answer_damaged(service, call);
    return complete;
}

/* The one open run of a workflow id, if the query lets it through; false after a fault was
 * answered: there may be one that cannot be read. */
static bool find_single(struct service *service, struct call *call, const struct open_query *query,
                        const struct run **out)
{
    struct run *run;
    enum err err = awake_find(service, query->domain, query->value, &run);

    *out = run && query->after_run == 0 && is_within(run, query) ? run : NULL;
    if (err && err != ERR_NOT_FOUND) {
        service_answer_fault(service, call, fault_of(FAULT_INTERNAL_FAILURE, BYTES_ABSENT));
        return false;
    }
    if (run || !set_aside_may_be(&service->set_aside, query->domain, query->value, BYTES_ABSENT))
        return true;
    service_answer_damaged(service, call);
    return false;
}

/* One item of a list: a copy, for the run goes on, or the key of one that sleeps, whose first event
 * says the rest. */
struct open_item {
    const struct workflow_execution_info *info; /* NULL: it sleeps */
    struct run_key key;
    bool cancel_requested;
};

/* A page of open runs. What sleeps is not woken for it: a reader reads the beginnings of those
 * histories, which do not change. */
struct open_job {
    struct read_job job;
    struct open_item *items;
    size_t count, sleeping;
    struct bytes next_page_token; /* absent: it is the last page */
};

static struct bytes info_json(const struct workflow_execution_info *info, struct arena *arena)
{
    struct bytes copy;
    struct text text;

    text_init(&text, LIST_BYTES_MAX);
    encode_shape(&text, &shape_workflow_execution_info, info);
    copy = arena_copy(arena, text_bytes(&text));
    text_deinit(&text);
    return copy;
}

static void add_awake(struct service *service, struct open_job *page, const struct run *run)
{
    page->items[page->count++].info = copy_shape(&shape_workflow_execution_info,
                                                 describe_info(run, &service->turn.arena),
                                                 &page->job.call->arena);
}

static void add_item(struct service *service, struct open_job *page, const struct stub *stub)
{
    if (stub->run) {
        add_awake(service, page, stub->run);
        return;
    }
    page->items[page->count++] = (struct open_item){ NULL, stub_key(stub), stub->cancel_requested };
    page->sleeping++;
}

/* ERR_NOT_FOUND: it has closed since, and its retention is over. A first event may be large, and
 * little of it is told: it lies in `beginning`, which is emptied for each. */
static enum err read_sleeping(struct reader *reader, const struct open_item *item,
                              struct arena *beginning, struct arena *arena, struct bytes *out)
{
    struct history_query first = {
        .key = item->key, .from = 1, .to = 1, .events_max = 1, .bytes_max = SIZE_MAX
    };
    struct run_opening names;
    struct history_page history;
    struct event event;
    enum err err;

    arena_reset(beginning);
    err = store_read_names(reader->store, item->key, beginning, &names);
    if (err == OK)
        err = store_read_history(reader->store, &first, beginning, &history);
    if (err)
        return err;
    if (!decode_events(reader->json, history.events, 1, beginning, &event) ||
        event.type != EVENT_WORKFLOW_EXECUTION_STARTED)
        return ERR_CORRUPT;
    *out = info_json(describe_sleeping(&names, &event, item->cancel_requested, beginning), arena);
    return OK;
}

static struct workflow_execution_infos *page_output(const struct open_job *page,
                                                    const struct bytes *infos, size_t count)
{
    struct arena *arena = &page->job.call->arena;
    struct workflow_execution_infos *output = arena_new(arena, struct workflow_execution_infos);

    output->execution_infos = encode_array(infos, count, arena);
    output->next_page_token = page->next_page_token;
    return output;
}

/* `reader` is NULL where none of them sleeps. Those that are no more are left out. */
static enum err write_infos(struct reader *reader, const struct open_job *page, struct bytes *infos,
                            size_t *count)
{
    struct arena *arena = &page->job.call->arena;
    struct arena beginning;
    enum err err = OK;

    arena_init(&beginning, "beginning", CALL_BYTES_MAX);
    *count = 0;
    for (size_t i = 0; i < page->count && (err == OK || err == ERR_NOT_FOUND); i++) {
        const struct open_item *item = &page->items[i];

        err = OK;
        if (item->info)
            infos[*count] = info_json(item->info, arena);
        else
            err = read_sleeping(reader, item, &beginning, arena, &infos[*count]);
        *count += err == OK;
    }
    arena_deinit(&beginning);
    return err == ERR_NOT_FOUND ? OK : err;
}

static void write_open_list(struct reader *reader, struct open_job *page)
{
    struct call *call = page->job.call;
    struct bytes *infos = arena_array(&call->arena, struct bytes, page->count);
    size_t count;
    enum err err = write_infos(reader, page, infos, &count);

    if (err)
        fail_read(call, err);
    else
        call->output = page_output(page, infos, count);
}

static void read_open_list(struct reader *reader, struct read_job *job)
{
    write_open_list(reader, (struct open_job *)job);
}

/* Fills a page of up to `size` runs. */
static void fill_page(struct service *service, struct open_job *page,
                      const struct open_query *query, size_t size)
{
    struct call *call = page->job.call;
    struct page_position position = { 0 };
    struct open_walk walk;

    page->items = arena_array(&call->arena, struct open_item, size);
    open_walk_begin(&walk, &service->visibility, &service->runs, query);
    for (; walk.stub && page->count < size; open_walk_next(&walk)) {
        position.numbers[PAGE_RUN] = walk.stub->number;
        add_item(service, page, walk.stub);
    }
    if (walk.stub)
        page->next_page_token = token_seal_page(service->sealer, call->account, &call->request,
                                                service->now, &position, &call->arena);
}

/* As find_single. */
static bool fill_single(struct service *service, struct open_job *page,
                        const struct open_query *query)
{
    struct call *call = page->job.call;
    const struct run *run;

    if (!find_single(service, call, query, &run))
        return false;
    page->items = arena_array(&call->arena, struct open_item, 1);
    if (run)
        add_awake(service, page, run);
    return true;
}

static void answer_page(struct service *service, struct open_job *page)
{
    struct call *call = page->job.call;

    if (page->sleeping || page->count > QUICK_PAGE_MAX) {
        page->job.is_long = page->count > QUICK_PAGE_MAX;
        service_answer_by_reading(service, call, &page->job, read_open_list);
        return;
    }
    write_open_list(NULL, page);
    service_answer(service, call);
}

void call_list_open_workflow_executions(struct service *service, struct call *call)
{
    const struct list_open_workflow_executions_input *input =
        call->request.list_open_workflow_executions;
    const struct open_filters filters = { input->start_time_filter, input->type_filter,
                                          input->tag_filter, input->execution_filter };
    const struct domain *domain = service_need_domain(service, call, input->domain);
    struct open_job *page = arena_new(&call->arena, struct open_job);
    struct page_position position;
    struct open_query query;

    if (domain == NULL || !service_open_page(service, call, input->next_page_token, &position))
        return;
    query = open_query_of(domain, &filters);
    query.ascending = input->reverse_order;
    query.after_run = position.numbers[PAGE_RUN];
    page->job.call = call;
    if (query.filter == OPEN_BY_WORKFLOW_ID) {
        if (!fill_single(service, page, &query))
            return;
    } else {
        if (!is_complete(service, call, &query))
            return;
        fill_page(service, page, &query, call_page_size(input->maximum_page_size));
    }
    answer_page(service, page);
}

/* Q-VIS3: with more the answer is this number, truncated. */
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
    size_t count, count_max = count_results_max(service);
    struct open_query query;
    const struct run *run;

    if (domain == NULL)
        return;
    query = open_query_of(domain, &filters);
    if (query.filter == OPEN_BY_WORKFLOW_ID) {
        if (!find_single(service, call, &query, &run))
            return;
        count = run != NULL;
    } else {
        if (!is_complete(service, call, &query))
            return;
        count = visibility_count(&service->visibility, &service->runs, &query);
    }
    output.count = (int32_t)(count < count_max ? count : count_max);
    output.truncated = count > count_max;
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

    if (domain == NULL || !service_open_page(service, call, input->next_page_token, &position))
        return;
    job->query = closed_query_of(service, call, domain, &filters);
    job->query.ascending = input->reverse_order;
    job->query.count_max = call_page_size(input->maximum_page_size);
    job->query.after_number = position.numbers[PAGE_NUMBER];
    job->query.after_time.ms = (int64_t)position.numbers[PAGE_TIME];
    job->job.is_long = job->query.count_max > QUICK_PAGE_MAX;
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
    job->job.is_long = true;
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
