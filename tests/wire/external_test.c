/*
 * Signals and cancel requests from one workflow to another: what both histories say of them.
 */
#include "family.h"

/* `id` decides; `o` was begun too, and its first decision task is in hand. */
static int started_setup(void **state)
{
    script_setup(state);
    script_register(*state);
    script_start(*state, "id");
    script_start(*state, "o");
    return 0;
}

#define test(f) cmocka_unit_test_setup_teardown(f, started_setup, script_teardown)

/* What an Initiated event says, and a Failed one; `front` sorts before, `run` behind "control". */
#define INITIATED(event, kind, member, front, given, workflow)           \
    EVENT_AFTER(event, BEGIN, kind "ExternalWorkflowExecutionInitiated", \
                member "ExternalWorkflowExecutionInitiated",             \
                front "'decisionTaskCompletedEventId':4," given "'workflowId':'" workflow "'")
#define SIGNAL_INITIATED(event, control, given, workflow) \
    INITIATED(event, "Signal", "signal", control, given, workflow)
#define CANCEL_INITIATED(event, control, run, workflow) \
    INITIATED(event, "RequestCancel", "requestCancel", control, run, workflow)
#define FAILED(event, kind, member, control, initiated, run, workflow)                    \
    EVENT_AFTER(event, BEGIN, kind "ExternalWorkflowExecutionFailed",                     \
                member "ExternalWorkflowExecutionFailed",                                 \
                "'cause':'UNKNOWN_EXTERNAL_WORKFLOW_EXECUTION'," control                  \
                "'decisionTaskCompletedEventId':4,'initiatedEventId':" #initiated "," run \
                "'workflowId':'" workflow "'")
#define SIGNAL_FAILED(event, control, initiated, run, workflow) \
    FAILED(event, "Signal", "signal", control, initiated, run, workflow)
#define CANCEL_FAILED(event, control, initiated, run, workflow) \
    FAILED(event, "RequestCancel", "requestCancel", control, initiated, run, workflow)
#define DELIVERED(event, what, initiated, target)                                                 \
    EVENT_AFTER(event, BEGIN, "ExternalWorkflowExecution" what, "externalWorkflowExecution" what, \
                "'initiatedEventId':" #initiated "," EXECUTION(target))

#define S "'signalName':'s',"

/* ---- signals ---- */

static void a_signal(void **state)
{
    PLAY(*state, ANSWER_TO("id-task", SIGNAL_TO("o", "")));
    script_settle(*state);
    EXPECT_HISTORY(*state, "id", DECIDED, SIGNAL_INITIATED(5, "", S, "o"),
                   DELIVERED(6, "Signaled", 5, "o"), DECISION_SCHEDULED(7, BEGIN));
    EXPECT_HISTORY(*state, "o", BEGUN, SIGNALED_BY(4, "id", 5), DECISION_SCHEDULED(5, BEGIN));
}

static void a_signal_with_everything(void **state)
{
    PLAY(*state,
         ANSWER_TO("id-task", SIGNAL_TO("o", ",'runId':'<o-run>','input':'i','control':'c'")));
    script_settle(*state);
    EXPECT_HISTORY(*state, "id", DECIDED,
                   SIGNAL_INITIATED(5, "'control':'c',", "'input':'i','runId':'<o-run>'," S, "o"),
                   DELIVERED(6, "Signaled", 5, "o"), DECISION_SCHEDULED(7, BEGIN));
    EXPECT_HISTORY(*state, "o", BEGUN,
                   SIGNALED(4, "'externalInitiatedEventId':5,'externalWorkflowExecution':" NAMES(
                                   "id") ",'input':'i','signalName':'s'"),
                   DECISION_SCHEDULED(5, BEGIN));
}

static void two_signals_keep_their_order(void **state)
{
    PLAY(*state,
         ANSWER_TO("id-task", SIGNAL_TO("o", ",'input':'1'"), SIGNAL_TO("o", ",'input':'2'")));
    script_settle(*state);
    EXPECT_HISTORY(*state, "id", DECIDED, SIGNAL_INITIATED(5, "", "'input':'1'," S, "o"),
                   SIGNAL_INITIATED(6, "", "'input':'2'," S, "o"), DELIVERED(7, "Signaled", 5, "o"),
                   DECISION_SCHEDULED(8, BEGIN), DELIVERED(9, "Signaled", 6, "o"));
    EXPECT_HISTORY(*state, "o", BEGUN,
                   SIGNALED(4, "'externalInitiatedEventId':5,'externalWorkflowExecution':" NAMES(
                                   "id") ",'input':'1','signalName':'s'"),
                   DECISION_SCHEDULED(5, BEGIN),
                   SIGNALED(6, "'externalInitiatedEventId':6,'externalWorkflowExecution':" NAMES(
                                   "id") ",'input':'2','signalName':'s'"));
}

static void a_signal_to_oneself(void **state)
{
    PLAY(*state, ANSWER_TO("id-task", SIGNAL_TO("id", "")));
    script_settle(*state);
    EXPECT_HISTORY(*state, "id", DECIDED, SIGNAL_INITIATED(5, "", S, "id"), SIGNALED_BY(6, "id", 5),
                   DECISION_SCHEDULED(7, BEGIN), DELIVERED(8, "Signaled", 5, "id"));
}

static void a_signal_to_nobody(void **state)
{
    PLAY(*state, ANSWER_TO("id-task", SIGNAL_TO("x", ",'control':'c'")));
    script_settle(*state);
    EXPECT_HISTORY(*state, "id", DECIDED, SIGNAL_INITIATED(5, "'control':'c',", S, "x"),
                   SIGNAL_FAILED(6, "'control':'c',", 5, "", "x"), DECISION_SCHEDULED(7, BEGIN));
}

static void a_signal_to_another_run(void **state)
{
    PLAY(*state, ANSWER_TO("id-task", SIGNAL_TO("o", ",'runId':'<id-run>'")));
    script_settle(*state);
    EXPECT_HISTORY(*state, "id", DECIDED, SIGNAL_INITIATED(5, "", "'runId':'<id-run>'," S, "o"),
                   SIGNAL_FAILED(6, "", 5, "'runId':'<id-run>',", "o"),
                   DECISION_SCHEDULED(7, BEGIN));
    EXPECT_HISTORY(*state, "o", BEGUN);
}

static void a_signal_to_a_closed_run(void **state)
{
    PLAY(*state, ANSWER_TO("o-task", COMPLETE), ANSWER_TO("id-task", SIGNAL_TO("o", "")));
    script_settle(*state);
    EXPECT_HISTORY(*state, "id", DECIDED, SIGNAL_INITIATED(5, "", S, "o"),
                   SIGNAL_FAILED(6, "", 5, "", "o"), DECISION_SCHEDULED(7, BEGIN));
    EXPECT_HISTORY(*state, "o", DECIDED, COMPLETED(5, 4));
}

/* By its id alone a workflow is found whatever run it is in; by run id only that run. */
static void a_signal_to_a_later_run(void **state)
{
    PLAY(*state, ANSWER_TO("o-task", CONTINUE("")));
    script_bind(*state, "old", bytes_of_cstr(script_value(*state, "o-run")));
    PLAY(*state, ANSWER_TO("id-task", SIGNAL_TO("o", ",'runId':'<old>'"), SIGNAL_TO("o", "")));
    script_settle(*state);
    EXPECT_HISTORY(*state, "id", DECIDED, SIGNAL_INITIATED(5, "", "'runId':'<old>'," S, "o"),
                   SIGNAL_INITIATED(6, "", S, "o"),
                   SIGNAL_FAILED(7, "", 5, "'runId':'<old>',", "o"), DECISION_SCHEDULED(8, BEGIN),
                   EVENT_AFTER(9, BEGIN, "ExternalWorkflowExecutionSignaled",
                               "externalWorkflowExecutionSignaled",
                               "'initiatedEventId':6,'workflowExecution':"
                               "{'runId':'<new>','workflowId':'o'}"));
    assert_string_not_equal(script_value(*state, "new"), script_value(*state, "old"));
    script_bind(*state, "o-run", bytes_of_cstr(script_value(*state, "new")));
    EXPECT_HISTORY(*state, "o",
                   STARTED_BY("TERMINATE", "'continuedExecutionRunId':'<old>',", "deciders", "", 0),
                   DECISION_SCHEDULED(2, BEGIN), SIGNALED_BY(3, "id", 6));
}

static void a_signal_of_one_that_ends_arrives(void **state)
{
    PLAY(*state, ANSWER_TO("id-task", SIGNAL_TO("o", ""), SIGNAL_TO("x", ""), COMPLETE));
    script_settle(*state);
    EXPECT_HISTORY(*state, "id", DECIDED, SIGNAL_INITIATED(5, "", S, "o"),
                   SIGNAL_INITIATED(6, "", S, "x"), COMPLETED(7, 4));
    EXPECT_HISTORY(*state, "o", BEGUN, SIGNALED_BY(4, "id", 5), DECISION_SCHEDULED(5, BEGIN));
}

static void a_signal_to_oneself_finds_the_next_run(void **state)
{
    PLAY(*state, ANSWER_TO("id-task", SIGNAL_TO("id", ""), CONTINUE("")));
    script_settle(*state);
    EXPECT_HISTORY(
        *state, "id", DECIDED, SIGNAL_INITIATED(5, "", S, "id"),
        EVENT_AFTER(6, BEGIN, "WorkflowExecutionContinuedAsNew", "workflowExecutionContinuedAsNew",
                    "'childPolicy':'TERMINATE','decisionTaskCompletedEventId':4,"
                    "'executionStartToCloseTimeout':'86400','newExecutionRunId':'<new>',"
                    "'taskList':{'name':'deciders'},'taskStartToCloseTimeout':'600'," TYPE_W));
    PLAY(*state,
         GET("GetWorkflowExecutionHistory",
             "{'domain':'d','execution':{'workflowId':'id','runId':'<new>'}}",
             "{'events':[" LIST(STARTED_BY("TERMINATE", "'continuedExecutionRunId':'<id-run>',",
                                           "deciders", "", 0),
                                DECISION_SCHEDULED(2, BEGIN), SIGNALED_BY(3, "id", 5)) "]}"));
}

/* The child of the same list has begun when the signal arrives. */
static void a_signal_to_a_child(void **state)
{
    PLAY(*state, ANSWER_TO("id-task", CHILD("c", ""), SIGNAL_TO("c", "")));
    script_settle(*state);
    EXPECT_HISTORY(*state, "id", DECIDED, CHILD_INITIATED(5, 4, "c", "TERMINATE"),
                   SIGNAL_INITIATED(6, "", S, "c"), CHILD_STARTED(7, 5, "c"),
                   DECISION_SCHEDULED(8, BEGIN), DELIVERED(9, "Signaled", 6, "c"));
    EXPECT_HISTORY(*state, "c", CHILD_BEGUN("c", "TERMINATE"), SIGNALED_BY(3, "id", 6));
}

static void a_signal_to_another_domain(void **state)
{
    PLAY(*state,
         DO("RegisterDomain", "{'name':'far','workflowExecutionRetentionPeriodInDays':'1'}"),
         DO("RegisterWorkflowType", "{'domain':'far','name':'w','version':'1'}"),
         GET("StartWorkflowExecution",
             "{'domain':'far','workflowId':'x'," TYPE_W ",'taskList':{'name':'l'},"
             "'executionStartToCloseTimeout':'9','taskStartToCloseTimeout':'9',"
             "'childPolicy':'ABANDON'}",
             "{'runId':'<x-run>'}"),
         ANSWER_TO("id-task", SIGNAL_TO("x", "")));
    script_settle(*state);
    EXPECT_HISTORY(*state, "id", DECIDED, SIGNAL_INITIATED(5, "", S, "x"),
                   SIGNAL_FAILED(6, "", 5, "", "x"), DECISION_SCHEDULED(7, BEGIN));
}

/* ---- cancel requests ---- */

static void a_cancel_request(void **state)
{
    PLAY(*state, ANSWER_TO("id-task", CANCEL_OF("o", "")));
    script_settle(*state);
    EXPECT_HISTORY(*state, "id", DECIDED, CANCEL_INITIATED(5, "", "", "o"),
                   DELIVERED(6, "CancelRequested", 5, "o"), DECISION_SCHEDULED(7, BEGIN));
    EXPECT_HISTORY(*state, "o", BEGUN, CANCEL_REQUESTED_BY(4, "id", 5),
                   DECISION_SCHEDULED(5, BEGIN));
    PLAY(*state,
         GET("ListOpenWorkflowExecutions",
             "{'domain':'d','startTimeFilter':{'oldestDate':0},"
             "'executionFilter':{'workflowId':'o'}}",
             "{'executionInfos':[{'cancelRequested':true,'execution':" NAMES(
                 "o") ",'executionStatus':'OPEN','startTimestamp':" BEGIN "," TYPE_W "}]}"));
}

static void a_cancel_request_with_everything(void **state)
{
    PLAY(*state, ANSWER_TO("id-task", CANCEL_OF("o", ",'runId':'<o-run>','control':'c'")));
    script_settle(*state);
    EXPECT_HISTORY(*state, "id", DECIDED,
                   CANCEL_INITIATED(5, "'control':'c',", "'runId':'<o-run>',", "o"),
                   DELIVERED(6, "CancelRequested", 5, "o"), DECISION_SCHEDULED(7, BEGIN));
    EXPECT_HISTORY(*state, "o", BEGUN, CANCEL_REQUESTED_BY(4, "id", 5),
                   DECISION_SCHEDULED(5, BEGIN));
}

static void a_cancel_request_to_oneself(void **state)
{
    PLAY(*state, ANSWER_TO("id-task", CANCEL_OF("id", "")));
    script_settle(*state);
    EXPECT_HISTORY(*state, "id", DECIDED, CANCEL_INITIATED(5, "", "", "id"),
                   CANCEL_REQUESTED_BY(6, "id", 5), DECISION_SCHEDULED(7, BEGIN),
                   DELIVERED(8, "CancelRequested", 5, "id"));
}

static void cancel_requests_to_nobody(void **state)
{
    PLAY(*state, ANSWER_TO("o-task", COMPLETE),
         ANSWER_TO("id-task", CANCEL_OF("x", ",'control':'c'"),
                   CANCEL_OF("id", ",'runId':'<o-run>'"), CANCEL_OF("o", "")));
    script_settle(*state);
    EXPECT_HISTORY(
        *state, "id", DECIDED, CANCEL_INITIATED(5, "'control':'c',", "", "x"),
        CANCEL_INITIATED(6, "", "'runId':'<o-run>',", "id"), CANCEL_INITIATED(7, "", "", "o"),
        CANCEL_FAILED(8, "'control':'c',", 5, "", "x"), DECISION_SCHEDULED(9, BEGIN),
        CANCEL_FAILED(10, "", 6, "'runId':'<o-run>',", "id"), CANCEL_FAILED(11, "", 7, "", "o"));
    EXPECT_HISTORY(*state, "o", DECIDED, COMPLETED(5, 4));
}

static void a_cancel_request_of_one_that_ends_arrives(void **state)
{
    PLAY(*state, ANSWER_TO("id-task", CANCEL_OF("o", ""), COMPLETE));
    script_settle(*state);
    EXPECT_HISTORY(*state, "id", DECIDED, CANCEL_INITIATED(5, "", "", "o"), COMPLETED(6, 4));
    EXPECT_HISTORY(*state, "o", BEGUN, CANCEL_REQUESTED_BY(4, "id", 5),
                   DECISION_SCHEDULED(5, BEGIN));
}

static void the_replies_come_in_one_order(void **state)
{
    PLAY(*state, ANSWER_TO("id-task", SIGNAL_TO("o", ""), CANCEL_OF("x", ""), CANCEL_OF("o", "")));
    script_settle(*state);
    EXPECT_HISTORY(*state, "id", DECIDED, SIGNAL_INITIATED(5, "", S, "o"),
                   CANCEL_INITIATED(6, "", "", "x"), CANCEL_INITIATED(7, "", "", "o"),
                   DELIVERED(8, "Signaled", 5, "o"), DECISION_SCHEDULED(9, BEGIN),
                   CANCEL_FAILED(10, "", 6, "", "x"), DELIVERED(11, "CancelRequested", 7, "o"));
    EXPECT_HISTORY(*state, "o", BEGUN, SIGNALED_BY(4, "id", 5), DECISION_SCHEDULED(5, BEGIN),
                   CANCEL_REQUESTED_BY(6, "id", 7));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_signal),
        test(a_signal_with_everything),
        test(two_signals_keep_their_order),
        test(a_signal_to_oneself),
        test(a_signal_to_nobody),
        test(a_signal_to_another_run),
        test(a_signal_to_a_closed_run),
        test(a_signal_to_a_later_run),
        test(a_signal_of_one_that_ends_arrives),
        test(a_signal_to_oneself_finds_the_next_run),
        test(a_signal_to_a_child),
        test(a_signal_to_another_domain),
        test(a_cancel_request),
        test(a_cancel_request_with_everything),
        test(a_cancel_request_to_oneself),
        test(cancel_requests_to_nobody),
        test(a_cancel_request_of_one_that_ends_arrives),
        test(the_replies_come_in_one_order),
    };

    return cmocka_run_group_tests_name("external", tests, NULL, NULL);
}
