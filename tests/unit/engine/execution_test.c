/* What a fold of the history says, and what it does not. */
#include "engine/execution.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

struct fixture {
    struct arena arena;
    struct execution *execution;
};

static void apply(struct fixture *fixture, enum event_type type, const void *attributes)
{
    struct event_list events;

    event_list_init(&events, &fixture->arena, fixture->execution->next_event_id,
                    (struct instant){ 1000 });
    event_list_add(&events, type, attributes);
    execution_apply(fixture->execution, &events.items[0]);
    execution_check(fixture->execution);
}

static int set_up(void **state)
{
    static const struct workflow_type type = { BYTES("order"), BYTES("1") };
    static const struct task_list list = { BYTES("deciders") };
    static const struct workflow_execution_started_event started = {
        .workflow_type = &type,
        .task_list = &list,
        .execution_start_to_close_timeout = BYTES("100000"),
        .task_start_to_close_timeout = BYTES("NONE"),
    };
    static struct fixture fixture;

    arena_init(&fixture.arena, "test", 1u << 20);
    fixture.execution = execution_new();
    apply(&fixture, EVENT_WORKFLOW_EXECUTION_STARTED, &started);
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

/* Schedules and starts it. */
static struct activity *start_activity(struct fixture *fixture, struct bytes heartbeat)
{
    static const struct activity_type type = { BYTES("ship"), BYTES("1") };
    static const struct task_list list = { BYTES("workers") };
    struct activity_task_scheduled_event scheduled = {
        .activity_type = &type,
        .activity_id = BYTES("a"),
        .task_list = &list,
        .schedule_to_start_timeout = BYTES("NONE"),
        .schedule_to_close_timeout = BYTES("NONE"),
        .start_to_close_timeout = BYTES("NONE"),
        .heartbeat_timeout = heartbeat,
    };
    struct activity_task_started_event started = { .identity = BYTES("w") };

    apply(fixture, EVENT_ACTIVITY_TASK_SCHEDULED, &scheduled);
    assert_true(execution_is_its_history(fixture->execution));
    started.scheduled_event_id = fixture->execution->next_event_id - 1;
    apply(fixture, EVENT_ACTIVITY_TASK_STARTED, &started);
    return execution_get_activity(fixture->execution, started.scheduled_event_id);
}

static void test_heartbeats_that_count_are_in_no_history(void **state)
{
    struct fixture *fixture = *state;

    start_activity(fixture, BYTES("60"));
    assert_false(execution_is_its_history(fixture->execution));
}

static void test_details_of_heartbeats_are_in_no_history(void **state)
{
    struct fixture *fixture = *state;
    struct activity *activity = start_activity(fixture, BYTES("NONE"));
    struct activity_task_completed_event completed = {
        .scheduled_event_id = activity->scheduled_event_id,
        .started_event_id = activity->started_event_id,
    };

    assert_true(execution_is_its_history(fixture->execution));
    execution_heartbeat(fixture->execution, activity, (struct instant){ 2000 }, BYTES("half"));
    assert_false(execution_is_its_history(fixture->execution));
    apply(fixture, EVENT_ACTIVITY_TASK_COMPLETED, &completed);
    assert_true(execution_is_its_history(fixture->execution));
}

static void test_nor_is_the_call_of_a_function(void **state)
{
    struct fixture *fixture = *state;
    struct lambda_function_scheduled_event scheduled = { .id = BYTES("l"), .name = BYTES("f") };
    struct lambda_function_started_event started = { 0 };

    apply(fixture, EVENT_LAMBDA_FUNCTION_SCHEDULED, &scheduled);
    assert_true(execution_is_its_history(fixture->execution));
    started.scheduled_event_id = fixture->execution->next_event_id - 1;
    apply(fixture, EVENT_LAMBDA_FUNCTION_STARTED, &started);
    assert_false(execution_is_its_history(fixture->execution));
}

static void test_what_is_open_takes_memory(void **state)
{
    struct fixture *fixture = *state;
    size_t before = execution_memory(fixture->execution);

    assert_true(before > sizeof(struct execution));
    for (int i = 0; i < 100; i++) {
        struct timer_started_event timer = {
            .timer_id = arena_printf(&fixture->arena, "t%d", i),
            .start_to_fire_timeout = BYTES("60"),
        };

        apply(fixture, EVENT_TIMER_STARTED, &timer);
    }
    assert_true(execution_memory(fixture->execution) > before + 100 * sizeof(struct timer));
}

/* However long they are. */
static void test_texts_of_what_is_open_count(void **state)
{
    struct fixture *fixture = *state;
    struct timer_started_event timer = { .start_to_fire_timeout = BYTES("60") };
    struct timer_fired_event fired = { 0 };
    const char *digits = "0123456789012345678901234567890123456789";
    struct activity *activity;
    size_t before;

    timer.timer_id = arena_printf(&fixture->arena, "%s%s%s%s%s", digits, digits, digits, digits,
                                  digits);
    apply(fixture, EVENT_TIMER_STARTED, &timer);
    fired.timer_id = timer.timer_id;
    fired.started_event_id = fixture->execution->next_event_id - 1;
    before = execution_memory(fixture->execution);
    apply(fixture, EVENT_TIMER_FIRED, &fired);
    assert_true(execution_memory(fixture->execution) <= before - 200);
    activity = start_activity(fixture, BYTES("NONE"));
    before = execution_memory(fixture->execution);
    execution_heartbeat(fixture->execution, activity, (struct instant){ 2000 }, timer.timer_id);
    assert_int_equal(execution_memory(fixture->execution), before + 200);
    execution_heartbeat(fixture->execution, activity, (struct instant){ 3000 }, BYTES("half"));
    assert_int_equal(execution_memory(fixture->execution), before + 4);
    execution_check(fixture->execution);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_heartbeats_that_count_are_in_no_history, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_details_of_heartbeats_are_in_no_history, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_nor_is_the_call_of_a_function, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_open_takes_memory, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_texts_of_what_is_open_count, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
