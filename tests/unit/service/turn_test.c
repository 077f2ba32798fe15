/* What a turn makes of several changes of the same run. */
#include "service/turn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* after its prerequisites */
#include <cmocka.h>

#define NUMBER 7 /* of the commit */

static struct turn turn;

static int set_up(void **state)
{
    (void)state;
    turn_init(&turn);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    turn_deinit(&turn);
    return 0;
}

static const struct run_change *filed(size_t index)
{
    return (const struct run_change *)turn.runs.items + index;
}

/* One event or none, and perhaps the end. */
static void change(struct pending_change *pending, uint64_t run, int64_t builds_on,
                   const char *event, bool closes)
{
    static const struct run_closing closing = { 0 };
    struct bytes *text = arena_new(&turn.arena, struct bytes);

    if (event)
        *text = bytes_of_cstr(event);
    turn_add_run_change(&turn, NUMBER, pending,
                        &(struct run_change){ .key = { 1, 1, run },
                                              .builds_on = builds_on,
                                              .events = text,
                                              .event_count = event ? 1 : 0,
                                              .closing = closes ? &closing : NULL });
}

static void assert_events(const struct run_change *change, const char *const *texts, size_t count)
{
    assert_int_equal(change->event_count, count);
    for (size_t i = 0; i < count; i++)
        assert_true(bytes_equal(change->events[i], bytes_of_cstr(texts[i])));
}

static void changes_of_a_run_become_one(void **state)
{
    struct pending_change a = { 0 }, b = { 0 };

    (void)state;
    change(&a, 1, 0, "a1", false);
    change(&b, 2, 5, "b6", false);
    change(&a, 1, 1, "a2", false);
    change(&a, 1, 2, NULL, false);
    change(&a, 1, 2, "a3", true);
    assert_int_equal(turn.runs.count, 2);
    assert_events(filed(0), (const char *[]){ "a1", "a2", "a3" }, 3);
    assert_int_equal(filed(0)->builds_on, 0);
    assert_non_null(filed(0)->closing);
    assert_events(filed(1), (const char *[]){ "b6" }, 1);
    assert_null(filed(1)->closing);
}

static void heartbeats_stay_in_their_order(void **state)
{
    struct pending_change pending = { 0 };

    (void)state;
    for (int64_t i = 1; i <= 40; i++) {
        struct heartbeat_change *beat = arena_new(&turn.arena, struct heartbeat_change);

        beat->scheduled_event_id = i;
        turn_add_run_change(
            &turn, NUMBER, &pending,
            &(struct run_change){
                .key = { 1, 1, 1 }, .builds_on = 50, .heartbeats = beat, .heartbeat_count = 1 });
    }
    assert_int_equal(turn.runs.count, 1);
    assert_int_equal(filed(0)->heartbeat_count, 40);
    for (int64_t i = 1; i <= 40; i++)
        assert_int_equal(filed(0)->heartbeats[i - 1].scheduled_event_id, i);
}

/* Lists of closed runs show what has the same time in the order in which it closed. */
static void runs_close_in_the_order_of_their_ends(void **state)
{
    struct pending_change a = { 0 }, b = { 0 }, c = { 0 };

    (void)state;
    change(&a, 1, 10, "a11", false);
    change(&b, 2, 10, "b11", false);
    change(&c, 3, 10, "c11", false);
    change(&b, 2, 11, "b12", true);
    change(&a, 1, 11, "a12", true);
    change(&c, 3, 11, "c12", true);
    assert_int_equal(turn.runs.count, 5);
    assert_events(filed(0), (const char *[]){ "a11" }, 1);
    assert_events(filed(1), (const char *[]){ "b11", "b12" }, 2);
    assert_events(filed(2), (const char *[]){ "c11" }, 1);
    assert_events(filed(3), (const char *[]){ "a12" }, 1);
    assert_events(filed(4), (const char *[]){ "c12" }, 1);
    assert_null(filed(0)->closing);
    assert_null(filed(2)->closing);
    assert_int_equal(filed(3)->builds_on, 11);
}

static void another_turn_begins_anew(void **state)
{
    struct pending_change pending = { 0 };

    (void)state;
    change(&pending, 1, 0, "a1", false);
    turn_reset(&turn);
    turn_add_run_change(&turn, NUMBER + 1, &pending,
                        &(struct run_change){ .key = { 1, 1, 1 }, .builds_on = 1 });
    assert_int_equal(turn.runs.count, 1);
    assert_int_equal(filed(0)->builds_on, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(changes_of_a_run_become_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(heartbeats_stay_in_their_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(runs_close_in_the_order_of_their_ends, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_turn_begins_anew, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
