/*
 * Where callers must say who they are, figures of all accounts are shown by one listener alone.
 */
#include "stage.h"
#include <stdio.h>
#include <string.h>

static int set_up(void **state)
{
    struct credentials alice = people_user_keys("alice");
    struct people people;

    people_init(&people);
    people_add(&people, IN_A, "alice", ALLOW_ALL);
    *state = stage_new(&people, NULL);
    people_deinit(&people);
    stage_do(*state, &alice, "RegisterDomain",
             "{'name':'secret-plans','workflowExecutionRetentionPeriodInDays':'1'}");
    return 0;
}

static void ask(struct talk *talk, uint16_t port, const char *path)
{
    char request[200];
    int len = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path);

    talk_open(talk, port);
    talk_send(talk, bytes_of(request, (size_t)len));
    talk_receive(talk);
}

static bool tells(const struct talk *talk, const char *what)
{
    return memmem(talk->body.ptr, talk->body.len, what, strlen(what)) != NULL;
}

static void strangers_are_told_nothing(void **state)
{
    struct stage *stage = *state;
    struct talk talk;

    ask(&talk, stage->whole.port, "/metrics");
    assert_int_equal(talk_status(&talk), 404);
    assert_false(tells(&talk, "weir_"));
    talk_close(&talk);
    ask(&talk, stage->whole.port, "/healthz");
    assert_int_equal(talk_status(&talk), 200);
    assert_true(bytes_equal(talk.body, BYTES("{\"status\":\"ok\"}")));
    talk_close(&talk);
}

static void the_listener_for_it_shows_them(void **state)
{
    struct stage *stage = *state;
    struct talk talk;

    ask(&talk, stage->whole.metrics_port, "/metrics");
    assert_int_equal(talk_status(&talk), 200);
    assert_true(tells(&talk, "weir_call_seconds_count{Operation=\"RegisterDomain\"} 1\n"));
    talk_close(&talk);
    ask(&talk, stage->whole.metrics_port, "/healthz");
    assert_int_equal(talk_status(&talk), 200);
    assert_true(tells(&talk, "\"openExecutions\":0"));
    talk_close(&talk);
}

static void no_call_comes_in_there(void **state)
{
    struct credentials alice = people_user_keys("alice");
    struct stage *stage = *state;
    struct talk talk;

    talk_open(&talk, stage->whole.metrics_port);
    talk.is_unseen = true; /* no answer of the API */
    stage_ask(stage, &talk, &alice, "ListDomains", "{'registrationStatus':'REGISTERED'}");
    talk_receive(&talk);
    assert_int_equal(talk_status(&talk), 404);
    assert_false(tells(&talk, "secret-plans"));
    talk_close(&talk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(strangers_are_told_nothing, set_up, stage_tear_down),
        cmocka_unit_test_setup_teardown(the_listener_for_it_shows_them, set_up, stage_tear_down),
        cmocka_unit_test_setup_teardown(no_call_comes_in_there, set_up, stage_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
