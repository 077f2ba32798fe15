#include "epilogue.h"

#include "census.h"
#include <stdio.h>
#include <string.h>

#define SETTLING_TURNS 12

static void complain(struct epilogue *epilogue, const char *what, struct bytes detail)
{
    if (epilogue->problem[0] == '\0')
        snprintf(epilogue->problem, sizeof epilogue->problem, "%s %.*s", what, BYTES_FMT(detail));
}

/* A poll's identity and a decision's context that were acknowledged are in some history. */
static bool is_told(const struct census *census, struct bytes text)
{
    for (size_t i = 0; i < census->count; i++) {
        for (size_t j = 0; j < census->told[i].count; j++) {
            const struct event *event = &census->told[i].events[j];
            if (event->type == EVENT_DECISION_TASK_STARTED &&
                bytes_equal(event->decision_task_started->identity, text))
                return true;
            if (event->type == EVENT_DECISION_TASK_COMPLETED &&
                bytes_equal(event->decision_task_completed->execution_context, text))
                return true;
        }
    }
    return false;
}

static void check_said(struct epilogue *epilogue, const struct census *census)
{
    for (size_t i = 0; i < epilogue->tale->said_count; i++)
        if (!is_told(census, epilogue->tale->said[i]))
            complain(epilogue, "acknowledged and lost:", epilogue->tale->said[i]);
}

/* The function was called once at most, and what it said stands in the history once at most. */
static void check_function(struct epilogue *epilogue, const struct census *census)
{
    struct bytes payload = epilogue->tale->payload;
    unsigned calls = functions_count_calls(epilogue->functions, payload);
    unsigned answers = 0, ends = 0;

    for (size_t i = 0; i < census->count; i++) {
        for (size_t j = 0; j < census->told[i].count; j++) {
            const struct event *event = &census->told[i].events[j];
            bool completed = event->type == EVENT_LAMBDA_FUNCTION_COMPLETED;
            bool failed = event->type == EVENT_LAMBDA_FUNCTION_FAILED;
            struct bytes answer = completed ? event->lambda_function_completed->result
                                  : failed  ? event->lambda_function_failed->details
                                            : BYTES_ABSENT;
            answers += completed || failed;
            ends += completed || failed || event->type == EVENT_LAMBDA_FUNCTION_TIMED_OUT;
            if ((completed || failed) &&
                (failed != function_raises(payload) || !function_answers(payload, answer)))
                complain(epilogue, "not what the function said:", answer);
        }
    }
    if (ends != 1 || calls > 1 || answers > calls)
        complain(epilogue, "the function's calls do not fit its task", BYTES_ABSENT);
    if (epilogue->is_undisturbed && answers != 1)
        complain(epilogue, "the function did not answer", BYTES_ABSENT);
}

static void check_registry(struct epilogue *epilogue, struct caller *caller)
{
    static const struct activity_type type = { BYTES("late"), BYTES("1") };
    struct describe_activity_type_input describe = { .domain = TALE_DOMAIN,
                                                     .activity_type = &type };
    struct list_tags_for_resource_input list = { .resource_arn = TALE_RESOURCE };
    struct tag_filter tag = { TALE_TAG };
    struct count_closed_workflow_executions_input count = {
        .domain = TALE_DOMAIN,
        .start_time_filter = &(
            struct execution_time_filter){ .oldest_date = &(struct instant){ 0 } },
        .tag_filter = &tag,
    };

    if (caller_call(caller, OPERATION_DESCRIBE_ACTIVITY_TYPE, &describe) != DONE)
        complain(epilogue, "the type is not registered", BYTES_ABSENT);
    if (caller_call(caller, OPERATION_LIST_TAGS_FOR_RESOURCE, &list) != DONE ||
        ((const struct list_tags_for_resource_output *)caller->reply.output)->tags.count != 1)
        complain(epilogue, "the domain has not its tag", BYTES_ABSENT);
    if (caller_call(caller, OPERATION_COUNT_CLOSED_WORKFLOW_EXECUTIONS, &count) != DONE)
        complain(epilogue, "what has a tag cannot be counted", BYTES_ABSENT);
    else
        text_printf(epilogue->told, "%d with a tag\n",
                    ((const struct workflow_execution_count *)caller->reply.output)->count);
}

struct bytes epilogue_difference(struct bytes wanted, struct bytes told)
{
    size_t line = 0;

    for (size_t i = 0; i < told.len; i++) {
        if (i == wanted.len || told.ptr[i] != wanted.ptr[i])
            break;
        if (told.ptr[i] == '\n')
            line = i + 1;
    }
    const char *end = memchr(told.ptr + line, '\n', told.len - line);
    return bytes_of(told.ptr + line, end ? (size_t)(end - told.ptr) - line : told.len - line);
}

/* ---- all of it */

static void look_at(struct epilogue *epilogue, const struct census *census, struct caller *caller)
{
    check_said(epilogue, census);
    check_function(epilogue, census);
    check_registry(epilogue, caller);
    census_tell(census, epilogue->told);
}

bool epilogue_look(struct epilogue *epilogue, const char *endpoint)
{
    struct census census;
    struct caller caller;

    caller_init(&caller, endpoint);
    census_init(&census, TALE_DOMAIN);
    census_let_settle(&caller, TALE_DOMAIN, SETTLING_TURNS);
    text_reset(epilogue->told);
    if (census_list(&census, &caller) && census_read(&census, &caller))
        look_at(epilogue, &census, &caller);
    else
        complain(epilogue, census.problem, BYTES_ABSENT);
    census_deinit(&census);
    caller_deinit(&caller);
    return epilogue->problem[0] == '\0';
}
