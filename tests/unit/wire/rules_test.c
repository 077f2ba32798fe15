#include "wire/rules.h"

#include "fixture.h"

#include <stdio.h>

#define ONE "1 validation error detected: "
#define NAME_TEXT \
    "Member must satisfy regular expression pattern: (?!arn$)[^:/|\\u0000-\\u001f\\u007f-\\u009f]+"
#define TRIMMED_TEXT "Member must not begin or end with white space"

/* A request that keeps the model, judged by the rules. */
static struct fault judge(struct fixture *fixture, enum operation operation, struct bytes body)
{
    struct fault fault = decode(fixture, operation, body);

    if (!fault_is_none(fault))
        fail_msg("does not decode: %.*s: %.*s", BYTES_FMT(body), BYTES_FMT(fault.message));
    return check_rules(&fixture->request, &LIMITS_DOCUMENTED, &fixture->arena);
}

/* `format` holds one %s, for the value as it stands in JSON. */
static struct fault judge_value(struct fixture *fixture, enum operation operation,
                                const char *format, const char *value)
{
    char body[2000];

    snprintf(body, sizeof(body), format, value);
    return judge(fixture, operation, bytes_of_cstr(body));
}

#define START_WITH_ID \
    "{\"domain\":\"d\",\"workflowType\":{\"name\":\"n:/|\",\"version\":\"v\"},\"workflowId\":\"%s\"}"
#define REGISTER_DOMAIN "{\"name\":\"%s\",\"workflowExecutionRetentionPeriodInDays\":\"1\"}"
#define POLL_ACTIVITY "{\"domain\":\"d\",\"taskList\":{\"name\":\"%s\"}}"

static void names_have_forbidden_characters(void **state)
{
    static const char *const good[] = { "a",        "Arn",          "arnx",
                                        "xarn",     "ARN",          " a ",
                                        "a b",      "a\\\\b",       "#$%&'*+.,;<=>?@^_`{}~",
                                        "\xc3\xa4", "\xe2\x80\xa8", "\xf0\x9f\x98\x80",
                                        "\\u00a0",  "\xc2\xa0" };
    static const char *const bad[] = { "a:b",     "a/b",     "a|b",     "/",
                                       "arn",     "\\u0000", "a\\nb",   "\\u001f",
                                       "\\u007f", "\\u0080", "\\u009f", "\xc2\x85" };

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_no_fault(
            judge_value(*state, OPERATION_START_WORKFLOW_EXECUTION, START_WITH_ID, good[i]));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(
            judge_value(*state, OPERATION_START_WORKFLOW_EXECUTION, START_WITH_ID, bad[i]).code,
            FAULT_VALIDATION);
    assert_fault(judge_value(*state, OPERATION_START_WORKFLOW_EXECUTION, START_WITH_ID, "a:b"),
                 FAULT_VALIDATION,
                 ONE "Value 'a:b' at 'workflowId' failed to satisfy constraint: " NAME_TEXT);
}

static void some_names_have_no_white_space_at_their_ends(void **state)
{
    static const char *const spaces[] = { " ",
                                          "\xc2\xa0",
                                          "\xe1\x9a\x80",
                                          "\xe2\x80\x80",
                                          "\xe2\x80\x8a",
                                          "\xe2\x80\xa8",
                                          "\xe2\x80\xa9",
                                          "\xe2\x80\xaf",
                                          "\xe2\x81\x9f",
                                          "\xe3\x80\x80" };

    for (size_t i = 0; i < sizeof(spaces) / sizeof(spaces[0]); i++) {
        char value[20];
        snprintf(value, sizeof(value), "%sa", spaces[i]);
        assert_int_equal(
            judge_value(*state, OPERATION_REGISTER_DOMAIN, REGISTER_DOMAIN, value).code,
            FAULT_VALIDATION);
        snprintf(value, sizeof(value), "a%s", spaces[i]);
        assert_int_equal(
            judge_value(*state, OPERATION_POLL_FOR_ACTIVITY_TASK, POLL_ACTIVITY, value).code,
            FAULT_VALIDATION);
        assert_no_fault(
            judge_value(*state, OPERATION_POLL_FOR_DECISION_TASK, POLL_ACTIVITY, value));
        snprintf(value, sizeof(value), "a%sb", spaces[i]);
        assert_no_fault(judge_value(*state, OPERATION_REGISTER_DOMAIN, REGISTER_DOMAIN, value));
    }
    assert_fault(judge_value(*state, OPERATION_POLL_FOR_ACTIVITY_TASK, POLL_ACTIVITY, "tl "),
                 FAULT_VALIDATION,
                 ONE "Value 'tl ' at 'taskList.name' failed to satisfy constraint: " TRIMMED_TEXT);
    assert_fault(judge_value(*state, OPERATION_POLL_FOR_ACTIVITY_TASK, POLL_ACTIVITY, "t|l "),
                 FAULT_VALIDATION,
                 ONE "Value 't|l ' at 'taskList.name' failed to satisfy constraint: " NAME_TEXT);
    assert_no_fault(judge_value(*state, OPERATION_REGISTER_DOMAIN, REGISTER_DOMAIN,
                                "\xe2\x80\x8b")); /* is none */
}

#define REGISTER_WORKFLOW "{\"domain\":\"d\",\"name\":\"n\",\"version\":\"v\","

/* Values that a member's rule keeps and breaks, and the text that tells. */
static const struct {
    enum operation operation;
    const char *format;
    const char *path;
    const char *text;
    const char *good[8];
    const char *bad[12];
} numbers[] = {
    { OPERATION_REGISTER_WORKFLOW_TYPE,
      REGISTER_WORKFLOW "\"defaultExecutionStartToCloseTimeout\":\"%s\"}",
      "defaultExecutionStartToCloseTimeout",
      "Member must be a number of seconds between 0 and 31536000",
      { "0", "1", "31536000", "00000300" },
      { "31536001", "99999999", "NONE", "-1", "+5", " 5", "5 ", "1.5", "1e3", "abc", "\\u0665" } },
    { OPERATION_REGISTER_WORKFLOW_TYPE,
      REGISTER_WORKFLOW "\"defaultTaskStartToCloseTimeout\":\"%s\"}",
      "defaultTaskStartToCloseTimeout",
      "Member must be NONE or a number of seconds between 0 and 31536000",
      { "0", "31536000", "NONE" },
      { "31536001", "none", "NONE ", "-1", "NULL" } },
    { OPERATION_REGISTER_WORKFLOW_TYPE,
      REGISTER_WORKFLOW "\"defaultTaskPriority\":\"%s\"}",
      "defaultTaskPriority",
      "Member must be an integer between -2147483648 and 2147483647",
      { "0", "-1", "2147483647", "-2147483648", "-0", "007", "00000000007" },
      { "2147483648", "-2147483649", "", "-", "+1", "1.0", "high", "99999999999999999999999999",
        "--1", "000000000007", "-00000000007" } },
    { OPERATION_REGISTER_DOMAIN,
      "{\"name\":\"d\",\"workflowExecutionRetentionPeriodInDays\":\"%s\"}",
      "workflowExecutionRetentionPeriodInDays",
      "Member must be NONE or a number of days between 0 and 90",
      { "0", "90", "NONE", "030" },
      { "91", "-1", "none", "x", "1.5" } },
    { OPERATION_RESPOND_DECISION_TASK_COMPLETED,
      "{\"taskToken\":\"t\",\"decisions\":[{\"decisionType\":\"ScheduleLambdaFunction\","
      "\"scheduleLambdaFunctionDecisionAttributes\":{\"id\":\"i\",\"name\":\"n\",\"startToCloseTimeout\":\"%s\"}}]}",
      "decisions.1.member.scheduleLambdaFunctionDecisionAttributes.startToCloseTimeout",
      "Member must be NONE or a number of seconds between 1 and 900",
      { "1", "900", "NONE", "" },
      { "0", "901", "x", "-5" } },
    { OPERATION_RESPOND_DECISION_TASK_COMPLETED,
      "{\"taskToken\":\"t\",\"decisions\":[{\"decisionType\":\"CompleteWorkflowExecution\"},{\"decisionType\":"
      "\"StartTimer\",\"startTimerDecisionAttributes\":{\"timerId\":\"t\",\"startToFireTimeout\":\"%s\"}}]}",
      "decisions.2.member.startTimerDecisionAttributes.startToFireTimeout",
      "Member must satisfy regular expression pattern: [0-9]+",
      { NULL },
      { "NONE", "-1", "abc" } },
};

static void numbers_are_judged_by_their_rule(void **state)
{
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        for (int j = 0; numbers[i].good[j]; j++)
            assert_no_fault(
                judge_value(*state, numbers[i].operation, numbers[i].format, numbers[i].good[j]));
        for (int j = 0; numbers[i].bad[j]; j++) {
            const char *value = strcmp(numbers[i].bad[j], "\\u0665") == 0 ? "\xd9\xa5"
                                                                          : numbers[i].bad[j];
            char message[500];
            snprintf(message, sizeof(message),
                     ONE "Value '%s' at '%s' failed to satisfy constraint: %s", value,
                     numbers[i].path, numbers[i].text);
            assert_fault(
                judge_value(*state, numbers[i].operation, numbers[i].format, numbers[i].bad[j]),
                FAULT_VALIDATION, message);
        }
    }
}

static void a_timer_may_be_longer_than_a_year(void **state)
{
    assert_no_fault(
        judge(*state, OPERATION_RESPOND_DECISION_TASK_COMPLETED,
              BYTES("{\"taskToken\":\"t\",\"decisions\":[{\"decisionType\":\"StartTimer\","
                    "\"startTimerDecisionAttributes\":{\"timerId\":\"t\",\"startToFireTimeout\":"
                    "\"99999999\"}}]}")));
}

static void empty_optional_durations_become_absent(void **state)
{
    struct fixture *fixture = *state;

    assert_no_fault(judge(
        fixture, OPERATION_REGISTER_ACTIVITY_TYPE,
        BYTES("{\"domain\":\"d\",\"name\":\"n\",\"version\":\"v\",\"description\":\"\","
              "\"defaultTaskHeartbeatTimeout\":\"\",\"defaultTaskStartToCloseTimeout\":\"5\"}")));
    const struct register_activity_type_input *input = fixture->request.register_activity_type;
    assert_bytes(input->default_task_heartbeat_timeout, NULL);
    assert_bytes(input->default_task_start_to_close_timeout, "5");
    assert_bytes(input->description, "");

    assert_no_fault(judge(
        fixture, OPERATION_RESPOND_DECISION_TASK_COMPLETED,
        BYTES(
            "{\"taskToken\":\"t\",\"taskListScheduleToStartTimeout\":\"\",\"decisions\":[{"
            "\"decisionType\":\"ScheduleActivityTask\",\"scheduleActivityTaskDecisionAttributes\":{"
            "\"activityType\":{\"name\":\"a\",\"version\":\"1\"},\"activityId\":\"a1\","
            "\"heartbeatTimeout\":\"\"}}]}")));
    const struct respond_decision_task_completed_input *completed =
        fixture->request.respond_decision_task_completed;
    assert_bytes(completed->task_list_schedule_to_start_timeout, NULL);
    assert_bytes(completed->decisions.items[0].schedule_activity_task->heartbeat_timeout, NULL);
}

static void the_first_broken_rule_in_the_models_order_is_told(void **state)
{
    assert_fault(
        judge(
            *state, OPERATION_REGISTER_WORKFLOW_TYPE,
            BYTES(
                "{\"defaultTaskPriority\":\"x\",\"defaultTaskList\":{\"name\":\"a/b\"},\"version\":\"v\","
                "\"name\":\"n\",\"domain\":\"d\"}")),
        FAULT_VALIDATION,
        ONE "Value 'a/b' at 'defaultTaskList.name' failed to satisfy constraint: " NAME_TEXT);
}

static void attributes_of_other_types_are_judged_too(void **state)
{
    assert_int_equal(
        judge(
            *state, OPERATION_RESPOND_DECISION_TASK_COMPLETED,
            BYTES(
                "{\"taskToken\":\"t\",\"decisions\":[{\"decisionType\":\"CompleteWorkflowExecution\","
                "\"startTimerDecisionAttributes\":{\"timerId\":\"t\",\"startToFireTimeout\":\"x\"}}]}"))
            .code,
        FAULT_VALIDATION);
}

/* Flow names a child by its parent's run id, a colon and a number; a run id may hold a slash. */
static void timers_and_children_may_have_colons_and_slashes(void **state)
{
    assert_no_fault(judge(
        *state, OPERATION_RESPOND_DECISION_TASK_COMPLETED,
        BYTES("{\"taskToken\":\"t\",\"decisions\":[{\"decisionType\":\"StartTimer\","
              "\"startTimerDecisionAttributes\":{\"timerId\":\"delayed:t\","
              "\"startToFireTimeout\":\"1\"}},{\"decisionType\":\"StartChildWorkflowExecution\","
              "\"startChildWorkflowExecutionDecisionAttributes\":{\"workflowId\":\"22+a/b=:1\","
              "\"workflowType\":{\"name\":\"n\",\"version\":\"v\"}}}]}")));
}

static void timers_and_children_have_no_control_characters(void **state)
{
    static const char timer[] =
        "{\"taskToken\":\"t\",\"decisions\":[{\"decisionType\":\"StartTimer\","
        "\"startTimerDecisionAttributes\":{\"timerId\":\"%s\",\"startToFireTimeout\":\"1\"}}]}";
    static const char child[] =
        "{\"taskToken\":\"t\",\"decisions\":[{\"decisionType\":\"StartChildWorkflowExecution\","
        "\"startChildWorkflowExecutionDecisionAttributes\":{\"workflowId\":\"%s\","
        "\"workflowType\":{\"name\":\"n\",\"version\":\"v\"}}}]}";
    static const char *const bad[] = { "arn", "\\u0000", "a\\nb", "\\u001f", "\\u007f", "\\u009f" };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(
            judge_value(*state, OPERATION_RESPOND_DECISION_TASK_COMPLETED, timer, bad[i]).code,
            FAULT_VALIDATION);
        assert_int_equal(
            judge_value(*state, OPERATION_RESPOND_DECISION_TASK_COMPLETED, child, bad[i]).code,
            FAULT_VALIDATION);
    }
    assert_no_fault(judge_value(*state, OPERATION_RESPOND_DECISION_TASK_COMPLETED, timer, "barn"));
    assert_fault(judge_value(*state, OPERATION_RESPOND_DECISION_TASK_COMPLETED, timer, "arn"),
                 FAULT_VALIDATION,
                 ONE "Value 'arn' at 'decisions.1.member.startTimerDecisionAttributes.timerId' "
                     "failed to satisfy constraint: Member must satisfy regular expression "
                     "pattern: (?!arn$)[^\\u0000-\\u001f\\u007f-\\u009f]+");
}

static void resource_tags_have_their_own_characters(void **state)
{
    static const char *const good[] = { "a", "Cost Center", "a_b.c:d/e=f+g-h@i",
                                        "\xc3\xa4\xe6\xbc\xa2", "" };
    static const char *const bad[] = { "a,b", "a|b", "<b>", "a\\u0000", "a*", "\\u0080", "a\\\"" };
    static const char format[] =
        "{\"resourceArn\":\"a\",\"tags\":[{\"key\":\"k\"},{\"key\":\"k\",\"value\":\"%s\"}]}";

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_no_fault(judge_value(*state, OPERATION_TAG_RESOURCE, format, good[i]));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(judge_value(*state, OPERATION_TAG_RESOURCE, format, bad[i]).code,
                         FAULT_VALIDATION);
    assert_fault(judge_value(*state, OPERATION_TAG_RESOURCE, format, "a*"), FAULT_VALIDATION,
                 ONE
                 "Value 'a*' at 'tags.2.member.value' failed to satisfy constraint: "
                 "Member must satisfy regular expression pattern: [\\p{L}\\p{N}\\s_.:/=+\\-@]*");
}

/* ---- members together ---- */

static void a_close_must_be_last(void **state)
{
    static const char *const closing[] = { "CompleteWorkflowExecution", "FailWorkflowExecution",
                                           "CancelWorkflowExecution",
                                           "ContinueAsNewWorkflowExecution" };
    static const char marker[] =
        "{\"decisionType\":\"RecordMarker\",\"recordMarkerDecisionAttributes\":{\"markerName\":\"m\"}}";
    const char *const text = "Close must be last decision in list";

    for (size_t i = 0; i < 4; i++) {
        char body[500];
        snprintf(body, sizeof(body),
                 "{\"taskToken\":\"t\",\"decisions\":[{\"decisionType\":\"%s\"},%s]}", closing[i],
                 marker);
        assert_fault(judge(*state, OPERATION_RESPOND_DECISION_TASK_COMPLETED, bytes_of_cstr(body)),
                     FAULT_VALIDATION, text);
        snprintf(body, sizeof(body),
                 "{\"taskToken\":\"t\",\"decisions\":[%s,{\"decisionType\":\"%s\"}]}", marker,
                 closing[i]);
        assert_no_fault(
            judge(*state, OPERATION_RESPOND_DECISION_TASK_COMPLETED, bytes_of_cstr(body)));
        snprintf(
            body, sizeof(body),
            "{\"taskToken\":\"t\",\"decisions\":[{\"decisionType\":\"%s\"},{\"decisionType\":\"%s\"}]}",
            closing[i], closing[3 - i]);
        assert_fault(judge(*state, OPERATION_RESPOND_DECISION_TASK_COMPLETED, bytes_of_cstr(body)),
                     FAULT_VALIDATION, text);
    }
    assert_no_fault(
        judge(*state, OPERATION_RESPOND_DECISION_TASK_COMPLETED, BYTES("{\"taskToken\":\"t\"}")));
    assert_no_fault(judge(*state, OPERATION_RESPOND_DECISION_TASK_COMPLETED,
                          BYTES("{\"taskToken\":\"t\",\"decisions\":[]}")));
}

static void a_list_timeout_needs_a_list(void **state)
{
    assert_fault(judge(*state, OPERATION_RESPOND_DECISION_TASK_COMPLETED,
                       BYTES("{\"taskToken\":\"t\",\"taskListScheduleToStartTimeout\":\"5\"}")),
                 FAULT_VALIDATION,
                 "Cannot specify taskListScheduleToStartTimeout without taskList");
    assert_no_fault(judge(
        *state, OPERATION_RESPOND_DECISION_TASK_COMPLETED,
        BYTES(
            "{\"taskToken\":\"t\",\"taskListScheduleToStartTimeout\":\"5\",\"taskList\":{\"name\":\"l\"}}")));
}

#define TIME "\"startTimeFilter\":{\"oldestDate\":0}"
#define CLOSE_TIME "\"closeTimeFilter\":{\"oldestDate\":0}"
#define EXECUTION ",\"executionFilter\":{\"workflowId\":\"w\"}"
#define TYPE ",\"typeFilter\":{\"name\":\"n\"}"
#define TAG ",\"tagFilter\":{\"tag\":\"t\"}"
#define STATUS ",\"closeStatusFilter\":{\"status\":\"FAILED\"}"
#define EXCLUSIVE "Cannot specify more than one exclusive filters in the same query: "

static void queries_of_closed_runs_have_one_time_filter(void **state)
{
    static const enum operation operations[] = { OPERATION_LIST_CLOSED_WORKFLOW_EXECUTIONS,
                                                 OPERATION_COUNT_CLOSED_WORKFLOW_EXECUTIONS };

    for (int i = 0; i < 2; i++) {
        assert_no_fault(judge(*state, operations[i], BYTES("{\"domain\":\"d\"," TIME "}")));
        assert_no_fault(
            judge(*state, operations[i], BYTES("{\"domain\":\"d\"," CLOSE_TIME STATUS "}")));
        assert_fault(judge(*state, operations[i], BYTES("{\"domain\":\"d\"" TYPE TAG "}")),
                     FAULT_VALIDATION, "Must specify time filter");
        assert_fault(judge(*state, operations[i],
                           BYTES("{\"domain\":\"d\"," TIME "," CLOSE_TIME TYPE TAG "}")),
                     FAULT_VALIDATION,
                     "Cannot specify both a startTimeFilter and a closeTimeFilter");
        assert_fault(judge(*state, operations[i], BYTES("{\"domain\":\"d\"," TIME STATUS TAG "}")),
                     FAULT_VALIDATION, EXCLUSIVE "[tagFilter, closeStatusFilter]");
        assert_fault(judge(*state, operations[i],
                           BYTES("{\"domain\":\"d\"," TIME STATUS TAG TYPE EXECUTION "}")),
                     FAULT_VALIDATION,
                     EXCLUSIVE "[executionFilter, typeFilter, tagFilter, closeStatusFilter]");
    }
}

static void queries_of_open_runs_have_one_other_filter(void **state)
{
    static const enum operation operations[] = { OPERATION_LIST_OPEN_WORKFLOW_EXECUTIONS,
                                                 OPERATION_COUNT_OPEN_WORKFLOW_EXECUTIONS };

    for (int i = 0; i < 2; i++) {
        assert_no_fault(judge(*state, operations[i], BYTES("{\"domain\":\"d\"," TIME "}")));
        assert_no_fault(
            judge(*state, operations[i], BYTES("{\"domain\":\"d\"," TIME EXECUTION "}")));
        assert_fault(
            judge(*state, operations[i], BYTES("{\"domain\":\"d\"," TIME TYPE EXECUTION "}")),
            FAULT_VALIDATION, EXCLUSIVE "[executionFilter, typeFilter]");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(names_have_forbidden_characters),
        test(some_names_have_no_white_space_at_their_ends),
        test(numbers_are_judged_by_their_rule),
        test(a_timer_may_be_longer_than_a_year),
        test(timers_and_children_may_have_colons_and_slashes),
        test(timers_and_children_have_no_control_characters),
        test(empty_optional_durations_become_absent),
        test(the_first_broken_rule_in_the_models_order_is_told),
        test(attributes_of_other_types_are_judged_too),
        test(resource_tags_have_their_own_characters),
        test(a_close_must_be_last),
        test(a_list_timeout_needs_a_list),
        test(queries_of_closed_runs_have_one_time_filter),
        test(queries_of_open_runs_have_one_other_filter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
