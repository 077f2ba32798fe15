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

static struct world world_of(struct hands *hands)
{
    return (struct world){ .context = hands, .wall = read_wall, .steady = read_steady };
}

static void pass(struct hands *hands, int64_t ms)
{
    hands->wall.ms += ms;
    hands->steady.ms += ms;
}

static void test_starts_at_the_wall_clock_or_the_floor(void **state)
{
    struct hands hands = { { START }, { 5 } };
    struct world world = world_of(&hands);
    struct clock clock;

    (void)state;
    clock_init(&clock, &world, (struct instant){ 0 });
    assert_int_equal(clock_read(&clock).ms, START);
    clock_init(&clock, &world, (struct instant){ START + 7000 });
    assert_int_equal(clock_read(&clock).ms, START + 7000);
}

static void test_keeps_pace(void **state)
{
    struct hands hands = { { START }, { 5 } };
    struct world world = world_of(&hands);
    struct clock clock;

    (void)state;
    clock_init(&clock, &world, (struct instant){ 0 });
    pass(&hands, 1234);
    assert_int_equal(clock_read(&clock).ms, START + 1234);
    assert_int_equal(clock_read(&clock).ms, START + 1234);
}

static void test_follows_a_small_step_ahead_at_once(void **state)
{
    struct hands hands = { { START }, { 5 } };
    struct world world = world_of(&hands);
    struct clock clock;

    (void)state;
    clock_init(&clock, &world, (struct instant){ 0 });
    hands.wall.ms += 3600000;
    assert_int_equal(clock_read(&clock).ms, START + 3600000);
}

static void test_approaches_a_large_step_ahead_slowly(void **state)
{
    struct hands hands = { { START }, { 5 } };
    struct world world = world_of(&hands);
    struct clock clock;

    (void)state;
    clock_init(&clock, &world, (struct instant){ 0 });
    hands.wall.ms += 2 * INT64_C(3600000);
    assert_int_equal(clock_read(&clock).ms, START);
    pass(&hands, 1000);
    assert_int_equal(clock_read(&clock).ms, START + 1050);
}

static void test_runs_slower_while_the_wall_clock_is_behind(void **state)
{
    struct hands hands = { { START }, { 5 } };
    struct world world = world_of(&hands);
    struct clock clock;

    (void)state;
    clock_init(&clock, &world, (struct instant){ 0 });
    hands.wall.ms -= 500;
    assert_int_equal(clock_read(&clock).ms, START); /* never back */
    pass(&hands, 1000);
    assert_int_equal(clock_read(&clock).ms, START + 900);
    for (int i = 0; i < 10; i++) {
        pass(&hands, 1000);
        clock_read(&clock);
    }
    assert_int_equal(clock.now.ms, hands.wall.ms); /* caught up, and no further */
}

/* Whether it has said so already: once it is right again, the next time is worth a word, too. */
static void test_knows_when_the_wall_clock_is_right_again(void **state)
{
    struct hands hands = { { START }, { 5 } };
    struct world world = world_of(&hands);
    struct clock clock;

    (void)state;
    clock_init(&clock, &world, (struct instant){ 0 });
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
    struct hands hands = { { START }, { 5 } };
    struct world world = world_of(&hands);
    struct clock clock;

    (void)state;
    clock_init(&clock, &world, (struct instant){ 0 });
    hands.wall.ms -= 60;
    for (int64_t last = START, i = 0; i < 1000; i++) {
        pass(&hands, i % 3);
        assert_true(clock_read(&clock).ms >= last);
        last = clock.now.ms;
    }
    assert_int_equal(clock.now.ms, hands.wall.ms);
    hands.wall.ms += 2 * INT64_C(3600000);
    int64_t before = clock.now.ms;
    for (int i = 0; i < 1000; i++) {
        pass(&hands, 1);
        clock_read(&clock);
    }
    assert_int_equal(clock.now.ms, before + 1050);
}

static void test_a_steady_clock_that_goes_back_changes_nothing(void **state)
{
    struct hands hands = { { START }, { 5000 } };
    struct world world = world_of(&hands);
    struct clock clock;

    (void)state;
    clock_init(&clock, &world, (struct instant){ 0 });
    hands.steady.ms -= 4000;
    assert_int_equal(clock_read(&clock).ms, START);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_starts_at_the_wall_clock_or_the_floor),
        cmocka_unit_test(test_keeps_pace),
        cmocka_unit_test(test_follows_a_small_step_ahead_at_once),
        cmocka_unit_test(test_approaches_a_large_step_ahead_slowly),
        cmocka_unit_test(test_runs_slower_while_the_wall_clock_is_behind),
        cmocka_unit_test(test_knows_when_the_wall_clock_is_right_again),
        cmocka_unit_test(test_approaches_in_small_steps_as_well),
        cmocka_unit_test(test_a_steady_clock_that_goes_back_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
