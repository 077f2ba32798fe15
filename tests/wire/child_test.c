/*
 * Child workflows: how they begin or do not, what their parent learns of their end, and what the
 * parent's end means for them.
 */
#include "family.h"

#include <stdio.h>

static int started_setup(void **state)
{
    script_setup(state);
    script_register(*state);
    script_start(*state, "id");
    return 0;
}

#define test(f) cmocka_unit_test_setup_teardown(f, started_setup, script_teardown)
#define test_alone(f) cmocka_unit_test(f)

/* `id` has asked for a child `c`, and that has begun. */
#define WITH_CHILD                                                                   \
    LIST(DECIDED, CHILD_INITIATED(5, 4, "c", "TERMINATE"), CHILD_STARTED(6, 5, "c"), \
         DECISION_SCHEDULED(7, BEGIN))

static void begin_child(struct script *script)
{
    PLAY(script, ANSWER_TO("id-task", CHILD("c", "")));
    script_settle(script);
    EXPECT_HISTORY(script, "id", WITH_CHILD);
}

/* ... and its first decision task is in hand as <c-task>. */
static void begin_deciding_child(struct script *script)
{
    begin_child(script);
    script_decide_on(script, "c", "c-task");
}

#define CHILD_DECIDED(policy)                                     \
    LIST(CHILD_BEGUN("c", policy), DECISION_STARTED(3, BEGIN, 2), \
         DECISION_COMPLETED(4, BEGIN, 2, 3))

/* ---- the beginning ---- */

static void a_child_begins(void **state)
{
    begin_child(*state);
    EXPECT_HISTORY(*state, "c", CHILD_BEGUN("c", "TERMINATE"));
}

#define GIVEN(front, middle, after)                                                     \
    "'childPolicy':'ABANDON'," front "'executionStartToCloseTimeout':'77','input':'i'," \
    "'lambdaRole':'role'," middle "'tagList':['x','y'],'taskList':{'name':'mine'},"     \
    "'taskPriority':'-3','taskStartToCloseTimeout':'NONE'," after TYPE_W

static void a_child_with_everything(void **state)
{
    PLAY(*state,
         ANSWER_TO("id-task", DECISION("StartChildWorkflowExecution", "startChildWorkflowExecution",
                                       GIVEN("'control':'mark',", "", "'workflowId':'c',"))));
    script_settle(*state);
    EXPECT_HISTORY(*state, "id", DECIDED,
                   EVENT_AFTER(5, BEGIN, "StartChildWorkflowExecutionInitiated",
                               "startChildWorkflowExecutionInitiated",
                               GIVEN("'control':'mark','decisionTaskCompletedEventId':4,", "",
                                     "'workflowId':'c',")),
                   CHILD_STARTED(6, 5, "c"), DECISION_SCHEDULED(7, BEGIN));
    EXPECT_HISTORY(
        *state, "c",
        EVENT_AFTER(
            1, BEGIN, "WorkflowExecutionStarted", "workflowExecutionStarted",
            GIVEN("", "'parentInitiatedEventId':5,'parentWorkflowExecution':" NAMES("id") ",", "")),
        EVENT_BEFORE(2, BEGIN, "DecisionTaskScheduled", "decisionTaskScheduled",
                     "'scheduleToStartTimeout':'NONE','startToCloseTimeout':'NONE',"
                     "'taskList':{'name':'mine'},'taskPriority':'-3'"));
}

static void a_child_that_would_be_asked_to_cancel(void **state)
{
    PLAY(*state, ANSWER_TO("id-task", CHILD("c", ",'childPolicy':'REQUEST_CANCEL'")));
    script_settle(*state);
    EXPECT_HISTORY(*state, "id", DECIDED, CHILD_INITIATED(5, 4, "c", "REQUEST_CANCEL"),
                   CHILD_STARTED(6, 5, "c"), DECISION_SCHEDULED(7, BEGIN));
    EXPECT_HISTORY(*state, "c", CHILD_BEGUN("c", "REQUEST_CANCEL"));
}

static void nothing_is_inherited(void **state)
{
    PLAY(*state, DO("TerminateWorkflowExecution", "{" OF_ID("id") "}"),
         GET("StartWorkflowExecution",
             "{'domain':'d','workflowId':'rich'," TYPE_W
             ",'taskList':{'name':'r'},'taskPriority':'7','input':'i',"
             "'executionStartToCloseTimeout':'60','tagList':['x'],'childPolicy':'ABANDON',"
             "'taskStartToCloseTimeout':'NONE','lambdaRole':'role'}",
             "{'runId':'<rich-run>'}"));
    script_decide_on(*state, "r", "task");
    PLAY(*state,
         ANSWER_TO("task", DECISION("StartChildWorkflowExecution", "startChildWorkflowExecution",
                                    "'workflowId':'c'," TYPE_W)));
    script_settle(*state);
    PLAY(*state, DO("SignalWorkflowExecution", "{" OF_ID("c") ",'signalName':'s'}"),
         GET("ListOpenWorkflowExecutions",
             "{'domain':'d','startTimeFilter':{'oldestDate':0},"
             "'executionFilter':{'workflowId':'c'}}",
             "{'executionInfos':[{'cancelRequested':false,'execution':" NAMES(
                 "c") ",'executionStatus':'OPEN','parent':" NAMES("rich") ",'startTimestamp':" BEGIN
                                                                          "," TYPE_W "}]}"));
    EXPECT_HISTORY(*state, "c", STARTED_BY("TERMINATE", "", "deciders", CHILD_OF("rich"), 5),
                   DECISION_SCHEDULED(2, BEGIN),
                   SIGNALED(3, "'externalInitiatedEventId':0,'signalName':'s'"));
}

#define DESCRIBE(id) "{'domain':'d','execution':" NAMES(id) "}"
#define DESCRIPTION(list, id, parent, children, decisions, more)                                   \
    "{'executionConfiguration':{'childPolicy':'TERMINATE','executionStartToCloseTimeout':'86400'," \
    "'taskList':{'name':'" list "'},'taskStartToCloseTimeout':'600'},"                             \
    "'executionInfo':{'cancelRequested':false," more "'execution':" NAMES(                         \
        id) "," parent "'startTimestamp':" BEGIN "," TYPE_W "},"                                   \
            "'openCounts':{'openActivityTasks':0,'openChildWorkflowExecutions':" #children         \
            ",'openDecisionTasks':" #decisions ",'openLambdaFunctions':0,'openTimers':0}}"

static void both_are_described(void **state)
{
    begin_child(*state);
    PLAY(*state,
         GET("DescribeWorkflowExecution", DESCRIBE("id"),
             DESCRIPTION("deciders", "id", "'executionStatus':'OPEN',", 1, 1, "")),
         GET("DescribeWorkflowExecution", DESCRIBE("c"),
             DESCRIPTION("c", "c", "'executionStatus':'OPEN','parent':" NAMES("id") ",", 0, 1, "")),
         DO("TerminateWorkflowExecution", "{" OF_ID("c") "}"));
    script_settle(*state);
    PLAY(*state,
         GET("DescribeWorkflowExecution", DESCRIBE("id"),
             DESCRIPTION("deciders", "id", "'executionStatus':'OPEN',", 0, 1, "")),
         GET("DescribeWorkflowExecution", DESCRIBE("c"),
             DESCRIPTION("c", "c", "'executionStatus':'CLOSED','parent':" NAMES("id") ",", 0, 1,
                         "'closeStatus':'TERMINATED','closeTimestamp':" BEGIN ",")));
}

static void the_counts_of_a_closed_parent_stay(void **state)
{
    begin_child(*state);
    PLAY(*state, DO("TerminateWorkflowExecution", "{" OF_ID("id") "}"));
    script_settle(*state);
    PLAY(*state, GET("DescribeWorkflowExecution", DESCRIBE("id"),
                     DESCRIPTION("deciders", "id", "'executionStatus':'CLOSED',", 1, 1,
                                 "'closeStatus':'TERMINATED','closeTimestamp':" BEGIN ",")));
}

/* ---- failures ---- */

#define START(id, name, version, more)                                                     \
    DECISION("StartChildWorkflowExecution", "startChildWorkflowExecution",                 \
             "'workflowId':'" id "','workflowType':{'name':'" name "','version':'" version \
             "'}" more)

static void a_child_of_no_known_type(void **state)
{
    PLAY(*state,
         ANSWER_TO("id-task", START("c", "w", "2", ",'control':'mark'"), START("e", "v", "1", "")));
    script_settle(*state);
    EXPECT_HISTORY(*state, "id", DECIDED,
                   CHILD_FAILED(5, 4, 0, "WORKFLOW_TYPE_DOES_NOT_EXIST", "'control':'mark',", "c",
                                "{'name':'w','version':'2'}"),
                   CHILD_FAILED(6, 4, 0, "WORKFLOW_TYPE_DOES_NOT_EXIST", "", "e",
                                "{'name':'v','version':'1'}"),
                   DECISION_SCHEDULED(7, BEGIN));
    PLAY(*state, NOBODY("c"), NOBODY("e"));
}

static void a_child_of_a_deprecated_type(void **state)
{
    PLAY(*state, DO("DeprecateWorkflowType", "{'domain':'d'," TYPE_W "}"),
         ANSWER_TO("id-task", CHILD("c", "")));
    script_settle(*state);
    EXPECT_HISTORY(
        *state, "id", DECIDED,
        CHILD_FAILED(5, 4, 0, "WORKFLOW_TYPE_DEPRECATED", "", "c", "{'name':'w','version':'1'}"),
        DECISION_SCHEDULED(6, BEGIN));
}

#define TIMEOUT ",'executionStartToCloseTimeout':'1'"
#define ON_LIST TIMEOUT ",'taskList':{'name':'l'}"
#define TASK_TIMEOUT ON_LIST ",'taskStartToCloseTimeout':'2'"
#define BARE_FAILED(event, cause) \
    CHILD_FAILED(event, 4, 0, cause, "", "c", "{'name':'bare','version':'1'}")

static void a_child_without_a_default(void **state)
{
    PLAY(*state, DO("RegisterWorkflowType", "{'domain':'d','name':'bare','version':'1'}"),
         ANSWER_TO("id-task", START("c", "bare", "1", ""), START("c", "bare", "1", TIMEOUT),
                   START("c", "bare", "1", ON_LIST), START("c", "bare", "1", TASK_TIMEOUT),
                   START("c", "bare", "1", TASK_TIMEOUT ",'childPolicy':'ABANDON'")));
    script_settle(*state);
    EXPECT_HISTORY(
        *state, "id", DECIDED, BARE_FAILED(5, "DEFAULT_EXECUTION_START_TO_CLOSE_TIMEOUT_UNDEFINED"),
        BARE_FAILED(6, "DEFAULT_TASK_LIST_UNDEFINED"),
        BARE_FAILED(7, "DEFAULT_TASK_START_TO_CLOSE_TIMEOUT_UNDEFINED"),
        BARE_FAILED(8, "DEFAULT_CHILD_POLICY_UNDEFINED"),
        EVENT_AFTER(9, BEGIN, "StartChildWorkflowExecutionInitiated",
                    "startChildWorkflowExecutionInitiated",
                    "'childPolicy':'ABANDON','decisionTaskCompletedEventId':4,"
                    "'executionStartToCloseTimeout':'1','taskList':{'name':'l'},"
                    "'taskStartToCloseTimeout':'2','workflowId':'c',"
                    "'workflowType':{'name':'bare','version':'1'}"),
        DECISION_SCHEDULED(10, BEGIN),
        EVENT_BEFORE(11, BEGIN, "ChildWorkflowExecutionStarted", "childWorkflowExecutionStarted",
                     "'initiatedEventId':9," EXECUTION(
                         "c") ",'workflowType':{'name':'bare','version':'1'}"));
}

#define W_FAILED(event, initiated, cause, control, child) \
    CHILD_FAILED(event, 4, initiated, cause, control, child, "{'name':'w','version':'1'}")

static void a_workflow_id_that_is_in_use(void **state)
{
    PLAY(*state,
         ANSWER_TO("id-task", CHILD("id", ",'control':'mark'"), CHILD("c", ""), CHILD("c", "")));
    script_settle(*state);
    EXPECT_HISTORY(
        *state, "id", DECIDED,
        EVENT_AFTER(5, BEGIN, "StartChildWorkflowExecutionInitiated",
                    "startChildWorkflowExecutionInitiated",
                    "'childPolicy':'TERMINATE','control':'mark','decisionTaskCompletedEventId':4,"
                    "'executionStartToCloseTimeout':'86400','taskList':{'name':'id'},"
                    "'taskStartToCloseTimeout':'600','workflowId':'id'," TYPE_W),
        CHILD_INITIATED(6, 4, "c", "TERMINATE"), CHILD_INITIATED(7, 4, "c", "TERMINATE"),
        W_FAILED(8, 5, "WORKFLOW_ALREADY_RUNNING", "'control':'mark',", "id"),
        DECISION_SCHEDULED(9, BEGIN), CHILD_STARTED(10, 6, "c"),
        W_FAILED(11, 7, "WORKFLOW_ALREADY_RUNNING", "", "c"));
    PLAY(*state, GET("DescribeWorkflowExecution", DESCRIBE("id"),
                     DESCRIPTION("deciders", "id", "'executionStatus':'OPEN',", 1, 1, "")));
}

static struct script *script_with(uint32_t children, uint32_t executions)
{
    struct whole_server_options options = { .limits = LIMITS_DOCUMENTED };
    struct script *script;

    options.limits.open_children = children;
    options.limits.open_executions = executions;
    script = script_new(&options);
    script_register(script);
    script_start(script, "id");
    return script;
}

static void one_child_too_many(void **state)
{
    struct script *script = script_with(1, 100);

    (void)state;
    PLAY(script, ANSWER_TO("id-task", CHILD("c", ""), CHILD("e", "")));
    script_settle(script);
    EXPECT_HISTORY(script, "id", DECIDED, CHILD_INITIATED(5, 4, "c", "TERMINATE"),
                   W_FAILED(6, 0, "OPEN_CHILDREN_LIMIT_EXCEEDED", "", "e"),
                   DECISION_SCHEDULED(7, BEGIN), CHILD_STARTED(8, 5, "c"));
    PLAY(script, DO("TerminateWorkflowExecution", "{" OF_ID("c") "}"));
    script_settle(script);
    script_decide(script, "next");
    PLAY(script, ANSWER_TO("next", CHILD("e", ""))); /* there is room again */
    script_settle(script);
    PLAY(script, DO("TerminateWorkflowExecution", "{" OF_ID("e") "}"));
    script_free(script);
}

static void one_execution_too_many(void **state)
{
    struct script *script = script_with(100, 2);

    (void)state;
    PLAY(script, ANSWER_TO("id-task", CHILD("c", ""), CHILD("e", "")));
    script_settle(script);
    EXPECT_HISTORY(script, "id", DECIDED, CHILD_INITIATED(5, 4, "c", "TERMINATE"),
                   W_FAILED(6, 0, "OPEN_WORKFLOWS_LIMIT_EXCEEDED", "", "e"),
                   DECISION_SCHEDULED(7, BEGIN), CHILD_STARTED(8, 5, "c"));
    script_free(script);
}

/* ---- how the child ends ---- */

static void the_child_completes(void **state)
{
    begin_deciding_child(*state);
    PLAY(*state, ANSWER_TO("c-task", DECISION("CompleteWorkflowExecution",
                                              "completeWorkflowExecution", "'result':'good'")));
    script_settle(*state);
    EXPECT_HISTORY(*state, "id", WITH_CHILD,
                   CHILD_CLOSED(8, BEGIN, "Completed", "", 5, "'result':'good',", 6, "", "c"));
}

static void the_child_completes_with_nothing(void **state)
{
    begin_deciding_child(*state);
    script_decide(*state, "id-task");
    PLAY(*state, ANSWER_TO("c-task", COMPLETE));
    script_settle(*state);
    EXPECT_HISTORY(*state, "id", WITH_CHILD, DECISION_STARTED(8, BEGIN, 7),
                   CHILD_CLOSED(9, BEGIN, "Completed", "", 5, "", 6, "", "c"),
                   DECISION_SCHEDULED(10, BEGIN));
}

static void the_child_fails(void **state)
{
    begin_deciding_child(*state);
    PLAY(*state, ANSWER_TO("c-task", DECISION("FailWorkflowExecution", "failWorkflowExecution",
                                              "'reason':'r','details':'d'")));
    script_settle(*state);
    EXPECT_HISTORY(
        *state, "id", WITH_CHILD,
        CHILD_CLOSED(8, BEGIN, "Failed", "'details':'d',", 5, "'reason':'r',", 6, "", "c"));
}

static void the_child_cancels(void **state)
{
    begin_deciding_child(*state);
    PLAY(*state, ANSWER_TO("c-task", DECISION("CancelWorkflowExecution", "cancelWorkflowExecution",
                                              "'details':'d'")));
    script_settle(*state);
    EXPECT_HISTORY(*state, "id", WITH_CHILD,
                   CHILD_CLOSED(8, BEGIN, "Canceled", "'details':'d',", 5, "", 6, "", "c"));
}

static void the_child_is_terminated(void **state)
{
    begin_child(*state);
    PLAY(*state, DO("TerminateWorkflowExecution", "{" OF_ID("c") ",'reason':'r','details':'d'}"));
    script_settle(*state);
    EXPECT_HISTORY(*state, "id", WITH_CHILD,
                   CHILD_CLOSED(8, BEGIN, "Terminated", "", 5, "", 6, "", "c"));
}

static void the_child_times_out(void **state)
{
    PLAY(*state,
         ANSWER_TO("id-task", START("c", "w", "1", ",'executionStartToCloseTimeout':'10'")));
    script_settle(*state);
    script_advance(*state, 10000);
    script_settle(*state);
    EXPECT_HISTORY(*state, "id", DECIDED,
                   EVENT_AFTER(5, BEGIN, "StartChildWorkflowExecutionInitiated",
                               "startChildWorkflowExecutionInitiated",
                               "'childPolicy':'TERMINATE','decisionTaskCompletedEventId':4,"
                               "'executionStartToCloseTimeout':'10','taskList':{'name':'deciders'},"
                               "'taskStartToCloseTimeout':'600','workflowId':'c'," TYPE_W),
                   CHILD_STARTED(6, 5, "c"), DECISION_SCHEDULED(7, BEGIN),
                   CHILD_CLOSED(8, "1.326592629474E9", "TimedOut", "", 5, "", 6,
                                "'timeoutType':'START_TO_CLOSE',", "c"));
}

static void a_child_that_goes_on_reports_at_its_end(void **state)
{
    begin_deciding_child(*state);
    PLAY(*state, ANSWER_TO("c-task", CONTINUE("'taskList':{'name':'c'}")));
    script_settle(*state);
    EXPECT_HISTORY(*state, "id", WITH_CHILD);
    EXPECT_HISTORY(
        *state, "c", CHILD_DECIDED("TERMINATE"),
        EVENT_AFTER(5, BEGIN, "WorkflowExecutionContinuedAsNew", "workflowExecutionContinuedAsNew",
                    "'childPolicy':'TERMINATE','decisionTaskCompletedEventId':4,"
                    "'executionStartToCloseTimeout':'86400','newExecutionRunId':'<last-run>',"
                    "'taskList':{'name':'c'},'taskStartToCloseTimeout':'600'," TYPE_W));
    script_decide_on(*state, "c", "last-task");
    PLAY(*state, ANSWER_TO("last-task", COMPLETE));
    script_settle(*state);
    EXPECT_HISTORY(*state, "id", WITH_CHILD,
                   EVENT_BEFORE(8, BEGIN, "ChildWorkflowExecutionCompleted",
                                "childWorkflowExecutionCompleted",
                                "'initiatedEventId':5,'startedEventId':6,'workflowExecution':"
                                "{'runId':'<last-run>','workflowId':'c'}," TYPE_W));
    script_bind(*state, "old", bytes_of_cstr(script_value(*state, "c-run")));
    script_bind(*state, "c-run", bytes_of_cstr(script_value(*state, "last-run")));
    EXPECT_HISTORY(
        *state, "c",
        STARTED_BY("TERMINATE", "'continuedExecutionRunId':'<old>',", "c", CHILD_OF("id"), 5),
        DECISION_SCHEDULED_ON(2, BEGIN, "c", "NONE"), DECISION_STARTED(3, BEGIN, 2),
        DECISION_COMPLETED(4, BEGIN, 2, 3), COMPLETED(5, 4));
}

static void a_closed_parent_learns_nothing(void **state)
{
    begin_deciding_child(*state);
    script_decide(*state, "next");
    PLAY(*state, DO("TerminateWorkflowExecution", "{" OF_ID("id") ",'childPolicy':'ABANDON'}"),
         ANSWER_TO("c-task", COMPLETE));
    script_settle(*state);
    EXPECT_HISTORY(*state, "id", WITH_CHILD, DECISION_STARTED(8, BEGIN, 7),
                   TERMINATED(9, BEGIN, "OPERATOR_INITIATED", "ABANDON"));
    EXPECT_HISTORY(*state, "c", CHILD_DECIDED("TERMINATE"), COMPLETED(5, 4));
}

/* ---- how the parent ends ---- */

#define END(how) "{'taskToken':'<next>','decisions':[{'decisionType':'" how "WorkflowExecution'}]}"
#define RESPOND "RespondDecisionTaskCompleted"

static const char *const policies[] = { "TERMINATE", "REQUEST_CANCEL", "ABANDON" };

/* `id` runs with <policy> and has a child `c` that has ABANDON of its own. */
static struct script *begin_with_policy(const char *policy)
{
    struct script *script = script_new(
        &(struct whole_server_options){ .limits = LIMITS_DOCUMENTED });

    script_bind(script, "policy", bytes_of_cstr(policy));
    script_register(script);
    PLAY(script, GET("StartWorkflowExecution",
                     "{" OF_ID("id") "," TYPE_W ",'childPolicy':'<policy>',"
                                     "'executionStartToCloseTimeout':'100'}",
                     "{'runId':'<id-run>'}"));
    script_decide(script, "id-task");
    PLAY(script, ANSWER_TO("id-task", CHILD("c", ",'childPolicy':'ABANDON'")));
    script_settle(script);
    script_decide(script, "next");
    PLAY(script,
         GET("ListOpenWorkflowExecutions",
             "{'domain':'d','startTimeFilter':{'oldestDate':0},"
             "'executionFilter':{'workflowId':'c'}}",
             "{'executionInfos':[{'cancelRequested':false,'execution':" NAMES(
                 "c") ",'executionStatus':'OPEN','parent':" NAMES("id") ",'startTimestamp':" BEGIN
                                                                        "," TYPE_W "}]}"));
    return script;
}

/* What `c` has behind it when `policy` was applied to it at the time <at>. */
static void expect_applied(struct script *script, const char *policy)
{
    script_settle(script);
    if (strcmp(policy, "TERMINATE") == 0)
        EXPECT_HISTORY(script, "c", CHILD_BEGUN("c", "ABANDON"),
                       TERMINATED(3, "<at>", "CHILD_POLICY_APPLIED", "ABANDON"));
    else if (strcmp(policy, "REQUEST_CANCEL") == 0)
        EXPECT_HISTORY(script, "c", CHILD_BEGUN("c", "ABANDON"),
                       CANCEL_REQUESTED(3, "<at>",
                                        "'cause':'CHILD_POLICY_APPLIED','externalInitiatedEventId':"
                                        "0,'externalWorkflowExecution':" NAMES("id")));
    else
        EXPECT_HISTORY(script, "c", CHILD_BEGUN("c", "ABANDON"));
}

static void end_by(const char *operation, const char *request)
{
    for (int i = 0; i < 3; i++) {
        struct script *script = begin_with_policy(policies[i]);

        script_bind(script, "at", BYTES(BEGIN));
        PLAY(script, DO(operation, request));
        expect_applied(script, policies[i]);
        script_free(script);
    }
}

static void the_parent_completes(void **state)
{
    (void)state;
    end_by(RESPOND, END("Complete"));
}

static void the_parent_fails(void **state)
{
    (void)state;
    end_by(RESPOND, END("Fail"));
}

static void the_parent_cancels(void **state)
{
    (void)state;
    end_by(RESPOND, END("Cancel"));
}

static void the_parent_goes_on_as_new(void **state)
{
    (void)state;
    end_by(RESPOND, END("ContinueAsNew"));
}

static void the_parent_is_terminated(void **state)
{
    (void)state;
    end_by("TerminateWorkflowExecution", "{" OF_ID("id") "}");
}

static void the_parent_is_terminated_with_another_policy(void **state)
{
    (void)state;
    for (int i = 0; i < 9; i++) {
        struct script *script = begin_with_policy(policies[i % 3]);

        script_bind(script, "at", BYTES(BEGIN));
        script_bind(script, "other", bytes_of_cstr(policies[i / 3]));
        PLAY(script, DO("TerminateWorkflowExecution", "{" OF_ID("id") ",'childPolicy':'<other>'}"));
        expect_applied(script, policies[i / 3]);
        script_free(script);
    }
}

static void the_parent_times_out(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct script *script = begin_with_policy(policies[i]);

        script_bind(script, "at", BYTES("1.326592719474E9"));
        script_advance(script, 100000);
        expect_applied(script, policies[i]);
        script_free(script);
    }
}

static void a_cancel_by_policy_is_decided_on(void **state)
{
    begin_deciding_child(*state);
    PLAY(*state,
         DO("TerminateWorkflowExecution", "{" OF_ID("id") ",'childPolicy':'REQUEST_CANCEL'}"));
    script_settle(*state);
    EXPECT_HISTORY(*state, "c", CHILD_BEGUN("c", "TERMINATE"), DECISION_STARTED(3, BEGIN, 2),
                   CANCEL_REQUESTED(4, BEGIN,
                                    "'cause':'CHILD_POLICY_APPLIED','externalInitiatedEventId':0,"
                                    "'externalWorkflowExecution':" NAMES("id")),
                   DECISION_SCHEDULED_ON(5, BEGIN, "c", "NONE"));
}

/* id > c > e > f: c and e end what is theirs, but e lets f go. */
static void an_end_goes_down_the_family(void **state)
{
    begin_deciding_child(*state);
    PLAY(*state, ANSWER_TO("c-task", CHILD("e", ",'childPolicy':'ABANDON'")));
    script_settle(*state);
    script_decide_on(*state, "e", "e-task");
    PLAY(*state, ANSWER_TO("e-task", CHILD("f", "")));
    script_settle(*state);
    PLAY(*state, DO("TerminateWorkflowExecution", "{" OF_ID("id") "}"));
    script_settle(*state);
    EXPECT_HISTORY(*state, "c", CHILD_DECIDED("TERMINATE"), CHILD_INITIATED(5, 4, "e", "ABANDON"),
                   CHILD_STARTED(6, 5, "e"), DECISION_SCHEDULED_ON(7, BEGIN, "c", "NONE"),
                   TERMINATED(8, BEGIN, "CHILD_POLICY_APPLIED", "TERMINATE"));
    EXPECT_HISTORY(*state, "e", STARTED_BY("ABANDON", "", "e", CHILD_OF("c"), 5),
                   DECISION_SCHEDULED_ON(2, BEGIN, "e", "NONE"), DECISION_STARTED(3, BEGIN, 2),
                   DECISION_COMPLETED(4, BEGIN, 2, 3), CHILD_INITIATED(5, 4, "f", "TERMINATE"),
                   CHILD_STARTED(6, 5, "f"), DECISION_SCHEDULED_ON(7, BEGIN, "e", "NONE"),
                   TERMINATED(8, BEGIN, "CHILD_POLICY_APPLIED", "ABANDON"));
    EXPECT_HISTORY(*state, "f", STARTED_BY("TERMINATE", "", "f", CHILD_OF("e"), 5),
                   DECISION_SCHEDULED_ON(2, BEGIN, "f", "NONE"));
    EXPECT_HISTORY(*state, "id", WITH_CHILD,
                   TERMINATED(8, BEGIN, "OPERATOR_INITIATED", "TERMINATE"));
}

static void the_policy_finds_the_last_run_of_a_child(void **state)
{
    begin_deciding_child(*state);
    PLAY(*state, ANSWER_TO("c-task", CONTINUE("'taskList':{'name':'c'}")));
    script_decide_on(*state, "c", "last-task");
    PLAY(*state, DO("TerminateWorkflowExecution", "{" OF_ID("id") "}"));
    script_settle(*state);
    PLAY(*state, NOBODY("c"));
}

static void a_stranger_of_the_same_id_is_no_child(void **state)
{
    begin_child(*state);
    PLAY(*state, DO("TerminateWorkflowExecution", "{" OF_ID("c") "}"),
         GET("StartWorkflowExecution", "{" OF_ID("c") "," TYPE_W "}", "{'runId':'<stranger>'}"),
         DO("TerminateWorkflowExecution", "{" OF_ID("id") "}"));
    script_settle(*state);
    PLAY(*state, DO("TerminateWorkflowExecution", "{" OF_ID("c") ",'runId':'<stranger>'}"));
}

/* ---- the end of a parent before the beginning of its child ---- */

static void a_child_that_has_not_begun_does_not(void **state)
{
    PLAY(*state, ANSWER_TO("id-task", CHILD("c", ""), CHILD("e", ""), COMPLETE));
    script_settle(*state);
    EXPECT_HISTORY(*state, "id", DECIDED, CHILD_INITIATED(5, 4, "c", "TERMINATE"),
                   CHILD_INITIATED(6, 4, "e", "TERMINATE"), COMPLETED(7, 4));
    PLAY(*state, NOBODY("c"), NOBODY("e"));
}

static struct script *close_at_once(const char *policy)
{
    struct script *script = script_new(
        &(struct whole_server_options){ .limits = LIMITS_DOCUMENTED });

    script_bind(script, "policy", bytes_of_cstr(policy));
    script_register(script);
    PLAY(script,
         GET("StartWorkflowExecution", "{" OF_ID("id") "," TYPE_W ",'childPolicy':'<policy>'}",
             "{'runId':'<id-run>'}"));
    script_decide(script, "id-task");
    PLAY(script, ANSWER_TO("id-task", CHILD("c", ""), COMPLETE));
    script_settle(script);
    EXPECT_HISTORY(script, "id", STARTED_BY("<policy>", "", "deciders", "", 0),
                   DECISION_SCHEDULED(2, BEGIN), DECISION_STARTED(3, BEGIN, 2),
                   DECISION_COMPLETED(4, BEGIN, 2, 3), CHILD_INITIATED(5, 4, "c", "TERMINATE"),
                   COMPLETED(6, 4));
    return script;
}

static void nor_does_one_that_would_be_canceled(void **state)
{
    struct script *script = close_at_once("REQUEST_CANCEL");

    (void)state;
    PLAY(script, NOBODY("c"));
    script_free(script);
}

static void but_one_that_is_abandoned_begins(void **state)
{
    struct script *script = close_at_once("ABANDON");

    (void)state;
    PLAY(script,
         GET("ListOpenWorkflowExecutions", "{'domain':'d','startTimeFilter':{'oldestDate':0}}",
             "{'executionInfos':[{'cancelRequested':false,'execution':" NAMES(
                 "c") ",'executionStatus':'OPEN','parent':" NAMES("id") ",'startTimestamp':" BEGIN
                                                                        "," TYPE_W "}]}"));
    EXPECT_HISTORY(script, "c", CHILD_BEGUN("c", "TERMINATE"));
    script_free(script);
}

static void the_same_for_going_on_as_new(void **state)
{
    PLAY(*state, ANSWER_TO("id-task", CHILD("c", ""), CONTINUE("")));
    script_settle(*state);
    PLAY(*state, NOBODY("c"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_child_begins),
        test(a_child_with_everything),
        test(a_child_that_would_be_asked_to_cancel),
        test(nothing_is_inherited),
        test(both_are_described),
        test(the_counts_of_a_closed_parent_stay),
        test(a_child_of_no_known_type),
        test(a_child_of_a_deprecated_type),
        test(a_child_without_a_default),
        test(a_workflow_id_that_is_in_use),
        test_alone(one_child_too_many),
        test_alone(one_execution_too_many),
        test(the_child_completes),
        test(the_child_completes_with_nothing),
        test(the_child_fails),
        test(the_child_cancels),
        test(the_child_is_terminated),
        test(the_child_times_out),
        test(a_child_that_goes_on_reports_at_its_end),
        test(a_closed_parent_learns_nothing),
        test_alone(the_parent_completes),
        test_alone(the_parent_fails),
        test_alone(the_parent_cancels),
        test_alone(the_parent_goes_on_as_new),
        test_alone(the_parent_is_terminated),
        test_alone(the_parent_is_terminated_with_another_policy),
        test_alone(the_parent_times_out),
        test(a_cancel_by_policy_is_decided_on),
        test(an_end_goes_down_the_family),
        test(the_policy_finds_the_last_run_of_a_child),
        test(a_stranger_of_the_same_id_is_no_child),
        test(a_child_that_has_not_begun_does_not),
        test_alone(nor_does_one_that_would_be_canceled),
        test_alone(but_one_that_is_abandoned_begins),
        test(the_same_for_going_on_as_new),
    };

    return cmocka_run_group_tests_name("children", tests, NULL, NULL);
}
