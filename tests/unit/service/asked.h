/*
 * asked - calls of the one account that the tests of the service have, written as a client writes
 * them.
 */
#ifndef TESTS_UNIT_SERVICE_ASKED_H
#define TESTS_UNIT_SERVICE_ASKED_H

#include "service/call.h"
#include "wire/json.h"

#define ACCOUNT 123456789012

/* A call of this operation; stops the test when the text is no input of it. A "'" in the text
 * stands for '"'. Who answers whom is the caller's to say. */
struct call *asked(struct json_reader *json, struct arena *arena, enum operation operation,
                   struct bytes text);

#endif
