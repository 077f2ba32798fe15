#include "wire/encode.h"

#include "fixture.h"

static struct text out;

static int reset_out(void **state)
{
    text_init(&out, (size_t)1 << 20);
    return fixture_setup(state);
}

static int free_out(void **state)
{
    text_deinit(&out);
    return fixture_teardown(state);
}

#define writes(f) cmocka_unit_test_setup_teardown(f, reset_out, free_out)

static void assert_written(const char *expected)
{
    assert_bytes(text_bytes(&out), expected);
    text_reset(&out);
}

/* Bodies as the service was recorded sending them, decoded by the tables and written again: the
 * same bytes. */
static void recorded_replies_come_out_as_they_were(void **state)
{
    static const struct {
        enum operation operation;
        const char *body;
    } rows[] = {
        { OPERATION_START_WORKFLOW_EXECUTION,
          "{\"runId\":\"22uyVUDaasNO8Dbs8ei1FBS3LbRenpgCwZEOl+oVaaTj4=\"}" },
        { OPERATION_RECORD_ACTIVITY_TASK_HEARTBEAT, "{\"cancelRequested\":false}" },
        { OPERATION_RECORD_ACTIVITY_TASK_HEARTBEAT, "{\"cancelRequested\":true}" },
        { OPERATION_DESCRIBE_ACTIVITY_TYPE,
          "{\"configuration\":{\"defaultTaskHeartbeatTimeout\":\"10\",\"defaultTaskList\":{\"name\":\"tl\"},"
          "\"defaultTaskScheduleToCloseTimeout\":\"60\",\"defaultTaskScheduleToStartTimeout\":\"30\","
          "\"defaultTaskStartToCloseTimeout\":\"15\"},\"typeInfo\":{\"activityType\":{\"name\":\"tactivity\","
          "\"version\":\"2\"},\"creationDate\":1.466497773166E9,\"status\":\"REGISTERED\"}}" },
        { OPERATION_DESCRIBE_WORKFLOW_EXECUTION,
          "{\"executionConfiguration\":{\"childPolicy\":\"TERMINATE\",\"executionStartToCloseTimeout\":\"300\","
          "\"taskList\":{\"name\":\"tl\"},\"taskStartToCloseTimeout\":\"300\"},\"executionInfo\":{"
          "\"cancelRequested\":false,\"execution\":{\"runId\":\"22uyVUD=\",\"workflowId\":\"w1\"},"
          "\"executionStatus\":\"OPEN\",\"startTimestamp\":1.492443961284E9,\"workflowType\":{\"name\":\"example\","
          "\"version\":\"example\"}},\"openCounts\":{\"openActivityTasks\":0,\"openChildWorkflowExecutions\":0,"
          "\"openDecisionTasks\":0,\"openLambdaFunctions\":0,\"openTimers\":1}}" },
        { OPERATION_DESCRIBE_WORKFLOW_TYPE,
          "{\"configuration\":{\"defaultChildPolicy\":\"TERMINATE\",\"defaultExecutionStartToCloseTimeout\":\"300\","
          "\"defaultTaskList\":{\"name\":\"None\"},\"defaultTaskStartToCloseTimeout\":\"300\"},\"typeInfo\":{"
          "\"creationDate\":1.487851963534E9,\"status\":\"REGISTERED\",\"workflowType\":{\"name\":\"example\","
          "\"version\":\"example\"}}}" },
        { OPERATION_COUNT_OPEN_WORKFLOW_EXECUTIONS, "{\"count\":1,\"truncated\":false}" },
        { OPERATION_POLL_FOR_ACTIVITY_TASK,
          "{\"activityId\":\"task-0-0\",\"activityType\":{\"name\":\"tactivity\",\"version\":\"2\"},"
          "\"input\":\"[[10], {}]\",\"startedEventId\":13,\"taskToken\":\"AAAA\",\"workflowExecution\":{"
          "\"runId\":\"22lK=\",\"workflowId\":\"fakeuuid-0-\"}}" },
        { OPERATION_POLL_FOR_ACTIVITY_TASK, "{\"startedEventId\":0}" },
        { OPERATION_POLL_FOR_DECISION_TASK, "{\"previousStartedEventId\":0,\"startedEventId\":0}" },
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct shape *shape = operation_shapes[rows[i].operation].output;
        void *reply = arena_alloc(&fixture->arena, shape->size);
        assert_true(decode_shape(fixture->reader, shape, bytes_of_cstr(rows[i].body),
                                 &fixture->arena, reply));
        encode_reply(&out, rows[i].operation, reply);
        assert_written(rows[i].body);
    }
}

#define LISTED_RUN                                                                                       \
    "{\"cancelRequested\":false,\"execution\":{\"runId\":\"r\",\"workflowId\":\"w\"},"                   \
    "\"executionStatus\":\"OPEN\",\"startTimestamp\":1.471998675578E9,\"workflowType\":{\"name\":\"n\"," \
    "\"version\":\"v\"}}"

/* Runs are kept as they are listed: a list is made of their texts. */
static void a_list_holds_its_runs_as_they_are(void **state)
{
    struct fixture *fixture = *state;
    struct workflow_execution_info run;
    struct workflow_execution_infos list = { .execution_infos = BYTES("[" LISTED_RUN "]") };

    assert_true(decode_shape(fixture->reader, &shape_workflow_execution_info, BYTES(LISTED_RUN),
                             &fixture->arena, &run));
    encode_shape(&out, &shape_workflow_execution_info, &run);
    assert_written(LISTED_RUN);
    encode_reply(&out, OPERATION_LIST_OPEN_WORKFLOW_EXECUTIONS, &list);
    assert_written("{\"executionInfos\":[" LISTED_RUN "]}");
    list.execution_infos = BYTES("[]");
    encode_reply(&out, OPERATION_LIST_OPEN_WORKFLOW_EXECUTIONS, &list);
    assert_written("{\"executionInfos\":[]}");
}

static void a_decision_task_holds_its_events_as_they_are(void **state)
{
    struct decision_task_output task = {
        .task_token = BYTES("t"),
        .started_event_id = 3,
        .workflow_execution = &(struct workflow_execution){ BYTES("w"), BYTES("r") },
        .workflow_type = &(struct workflow_type){ BYTES("n"), BYTES("v") },
        .events = BYTES("[{\"eventId\":1},{\"eventId\":2}]"),
    };

    (void)state;
    encode_reply(&out, OPERATION_POLL_FOR_DECISION_TASK, &task);
    assert_written(
        "{\"events\":[{\"eventId\":1},{\"eventId\":2}],\"previousStartedEventId\":0,\"startedEventId\":3,"
        "\"taskToken\":\"t\",\"workflowExecution\":{\"runId\":\"r\",\"workflowId\":\"w\"},"
        "\"workflowType\":{\"name\":\"n\",\"version\":\"v\"}}");
}

static void operations_without_output_have_an_empty_body(void **state)
{
    int without = 0;

    (void)state;
    for (int i = 0; i < OPERATION_COUNT; i++) {
        if (operation_shapes[i].output)
            continue;
        encode_reply(&out, (enum operation)i, NULL);
        assert_written("");
        without++;
    }
    assert_int_equal(without, 20);
}

static void what_is_absent_is_left_out(void **state)
{
    struct domain_detail detail = { .domain_info = &(struct domain_info){ .name = BYTES_ABSENT } };

    (void)state;
    encode_shape(&out, &shape_domain_detail, &detail);
    assert_written("{\"domainInfo\":{}}");

    detail.domain_info = &(struct domain_info){ .name = BYTES("d"), .description = BYTES("") };
    encode_shape(&out, &shape_domain_detail, &detail);
    assert_written("{\"domainInfo\":{\"description\":\"\",\"name\":\"d\"}}");
}

static void a_required_list_without_items_is_empty(void **state)
{
    struct domain_infos infos = { .next_page_token = BYTES_ABSENT };
    struct list_tags_for_resource_output tags = { .tags = { 0 } };

    (void)state;
    encode_reply(&out, OPERATION_LIST_DOMAINS, &infos);
    assert_written("{\"domainInfos\":[]}");
    encode_reply(&out, OPERATION_LIST_TAGS_FOR_RESOURCE, &tags);
    assert_written("{}");
}

static void an_unknown_word_is_left_out(void **state)
{
    struct domain_info info = { .name = BYTES("d"),
                                .status = (enum registration_status)ENUM_UNKNOWN };

    (void)state;
    encode_shape(&out, &shape_domain_detail, &(struct domain_detail){ .domain_info = &info });
    assert_written("{\"domainInfo\":{\"name\":\"d\"}}");
}

static void requests_are_written_as_they_are_read(void **state)
{
    struct fixture *fixture = *state;
    static const char body[] =
        "{\"closeTimeFilter\":{\"latestDate\":1.5E9,\"oldestDate\":0.0},\"domain\":\"d\","
        "\"maximumPageSize\":5,\"tagFilter\":{\"tag\":\"a\\u0000\\n\"}}";

    assert_no_fault(
        decode(fixture, OPERATION_LIST_CLOSED_WORKFLOW_EXECUTIONS, bytes_of_cstr(body)));
    encode_request(&out, &fixture->request);
    assert_written(body);
}

static void faults_have_their_text_member(void **state)
{
    (void)state;
    encode_fault(&out, fault_of(FAULT_UNKNOWN_RESOURCE, BYTES("Unknown domain: \"x\"")));
    assert_written("{\"__type\":\"com.amazonaws.swf.base.model#UnknownResourceFault\","
                   "\"message\":\"Unknown domain: \\\"x\\\"\"}");
    encode_fault(&out, fault_of(FAULT_WORKFLOW_EXECUTION_ALREADY_STARTED, BYTES("")));
    assert_written(
        "{\"__type\":\"com.amazonaws.swf.base.model#WorkflowExecutionAlreadyStartedFault\",\"message\":\"\"}");
    encode_fault(&out, fault_of(FAULT_SERIALIZATION, BYTES("Unexpected field type")));
    assert_written("{\"__type\":\"com.amazon.coral.service#SerializationException\","
                   "\"Message\":\"Unexpected field type\"}");
    encode_fault(&out, fault_of(FAULT_INTERNAL_FAILURE, BYTES_ABSENT));
    assert_written("{\"__type\":\"com.amazon.coral.service#InternalFailure\"}");
}

static void an_overflow_is_noticed_and_harmless(void **state)
{
    struct text small;
    struct domain_info info = { .name = BYTES("a name of some length"),
                                .status = REGISTRATION_STATUS_REGISTERED };

    (void)state;
    for (size_t limit = 0; limit < 60; limit++) {
        text_init(&small, limit);
        encode_shape(&small, &shape_domain_detail, &(struct domain_detail){ .domain_info = &info });
        assert_true(small.overflowed);
        assert_true(small.len <= limit);
        text_deinit(&small);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        writes(recorded_replies_come_out_as_they_were),
        writes(a_list_holds_its_runs_as_they_are),
        writes(a_decision_task_holds_its_events_as_they_are),
        writes(operations_without_output_have_an_empty_body),
        writes(what_is_absent_is_left_out),
        writes(a_required_list_without_items_is_empty),
        writes(an_unknown_word_is_left_out),
        writes(requests_are_written_as_they_are_read),
        writes(faults_have_their_text_member),
        writes(an_overflow_is_noticed_and_harmless),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
