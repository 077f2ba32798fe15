/*
 * PollForActivityTask, RecordActivityTaskHeartbeat, RespondActivityTaskCompleted, -Failed and
 * -Canceled. How polls wait is in long_poll_test.c.
 */
#include "script.h"

/* A run `id` whose activity `activity` a worker has in hand. */
static int activity_setup(void **state)
{
    script_setup(state);
    script_register(*state);
    script_start(*state, "id");
    script_schedule(*state, "id-task", "activity");
    return 0;
}

#define test(f) cmocka_unit_test_setup_teardown(f, activity_setup, script_teardown)

#define WITH(rest) "{'taskToken':'<activity>'" rest "}"
#define POLL "{'domain':'d','taskList':{'name':'workers'}}"
#define IN_HAND \
    LIST(DECIDED, ACTIVITY_SCHEDULED(5, BEGIN, "activity", 4), ACTIVITY_STARTED(6, BEGIN, 5))
#define UNKNOWN_RUN "Unknown execution: WorkflowExecution=[workflowId=id, runId=<id-run>]"
#define UNKNOWN_ACTIVITY "Unknown activity, scheduledEventId = 5"
#define SIGNAL DO("SignalWorkflowExecution", "{'domain':'d','workflowId':'id','signalName':'s'}")

/* ---- what is handed out ---- */

static void a_task_with_everything(void **state)
{
    PLAY(*state, SIGNAL);
    script_decide(*state, "task");
    PLAY(*state,
         DO("RespondDecisionTaskCompleted",
            "{'taskToken':'<task>','decisions':[{'decisionType':'ScheduleActivityTask',"
            "'scheduleActivityTaskDecisionAttributes':{'activityId':'second',"
            "'activityType':{'name':'a','version':'1'},'input':'in','control':'ours'}}]}"),
         GET("PollForActivityTask", POLL,
             "{'activityId':'second','activityType':{'name':'a','version':'1'},'input':'in',"
             "'startedEventId':12,'taskToken':'<second>',"
             "'workflowExecution':{'runId':'<id-run>','workflowId':'id'}}"));
}

static void a_task_with_little(void **state)
{
    script_start(*state, "other");
    PLAY(*state,
         DO("RespondDecisionTaskCompleted",
            "{'taskToken':'<other-task>','decisions':[{'decisionType':'ScheduleActivityTask',"
            "'scheduleActivityTaskDecisionAttributes':{'activityId':'1',"
            "'activityType':{'name':'a','version':'1'}}}]}"),
         GET("PollForActivityTask",
             "{'domain':'d','taskList':{'name':'workers'},'identity':'worker 7'}",
             "{'activityId':'1','activityType':{'name':'a','version':'1'},'startedEventId':6,"
             "'taskToken':'<token>',"
             "'workflowExecution':{'runId':'<other-run>','workflowId':'other'}}"));
    EXPECT_HISTORY(*state, "other", DECIDED, ACTIVITY_SCHEDULED(5, BEGIN, "1", 4),
                   EVENT_BEFORE(6, BEGIN, "ActivityTaskStarted", "activityTaskStarted",
                                "'identity':'worker 7','scheduledEventId':5"));
    size_t length = strlen(script_value(*state, "token"));
    assert_in_range(length, 1, 1024);
}

#define SCHEDULE(activity, priority)                                                   \
    "{'decisionType':'ScheduleActivityTask','scheduleActivityTaskDecisionAttributes':" \
    "{'activityId':'" activity "','activityType':{'name':'a','version':'1'},"          \
    "'taskPriority':'" priority "'}}"
#define HANDED_OUT(activity, started)                                             \
    GET("PollForActivityTask", POLL,                                              \
        "{'activityId':'" activity "','activityType':{'name':'a','version':'1'}," \
        "'startedEventId':" #started ",'taskToken':'<token-" #started ">',"       \
        "'workflowExecution':{'runId':'<other-run>','workflowId':'other'}}")

static void the_highest_priority_first_then_the_oldest(void **state)
{
    script_start(*state, "other");
    PLAY(*state,
         DO("RespondDecisionTaskCompleted", "{'taskToken':'<other-task>','decisions':[" LIST(
                                                SCHEDULE("low", "-1"), SCHEDULE("zero", "0"),
                                                SCHEDULE("high", "5"), SCHEDULE("nil", "0")) "]}"),
         HANDED_OUT("high", 9), HANDED_OUT("zero", 10), HANDED_OUT("nil", 11),
         HANDED_OUT("low", 12));
}

static void unknown_domain(void **state)
{
    PLAY(*state, FAULT("PollForActivityTask", "{'domain':'x','taskList':{'name':'workers'}}",
                       "UnknownResourceFault", "Unknown domain: x"));
}

/* ---- RespondActivityTaskCompleted, -Failed, -Canceled ---- */

static void completed(void **state)
{
    PLAY(*state, DO("RespondActivityTaskCompleted", WITH(",'result':'r'")));
    EXPECT_HISTORY(*state, "id", IN_HAND,
                   EVENT_BEFORE(7, BEGIN, "ActivityTaskCompleted", "activityTaskCompleted",
                                "'result':'r','scheduledEventId':5,'startedEventId':6"),
                   DECISION_SCHEDULED(8, BEGIN));
}

static void completed_with_nothing(void **state)
{
    PLAY(*state, DO("RespondActivityTaskCompleted", WITH("")));
    EXPECT_HISTORY(*state, "id", IN_HAND,
                   EVENT_BEFORE(7, BEGIN, "ActivityTaskCompleted", "activityTaskCompleted",
                                "'scheduledEventId':5,'startedEventId':6"),
                   DECISION_SCHEDULED(8, BEGIN));
}

static void failed(void **state)
{
    PLAY(*state, DO("RespondActivityTaskFailed", WITH(",'reason':'r','details':'d'")));
    EXPECT_HISTORY(
        *state, "id", IN_HAND,
        EVENT_BEFORE(7, BEGIN, "ActivityTaskFailed", "activityTaskFailed",
                     "'details':'d','reason':'r','scheduledEventId':5,'startedEventId':6"),
        DECISION_SCHEDULED(8, BEGIN));
}

static void failed_with_nothing(void **state)
{
    PLAY(*state, DO("RespondActivityTaskFailed", WITH("")));
    EXPECT_HISTORY(*state, "id", IN_HAND,
                   EVENT_BEFORE(7, BEGIN, "ActivityTaskFailed", "activityTaskFailed",
                                "'scheduledEventId':5,'startedEventId':6"),
                   DECISION_SCHEDULED(8, BEGIN));
}

/* Accepted without a request, too. */
static void canceled(void **state)
{
    PLAY(*state, DO("RespondActivityTaskCanceled", WITH(",'details':'d'")));
    EXPECT_HISTORY(*state, "id", IN_HAND,
                   EVENT_BEFORE(7, BEGIN, "ActivityTaskCanceled", "activityTaskCanceled",
                                "'details':'d','scheduledEventId':5,'startedEventId':6"),
                   DECISION_SCHEDULED(8, BEGIN));
}

/* The decider asks for cancellation of the activity in hand: events 7 to 11. */
static void request_cancel(struct script *script)
{
    PLAY(script, SIGNAL);
    script_decide(script, "task");
    PLAY(script,
         DO("RespondDecisionTaskCompleted",
            "{'taskToken':'<task>','decisions':[{'decisionType':'RequestCancelActivityTask',"
            "'requestCancelActivityTaskDecisionAttributes':{'activityId':'activity'}}]}"));
}

static void canceled_as_requested(void **state)
{
    request_cancel(*state);
    PLAY(*state, DO("RespondActivityTaskCanceled", WITH("")));
    EXPECT_HISTORY(
        *state, "id", IN_HAND,
        EVENT_AFTER(7, BEGIN, "WorkflowExecutionSignaled", "workflowExecutionSignaled",
                    "'externalInitiatedEventId':0,'signalName':'s'"),
        DECISION_SCHEDULED(8, BEGIN), DECISION_STARTED(9, BEGIN, 8),
        DECISION_COMPLETED(10, BEGIN, 8, 9),
        EVENT_BEFORE(11, BEGIN, "ActivityTaskCancelRequested", "activityTaskCancelRequested",
                     "'activityId':'activity','decisionTaskCompletedEventId':10"),
        EVENT_BEFORE(12, BEGIN, "ActivityTaskCanceled", "activityTaskCanceled",
                     "'latestCancelRequestedEventId':11,'scheduledEventId':5,'startedEventId':6"),
        DECISION_SCHEDULED(13, BEGIN));
}

static void a_worker_may_ignore_the_request(void **state)
{
    request_cancel(*state);
    PLAY(*state, DO("RespondActivityTaskCompleted", WITH("")),
         FAULT("RespondActivityTaskCanceled", WITH(""), "UnknownResourceFault", UNKNOWN_ACTIVITY));
}

/* ---- RecordActivityTaskHeartbeat ---- */

static void a_heartbeat_is_no_event(void **state)
{
    PLAY(*state,
         GET("RecordActivityTaskHeartbeat", WITH(",'details':'half'"), "{'cancelRequested':false}"),
         GET("RecordActivityTaskHeartbeat", WITH(""), "{'cancelRequested':false}"));
    EXPECT_HISTORY(*state, "id", IN_HAND);
}

static void a_heartbeat_tells_of_the_request(void **state)
{
    request_cancel(*state);
    PLAY(*state, GET("RecordActivityTaskHeartbeat", WITH(""), "{'cancelRequested':true}"),
         GET("RecordActivityTaskHeartbeat", WITH(""), "{'cancelRequested':true}"));
}

/* ---- time ---- */

#define TIMED_OUT(id, at, attributes)                                    \
    EVENT_BEFORE(id, at, "ActivityTaskTimedOut", "activityTaskTimedOut", \
                 attributes "'scheduledEventId':5,'startedEventId':6,'timeoutType':'HEARTBEAT'")

static void start_with_heartbeat(struct script *script)
{
    script_start(script, "beat");
    PLAY(script,
         DO("RespondDecisionTaskCompleted",
            "{'taskToken':'<beat-task>','decisions':[{'decisionType':'ScheduleActivityTask',"
            "'scheduleActivityTaskDecisionAttributes':{'activityId':'1','heartbeatTimeout':'10',"
            "'activityType':{'name':'a','version':'1'}}}]}"),
         GET("PollForActivityTask", POLL,
             "{'activityId':'1','activityType':{'name':'a','version':'1'},'startedEventId':6,"
             "'taskToken':'<beat>',"
             "'workflowExecution':{'runId':'<beat-run>','workflowId':'beat'}}"));
}

#define BEAT_IN_HAND                                                                     \
    LIST(DECIDED,                                                                        \
         EVENT_BEFORE(5, BEGIN, "ActivityTaskScheduled", "activityTaskScheduled",        \
                      "'activityId':'1','activityType':{'name':'a','version':'1'},"      \
                      "'decisionTaskCompletedEventId':4,'heartbeatTimeout':'10',"        \
                      "'scheduleToCloseTimeout':'3600','scheduleToStartTimeout':'3600'," \
                      "'startToCloseTimeout':'3600','taskList':{'name':'workers'}"),     \
         ACTIVITY_STARTED(6, BEGIN, 5))

static void silence_is_timed_out(void **state)
{
    start_with_heartbeat(*state);
    script_advance(*state, 10000);
    PLAY(*state, FAULT("RecordActivityTaskHeartbeat", "{'taskToken':'<beat>'}",
                       "UnknownResourceFault", UNKNOWN_ACTIVITY));
    EXPECT_HISTORY(*state, "beat", BEAT_IN_HAND, TIMED_OUT(7, "1.326592629474E9", ""),
                   DECISION_SCHEDULED(8, "1.326592629474E9"));
}

static void the_last_details_are_told(void **state)
{
    start_with_heartbeat(*state);
    script_advance(*state, 9999);
    PLAY(*state, GET("RecordActivityTaskHeartbeat", "{'taskToken':'<beat>','details':'half'}",
                     "{'cancelRequested':false}"));
    script_advance(*state, 9999);
    PLAY(*state,
         GET("RecordActivityTaskHeartbeat", "{'taskToken':'<beat>'}", "{'cancelRequested':false}"));
    script_advance(*state, 9999);
    EXPECT_HISTORY(*state, "beat", BEAT_IN_HAND);
    script_advance(*state, 1);
    EXPECT_HISTORY(*state, "beat", BEAT_IN_HAND,
                   TIMED_OUT(7, "1.326592649472E9", "'details':'half',"),
                   DECISION_SCHEDULED(8, "1.326592649472E9"));
}

/* ---- tokens ---- */

#define ALL_FOUR(fault)                                                          \
    fault("RecordActivityTaskHeartbeat"), fault("RespondActivityTaskCompleted"), \
        fault("RespondActivityTaskFailed"), fault("RespondActivityTaskCanceled")
#define ACTIVITY_IS_UNKNOWN(operation) \
    FAULT(operation, WITH(""), "UnknownResourceFault", UNKNOWN_ACTIVITY)
#define RUN_IS_UNKNOWN(operation) FAULT(operation, WITH(""), "UnknownResourceFault", UNKNOWN_RUN)
#define NO_TOKEN(operation) INVALID(operation, "{'taskToken':'x'}", "Invalid token")
#define DECISION_TOKEN(operation) INVALID(operation, "{'taskToken':'<id-task>'}", "Invalid token")

static void what_is_no_token(void **state)
{
    PLAY(*state, ALL_FOUR(NO_TOKEN), ALL_FOUR(DECISION_TOKEN));
    EXPECT_HISTORY(*state, "id", IN_HAND);
}

static void a_changed_token(void **state)
{
    struct script *script = *state;
    size_t length = strlen(script_value(script, "activity"));

    for (size_t i = 0; i < length; i++) {
        char changed[1024];
        assert_true(length < sizeof(changed));
        memcpy(changed, script_value(script, "activity"), length);
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        script_bind(script, "changed", bytes_of(changed, length));
        PLAY(script,
             INVALID("RespondActivityTaskCompleted", "{'taskToken':'<changed>'}", "Invalid token"));
    }
}

static void a_completed_activity(void **state)
{
    PLAY(*state, DO("RespondActivityTaskCompleted", WITH("")), ALL_FOUR(ACTIVITY_IS_UNKNOWN));
}

static void a_failed_activity(void **state)
{
    PLAY(*state, DO("RespondActivityTaskFailed", WITH("")), ALL_FOUR(ACTIVITY_IS_UNKNOWN));
}

static void a_canceled_activity(void **state)
{
    PLAY(*state, DO("RespondActivityTaskCanceled", WITH("")), ALL_FOUR(ACTIVITY_IS_UNKNOWN));
}

static void an_activity_that_timed_out(void **state)
{
    script_advance(*state, 3600 * 1000);
    PLAY(*state, ALL_FOUR(ACTIVITY_IS_UNKNOWN));
}

static void a_closed_run(void **state)
{
    PLAY(*state, DO("TerminateWorkflowExecution", "{'domain':'d','workflowId':'id'}"),
         ALL_FOUR(RUN_IS_UNKNOWN));
}

static void a_closed_run_counts_before_a_closed_task(void **state)
{
    PLAY(*state, DO("RespondActivityTaskCompleted", WITH("")),
         DO("TerminateWorkflowExecution", "{'domain':'d','workflowId':'id'}"),
         ALL_FOUR(RUN_IS_UNKNOWN));
}

/* A result that is too long leaves the task open (lengths: constraint_test.c). */
static void a_refused_answer_leaves_the_task_open(void **state)
{
    struct script *script = *state;
    struct text body;

    text_init(&body, 1 << 20);
    text_printf(&body, "{\"taskToken\":\"%s\",\"result\":\"", script_value(script, "activity"));
    for (int i = 0; i < 32769; i++)
        text_append_char(&body, 'x');
    text_append_cstr(&body, "\"}");
    script_send(script, &script->talk, "RespondActivityTaskCompleted", text_bytes(&body));
    text_deinit(&body);
    talk_receive(&script->talk);
    assert_int_equal(talk_status(&script->talk), 400);
    EXPECT_HISTORY(script, "id", IN_HAND);
    PLAY(script, DO("RespondActivityTaskCompleted", WITH("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_task_with_everything),
        test(a_task_with_little),
        test(the_highest_priority_first_then_the_oldest),
        test(unknown_domain),
        test(completed),
        test(completed_with_nothing),
        test(failed),
        test(failed_with_nothing),
        test(canceled),
        test(canceled_as_requested),
        test(a_worker_may_ignore_the_request),
        test(a_heartbeat_is_no_event),
        test(a_heartbeat_tells_of_the_request),
        test(silence_is_timed_out),
        test(the_last_details_are_told),
        test(what_is_no_token),
        test(a_changed_token),
        test(a_completed_activity),
        test(a_failed_activity),
        test(a_canceled_activity),
        test(an_activity_that_timed_out),
        test(a_closed_run),
        test(a_closed_run_counts_before_a_closed_task),
        test(a_refused_answer_leaves_the_task_open),
    };

    return cmocka_run_group_tests_name("activities", tests, NULL, NULL);
}
