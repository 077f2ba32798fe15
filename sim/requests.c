/*
 * What clients ask about executions.
 */
#include "words.h"

#include "wire/shape.h"

static struct ask *start(struct people *people)
{
    struct start_workflow_execution_input *input = INPUT(people, start_workflow_execution);

    *input = (struct start_workflow_execution_input){
        .domain = a_domain(people),
        .workflow_id = a_workflow(people),
        .workflow_type = a_workflow_type(people),
        .task_list = maybe_list(people, decision_lists, DECISION_LISTS),
        .task_priority = maybe_priority(people),
        .input = maybe_text(people, "input", 2),
        .execution_start_to_close_timeout = maybe_life(people),
        .tag_list = maybe_tags(people),
        .task_start_to_close_timeout = maybe_seconds(people),
        .child_policy = maybe_policy(people),
        .lambda_role = maybe_role(people),
    };
    return ask_of(people, OPERATION_START_WORKFLOW_EXECUTION, input);
}

static struct ask *signal_one(struct people *people)
{
    struct signal_workflow_execution_input *input = INPUT(people, signal_workflow_execution);

    input->domain = a_domain(people);
    input->run_id = a_run_of(people, &input->workflow_id);
    input->signal_name = numbered(people, "signal", 1000);
    input->input = maybe_text(people, "input", 2);
    return ask_of(people, OPERATION_SIGNAL_WORKFLOW_EXECUTION, input);
}

static struct ask *cancel_one(struct people *people)
{
    struct request_cancel_workflow_execution_input *input = INPUT(
        people, request_cancel_workflow_execution);

    input->domain = a_domain(people);
    input->run_id = a_run_of(people, &input->workflow_id);
    return ask_of(people, OPERATION_REQUEST_CANCEL_WORKFLOW_EXECUTION, input);
}

static struct ask *terminate_one(struct people *people)
{
    struct terminate_workflow_execution_input *input = INPUT(people, terminate_workflow_execution);

    input->domain = a_domain(people);
    input->run_id = a_run_of(people, &input->workflow_id);
    input->reason = maybe_text(people, "reason", 2);
    input->details = maybe_text(people, "details", 2);
    input->child_policy = maybe_policy(people);
    return ask_of(people, OPERATION_TERMINATE_WORKFLOW_EXECUTION, input);
}

static struct ask *describe_one(struct people *people)
{
    struct describe_workflow_execution_input *input = INPUT(people, describe_workflow_execution);

    input->domain = a_domain(people);
    input->execution = an_address(people);
    return ask_of(people, OPERATION_DESCRIBE_WORKFLOW_EXECUTION, input);
}

static struct ask *read_one(struct people *people)
{
    struct get_workflow_execution_history_input *input = INPUT(people,
                                                               get_workflow_execution_history);

    input->domain = a_domain(people);
    input->execution = an_address(people);
    input->reverse_order = below(people, 2);
    if (below(people, 2))
        input->maximum_page_size = (int32_t)(1 + below(people, 30));
    return ask_of(people, OPERATION_GET_WORKFLOW_EXECUTION_HISTORY, input);
}

struct ask *request_look(struct people *people)
{
    return below(people, 2) ? describe_one(people) : read_one(people);
}

struct ask *request_about_run(struct people *people)
{
    uint64_t what = below(people, 82);

    if (what < 35)
        return start(people);
    if (what < 52)
        return signal_one(people);
    if (what < 57)
        return cancel_one(people);
    if (what < 60)
        return terminate_one(people);
    return what < 72 ? describe_one(people) : read_one(people);
}

struct ask *people_poke(struct people *people, uint64_t account, struct bytes domain,
                        const struct workflow_execution *names)
{
    struct signal_workflow_execution_input *input = INPUT(people, signal_workflow_execution);
    struct ask *ask;

    input->domain = domain;
    input->workflow_id = names->workflow_id;
    input->run_id = names->run_id;
    input->signal_name = BYTES("end");
    ask = ask_of(people, OPERATION_SIGNAL_WORKFLOW_EXECUTION, input);
    ask->caller.account = account;
    return ask;
}

/* ---- lists and counts */

/* At most one of those that exclude each other. */
struct filters {
    const struct execution_time_filter *time;
    const struct workflow_type_filter *type;
    const struct tag_filter *tag;
    const struct workflow_execution_filter *execution;
    const struct close_status_filter *status;
};

/* Begins and ends now and then at an instant at which something may have happened. */
static const struct execution_time_filter *a_time(struct people *people)
{
    struct execution_time_filter *filter = arena_new(people->arena, struct execution_time_filter);
    struct instant *oldest = arena_new(people->arena, struct instant);
    struct instant *latest = arena_new(people->arena, struct instant);

    if (people->time_count && below(people, 3) == 0)
        *oldest = people->times[below(people, people->time_count)];
    if (people->time_count && below(people, 3) == 0) {
        *latest = people->times[below(people, people->time_count)];
        filter->latest_date = latest;
    }
    filter->oldest_date = oldest;
    return filter;
}

static const struct workflow_execution_filter *an_execution(struct people *people)
{
    struct workflow_execution_filter *filter = arena_new(people->arena,
                                                         struct workflow_execution_filter);

    filter->workflow_id = a_workflow(people);
    return filter;
}

static const struct workflow_type_filter *a_type(struct people *people)
{
    struct workflow_type_filter *filter = arena_new(people->arena, struct workflow_type_filter);

    filter->name = PICK(people, "order", "order", "role");
    if (below(people, 2))
        filter->version = PICK(people, "1", "2", "");
    return filter;
}

static const struct tag_filter *a_tag(struct people *people)
{
    struct tag_filter *filter = arena_new(people->arena, struct tag_filter);

    filter->tag = numbered(people, "t", 3);
    return filter;
}

static const struct close_status_filter *a_status(struct people *people)
{
    struct close_status_filter *filter = arena_new(people->arena, struct close_status_filter);

    filter->status = (enum close_status)(1 + below(people, CLOSE_STATUS_COUNT));
    return filter;
}

static struct filters some_filters(struct people *people)
{
    uint64_t kind = below(people, 5);

    return (struct filters){
        .time = a_time(people),
        .type = kind == 1 ? a_type(people) : NULL,
        .tag = kind == 2 ? a_tag(people) : NULL,
        .execution = kind == 3 ? an_execution(people) : NULL,
        .status = kind == 4 ? a_status(people) : NULL,
    };
}

static struct ask *list_open(struct people *people)
{
    struct list_open_workflow_executions_input *input = INPUT(people,
                                                              list_open_workflow_executions);
    struct filters filters = some_filters(people);

    *input = (struct list_open_workflow_executions_input){
        .domain = a_domain(people),
        .start_time_filter = filters.time,
        .type_filter = filters.type,
        .tag_filter = filters.tag,
        .execution_filter = filters.execution,
        .maximum_page_size = maybe_page_size(people, 6),
        .reverse_order = below(people, 2),
    };
    return ask_of(people, OPERATION_LIST_OPEN_WORKFLOW_EXECUTIONS, input);
}

static struct ask *list_closed(struct people *people)
{
    struct list_closed_workflow_executions_input *input = INPUT(people,
                                                                list_closed_workflow_executions);
    struct filters filters = some_filters(people);
    bool by_close = below(people, 2);

    *input = (struct list_closed_workflow_executions_input){
        .domain = a_domain(people),
        .start_time_filter = by_close ? NULL : filters.time,
        .close_time_filter = by_close ? filters.time : NULL,
        .type_filter = filters.type,
        .tag_filter = filters.tag,
        .execution_filter = filters.execution,
        .close_status_filter = filters.status,
        .maximum_page_size = maybe_page_size(people, 6),
        .reverse_order = below(people, 2),
    };
    return ask_of(people, OPERATION_LIST_CLOSED_WORKFLOW_EXECUTIONS, input);
}

static struct ask *count_open(struct people *people)
{
    struct count_open_workflow_executions_input *input = INPUT(people,
                                                               count_open_workflow_executions);
    struct filters filters = some_filters(people);

    *input = (struct count_open_workflow_executions_input){
        .domain = a_domain(people),
        .start_time_filter = filters.time,
        .type_filter = filters.type,
        .tag_filter = filters.tag,
        .execution_filter = filters.execution,
    };
    return ask_of(people, OPERATION_COUNT_OPEN_WORKFLOW_EXECUTIONS, input);
}

static struct ask *count_closed(struct people *people)
{
    struct count_closed_workflow_executions_input *input = INPUT(people,
                                                                 count_closed_workflow_executions);
    struct filters filters = some_filters(people);
    bool by_close = below(people, 2);

    *input = (struct count_closed_workflow_executions_input){
        .domain = a_domain(people),
        .start_time_filter = by_close ? NULL : filters.time,
        .close_time_filter = by_close ? filters.time : NULL,
        .type_filter = filters.type,
        .tag_filter = filters.tag,
        .execution_filter = filters.execution,
        .close_status_filter = filters.status,
    };
    return ask_of(people, OPERATION_COUNT_CLOSED_WORKFLOW_EXECUTIONS, input);
}

static struct ask *count_tasks(struct people *people, bool decisions)
{
    struct count_pending_decision_tasks_input *input = INPUT(people, count_pending_decision_tasks);

    input->domain = a_domain(people); /* both are of one form */
    input->task_list = list_named(people, decisions ? pick(people, decision_lists, DECISION_LISTS)
                                                    : pick(people, activity_lists, ACTIVITY_LISTS));
    return ask_of(people,
                  decisions ? OPERATION_COUNT_PENDING_DECISION_TASKS
                            : OPERATION_COUNT_PENDING_ACTIVITY_TASKS,
                  input);
}

struct ask *request_list(struct people *people)
{
    uint64_t what = below(people, 18);

    if (what < 5)
        return list_open(people);
    if (what < 10)
        return list_closed(people);
    if (what < 12)
        return count_open(people);
    if (what < 14)
        return count_closed(people);
    return count_tasks(people, below(people, 2));
}

/* ---- further pages */

static const struct member *member_of(const struct request *request, const char *name)
{
    const struct shape *shape = operation_shapes[request->operation].input;

    for (uint16_t i = 0; i < shape->count; i++)
        if (strcmp(shape->members[i].name, name) == 0)
            return &shape->members[i];
    return NULL;
}

bool request_has_pages(const struct request *request)
{
    return member_of(request, "nextPageToken") != NULL;
}

/* Of another size, now and then, which is nobody's business; or of another query. */
struct ask *request_next_page(struct people *people, const struct request *before,
                              struct bytes token)
{
    const struct shape *shape = operation_shapes[before->operation].input;
    char *input = arena_alloc(people->arena, shape->size);
    int32_t size = maybe_page_size(people, 6);
    struct ask *ask;
    bool reverse;

    memcpy(input, before->input, shape->size);
    memcpy(input + member_of(before, "nextPageToken")->offset, &token, sizeof(token));
    if (below(people, 4) == 0)
        memcpy(input + member_of(before, "maximumPageSize")->offset, &size, sizeof(size));
    memcpy(&reverse, input + member_of(before, "reverseOrder")->offset, sizeof(reverse));
    reverse = reverse != happens(people, people->mix->changed_page);
    memcpy(input + member_of(before, "reverseOrder")->offset, &reverse, sizeof(reverse));
    ask = ask_of(people, before->operation, input);
    ask->is_further_page = true;
    return ask;
}
