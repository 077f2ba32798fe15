/*
 * Histories as clients write them down: pages, lists, dates, the wrong way round; and what is no
 * history.
 */
#include "history/read.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define FIRST_AT(time)                                                                       \
    "{\"eventId\":1,\"eventTimestamp\":" time ",\"eventType\":\"WorkflowExecutionStarted\"," \
    "\"workflowExecutionStartedEventAttributes\":{\"childPolicy\":\"ABANDON\"}}"
#define SECOND_AT(time)                                                                     \
    "{\"decisionTaskScheduledEventAttributes\":{\"taskList\":{\"name\":\"a \\\"}{\\\\\"}}," \
    "\"eventId\":2,\"eventTimestamp\":" time ",\"eventType\":\"DecisionTaskScheduled\"}"
#define FIRST FIRST_AT("1.5")
#define SECOND SECOND_AT("2")

struct fixture {
    struct json_reader *reader;
    struct arena arena;
    struct text problem;
    struct history history;
};

static int setup(void **state)
{
    static struct fixture fixture;

    fixture.reader = json_reader_new();
    arena_init(&fixture.arena, "test", HISTORY_READ_BYTES(4096));
    text_init(&fixture.problem, 4096);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    json_reader_free(fixture->reader);
    arena_deinit(&fixture->arena);
    text_deinit(&fixture->problem);
    return 0;
}

#define test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

static void read_well(struct fixture *fixture, const char *text)
{
    arena_reset(&fixture->arena);
    if (!history_read(fixture->reader, bytes_of_cstr(text), &fixture->arena, &fixture->history,
                      &fixture->problem))
        fail_msg("%s: %.*s", text, BYTES_FMT(text_bytes(&fixture->problem)));
}

static void assert_both(struct fixture *fixture, const char *text)
{
    read_well(fixture, text);
    assert_int_equal(fixture->history.count, 2);
    assert_int_equal(fixture->history.events[0].id, 1);
    assert_int_equal(fixture->history.events[0].timestamp.ms, 1500);
    assert_int_equal(fixture->history.events[1].type, EVENT_DECISION_TASK_SCHEDULED);
    assert_int_equal(fixture->history.events[1].timestamp.ms, 2000);
    assert_true(fixture->history.has_times);
}

static void in_every_form(void **state)
{
    assert_both(*state, "{\"events\":[" FIRST "," SECOND "]}");
    assert_both(*state, " [" FIRST "," SECOND "]\n\t");
    assert_both(*state,
                "{\"events\":[" FIRST "],\"nextPageToken\":\"t\"}{\"events\":[" SECOND "]}");
    assert_both(*state, "[" FIRST "]\r\n[" SECOND "]");
    assert_both(*state, "{\"taskToken\":\"t\",\"events\":[" FIRST "," SECOND "]}");
    assert_both(*state, "{\"events\":[" SECOND "," FIRST "]}");
    assert_both(*state, "[" SECOND "] [" FIRST "]");
    assert_both(*state, "[" FIRST_AT("\"1970-01-01T01:00:01.500+01:00\"") "," SECOND_AT(
                            "\"1970-01-01T00:00:02Z\"") "]");
}

static void cut_when_more_would_come(void **state)
{
    struct fixture *fixture = *state;

    read_well(fixture, "{\"events\":[" FIRST "],\"nextPageToken\":\"t\"}");
    assert_true(fixture->history.is_cut);
    read_well(fixture, "{\"events\":[" FIRST "],\"nextPageToken\":null}");
    assert_false(fixture->history.is_cut);
    read_well(fixture, "{\"events\":[" FIRST "],\"nextPageToken\":\"t\"} [" SECOND "]");
    assert_false(fixture->history.is_cut);
    read_well(fixture, "{\"events\":[" SECOND "," FIRST "],\"nextPageToken\":\"t\"}");
    assert_false(fixture->history.is_cut);
}

static void without_times(void **state)
{
    struct fixture *fixture = *state;

    read_well(fixture, "[{\"eventId\":1,\"eventType\":\"WorkflowExecutionStarted\","
                       "\"workflowExecutionStartedEventAttributes\":{}}," SECOND_AT("null") "]");
    assert_false(fixture->history.has_times);
    read_well(fixture, "");
    assert_int_equal(fixture->history.count, 0);
}

static void what_is_no_history(void **state)
{
    static const struct {
        const char *text, *problem;
    } rows[] = {
        { "hello", "page 1: is not JSON" },
        { "{\"events\":[" FIRST "]", "page 1: is not JSON" },
        { "[" FIRST "] x", "page 2: is not JSON" },
        { "]", "page 1: is not JSON" },
        { "\"events\"", "page 1: has no list of events" },
        { "{}", "page 1: has no list of events" },
        { "{\"events\":{}}", "page 1: has no list of events" },
        { "[" FIRST ",7]", "page 1: item 2 is not an event" },
        { "[" FIRST_AT("\"yesterday\"") "]", "page 1: item 1 is not an event" },
        { "[" FIRST_AT("true") "]", "page 1: item 1 is not an event" },
        { "[{\"eventId\":1,\"eventType\":\"Nothing\"}]", "page 1: item 1 is not an event" },
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        text_reset(&fixture->problem);
        assert_false(history_read(fixture->reader, bytes_of_cstr(rows[i].text), &fixture->arena,
                                  &fixture->history, &fixture->problem));
        if (!bytes_equal_cstr(text_bytes(&fixture->problem), rows[i].problem))
            fail_msg("%s: %.*s", rows[i].text, BYTES_FMT(text_bytes(&fixture->problem)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(in_every_form),
        test(cut_when_more_would_come),
        test(without_times),
        test(what_is_no_history),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
