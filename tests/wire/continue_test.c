/*
 * ContinueAsNewWorkflowExecution: the new run, and why there may be none.
 */
#include "family.h"

static int started_setup(void **state)
{
    script_setup(state);
    script_register(*state);
    script_start(*state, "id");
    return 0;
}

#define test(f) cmocka_unit_test_setup_teardown(f, started_setup, script_teardown)

#define CONTINUED(attributes)                                                                   \
    EVENT_AFTER(5, BEGIN, "WorkflowExecutionContinuedAsNew", "workflowExecutionContinuedAsNew", \
                attributes)
#define CONTINUED_BY_DEFAULT                                                            \
    CONTINUED("'childPolicy':'TERMINATE','decisionTaskCompletedEventId':4,"             \
              "'executionStartToCloseTimeout':'86400','newExecutionRunId':'<new-run>'," \
              "'taskList':{'name':'deciders'},'taskStartToCloseTimeout':'600'," TYPE_W)
#define FAILED(event, completed, cause)                                \
    EVENT_BEFORE(event, BEGIN, "ContinueAsNewWorkflowExecutionFailed", \
                 "continueAsNewWorkflowExecutionFailed",               \
                 "'cause':'" cause "','decisionTaskCompletedEventId':" #completed)
#define NEW_BEGUN                                                                             \
    LIST(STARTED_BY("TERMINATE", "'continuedExecutionRunId':'<id-run>',", "deciders", "", 0), \
         DECISION_SCHEDULED(2, BEGIN))

/* The history of the run that went on from `id`. */
#define EXPECT_NEW(script, ...)                                                            \
    PLAY(script, GET("GetWorkflowExecutionHistory",                                        \
                     "{'domain':'d','execution':{'workflowId':'id','runId':'<new-run>'}}", \
                     "{'events':[" LIST(__VA_ARGS__) "]}"))

static void the_workflow_goes_on(void **state)
{
    PLAY(*state, ANSWER_TO("id-task", CONTINUE("")));
    EXPECT_HISTORY(*state, "id", DECIDED, CONTINUED_BY_DEFAULT);
    EXPECT_NEW(*state, NEW_BEGUN);
    assert_string_not_equal(script_value(*state, "new-run"), script_value(*state, "id-run"));
    script_decide(*state, "next");
    EXPECT_NEW(*state, NEW_BEGUN, DECISION_STARTED(3, BEGIN, 2));
}

static void with_no_attributes_at_all(void **state)
{
    PLAY(*state, ANSWER_TO("id-task", "{'decisionType':'ContinueAsNewWorkflowExecution'}"));
    EXPECT_HISTORY(*state, "id", DECIDED, CONTINUED_BY_DEFAULT);
    EXPECT_NEW(*state, NEW_BEGUN);
}

static void with_everything(void **state)
{
    PLAY(*state, DO("RegisterWorkflowType", "{'domain':'d','name':'w','version':'2'}"),
         ANSWER_TO("id-task",
                   CONTINUE("'input':'i','executionStartToCloseTimeout':'77',"
                            "'taskList':{'name':'mine'},'taskPriority':'-3',"
                            "'taskStartToCloseTimeout':'NONE','childPolicy':'ABANDON',"
                            "'tagList':['x','y'],'workflowTypeVersion':'2','lambdaRole':'role'")));
    EXPECT_HISTORY(*state, "id", DECIDED,
                   CONTINUED("'childPolicy':'ABANDON','decisionTaskCompletedEventId':4,"
                             "'executionStartToCloseTimeout':'77','input':'i','lambdaRole':'role',"
                             "'newExecutionRunId':'<new-run>','tagList':['x','y'],"
                             "'taskList':{'name':'mine'},'taskPriority':'-3',"
                             "'taskStartToCloseTimeout':'NONE',"
                             "'workflowType':{'name':'w','version':'2'}"));
    EXPECT_NEW(*state,
               EVENT_AFTER(1, BEGIN, "WorkflowExecutionStarted", "workflowExecutionStarted",
                           "'childPolicy':'ABANDON','continuedExecutionRunId':'<id-run>',"
                           "'executionStartToCloseTimeout':'77','input':'i','lambdaRole':'role',"
                           "'parentInitiatedEventId':0,'tagList':['x','y'],"
                           "'taskList':{'name':'mine'},'taskPriority':'-3',"
                           "'taskStartToCloseTimeout':'NONE',"
                           "'workflowType':{'name':'w','version':'2'}"),
               EVENT_BEFORE(2, BEGIN, "DecisionTaskScheduled", "decisionTaskScheduled",
                            "'scheduleToStartTimeout':'NONE','startToCloseTimeout':'NONE',"
                            "'taskList':{'name':'mine'},'taskPriority':'-3'"));
}

static void the_new_run_has_the_policy_it_was_given(void **state)
{
    PLAY(*state, ANSWER_TO("id-task", CONTINUE("'childPolicy':'REQUEST_CANCEL'")));
    EXPECT_HISTORY(*state, "id", DECIDED,
                   CONTINUED("'childPolicy':'REQUEST_CANCEL','decisionTaskCompletedEventId':4,"
                             "'executionStartToCloseTimeout':'86400',"
                             "'newExecutionRunId':'<new-run>','taskList':{'name':'deciders'},"
                             "'taskStartToCloseTimeout':'600'," TYPE_W));
    EXPECT_NEW(
        *state,
        STARTED_BY("REQUEST_CANCEL", "'continuedExecutionRunId':'<id-run>',", "deciders", "", 0),
        DECISION_SCHEDULED(2, BEGIN));
}

static void nothing_is_inherited(void **state)
{
    PLAY(*state, DO("TerminateWorkflowExecution", "{" OF_ID("id") "}"));
    PLAY(*state, GET("StartWorkflowExecution",
                     "{'domain':'d','workflowId':'rich'," TYPE_W
                     ",'taskList':{'name':'r'},'taskPriority':'7','input':'i',"
                     "'executionStartToCloseTimeout':'60','tagList':['x'],'childPolicy':'ABANDON',"
                     "'taskStartToCloseTimeout':'NONE','lambdaRole':'role'}",
                     "{'runId':'<rich-run>'}"));
    script_decide_on(*state, "r", "task");
    PLAY(*state, ANSWER_TO("task", CONTINUE("")),
         GET("ListOpenWorkflowExecutions", "{'domain':'d','startTimeFilter':{'oldestDate':0}}",
             "{'executionInfos':[{'cancelRequested':false,"
             "'execution':{'runId':'<new-run>','workflowId':'rich'},'executionStatus':'OPEN',"
             "'startTimestamp':" BEGIN "," TYPE_W "}]}"),
         GET("GetWorkflowExecutionHistory",
             "{'domain':'d','execution':{'workflowId':'rich','runId':'<new-run>'}}",
             "{'events':[" LIST(STARTED_BY("TERMINATE", "'continuedExecutionRunId':'<rich-run>',",
                                           "deciders", "", 0),
                                DECISION_SCHEDULED(2, BEGIN)) "]}"));
}

static void the_list_of_the_old_run_is_left(void **state)
{
    PLAY(*state,
         DO("RespondDecisionTaskCompleted", "{'taskToken':'<id-task>','taskList':{'name':'other'},"
                                            "'decisions':[" CONTINUE("") "]}"));
    EXPECT_HISTORY(*state, "id", BEGUN,
                   EVENT_BEFORE(4, BEGIN, "DecisionTaskCompleted", "decisionTaskCompleted",
                                "'scheduledEventId':2,'startedEventId':3,"
                                "'taskList':{'name':'other'}"),
                   CONTINUED_BY_DEFAULT);
    EXPECT_NEW(*state, NEW_BEGUN);
}

static void the_timeout_counts_anew(void **state)
{
    script_advance(*state, 400000);
    PLAY(*state, ANSWER_TO("id-task", CONTINUE("'executionStartToCloseTimeout':'10'")),
         GET("ListOpenWorkflowExecutions", "{'domain':'d','startTimeFilter':{'oldestDate':0}}",
             "{'executionInfos':[{'cancelRequested':false,"
             "'execution':{'runId':'<new-run>','workflowId':'id'},'executionStatus':'OPEN',"
             "'startTimestamp':1.326593019474E9," TYPE_W "}]}"));
    script_advance(*state, 9999);
    PLAY(*state,
         DO("SignalWorkflowExecution", "{" OF_ID("id") ",'runId':'<new-run>','signalName':'s'}"));
    script_advance(*state, 1);
    PLAY(*state, NOBODY("id"));
}

static void both_runs_are_described(void **state)
{
    PLAY(*state, ANSWER_TO("id-task", CONTINUE("")));
    EXPECT_HISTORY(*state, "id", DECIDED, CONTINUED_BY_DEFAULT);
    PLAY(*state,
         GET("DescribeWorkflowExecution", "{'domain':'d','execution':" NAMES("id") "}",
             "{'executionConfiguration':{'childPolicy':'TERMINATE',"
             "'executionStartToCloseTimeout':'86400','taskList':{'name':'deciders'},"
             "'taskStartToCloseTimeout':'600'},'executionInfo':{'cancelRequested':false,"
             "'closeStatus':'CONTINUED_AS_NEW','closeTimestamp':" BEGIN ",'execution':" NAMES(
                 "id") ",'executionStatus':'CLOSED','startTimestamp':" BEGIN "," TYPE_W "},"
                       "'openCounts':{'openActivityTasks':0,'openChildWorkflowExecutions':0,"
                       "'openDecisionTasks':0,'openLambdaFunctions':0,'openTimers':0}}"),
         GET("DescribeWorkflowExecution",
             "{'domain':'d','execution':{'workflowId':'id','runId':'<new-run>'}}",
             "{'executionConfiguration':{'childPolicy':'TERMINATE',"
             "'executionStartToCloseTimeout':'86400','taskList':{'name':'deciders'},"
             "'taskStartToCloseTimeout':'600'},'executionInfo':{'cancelRequested':false,"
             "'execution':{'runId':'<new-run>','workflowId':'id'},'executionStatus':'OPEN',"
             "'startTimestamp':" BEGIN "," TYPE_W "},"
             "'openCounts':{'openActivityTasks':0,'openChildWorkflowExecutions':0,"
             "'openDecisionTasks':1,'openLambdaFunctions':0,'openTimers':0}}"));
}

/* A run takes the place of another, so the number of open ones is no obstacle. */
static void there_is_always_room(void **state)
{
    struct whole_server_options options = { .limits = LIMITS_DOCUMENTED };
    struct script *script;

    (void)state;
    options.limits.open_executions = 1;
    script = script_new(&options);
    script_register(script);
    script_start(script, "id");
    PLAY(script, ANSWER_TO("id-task", CONTINUE("")));
    EXPECT_HISTORY(script, "id", DECIDED, CONTINUED_BY_DEFAULT);
    PLAY(script,
         FAULT("StartWorkflowExecution", "{" OF_ID("e") "," TYPE_W "}", "LimitExceededFault",
               "Limit of 1 open executions per domain reached"),
         DO("TerminateWorkflowExecution", "{" OF_ID("id") "}"),
         GET("StartWorkflowExecution", "{" OF_ID("e") "," TYPE_W "}", "{'runId':'<e-run>'}"));
    script_free(script);
}

/* ---- failures ---- */

static void a_version_that_is_not_known(void **state)
{
    PLAY(*state, ANSWER_TO("id-task", CONTINUE("'workflowTypeVersion':'2'")));
    EXPECT_HISTORY(*state, "id", DECIDED, FAILED(5, 4, "WORKFLOW_TYPE_DOES_NOT_EXIST"),
                   DECISION_SCHEDULED(6, BEGIN));
}

static void a_deprecated_version(void **state)
{
    PLAY(*state, DO("DeprecateWorkflowType", "{'domain':'d'," TYPE_W "}"),
         ANSWER_TO("id-task", CONTINUE("")));
    EXPECT_HISTORY(*state, "id", DECIDED, FAILED(5, 4, "WORKFLOW_TYPE_DEPRECATED"),
                   DECISION_SCHEDULED(6, BEGIN));
}

#define TO_BARE(given) CONTINUE("'workflowTypeVersion':'bare'" given)
#define TIMEOUT ",'executionStartToCloseTimeout':'1'"
#define ON_LIST TIMEOUT ",'taskList':{'name':'l'}"
#define TASK_TIMEOUT ON_LIST ",'taskStartToCloseTimeout':'2'"

static void a_version_without_a_default(void **state)
{
    PLAY(*state, DO("RegisterWorkflowType", "{'domain':'d','name':'w','version':'bare'}"),
         ANSWER_TO("id-task", TO_BARE("")));
    script_decide(*state, "second");
    PLAY(*state, ANSWER_TO("second", TO_BARE(TIMEOUT)));
    script_decide(*state, "third");
    PLAY(*state, ANSWER_TO("third", TO_BARE(ON_LIST)));
    script_decide(*state, "fourth");
    PLAY(*state, ANSWER_TO("fourth", TO_BARE(TASK_TIMEOUT)));
    EXPECT_HISTORY(*state, "id", DECIDED,
                   FAILED(5, 4, "DEFAULT_EXECUTION_START_TO_CLOSE_TIMEOUT_UNDEFINED"),
                   LIST(DECISION_SCHEDULED(6, BEGIN), DECISION_STARTED(7, BEGIN, 6),
                        DECISION_COMPLETED(8, BEGIN, 6, 7)),
                   FAILED(9, 8, "DEFAULT_TASK_LIST_UNDEFINED"),
                   LIST(DECISION_SCHEDULED(10, BEGIN), DECISION_STARTED(11, BEGIN, 10),
                        DECISION_COMPLETED(12, BEGIN, 10, 11)),
                   FAILED(13, 12, "DEFAULT_TASK_START_TO_CLOSE_TIMEOUT_UNDEFINED"),
                   LIST(DECISION_SCHEDULED(14, BEGIN), DECISION_STARTED(15, BEGIN, 14),
                        DECISION_COMPLETED(16, BEGIN, 14, 15)),
                   FAILED(17, 16, "DEFAULT_CHILD_POLICY_UNDEFINED"), DECISION_SCHEDULED(18, BEGIN));
}

static void what_the_decider_has_not_seen_stands_in_the_way(void **state)
{
    PLAY(*state, DO("SignalWorkflowExecution", "{" OF_ID("id") ",'signalName':'s'}"),
         ANSWER_TO("id-task", CONTINUE("'workflowTypeVersion':'2'")));
    EXPECT_HISTORY(*state, "id", BEGUN,
                   SIGNALED(4, "'externalInitiatedEventId':0,'signalName':'s'"),
                   DECISION_SCHEDULED(5, BEGIN), DECISION_COMPLETED(6, BEGIN, 2, 3),
                   FAILED(7, 6, "UNHANDLED_DECISION"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(the_workflow_goes_on),
        test(with_no_attributes_at_all),
        test(with_everything),
        test(the_new_run_has_the_policy_it_was_given),
        test(nothing_is_inherited),
        test(the_list_of_the_old_run_is_left),
        test(the_timeout_counts_anew),
        test(both_runs_are_described),
        cmocka_unit_test(there_is_always_room),
        test(a_version_that_is_not_known),
        test(a_deprecated_version),
        test(a_version_without_a_default),
        test(what_the_decider_has_not_seen_stands_in_the_way),
    };

    return cmocka_run_group_tests_name("continue as new", tests, NULL, NULL);
}
