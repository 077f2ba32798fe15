#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "store/key.h"
#include "store/list_row.h"

static struct arena arena;

static int begin(void **state)
{
    (void)state;
    arena_init(&arena, "test", 1 << 20);
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_deinit(&arena);
    return 0;
}

static void assert_before(struct bytes a, struct bytes b)
{
    assert_true(bytes_compare(a, b) < 0);
}

/* The bytes order as the numbers do, over every byte of them. */
static void test_histories_lie_in_order(void **state)
{
    struct run_key run = { 1, 2, 3 };
    struct run_key next = { 1, 2, 4 };
    struct run_key other_domain = { 1, 3, 1 };
    struct run_key other_account = { 256, 1, 1 };

    (void)state;
    assert_before(key_run(&arena, run), key_history(&arena, run, NAMES_EVENT_ID));
    assert_before(key_history(&arena, run, NAMES_EVENT_ID), key_history(&arena, run, 1));
    assert_before(key_history(&arena, run, 255), key_history(&arena, run, 256));
    assert_before(key_history(&arena, run, INT64_MAX), key_behind_run(&arena, run));
    assert_before(key_behind_run(&arena, run), key_run(&arena, next));
    next.run = UINT64_MAX;
    assert_before(key_history(&arena, next, INT64_MAX), key_behind_run(&arena, next));
    assert_before(key_behind_run(&arena, next), key_run(&arena, other_domain));
    assert_before(key_history(&arena, next, INT64_MAX), key_run(&arena, other_domain));
    assert_before(key_history(&arena, other_domain, INT64_MAX), key_run(&arena, other_account));
}

static void test_kinds_enclose_their_keys(void **state)
{
    (void)state;
    assert_before(key_kind(&arena, STATE_TURN), key_turn(&arena, 0));
    assert_before(key_turn(&arena, 255), key_turn(&arena, 256));
    assert_before(key_turn(&arena, UINT64_MAX), key_kind_end(&arena, STATE_TURN));
    assert_before(key_heartbeat(&arena, 1, INT64_MAX), key_heartbeat(&arena, 2, 1));
}

static void test_instants_lie_in_order(void **state)
{
    static const int64_t times[] = {
        INT64_MIN, -1000, -1, 0, 1, 255, 256, 1500000000000, INT64_MAX
    };
    struct run_key run = { 1, 1, 1 };

    (void)state;
    for (size_t i = 1; i < sizeof(times) / sizeof(times[0]); i++) {
        struct instant before = { times[i - 1] };
        struct instant at = { times[i] };
        assert_before(key_expiry(&arena, before, run), key_expiry(&arena, at, run));
        assert_int_equal(instant_of_key(instant_to_key(at)).ms, at.ms);
    }
}

static void test_keys_are_taken_apart_as_they_were_made(void **state)
{
    struct run_key run = { 111122223333, 4000000000, UINT64_MAX - 1 };
    struct run_key found;
    struct instant expires;
    int64_t event_id;
    uint64_t number;

    (void)state;
    assert_true(key_parse_history(key_history(&arena, run, 77), &found, &event_id));
    assert_memory_equal(&found.account, &run.account, sizeof(run.account));
    assert_int_equal(found.domain, run.domain);
    assert_int_equal(found.run, run.run);
    assert_int_equal(event_id, 77);
    assert_true(
        key_parse_expiry(key_expiry(&arena, (struct instant){ 99 }, run), &expires, &found));
    assert_int_equal(expires.ms, 99);
    assert_int_equal(found.run, run.run);
    found = (struct run_key){ 0 };
    assert_true(key_parse_summary(key_summary(&arena, run), &found));
    assert_memory_equal(&found.account, &run.account, sizeof(run.account));
    assert_int_equal(found.domain, run.domain);
    assert_int_equal(found.run, run.run);
    assert_true(key_parse_turn(key_turn(&arena, 12), &number));
    assert_int_equal(number, 12);
    assert_true(key_parse_open(key_open(&arena, 13), &number));
    assert_int_equal(number, 13);
    assert_true(key_parse_heartbeat(key_heartbeat(&arena, 14, 15), &number, &event_id));
    assert_int_equal(number, 14);
    assert_int_equal(event_id, 15);
}

static void test_keys_of_another_shape_are_refused(void **state)
{
    struct run_key run;
    struct instant expires;
    int64_t event_id;
    uint64_t number;

    (void)state;
    assert_false(key_parse_turn(key_open(&arena, 1), &number));
    assert_false(key_parse_open(key_turn(&arena, 1), &number));
    assert_false(key_parse_turn(BYTES("t"), &number));
    assert_false(key_parse_heartbeat(key_open(&arena, 1), &number, &event_id));
    assert_false(key_parse_history(BYTES("short"), &run, &event_id));
    assert_false(
        key_parse_history(key_history(&arena, (struct run_key){ 1, 1, 1 }, -1), &run, &event_id));
    assert_false(
        key_parse_expiry(key_summary(&arena, (struct run_key){ 1, 1, 1 }), &expires, &run));
    assert_false(key_parse_summary(
        key_expiry(&arena, (struct instant){ 1 }, (struct run_key){ 1, 1, 1 }), &run));
    assert_false(key_parse_summary(BYTES("s"), &run));
}

/* Neither of two names can end where the other begins. */
static void test_names_do_not_run_together(void **state)
{
    (void)state;
    assert_false(bytes_equal(key_names(&arena, 1, 1, BYTES("ab"), BYTES("c")),
                             key_names(&arena, 1, 1, BYTES("a"), BYTES("bc"))));
    assert_false(bytes_equal(key_names(&arena, 1, 1, BYTES(""), BYTES("c")),
                             key_names(&arena, 1, 1, BYTES("c"), BYTES(""))));
}

/* Newest first: later times and, at the same time, higher numbers come earlier. */
static void test_list_rows_lie_newest_first(void **state)
{
    struct list_place place = {
        .account = 1, .domain = 1, .filter = CLOSED_BY_TAG, .value = BYTES("tag")
    };
    struct bytes prefix = list_prefix(&arena, &place);
    struct instant early = { 255 };
    struct instant late = { 256 };
    struct list_row row;

    (void)state;
    assert_before(list_row_key(&arena, prefix, late, 1), list_row_key(&arena, prefix, early, 9));
    assert_before(list_row_key(&arena, prefix, late, 256), list_row_key(&arena, prefix, late, 255));
    struct bytes key = list_row_key(&arena, prefix, late, 7);
    struct bytes value = list_row_value(&arena, key, 3, early);
    assert_true(list_row_open(key, value, &row));
    assert_int_equal(row.time.ms, late.ms);
    assert_int_equal(row.number, 7);
    assert_int_equal(row.run, 3);
    assert_int_equal(row.expires.ms, early.ms);
    assert_false(list_row_open(list_row_key(&arena, prefix, late, 8), value, &row));
    assert_false(list_row_open(BYTES("short"), value, &row));
}

/* No list's rows begin as another list's do. */
static void test_lists_are_apart(void **state)
{
    const struct list_place places[] = {
        { .filter = CLOSED_ALL },
        { .filter = CLOSED_ALL, .by_close_time = true },
        { .filter = CLOSED_BY_WORKFLOW_ID, .value = BYTES("a") },
        { .filter = CLOSED_BY_WORKFLOW_ID, .value = BYTES("ab") },
        { .filter = CLOSED_BY_TYPE_NAME, .value = BYTES("a") },
        { .filter = CLOSED_BY_TYPE, .value = BYTES("a"), .version = BYTES("bc") },
        { .filter = CLOSED_BY_TYPE, .value = BYTES("ab"), .version = BYTES("c") },
        { .filter = CLOSED_BY_TAG, .value = BYTES("") },
        { .filter = CLOSED_BY_TAG, .value = BYTES("a") },
        { .filter = CLOSED_BY_STATUS, .status = CLOSE_STATUS_FAILED },
        { .filter = CLOSED_BY_STATUS, .status = CLOSE_STATUS_TIMED_OUT },
        { .account = 1, .filter = CLOSED_ALL },
        { .domain = 1, .filter = CLOSED_ALL },
    };
    const size_t count = sizeof(places) / sizeof(places[0]);

    (void)state;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++) {
            struct bytes row = list_row_key(&arena, list_prefix(&arena, &places[i]),
                                            (struct instant){ 1 }, 1);
            assert_int_equal(bytes_starts_with(row, list_prefix(&arena, &places[j])), i == j);
        }
}

#define HERE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HERE(test_histories_lie_in_order),
        HERE(test_kinds_enclose_their_keys),
        HERE(test_instants_lie_in_order),
        HERE(test_keys_are_taken_apart_as_they_were_made),
        HERE(test_keys_of_another_shape_are_refused),
        HERE(test_names_do_not_run_together),
        HERE(test_list_rows_lie_newest_first),
        HERE(test_lists_are_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
