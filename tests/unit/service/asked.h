/*
 * asked - calls of the one account that the tests of the service have, written as a client writes
 * them.
 */
#ifndef TESTS_UNIT_SERVICE_ASKED_H
#define TESTS_UNIT_SERVICE_ASKED_H

#include "service/call.h"
#include "wire/json.h"

#define ACCOUNT 123456789012

/* A domain `d`, and in it a workflow type `w` whose workflows last long, and whose decision tasks,
 * on the list `l`, never time out. */
#define ASKED_DOMAIN BYTES("{'name':'d','workflowExecutionRetentionPeriodInDays':'1'}")
#define ASKED_WORKFLOW_TYPE                                                                 \
    BYTES("{'domain':'d','name':'w','version':'1','defaultTaskStartToCloseTimeout':'NONE'," \
          "'defaultExecutionStartToCloseTimeout':'8640000','defaultTaskList':{'name':'l'}," \
          "'defaultChildPolicy':'TERMINATE'}")

/* A call of this operation; stops the test when the text is no input of it. A "'" in the text
 * stands for '"'. Who answers whom is the caller's to say. */
struct call *asked(struct json_reader *json, struct arena *arena, enum operation operation,
                   struct bytes text);

#endif
