/*
 * StartWorkflowExecution.
 */
#include "script.h"

static int registered_setup(void **state)
{
    script_setup(state);
    script_register(*state);
    return 0;
}

#define test(f) cmocka_unit_test_setup_teardown(f, registered_setup, script_teardown)

#define START(rest) \
    "{'domain':'d','workflowId':'id','workflowType':{'name':'w','version':'1'}" rest "}"
#define UNKNOWN_TYPE(name, version) \
    "Unknown type: WorkflowType=[name=" name ", version=" version "]"
#define TERMINATE DO("TerminateWorkflowExecution", "{'domain':'d','workflowId':'id'}")

static void the_answer_is_a_run_id(void **state)
{
    PLAY(*state, GET("StartWorkflowExecution", START(""), "{'runId':'<id-run>'}"));
    const char *run = script_value(*state, "id-run"); /* "22" and 32 bytes in base64 */

    assert_int_equal(strlen(run), 46);
    assert_memory_equal(run, "22", 2);
    assert_int_equal(run[45], '=');
    assert_int_equal(
        strspn(run, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"), 45);
}

static void defaults_of_the_type_count(void **state)
{
    PLAY(*state, GET("StartWorkflowExecution", START(""), "{'runId':'<id-run>'}"));
    EXPECT_HISTORY(*state, "id", STARTED(BEGIN), DECISION_SCHEDULED(2, BEGIN));
}

static void everything_may_be_given(void **state)
{
    PLAY(*state, GET("StartWorkflowExecution",
                     START(",'taskList':{'name':'mine'},'taskPriority':'7','input':'{\\'a\\':1}',"
                           "'executionStartToCloseTimeout':'60','tagList':['x','','x'],"
                           "'taskStartToCloseTimeout':'NONE','childPolicy':'ABANDON',"
                           "'lambdaRole':'arn:aws:iam::123456789012:role/r'"),
                     "{'runId':'<id-run>'}"));
    EXPECT_HISTORY(
        *state, "id",
        EVENT_AFTER(1, BEGIN, "WorkflowExecutionStarted", "workflowExecutionStarted",
                    "'childPolicy':'ABANDON','executionStartToCloseTimeout':'60',"
                    "'input':'{\\'a\\':1}','lambdaRole':'arn:aws:iam::123456789012:role/r',"
                    "'parentInitiatedEventId':0,'tagList':['x','','x'],'taskList':{'name':'mine'},"
                    "'taskPriority':'7','taskStartToCloseTimeout':'NONE',"
                    "'workflowType':{'name':'w','version':'1'}"),
        EVENT_BEFORE(2, BEGIN, "DecisionTaskScheduled", "decisionTaskScheduled",
                     "'scheduleToStartTimeout':'NONE','startToCloseTimeout':'NONE',"
                     "'taskList':{'name':'mine'},'taskPriority':'7'"));
}

static void registered_priority_and_role_count(void **state)
{
    PLAY(
        *state,
        DO("RegisterWorkflowType",
           "{'domain':'d','name':'w','version':'2','defaultTaskStartToCloseTimeout':'1',"
           "'defaultExecutionStartToCloseTimeout':'2','defaultTaskList':{'name':'l'},"
           "'defaultTaskPriority':'-3','defaultChildPolicy':'ABANDON','defaultLambdaRole':'role'}"),
        GET("StartWorkflowExecution",
            "{'domain':'d','workflowId':'id','workflowType':{'name':'w','version':'2'}}",
            "{'runId':'<id-run>'}"));
    EXPECT_HISTORY(
        *state, "id",
        EVENT_AFTER(
            1, BEGIN, "WorkflowExecutionStarted", "workflowExecutionStarted",
            "'childPolicy':'ABANDON','executionStartToCloseTimeout':'2','lambdaRole':'role',"
            "'parentInitiatedEventId':0,'taskList':{'name':'l'},'taskPriority':'-3',"
            "'taskStartToCloseTimeout':'1','workflowType':{'name':'w','version':'2'}"),
        EVENT_BEFORE(2, BEGIN, "DecisionTaskScheduled", "decisionTaskScheduled",
                     "'scheduleToStartTimeout':'NONE','startToCloseTimeout':'1',"
                     "'taskList':{'name':'l'},'taskPriority':'-3'"));
}

static void input_keeps_every_character(void **state)
{
    PLAY(*state,
         GET("StartWorkflowExecution",
             START(",'input':'\\u0000\\u0001\\t\\n\\r\\\\/\\/\\u00e9\\ud83d\\ude00 \xe2\x82\xac'"),
             "{'runId':'<id-run>'}"));
    EXPECT_HISTORY(
        *state, "id",
        EVENT_AFTER(1, BEGIN, "WorkflowExecutionStarted", "workflowExecutionStarted",
                    "'childPolicy':'TERMINATE','executionStartToCloseTimeout':'86400',"
                    "'input':'\\u0000\\u0001\\t\\n\\r\\\\//\xc3\xa9\xf0\x9f\x98\x80 \xe2\x82\xac',"
                    "'parentInitiatedEventId':0,'taskList':{'name':'deciders'},"
                    "'taskStartToCloseTimeout':'600','workflowType':{'name':'w','version':'1'}"),
        DECISION_SCHEDULED(2, BEGIN));
}

/* Recorded: clients send null for what they do not want to give, and even a null tag. */
static void null_is_none_given(void **state)
{
    PLAY(*state, GET("StartWorkflowExecution",
                     START(",'taskList':null,'taskPriority':null,'input':null,'tagList':[null],"
                           "'executionStartToCloseTimeout':null,'taskStartToCloseTimeout':null,"
                           "'childPolicy':null,'lambdaRole':null"),
                     "{'runId':'<id-run>'}"));
}

static void what_is_not_known_is_ignored(void **state)
{
    PLAY(*state, GET("StartWorkflowExecution",
                     START(",'colour':'red','Input':{'x':[1,2,{'y':null}]}"), "{'runId':'<run>'}"));
}

static void empty_durations_are_none_given(void **state)
{
    PLAY(*state, GET("StartWorkflowExecution",
                     START(",'executionStartToCloseTimeout':'','taskStartToCloseTimeout':''"),
                     "{'runId':'<id-run>'}"));
    EXPECT_HISTORY(*state, "id", STARTED(BEGIN), DECISION_SCHEDULED(2, BEGIN));
}

/* ---- faults ---- */

static void unknown_domain(void **state)
{
    PLAY(*state,
         FAULT("StartWorkflowExecution",
               "{'domain':'nowhere','workflowId':'id','workflowType':{'name':'w','version':'1'}}",
               "UnknownResourceFault", "Unknown domain: nowhere"));
}

static void unknown_type(void **state)
{
    PLAY(*state,
         FAULT("StartWorkflowExecution",
               "{'domain':'d','workflowId':'id','workflowType':{'name':'w','version':'2'}}",
               "UnknownResourceFault", UNKNOWN_TYPE("w", "2")),
         FAULT("StartWorkflowExecution",
               "{'domain':'d','workflowId':'id','workflowType':{'name':'a','version':'1'}}",
               "UnknownResourceFault", UNKNOWN_TYPE("a", "1")));
}

static void deprecated_type(void **state)
{
    PLAY(*state,
         DO("DeprecateWorkflowType", "{'domain':'d','workflowType':{'name':'w','version':'1'}}"),
         FAULT("StartWorkflowExecution", START(""), "TypeDeprecatedFault",
               "WorkflowType=[name=w, version=1]"));
}

static void deprecated_domain(void **state)
{
    PLAY(*state, DO("DeprecateDomain", "{'name':'d'}"),
         FAULT("StartWorkflowExecution", START(""), "TypeDeprecatedFault",
               "WorkflowType=[name=w, version=1]"));
}

#define BARE(rest) \
    "{'domain':'d','workflowId':'id','workflowType':{'name':'bare','version':'1'}" rest "}"

static void missing_defaults_in_their_order(void **state)
{
    PLAY(*state, DO("RegisterWorkflowType", "{'domain':'d','name':'bare','version':'1'}"),
         FAULT("StartWorkflowExecution", BARE(""), "DefaultUndefinedFault",
               "executionStartToCloseTimeout"),
         FAULT("StartWorkflowExecution", BARE(",'executionStartToCloseTimeout':'1'"),
               "DefaultUndefinedFault", "taskList"),
         FAULT("StartWorkflowExecution",
               BARE(",'executionStartToCloseTimeout':'1','taskList':{'name':'l'}"),
               "DefaultUndefinedFault", "taskStartToCloseTimeout"),
         FAULT("StartWorkflowExecution",
               BARE(",'executionStartToCloseTimeout':'1','taskList':{'name':'l'},"
                    "'taskStartToCloseTimeout':'1'"),
               "DefaultUndefinedFault", "childPolicy"),
         GET("StartWorkflowExecution",
             BARE(",'executionStartToCloseTimeout':'1','taskList':{'name':'l'},"
                  "'taskStartToCloseTimeout':'1','childPolicy':'ABANDON'"),
             "{'runId':'<run>'}"));
}

static void one_open_run_for_each_workflow_id(void **state)
{
    PLAY(*state, GET("StartWorkflowExecution", START(""), "{'runId':'<first>'}"),
         FAULT("StartWorkflowExecution", START(""), "WorkflowExecutionAlreadyStartedFault",
               "Already Started"),
         FAULT("StartWorkflowExecution", START(",'input':'other'"),
               "WorkflowExecutionAlreadyStartedFault", "Already Started"),
         TERMINATE, GET("StartWorkflowExecution", START(""), "{'runId':'<second>'}"), TERMINATE,
         GET("StartWorkflowExecution", START(""), "{'runId':'<third>'}"));
    assert_string_not_equal(script_value(*state, "first"), script_value(*state, "second"));
    assert_string_not_equal(script_value(*state, "second"), script_value(*state, "third"));
}

static void which_fault_comes_first(void **state)
{
    PLAY(*state, DO("RegisterWorkflowType", "{'domain':'d','name':'bare','version':'1'}"),
         GET("StartWorkflowExecution", START(""), "{'runId':'<run>'}"),
         FAULT("StartWorkflowExecution", BARE(""), "DefaultUndefinedFault",
               "executionStartToCloseTimeout"),
         DO("DeprecateWorkflowType", "{'domain':'d','workflowType':{'name':'bare','version':'1'}}"),
         FAULT("StartWorkflowExecution", BARE(""), "TypeDeprecatedFault",
               "WorkflowType=[name=bare, version=1]"));
}

static void open_executions_have_a_limit(void **state)
{
    struct whole_server_options options = { .limits = LIMITS_DOCUMENTED };

    (void)state;
    options.limits.open_executions = 1;
    struct script *script = script_new(&options);
    script_register(script);
    PLAY(script, GET("StartWorkflowExecution", START(""), "{'runId':'<id-run>'}"),
         FAULT("StartWorkflowExecution",
               "{'domain':'d','workflowId':'id2','workflowType':{'name':'w','version':'1'}}",
               "LimitExceededFault", "Limit of 1 open executions per domain reached"),
         FAULT("StartWorkflowExecution", START(""), "WorkflowExecutionAlreadyStartedFault",
               "Already Started"),
         TERMINATE,
         GET("StartWorkflowExecution",
             "{'domain':'d','workflowId':'id2','workflowType':{'name':'w','version':'1'}}",
             "{'runId':'<id2-run>'}"));
    script_free(script);
}

/* ---- constraints that the tables do not tell ---- */

static void several_problems_at_once(void **state)
{
    PLAY(
        *state,
        INVALID("StartWorkflowExecution",
                "{'domain':'','workflowType':{'name':'w'},'childPolicy':'X'}",
                "4 validation errors detected: "
                "Value `` at `domain` failed to satisfy constraint: "
                "Member must have length greater than or equal to 1; "
                "Value null at `workflowId` failed to satisfy constraint: Member must not be null; "
                "Value null at `workflowType.version` failed to satisfy constraint: "
                "Member must not be null; "
                "Value `X` at `childPolicy` failed to satisfy constraint: "
                "Member must satisfy enum value set: [TERMINATE, REQUEST_CANCEL, ABANDON]"));
}

static void the_model_is_checked_before_the_domain(void **state)
{
    PLAY(*state, REFUSED("StartWorkflowExecution",
                         "{'domain':'nowhere','workflowType':{'name':'w','version':'1'}}", "null",
                         "workflowId", "Member must not be null"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(the_answer_is_a_run_id),
        test(defaults_of_the_type_count),
        test(everything_may_be_given),
        test(registered_priority_and_role_count),
        test(input_keeps_every_character),
        test(null_is_none_given),
        test(what_is_not_known_is_ignored),
        test(empty_durations_are_none_given),
        test(unknown_domain),
        test(unknown_type),
        test(deprecated_type),
        test(deprecated_domain),
        test(missing_defaults_in_their_order),
        test(one_open_run_for_each_workflow_id),
        test(which_fault_comes_first),
        test(open_executions_have_a_limit),
        test(several_problems_at_once),
        test(the_model_is_checked_before_the_domain),
    };

    return cmocka_run_group_tests_name("start", tests, NULL, NULL);
}
