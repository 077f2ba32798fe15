/* Answers to polls, right and wrong. */
#include "bench/task.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
/* after its prerequisites */
#include <cmocka.h>

#define STARTED "{\"eventId\":1,\"eventType\":\"WorkflowExecutionStarted\"}"
#define SCHEDULED "{\"eventId\":2,\"eventType\":\"DecisionTaskScheduled\"}"
#define TAKEN "{\"eventId\":3,\"eventType\":\"DecisionTaskStarted\"}"
#define SIGNALED                                                  \
    "{\"eventId\":4,\"eventType\":\"WorkflowExecutionSignaled\"," \
    "\"workflowExecutionSignaledEventAttributes\":{\"input\":\"7:abc\"}}"
#define FIRED                                                                          \
    "{\"eventId\":5,\"timerFiredEventAttributes\":{\"timerId\":\"12\"},\"eventType\":" \
    "\"TimerFired\"}"
#define AGAIN "{\"eventId\":6,\"eventType\":\"DecisionTaskStarted\"}"
#define TIMED_OUT "{\"eventId\":6,\"eventType\":\"ActivityTaskTimedOut\"}"

static struct json_reader *json;
static struct task_news news;
static struct task task;
static char body[8192];

/* What is wrong with a page of these events. */
static const char *read_page(const char *events, int previous, int started, bool is_whole,
                             const char *more)
{
    int len = snprintf(body, sizeof body,
                       "{\"taskToken\":\"T\",\"workflowExecution\":{\"runId\":\"r\",\"workflowId\":"
                       "\"w\"},\"previousStartedEventId\":%d,\"startedEventId\":%d,%s"
                       "\"events\":[%s]}",
                       previous, started, more, events);
    return task_read_decision(json, bytes_of(body, (size_t)len), is_whole, &task, &news);
}

static void expect_news(size_t place, enum happening what, uint32_t number)
{
    assert_true(place < news.count);
    assert_int_equal(news.items[place].what, what);
    assert_int_equal(news.items[place].number, number);
}

static int start(void **state)
{
    (void)state;
    json = json_reader_new();
    return 0;
}

static int stop(void **state)
{
    (void)state;
    json_reader_free(json);
    task_news_deinit(&news);
    return 0;
}

static int reset(void **state)
{
    (void)state;
    task_news_reset(&news);
    return 0;
}

static void a_task_is_read(void **state)
{
    (void)state;
    assert_null(read_page(STARTED "," SCHEDULED "," TAKEN, 0, 3, true, ""));
    assert_true(bytes_equal_cstr(task.token, "T"));
    assert_true(bytes_equal_cstr(task.workflow_id, "w"));
    assert_int_equal(task.started_id, 3);
    assert_int_equal(news.count, 0);
}

static void only_what_is_new_is_told(void **state)
{
    (void)state;
    assert_null(read_page(STARTED "," SCHEDULED "," TAKEN "," SIGNALED "," FIRED "," AGAIN, 3, 6,
                          true, ""));
    assert_int_equal(news.count, 2);
    expect_news(0, HAPPENED_SIGNAL, 7);
    expect_news(1, HAPPENED_STEP_DONE, 12);
    task_news_reset(&news);
    assert_null(read_page(STARTED "," SCHEDULED "," TAKEN "," SIGNALED "," FIRED "," AGAIN, 4, 6,
                          true, ""));
    assert_int_equal(news.count, 1);
}

static void a_history_may_begin_at_the_last_task(void **state)
{
    (void)state;
    assert_null(read_page(TAKEN "," SIGNALED "," FIRED "," AGAIN, 3, 6, false, ""));
    assert_int_equal(news.count, 2);
    task_news_reset(&news);
    assert_non_null(read_page(TAKEN "," SIGNALED "," FIRED "," AGAIN, 3, 6, true, ""));
}

static void pages_follow_each_other(void **state)
{
    (void)state;
    assert_null(read_page(STARTED "," SCHEDULED "," TAKEN "," SIGNALED, 3, 6, true,
                          "\"nextPageToken\":\"N\","));
    assert_true(bytes_equal_cstr(task.next_page_token, "N"));
    assert_null(read_page(FIRED "," AGAIN, 3, 6, true, ""));
    assert_true(bytes_is_absent(task.next_page_token));
    assert_int_equal(news.count, 2);
}

/* What is wrong with a page of a history that was asked for. */
static const char *read_history(const char *events, const char *more, struct bytes *next)
{
    int len = snprintf(body, sizeof body, "{%s\"events\":[%s]}", more, events);
    return task_read_history(json, bytes_of(body, (size_t)len), next, &news);
}

static void a_history_is_read_page_by_page(void **state)
{
    struct bytes next;
    (void)state;
    assert_null(read_history(STARTED "," SCHEDULED "," TAKEN "," SIGNALED,
                             "\"nextPageToken\":\"N\",", &next));
    assert_true(bytes_equal_cstr(next, "N"));
    assert_string_equal(read_history(AGAIN, "", &next),
                        "an event of a history is lost, there twice or out of order");
    task_news_reset(&news);
    assert_null(read_history(STARTED "," SCHEDULED "," TAKEN "," SIGNALED,
                             "\"nextPageToken\":\"N\",", &next));
    assert_null(read_history(FIRED "," AGAIN, "", &next));
    assert_true(bytes_is_absent(next));
    assert_int_equal(news.count, 2);
    expect_news(1, HAPPENED_STEP_DONE, 12);
}

static void a_failure_is_unwanted(void **state)
{
    (void)state;
    assert_null(read_page(STARTED "," SCHEDULED "," TAKEN "," SIGNALED "," FIRED "," TIMED_OUT, 3,
                          6, true, ""));
    expect_news(2, HAPPENED_UNWANTED, 0);
}

static void a_gap_is_seen(void **state)
{
    (void)state;
    assert_string_equal(read_page(STARTED "," TAKEN, 0, 3, true, ""),
                        "an event of a history is lost, there twice or out of order");
}

static void an_early_end_is_seen(void **state)
{
    (void)state;
    assert_string_equal(read_page(STARTED "," SCHEDULED, 0, 3, true, ""),
                        "the events of a decision task do not end with its start");
}

static void nothing_is_no_task(void **state)
{
    static const char *const bodies[] = {
        "{\"previousStartedEventId\":0,\"startedEventId\":0}",
        "{\"taskToken\":\"\",\"previousStartedEventId\":0,\"startedEventId\":0}",
    };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        int len = snprintf(body, sizeof body, "%s", bodies[i]);
        assert_null(task_read_decision(json, bytes_of(body, (size_t)len), true, &task, &news));
        assert_true(bytes_is_absent(task.token));
        assert_true(task_read_activity(json, bytes_of(body, (size_t)len), &task));
        assert_true(bytes_is_absent(task.token));
    }
}

static void rubbish_is_seen(void **state)
{
    static const char *const bodies[] = { "", "[]", "{\"taskToken\":\"T\"}", "<html>" };

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        int len = snprintf(body, sizeof body, "%s", bodies[i]);
        assert_non_null(task_read_decision(json, bytes_of(body, (size_t)len), true, &task, &news));
        assert_false(task_read_activity(json, bytes_of(body, (size_t)len), &task));
    }
}

static void numbers_stand_in_front(void **state)
{
    (void)state;
    assert_int_equal(task_number(BYTES("17:xyz")), 17);
    assert_int_equal(task_number(BYTES("17")), 17);
    assert_int_equal(task_number(BYTES("0:")), 0);
    assert_int_equal(task_number(BYTES("17x")), UINT32_MAX);
    assert_int_equal(task_number(BYTES("")), UINT32_MAX);
    assert_int_equal(task_number(BYTES_ABSENT), UINT32_MAX);
    assert_int_equal(task_number(BYTES("12345678901")), UINT32_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_task_is_read, reset),
        cmocka_unit_test_setup(only_what_is_new_is_told, reset),
        cmocka_unit_test_setup(a_history_may_begin_at_the_last_task, reset),
        cmocka_unit_test_setup(pages_follow_each_other, reset),
        cmocka_unit_test_setup(a_history_is_read_page_by_page, reset),
        cmocka_unit_test_setup(a_failure_is_unwanted, reset),
        cmocka_unit_test_setup(a_gap_is_seen, reset),
        cmocka_unit_test_setup(an_early_end_is_seen, reset),
        cmocka_unit_test_setup(nothing_is_no_task, reset),
        cmocka_unit_test_setup(rubbish_is_seen, reset),
        cmocka_unit_test_setup(numbers_stand_in_front, reset),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
