#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "store/record.h"
#include "store/summary.h"
#include "store/turn_record.h"
#include "store/value.h"

static struct arena arena;
static const struct run_key run = { 1, 2, 3 };

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

static void test_events_are_read_from_both_ends(void **state)
{
    const struct bytes events[] = { BYTES("one"), BYTES(""), BYTES("three") };
    struct bytes key = key_history(&arena, run, 5);
    struct record record;

    (void)state;
    assert_true(record_decode(key, record_encode(&arena, key, 5, events, 3), &record));
    assert_int_equal(record.first, 5);
    assert_int_equal(record_last(&record), 7);
    struct record_place place = record_place_of(&record, 5);
    for (int i = 0; i < 3; i++, record_next(&record, &place))
        assert_true(bytes_equal(record_text(&record, place), events[i]));
    for (int i = 2; i >= 0; i--) {
        record_prev(&record, &place);
        assert_true(bytes_equal(record_text(&record, place), events[i]));
        struct record_place found = record_place_of(&record, 5 + i);
        assert_int_equal(found.index, place.index);
        assert_int_equal(found.offset, place.offset);
    }
}

/* What a writer with a bug could have left: the checksum is right, the content is not. */
static void test_content_that_does_not_fit_is_refused(void **state)
{
    struct bytes key = key_history(&arena, run, 5);
    struct record record;
    static const struct bytes contents[] = {
        BYTES(""),
        BYTES("\0\0\0\0\0\0\0\5"
              "\0\0\0\0"), /* no event */
        BYTES("\0\0\0\0\0\0\0\6"
              "\0\0\0\1"
              "\0\0\0\1"
              "x"), /* another first id */
        BYTES("\0\0\0\0\0\0\0\5"
              "\0\0\0\1"
              "\0\0\0\2"
              "x"), /* too short */
        BYTES("\0\0\0\0\0\0\0\5"
              "\0\0\0\1"
              "\0\0\0\1"
              "xy"), /* too long */
        BYTES("\0\0\0\0\0\0\0\5"
              "\xff\xff\xff\xff"
              "\0\0\0\1"
              "x"), /* too many */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++)
        assert_false(record_decode(key, value_of(&arena, key, contents[i]), &record));
}

static void test_names_come_back(void **state)
{
    struct run_opening names = { BYTES("workflow"), BYTES("run") };
    struct run_opening found;
    struct bytes key = key_history(&arena, run, NAMES_EVENT_ID);

    (void)state;
    assert_true(names_decode(key, names_encode(&arena, key, &names), &found));
    assert_true(bytes_equal(found.workflow_id, names.workflow_id));
    assert_true(bytes_equal(found.run_id, names.run_id));
}

/* A heartbeat alone leaves no trace in the turn's record. */
static void test_turn_record_names_what_changed(void **state)
{
    struct run_opening names = { BYTES("workflow"), BYTES("run") };
    struct run_closing closing = { 0 };
    struct run_change runs[] = {
        { .key = { 1, 1, 7 }, .event_count = 2, .opening = &names },
        { .key = { 1, 1, 8 }, .builds_on = 4, .heartbeat_count = 1 },
        { .key = { 1, 1, 9 }, .builds_on = 4, .event_count = 3, .closing = &closing },
        { .key = { 1, 1, 5 }, .builds_on = 1, .event_count = 1 },
    };
    struct commit commit = { .turn = 3, .next_run = 10, .runs = runs, .run_count = 4 };
    struct bytes key = key_turn(&arena, 3);
    struct turn_record record;

    (void)state;
    struct bytes value = turn_record_encode(&arena, key, &commit, (struct instant){ -5 }, 4);
    assert_true(turn_record_decode(key, value, &record));
    assert_int_equal(record.turn, 3);
    assert_int_equal(record.next_run, 10);
    assert_int_equal(record.next_close, 4);
    assert_int_equal(record.clock.ms, -5);
    assert_int_equal(record.run_count, 3);
    struct turn_run opened = turn_record_next_run(&record);
    struct turn_run closed = turn_record_next_run(&record);
    struct turn_run grown = turn_record_next_run(&record);
    assert_true(opened.key.run == 7 && opened.last_event_id == 2 && opened.opened &&
                !opened.closed);
    assert_true(closed.key.run == 9 && closed.last_event_id == 7 && !closed.opened &&
                closed.closed);
    assert_true(grown.key.run == 5 && grown.last_event_id == 2 && !grown.opened && !grown.closed);
}

static void test_summary_keeps_tags_apart(void **state)
{
    const struct bytes tags[] = { BYTES("a"), BYTES(""), BYTES_ABSENT };
    struct summary summary = {
        .closing = { .close_status = CLOSE_STATUS_CANCELED,
                     .workflow_id = BYTES("w"),
                     .run_id = BYTES("r"),
                     .type_name = BYTES("t"),
                     .type_version = BYTES(""),
                     .tags = { tags, 3 },
                     .info_json = BYTES("{}") },
        .last_event_id = 9,
        .close_number = 12,
    };
    struct run_closing *closing = &summary.closing;
    struct summary decoded;
    struct run_closing *found = &decoded.closing;
    struct bytes key = key_summary(&arena, run);

    (void)state;
    assert_true(summary_decode(key, summary_encode(&arena, key, &summary), &arena, &decoded));
    assert_int_equal(decoded.last_event_id, 9);
    assert_int_equal(decoded.close_number, 12);
    assert_int_equal(found->close_status, CLOSE_STATUS_CANCELED);
    assert_int_equal(found->tags.count, 3);
    assert_true(bytes_equal(found->tags.items[0], BYTES("a")));
    assert_true(!bytes_is_absent(found->tags.items[1]) && found->tags.items[1].len == 0);
    assert_true(bytes_is_absent(found->tags.items[2]));
    assert_true(bytes_is_absent(found->detail_json));
    closing->tags = (struct bytes_list){ 0 };
    assert_true(summary_decode(key, summary_encode(&arena, key, &summary), &arena, &decoded));
    assert_null(found->tags.items);
    closing->tags = (struct bytes_list){ tags, 0 };
    assert_true(summary_decode(key, summary_encode(&arena, key, &summary), &arena, &decoded));
    assert_non_null(found->tags.items);
    assert_int_equal(found->tags.count, 0);
}

#define HERE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HERE(test_events_are_read_from_both_ends),
        HERE(test_content_that_does_not_fit_is_refused),
        HERE(test_names_come_back),
        HERE(test_turn_record_names_what_changed),
        HERE(test_summary_keeps_tags_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
