/*
 * family - the decisions by which one workflow reaches another, and the events that they leave.
 *
 * Every child `c` of these tests has a task list of its own, which is named like it.
 */
#ifndef TEST_WIRE_FAMILY_H
#define TEST_WIRE_FAMILY_H

#include "script.h"

#define DECISION(type, member, attributes) \
    "{'decisionType':'" type "','" member "DecisionAttributes':{" attributes "}}"
#define CHILD(id, more)                                                    \
    DECISION("StartChildWorkflowExecution", "startChildWorkflowExecution", \
             "'workflowId':'" id                                           \
             "','workflowType':{'name':'w','version':'1'},'taskList':{'name':'" id "'}" more)
#define SIGNAL_TO(id, more)                                                        \
    DECISION("SignalExternalWorkflowExecution", "signalExternalWorkflowExecution", \
             "'workflowId':'" id "','signalName':'s'" more)
#define CANCEL_OF(id, more)                                                                      \
    DECISION("RequestCancelExternalWorkflowExecution", "requestCancelExternalWorkflowExecution", \
             "'workflowId':'" id "'" more)
#define CONTINUE(attributes) \
    DECISION("ContinueAsNewWorkflowExecution", "continueAsNewWorkflowExecution", attributes)
#define COMPLETE "{'decisionType':'CompleteWorkflowExecution'}"

#define ANSWER_TO(task, ...)           \
    DO("RespondDecisionTaskCompleted", \
       "{'taskToken':'<" task ">','decisions':[" LIST(__VA_ARGS__) "]}")
#define OF_ID(id) "'domain':'d','workflowId':'" id "'"
#define NOBODY(id)                                                                               \
    FAULT("SignalWorkflowExecution", "{" OF_ID(id) ",'signalName':'s'}", "UnknownResourceFault", \
          "Unknown execution, workflowId = " id)

#define TYPE_W "'workflowType':{'name':'w','version':'1'}"
#define NAMES(id) "{'runId':'<" id "-run>','workflowId':'" id "'}"
#define EXECUTION(id) "'workflowExecution':" NAMES(id)

/* ---- in the history of a parent ---- */

#define CHILD_INITIATED(event, completed, child, policy)                                \
    EVENT_AFTER(event, BEGIN, "StartChildWorkflowExecutionInitiated",                   \
                "startChildWorkflowExecutionInitiated",                                 \
                "'childPolicy':'" policy "','decisionTaskCompletedEventId':" #completed \
                ",'executionStartToCloseTimeout':'86400','taskList':{'name':'" child    \
                "'},'taskStartToCloseTimeout':'600','workflowId':'" child "'," TYPE_W)
#define CHILD_STARTED(event, initiated, child)                                                   \
    EVENT_BEFORE(event, BEGIN, "ChildWorkflowExecutionStarted", "childWorkflowExecutionStarted", \
                 "'initiatedEventId':" #initiated "," EXECUTION(child) "," TYPE_W)
/* `before` and `after` are what the close says, in front of "initiatedEventId" and behind it. */
#define CHILD_CLOSED(event, at, how, before, initiated, after, started, last, child)            \
    EVENT_BEFORE(event, at, "ChildWorkflowExecution" how, "childWorkflowExecution" how,         \
                 before "'initiatedEventId':" #initiated "," after "'startedEventId':" #started \
                        "," last EXECUTION(child) "," TYPE_W)
#define CHILD_FAILED(event, completed, initiated, cause, control, child, type)                  \
    EVENT_AFTER(                                                                                \
        event, BEGIN, "StartChildWorkflowExecutionFailed", "startChildWorkflowExecutionFailed", \
        "'cause':'" cause "'," control "'decisionTaskCompletedEventId':" #completed             \
        ",'initiatedEventId':" #initiated ",'workflowId':'" child "','workflowType':" type)

/* ---- in the history of a child ---- */

#define STARTED_BY(policy, continued, list, parent, initiated)                                \
    EVENT_AFTER(1, BEGIN, "WorkflowExecutionStarted", "workflowExecutionStarted",             \
                "'childPolicy':'" policy "'," continued                                       \
                "'executionStartToCloseTimeout':'86400','parentInitiatedEventId':" #initiated \
                "," parent "'taskList':{'name':'" list                                        \
                "'},'taskStartToCloseTimeout':'600'," TYPE_W)
#define CHILD_OF(parent) "'parentWorkflowExecution':" NAMES(parent) ","
/* The first events of `child`, which event 5 of `id` asked for. */
#define CHILD_BEGUN(child, policy)                         \
    LIST(STARTED_BY(policy, "", child, CHILD_OF("id"), 5), \
         DECISION_SCHEDULED_ON(2, BEGIN, child, "NONE"))

/* ---- in any ---- */

#define SIGNALED(event, attributes) \
    EVENT_AFTER(event, BEGIN, "WorkflowExecutionSignaled", "workflowExecutionSignaled", attributes)
#define SIGNALED_BY(event, sender, initiated)                \
    SIGNALED(event, "'externalInitiatedEventId':" #initiated \
                    ",'externalWorkflowExecution':" NAMES(sender) ",'signalName':'s'")
#define CANCEL_REQUESTED(event, at, attributes)                                                    \
    EVENT_AFTER(event, at, "WorkflowExecutionCancelRequested", "workflowExecutionCancelRequested", \
                attributes)
#define CANCEL_REQUESTED_BY(event, sender, initiated)         \
    CANCEL_REQUESTED(event, BEGIN,                            \
                     "'externalInitiatedEventId':" #initiated \
                     ",'externalWorkflowExecution':" NAMES(sender))
#define COMPLETED(event, completed)                                                       \
    EVENT_AFTER(event, BEGIN, "WorkflowExecutionCompleted", "workflowExecutionCompleted", \
                "'decisionTaskCompletedEventId':" #completed)
#define TERMINATED(event, at, cause, policy)                                             \
    EVENT_AFTER(event, at, "WorkflowExecutionTerminated", "workflowExecutionTerminated", \
                "'cause':'" cause "','childPolicy':'" policy "'")

#endif
