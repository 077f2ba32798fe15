/* Decision tasks: which pair of ids names the started one, and what the fold keeps of one that is
 * over - after each event, not only at the end of a transaction, which may write the next one. */
#include "engine/decision_task.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

struct fixture {
    struct arena arena;
    struct execution *execution;
};

static const struct task_list deciders = { BYTES("deciders") };

static void apply(struct fixture *fixture, enum event_type type, const void *attributes)
{
    struct event_list out;

    event_list_init(&out, &fixture->arena, fixture->execution->next_event_id,
                    (struct instant){ 1000 });
    event_list_add(&out, type, attributes);
    execution_apply(fixture->execution, &out.items[0]);
    execution_check(fixture->execution);
}

static void apply_scheduled(struct fixture *fixture)
{
    const struct decision_task_scheduled_event scheduled = {
        .task_list = &deciders, .schedule_to_start_timeout = BYTES("NONE")
    };

    apply(fixture, EVENT_DECISION_TASK_SCHEDULED, &scheduled);
}

static void apply_started(struct fixture *fixture)
{
    const struct decision_task_started_event started = {
        .scheduled_event_id = fixture->execution->decision.waiting_event_id
    };

    apply(fixture, EVENT_DECISION_TASK_STARTED, &started);
}

static void apply_completed(struct fixture *fixture)
{
    const struct decision_tasks *decision = &fixture->execution->decision;
    const struct decision_task_completed_event completed = {
        .scheduled_event_id = decision->started_scheduled_event_id,
        .started_event_id = decision->started_event_id,
    };

    apply(fixture, EVENT_DECISION_TASK_COMPLETED, &completed);
}

static void apply_timed_out(struct fixture *fixture)
{
    const struct decision_tasks *decision = &fixture->execution->decision;
    const struct decision_task_timed_out_event timed_out = {
        .timeout_type = decision->started_event_id ? DECISION_TASK_TIMEOUT_TYPE_START_TO_CLOSE
                                                   : DECISION_TASK_TIMEOUT_TYPE_SCHEDULE_TO_START,
        .scheduled_event_id = decision->started_event_id ? decision->started_scheduled_event_id
                                                         : decision->waiting_event_id,
        .started_event_id = decision->started_event_id,
    };

    apply(fixture, EVENT_DECISION_TASK_TIMED_OUT, &timed_out);
}

/* A run whose decision task, event 2, waits. */
static int set_up(void **state)
{
    static const struct workflow_type type = { BYTES("order"), BYTES("1") };
    static const struct workflow_execution_started_event started = {
        .workflow_type = &type,
        .task_list = &deciders,
        .execution_start_to_close_timeout = BYTES("1000"),
        .task_start_to_close_timeout = BYTES("10"),
    };
    static struct fixture fixture;

    fixture = (struct fixture){ .execution = execution_new() };
    arena_init(&fixture.arena, "test", 1u << 16);
    apply(&fixture, EVENT_WORKFLOW_EXECUTION_STARTED, &started);
    apply_scheduled(&fixture);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    execution_free(fixture->execution);
    arena_deinit(&fixture->arena);
    return 0;
}

static void expect_no_started(const struct fixture *fixture)
{
    assert_int_equal(fixture->execution->decision.started_event_id, 0);
    assert_int_equal(fixture->execution->decision.started_scheduled_event_id, 0);
    assert_false(decision_task_is_started(fixture->execution, 2, 3));
    assert_false(decision_task_is_started(fixture->execution, 0, 0));
}

static void test_both_ids_name_the_started_one(void **state)
{
    struct fixture *fixture = *state;

    expect_no_started(fixture);
    assert_false(decision_task_is_started(fixture->execution, 2, 0));
    apply_started(fixture);
    assert_true(decision_task_is_started(fixture->execution, 2, 3));
    assert_false(decision_task_is_started(fixture->execution, 2, 4));
    assert_false(decision_task_is_started(fixture->execution, 1, 3));
    assert_false(decision_task_is_started(fixture->execution, 3, 2));
    assert_false(decision_task_is_started(fixture->execution, 2, 0));
    assert_false(decision_task_is_started(fixture->execution, 0, 3));
}

static void test_one_that_waits_behind_is_not_the_started_one(void **state)
{
    struct fixture *fixture = *state;

    apply_started(fixture);
    apply_scheduled(fixture);
    assert_true(decision_task_is_started(fixture->execution, 2, 3));
    assert_false(decision_task_is_started(fixture->execution, 4, 3));
    assert_false(execution_has_decision_task(fixture->execution));
    apply_completed(fixture);
    expect_no_started(fixture);
    assert_true(execution_has_decision_task(fixture->execution));
    assert_int_equal(fixture->execution->decision.waiting_event_id, 4);
}

static void test_nothing_is_left_of_a_completed_one(void **state)
{
    struct fixture *fixture = *state;

    apply_started(fixture);
    assert_true(bytes_is_absent(fixture->execution->decision.waiting_list));
    apply_completed(fixture);
    expect_no_started(fixture);
    assert_false(execution_has_decision_task(fixture->execution));
    assert_int_equal(fixture->execution->decision.previous_started_event_id, 3);
}

static void test_nothing_is_left_of_a_started_one_that_timed_out(void **state)
{
    struct fixture *fixture = *state;

    apply_started(fixture);
    apply_timed_out(fixture);
    expect_no_started(fixture);
    assert_false(execution_has_decision_task(fixture->execution));
    assert_int_equal(fixture->execution->decision.previous_started_event_id, 0);
}

static void test_nothing_is_left_of_a_waiting_one_that_timed_out(void **state)
{
    struct fixture *fixture = *state;

    assert_true(execution_has_decision_task(fixture->execution));
    apply_timed_out(fixture);
    assert_false(execution_has_decision_task(fixture->execution));
    assert_int_equal(fixture->execution->decision.waiting_event_id, 0);
    assert_true(bytes_is_absent(fixture->execution->decision.waiting_list));
    assert_int_equal(execution_open_counts(fixture->execution).open_decision_tasks, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_both_ids_name_the_started_one),
        TEST(test_one_that_waits_behind_is_not_the_started_one),
        TEST(test_nothing_is_left_of_a_completed_one),
        TEST(test_nothing_is_left_of_a_started_one_that_timed_out),
        TEST(test_nothing_is_left_of_a_waiting_one_that_timed_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
