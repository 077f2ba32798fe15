/*
 * bench - what a test of policies needs: a reader, an arena, a context that is filled with few
 * words.
 */
#ifndef TEST_AUTH_BENCH_H
#define TEST_AUTH_BENCH_H

#include "auth/evaluate.h"
#include "wire/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define BENCH_POLICIES_MAX 256

struct bench {
    struct json_reader *reader;
    struct arena arena;
    struct text error;
    struct context context;
    struct policy *policies[BENCH_POLICIES_MAX]; /* given back at the end */
    size_t policy_count;
};

int bench_setup(void **state);
int bench_teardown(void **state);

/* cmocka's row for a test that takes a bench. */
#define test(f) cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)

/* The policy of a document, in which ' stands for a quotation mark and ` for an apostrophe. Fails
 * the test when it is refused. */
const struct policy *bench_policy(struct bench *bench, const char *document);

/* Fails unless the document is refused with exactly this line. */
void bench_refused(struct bench *bench, const char *document, const char *error);

/* Adds a value to a key of the context. */
void bench_add(struct bench *bench, const char *key, const char *value);
/* Empties the context. */
void bench_clear(struct bench *bench);

/* What one policy, as the only identity policy, says of an action on a resource in the context. */
struct judgement bench_judge(struct bench *bench, const struct policy *policy, const char *action,
                             const char *resource);

/* Does a statement with this Condition (of a document of `version`) apply in the context? */
bool bench_holds(struct bench *bench, const char *version, const char *condition);

void assert_text(struct bytes actual, const char *expected);

#endif
