/*
 * SignalWorkflowExecution, RequestCancelWorkflowExecution, TerminateWorkflowExecution and
 * DescribeWorkflowExecution.
 */
#include "script.h"

/* A run `id` whose first decision task is in hand. */
static int started_setup(void **state)
{
    script_setup(state);
    script_register(*state);
    script_start(*state, "id");
    return 0;
}

#define test(f) cmocka_unit_test_setup_teardown(f, started_setup, script_teardown)

#define OF_ID "'domain':'d','workflowId':'id'"
#define OF_RUN OF_ID ",'runId':'<id-run>'"
#define UNKNOWN_RUN(run) "Unknown execution: WorkflowExecution=[workflowId=id, runId=" run "]"
#define UNKNOWN_ID "Unknown execution, workflowId = id"
#define SIGNALED(id, attributes) \
    EVENT_AFTER(id, BEGIN, "WorkflowExecutionSignaled", "workflowExecutionSignaled", attributes)
#define CANCEL_REQUESTED(id)                                                                       \
    EVENT_AFTER(id, BEGIN, "WorkflowExecutionCancelRequested", "workflowExecutionCancelRequested", \
                "'externalInitiatedEventId':0")
#define TERMINATED(id, attributes) \
    EVENT_AFTER(id, BEGIN, "WorkflowExecutionTerminated", "workflowExecutionTerminated", attributes)

/* ---- SignalWorkflowExecution ---- */

static void a_signal_needs_a_decision(void **state)
{
    PLAY(*state, DO("SignalWorkflowExecution", "{" OF_RUN ",'signalName':'s','input':'i'}"));
    EXPECT_HISTORY(*state, "id", BEGUN,
                   SIGNALED(4, "'externalInitiatedEventId':0,'input':'i','signalName':'s'"),
                   DECISION_SCHEDULED(5, BEGIN));
}

static void signals_are_never_merged_but_their_decisions_are(void **state)
{
    PLAY(*state, DO("SignalWorkflowExecution", "{" OF_ID ",'signalName':'s'}"),
         DO("SignalWorkflowExecution", "{" OF_ID ",'signalName':'s','input':''}"));
    EXPECT_HISTORY(*state, "id", BEGUN,
                   SIGNALED(4, "'externalInitiatedEventId':0,'signalName':'s'"),
                   DECISION_SCHEDULED(5, BEGIN),
                   SIGNALED(6, "'externalInitiatedEventId':0,'input':'','signalName':'s'"));
}

/* ---- RequestCancelWorkflowExecution ---- */

static void a_cancel_request_needs_a_decision(void **state)
{
    PLAY(*state, DO("RequestCancelWorkflowExecution", "{" OF_ID "}"),
         DO("RequestCancelWorkflowExecution", "{" OF_RUN "}"));
    EXPECT_HISTORY(*state, "id", BEGUN, CANCEL_REQUESTED(4), DECISION_SCHEDULED(5, BEGIN),
                   CANCEL_REQUESTED(6));
}

/* ---- TerminateWorkflowExecution ---- */

static void termination_is_the_last_event(void **state)
{
    PLAY(*state, DO("TerminateWorkflowExecution", "{" OF_ID "}"));
    EXPECT_HISTORY(*state, "id", BEGUN,
                   TERMINATED(4, "'cause':'OPERATOR_INITIATED','childPolicy':'TERMINATE'"));
}

static void termination_says_what_it_was_told(void **state)
{
    PLAY(*state, DO("TerminateWorkflowExecution",
                    "{" OF_RUN ",'reason':'r','details':'why','childPolicy':'ABANDON'}"));
    EXPECT_HISTORY(*state, "id", BEGUN,
                   TERMINATED(4, "'cause':'OPERATOR_INITIATED','childPolicy':'ABANDON',"
                                 "'details':'why','reason':'r'"));
}

/* ---- which execution ---- */

static void unknown_domain(void **state)
{
    PLAY(*state,
         FAULT("SignalWorkflowExecution", "{'domain':'x','workflowId':'id','signalName':'s'}",
               "UnknownResourceFault", "Unknown domain: x"),
         FAULT("RequestCancelWorkflowExecution", "{'domain':'x','workflowId':'id'}",
               "UnknownResourceFault", "Unknown domain: x"),
         FAULT("TerminateWorkflowExecution", "{'domain':'x','workflowId':'id'}",
               "UnknownResourceFault", "Unknown domain: x"),
         FAULT("DescribeWorkflowExecution",
               "{'domain':'x','execution':{'workflowId':'id','runId':'<id-run>'}}",
               "UnknownResourceFault", "Unknown domain: x"));
}

static void unknown_workflow_id(void **state)
{
    PLAY(*state,
         FAULT("SignalWorkflowExecution", "{'domain':'d','workflowId':'ID','signalName':'s'}",
               "UnknownResourceFault", "Unknown execution, workflowId = ID"),
         FAULT("RequestCancelWorkflowExecution", "{'domain':'d','workflowId':'ID'}",
               "UnknownResourceFault", "Unknown execution, workflowId = ID"),
         FAULT("TerminateWorkflowExecution", "{'domain':'d','workflowId':'ID'}",
               "UnknownResourceFault", "Unknown execution, workflowId = ID"));
}

static void unknown_run_id(void **state)
{
    PLAY(*state,
         FAULT("SignalWorkflowExecution", "{" OF_ID ",'runId':'r','signalName':'s'}",
               "UnknownResourceFault", UNKNOWN_RUN("r")),
         FAULT("RequestCancelWorkflowExecution", "{" OF_ID ",'runId':'r'}", "UnknownResourceFault",
               UNKNOWN_RUN("r")),
         FAULT("TerminateWorkflowExecution", "{" OF_ID ",'runId':'r'}", "UnknownResourceFault",
               UNKNOWN_RUN("r")),
         FAULT("DescribeWorkflowExecution",
               "{'domain':'d','execution':{'workflowId':'id','runId':'r'}}", "UnknownResourceFault",
               UNKNOWN_RUN("r")));
    EXPECT_HISTORY(*state, "id", BEGUN);
}

static void an_empty_run_id_is_none_given(void **state)
{
    PLAY(*state, DO("TerminateWorkflowExecution", "{" OF_ID ",'runId':''}"),
         FAULT("TerminateWorkflowExecution", "{" OF_ID ",'runId':''}", "UnknownResourceFault",
               UNKNOWN_ID));
}

static void a_closed_run_is_unknown_to_what_would_change_it(void **state)
{
    PLAY(*state, DO("TerminateWorkflowExecution", "{" OF_ID "}"),
         FAULT("SignalWorkflowExecution", "{" OF_ID ",'signalName':'s'}", "UnknownResourceFault",
               UNKNOWN_ID),
         FAULT("SignalWorkflowExecution", "{" OF_RUN ",'signalName':'s'}", "UnknownResourceFault",
               UNKNOWN_RUN("<id-run>")),
         FAULT("RequestCancelWorkflowExecution", "{" OF_ID "}", "UnknownResourceFault", UNKNOWN_ID),
         FAULT("RequestCancelWorkflowExecution", "{" OF_RUN "}", "UnknownResourceFault",
               UNKNOWN_RUN("<id-run>")),
         FAULT("TerminateWorkflowExecution", "{" OF_ID "}", "UnknownResourceFault", UNKNOWN_ID),
         FAULT("TerminateWorkflowExecution", "{" OF_RUN "}", "UnknownResourceFault",
               UNKNOWN_RUN("<id-run>")));
}

static void without_a_run_id_the_open_run_is_meant(void **state)
{
    PLAY(*state, DO("TerminateWorkflowExecution", "{" OF_ID "}"),
         GET("StartWorkflowExecution",
             "{'domain':'d','workflowId':'id','workflowType':{'name':'w','version':'1'}}",
             "{'runId':'<second>'}"),
         DO("TerminateWorkflowExecution", "{" OF_ID "}"),
         FAULT("TerminateWorkflowExecution", "{" OF_ID ",'runId':'<second>'}",
               "UnknownResourceFault", UNKNOWN_RUN("<second>")));
    EXPECT_HISTORY(*state, "id", BEGUN,
                   TERMINATED(4, "'cause':'OPERATOR_INITIATED','childPolicy':'TERMINATE'"));
}

static void a_deprecated_domain_goes_on(void **state)
{
    PLAY(*state, DO("DeprecateDomain", "{'name':'d'}"),
         DO("SignalWorkflowExecution", "{" OF_ID ",'signalName':'s'}"),
         DO("RequestCancelWorkflowExecution", "{" OF_ID "}"),
         DO("RespondDecisionTaskCompleted", "{'taskToken':'<id-task>'}"),
         DO("TerminateWorkflowExecution", "{" OF_ID "}"));
}

/* ---- DescribeWorkflowExecution ---- */

#define DESCRIBE "{'domain':'d','execution':{'workflowId':'id','runId':'<id-run>'}}"
#define CONFIGURATION                                                                             \
    "'executionConfiguration':{'childPolicy':'TERMINATE','executionStartToCloseTimeout':'86400'," \
    "'taskList':{'name':'deciders'},'taskStartToCloseTimeout':'600'}"
#define INFO_HEAD(cancel) "'executionInfo':{'cancelRequested':" cancel ","
#define INFO_TAIL "'workflowType':{'name':'w','version':'1'}}"
#define RUN "'execution':{'runId':'<id-run>','workflowId':'id'},"
#define OPEN_INFO(cancel) \
    INFO_HEAD(cancel) RUN "'executionStatus':'OPEN','startTimestamp':" LIST(BEGIN, INFO_TAIL)
#define COUNTS(activities, decisions, timers)                                            \
    "'openCounts':{'openActivityTasks':" #activities ",'openChildWorkflowExecutions':0," \
    "'openDecisionTasks':" #decisions ",'openLambdaFunctions':0,'openTimers':" #timers "}"

static void an_open_run(void **state)
{
    PLAY(*state, GET("DescribeWorkflowExecution", DESCRIBE,
                     "{" LIST(CONFIGURATION, OPEN_INFO("false"), COUNTS(0, 1, 0)) "}"));
}

static void a_run_that_shall_cancel(void **state)
{
    PLAY(*state, DO("RequestCancelWorkflowExecution", "{" OF_ID "}"),
         GET("DescribeWorkflowExecution", DESCRIBE, /* two decision tasks, counted as one */
             "{" LIST(CONFIGURATION, OPEN_INFO("true"), COUNTS(0, 1, 0)) "}"));
}

static void all_that_was_given_at_the_start(void **state)
{
    PLAY(*state,
         GET("StartWorkflowExecution",
             "{'domain':'d','workflowId':'full','workflowType':{'name':'w','version':'1'},"
             "'taskList':{'name':'mine'},'taskPriority':'7','executionStartToCloseTimeout':'60',"
             "'tagList':['x','y'],'taskStartToCloseTimeout':'NONE','childPolicy':'ABANDON',"
             "'lambdaRole':'role'}",
             "{'runId':'<full>'}"),
         GET("DescribeWorkflowExecution",
             "{'domain':'d','execution':{'workflowId':'full','runId':'<full>'}}",
             "{'executionConfiguration':{'childPolicy':'ABANDON',"
             "'executionStartToCloseTimeout':'60','lambdaRole':'role','taskList':{'name':'mine'},"
             "'taskPriority':'7','taskStartToCloseTimeout':'NONE'},"
             "'executionInfo':{'cancelRequested':false,"
             "'execution':{'runId':'<full>','workflowId':'full'},'executionStatus':'OPEN',"
             "'startTimestamp':" BEGIN ",'tagList':['x','y'],"
             "'workflowType':{'name':'w','version':'1'}}," COUNTS(0, 1, 0) "}"));
}

static void what_is_open_is_counted(void **state)
{
    script_advance(*state, 526);
    PLAY(
        *state,
        DO("RespondDecisionTaskCompleted",
           "{'taskToken':'<id-task>','executionContext':'so far','decisions':["
           "{'decisionType':'StartTimer','startTimerDecisionAttributes':"
           "{'timerId':'t','startToFireTimeout':'99'}},"
           "{'decisionType':'ScheduleActivityTask','scheduleActivityTaskDecisionAttributes':"
           "{'activityId':'1','activityType':{'name':'a','version':'1'}}},"
           "{'decisionType':'ScheduleActivityTask','scheduleActivityTaskDecisionAttributes':"
           "{'activityId':'2','activityType':{'name':'a','version':'1'}}}]}"),
        GET("DescribeWorkflowExecution", DESCRIBE,
            "{" LIST(CONFIGURATION,
                     OPEN_INFO("false")) ",'latestActivityTaskTimestamp':1.32659262E9,"
                                         "'latestExecutionContext':'so far'," COUNTS(2, 0, 1) "}"));
}

#define CLOSED_INFO(status)                                         \
    INFO_HEAD("false")                                              \
    "'closeStatus':'" status "','closeTimestamp':1.32659262E9," RUN \
    "'executionStatus':'CLOSED','startTimestamp':" LIST(BEGIN, INFO_TAIL)

static void a_closed_run_keeps_its_counts(void **state)
{
    PLAY(*state, DO("RequestCancelWorkflowExecution", "{" OF_ID "}"));
    script_schedule(*state, "id-task", "activity");
    script_advance(*state, 526);
    PLAY(*state, DO("TerminateWorkflowExecution", "{" OF_ID "}"),
         GET("DescribeWorkflowExecution", DESCRIBE,
             "{" LIST(
                 CONFIGURATION,
                 CLOSED_INFO("TERMINATED")) ",'latestActivityTaskTimestamp':" LIST(BEGIN,
                                                                                   COUNTS(1, 1,
                                                                                          0)) "}"));
}

static void a_closed_run_keeps_its_context(void **state)
{
    script_advance(*state, 526);
    PLAY(*state,
         DO("RespondDecisionTaskCompleted",
            "{'taskToken':'<id-task>','executionContext':'','decisions':["
            "{'decisionType':'CompleteWorkflowExecution'}]}"),
         GET("DescribeWorkflowExecution", DESCRIBE,
             "{" LIST(CONFIGURATION,
                      CLOSED_INFO("COMPLETED")) ",'latestExecutionContext':''," COUNTS(0, 0,
                                                                                       0) "}"));
}

static void the_context_stays_until_there_is_a_new_one(void **state)
{
    PLAY(*state,
         DO("RespondDecisionTaskCompleted", "{'taskToken':'<id-task>','executionContext':'one'}"),
         DO("SignalWorkflowExecution", "{" OF_ID ",'signalName':'s'}"));
    script_decide(*state, "task");
    PLAY(*state, DO("RespondDecisionTaskCompleted", "{'taskToken':'<task>'}"),
         GET("DescribeWorkflowExecution", DESCRIBE,
             "{" LIST(CONFIGURATION,
                      OPEN_INFO("false")) ",'latestExecutionContext':'one'," COUNTS(0, 0, 0) "}"));
}

static void retention_ends(void **state)
{
    PLAY(*state, DO("TerminateWorkflowExecution", "{" OF_ID "}"));
    script_advance(*state, INT64_C(86400) * 1000 - 1);
    EXPECT_HISTORY(*state, "id", BEGUN,
                   TERMINATED(4, "'cause':'OPERATOR_INITIATED','childPolicy':'TERMINATE'"));
    script_advance(*state, 1);
    PLAY(*state,
         FAULT("DescribeWorkflowExecution", DESCRIBE, "UnknownResourceFault",
               UNKNOWN_RUN("<id-run>")),
         FAULT("GetWorkflowExecutionHistory", DESCRIBE, "UnknownResourceFault",
               UNKNOWN_RUN("<id-run>")));
}

static void time_runs_out(void **state)
{
    script_advance(*state, INT64_C(86400) * 1000 - 1);
    PLAY(*state, DO("SignalWorkflowExecution", "{" OF_ID ",'signalName':'s'}"));
    script_advance(*state, 1);
    PLAY(*state,
         FAULT("SignalWorkflowExecution", "{" OF_ID ",'signalName':'s'}", "UnknownResourceFault",
               UNKNOWN_ID),
         GET("GetWorkflowExecutionHistory",
             "{'domain':'d','execution':{'workflowId':'id','runId':'<id-run>'},"
             "'reverseOrder':true,'maximumPageSize':1}",
             "{'events':[{'eventId':7,'eventTimestamp':1.326679019474E9,"
             "'eventType':'WorkflowExecutionTimedOut','workflowExecutionTimedOutEventAttributes':"
             "{'childPolicy':'TERMINATE','timeoutType':'START_TO_CLOSE'}}],"
             "'nextPageToken':'<next>'}"));
}

/* The policy of the run stands in its last event, whether it has children or not. */
static void time_runs_out_under_every_policy(void **state)
{
#define LIMITED(policy, run)                                                              \
    GET("StartWorkflowExecution",                                                         \
        "{'domain':'d','workflowId':'" run "','workflowType':{'name':'w','version':'1'}," \
        "'childPolicy':'" policy "','executionStartToCloseTimeout':'10'}",                \
        "{'runId':'<" run ">'}")
#define OVER(policy, run)                                                                      \
    GET("GetWorkflowExecutionHistory",                                                         \
        "{'domain':'d','execution':{'workflowId':'" run "','runId':'<" run ">'},"              \
        "'reverseOrder':true,'maximumPageSize':1}",                                            \
        "{'events':[{'eventId':3,'eventTimestamp':1.326592629474E9,"                           \
        "'eventType':'WorkflowExecutionTimedOut','workflowExecutionTimedOutEventAttributes':"  \
        "{'childPolicy':'" policy "','timeoutType':'START_TO_CLOSE'}}],'nextPageToken':'<" run \
        "-page>'}")
    PLAY(*state, LIMITED("TERMINATE", "a"), LIMITED("REQUEST_CANCEL", "b"),
         LIMITED("ABANDON", "c"));
    script_advance(*state, 10000);
    PLAY(*state, OVER("TERMINATE", "a"), OVER("REQUEST_CANCEL", "b"), OVER("ABANDON", "c"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_signal_needs_a_decision),
        test(signals_are_never_merged_but_their_decisions_are),
        test(a_cancel_request_needs_a_decision),
        test(termination_is_the_last_event),
        test(termination_says_what_it_was_told),
        test(unknown_domain),
        test(unknown_workflow_id),
        test(unknown_run_id),
        test(an_empty_run_id_is_none_given),
        test(a_closed_run_is_unknown_to_what_would_change_it),
        test(without_a_run_id_the_open_run_is_meant),
        test(a_deprecated_domain_goes_on),
        test(an_open_run),
        test(a_run_that_shall_cancel),
        test(all_that_was_given_at_the_start),
        test(what_is_open_is_counted),
        test(a_closed_run_keeps_its_counts),
        test(a_closed_run_keeps_its_context),
        test(the_context_stays_until_there_is_a_new_one),
        test(retention_ends),
        test(time_runs_out),
        test(time_runs_out_under_every_policy),
    };

    return cmocka_run_group_tests_name("executions", tests, NULL, NULL);
}
