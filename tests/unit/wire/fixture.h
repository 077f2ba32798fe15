/*
 * fixture - a JSON reader and an arena for one test, and a request decoded with them.
 */
#ifndef TEST_WIRE_FIXTURE_H
#define TEST_WIRE_FIXTURE_H

#include "base/arena.h"
#include "base/text.h"
#include "wire/decode.h"
#include "wire/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct fixture {
    struct json_reader *reader;
    struct arena arena;
    struct text body; /* with JSON_PADDING bytes behind it */
    struct request request;
};

int fixture_setup(void **state);
int fixture_teardown(void **state);

/* cmocka's row for a test that takes a fixture. */
#define test(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

/* Decodes `body` as a call of `operation` into fixture->request. */
struct fault decode(struct fixture *fixture, enum operation operation, struct bytes body);

void assert_bytes(struct bytes actual, const char *expected);
void assert_no_fault(struct fault fault);
void assert_fault(struct fault fault, enum fault_code code, const char *message);

#endif
