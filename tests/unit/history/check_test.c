/*
 * The checker of histories: good ones pass, and each rule is broken in its own way at least once,
 * by one change to a good one.
 */
#include "history/read.h"
#include "story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define TEXT_BYTES_MAX ((size_t)1 << 20)

struct fixture {
    struct json_reader *reader;
    struct arena arena;
    struct text json, problem;
    struct history history;
    struct history_sum sum;
};

static int setup(void **state)
{
    static struct fixture fixture;

    fixture.reader = json_reader_new();
    arena_init(&fixture.arena, "test", (size_t)64 << 20);
    text_init(&fixture.json, TEXT_BYTES_MAX);
    text_init(&fixture.problem, TEXT_BYTES_MAX);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    json_reader_free(fixture->reader);
    arena_deinit(&fixture->arena);
    text_deinit(&fixture->json);
    text_deinit(&fixture->problem);
    return 0;
}

#define test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

/* ---- good ones ---- */

#define BEGINNING                                                                    \
    "10 WorkflowExecutionStarted childPolicy=TERMINATE taskList=l workflowType=w/1 " \
    "executionStartToCloseTimeout=1000 taskStartToCloseTimeout=30 taskPriority=4\n"  \
    "10 DecisionTaskScheduled taskList=l startToCloseTimeout=30 taskPriority=4 "     \
    "scheduleToStartTimeout=NONE\n"                                                  \
    "11 DecisionTaskStarted scheduledEventId=2\n"                                    \
    "12 DecisionTaskCompleted scheduledEventId=2 startedEventId=3 executionContext=first\n"

#define TASK "DecisionTaskScheduled taskList=l startToCloseTimeout=30 taskPriority=4\n"

#define SCHEDULED(id)                                                             \
    "12 ActivityTaskScheduled activityType=a/1 activityId=" id " taskList=l "     \
    "scheduleToStartTimeout=10 scheduleToCloseTimeout=20 startToCloseTimeout=15 " \
    "heartbeatTimeout=5 decisionTaskCompletedEventId=4\n"

/* One activity ends by itself, one is asked to. */
static const char activities[] = BEGINNING SCHEDULED("a1") SCHEDULED("a2") SCHEDULED(
    "a3") "13 ActivityTaskStarted scheduledEventId=5\n"
          "13 ActivityTaskStarted scheduledEventId=6\n"
          "14 ActivityTaskCompleted scheduledEventId=5 startedEventId=8\n"
          "14 " TASK /* 11 */
          "15 DecisionTaskStarted scheduledEventId=11\n"
          "15 DecisionTaskCompleted scheduledEventId=11 startedEventId=12\n"
          "15 ActivityTaskCancelRequested activityId=a2 decisionTaskCompletedEventId=13\n"
          "15 ActivityTaskCancelRequested activityId=a3 decisionTaskCompletedEventId=13\n"
          "15 RequestCancelActivityTaskFailed activityId=a1 cause=ACTIVITY_ID_UNKNOWN "
          "decisionTaskCompletedEventId=13\n"
          "15 ScheduleActivityTaskFailed activityType=a/1 activityId=a2 "
          "cause=ACTIVITY_ID_ALREADY_IN_USE decisionTaskCompletedEventId=13\n"
          "15 ActivityTaskCanceled scheduledEventId=7 startedEventId=0 latestCancelRequestedEventId=15\n"
          "15 " TASK /* 19 */
          "17 ActivityTaskCanceled scheduledEventId=6 startedEventId=9 latestCancelRequestedEventId=14\n"
          "18 DecisionTaskStarted scheduledEventId=19\n"
          "19 WorkflowExecutionSignaled signalName=s externalInitiatedEventId=0\n"
          "19 " TASK /* 23 */
          "20 DecisionTaskCompleted scheduledEventId=19 startedEventId=21\n"
          "20 CompleteWorkflowExecutionFailed cause=UNHANDLED_DECISION decisionTaskCompletedEventId=24\n"
          "21 DecisionTaskStarted scheduledEventId=23\n"
          "22 DecisionTaskCompleted scheduledEventId=23 startedEventId=26\n"
          "22 WorkflowExecutionCompleted decisionTaskCompletedEventId=27\n";

/* All kinds of timeouts, each at its first instant. */
static const char timeouts[] = BEGINNING SCHEDULED("a1") SCHEDULED("a2") SCHEDULED("a3")
    SCHEDULED("a4") /* 8 */
    "13 ActivityTaskStarted scheduledEventId=6\n"
    "13 ActivityTaskStarted scheduledEventId=7\n"
    "17 ActivityTaskStarted scheduledEventId=8\n"
    "18 ActivityTaskTimedOut timeoutType=HEARTBEAT scheduledEventId=6 startedEventId=9\n"
    "18 " TASK /* 13 */
    "22 ActivityTaskTimedOut timeoutType=SCHEDULE_TO_START scheduledEventId=5 startedEventId=0\n"
    "28 ActivityTaskTimedOut timeoutType=START_TO_CLOSE scheduledEventId=7 startedEventId=10\n"
    "32 ActivityTaskTimedOut timeoutType=SCHEDULE_TO_CLOSE scheduledEventId=8 startedEventId=11\n"
    "40 DecisionTaskStarted scheduledEventId=13\n"
    "70 DecisionTaskTimedOut timeoutType=START_TO_CLOSE scheduledEventId=13 startedEventId=17\n"
    "70 " TASK /* 19 */
    "71 DecisionTaskStarted scheduledEventId=19\n"
    "71 DecisionTaskCompleted scheduledEventId=19 startedEventId=20 taskList=host "
    "taskListScheduleToStartTimeout=2\n"
    "71 TimerStarted timerId=t startToFireTimeout=9 decisionTaskCompletedEventId=21\n"
    "80 TimerFired timerId=t startedEventId=22\n"
    "80 DecisionTaskScheduled taskList=host startToCloseTimeout=30 taskPriority=4 "
    "scheduleToStartTimeout=2\n"
    "82 DecisionTaskTimedOut timeoutType=SCHEDULE_TO_START scheduledEventId=24 startedEventId=0\n"
    "82 " TASK "1010 WorkflowExecutionTimedOut timeoutType=START_TO_CLOSE childPolicy=TERMINATE\n";

static const char timers[] = BEGINNING
    "12 TimerStarted timerId=t1 startToFireTimeout=5 decisionTaskCompletedEventId=4\n"
    "12 MarkerRecorded markerName=m decisionTaskCompletedEventId=4\n"
    "13 WorkflowExecutionSignaled signalName=s externalInitiatedEventId=7 "
    "externalWorkflowExecution=x/y\n"
    "13 " TASK "13 WorkflowExecutionCancelRequested externalInitiatedEventId=0\n"
    "13 DecisionTaskStarted scheduledEventId=8\n"
    "14 DecisionTaskCompleted scheduledEventId=8 startedEventId=10\n"
    "14 TimerCanceled timerId=t1 startedEventId=5 decisionTaskCompletedEventId=11\n"
    "14 StartTimerFailed timerId=t1 cause=TIMER_ID_ALREADY_IN_USE decisionTaskCompletedEventId=11\n"
    "14 CancelTimerFailed timerId=t2 cause=TIMER_ID_UNKNOWN decisionTaskCompletedEventId=11\n"
    "14 TimerStarted timerId=t2 startToFireTimeout=5 decisionTaskCompletedEventId=11\n"
    "14 " TASK "14 DecisionTaskStarted scheduledEventId=16\n"
    "15 DecisionTaskCompleted scheduledEventId=16 startedEventId=17\n"
    "15 TimerStarted timerId=t1 startToFireTimeout=5 decisionTaskCompletedEventId=18\n"
    "16 WorkflowExecutionTerminated childPolicy=TERMINATE cause=CHILD_POLICY_APPLIED\n";

#define LAMBDA(id, timeout) \
    "12 LambdaFunctionScheduled id=" id " name=f" timeout " decisionTaskCompletedEventId=4\n"

static const char lambdas[] = BEGINNING LAMBDA("l1", "") LAMBDA("l2", " startToCloseTimeout=10")
    LAMBDA("l3", "") LAMBDA("l4", " startToCloseTimeout=NONE") LAMBDA("l5", "") /* 9 */
    "12 ScheduleLambdaFunctionFailed id=l1 name=f cause=ID_ALREADY_IN_USE "
    "decisionTaskCompletedEventId=4\n"
    "12 " TASK /* 11 */
    "12 LambdaFunctionStarted scheduledEventId=5\n"
    "12 LambdaFunctionStarted scheduledEventId=6\n"
    "12 StartLambdaFunctionFailed scheduledEventId=7 cause=ASSUME_ROLE_FAILED\n"
    "12 LambdaFunctionStarted scheduledEventId=8\n"
    "12 LambdaFunctionStarted scheduledEventId=9\n"
    "13 LambdaFunctionCompleted scheduledEventId=5 startedEventId=12\n"
    "13 LambdaFunctionTimedOut scheduledEventId=8 startedEventId=15\n"
    "22 LambdaFunctionTimedOut scheduledEventId=6 startedEventId=13\n"
    "312 LambdaFunctionTimedOut scheduledEventId=9 startedEventId=16\n";

#define CHILD(id)                                                                            \
    "12 StartChildWorkflowExecutionInitiated workflowId=" id " workflowType=c/1 taskList=l " \
    "childPolicy=TERMINATE decisionTaskCompletedEventId=4\n"

static const char others[] = BEGINNING CHILD("c1") CHILD(
    "c2") "12 StartChildWorkflowExecutionFailed workflowId=c3 workflowType=c/2 "
          "cause=WORKFLOW_TYPE_DOES_NOT_EXIST initiatedEventId=0 decisionTaskCompletedEventId=4\n"
          "12 SignalExternalWorkflowExecutionInitiated workflowId=x signalName=s "
          "decisionTaskCompletedEventId=4\n"
          "12 SignalExternalWorkflowExecutionInitiated workflowId=y signalName=s "
          "decisionTaskCompletedEventId=4\n"
          "12 RequestCancelExternalWorkflowExecutionInitiated workflowId=x runId=r "
          "decisionTaskCompletedEventId=4\n"
          "12 " TASK /* 11 */
          "13 ChildWorkflowExecutionStarted workflowExecution=c1/r1 workflowType=c/1 initiatedEventId=5\n"
          "13 StartChildWorkflowExecutionFailed workflowId=c2 workflowType=c/1 "
          "cause=WORKFLOW_ALREADY_RUNNING initiatedEventId=6 decisionTaskCompletedEventId=4\n"
          "13 ExternalWorkflowExecutionSignaled workflowExecution=x/r initiatedEventId=8\n"
          "13 SignalExternalWorkflowExecutionFailed workflowId=y "
          "cause=UNKNOWN_EXTERNAL_WORKFLOW_EXECUTION initiatedEventId=9 decisionTaskCompletedEventId=4\n"
          "13 ExternalWorkflowExecutionCancelRequested workflowExecution=x/r initiatedEventId=10\n"
          "14 ChildWorkflowExecutionCompleted workflowExecution=c1/r2 workflowType=c/2 "
          "initiatedEventId=5 startedEventId=12\n";

/* ---- the checker at work ---- */

static bool check(struct fixture *fixture, const char *lines)
{
    text_reset(&fixture->json);
    text_reset(&fixture->problem);
    story_write(lines, &fixture->json);
    if (!history_read(fixture->reader, text_bytes(&fixture->json), &fixture->arena,
                      &fixture->history, &fixture->problem))
        fail_msg("%.*s: %.*s", BYTES_FMT(text_bytes(&fixture->problem)),
                 BYTES_FMT(text_bytes(&fixture->json)));
    return history_check(&fixture->history, &fixture->sum, &fixture->arena, &fixture->problem);
}

static void assert_good(struct fixture *fixture, const char *lines)
{
    if (!check(fixture, lines))
        fail_msg("%.*s", BYTES_FMT(text_bytes(&fixture->problem)));
}

/* `good` with the first `part` in it replaced, as a text of its own. */
static char *changed(const char *good, const char *part, const char *by)
{
    static char buffer[16384];
    const char *at = strstr(good, part);

    if (!at)
        fail_msg("there is no '%s' to replace", part);
    snprintf(buffer, sizeof(buffer), "%.*s%s%s", (int)(at - good), good, by, at + strlen(part));
    return buffer;
}

struct change {
    const char *part, *by;
    const char *problem; /* what is complained of: the beginning */
};

static void assert_changes_show(struct fixture *fixture, const char *good,
                                const struct change *changes, size_t count)
{
    assert_good(fixture, good);
    for (size_t i = 0; i < count; i++) {
        struct bytes expected = bytes_of_cstr(changes[i].problem);

        if (check(fixture, changed(good, changes[i].part, changes[i].by)))
            fail_msg("'%s' by '%s' passes", changes[i].part, changes[i].by);
        if (!bytes_starts_with(text_bytes(&fixture->problem), expected))
            fail_msg("'%s' by '%s': %.*s", changes[i].part, changes[i].by,
                     BYTES_FMT(text_bytes(&fixture->problem)));
    }
}

#define SHOW(good, ...)                                                               \
    do {                                                                              \
        const struct change changes[] = { __VA_ARGS__ };                              \
        assert_changes_show(*state, good, changes, sizeof changes / sizeof *changes); \
    } while (0)

/* ---- rules ---- */

static void ids_times_and_ends(void **state)
{
    SHOW(activities,
         { "13 ActivityTaskStarted", "#7 13 ActivityTaskStarted",
           "event 7 (ActivityTaskStarted): its id is out of order" },
         { "13 ActivityTaskStarted scheduledEventId=5",
           "#9999999 13 ActivityTaskStarted scheduledEventId=9999998",
           "event 9999999 (ActivityTaskStarted): its id is out of order" },
         { "14 ActivityTaskCompleted", "12 ActivityTaskCompleted",
           "event 10 (ActivityTaskCompleted): its time goes back" },
         { "10 WorkflowExecutionStarted", "10 WorkflowExecutionStarted parentInitiatedEventId=4",
           "event 1 (WorkflowExecutionStarted): it does not say whose child" },
         { "10 WorkflowExecutionStarted childPolicy=TERMINATE",
           "10 WorkflowExecutionSignaled signalName=s\n10 WorkflowExecutionStarted",
           "event 1 (WorkflowExecutionSignaled): a history begins with" },
         { "10 Decision",
           "10 MarkerRecorded markerName=m decisionTaskCompletedEventId=1\n10 Decision",
           "event 2 (MarkerRecorded): the second event" },
         { "22 WorkflowExecutionCompleted",
           "22 WorkflowExecutionCompleted decisionTaskCompletedEventId=27\n"
           "22 WorkflowExecutionCompleted",
           "event 29 (WorkflowExecutionCompleted): it comes after a closing event" },
         { "12 DecisionTaskCompleted",
           "12 WorkflowExecutionStarted childPolicy=TERMINATE taskList=l workflowType=w/1\n"
           "12 DecisionTaskCompleted",
           "event 4 (WorkflowExecutionStarted): a run is started once" },
         { "childPolicy=TERMINATE ", "",
           "event 1 (WorkflowExecutionStarted): childPolicy is missing" },
         { "activityId=a2 taskList=l", "activityId=a2",
           "event 6 (ActivityTaskScheduled): taskList is missing" });
}

static void references(void **state)
{
    SHOW(activities,
         { "scheduledEventId=2\n", "scheduledEventId=1\n",
           "event 3 (DecisionTaskStarted): scheduledEventId does not name" },
         { "scheduledEventId=5\n", "scheduledEventId=4\n",
           "event 8 (ActivityTaskStarted): scheduledEventId does not name" },
         { "scheduledEventId=5\n", "scheduledEventId=8\n",
           "event 8 (ActivityTaskStarted): scheduledEventId does not name" },
         { "scheduledEventId=5 startedEventId=8", "scheduledEventId=5 startedEventId=0",
           "event 10 (ActivityTaskCompleted): startedEventId does not name" },
         { "scheduledEventId=5 startedEventId=8", "scheduledEventId=5 startedEventId=9",
           "event 10 (ActivityTaskCompleted): its startedEventId is not that" },
         { "latestCancelRequestedEventId=14", "latestCancelRequestedEventId=15",
           "event 20 (ActivityTaskCanceled): its latestCancelRequestedEventId" },
         { "latestCancelRequestedEventId=14", "latestCancelRequestedEventId=0",
           "event 20 (ActivityTaskCanceled): its latestCancelRequestedEventId" },
         { "22 WorkflowExecutionCompleted decisionTaskCompletedEventId=27",
           "22 WorkflowExecutionCompleted decisionTaskCompletedEventId=24",
           "event 28 (WorkflowExecutionCompleted): it is parted" });
}

static void completions(void **state)
{
    SHOW(activities,
         { "12 ActivityTaskScheduled activityType=a/1 activityId=a3",
           "13 ActivityTaskScheduled activityType=a/1 activityId=a3",
           "event 7 (ActivityTaskScheduled): its time is not that of its completion" },
         { "22 WorkflowExecutionCompleted",
           "22 WorkflowExecutionSignaled signalName=s\n22 WorkflowExecutionCompleted",
           "event 29 (WorkflowExecutionCompleted): it is parted from its completion" },
         { "15 " TASK, "", "event 19 (ActivityTaskCanceled): DecisionTaskScheduled is missing" },
         { "22 WorkflowExecutionCompleted decisionTaskCompletedEventId=27\n",
           "22 RecordMarkerFailed markerName=m cause=OPERATION_NOT_PERMITTED "
           "decisionTaskCompletedEventId=27\n",
           "event 28 (RecordMarkerFailed): no DecisionTaskScheduled follows" });
}

static void decision_tasks(void **state)
{
    SHOW(activities,
         { "14 " TASK, "14 WorkflowExecutionSignaled signalName=s\n",
           "event 11 (WorkflowExecutionSignaled): DecisionTaskScheduled is missing" },
         { "14 DecisionTask", "15 DecisionTask",
           "event 11 (DecisionTaskScheduled): its time is not that of its cause" },
         { "13 Activity", "12 " TASK "13 Activity",
           "event 8 (DecisionTaskScheduled): nothing needs the decider" },
         { "14 DecisionTaskScheduled taskList=l", "14 DecisionTaskScheduled taskList=other",
           "event 11 (DecisionTaskScheduled): it lies on a list of others" },
         { "14 DecisionTaskScheduled taskList=l startToCloseTimeout=30",
           "14 DecisionTaskScheduled taskList=l startToCloseTimeout=31",
           "event 11 (DecisionTaskScheduled): its startToCloseTimeout" },
         { "14 DecisionTaskScheduled taskList=l startToCloseTimeout=30 taskPriority=4",
           "14 DecisionTaskScheduled taskList=l startToCloseTimeout=30",
           "event 11 (DecisionTaskScheduled): its taskPriority" },
         { "20 DecisionTaskCompleted",
           "19 DecisionTaskStarted scheduledEventId=23\n20 DecisionTaskCompleted",
           "event 24 (DecisionTaskStarted): a decision task is started already" },
         { "scheduledEventId=11 startedEventId=12", "scheduledEventId=11 startedEventId=3",
           "event 13 (DecisionTaskCompleted): it ends another task" },
         { "scheduledEventId=11 startedEventId=12", "scheduledEventId=2 startedEventId=12",
           "event 13 (DecisionTaskCompleted): its task was scheduled by another" },
         { "15 DecisionTaskStarted scheduledEventId=11",
           "15 DecisionTaskStarted scheduledEventId=2",
           "event 12 (DecisionTaskStarted): it starts another task" });
}

static void activities_begin_and_end_once(void **state)
{
    SHOW(activities,
         { "activityId=a2 taskList", "activityId=a1 taskList",
           "event 6 (ActivityTaskScheduled): one with its id is open already" },
         { "13 ActivityTaskStarted scheduledEventId=6", "13 ActivityTaskStarted scheduledEventId=5",
           "event 9 (ActivityTaskStarted): it is started twice" },
         { "scheduledEventId=6 startedEventId=9", "scheduledEventId=5 startedEventId=8",
           "event 20 (ActivityTaskCanceled): what it is about is not open" },
         { "activityId=a2 decision", "activityId=a1 decision",
           "event 14 (ActivityTaskCancelRequested): what it is about is not open" },
         { "activityId=a1 cause=ACTIVITY_ID_UNKNOWN", "activityId=a2 cause=ACTIVITY_ID_UNKNOWN",
           "event 16 (RequestCancelActivityTaskFailed): its id is that of something open" },
         { "activityId=a2 cause=ACTIVITY_ID_ALREADY", "activityId=a1 cause=ACTIVITY_ID_ALREADY",
           "event 17 (ScheduleActivityTaskFailed): its id was not in use" });
}

static void closing_while_a_task_waits(void **state)
{
    SHOW(activities,
         { "20 CompleteWorkflowExecutionFailed cause=UNHANDLED_DECISION",
           "20 WorkflowExecutionCompleted",
           "event 25 (WorkflowExecutionCompleted): a decision task waits" },
         { "22 WorkflowExecutionCompleted ",
           "22 FailWorkflowExecutionFailed cause=UNHANDLED_DECISION ",
           "event 28 (FailWorkflowExecutionFailed): no decision task waits" },
         { "22 WorkflowExecutionCompleted ",
           "22 CompleteWorkflowExecutionFailed cause=UNHANDLED_DECISION ",
           "event 28 (CompleteWorkflowExecutionFailed): no decision task waits" },
         { "22 WorkflowExecutionCompleted ",
           "22 CancelWorkflowExecutionFailed cause=UNHANDLED_DECISION ",
           "event 28 (CancelWorkflowExecutionFailed): no decision task waits" },
         { "22 WorkflowExecutionCompleted ",
           "22 ContinueAsNewWorkflowExecutionFailed cause=UNHANDLED_DECISION ",
           "event 28 (ContinueAsNewWorkflowExecutionFailed): no decision task waits" });
}

static void nothing_is_early(void **state)
{
    SHOW(timeouts,
         { "18 ActivityTaskTimedOut", "17.999 ActivityTaskTimedOut",
           "event 12 (ActivityTaskTimedOut): it comes too early" },
         { "22 ActivityTaskTimedOut", "21.999 ActivityTaskTimedOut",
           "event 14 (ActivityTaskTimedOut): it comes too early" },
         { "28 ActivityTaskTimedOut", "27.999 ActivityTaskTimedOut",
           "event 15 (ActivityTaskTimedOut): it comes too early" },
         { "32 ActivityTaskTimedOut", "31.999 ActivityTaskTimedOut",
           "event 16 (ActivityTaskTimedOut): it comes too early" },
         { "70 DecisionTaskTimedOut", "69.999 DecisionTaskTimedOut",
           "event 18 (DecisionTaskTimedOut): it comes too early" },
         { "80 TimerFired", "79.999 TimerFired", "event 23 (TimerFired): it comes too early" },
         { "82 DecisionTaskTimedOut", "81.999 DecisionTaskTimedOut",
           "event 25 (DecisionTaskTimedOut): it comes too early" },
         { "1010 WorkflowExecutionTimedOut", "1009.999 WorkflowExecutionTimedOut",
           "event 27 (WorkflowExecutionTimedOut): it comes too early" });
}

static void timeouts_are_of_what_runs(void **state)
{
    SHOW(timeouts,
         { "scheduledEventId=5 startedEventId=0\n28", "scheduledEventId=7 startedEventId=10\n28",
           "event 14 (ActivityTaskTimedOut): it was started in time" },
         { "32 ActivityTaskTimedOut timeoutType=SCHEDULE_TO_CLOSE",
           "32 ActivityTaskTimedOut timeoutType=SCHEDULE_TO_START",
           "event 16 (ActivityTaskTimedOut): it was started in time" },
         { "timeoutType=SCHEDULE_TO_START scheduledEventId=5",
           "timeoutType=HEARTBEAT scheduledEventId=5",
           "event 14 (ActivityTaskTimedOut): its clock never ran" },
         { "timeoutType=START_TO_CLOSE scheduledEventId=13 startedEventId=17",
           "timeoutType=SCHEDULE_TO_START scheduledEventId=13 startedEventId=17",
           "event 18 (DecisionTaskTimedOut): its timeoutType and its startedEventId" },
         { "timeoutType=SCHEDULE_TO_START scheduledEventId=24",
           "timeoutType=START_TO_CLOSE scheduledEventId=24",
           "event 25 (DecisionTaskTimedOut): its timeoutType and its startedEventId" },
         { "timeoutType=SCHEDULE_TO_START scheduledEventId=24",
           "timeoutType=SCHEDULE_TO_START scheduledEventId=19",
           "event 25 (DecisionTaskTimedOut): it " },
         { "timeoutType=START_TO_CLOSE childPolicy=TERMINATE",
           "timeoutType=START_TO_CLOSE childPolicy=ABANDON",
           "event 27 (WorkflowExecutionTimedOut): its childPolicy" });
}

static void timers_and_where_requests_come_from(void **state)
{
    SHOW(timers,
         { "14 TimerCanceled timerId=t1", "14 TimerCanceled timerId=t3",
           "event 12 (TimerCanceled): its timerId is not that of the timer" },
         { "14 TimerStarted timerId=t2", "14 TimerStarted timerId=t1",
           "event 15 (TimerStarted): its timerId was in use" },
         { "15 TimerStarted timerId=t1", "15 TimerStarted timerId=t2",
           "event 19 (TimerStarted): one with its id is open already" },
         { "StartTimerFailed timerId=t1", "StartTimerFailed timerId=t9",
           "event 13 (StartTimerFailed): its id was not in use" },
         { "14 TimerCanceled",
           "14 MarkerRecorded markerName=m decisionTaskCompletedEventId=11\n"
           "14 CancelTimerFailed timerId=t1 cause=TIMER_ID_UNKNOWN "
           "decisionTaskCompletedEventId=11\n14 TimerCanceled",
           "event 13 (CancelTimerFailed): its id is that of something open" },
         { "externalInitiatedEventId=7", "externalInitiatedEventId=0",
           "event 7 (WorkflowExecutionSignaled): it does not say where it came from" },
         { "Requested externalInitiatedEventId=0", "Requested externalInitiatedEventId=4",
           "event 9 (WorkflowExecutionCancelRequested): it does not say where it came from" },
         { "Requested externalInitiatedEventId=0",
           "Requested externalInitiatedEventId=0 cause=CHILD_POLICY_APPLIED",
           "event 9 (WorkflowExecutionCancelRequested): it does not say where it came from" },
         { "childPolicy=TERMINATE cause", "childPolicy=ABANDON cause",
           "event 20 (WorkflowExecutionTerminated): its childPolicy" },
         { "childPolicy=TERMINATE cause", "childPolicy=TERMINATE reason=r cause",
           "event 20 (WorkflowExecutionTerminated): nobody gave a reason" });
}

static void lambda_tasks(void **state)
{
    SHOW(lambdas,
         { "id=l3", "id=l1", "event 7 (LambdaFunctionScheduled): one with its id is open" },
         { "Failed id=l1", "Failed id=l8",
           "event 10 (ScheduleLambdaFunctionFailed): its id was not in use" },
         { "Started scheduledEventId=6", "Started scheduledEventId=5",
           "event 13 (LambdaFunctionStarted): it is started twice" });
}

static void lambda_ends(void **state)
{
    SHOW(lambdas,
         { "StartLambdaFunctionFailed scheduledEventId=7",
           "StartLambdaFunctionFailed scheduledEventId=6",
           "event 14 (StartLambdaFunctionFailed): it is started" },
         { "scheduledEventId=5 startedEventId=12", "scheduledEventId=5 startedEventId=13",
           "event 17 (LambdaFunctionCompleted): its startedEventId" },
         { "scheduledEventId=8 startedEventId=15", "scheduledEventId=5 startedEventId=12",
           "event 18 (LambdaFunctionTimedOut): what it is about is not open" },
         { "22 LambdaFunctionTimedOut", "21.999 LambdaFunctionTimedOut",
           "event 19 (LambdaFunctionTimedOut): it comes too early" },
         { "312 LambdaFunctionTimedOut", "311.999 LambdaFunctionTimedOut",
           "event 20 (LambdaFunctionTimedOut): it comes too early" });
}

static void other_executions(void **state)
{
    SHOW(others,
         { "workflowExecution=c1/r1 workflowType=c/1", "workflowExecution=c2/r1 workflowType=c/1",
           "event 12 (ChildWorkflowExecutionStarted): it is not the child" },
         { "workflowExecution=c1/r1 workflowType=c/1", "workflowExecution=c1/r1 workflowType=c/2",
           "event 12 (ChildWorkflowExecutionStarted): it is not the child" },
         { "workflowExecution=c1/r2", "workflowExecution=c2/r2",
           "event 17 (ChildWorkflowExecutionCompleted): it is not the child" },
         { "initiatedEventId=5 startedEventId=12", "initiatedEventId=6 startedEventId=12",
           "event 17 (ChildWorkflowExecutionCompleted): what it is about is not open" },
         { "13 ChildWorkflowExecutionStarted workflowExecution=c1/r1 workflowType=c/1 "
           "initiatedEventId=5\n",
           "13 ChildWorkflowExecutionStarted workflowExecution=c1/r1 workflowType=c/1 "
           "initiatedEventId=5\n"
           "13 ChildWorkflowExecutionStarted workflowExecution=c1/r1 workflowType=c/1 "
           "initiatedEventId=5\n",
           "event 13 (ChildWorkflowExecutionStarted): it is started twice" },
         { "initiatedEventId=5 startedEventId=12\n",
           "initiatedEventId=5 startedEventId=12\n"
           "14 ChildWorkflowExecutionStarted workflowExecution=c1/r1 workflowType=c/1 "
           "initiatedEventId=5\n",
           "event 18 (ChildWorkflowExecutionStarted): what it is about is not open" },
         { "cause=WORKFLOW_ALREADY_RUNNING initiatedEventId=6",
           "cause=WORKFLOW_ALREADY_RUNNING initiatedEventId=0",
           "event 13 (StartChildWorkflowExecutionFailed): it is parted" },
         { "cause=WORKFLOW_TYPE_DOES_NOT_EXIST initiatedEventId=0",
           "cause=WORKFLOW_TYPE_DOES_NOT_EXIST initiatedEventId=6",
           "event 7 (StartChildWorkflowExecutionFailed): its cause and its initiatedEventId" },
         { "cause=WORKFLOW_ALREADY_RUNNING initiatedEventId=6",
           "cause=WORKFLOW_ALREADY_RUNNING initiatedEventId=5",
           "event 13 (StartChildWorkflowExecutionFailed): it is started" },
         { "Failed workflowId=c2", "Failed workflowId=c4",
           "event 13 (StartChildWorkflowExecutionFailed): it is not what was asked for" },
         { "Failed workflowId=y", "Failed workflowId=x",
           "event 15 (SignalExternalWorkflowExecutionFailed): it is not what was asked for" },
         { "workflowExecution=x/r initiatedEventId=8", "workflowExecution=y/r initiatedEventId=8",
           "event 14 (ExternalWorkflowExecutionSignaled): it reached another" },
         { "workflowExecution=x/r initiatedEventId=10", "workflowExecution=x/q initiatedEventId=10",
           "event 16 (ExternalWorkflowExecutionCancelRequested): it reached another" },
         { "workflowExecution=x/r initiatedEventId=8", "workflowExecution=x/r initiatedEventId=9",
           "event 14 (ExternalWorkflowExecutionSignaled): it reached another" },
         { "cause=UNKNOWN_EXTERNAL_WORKFLOW_EXECUTION initiatedEventId=9",
           "cause=OPERATION_NOT_PERMITTED initiatedEventId=9",
           "event 15 (SignalExternalWorkflowExecutionFailed): its cause and its initiatedEventId" });
    assert_good(*state,
                changed(others, "cause=UNKNOWN_EXTERNAL_WORKFLOW_EXECUTION",
                        "cause=SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_RATE_EXCEEDED"));
}

/* Older ones say at once that something was sent too fast, and did not initiate it. */
static void what_was_sent_too_fast(void **state)
{
    assert_good(*state, changed(others,
                                "StartChildWorkflowExecutionFailed workflowId=c3 workflowType=c/2 "
                                "cause=WORKFLOW_TYPE_DOES_NOT_EXIST",
                                "SignalExternalWorkflowExecutionFailed workflowId=x "
                                "cause=SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_RATE_EXCEEDED"));
    assert_good(*state,
                changed(others,
                        "StartChildWorkflowExecutionFailed workflowId=c3 workflowType=c/2 "
                        "cause=WORKFLOW_TYPE_DOES_NOT_EXIST",
                        "RequestCancelExternalWorkflowExecutionFailed workflowId=x "
                        "cause=REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_RATE_EXCEEDED"));
}

/* ---- what it comes to ---- */

static void the_sum(void **state)
{
    struct fixture *fixture = *state;

    assert_good(fixture, activities);
    assert_false(fixture->sum.is_open);
    assert_int_equal(fixture->sum.close_status, CLOSE_STATUS_COMPLETED);
    assert_int_equal(fixture->sum.started.ms, 10000);
    assert_int_equal(fixture->sum.closed.ms, 22000);
    assert_int_equal(fixture->sum.latest_activity.ms, 17000);
    assert_int_equal(fixture->sum.context_event_id, 4);
    assert_true(bytes_equal_cstr(fixture->sum.context, "first"));
    assert_int_equal(fixture->sum.open.open_activity_tasks, 0);
    assert_good(fixture, timers);
    assert_true(fixture->sum.cancel_requested);
    assert_int_equal(fixture->sum.open.open_timers, 2);
    assert_good(fixture, lambdas);
    assert_true(fixture->sum.is_open);
    assert_int_equal(fixture->sum.open.open_lambda_functions, 0);
    assert_int_equal(fixture->sum.open.open_decision_tasks, 1);
    assert_good(fixture, others);
    assert_int_equal(fixture->sum.open.open_child_workflow_executions, 0);
}

static void nothing_at_all(void **state)
{
    struct fixture *fixture = *state;

    assert_false(check(fixture, ""));
    assert_true(bytes_equal_cstr(text_bytes(&fixture->problem), "there are no events"));
}

/* A page that others follow may end in the middle of a transaction. */
static void a_cut_history(void **state)
{
    struct fixture *fixture = *state;
    char *cut = changed(activities, "14 " TASK, "");

    *strstr(cut, "15 Decision") = '\0';
    assert_false(check(fixture, cut));
    fixture->history.is_cut = true;
    text_reset(&fixture->problem);
    assert_true(
        history_check(&fixture->history, &fixture->sum, &fixture->arena, &fixture->problem));
}

static void without_times(void **state)
{
    struct fixture *fixture = *state;

    assert_false(check(fixture, changed(timeouts, "80 TimerFired", "79 TimerFired")));
    fixture->history.has_times = false;
    text_reset(&fixture->problem);
    assert_true(
        history_check(&fixture->history, &fixture->sum, &fixture->arena, &fixture->problem));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(ids_times_and_ends),
        test(references),
        test(completions),
        test(decision_tasks),
        test(activities_begin_and_end_once),
        test(closing_while_a_task_waits),
        test(nothing_is_early),
        test(timeouts_are_of_what_runs),
        test(timers_and_where_requests_come_from),
        test(lambda_tasks),
        test(lambda_ends),
        test(other_executions),
        test(what_was_sent_too_fast),
        test(the_sum),
        test(nothing_at_all),
        test(a_cut_history),
        test(without_times),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
