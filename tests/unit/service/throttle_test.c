/* Throttles: what is not reached from outside, where there is one account. */
#include "service/throttle.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static int set_up(void **state)
{
    static struct throttle throttle;

    throttle_init(&throttle, &throttle_documented);
    *state = &throttle;
    return 0;
}

static int tear_down(void **state)
{
    throttle_deinit(*state);
    return 0;
}

static struct instant at(int64_t ms)
{
    return (struct instant){ 1000000 + ms };
}

static int take_all(struct throttle *throttle, uint64_t account, enum operation operation,
                    int64_t ms)
{
    int count = 0;

    while (count < 5000 && throttle_take_operation(throttle, account, operation, at(ms)))
        count++;
    return count;
}

static void test_accounts_do_not_share(void **state)
{
    assert_int_equal(take_all(*state, 1, OPERATION_LIST_DOMAINS, 0), 100);
    assert_int_equal(take_all(*state, 2, OPERATION_LIST_DOMAINS, 0), 100);
    assert_int_equal(take_all(*state, 1, OPERATION_LIST_DOMAINS, 0), 0);
}

static void test_parts_of_a_token_are_kept(void **state)
{
    int count = 0;

    take_all(*state, 1, OPERATION_LIST_DOMAINS, 0);
    for (int64_t ms = 1; ms <= 1000; ms++) /* 6 a second, looked at each millisecond */
        count += throttle_take_operation(*state, 1, OPERATION_LIST_DOMAINS, at(ms));
    assert_int_equal(count, 6);
}

static void test_runs_have_buckets_only_for_some_operations(void **state)
{
    for (int i = 0; i < 5000; i++)
        assert_true(
            throttle_take_execution(*state, 7, OPERATION_TERMINATE_WORKFLOW_EXECUTION, at(0)));
    for (int i = 0; i < 1000; i++)
        assert_true(
            throttle_take_execution(*state, 7, OPERATION_RECORD_ACTIVITY_TASK_HEARTBEAT, at(0)));
    assert_false(
        throttle_take_execution(*state, 7, OPERATION_RECORD_ACTIVITY_TASK_HEARTBEAT, at(0)));
    assert_true(
        throttle_take_execution(*state, 8, OPERATION_RECORD_ACTIVITY_TASK_HEARTBEAT, at(0)));
}

static void test_decisions_that_are_left(void **state)
{
    uint32_t left[DECISION_TYPE_COUNT + 1];

    throttle_use_decisions(*state, 1, DECISION_START_TIMER, 1999, at(0));
    throttle_use_decisions(*state, 1, DECISION_RECORD_MARKER, 1999, at(0));
    throttle_decisions_left(*state, 1, at(0), left);
    assert_int_equal(left[DECISION_START_TIMER], 1);
    assert_int_equal(left[DECISION_SCHEDULE_ACTIVITY_TASK], 1000);
    assert_int_equal(left[DECISION_RECORD_MARKER], UINT32_MAX);
    throttle_decisions_left(*state, 2, at(0), left);
    assert_int_equal(left[DECISION_START_TIMER], 2000);
    throttle_decisions_left(*state, 1, at(1000), left);
    assert_int_equal(left[DECISION_START_TIMER], 201);
}

static void test_decisions_one_by_one(void **state)
{
    throttle_use_decisions(*state, 1, DECISION_START_TIMER, 1999, at(0));
    assert_true(throttle_take_decision(*state, 1, DECISION_START_TIMER, at(0)));
    assert_false(throttle_take_decision(*state, 1, DECISION_START_TIMER, at(0)));
    assert_true(throttle_take_decision(*state, 2, DECISION_START_TIMER, at(0)));
    assert_true(throttle_take_decision(*state, 1, DECISION_RECORD_MARKER, at(0)));
}

static void test_full_buckets_are_forgotten(void **state)
{
    struct throttle *throttle = *state;

    for (uint64_t run = 1; run <= 1000; run++)
        throttle_take_execution(throttle, run, OPERATION_SIGNAL_WORKFLOW_EXECUTION, at(0));
    assert_int_equal(throttle->buckets.count, 1000);
    for (int i = 0; i < 1000; i++)
        throttle_take_execution(throttle, 1, OPERATION_SIGNAL_WORKFLOW_EXECUTION, at(1000));
    assert_int_equal(throttle->buckets.count, 1);
}

static void test_off_counts_nothing(void **state)
{
    struct throttle throttle;
    uint32_t left[DECISION_TYPE_COUNT + 1];

    (void)state;
    throttle_init(&throttle, NULL);
    assert_int_equal(take_all(&throttle, 1, OPERATION_LIST_DOMAINS, 0), 5000);
    throttle_use_decisions(&throttle, 1, DECISION_START_TIMER, 3000, at(0));
    throttle_decisions_left(&throttle, 1, at(0), left);
    assert_int_equal(left[DECISION_START_TIMER], UINT32_MAX);
    assert_int_equal(throttle.buckets.count, 0);
    throttle_deinit(&throttle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_accounts_do_not_share, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_parts_of_a_token_are_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_runs_have_buckets_only_for_some_operations, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_decisions_that_are_left, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_decisions_one_by_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_full_buckets_are_forgotten, set_up, tear_down),
        cmocka_unit_test(test_off_counts_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
