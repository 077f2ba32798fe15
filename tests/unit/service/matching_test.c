/* Task lists: the order in which tasks and pollers leave, and that lists come and go with what they
 * hold. */
#include "service/matching.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

struct fixture {
    struct matching matching;
    struct list of_run;
};

static int set_up(void **state)
{
    static struct fixture fixture;

    matching_init(&fixture.matching);
    list_init(&fixture.of_run);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    matching_deinit(&((struct fixture *)*state)->matching);
    return 0;
}

static struct task *add(struct fixture *fixture, int32_t priority, int64_t available, uint64_t run,
                        int64_t event)
{
    struct task_place place = { .kind = TASK_ACTIVITY,
                                .domain = 1,
                                .list_name = BYTES("list"),
                                .run_number = run,
                                .scheduled_event_id = event,
                                .priority = priority,
                                .available_at = { available } };

    return matching_add_task(&fixture->matching, &place, NULL, &fixture->of_run);
}

static struct task_queue *queue_of(struct fixture *fixture)
{
    return matching_get_queue(&fixture->matching, TASK_ACTIVITY, 1, BYTES("list"));
}

static void expect_next(struct fixture *fixture, uint64_t run, int64_t event)
{
    struct task *task = task_queue_first_task(queue_of(fixture));

    assert_int_equal(task->run_number, run);
    assert_int_equal(task->scheduled_event_id, event);
    matching_remove_task(&fixture->matching, task);
}

static void test_priority_then_age_then_run_then_event(void **state)
{
    struct fixture *fixture = *state;

    add(fixture, 0, 100, 2, 5);
    add(fixture, 0, 100, 1, 9);
    add(fixture, 0, 100, 1, 7);
    add(fixture, 0, 90, 9, 5);
    add(fixture, -1, 10, 1, 5);
    add(fixture, 5, 200, 8, 5);
    expect_next(fixture, 8, 5);
    expect_next(fixture, 9, 5);
    expect_next(fixture, 1, 7);
    expect_next(fixture, 1, 9);
    expect_next(fixture, 2, 5);
    expect_next(fixture, 1, 5);
    assert_int_equal(fixture->matching.queues.count, 0);
}

static void test_a_task_is_found_by_its_event(void **state)
{
    struct fixture *fixture = *state;
    struct task *task = add(fixture, 0, 1, 3, 5);

    assert_ptr_equal(matching_find_task(&fixture->matching, 3, 5), task);
    assert_null(matching_find_task(&fixture->matching, 3, 6));
    assert_null(matching_find_task(&fixture->matching, 4, 5));
    matching_remove_task(&fixture->matching, task);
    assert_null(matching_find_task(&fixture->matching, 3, 5));
}

static void test_lists_of_other_kinds_domains_and_names_are_others(void **state)
{
    struct fixture *fixture = *state;

    add(fixture, 0, 1, 1, 5);
    assert_int_equal(matching_count_tasks(&fixture->matching, TASK_ACTIVITY, 1, BYTES("list")), 1);
    assert_int_equal(matching_count_tasks(&fixture->matching, TASK_DECISION, 1, BYTES("list")), 0);
    assert_int_equal(matching_count_tasks(&fixture->matching, TASK_ACTIVITY, 2, BYTES("list")), 0);
    assert_int_equal(matching_count_tasks(&fixture->matching, TASK_ACTIVITY, 1, BYTES("List")), 0);
}

static void test_pollers_leave_in_the_order_of_their_arrival(void **state)
{
    struct fixture *fixture = *state;
    struct call *first = call_new(), *second = call_new(), *third = call_new();

    matching_add_waiter(&fixture->matching, queue_of(fixture), first);
    matching_add_waiter(&fixture->matching, queue_of(fixture), second);
    matching_add_waiter(&fixture->matching, queue_of(fixture), third);
    assert_null(matching_next_ready(&fixture->matching));
    matching_remove_waiter(&fixture->matching, second);
    assert_ptr_equal(task_queue_first_waiter(queue_of(fixture)), first);
    matching_remove_waiter(&fixture->matching, first);
    assert_ptr_equal(task_queue_first_waiter(queue_of(fixture)), third);
    matching_remove_waiter(&fixture->matching, third);
    assert_int_equal(fixture->matching.queues.count, 0);
    call_free(first);
    call_free(second);
    call_free(third);
}

static void test_a_list_is_ready_while_it_has_both(void **state)
{
    struct fixture *fixture = *state;
    struct call *call = call_new();
    struct task *task;

    matching_add_waiter(&fixture->matching, queue_of(fixture), call);
    task = add(fixture, 0, 1, 1, 5);
    assert_ptr_equal(matching_next_ready(&fixture->matching), queue_of(fixture));
    matching_remove_task(&fixture->matching, task);
    assert_null(matching_next_ready(&fixture->matching));
    add(fixture, 0, 1, 1, 6);
    assert_non_null(matching_next_ready(&fixture->matching));
    matching_remove_waiter(&fixture->matching, call);
    assert_null(matching_next_ready(&fixture->matching));
    call_free(call);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_priority_then_age_then_run_then_event, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_task_is_found_by_its_event, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lists_of_other_kinds_domains_and_names_are_others,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_pollers_leave_in_the_order_of_their_arrival, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_list_is_ready_while_it_has_both, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
