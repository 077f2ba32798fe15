/* A job played by hand: what a right history leads to, and what each kind of wrong one is called.
 */
#include "bench/job.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* after its prerequisites */
#include <cmocka.h>

static struct plan plan;
static struct job job;
static int64_t last_started;

static void begin(enum plan_kind kind, uint32_t amount)
{
    plan = plan_of(kind, amount);
    job_init(&job, &plan);
    job_begin(&job, 17);
    last_started = 0;
}

/* A decision task with these news comes; what is wrong with it. */
static const char *told(const struct news_item *items, size_t count)
{
    struct news news = { last_started, last_started + 3, items, count };
    last_started += 3;
    return job_take_news(&job, &news);
}

static const char *told_of(enum happening what, uint32_t number)
{
    struct news_item item = { what, number };
    return told(&item, 1);
}

static void expect_move(uint32_t first, uint32_t count, bool completes)
{
    struct move move = job_decide(&job);

    assert_int_equal(move.count, count);
    if (count)
        assert_int_equal(move.first, first);
    assert_int_equal(move.completes, completes);
}

static int end(void **state)
{
    (void)state;
    job_deinit(&job);
    job = (struct job){ 0 };
    return 0;
}

static void a_workflow_goes_step_by_step(void **state)
{
    (void)state;
    begin(PLAN_WORKFLOW, 3);
    assert_null(told(NULL, 0));
    for (uint32_t i = 0; i < 3; i++) {
        expect_move(i, 1, false);
        assert_null(job_take_work(&job, i));
        assert_null(told_of(HAPPENED_STEP_DONE, i));
    }
    expect_move(0, 0, true);
    assert_int_equal(job.decisions, 4);
    assert_string_equal(told(NULL, 0), "a decision task comes after the end");
}

static void a_job_may_follow_another(void **state)
{
    a_workflow_goes_step_by_step(state);
    job_begin(&job, 18);
    last_started = 0;
    assert_null(told(NULL, 0));
    expect_move(0, 1, false);
}

static void a_fanout_takes_any_order(void **state)
{
    struct news_item both[] = { { HAPPENED_STEP_DONE, 2 }, { HAPPENED_STEP_DONE, 0 } };

    (void)state;
    begin(PLAN_FANOUT, 3);
    assert_null(told(NULL, 0));
    expect_move(0, 3, false);
    for (uint32_t i = 0; i < 3; i++)
        assert_null(job_take_work(&job, i));
    assert_null(told(both, 2));
    expect_move(0, 0, false);
    assert_null(told_of(HAPPENED_STEP_DONE, 1));
    expect_move(0, 0, true);
}

static void timers_need_no_work(void **state)
{
    struct news_item both[] = { { HAPPENED_STEP_DONE, 0 }, { HAPPENED_STEP_DONE, 1 } };

    (void)state;
    begin(PLAN_TIMERS, 2);
    assert_null(told(NULL, 0));
    expect_move(0, 2, false);
    assert_null(told(both, 2));
    expect_move(0, 0, true);
}

static void signals_come_in_their_order(void **state)
{
    (void)state;
    begin(PLAN_SIGNALS, 2);
    assert_null(told(NULL, 0));
    expect_move(0, 0, false);
    assert_int_equal(job_send_signal(&job), 0);
    assert_null(told_of(HAPPENED_SIGNAL, 0));
    expect_move(0, 0, false);
    assert_int_equal(job_send_signal(&job), 1);
    assert_null(told_of(HAPPENED_SIGNAL, 1));
    expect_move(0, 0, true);
}

static void a_mixed_one_waits_for_both(void **state)
{
    (void)state;
    begin(PLAN_MIXED, 1);
    assert_null(told(NULL, 0));
    for (uint32_t i = 0; i < plan.steps; i++) {
        expect_move(i, 1, false);
        assert_null(job_take_work(&job, i));
        assert_null(told_of(HAPPENED_STEP_DONE, i));
    }
    for (uint32_t i = 0; i < plan.signals; i++) {
        expect_move(0, 0, false);
        job_send_signal(&job);
        assert_null(told_of(HAPPENED_SIGNAL, i));
    }
    expect_move(0, 0, true);
}

static void an_idle_one_never_completes(void **state)
{
    (void)state;
    begin(PLAN_IDLE, 100);
    assert_null(told(NULL, 0));
    expect_move(0, 0, false);
}

/* ---- what may go wrong ---- */

static void begin_three(void)
{
    begin(PLAN_FANOUT, 3);
    assert_null(told(NULL, 0));
    expect_move(0, 3, false);
}

static void a_step_done_twice_is_seen(void **state)
{
    (void)state;
    begin_three();
    assert_null(job_take_work(&job, 1));
    assert_null(told_of(HAPPENED_STEP_DONE, 1));
    assert_string_equal(told_of(HAPPENED_STEP_DONE, 1), "a step is done twice");
}

static void a_task_given_twice_is_seen(void **state)
{
    (void)state;
    begin_three();
    assert_null(job_take_work(&job, 1));
    assert_string_equal(job_take_work(&job, 1), "a task is there twice");
}

static void a_task_of_nobody_is_seen(void **state)
{
    (void)state;
    begin(PLAN_WORKFLOW, 3);
    assert_null(told(NULL, 0));
    expect_move(0, 1, false);
    assert_string_equal(job_take_work(&job, 1), "a task is there that nobody asked for");
    assert_string_equal(job_take_work(&job, 9), "a task is there that nobody asked for");
}

static void work_of_nobody_is_seen(void **state)
{
    (void)state;
    begin_three();
    assert_string_equal(told_of(HAPPENED_STEP_DONE, 1), "a step is done that nobody worked on");
    assert_string_equal(told_of(HAPPENED_STEP_DONE, 3), "a step is done that there is not");
}

static void a_step_out_of_order_is_seen(void **state)
{
    (void)state;
    begin(PLAN_WORKFLOW, 3);
    assert_null(told(NULL, 0));
    expect_move(0, 1, false);
    job.steps[1] = STEP_WORKED;
    assert_string_equal(told_of(HAPPENED_STEP_DONE, 1), "steps are done out of order");
}

static void a_lost_decision_task_is_seen(void **state)
{
    struct news news = { 6, 9, NULL, 0 };

    (void)state;
    begin_three();
    assert_string_equal(job_take_news(&job, &news), "a decision task does not follow the last one");
}

static void a_lost_signal_is_seen(void **state)
{
    (void)state;
    begin(PLAN_SIGNALS, 3);
    job_send_signal(&job);
    job_send_signal(&job);
    assert_string_equal(told_of(HAPPENED_SIGNAL, 1),
                        "a signal is lost, there twice or out of order");
}

static void a_signal_of_nobody_is_seen(void **state)
{
    (void)state;
    begin(PLAN_SIGNALS, 3);
    assert_string_equal(told_of(HAPPENED_SIGNAL, 0), "a signal is there that was not sent");
}

static void a_failure_is_seen(void **state)
{
    (void)state;
    begin_three();
    assert_string_equal(told_of(HAPPENED_UNWANTED, 0), "an event is there that no good run has");
}

/* ---- whole histories ---- */

static const char *history_of(const struct news_item *items, size_t count)
{
    struct news whole = { 0, 30, items, count };

    plan = plan_of(PLAN_WORKFLOW, 2);
    return job_check_history(&plan, &whole);
}

static void a_history_has_all_steps_and_an_end(void **state)
{
    const struct news_item right[] = { { HAPPENED_STEP_DONE, 0 },
                                       { HAPPENED_STEP_DONE, 1 },
                                       { HAPPENED_END, 0 } };
    const struct news_item lacking[] = { { HAPPENED_STEP_DONE, 0 }, { HAPPENED_END, 0 } };

    (void)state;
    assert_null(history_of(right, 3));
    assert_string_equal(history_of(right, 2), "its history has no end");
    assert_string_equal(history_of(lacking, 2), "its history lacks a step or a signal");
}

static void nothing_comes_after_the_end(void **state)
{
    const struct news_item twice[] = { { HAPPENED_STEP_DONE, 0 },
                                       { HAPPENED_STEP_DONE, 1 },
                                       { HAPPENED_END, 0 },
                                       { HAPPENED_END, 0 } };

    (void)state;
    assert_string_equal(history_of(twice, 4), "something happens after the end");
    begin(PLAN_WORKFLOW, 2);
    assert_null(told_of(HAPPENED_END, 0));
    assert_string_equal(told(NULL, 0), "a decision task comes after the end");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_workflow_goes_step_by_step, end),
        cmocka_unit_test_teardown(a_history_has_all_steps_and_an_end, end),
        cmocka_unit_test_teardown(nothing_comes_after_the_end, end),
        cmocka_unit_test_teardown(a_job_may_follow_another, end),
        cmocka_unit_test_teardown(a_fanout_takes_any_order, end),
        cmocka_unit_test_teardown(timers_need_no_work, end),
        cmocka_unit_test_teardown(signals_come_in_their_order, end),
        cmocka_unit_test_teardown(a_mixed_one_waits_for_both, end),
        cmocka_unit_test_teardown(an_idle_one_never_completes, end),
        cmocka_unit_test_teardown(a_step_done_twice_is_seen, end),
        cmocka_unit_test_teardown(a_task_given_twice_is_seen, end),
        cmocka_unit_test_teardown(a_task_of_nobody_is_seen, end),
        cmocka_unit_test_teardown(work_of_nobody_is_seen, end),
        cmocka_unit_test_teardown(a_step_out_of_order_is_seen, end),
        cmocka_unit_test_teardown(a_lost_decision_task_is_seen, end),
        cmocka_unit_test_teardown(a_lost_signal_is_seen, end),
        cmocka_unit_test_teardown(a_signal_of_nobody_is_seen, end),
        cmocka_unit_test_teardown(a_failure_is_seen, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
