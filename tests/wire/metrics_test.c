/*
 * GET /metrics, of a server that lets everybody in: what its figures say of what was done.
 */
#include "script.h"
#include "service/metrics.h"
#include "service/throttle.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OF_W \
    "{Account=\"123456789012\",Domain=\"d\",WorkflowTypeName=\"w\",WorkflowTypeVersion=\"1\"}"
#define OF_A \
    "{Account=\"123456789012\",Domain=\"d\",ActivityTypeName=\"a\",ActivityTypeVersion=\"1\"}"
#define OF_LIST(name, kind)                                       \
    "{Account=\"123456789012\",Domain=\"d\",TaskListName=\"" name \
    "\",TaskListClassification=\"" kind "\"}"

static void fetch(struct talk *talk, uint16_t port)
{
    talk_open(talk, port);
    talk_send(talk, BYTES("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"));
    talk_receive(talk);
    assert_int_equal(talk_status(talk), 200);
    assert_true(bytes_equal(talk_header(talk, "Content-Type"),
                            BYTES("text/plain; version=0.0.4; charset=utf-8")));
}

/* The value of a series in the page; -1: it is not there. */
static double value_of(const struct talk *talk, const char *series)
{
    struct bytes page = talk->body;
    size_t len = strlen(series);

    while (page.len > len) {
        const char *end = memchr(page.ptr, '\n', page.len);

        if (memcmp(page.ptr, series, len) == 0 && page.ptr[len] == ' ')
            return strtod(page.ptr + len, NULL);
        page = bytes_skip(page, end ? (size_t)(end - page.ptr) + 1 : page.len);
    }
    return -1;
}

static void expect(const struct script *script, const char *series, double value)
{
    struct talk talk;

    fetch(&talk, script->whole.port);
    if (value_of(&talk, series) < value || value_of(&talk, series) > value)
        fail_msg("%s is %g, expected %g", series, value_of(&talk, series), value);
    talk_close(&talk);
}

/* ---- */

static void workflows_are_told_by_type(void **state)
{
    struct script *script = *state;

    script_register(script);
    script_start(script, "one");
    script_start(script, "two");
    expect(script, "weir_open_executions", 2);
    expect(script, "WorkflowsCompleted" OF_W, 0);
    PLAY(script,
         DO("RespondDecisionTaskCompleted",
            "{'taskToken':'<one-task>','decisions':[{'decisionType':"
            "'CompleteWorkflowExecution'}]}"),
         DO("TerminateWorkflowExecution", "{'domain':'d','workflowId':'two'}"));
    expect(script, "weir_open_executions", 0);
    expect(script, "WorkflowsCompleted" OF_W, 1);
    expect(script, "WorkflowStartToCloseTime_count" OF_W, 2);
    expect(script, "DecisionTasksCompleted" OF_W, 1);
}

static void activities_are_told_by_type(void **state)
{
    struct script *script = *state;

    script_register(script);
    script_start(script, "one");
    script_schedule(script, "one-task", "activity");
    script_advance(script, 1500);
    PLAY(script, DO("RespondActivityTaskCompleted", "{'taskToken':'<activity>','result':'fine'}"));
    expect(script, "ActivityTasksCompleted" OF_A, 1);
    expect(script, "ActivityTaskStartToCloseTime_sum" OF_A, 1500);
    expect(script, "ActivityTaskStartToCloseTime_count" OF_A, 1);
    expect(script, "PendingTasks" OF_LIST("deciders", "D"), 1);
}

/* Of a worker, who waits for an activity. */
static void hold_poll(struct script *script, struct talk *poller, const char *request)
{
    talk_open(poller, script->whole.port);
    script_ask(script, poller, "PollForActivityTask", request);
    whole_server_await_polls(&script->whole, 1);
}

static void held_polls_and_answers_are_counted(void **state)
{
    struct script *script = *state;
    struct talk poller;

    script_register(script);
    hold_poll(script, &poller, "{'domain':'d','taskList':{'name':'workers'}}");
    expect(script, "weir_held_polls", 1);
    expect(script, "weir_task_list_held_polls" OF_LIST("workers", "A"), 1);
    PLAY(script, FAULT("DescribeDomain", "{'name':'nobody'}", "UnknownResourceFault",
                       "Unknown domain: nobody"));
    expect(script, "weir_faults_total{Operation=\"DescribeDomain\",Fault=\"UnknownResourceFault\"}",
           1);
    expect(script, "weir_call_seconds_count{Operation=\"RegisterDomain\"}", 1);
    talk_close(&poller);
}

static void names_are_escaped(void **state)
{
    struct script *script = *state;
    struct talk poller;

    script_register(script);
    hold_poll(script, &poller, "{'domain':'d','taskList':{'name':'a\\\"b\\\\c'}}");
    expect(script, "weir_task_list_held_polls" OF_LIST("a\\\"b\\\\c", "A"), 1);
    talk_close(&poller);
}

/* A task that is queued behind another waits, too. */
static void decision_tasks_wait_from_their_scheduling_on(void **state)
{
    struct script *script = *state;

    script_register(script);
    script_start(script, "one");
    PLAY(script,
         DO("SignalWorkflowExecution", "{'domain':'d','workflowId':'one','signalName':'s'}"));
    script_advance(script, 1500);
    PLAY(script, DO("RespondDecisionTaskCompleted", "{'taskToken':'<one-task>'}"));
    script_advance(script, 500);
    script_decide(script, "queued");
    expect(script, "DecisionTaskScheduleToStartTime_count" OF_W, 2);
    expect(script, "DecisionTaskScheduleToStartTime_sum" OF_W, 2000);
}

#define DECIDE(name, attributes, members) \
    "{'decisionType':'" name "','" attributes "DecisionAttributes':{" members "}}"
#define TIMER(id) DECIDE("StartTimer", "startTimer", "'timerId':'" id "','startToFireTimeout':'9'")
#define ACTIVITY(id)                                       \
    DECIDE("ScheduleActivityTask", "scheduleActivityTask", \
           "'activityId':'" id "','activityType':{'name':'a','version':'1'}")
#define CHILD(id)                                                        \
    DECIDE("StartChildWorkflowExecution", "startChildWorkflowExecution", \
           "'workflowId':'" id "','workflowType':{'name':'w','version':'1'}")
#define SIGNAL                                                                   \
    DECIDE("SignalExternalWorkflowExecution", "signalExternalWorkflowExecution", \
           "'workflowId':'two','signalName':'s'")
#define CANCEL                                                                                 \
    DECIDE("RequestCancelExternalWorkflowExecution", "requestCancelExternalWorkflowExecution", \
           "'workflowId':'two'")
/* clang-format off */
#define MADE                                 \
    TIMER("1") "," TIMER("2") "," TIMER("3") \
    "," ACTIVITY("1") "," ACTIVITY("2")      \
    "," CHILD("3") "," CHILD("4")            \
    "," SIGNAL "," SIGNAL                    \
    "," CANCEL "," CANCEL
/* clang-format on */
#define OF_DECISION(name) "ThrottledEvents{DecisionName=\"" name "\",ThrottlingScope=\"Account\"}"
#define EXCEEDED(operation, request)                                                         \
    {                                                                                        \
        operation, request, 400,                                                             \
            FAULT_BODY("com.amazon.coral.availability#ThrottlingException", "Rate exceeded") \
    }

/* By whose rate it was, the account's or the workflow's; decisions by their own names. */
static void what_is_throttled_is_told_by_name_and_scope(void **state)
{
    static const struct throttle_rates one_of_each = {
        .operations = { [OPERATION_DESCRIBE_DOMAIN] = { 1, 1 } },
        .executions = { [OPERATION_SIGNAL_WORKFLOW_EXECUTION] = { 1, 1 } },
        .decisions = { [DECISION_START_TIMER] = { 1, 1 },
                       [DECISION_SCHEDULE_ACTIVITY_TASK] = { 1, 1 },
                       [DECISION_START_CHILD_WORKFLOW_EXECUTION] = { 1, 1 },
                       [DECISION_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION] = { 1, 1 },
                       [DECISION_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION] = { 1, 1 } },
    };
    const struct step described = EXCEEDED("DescribeDomain", "{'name':'nobody'}");
    const struct step signaled = EXCEEDED("SignalWorkflowExecution",
                                          "{'domain':'d','workflowId':'one','signalName':'s'}");
    struct script *script = script_new(&(struct whole_server_options){
        .limits = LIMITS_DOCUMENTED, .throttles = true, .rates = &one_of_each });

    (void)state;
    script_register(script);
    script_start(script, "one");
    PLAY(script,
         FAULT("DescribeDomain", "{'name':'nobody'}", "UnknownResourceFault",
               "Unknown domain: nobody"),
         described, described, DO("SignalWorkflowExecution", signaled.request), signaled,
         DO("RespondDecisionTaskCompleted", "{'taskToken':'<one-task>','decisions':[" MADE "]}"));
    expect(script, "ThrottledEvents{APIName=\"DescribeDomain\",ThrottlingScope=\"Account\"}", 2);
    expect(script,
           "ThrottledEvents{APIName=\"SignalWorkflowExecution\",ThrottlingScope=\"Workflow\"}", 1);
    expect(script, OF_DECISION("StartTimer"), 2);
    expect(script, OF_DECISION("ScheduleActivityTask"), 1);
    expect(script, OF_DECISION("StartChildWorkflowExecution"), 1);
    expect(script, OF_DECISION("SignalExternalWorkflowExecution"), 1);
    expect(script, OF_DECISION("RequestCancelExternalWorkflowExecution"), 1);
    expect(script, OF_DECISION("RecordMarker"), -1);
    script_free(script);
}

#define OF_OTHERS \
    "{Account=\"000000000000\",Domain=\"\",WorkflowTypeName=\"\",WorkflowTypeVersion=\"\"}"

/* A workflow of a type with a name so long, from its begin to its end. */
static void run_one_of(struct script *script, int number)
{
    char type[400], text[1000];

    snprintf(type, sizeof type, "'name':'%0250d','version':'%064d'", number, number);
    snprintf(text, sizeof text, "{'domain':'d',%s}", type);
    PLAY(script, DO("RegisterWorkflowType", text));
    snprintf(text, sizeof text,
             "{'domain':'d','workflowId':'%d','workflowType':{%s},'childPolicy':'TERMINATE',"
             "'executionStartToCloseTimeout':'100','taskStartToCloseTimeout':'NONE',"
             "'taskList':{'name':'l'}}",
             number, type);
    PLAY(script, GET("StartWorkflowExecution", text, "{'runId':'<any>'}"));
    script_forget(script);
    snprintf(text, sizeof text, "{'domain':'d','workflowId':'%d'}", number);
    PLAY(script, DO("TerminateWorkflowExecution", text));
}

/* Names come again in each line, so that long ones would make a page without end. */
static void long_names_have_series_in_common(void **state)
{
    struct script *script = *state;
    int own = METRICS_LABEL_BYTES_MAX / (1 + 250 + 64);

    PLAY(script, DO("RegisterDomain", "{'name':'d','workflowExecutionRetentionPeriodInDays':'1'}"));
    for (int i = 0; i < own; i++)
        run_one_of(script, i);
    expect(script, "WorkflowStartToCloseTime_count" OF_OTHERS, -1);
    for (int i = own; i < own + 3; i++)
        run_one_of(script, i);
    expect(script, "WorkflowStartToCloseTime_count" OF_OTHERS, 3);
}

static void its_own_listener_serves_nothing_else(void **state)
{
    struct script *script = *state;
    struct talk talk;

    fetch(&talk, script->whole.metrics_port);
    assert_true(value_of(&talk, "weir_open_executions") >= 0);
    script_ask(script, &talk, "ListDomains", "{'registrationStatus':'REGISTERED'}");
    talk.is_unseen = true; /* no answer of the API */
    talk_receive(&talk);
    assert_int_equal(talk_status(&talk), 404);
    talk_close(&talk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(workflows_are_told_by_type, script_setup, script_teardown),
        cmocka_unit_test_setup_teardown(activities_are_told_by_type, script_setup, script_teardown),
        cmocka_unit_test_setup_teardown(names_are_escaped, script_setup, script_teardown),
        cmocka_unit_test_setup_teardown(held_polls_and_answers_are_counted, script_setup,
                                        script_teardown),
        cmocka_unit_test_setup_teardown(decision_tasks_wait_from_their_scheduling_on, script_setup,
                                        script_teardown),
        cmocka_unit_test(what_is_throttled_is_told_by_name_and_scope),
        cmocka_unit_test_setup_teardown(long_names_have_series_in_common, script_setup,
                                        script_teardown),
        cmocka_unit_test_setup_teardown(its_own_listener_serves_nothing_else, script_setup,
                                        script_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
