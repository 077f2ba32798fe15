/*
 * events - the texts of history events, in the notation of script.h, for runs that script_start
 * began.
 */
#ifndef TEST_WIRE_EVENTS_H
#define TEST_WIRE_EVENTS_H

/* Up to twelve texts with commas between them. */
#define LIST(...)                                                                             \
    LIST_PICK(__VA_ARGS__, LIST_12, LIST_11, LIST_10, LIST_9, LIST_8, LIST_7, LIST_6, LIST_5, \
              LIST_4, LIST_3, LIST_2, LIST_1, )                                               \
    (__VA_ARGS__)
#define LIST_PICK(a, b, c, d, e, f, g, h, i, j, k, l, name, ...) name
#define LIST_1(a) a
#define LIST_2(a, ...) a "," LIST_1(__VA_ARGS__)
#define LIST_3(a, ...) a "," LIST_2(__VA_ARGS__)
#define LIST_4(a, ...) a "," LIST_3(__VA_ARGS__)
#define LIST_5(a, ...) a "," LIST_4(__VA_ARGS__)
#define LIST_6(a, ...) a "," LIST_5(__VA_ARGS__)
#define LIST_7(a, ...) a "," LIST_6(__VA_ARGS__)
#define LIST_8(a, ...) a "," LIST_7(__VA_ARGS__)
#define LIST_9(a, ...) a "," LIST_8(__VA_ARGS__)
#define LIST_10(a, ...) a "," LIST_9(__VA_ARGS__)
#define LIST_11(a, ...) a "," LIST_10(__VA_ARGS__)
#define LIST_12(a, ...) a "," LIST_11(__VA_ARGS__)

/* The time at which the world begins, as the service writes it. */
#define BEGIN "1.326592619474E9"

/* Events whose attributes sort in front of "eventId", and the others. */
#define EVENT_HEAD(id, at, type) "'eventId':" #id ",'eventTimestamp':" at ",'eventType':'" type "'"
#define EVENT_BEFORE(id, at, type, member, attributes) \
    "{'" member "EventAttributes':{" attributes "}," EVENT_HEAD(id, at, type) "}"
#define EVENT_AFTER(id, at, type, member, attributes) \
    "{" EVENT_HEAD(id, at, type) ",'" member "EventAttributes':{" attributes "}}"

#define STARTED(at)                                                                 \
    EVENT_AFTER(1, at, "WorkflowExecutionStarted", "workflowExecutionStarted",      \
                "'childPolicy':'TERMINATE','executionStartToCloseTimeout':'86400'," \
                "'parentInitiatedEventId':0,'taskList':{'name':'deciders'},"        \
                "'taskStartToCloseTimeout':'600','workflowType':{'name':'w','version':'1'}")

#define DECISION_SCHEDULED_ON(id, at, list, timeout)                       \
    EVENT_BEFORE(id, at, "DecisionTaskScheduled", "decisionTaskScheduled", \
                 "'scheduleToStartTimeout':'" timeout                      \
                 "','startToCloseTimeout':'600','taskList':{'name':'" list "'}")
#define DECISION_SCHEDULED(id, at) DECISION_SCHEDULED_ON(id, at, "deciders", "NONE")
#define DECISION_STARTED(id, at, scheduled)                            \
    EVENT_BEFORE(id, at, "DecisionTaskStarted", "decisionTaskStarted", \
                 "'scheduledEventId':" #scheduled)
#define DECISION_COMPLETED(id, at, scheduled, started)                     \
    EVENT_BEFORE(id, at, "DecisionTaskCompleted", "decisionTaskCompleted", \
                 "'scheduledEventId':" #scheduled ",'startedEventId':" #started)

/* Of the activity type `a` with its defaults. */
#define ACTIVITY_SCHEDULED(id, at, activity, completed)                                     \
    EVENT_BEFORE(id, at, "ActivityTaskScheduled", "activityTaskScheduled",                  \
                 "'activityId':'" activity "','activityType':{'name':'a','version':'1'},"   \
                 "'decisionTaskCompletedEventId':" #completed ",'heartbeatTimeout':'3600'," \
                 "'scheduleToCloseTimeout':'3600','scheduleToStartTimeout':'3600',"         \
                 "'startToCloseTimeout':'3600','taskList':{'name':'workers'}")
#define ACTIVITY_STARTED(id, at, scheduled)                            \
    EVENT_BEFORE(id, at, "ActivityTaskStarted", "activityTaskStarted", \
                 "'scheduledEventId':" #scheduled)

/* What a run has behind it after script_start... */
#define BEGUN LIST(STARTED(BEGIN), DECISION_SCHEDULED(2, BEGIN), DECISION_STARTED(3, BEGIN, 2))
/* ... and after its first decision task was answered. */
#define DECIDED LIST(BEGUN, DECISION_COMPLETED(4, BEGIN, 2, 3))

#endif
