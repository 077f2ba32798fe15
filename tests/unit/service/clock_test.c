/* The service's time: never back, in step with the steady clock, led but not fooled by the wall
 * clock. */
#include "service/clock.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define START INT64_C(1700000000000)

struct hands {
    struct instant wall, steady;
};

static struct instant read_wall(void *context)
{
    return ((struct hands *)context)->wall;
}

static struct instant read_steady(void *context)
{
    return ((struct hands *)context)->steady;
}

/* Of the test that runs. */
static struct hands hands;
static const struct world world = { .context = &hands, .wall = read_wall, .steady = read_steady };
static struct clock clock;

static int set_up(void **state)
{
    (void)state;
    hands = (struct hands){ { START }, { 5000 } };
    clock_init(&clock, &world, (struct instant){ 0 });
    return 0;
}

static void pass(int64_t ms)
{
    hands.wall.ms += ms;
    hands.steady.ms += ms;
}

static void test_starts_at_the_wall_clock_or_the_floor(void **state)
{
    (void)state;
    assert_int_equal(clock_read(&clock).ms, START);
    clock_init(&clock, &world, (struct instant){ START + 7000 });
    assert_int_equal(clock_read(&clock).ms, START + 7000);
}

static void test_keeps_pace(void **state)
{
    (void)state;
    pass(1234);
    assert_int_equal(clock_read(&clock).ms, START + 1234);
    assert_int_equal(clock_read(&clock).ms, START + 1234);
}

static void test_follows_a_small_step_ahead_at_once(void **state)
{
    (void)state;
    hands.wall.ms += 3600000;
    assert_int_equal(clock_read(&clock).ms, START + 3600000);
}

static void test_approaches_a_large_step_ahead_slowly(void **state)
{
    (void)state;
    hands.wall.ms += 2 * INT64_C(3600000);
    assert_int_equal(clock_read(&clock).ms, START);
    pass(1000);
    assert_int_equal(clock_read(&clock).ms, START + 1050);
}

static void test_runs_slower_while_the_wall_clock_is_behind(void **state)
{
    (void)state;
    hands.wall.ms -= 500;
    assert_int_equal(clock_read(&clock).ms, START); /* never back */
    pass(1000);
    assert_int_equal(clock_read(&clock).ms, START + 900);
    for (int i = 0; i < 10; i++) {
        pass(1000);
        clock_read(&clock);
    }
    assert_int_equal(clock.now.ms, hands.wall.ms); /* caught up, and no further */
}

/* Whether it has said so already: once it is right again, the next time is worth a word, too. */
static void test_knows_when_the_wall_clock_is_right_again(void **state)
{
    (void)state;
    hands.wall.ms += 2 * INT64_C(3600000);
    clock_read(&clock);
    assert_true(clock.far_ahead);
    hands.wall.ms -= 2 * INT64_C(3600000);
    clock_read(&clock);
    assert_false(clock.far_ahead);
    hands.wall.ms -= 2 * INT64_C(3600000);
    clock_read(&clock);
    assert_true(clock.is_behind);
    hands.wall.ms += 2 * INT64_C(3600000);
    clock_read(&clock);
    assert_false(clock.is_behind);
}

/* A busy server reads its clock all the time. */
static void test_approaches_in_small_steps_as_well(void **state)
{
    (void)state;
    hands.wall.ms -= 60;
    for (int64_t last = START, i = 0; i < 1000; i++) {
        pass(i % 3);
        assert_true(clock_read(&clock).ms >= last);
        last = clock.now.ms;
    }
    assert_int_equal(clock.now.ms, hands.wall.ms);
    hands.wall.ms += 2 * INT64_C(3600000);
    int64_t before = clock.now.ms;
    for (int i = 0; i < 1000; i++) {
        pass(1);
        clock_read(&clock);
    }
    assert_int_equal(clock.now.ms, before + 1050);
}

static void test_a_steady_clock_that_goes_back_changes_nothing(void **state)
{
    (void)state;
    hands.steady.ms -= 4000;
    assert_int_equal(clock_read(&clock).ms, START);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_starts_at_the_wall_clock_or_the_floor, set_up),
        cmocka_unit_test_setup(test_keeps_pace, set_up),
        cmocka_unit_test_setup(test_follows_a_small_step_ahead_at_once, set_up),
        cmocka_unit_test_setup(test_approaches_a_large_step_ahead_slowly, set_up),
        cmocka_unit_test_setup(test_runs_slower_while_the_wall_clock_is_behind, set_up),
        cmocka_unit_test_setup(test_knows_when_the_wall_clock_is_right_again, set_up),
        cmocka_unit_test_setup(test_approaches_in_small_steps_as_well, set_up),
        cmocka_unit_test_setup(test_a_steady_clock_that_goes_back_changes_nothing, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
