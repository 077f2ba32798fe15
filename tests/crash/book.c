#include "book.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#define ARENA_BYTES_MAX ((size_t)64 << 20)
#define DOMAIN BYTES("d")

void book_init(struct book *book)
{
    arena_init(&book->arena, "book", ARENA_BYTES_MAX);
}

void book_deinit(struct book *book)
{
    arena_deinit(&book->arena);
}

/* ---- what it is about */

static const struct workflow_type workflow_type = { BYTES("t"), BYTES("1") };
static const struct task_list task_list = { BYTES("l") }, nobodys_list = { BYTES("nobody") };
static const struct resource_tag tag = { BYTES("key"), BYTES("value") };
static const struct bytes child_tag = { "child", 5 };
#define ARN BYTES("arn:aws:swf:us-east-1:123456789012:/domain/d")

static void register_all(struct caller *caller)
{
    struct register_domain_input domain = {
        .name = DOMAIN,
        .workflow_execution_retention_period_in_days = BYTES("90"),
        .tags = { &tag, 1 },
    };
    struct register_workflow_type_input type = {
        .domain = DOMAIN,
        .name = workflow_type.name,
        .version = workflow_type.version,
        .default_task_list = &task_list,
        .default_task_start_to_close_timeout = BYTES("NONE"),
        .default_execution_start_to_close_timeout = BYTES("31536000"),
        .default_child_policy = CHILD_POLICY_TERMINATE,
    };

    assert_int_equal(caller_call(caller, OPERATION_REGISTER_DOMAIN, &domain), DONE);
    assert_int_equal(caller_call(caller, OPERATION_REGISTER_WORKFLOW_TYPE, &type), DONE);
}

static void start(struct caller *caller, struct book *book, int number)
{
    struct start_workflow_execution_input input = {
        .domain = DOMAIN,
        .workflow_id = arena_printf(&book->arena, "w-%d", number),
        .workflow_type = &workflow_type,
        .input = BYTES("what there is to do"),
    };

    assert_int_equal(caller_call(caller, OPERATION_START_WORKFLOW_EXECUTION, &input), DONE);
    const struct run_output *output = caller->reply.output;
    book->runs[number].workflow_id = input.workflow_id;
    book->runs[number].run_id = arena_copy(&book->arena, output->run_id);
}

static void signal_run(struct caller *caller, const struct workflow_execution *run)
{
    struct signal_workflow_execution_input input = {
        .domain = DOMAIN,
        .workflow_id = run->workflow_id,
        .run_id = run->run_id,
        .signal_name = BYTES("s"),
    };

    assert_int_equal(caller_call(caller, OPERATION_SIGNAL_WORKFLOW_EXECUTION, &input), DONE);
}

/* Takes the oldest decision task, and answers it. */
static void decide(struct caller *caller, struct decision_list decisions)
{
    struct poll_for_decision_task_input poll = { .domain = DOMAIN, .task_list = &task_list };

    assert_int_equal(caller_call(caller, OPERATION_POLL_FOR_DECISION_TASK, &poll), DONE);
    const struct decision_task_output *task = caller->reply.output;
    struct respond_decision_task_completed_input answer = {
        .task_token = task->task_token,
        .decisions = decisions,
        .execution_context = BYTES("context"),
    };
    assert_int_equal(caller_call(caller, OPERATION_RESPOND_DECISION_TASK_COMPLETED, &answer), DONE);
}

static void complete(struct caller *caller)
{
    static const struct complete_workflow_execution_decision done = { .result = BYTES("done") };
    static const struct decision decision = {
        .decision_type = DECISION_COMPLETE_WORKFLOW_EXECUTION,
        .complete_workflow_execution = &done,
    };

    decide(caller, (struct decision_list){ &decision, 1 });
}

/* A marker, a child, and a signal to it. */
static void involve_others(struct caller *caller, int number)
{
    struct bytes id = arena_printf(&caller->arena, "c-%d", number);
    struct record_marker_decision marker = { .marker_name = BYTES("m") };
    struct start_child_workflow_execution_decision child = { .workflow_id = id,
                                                             .workflow_type = &workflow_type,
                                                             .task_list = &nobodys_list,
                                                             .tag_list = { &child_tag, 1 } };
    struct signal_external_workflow_execution_decision send = { .workflow_id = id,
                                                                .signal_name = BYTES("s") };
    const struct decision decisions[] = {
        { .decision_type = DECISION_RECORD_MARKER, .record_marker = &marker },
        { .decision_type = DECISION_START_CHILD_WORKFLOW_EXECUTION,
          .start_child_workflow_execution = &child },
        { .decision_type = DECISION_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION,
          .signal_external_workflow_execution = &send },
    };

    decide(caller, (struct decision_list){ decisions, 3 });
}

/* A third of the runs are completed, a third have a marker and a child, a third wait for their
 * decider; some have signals. */
static void fill(struct caller *caller, struct book *book, int from, int to)
{
    for (int i = from; i < to; i++) {
        caller_reset(caller);
        start(caller, book, i);
        for (int j = 0; j < i % 4; j++)
            signal_run(caller, &book->runs[i]);
        if (i % 3 == 0)
            complete(caller);
        else if (i % 3 == 1)
            involve_others(caller, i);
    }
}

/* ---- what the server says of it */

static enum outcome read_common(struct caller *caller, int number)
{
    static const struct instant beginning = { 0 };
    static const struct execution_time_filter ever = { .oldest_date = &beginning };
    static const struct tag_filter children = { { "child", 5 } };
    struct describe_domain_input domain = { .name = DOMAIN };
    struct describe_workflow_type_input type = { DOMAIN, &workflow_type };
    struct list_tags_for_resource_input tags = { .resource_arn = ARN };
    struct list_open_workflow_executions_input open = { .domain = DOMAIN,
                                                        .start_time_filter = &ever };
    struct list_closed_workflow_executions_input closed = { .domain = DOMAIN,
                                                            .start_time_filter = &ever };
    struct count_open_workflow_executions_input count_open = { .domain = DOMAIN,
                                                               .start_time_filter = &ever };
    struct count_closed_workflow_executions_input count_closed = { .domain = DOMAIN,
                                                                   .start_time_filter = &ever };

    switch (number) {
    case BOOK_DOMAIN:
        return caller_call(caller, OPERATION_DESCRIBE_DOMAIN, &domain);
    case BOOK_TYPE:
        return caller_call(caller, OPERATION_DESCRIBE_WORKFLOW_TYPE, &type);
    case BOOK_TAGS:
        return caller_call(caller, OPERATION_LIST_TAGS_FOR_RESOURCE, &tags);
    case BOOK_OPEN:
        return caller_call(caller, OPERATION_LIST_OPEN_WORKFLOW_EXECUTIONS, &open);
    case BOOK_CLOSED:
        return caller_call(caller, OPERATION_LIST_CLOSED_WORKFLOW_EXECUTIONS, &closed);
    case BOOK_COUNT_CLOSED:
        return caller_call(caller, OPERATION_COUNT_CLOSED_WORKFLOW_EXECUTIONS, &count_closed);
    case BOOK_CHILDREN:
        count_open.tag_filter = &children;
        return caller_call(caller, OPERATION_COUNT_OPEN_WORKFLOW_EXECUTIONS, &count_open);
    default:
        return caller_call(caller, OPERATION_COUNT_OPEN_WORKFLOW_EXECUTIONS, &count_open);
    }
}

enum outcome book_read(const struct book *book, struct caller *caller, int number)
{
    if (number >= BOOK_WORKFLOWS * 2)
        return read_common(caller, number);
    const struct workflow_execution *run = &book->runs[number / 2];
    struct describe_workflow_execution_input describe = { DOMAIN, run };
    struct get_workflow_execution_history_input history = { .domain = DOMAIN, .execution = run };
    return number % 2 ? caller_call(caller, OPERATION_GET_WORKFLOW_EXECUTION_HISTORY, &history)
                      : caller_call(caller, OPERATION_DESCRIBE_WORKFLOW_EXECUTION, &describe);
}

/* What the last decision brings about among workflows is done: each call is taken by a later turn.
 */
static void let_settle(struct caller *caller)
{
    for (int i = 0; i < 8; i++)
        assert_int_equal(read_common(caller, BOOK_DOMAIN), DONE);
}

static void write_truth(struct caller *caller, struct book *book)
{
    for (int i = 0; i < BOOK_READS; i++) {
        caller_reset(caller);
        assert_int_equal(book_read(book, caller, i), DONE);
        book->truth[i] = arena_copy(&book->arena, caller->reply.body);
    }
}

void book_write(struct book *book, struct caller *caller, int from, int to)
{
    if (from == 0)
        register_all(caller);
    fill(caller, book, from, to);
    let_settle(caller);
    if (to == BOOK_WORKFLOWS)
        write_truth(caller, book);
}
