#include "cmd/order.h"

#include "cmd/history_view.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

/* A history that grows event by event, and what the decider says to it. */
struct story {
    struct arena arena;
    struct event_list history;
    struct decision decision;
};

static struct story story;

static int begin(void **state)
{
    static const struct task_list list = { BYTES("order-1") };
    static const struct workflow_type type = { BYTES("order"), BYTES("1.0") };
    static const struct workflow_execution_started_event started = { .input = BYTES("2 cups"),
                                                                     .task_list = &list,
                                                                     .workflow_type = &type };
    (void)state;
    arena_init(&story.arena, "story", 1u << 20);
    event_list_init(&story.history, &story.arena, 1, (struct instant){ 1000 });
    event_list_add(&story.history, EVENT_WORKFLOW_EXECUTION_STARTED, &started);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_deinit(&story.arena);
    return 0;
}

/* The type of the one decision; DECISION_ABSENT when the decider waits. */
static enum decision_type decide(void)
{
    struct order order;
    order_read(&order, story.history.items, story.history.count);
    return order_decide(&order, &story.arena, &story.decision) == 1 ? story.decision.decision_type
                                                                    : DECISION_ABSENT;
}

static void assert_schedules(const char *activity)
{
    assert_int_equal(decide(), DECISION_SCHEDULE_ACTIVITY_TASK);
    assert_true(bytes_equal_cstr(story.decision.schedule_activity_task->activity_id, activity));
    assert_true(bytes_equal(story.decision.schedule_activity_task->input, BYTES("2 cups")));
    assert_true(
        bytes_equal(story.decision.schedule_activity_task->task_list->name, BYTES("order-1")));
}

/* The activity that was decided on is scheduled. */
static int64_t schedule(void)
{
    struct activity_task_scheduled_event *event = arena_new(&story.arena,
                                                            struct activity_task_scheduled_event);
    event->activity_id = story.decision.schedule_activity_task->activity_id;
    return event_list_add(&story.history, EVENT_ACTIVITY_TASK_SCHEDULED, event);
}

static void complete(int64_t scheduled, struct bytes result)
{
    struct activity_task_completed_event *event = arena_new(&story.arena,
                                                            struct activity_task_completed_event);
    event->scheduled_event_id = scheduled;
    event->result = result;
    event_list_add(&story.history, EVENT_ACTIVITY_TASK_COMPLETED, event);
}

static void do_step(const char *activity, struct bytes result)
{
    assert_schedules(activity);
    int64_t scheduled = schedule();
    assert_int_equal(decide(), DECISION_ABSENT);
    complete(scheduled, result);
}

static void start_timer(void)
{
    static const struct timer_started_event started = { .timer_id = BYTES("cooling-off"),
                                                        .start_to_fire_timeout = BYTES("2") };
    assert_int_equal(decide(), DECISION_START_TIMER);
    event_list_add(&story.history, EVENT_TIMER_STARTED, &started);
    assert_int_equal(decide(), DECISION_ABSENT);
}

static void fire(void)
{
    static const struct timer_fired_event fired = { .timer_id = BYTES("cooling-off") };
    event_list_add(&story.history, EVENT_TIMER_FIRED, &fired);
}

static void signal_with(struct bytes name)
{
    struct workflow_execution_signaled_event *event = arena_new(
        &story.arena, struct workflow_execution_signaled_event);
    event->signal_name = name;
    event_list_add(&story.history, EVENT_WORKFLOW_EXECUTION_SIGNALED, event);
}

static void an_order_goes_from_stock_to_shipping(void **state)
{
    (void)state;
    do_step("reserve-stock", BYTES("reserved"));
    start_timer();
    signal_with(BYTES("approved"));
    assert_int_equal(decide(), DECISION_ABSENT);
    fire();
    do_step("charge-card", BYTES("charged"));
    do_step("ship", BYTES("shipped"));
    assert_int_equal(decide(), DECISION_COMPLETE_WORKFLOW_EXECUTION);
    assert_true(
        bytes_equal(story.decision.complete_workflow_execution->result, BYTES("charged; shipped")));
}

static void it_waits_for_approval_after_the_timer(void **state)
{
    (void)state;
    do_step("reserve-stock", BYTES("reserved"));
    start_timer();
    fire();
    assert_int_equal(decide(), DECISION_ABSENT);
    signal_with(BYTES("hello"));
    assert_int_equal(decide(), DECISION_ABSENT);
    signal_with(BYTES("approved"));
    assert_schedules("charge-card");
}

static void early_approval_counts(void **state)
{
    (void)state;
    signal_with(BYTES("approved"));
    do_step("reserve-stock", BYTES("reserved"));
    start_timer();
    fire();
    assert_schedules("charge-card");
}

static void a_failed_activity_fails_the_order(void **state)
{
    static const struct activity_task_timed_out_event timed_out = { .scheduled_event_id = 2 };
    (void)state;
    assert_schedules("reserve-stock");
    schedule();
    event_list_add(&story.history, EVENT_ACTIVITY_TASK_TIMED_OUT, &timed_out);
    assert_int_equal(decide(), DECISION_FAIL_WORKFLOW_EXECUTION);
    assert_true(bytes_equal(story.decision.fail_workflow_execution->reason,
                            BYTES("an activity took too long")));
}

static void work_is_done_for_known_activities_only(void **state)
{
    (void)state;
    for (int step = 0; step < ORDER_STEP_COUNT; step++)
        assert_true(
            order_work(bytes_of_cstr(order_activities[step]), BYTES("x"), &story.arena).len > 0);
    assert_true(bytes_is_absent(order_work(BYTES("steal"), BYTES("x"), &story.arena)));
}

static void a_history_is_shown_in_lines(void **state)
{
    struct text page;
    (void)state;
    text_init(&page, 65536);
    do_step("reserve-stock", BYTES("on\033[31m shelf"));
    story.history.items[2].timestamp.ms = 2234;
    for (size_t i = 0; i < story.history.count; i++)
        history_view_line(&page, story.history.items, story.history.count, i, false);
    text_append_char(&page, '\0');
    assert_string_equal(
        page.ptr, "  0.000 s    1  WorkflowExecutionStarted   order: 2 cups\n"
                  "  0.000 s    2  ActivityTaskScheduled      reserve-stock\n"
                  "  1.234 s    3  ActivityTaskCompleted      reserve-stock: on?[31m shelf\n");
    text_deinit(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_order_goes_from_stock_to_shipping, begin, end),
        cmocka_unit_test_setup_teardown(it_waits_for_approval_after_the_timer, begin, end),
        cmocka_unit_test_setup_teardown(early_approval_counts, begin, end),
        cmocka_unit_test_setup_teardown(a_failed_activity_fails_the_order, begin, end),
        cmocka_unit_test_setup_teardown(work_is_done_for_known_activities_only, begin, end),
        cmocka_unit_test_setup_teardown(a_history_is_shown_in_lines, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
