/*
 * RespondDecisionTaskCompleted: what each decision leaves in the history, and what is refused.
 */
#include "script.h"

static int started_setup(void **state)
{
    script_setup(state);
    script_register(*state);
    script_start(*state, "id");
    return 0;
}

#define test(f) cmocka_unit_test_setup_teardown(f, started_setup, script_teardown)

#define DECIDE(...) "{'taskToken':'<id-task>','decisions':[" LIST(__VA_ARGS__) "]}"
#define DECISION(type, member, attributes) \
    "{'decisionType':'" type "','" member "DecisionAttributes':{" attributes "}}"
#define SCHEDULE(attributes) DECISION("ScheduleActivityTask", "scheduleActivityTask", attributes)
#define SCHEDULE_A(activity) \
    SCHEDULE("'activityId':'" activity "','activityType':{'name':'a','version':'1'}")
#define CANCEL_ACTIVITY(activity)                                      \
    DECISION("RequestCancelActivityTask", "requestCancelActivityTask", \
             "'activityId':'" activity "'")
#define TIMER(id, timeout) \
    DECISION("StartTimer", "startTimer", "'startToFireTimeout':'" timeout "','timerId':'" id "'")
#define CANCEL_TIMER(id) DECISION("CancelTimer", "cancelTimer", "'timerId':'" id "'")
#define MARKER(attributes) DECISION("RecordMarker", "recordMarker", attributes)
#define COMPLETE "{'decisionType':'CompleteWorkflowExecution'}"
#define ANSWER(...) DO("RespondDecisionTaskCompleted", DECIDE(__VA_ARGS__))
#define SIGNAL DO("SignalWorkflowExecution", "{'domain':'d','workflowId':'id','signalName':'s'}")
#define SIGNALED(id)                                                                 \
    EVENT_AFTER(id, BEGIN, "WorkflowExecutionSignaled", "workflowExecutionSignaled", \
                "'externalInitiatedEventId':0,'signalName':'s'")

/* ---- the answer itself ---- */

static void no_decisions(void **state)
{
    PLAY(*state, DO("RespondDecisionTaskCompleted", "{'taskToken':'<id-task>'}"));
    EXPECT_HISTORY(*state, "id", DECIDED);
}

static void an_empty_list_of_decisions(void **state)
{
    PLAY(*state, ANSWER(""));
    EXPECT_HISTORY(*state, "id", DECIDED);
}

static void the_context_is_recorded(void **state)
{
    PLAY(*state, DO("RespondDecisionTaskCompleted",
                    "{'taskToken':'<id-task>','executionContext':'where we are'}"));
    EXPECT_HISTORY(*state, "id", BEGUN,
                   EVENT_BEFORE(4, BEGIN, "DecisionTaskCompleted", "decisionTaskCompleted",
                                "'executionContext':'where we are','scheduledEventId':2,"
                                "'startedEventId':3"));
}

static void another_list_for_the_decisions_to_come(void **state)
{
    PLAY(*state,
         DO("RespondDecisionTaskCompleted", "{'taskToken':'<id-task>','taskList':{'name':'mine'},"
                                            "'taskListScheduleToStartTimeout':'5'}"),
         SIGNAL);
    script_advance(*state, 5000);
    EXPECT_HISTORY(
        *state, "id", BEGUN,
        EVENT_BEFORE(4, BEGIN, "DecisionTaskCompleted", "decisionTaskCompleted",
                     "'scheduledEventId':2,'startedEventId':3,'taskList':{'name':'mine'},"
                     "'taskListScheduleToStartTimeout':'5'"),
        SIGNALED(5), DECISION_SCHEDULED_ON(6, BEGIN, "mine", "5"),
        EVENT_BEFORE(7, "1.326592624474E9", "DecisionTaskTimedOut", "decisionTaskTimedOut",
                     "'scheduledEventId':6,'startedEventId':0,'timeoutType':'SCHEDULE_TO_START'"),
        DECISION_SCHEDULED(8, "1.326592624474E9"));
}

/* ---- ScheduleActivityTask ---- */

static void schedule_an_activity(void **state)
{
    PLAY(*state, ANSWER(SCHEDULE_A("1"), SCHEDULE_A("2")));
    EXPECT_HISTORY(*state, "id", DECIDED, ACTIVITY_SCHEDULED(5, BEGIN, "1", 4),
                   ACTIVITY_SCHEDULED(6, BEGIN, "2", 4));
}

static void schedule_an_activity_with_everything(void **state)
{
    PLAY(*state, ANSWER(SCHEDULE(
                     "'activityId':'1','activityType':{'name':'a','version':'1'},'control':'c',"
                     "'input':'i','scheduleToCloseTimeout':'NONE','taskList':{'name':'l'},"
                     "'taskPriority':'-9','scheduleToStartTimeout':'3','startToCloseTimeout':'4',"
                     "'heartbeatTimeout':'5'")));
    EXPECT_HISTORY(
        *state, "id", DECIDED,
        EVENT_BEFORE(5, BEGIN, "ActivityTaskScheduled", "activityTaskScheduled",
                     "'activityId':'1','activityType':{'name':'a','version':'1'},'control':'c',"
                     "'decisionTaskCompletedEventId':4,'heartbeatTimeout':'5','input':'i',"
                     "'scheduleToCloseTimeout':'NONE','scheduleToStartTimeout':'3',"
                     "'startToCloseTimeout':'4','taskList':{'name':'l'},'taskPriority':'-9'"));
}

#define SCHEDULE_FAILED(id, activity, name, version, cause)                            \
    EVENT_AFTER(id, BEGIN, "ScheduleActivityTaskFailed", "scheduleActivityTaskFailed", \
                "'activityId':'" activity "','activityType':{'name':'" name            \
                "','version':'" version "'},'cause':'" cause "','decisionTaskCompletedEventId':4")

static void an_activity_of_no_known_type(void **state)
{
    PLAY(*state, ANSWER(SCHEDULE("'activityId':'1','activityType':{'name':'a','version':'2'}")));
    EXPECT_HISTORY(*state, "id", DECIDED,
                   SCHEDULE_FAILED(5, "1", "a", "2", "ACTIVITY_TYPE_DOES_NOT_EXIST"),
                   DECISION_SCHEDULED(6, BEGIN));
}

static void an_activity_of_a_deprecated_type(void **state)
{
    PLAY(*state,
         DO("DeprecateActivityType", "{'domain':'d','activityType':{'name':'a','version':'1'}}"),
         ANSWER(SCHEDULE_A("1")));
    EXPECT_HISTORY(*state, "id", DECIDED,
                   SCHEDULE_FAILED(5, "1", "a", "1", "ACTIVITY_TYPE_DEPRECATED"),
                   DECISION_SCHEDULED(6, BEGIN));
}

static void an_activity_id_that_is_in_use(void **state)
{
    PLAY(*state, ANSWER(SCHEDULE_A("1"), SCHEDULE_A("1")));
    EXPECT_HISTORY(*state, "id", DECIDED, ACTIVITY_SCHEDULED(5, BEGIN, "1", 4),
                   SCHEDULE_FAILED(6, "1", "a", "1", "ACTIVITY_ID_ALREADY_IN_USE"),
                   DECISION_SCHEDULED(7, BEGIN));
}

#define SCHEDULE_BARE(given) \
    SCHEDULE("'activityId':'1','activityType':{'name':'bare','version':'1'}" given)
#define BARE_FAILED(id, cause) SCHEDULE_FAILED(id, "1", "bare", "1", cause)

static void an_activity_without_a_default(void **state)
{
    PLAY(*state, DO("RegisterActivityType", "{'domain':'d','name':'bare','version':'1'}"),
         ANSWER(SCHEDULE_BARE(""), SCHEDULE_BARE(",'taskList':{'name':'l'}"),
                SCHEDULE_BARE(",'taskList':{'name':'l'},'scheduleToStartTimeout':'1'"),
                SCHEDULE_BARE(",'taskList':{'name':'l'},'scheduleToStartTimeout':'1',"
                              "'scheduleToCloseTimeout':'1'"),
                SCHEDULE_BARE(",'taskList':{'name':'l'},'scheduleToStartTimeout':'1',"
                              "'scheduleToCloseTimeout':'1','startToCloseTimeout':'1'")));
    EXPECT_HISTORY(*state, "id", DECIDED, BARE_FAILED(5, "DEFAULT_TASK_LIST_UNDEFINED"),
                   BARE_FAILED(6, "DEFAULT_SCHEDULE_TO_START_TIMEOUT_UNDEFINED"),
                   BARE_FAILED(7, "DEFAULT_SCHEDULE_TO_CLOSE_TIMEOUT_UNDEFINED"),
                   BARE_FAILED(8, "DEFAULT_START_TO_CLOSE_TIMEOUT_UNDEFINED"),
                   BARE_FAILED(9, "DEFAULT_HEARTBEAT_TIMEOUT_UNDEFINED"),
                   DECISION_SCHEDULED(10, BEGIN));
}

static void one_thing_too_many(void **state)
{
    struct whole_server_options options = { .limits = LIMITS_DOCUMENTED };

    (void)state;
    options.limits.open_activities = 1;
    options.limits.open_timers = 1;
    struct script *script = script_new(&options);
    script_register(script);
    script_start(script, "id");
    PLAY(script, ANSWER(SCHEDULE_A("1"), SCHEDULE_A("2"), TIMER("1", "9"), TIMER("2", "9")));
    EXPECT_HISTORY(
        script, "id", DECIDED, ACTIVITY_SCHEDULED(5, BEGIN, "1", 4),
        SCHEDULE_FAILED(6, "2", "a", "1", "OPEN_ACTIVITIES_LIMIT_EXCEEDED"),
        EVENT_AFTER(7, BEGIN, "TimerStarted", "timerStarted",
                    "'decisionTaskCompletedEventId':4,'startToFireTimeout':'9','timerId':'1'"),
        EVENT_AFTER(8, BEGIN, "StartTimerFailed", "startTimerFailed",
                    "'cause':'OPEN_TIMERS_LIMIT_EXCEEDED','decisionTaskCompletedEventId':4,"
                    "'timerId':'2'"),
        DECISION_SCHEDULED(9, BEGIN));
    script_free(script);
}

/* ---- RequestCancelActivityTask ---- */

#define CANCEL_REQUESTED(id, activity, completed)                                         \
    EVENT_BEFORE(id, BEGIN, "ActivityTaskCancelRequested", "activityTaskCancelRequested", \
                 "'activityId':'" activity "','decisionTaskCompletedEventId':" #completed)

static void an_activity_that_nobody_began_is_canceled_at_once(void **state)
{
    PLAY(*state, ANSWER(SCHEDULE_A("1"), CANCEL_ACTIVITY("1")));
    EXPECT_HISTORY(
        *state, "id", DECIDED, ACTIVITY_SCHEDULED(5, BEGIN, "1", 4), CANCEL_REQUESTED(6, "1", 4),
        EVENT_BEFORE(7, BEGIN, "ActivityTaskCanceled", "activityTaskCanceled",
                     "'latestCancelRequestedEventId':6,'scheduledEventId':5,'startedEventId':0"),
        DECISION_SCHEDULED(8, BEGIN));
}

static void an_activity_that_is_not_open_cannot_be_canceled(void **state)
{
    PLAY(*state, ANSWER(CANCEL_ACTIVITY("1")));
    EXPECT_HISTORY(
        *state, "id", DECIDED,
        EVENT_AFTER(
            5, BEGIN, "RequestCancelActivityTaskFailed", "requestCancelActivityTaskFailed",
            "'activityId':'1','cause':'ACTIVITY_ID_UNKNOWN','decisionTaskCompletedEventId':4"),
        DECISION_SCHEDULED(6, BEGIN));
}

/* ---- timers ---- */

#define TIMER_STARTED(id, timer, timeout)                                         \
    EVENT_AFTER(id, BEGIN, "TimerStarted", "timerStarted",                        \
                "'decisionTaskCompletedEventId':4,'startToFireTimeout':'" timeout \
                "','timerId':'" timer "'")

static void a_timer_fires(void **state)
{
    PLAY(*state, ANSWER(TIMER("t", "10")));
    script_advance(*state, 9999);
    EXPECT_HISTORY(*state, "id", DECIDED, TIMER_STARTED(5, "t", "10"));
    script_advance(*state, 1);
    EXPECT_HISTORY(*state, "id", DECIDED, TIMER_STARTED(5, "t", "10"),
                   EVENT_AFTER(6, "1.326592629474E9", "TimerFired", "timerFired",
                               "'startedEventId':5,'timerId':'t'"),
                   DECISION_SCHEDULED(7, "1.326592629474E9"));
}

static void a_timer_keeps_its_control(void **state)
{
    PLAY(*state, ANSWER(DECISION("StartTimer", "startTimer",
                                 "'control':'','startToFireTimeout':'10','timerId':'t'")));
    EXPECT_HISTORY(*state, "id", DECIDED,
                   EVENT_AFTER(5, BEGIN, "TimerStarted", "timerStarted",
                               "'control':'','decisionTaskCompletedEventId':4,"
                               "'startToFireTimeout':'10','timerId':'t'"));
}

static void a_timer_id_that_is_in_use(void **state)
{
    PLAY(*state, ANSWER(TIMER("t", "10"), TIMER("t", "20")));
    EXPECT_HISTORY(
        *state, "id", DECIDED, TIMER_STARTED(5, "t", "10"),
        EVENT_AFTER(
            6, BEGIN, "StartTimerFailed", "startTimerFailed",
            "'cause':'TIMER_ID_ALREADY_IN_USE','decisionTaskCompletedEventId':4,'timerId':'t'"),
        DECISION_SCHEDULED(7, BEGIN));
}

static void a_timer_is_canceled(void **state)
{
    PLAY(*state, ANSWER(TIMER("t", "10"), CANCEL_TIMER("t")));
    script_advance(*state, 20000);
    EXPECT_HISTORY(*state, "id", DECIDED, TIMER_STARTED(5, "t", "10"),
                   EVENT_AFTER(6, BEGIN, "TimerCanceled", "timerCanceled",
                               "'decisionTaskCompletedEventId':4,'startedEventId':5,"
                               "'timerId':'t'"));
}

static void a_timer_that_is_not_open_cannot_be_canceled(void **state)
{
    PLAY(*state, ANSWER(CANCEL_TIMER("t")));
    EXPECT_HISTORY(*state, "id", DECIDED,
                   EVENT_BEFORE(5, BEGIN, "CancelTimerFailed", "cancelTimerFailed",
                                "'cause':'TIMER_ID_UNKNOWN','decisionTaskCompletedEventId':4,"
                                "'timerId':'t'"),
                   DECISION_SCHEDULED(6, BEGIN));
}

/* ---- RecordMarker ---- */

static void markers_are_recorded(void **state)
{
    PLAY(*state, ANSWER(MARKER("'markerName':'m'"), MARKER("'markerName':'m','details':'d'")));
    EXPECT_HISTORY(*state, "id", DECIDED,
                   EVENT_AFTER(5, BEGIN, "MarkerRecorded", "markerRecorded",
                               "'decisionTaskCompletedEventId':4,'markerName':'m'"),
                   EVENT_AFTER(6, BEGIN, "MarkerRecorded", "markerRecorded",
                               "'decisionTaskCompletedEventId':4,'details':'d','markerName':'m'"));
}

/* ---- closing ---- */

static void complete_the_run(void **state)
{
    PLAY(*state, ANSWER(DECISION("CompleteWorkflowExecution", "completeWorkflowExecution",
                                 "'result':'good'")));
    EXPECT_HISTORY(*state, "id", DECIDED,
                   EVENT_AFTER(5, BEGIN, "WorkflowExecutionCompleted", "workflowExecutionCompleted",
                               "'decisionTaskCompletedEventId':4,'result':'good'"));
}

static void complete_with_nothing(void **state)
{
    PLAY(*state, ANSWER(COMPLETE));
    EXPECT_HISTORY(*state, "id", DECIDED,
                   EVENT_AFTER(5, BEGIN, "WorkflowExecutionCompleted", "workflowExecutionCompleted",
                               "'decisionTaskCompletedEventId':4"));
}

static void fail_the_run(void **state)
{
    PLAY(*state, ANSWER(DECISION("FailWorkflowExecution", "failWorkflowExecution",
                                 "'reason':'r','details':'d'")));
    EXPECT_HISTORY(*state, "id", DECIDED,
                   EVENT_AFTER(5, BEGIN, "WorkflowExecutionFailed", "workflowExecutionFailed",
                               "'decisionTaskCompletedEventId':4,'details':'d','reason':'r'"));
}

static void cancel_the_run(void **state)
{
    PLAY(*state,
         ANSWER(DECISION("CancelWorkflowExecution", "cancelWorkflowExecution", "'details':'d'")));
    EXPECT_HISTORY(*state, "id", DECIDED,
                   EVENT_AFTER(5, BEGIN, "WorkflowExecutionCanceled", "workflowExecutionCanceled",
                               "'decisionTaskCompletedEventId':4,'details':'d'"));
}

#define BEHIND_A_SIGNAL \
    LIST(BEGUN, SIGNALED(4), DECISION_SCHEDULED(5, BEGIN), DECISION_COMPLETED(6, BEGIN, 2, 3))

static void what_the_decider_has_not_seen_stands_in_the_way(void **state)
{
    PLAY(*state, SIGNAL, ANSWER(MARKER("'markerName':'m'"), COMPLETE));
    EXPECT_HISTORY(*state, "id", BEHIND_A_SIGNAL,
                   EVENT_AFTER(7, BEGIN, "MarkerRecorded", "markerRecorded",
                               "'decisionTaskCompletedEventId':6,'markerName':'m'"),
                   EVENT_BEFORE(8, BEGIN, "CompleteWorkflowExecutionFailed",
                                "completeWorkflowExecutionFailed",
                                "'cause':'UNHANDLED_DECISION','decisionTaskCompletedEventId':6"));
}

static void the_same_for_failing(void **state)
{
    PLAY(*state, SIGNAL, ANSWER("{'decisionType':'FailWorkflowExecution'}"));
    EXPECT_HISTORY(*state, "id", BEHIND_A_SIGNAL,
                   EVENT_AFTER(7, BEGIN, "FailWorkflowExecutionFailed",
                               "failWorkflowExecutionFailed",
                               "'cause':'UNHANDLED_DECISION','decisionTaskCompletedEventId':6"));
}

static void the_same_for_canceling(void **state)
{
    PLAY(*state, SIGNAL, ANSWER("{'decisionType':'CancelWorkflowExecution'}"));
    EXPECT_HISTORY(*state, "id", BEHIND_A_SIGNAL,
                   EVENT_BEFORE(7, BEGIN, "CancelWorkflowExecutionFailed",
                                "cancelWorkflowExecutionFailed",
                                "'cause':'UNHANDLED_DECISION','decisionTaskCompletedEventId':6"));
}

static void what_is_open_does_not_stand_in_the_way(void **state)
{
    PLAY(*state, ANSWER(SCHEDULE_A("1"), TIMER("t", "10"), COMPLETE));
    EXPECT_HISTORY(*state, "id", DECIDED, ACTIVITY_SCHEDULED(5, BEGIN, "1", 4),
                   TIMER_STARTED(6, "t", "10"),
                   EVENT_AFTER(7, BEGIN, "WorkflowExecutionCompleted", "workflowExecutionCompleted",
                               "'decisionTaskCompletedEventId':4"));
}

/* ---- what is refused as a whole ---- */

#define NOT_LAST "Close must be last decision in list"

static void close_must_be_last(void **state)
{
    PLAY(*state,
         INVALID("RespondDecisionTaskCompleted", DECIDE(COMPLETE, MARKER("'markerName':'m'")),
                 NOT_LAST),
         INVALID("RespondDecisionTaskCompleted", DECIDE(COMPLETE, COMPLETE), NOT_LAST),
         INVALID("RespondDecisionTaskCompleted",
                 DECIDE("{'decisionType':'FailWorkflowExecution'}," TIMER("t", "1")), NOT_LAST),
         INVALID("RespondDecisionTaskCompleted",
                 DECIDE("{'decisionType':'CancelWorkflowExecution'}," TIMER("t", "1")), NOT_LAST),
         INVALID("RespondDecisionTaskCompleted",
                 DECIDE("{'decisionType':'ContinueAsNewWorkflowExecution'}," TIMER("t", "1")),
                 NOT_LAST));
    EXPECT_HISTORY(*state, "id", BEGUN);
}

static void a_refused_answer_leaves_the_task_open(void **state)
{
    PLAY(*state,
         REFUSED("RespondDecisionTaskCompleted", DECIDE(MARKER("'markerName':'m'"), MARKER("")),
                 "null", "decisions.2.member.recordMarkerDecisionAttributes.markerName",
                 "Member must not be null"));
    EXPECT_HISTORY(*state, "id", BEGUN);
    PLAY(*state, ANSWER(""));
    EXPECT_HISTORY(*state, "id", DECIDED);
}

static void words_in_the_order_of_the_service(void **state)
{
    PLAY(*state,
         REFUSED("RespondDecisionTaskCompleted", DECIDE("{'decisionType':'X'}"), "`X`",
                 "decisions.1.member.decisionType",
                 "Member must satisfy enum value set: [CompleteWorkflowExecution, StartTimer, "
                 "RequestCancelExternalWorkflowExecution, SignalExternalWorkflowExecution, "
                 "CancelTimer, RecordMarker, ScheduleActivityTask, ContinueAsNewWorkflowExecution, "
                 "ScheduleLambdaFunction, FailWorkflowExecution, RequestCancelActivityTask, "
                 "StartChildWorkflowExecution, CancelWorkflowExecution]"));
}

static void a_decision_without_a_type(void **state)
{
    PLAY(*state, REFUSED("RespondDecisionTaskCompleted", DECIDE("{}"), "null",
                         "decisions.1.member.decisionType", "Member must not be null"));
}

static void a_decision_without_its_attributes(void **state)
{
    PLAY(*state,
         INVALID(
             "RespondDecisionTaskCompleted", DECIDE("{'decisionType':'StartTimer'}"),
             "2 validation errors detected: "
             "Value null at `decisions.1.member.startTimerDecisionAttributes.timerId` "
             "failed to satisfy constraint: Member must not be null; "
             "Value null at `decisions.1.member.startTimerDecisionAttributes.startToFireTimeout` "
             "failed to satisfy constraint: Member must not be null"));
}

static void attributes_of_another_type_are_checked_too(void **state)
{
    PLAY(*state, REFUSED("RespondDecisionTaskCompleted",
                         DECIDE("{'decisionType':'CompleteWorkflowExecution',"
                                "'recordMarkerDecisionAttributes':{'markerName':''}}"),
                         "``", "decisions.1.member.recordMarkerDecisionAttributes.markerName",
                         "Member must have length greater than or equal to 1"));
}

#define NULL_NAME(i)                                                                    \
    "Value null at `decisions." i ".member.recordMarkerDecisionAttributes.markerName` " \
    "failed to satisfy constraint: Member must not be null"
/* clang-format off */
#define TEN_NULLS \
    NULL_NAME("1") "; " NULL_NAME("2") "; " NULL_NAME("3") "; " NULL_NAME("4") "; " \
    NULL_NAME("5") "; " NULL_NAME("6") "; " NULL_NAME("7") "; " NULL_NAME("8") "; " \
    NULL_NAME("9") "; " NULL_NAME("10")
/* clang-format on */
#define FOUR_MARKERS LIST(MARKER(""), MARKER(""), MARKER(""), MARKER(""))

static void ten_problems_and_no_more(void **state)
{
    PLAY(*state,
         INVALID("RespondDecisionTaskCompleted", DECIDE(FOUR_MARKERS, FOUR_MARKERS, FOUR_MARKERS),
                 "10 validation errors detected: " TEN_NULLS));
}

static void a_timeout_needs_its_list(void **state)
{
    PLAY(*state, INVALID("RespondDecisionTaskCompleted",
                         "{'taskToken':'<id-task>','taskListScheduleToStartTimeout':'5'}",
                         "Cannot specify taskListScheduleToStartTimeout without taskList"));
}

static void no_lambda_function_without_an_endpoint(void **state)
{
    PLAY(*state, ANSWER(DECISION("ScheduleLambdaFunction", "scheduleLambdaFunction",
                                 "'id':'l','name':'f'")));
    EXPECT_HISTORY(*state, "id", DECIDED,
                   EVENT_AFTER(5, BEGIN, "ScheduleLambdaFunctionFailed",
                               "scheduleLambdaFunctionFailed",
                               "'cause':'LAMBDA_SERVICE_NOT_AVAILABLE_IN_REGION',"
                               "'decisionTaskCompletedEventId':4,'id':'l','name':'f'"),
                   DECISION_SCHEDULED(6, BEGIN));
}

/* ---- tokens ---- */

#define ANSWER_WITH(token) "{'taskToken':'" token "'}"
#define UNKNOWN_RUN "Unknown execution: WorkflowExecution=[workflowId=id, runId=<id-run>]"

static void what_is_no_token(void **state)
{
    PLAY(*state, INVALID("RespondDecisionTaskCompleted", ANSWER_WITH("x"), "Invalid token"),
         INVALID("RespondDecisionTaskCompleted", ANSWER_WITH("AAAAKgAAAAEAAAAAAAAAAg"),
                 "Invalid token"),
         INVALID("RespondDecisionTaskCompleted", ANSWER_WITH("<id-task>AAAA"), "Invalid token"),
         INVALID("RespondDecisionTaskCompleted", ANSWER_WITH(" <id-task>"), "Invalid token"));
    script_schedule(*state, "id-task", "activity");
    PLAY(*state,
         INVALID("RespondDecisionTaskCompleted", ANSWER_WITH("<activity>"), "Invalid token"));
}

static void a_changed_token(void **state)
{
    struct script *script = *state;
    size_t length = strlen(script_value(script, "id-task"));

    for (size_t i = 0; i < length; i++) {
        char changed[1024];
        assert_true(length < sizeof(changed));
        memcpy(changed, script_value(script, "id-task"), length);
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        script_bind(script, "changed", bytes_of(changed, length));
        PLAY(script,
             INVALID("RespondDecisionTaskCompleted", ANSWER_WITH("<changed>"), "Invalid token"));
    }
    EXPECT_HISTORY(script, "id", BEGUN);
}

static void a_task_is_answered_once(void **state)
{
    PLAY(*state, ANSWER(""),
         FAULT("RespondDecisionTaskCompleted", DECIDE(""), "UnknownResourceFault",
               "Unknown decision task, scheduledEventId = 2"),
         SIGNAL);
    script_decide(*state, "second");
    PLAY(*state, FAULT("RespondDecisionTaskCompleted", DECIDE(""), "UnknownResourceFault",
                       "Unknown decision task, scheduledEventId = 2"));
}

static void a_task_that_timed_out(void **state)
{
    script_advance(*state, 599999);
    PLAY(*state, INVALID("RespondDecisionTaskCompleted",
                         DECIDE("{'decisionType':'FailWorkflowExecution'}," COMPLETE), NOT_LAST));
    script_advance(*state, 1);
    PLAY(*state, FAULT("RespondDecisionTaskCompleted", DECIDE(""), "UnknownResourceFault",
                       "Unknown decision task, scheduledEventId = 2"));
}

static void the_run_is_closed(void **state)
{
    PLAY(*state, DO("TerminateWorkflowExecution", "{'domain':'d','workflowId':'id'}"),
         FAULT("RespondDecisionTaskCompleted", DECIDE(""), "UnknownResourceFault", UNKNOWN_RUN));
}

static void a_closed_run_counts_before_a_closed_task(void **state)
{
    PLAY(*state, ANSWER(COMPLETE),
         FAULT("RespondDecisionTaskCompleted", DECIDE(""), "UnknownResourceFault", UNKNOWN_RUN));
}

static void the_answer_is_checked_before_the_token(void **state)
{
    PLAY(*state,
         REFUSED("RespondDecisionTaskCompleted", "{'taskToken':'x','decisions':[{}]}", "null",
                 "decisions.1.member.decisionType", "Member must not be null"),
         INVALID("RespondDecisionTaskCompleted",
                 "{'taskToken':'x','decisions':[" LIST(COMPLETE, COMPLETE) "]}", NOT_LAST));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(no_decisions),
        test(an_empty_list_of_decisions),
        test(the_context_is_recorded),
        test(another_list_for_the_decisions_to_come),
        test(schedule_an_activity),
        test(schedule_an_activity_with_everything),
        test(an_activity_of_no_known_type),
        test(an_activity_of_a_deprecated_type),
        test(an_activity_id_that_is_in_use),
        test(an_activity_without_a_default),
        test(one_thing_too_many),
        test(an_activity_that_nobody_began_is_canceled_at_once),
        test(an_activity_that_is_not_open_cannot_be_canceled),
        test(a_timer_fires),
        test(a_timer_keeps_its_control),
        test(a_timer_id_that_is_in_use),
        test(a_timer_is_canceled),
        test(a_timer_that_is_not_open_cannot_be_canceled),
        test(markers_are_recorded),
        test(complete_the_run),
        test(complete_with_nothing),
        test(fail_the_run),
        test(cancel_the_run),
        test(what_the_decider_has_not_seen_stands_in_the_way),
        test(the_same_for_failing),
        test(the_same_for_canceling),
        test(what_is_open_does_not_stand_in_the_way),
        test(close_must_be_last),
        test(a_refused_answer_leaves_the_task_open),
        test(words_in_the_order_of_the_service),
        test(a_decision_without_a_type),
        test(a_decision_without_its_attributes),
        test(attributes_of_another_type_are_checked_too),
        test(ten_problems_and_no_more),
        test(a_timeout_needs_its_list),
        test(no_lambda_function_without_an_endpoint),
        test(what_is_no_token),
        test(a_changed_token),
        test(a_task_is_answered_once),
        test(a_task_that_timed_out),
        test(the_run_is_closed),
        test(a_closed_run_counts_before_a_closed_task),
        test(the_answer_is_checked_before_the_token),
    };

    return cmocka_run_group_tests_name("decisions", tests, NULL, NULL);
}
