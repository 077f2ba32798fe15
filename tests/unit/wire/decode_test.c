#include "wire/decode.h"

#include "fixture.h"

#include <stdio.h>

#define NOT_NULL(path) \
    "Value null at '" path "' failed to satisfy constraint: Member must not be null"
#define ONE "1 validation error detected: "

/* ---- targets ---- */

static void every_operation_has_two_targets(void **state)
{
    (void)state;
    for (int i = 0; i < OPERATION_COUNT; i++) {
        static const char *const services[] = {
            "SimpleWorkflowService", "com.amazonaws.swf.service.model.SimpleWorkflowService"
        };
        for (int j = 0; j < 2; j++) {
            char target[200];
            enum operation operation = OPERATION_COUNT;
            snprintf(target, sizeof(target), "%s.%s", services[j], operation_names[i]);
            assert_true(decode_target(bytes_of_cstr(target), &operation));
            assert_int_equal(operation, i);
        }
    }
}

static void other_targets_are_unknown(void **state)
{
    static const struct bytes targets[] = {
        BYTES_ABSENT,
        BYTES(""),
        BYTES("."),
        BYTES("ListDomains"),
        BYTES(".ListDomains"),
        BYTES("SimpleWorkflowService"),
        BYTES("SimpleWorkflowService."),
        BYTES("SimpleWorkflowService.ListDomain"),
        BYTES("SimpleWorkflowService.ListDomainsX"),
        BYTES("SimpleWorkflowService.listDomains"),
        BYTES("simpleworkflowservice.ListDomains"),
        BYTES("SimpleWorkflowService.ListDomains "),
        BYTES("SimpleWorkflowService..ListDomains"),
        BYTES("x.SimpleWorkflowService.ListDomains"),
        BYTES("DynamoDB_20120810.ListTables"),
        BYTES("SimpleWorkflowService.ListDomains\0"),
    };
    enum operation operation;

    (void)state;
    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
        assert_false(decode_target(targets[i], &operation));
}

/* ---- values ---- */

static void a_start_is_decoded_whole(void **state)
{
    struct fixture *fixture = *state;

    assert_no_fault(decode(
        fixture, OPERATION_START_WORKFLOW_EXECUTION,
        BYTES(
            "{\"domain\":\"TestDomain\",\"workflowId\":\"w1\",\"workflowType\":{\"name\":\"example\","
            "\"version\":\"1.0\"},\"taskList\":{\"name\":\"tl\"},\"childPolicy\":\"TERMINATE\","
            "\"input\":\"{}\",\"tagList\":[\"a\",\"\"],\"taskPriority\":\"-3\","
            "\"executionStartToCloseTimeout\":\"\"}")));
    assert_int_equal(fixture->request.operation, OPERATION_START_WORKFLOW_EXECUTION);
    const struct start_workflow_execution_input *input = fixture->request.start_workflow_execution;
    assert_bytes(input->domain, "TestDomain");
    assert_bytes(input->workflow_id, "w1");
    assert_bytes(input->workflow_type->name, "example");
    assert_bytes(input->workflow_type->version, "1.0");
    assert_bytes(input->task_list->name, "tl");
    assert_int_equal(input->child_policy, CHILD_POLICY_TERMINATE);
    assert_bytes(input->input, "{}");
    assert_int_equal(input->tag_list.count, 2);
    assert_bytes(input->tag_list.items[0], "a");
    assert_bytes(input->tag_list.items[1], "");
    assert_bytes(input->task_priority, "-3");
    assert_bytes(input->execution_start_to_close_timeout, "");
    assert_bytes(input->task_start_to_close_timeout, NULL);
    assert_bytes(input->lambda_role, NULL);
}

static void what_was_decoded_outlives_the_body(void **state)
{
    struct fixture *fixture = *state;
    struct json_value root;

    assert_no_fault(decode(fixture, OPERATION_DESCRIBE_DOMAIN, BYTES("{\"name\":\"kept\"}")));
    memset(fixture->body.ptr, 'x', fixture->body.len);
    assert_true(json_parse(fixture->reader, BYTES("{\"name\":\"next\"}"), &root));
    assert_bytes(fixture->request.describe_domain->name, "kept");
}

static void null_members_are_absent_and_null_items_left_out(void **state)
{
    struct fixture *fixture = *state;

    assert_no_fault(decode(
        fixture, OPERATION_START_WORKFLOW_EXECUTION,
        BYTES("{\"domain\":\"d\",\"workflowId\":\"w\",\"workflowType\":{\"name\":\"n\",\"version\":"
              "\"v\"},\"taskList\":null,\"childPolicy\":null,\"input\":null,"
              "\"tagList\":[null,\"a\",null,\"b\",null]}")));
    const struct start_workflow_execution_input *input = fixture->request.start_workflow_execution;
    assert_null(input->task_list);
    assert_int_equal(input->child_policy, CHILD_POLICY_ABSENT);
    assert_bytes(input->input, NULL);
    assert_int_equal(input->tag_list.count, 2);
    assert_bytes(input->tag_list.items[1], "b");

    assert_no_fault(decode(fixture, OPERATION_UNTAG_RESOURCE,
                           BYTES("{\"resourceArn\":\"a\",\"tagKeys\":[null]}")));
    assert_non_null(fixture->request.untag_resource->tag_keys.items);
    assert_int_equal(fixture->request.untag_resource->tag_keys.count, 0);
}

static void unknown_members_are_ignored(void **state)
{
    struct fixture *fixture = *state;

    assert_no_fault(decode(
        fixture, OPERATION_DESCRIBE_DOMAIN,
        BYTES(
            "{\"Name\":5,\"nam\":[],\"names\":{\"a\":[1,{}]},\"\":null,\"name\":\"d\",\"x\":true}")));
    assert_bytes(fixture->request.describe_domain->name, "d");
}

static void the_last_of_two_members_counts(void **state)
{
    struct fixture *fixture = *state;

    assert_no_fault(decode(
        fixture, OPERATION_LIST_DOMAINS,
        BYTES(
            "{\"registrationStatus\":\"NONSENSE\",\"maximumPageSize\":9999,\"nextPageToken\":\"t\","
            "\"registrationStatus\":\"DEPRECATED\",\"maximumPageSize\":7,\"nextPageToken\":null}")));
    const struct list_domains_input *input = fixture->request.list_domains;
    assert_int_equal(input->registration_status, REGISTRATION_STATUS_DEPRECATED);
    assert_int_equal(input->maximum_page_size, 7);
    assert_bytes(input->next_page_token, NULL);
    assert_fault(
        decode(fixture, OPERATION_DESCRIBE_DOMAIN, BYTES("{\"name\":\"d\",\"name\":null}")),
        FAULT_VALIDATION, ONE NOT_NULL("name"));
}

static void fractions_are_floored_and_booleans_read(void **state)
{
    struct fixture *fixture = *state;

    assert_no_fault(decode(fixture, OPERATION_LIST_DOMAINS,
                           BYTES("{\"registrationStatus\":\"REGISTERED\",\"maximumPageSize\":7.99,"
                                 "\"reverseOrder\":true}")));
    assert_int_equal(fixture->request.list_domains->maximum_page_size, 7);
    assert_true(fixture->request.list_domains->reverse_order);
}

static int64_t oldest_date(struct fixture *fixture, const char *number)
{
    struct bytes body = arena_printf(
        &fixture->arena, "{\"domain\":\"d\",\"startTimeFilter\":{\"oldestDate\":%s}}", number);

    assert_no_fault(decode(fixture, OPERATION_LIST_OPEN_WORKFLOW_EXECUTIONS, body));
    return fixture->request.list_open_workflow_executions->start_time_filter->oldest_date->ms;
}

static void times_are_rounded_to_milliseconds(void **state)
{
    assert_int_equal(oldest_date(*state, "1325376070"), 1325376070000);
    assert_int_equal(oldest_date(*state, "1325376070.123"), 1325376070123);
    assert_int_equal(oldest_date(*state, "1.504871454307E9"), 1504871454307);
    assert_int_equal(oldest_date(*state, "1326592619.4744"), 1326592619474);
    assert_int_equal(oldest_date(*state, "1326592619.4746"), 1326592619475);
    assert_int_equal(oldest_date(*state, "0"), 0);
    assert_int_equal(oldest_date(*state, "-1.5"), -1500);
    assert_int_equal(oldest_date(*state, "1e300"), 253402300799999);
    assert_int_equal(oldest_date(*state, "-1e300"), -253402300799999);
    assert_int_equal(oldest_date(*state, "18446744073709551615"), 253402300799999);
}

static void the_time_1970_is_not_absent(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(oldest_date(fixture, "0"), 0);
    assert_null(fixture->request.list_open_workflow_executions->start_time_filter->latest_date);
    assert_fault(decode(fixture, OPERATION_LIST_OPEN_WORKFLOW_EXECUTIONS,
                        BYTES("{\"domain\":\"d\",\"startTimeFilter\":{\"latestDate\":0}}")),
                 FAULT_VALIDATION, ONE NOT_NULL("startTimeFilter.oldestDate"));
}

static void strings_keep_every_character(void **state)
{
    struct fixture *fixture = *state;

    assert_no_fault(
        decode(fixture, OPERATION_RESPOND_ACTIVITY_TASK_COMPLETED,
               BYTES("{\"taskToken\":\"t\",\"result\":\"a\\u0000\\ud83d\\ude00\\n\"}")));
    struct bytes result = fixture->request.respond_activity_task_completed->result;
    assert_int_equal(result.len, 7);
    assert_memory_equal(result.ptr, "a\0\xf0\x9f\x98\x80\n", 7);
}

/* ---- types ---- */

static void a_body_that_is_not_json_has_no_message(void **state)
{
    assert_fault(decode(*state, OPERATION_LIST_DOMAINS, BYTES("")), FAULT_SERIALIZATION, NULL);
    assert_fault(decode(*state, OPERATION_LIST_DOMAINS, BYTES("{\"registrationStatus\":")),
                 FAULT_SERIALIZATION, NULL);
    assert_fault(decode(*state, OPERATION_LIST_DOMAINS, BYTES("registrationStatus=REGISTERED")),
                 FAULT_SERIALIZATION, NULL);
    assert_fault(decode(*state, OPERATION_LIST_DOMAINS, BYTES("{\"\xff\":1}")), FAULT_SERIALIZATION,
                 NULL);
}

static void a_body_that_is_no_object_is_a_wrong_type(void **state)
{
    static const struct bytes bodies[] = { BYTES("[]"), BYTES("5"), BYTES("null"), BYTES("\"{}\""),
                                           BYTES("true") };

    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
        assert_fault(decode(*state, OPERATION_LIST_DOMAINS, bodies[i]), FAULT_SERIALIZATION,
                     "Unexpected field type");
}

static void wrong_types_have_the_texts_of_the_service(void **state)
{
    static const struct {
        enum operation operation;
        struct bytes body;
        const char *message;
    } rows[] = {
        /* a string is expected */
        { OPERATION_DESCRIBE_DOMAIN, BYTES("{\"name\":1}"),
          "NUMBER_VALUE cannot be converted to String" },
        { OPERATION_DESCRIBE_DOMAIN, BYTES("{\"name\":1.5}"),
          "DECIMAL_VALUE cannot be converted to String" },
        { OPERATION_DESCRIBE_DOMAIN, BYTES("{\"name\":true}"),
          "TRUE_VALUE cannot be converted to String" },
        { OPERATION_DESCRIBE_DOMAIN, BYTES("{\"name\":false}"),
          "FALSE_VALUE cannot be converted to String" },
        { OPERATION_DESCRIBE_DOMAIN, BYTES("{\"name\":{}}"),
          "Start of structure or map found where not expected" },
        { OPERATION_DESCRIBE_DOMAIN, BYTES("{\"name\":[]}"),
          "Unrecognized collection type class java.lang.String" },
        { OPERATION_LIST_DOMAINS, BYTES("{\"registrationStatus\":1}"),
          "NUMBER_VALUE cannot be converted to String" },
        { OPERATION_LIST_DOMAINS, BYTES("{\"registrationStatus\":[]}"),
          "Unrecognized collection type class java.lang.String" },
        /* a number */
        { OPERATION_LIST_DOMAINS, BYTES("{\"maximumPageSize\":\"5\"}"),
          "STRING_VALUE cannot be converted to Integer" },
        { OPERATION_LIST_DOMAINS, BYTES("{\"maximumPageSize\":true}"),
          "TRUE_VALUE cannot be converted to Integer" },
        { OPERATION_LIST_DOMAINS, BYTES("{\"maximumPageSize\":{}}"),
          "Start of structure or map found where not expected" },
        { OPERATION_LIST_DOMAINS, BYTES("{\"maximumPageSize\":[5]}"),
          "Unrecognized collection type class java.lang.Integer" },
        /* a boolean */
        { OPERATION_LIST_DOMAINS, BYTES("{\"reverseOrder\":\"true\"}"),
          "STRING_VALUE cannot be converted to Boolean" },
        { OPERATION_LIST_DOMAINS, BYTES("{\"reverseOrder\":1}"),
          "NUMBER_VALUE cannot be converted to Boolean" },
        /* a time */
        { OPERATION_LIST_OPEN_WORKFLOW_EXECUTIONS,
          BYTES("{\"startTimeFilter\":{\"oldestDate\":\"2012-01-25\"}}"),
          "STRING_VALUE cannot be converted to Date" },
        /* a structure */
        { OPERATION_POLL_FOR_ACTIVITY_TASK, BYTES("{\"taskList\":\"tl\"}"),
          "Unexpected field type" },
        { OPERATION_POLL_FOR_ACTIVITY_TASK, BYTES("{\"taskList\":5}"), "Unexpected field type" },
        { OPERATION_POLL_FOR_ACTIVITY_TASK, BYTES("{\"taskList\":[{\"name\":\"tl\"}]}"),
          "Unexpected field type" },
        /* a list */
        { OPERATION_START_WORKFLOW_EXECUTION, BYTES("{\"tagList\":\"a\"}"),
          "Unexpected field type" },
        { OPERATION_START_WORKFLOW_EXECUTION, BYTES("{\"tagList\":{}}"),
          "Start of structure or map found where not expected" },
        { OPERATION_START_WORKFLOW_EXECUTION, BYTES("{\"tagList\":[\"a\",1]}"),
          "NUMBER_VALUE cannot be converted to String" },
        { OPERATION_RESPOND_DECISION_TASK_COMPLETED, BYTES("{\"decisions\":7}"),
          "Unexpected field type" },
        { OPERATION_RESPOND_DECISION_TASK_COMPLETED, BYTES("{\"decisions\":{}}"),
          "Start of structure or map found where not expected" },
        { OPERATION_RESPOND_DECISION_TASK_COMPLETED, BYTES("{\"decisions\":[7]}"),
          "Unexpected field type" },
        { OPERATION_RESPOND_DECISION_TASK_COMPLETED,
          BYTES("{\"decisions\":[{\"startTimerDecisionAttributes\":{\"startToFireTimeout\":5}}]}"),
          "NUMBER_VALUE cannot be converted to String" },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_fault(decode(*state, rows[i].operation, rows[i].body), FAULT_SERIALIZATION,
                     rows[i].message);
}

/* ---- constraints ---- */

static void required_members_must_be_there(void **state)
{
    assert_fault(decode(*state, OPERATION_DESCRIBE_DOMAIN, BYTES("{}")), FAULT_VALIDATION,
                 ONE NOT_NULL("name"));
    assert_fault(decode(*state, OPERATION_LIST_DOMAINS, BYTES("{}")), FAULT_VALIDATION,
                 ONE NOT_NULL("registrationStatus"));
    assert_fault(decode(*state, OPERATION_DESCRIBE_WORKFLOW_EXECUTION, BYTES("{\"domain\":\"d\"}")),
                 FAULT_VALIDATION, ONE NOT_NULL("execution"));
    assert_fault(decode(*state, OPERATION_DESCRIBE_WORKFLOW_EXECUTION,
                        BYTES("{\"domain\":\"d\",\"execution\":{\"workflowId\":\"w\"}}")),
                 FAULT_VALIDATION, ONE NOT_NULL("execution.runId"));
    assert_fault(decode(*state, OPERATION_TAG_RESOURCE, BYTES("{\"resourceArn\":\"a\"}")),
                 FAULT_VALIDATION, ONE NOT_NULL("tags"));
    assert_fault(decode(*state, OPERATION_TAG_RESOURCE,
                        BYTES("{\"resourceArn\":\"a\",\"tags\":[{\"key\":\"k\"},{}]}")),
                 FAULT_VALIDATION, ONE NOT_NULL("tags.2.member.key"));
}

static void several_problems_come_in_the_order_of_the_model(void **state)
{
    assert_fault(
        decode(
            *state, OPERATION_START_WORKFLOW_EXECUTION,
            BYTES(
                "{\"childPolicy\":\"KILL\",\"workflowType\":{\"version\":\"\"},\"workflowId\":\"w\"}")),
        FAULT_VALIDATION,
        "4 validation errors detected: " NOT_NULL("domain") "; " NOT_NULL(
            "workflowType.name") "; "
                                 "Value '' at 'workflowType.version' failed to satisfy constraint: "
                                 "Member must have length greater than or equal to 1; "
                                 "Value 'KILL' at 'childPolicy' failed to satisfy constraint: "
                                 "Member must satisfy enum value set: [TERMINATE, REQUEST_CANCEL, ABANDON]");
}

static void numbers_have_a_range(void **state)
{
    assert_fault(decode(*state, OPERATION_LIST_DOMAINS,
                        BYTES("{\"registrationStatus\":\"REGISTERED\",\"maximumPageSize\":1001}")),
                 FAULT_VALIDATION,
                 ONE "Value '1001' at 'maximumPageSize' failed to satisfy constraint: "
                     "Member must have value less than or equal to 1000");
    assert_fault(decode(*state, OPERATION_LIST_DOMAINS,
                        BYTES("{\"registrationStatus\":\"REGISTERED\",\"maximumPageSize\":-1}")),
                 FAULT_VALIDATION,
                 ONE "Value '-1' at 'maximumPageSize' failed to satisfy constraint: "
                     "Member must have value greater than or equal to 0");
    assert_fault(
        decode(*state, OPERATION_LIST_DOMAINS,
               BYTES("{\"registrationStatus\":\"REGISTERED\",\"maximumPageSize\":4294967296}")),
        FAULT_VALIDATION,
        ONE "Value '2147483647' at 'maximumPageSize' failed to satisfy constraint: "
            "Member must have value less than or equal to 1000");
    assert_no_fault(
        decode(*state, OPERATION_LIST_DOMAINS,
               BYTES("{\"registrationStatus\":\"REGISTERED\",\"maximumPageSize\":1000}")));
}

/* {"taskToken":"t","result":"<unit, `count` times>"} */
static struct bytes completed_with(struct fixture *fixture, const char *unit, size_t count)
{
    struct text text;

    text_init(&text, (size_t)4 << 20);
    text_append_cstr(&text, "{\"taskToken\":\"t\",\"result\":\"");
    for (size_t i = 0; i < count; i++)
        text_append_cstr(&text, unit);
    text_append_cstr(&text, "\"}");
    struct bytes body = arena_copy(&fixture->arena, text_bytes(&text));
    text_deinit(&text);
    return body;
}

static void lengths_count_characters(void **state)
{
    static const char *const units[] = {
        "x", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\\ud83d\\ude00", "\\n"
    };
    static const enum operation operation = OPERATION_RESPOND_ACTIVITY_TASK_COMPLETED;

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        assert_no_fault(decode(*state, operation, completed_with(*state, units[i], 32768)));
        struct fault fault = decode(*state, operation, completed_with(*state, units[i], 32769));
        assert_int_equal(fault.code, FAULT_VALIDATION);
        assert_true(bytes_starts_with(fault.message, BYTES(ONE "Value '")));
        struct bytes end = BYTES("...' at 'result' failed to satisfy constraint: "
                                 "Member must have length less than or equal to 32768");
        assert_true(bytes_equal(bytes_skip(fault.message, fault.message.len - end.len), end));
    }
}

static void a_long_value_is_shown_in_part(void **state)
{
    struct fault fault = decode(*state, OPERATION_RESPOND_ACTIVITY_TASK_COMPLETED,
                                completed_with(*state, "\xf0\x9f\x98\x80", 200000));

    assert_int_equal(fault.code, FAULT_VALIDATION);
    assert_true(fault.message.len > 4 * 1024);
    assert_true(fault.message.len < 4 * 1024 + 200);
}

static void lists_have_a_length(void **state)
{
    assert_fault(
        decode(
            *state, OPERATION_START_WORKFLOW_EXECUTION,
            BYTES(
                "{\"domain\":\"d\",\"workflowId\":\"w\",\"workflowType\":{\"name\":\"n\",\"version\":\"v\"},"
                "\"tagList\":[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\"]}")),
        FAULT_VALIDATION,
        ONE "Value '[a, b, c, d, e, f]' at 'tagList' failed to satisfy constraint: "
            "Member must have length less than or equal to 5");
    assert_fault(decode(*state, OPERATION_UNTAG_RESOURCE,
                        BYTES("{\"resourceArn\":\"a\",\"tagKeys\":[\"k\",\"\"]}")),
                 FAULT_VALIDATION,
                 ONE "Value '' at 'tagKeys.2.member' failed to satisfy constraint: "
                     "Member must have length greater than or equal to 1");
}

static void at_most_ten_problems_are_told(void **state)
{
    struct bytes body = BYTES(
        "{\"taskToken\":\"t\",\"decisions\":[{},{},{},{},{},{},{},{},{},{},{},{}]}");
    struct fault fault = decode(*state, OPERATION_RESPOND_DECISION_TASK_COMPLETED, body);
    struct bytes end = BYTES(NOT_NULL("decisions.10.member.decisionType"));

    assert_int_equal(fault.code, FAULT_VALIDATION);
    assert_true(bytes_starts_with(fault.message, BYTES("10 validation errors detected: " NOT_NULL(
                                                     "decisions.1.member.decisionType") "; ")));
    assert_true(bytes_equal(bytes_skip(fault.message, fault.message.len - end.len), end));
}

/* A value with NUL must not cut the message. */
static void a_message_may_hold_any_character(void **state)
{
    struct fault fault = decode(*state, OPERATION_LIST_DOMAINS,
                                BYTES("{\"registrationStatus\":\"a\\u0000b'\"}"));
    struct bytes expected = BYTES(
        ONE "Value 'a\0b'' at 'registrationStatus' failed to satisfy constraint: "
            "Member must satisfy enum value set: [REGISTERED, DEPRECATED]");

    assert_true(bytes_equal(fault.message, expected));
}

/* {"registrationStatus":"REGISTERED\u0000<tail>"} */
static struct bytes status_with_tail(struct fixture *fixture, struct bytes tail)
{
    return arena_concat(&fixture->arena, BYTES("{\"registrationStatus\":\"REGISTERED\\u0000"), tail,
                        BYTES("\"}"));
}

static void assert_no_status(struct fixture *fixture, struct bytes tail)
{
    struct fault fault = decode(fixture, OPERATION_LIST_DOMAINS, status_with_tail(fixture, tail));
    struct bytes end = BYTES("' at 'registrationStatus' failed to satisfy constraint: "
                             "Member must satisfy enum value set: [REGISTERED, DEPRECATED]");

    assert_int_equal(fault.code, FAULT_VALIDATION);
    assert_true(bytes_starts_with(fault.message, BYTES(ONE "Value 'REGISTERED\0")));
    assert_true(bytes_equal(bytes_skip(fault.message, fault.message.len - end.len), end));
}

/* However much follows: the text is neither cut short nor compared with what lies behind the word.
 */
static void a_nul_does_not_end_a_word(void **state)
{
    static char tail[100000];

    memset(tail, 'A', sizeof(tail));
    for (size_t len = 0; len < 300; len++)
        assert_no_status(*state, bytes_of(tail, len));
    assert_no_status(*state, bytes_of(tail, sizeof(tail)));
    assert_no_status(*state, BYTES("DEPRECATED"));
    assert_no_status(*state, BYTES("\\u0000"));
}

/* ---- decisions ---- */

#define DECISIONS(list) BYTES("{\"taskToken\":\"t\",\"decisions\":[" list "]}")

static void missing_attributes_count_as_null(void **state)
{
    static const enum operation operation = OPERATION_RESPOND_DECISION_TASK_COMPLETED;

    assert_fault(
        decode(*state, operation, DECISIONS("{\"decisionType\":\"StartTimer\"}")), FAULT_VALIDATION,
        "2 validation errors detected: " NOT_NULL("decisions.1.member.startTimerDecisionAttributes.timerId") "; " NOT_NULL(
            "decisions.1.member.startTimerDecisionAttributes.startToFireTimeout"));
    assert_fault(
        decode(*state, operation,
               DECISIONS(
                   "{\"decisionType\":\"CompleteWorkflowExecution\"},"
                   "{\"decisionType\":\"RecordMarker\",\"recordMarkerDecisionAttributes\":null}")),
        FAULT_VALIDATION,
        ONE NOT_NULL("decisions.2.member.recordMarkerDecisionAttributes.markerName"));
    assert_fault(
        decode(*state, operation, DECISIONS("{\"decisionType\":\"ScheduleActivityTask\"}")),
        FAULT_VALIDATION,
        "2 validation errors detected: " NOT_NULL("decisions.1.member.scheduleActivityTaskDecisionAttributes.activityType") "; " NOT_NULL(
            "decisions.1.member.scheduleActivityTaskDecisionAttributes.activityId"));
}

static void attributes_without_required_members_may_be_missing(void **state)
{
    struct fixture *fixture = *state;

    assert_no_fault(decode(fixture, OPERATION_RESPOND_DECISION_TASK_COMPLETED,
                           DECISIONS("{\"decisionType\":\"CompleteWorkflowExecution\"},"
                                     "{\"decisionType\":\"FailWorkflowExecution\"},"
                                     "{\"decisionType\":\"CancelWorkflowExecution\"},"
                                     "{\"decisionType\":\"ContinueAsNewWorkflowExecution\"}")));
    const struct decision_list *list = &fixture->request.respond_decision_task_completed->decisions;
    assert_int_equal(list->count, 4);
    assert_int_equal(list->items[1].decision_type, DECISION_FAIL_WORKFLOW_EXECUTION);
    assert_non_null(list->items[0].complete_workflow_execution);
    assert_bytes(list->items[0].complete_workflow_execution->result, NULL);
    assert_non_null(list->items[1].fail_workflow_execution);
    assert_non_null(list->items[2].cancel_workflow_execution);
    assert_non_null(list->items[3].continue_as_new_workflow_execution);
    assert_null(list->items[3].complete_workflow_execution);
}

static void attributes_of_other_types_are_checked_too(void **state)
{
    assert_fault(
        decode(*state, OPERATION_RESPOND_DECISION_TASK_COMPLETED,
               DECISIONS("{\"decisionType\":\"CompleteWorkflowExecution\","
                         "\"cancelTimerDecisionAttributes\":{\"timerId\":\"\"}}")),
        FAULT_VALIDATION,
        ONE
        "Value '' at 'decisions.1.member.cancelTimerDecisionAttributes.timerId' failed to satisfy "
        "constraint: Member must have length greater than or equal to 1");
}

static void an_unknown_decision_type_lists_the_known_ones(void **state)
{
    assert_fault(
        decode(
            *state, OPERATION_RESPOND_DECISION_TASK_COMPLETED,
            DECISIONS(
                "{\"decisionType\":\"CompleteWorkflowExecution\"},{\"decisionType\":\"Dance\"}")),
        FAULT_VALIDATION,
        ONE
        "Value 'Dance' at 'decisions.2.member.decisionType' failed to satisfy constraint: Member must "
        "satisfy enum value set: [CompleteWorkflowExecution, StartTimer, "
        "RequestCancelExternalWorkflowExecution, SignalExternalWorkflowExecution, CancelTimer, "
        "RecordMarker, ScheduleActivityTask, ContinueAsNewWorkflowExecution, ScheduleLambdaFunction, "
        "FailWorkflowExecution, RequestCancelActivityTask, StartChildWorkflowExecution, "
        "CancelWorkflowExecution]");
}

static void every_decision_is_decoded_into_its_own_member(void **state)
{
    struct fixture *fixture = *state;

    assert_no_fault(decode(
        fixture, OPERATION_RESPOND_DECISION_TASK_COMPLETED,
        DECISIONS(
            "{\"decisionType\":\"ScheduleActivityTask\",\"scheduleActivityTaskDecisionAttributes\":{"
            "\"activityType\":{\"name\":\"a\",\"version\":\"1\"},\"activityId\":\"a1\",\"heartbeatTimeout\":\"NONE\"}},"
            "{\"decisionType\":\"StartChildWorkflowExecution\",\"startChildWorkflowExecutionDecisionAttributes\":{"
            "\"workflowType\":{\"name\":\"w\",\"version\":\"1\"},\"workflowId\":\"c1\",\"tagList\":[\"x\"]}}")));
    const struct decision *items =
        fixture->request.respond_decision_task_completed->decisions.items;
    assert_bytes(items[0].schedule_activity_task->activity_id, "a1");
    assert_bytes(items[0].schedule_activity_task->activity_type->name, "a");
    assert_bytes(items[0].schedule_activity_task->heartbeat_timeout, "NONE");
    assert_null(items[0].start_child_workflow_execution);
    assert_bytes(items[1].start_child_workflow_execution->tag_list.items[0], "x");
}

/* ---- bounds ---- */

/* Bodies of one megabyte made to take as much memory as they can. */
static void a_body_takes_no_more_memory_than_stated(void **state)
{
    static const struct {
        enum operation operation;
        const char *head, *unit, *tail;
    } rows[] = {
        { OPERATION_RESPOND_DECISION_TASK_COMPLETED, "{\"decisions\":[{}", ",{}", "]}" },
        { OPERATION_RESPOND_DECISION_TASK_COMPLETED, "{\"decisions\":[{}",
          ",{\"decisionType\":\"\"}", "]}" },
        { OPERATION_RESPOND_DECISION_TASK_COMPLETED, "{\"decisions\":[{}",
          ",{\"decisionType\":\"ContinueAsNewWorkflowExecution\"}", "]}" },
        { OPERATION_RESPOND_DECISION_TASK_COMPLETED, "{\"x\":0", ",\"taskList\":{}", "}" },
        { OPERATION_TAG_RESOURCE, "{\"tags\":[{}", ",{}", "]}" },
        { OPERATION_TAG_RESOURCE, "{\"tags\":[]", ",\"tags\":[{}]", "}" },
        { OPERATION_UNTAG_RESOURCE, "{\"tagKeys\":[\"\"", ",\"\"", "]}" },
        { OPERATION_LIST_DOMAINS, "{\"x\":0", ",\"registrationStatus\":\"\"", "}" },
        { OPERATION_LIST_OPEN_WORKFLOW_EXECUTIONS, "{\"startTimeFilter\":{\"x\":0",
          ",\"oldestDate\":0", "}}" },
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct text body;
        text_init(&body, (size_t)2 << 20);
        text_append_cstr(&body, rows[i].head);
        while (body.len < (size_t)1 << 20)
            text_append_cstr(&body, rows[i].unit);
        text_append_cstr(&body, rows[i].tail);
        arena_reset(&fixture->arena);
        struct fault fault = decode(fixture, rows[i].operation, text_bytes(&body));
        assert_int_equal(fault.code, FAULT_VALIDATION);
        assert_true(fixture->arena.used < DECODE_ARENA_BYTES(body.len));
        text_deinit(&body);
    }
}

static void a_shape_is_decoded_without_constraints(void **state)
{
    struct fixture *fixture = *state;
    struct domain_detail detail;

    assert_true(decode_shape(
        fixture->reader, &shape_domain_detail,
        BYTES("{\"domainInfo\":{\"name\":\"\",\"status\":\"LATER\",\"news\":1},\"more\":[]}"),
        &fixture->arena, &detail));
    assert_bytes(detail.domain_info->name, "");
    assert_int_equal((int)detail.domain_info->status, ENUM_UNKNOWN);
    assert_null(detail.configuration);
    assert_false(
        decode_shape(fixture->reader, &shape_domain_detail, BYTES("{"), &fixture->arena, &detail));
    assert_false(
        decode_shape(fixture->reader, &shape_domain_detail, BYTES("[]"), &fixture->arena, &detail));
    assert_false(decode_shape(fixture->reader, &shape_domain_detail, BYTES("{\"domainInfo\":1}"),
                              &fixture->arena, &detail));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(every_operation_has_two_targets),
        test(other_targets_are_unknown),
        test(a_start_is_decoded_whole),
        test(what_was_decoded_outlives_the_body),
        test(null_members_are_absent_and_null_items_left_out),
        test(unknown_members_are_ignored),
        test(the_last_of_two_members_counts),
        test(fractions_are_floored_and_booleans_read),
        test(times_are_rounded_to_milliseconds),
        test(the_time_1970_is_not_absent),
        test(strings_keep_every_character),
        test(a_body_that_is_not_json_has_no_message),
        test(a_body_that_is_no_object_is_a_wrong_type),
        test(wrong_types_have_the_texts_of_the_service),
        test(required_members_must_be_there),
        test(several_problems_come_in_the_order_of_the_model),
        test(numbers_have_a_range),
        test(lengths_count_characters),
        test(a_long_value_is_shown_in_part),
        test(lists_have_a_length),
        test(at_most_ten_problems_are_told),
        test(a_message_may_hold_any_character),
        test(a_nul_does_not_end_a_word),
        test(missing_attributes_count_as_null),
        test(attributes_without_required_members_may_be_missing),
        test(attributes_of_other_types_are_checked_too),
        test(an_unknown_decision_type_lists_the_known_ones),
        test(every_decision_is_decoded_into_its_own_member),
        test(a_body_takes_no_more_memory_than_stated),
        test(a_shape_is_decoded_without_constraints),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
