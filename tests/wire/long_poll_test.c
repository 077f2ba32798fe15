/*
 * Polls that are held: when they are answered, who is served first, and what becomes of those whose
 * client goes away.
 */
#include "script.h"
#include <sys/resource.h>
#include <sys/socket.h>

static int registered_setup(void **state)
{
    script_setup(state);
    script_register(*state);
    return 0;
}

#define test(f) cmocka_unit_test_setup_teardown(f, registered_setup, script_teardown)

#define DECISIONS "{'domain':'d','taskList':{'name':'deciders'}}"
#define ACTIVITIES "{'domain':'d','taskList':{'name':'workers'}}"
#define NO_DECISION "{'previousStartedEventId':0,'startedEventId':0}"
#define NO_ACTIVITY "{'startedEventId':0}"
#define HOLD_MS 60000
#define START(id)                                                                         \
    GET("StartWorkflowExecution",                                                         \
        "{'domain':'d','workflowId':'" id "','workflowType':{'name':'w','version':'1'}}", \
        "{'runId':'<" id "-run>'}")
#define FIRST_TASK(id)                                                                      \
    "{'events':[" BEGUN "],'previousStartedEventId':0,'startedEventId':3,'taskToken':'<" id \
    "-task>',"                                                                              \
    "'workflowExecution':{'runId':'<" id "-run>','workflowId':'" id "'},"                   \
    "'workflowType':{'name':'w','version':'1'}}"

/* A poll on a connection of its own, held now as the `count`-th. */
static void hold(struct script *script, struct talk *talk, const char *operation,
                 const char *request, uint64_t count)
{
    talk_open(talk, script->whole.port);
    script_ask(script, talk, operation, request);
    whole_server_await_polls(&script->whole, count);
}

/* ---- nothing comes ---- */

static void a_poll_is_held_for_its_time_and_no_longer(void **state)
{
    struct script *script = *state;
    struct talk decider, worker;

    hold(script, &decider, "PollForDecisionTask", DECISIONS, 1);
    hold(script, &worker, "PollForActivityTask", ACTIVITIES, 2);
    script_advance(script, HOLD_MS - 1);
    whole_server_await_polls(&script->whole, 2);
    assert_false(talk_has_reply(&decider) || talk_has_reply(&worker));
    script_advance(script, 1);
    script_expect(script, &decider, 200, NO_DECISION);
    script_expect(script, &worker, 200, NO_ACTIVITY);
    talk_close(&decider);
    talk_close(&worker);
}

static void the_oldest_poll_ends_first(void **state)
{
    struct script *script = *state;
    struct talk first, second;

    hold(script, &first, "PollForDecisionTask", DECISIONS, 1);
    script_advance(script, 1000);
    hold(script, &second, "PollForDecisionTask", DECISIONS, 2);
    script_advance(script, HOLD_MS - 1000);
    script_expect(script, &first, 200, NO_DECISION);
    assert_false(talk_has_reply(&second));
    script_advance(script, 1000);
    script_expect(script, &second, 200, NO_DECISION);
    talk_close(&first);
    talk_close(&second);
}

static void the_connection_can_be_used_again(void **state)
{
    struct script *script = *state;
    struct talk talk;

    hold(script, &talk, "PollForDecisionTask", DECISIONS, 1);
    script_advance(script, HOLD_MS);
    script_expect(script, &talk, 200, NO_DECISION);
    script_ask(script, &talk, "PollForActivityTask", ACTIVITIES);
    whole_server_await_polls(&script->whole, 1);
    script_advance(script, HOLD_MS);
    script_expect(script, &talk, 200, NO_ACTIVITY);
    talk_close(&talk);
}

static void an_empty_token_for_those_who_want_it(void **state)
{
    struct whole_server_options options = { .limits = LIMITS_DOCUMENTED, .empty_poll_token = true };
    struct script *script = script_new(&options);
    struct talk decider, worker;

    (void)state;
    script_register(script);
    hold(script, &decider, "PollForDecisionTask", DECISIONS, 1);
    hold(script, &worker, "PollForActivityTask", ACTIVITIES, 2);
    script_advance(script, HOLD_MS);
    script_expect(script, &decider, 200,
                  "{'previousStartedEventId':0,'startedEventId':0,'taskToken':''}");
    script_expect(script, &worker, 200, "{'startedEventId':0,'taskToken':''}");
    talk_close(&decider);
    talk_close(&worker);
    script_free(script);
}

static void held_polls_are_answered_when_the_server_ends(void **state)
{
    struct script *script = *state;
    struct talk decider, worker;

    hold(script, &decider, "PollForDecisionTask", DECISIONS, 1);
    hold(script, &worker, "PollForActivityTask", ACTIVITIES, 2);
    whole_server_end(&script->whole);
    script_expect(script, &decider, 200, NO_DECISION);
    script_expect(script, &worker, 200, NO_ACTIVITY);
    assert_true(bytes_equal_cstr(talk_header(&decider, "Connection"), "close"));
    talk_close(&decider);
    talk_close(&worker);
}

/* ---- something comes ---- */

static void a_decision_task_is_handed_out_the_moment_it_is_there(void **state)
{
    struct script *script = *state;
    struct talk decider;

    hold(script, &decider, "PollForDecisionTask", DECISIONS, 1);
    PLAY(script, START("id"));
    script_expect(script, &decider, 200, FIRST_TASK("id"));
    whole_server_await_polls(&script->whole, 0);
    talk_close(&decider);
}

static void an_activity_task_is_handed_out_the_moment_it_is_there(void **state)
{
    struct script *script = *state;
    struct talk worker;

    script_start(script, "id");
    hold(script, &worker, "PollForActivityTask", ACTIVITIES, 1);
    PLAY(script, DO("RespondDecisionTaskCompleted",
                    "{'taskToken':'<id-task>','decisions':[{'decisionType':'ScheduleActivityTask',"
                    "'scheduleActivityTaskDecisionAttributes':{'activityId':'1',"
                    "'activityType':{'name':'a','version':'1'}}}]}"));
    script_expect(
        script, &worker, 200,
        "{'activityId':'1','activityType':{'name':'a','version':'1'},'startedEventId':6,"
        "'taskToken':'<activity>','workflowExecution':{'runId':'<id-run>','workflowId':'id'}}");
    talk_close(&worker);
}

static void a_timer_wakes_the_decider(void **state)
{
    struct script *script = *state;
    struct talk decider;

    script_start(script, "id");
    PLAY(script, DO("RespondDecisionTaskCompleted",
                    "{'taskToken':'<id-task>','decisions':[{'decisionType':'StartTimer',"
                    "'startTimerDecisionAttributes':{'timerId':'t','startToFireTimeout':'10'}}]}"));
    hold(script, &decider, "PollForDecisionTask", DECISIONS, 1);
    script_advance(script, 10000);
    script_expect(
        script, &decider, 200,
        "{'events':[" LIST(
            DECIDED,
            EVENT_AFTER(5, BEGIN, "TimerStarted", "timerStarted",
                        "'decisionTaskCompletedEventId':4,'startToFireTimeout':'10','timerId':'t'"),
            EVENT_AFTER(6, "1.326592629474E9", "TimerFired", "timerFired",
                        "'startedEventId':5,'timerId':'t'"),
            DECISION_SCHEDULED(7, "1.326592629474E9"),
            DECISION_STARTED(
                8, "1.326592629474E9",
                7)) "],'previousStartedEventId':3,'startedEventId':8,'taskToken':'<task>',"
                    "'workflowExecution':{'runId':'<id-run>','workflowId':'id'},"
                    "'workflowType':{'name':'w','version':'1'}}");
    talk_close(&decider);
}

static void first_come_first_served(void **state)
{
    struct script *script = *state;
    struct talk first, second, third;

    hold(script, &first, "PollForDecisionTask", DECISIONS, 1);
    hold(script, &second, "PollForDecisionTask", DECISIONS, 2);
    hold(script, &third, "PollForDecisionTask", DECISIONS, 3);
    PLAY(script, START("one"));
    script_expect(script, &first, 200, FIRST_TASK("one"));
    assert_false(talk_has_reply(&second) || talk_has_reply(&third));
    PLAY(script, START("two"));
    script_expect(script, &second, 200, FIRST_TASK("two"));
    assert_false(talk_has_reply(&third));
    PLAY(script, START("three"));
    script_expect(script, &third, 200, FIRST_TASK("three"));
    talk_close(&first);
    talk_close(&second);
    talk_close(&third);
}

static void other_lists_are_other_lists(void **state)
{
    struct script *script = *state;
    struct talk elsewhere, other, worker;

    PLAY(script, DO("RegisterDomain", "{'name':'e','workflowExecutionRetentionPeriodInDays':'1'}"));
    hold(script, &elsewhere, "PollForDecisionTask", "{'domain':'e','taskList':{'name':'deciders'}}",
         1);
    hold(script, &other, "PollForDecisionTask", "{'domain':'d','taskList':{'name':'Deciders'}}", 2);
    hold(script, &worker, "PollForActivityTask", "{'domain':'d','taskList':{'name':'deciders'}}",
         3);
    script_start(script, "id"); /* whose own poll gets it */
    whole_server_await_polls(&script->whole, 3);
    assert_false(talk_has_reply(&elsewhere) || talk_has_reply(&other) || talk_has_reply(&worker));
    talk_close(&elsewhere);
    talk_close(&other);
    talk_close(&worker);
}

/* ---- the client goes away ---- */

/* A run starts when nobody polls any more: its task waits for the next one. */
static void expect_no_task_was_lost(struct script *script)
{
    whole_server_await_polls(&script->whole, 0);
    PLAY(script, START("id"));
    EXPECT_HISTORY(script, "id", STARTED(BEGIN), DECISION_SCHEDULED(2, BEGIN));
    PLAY(script, GET("PollForDecisionTask", DECISIONS, FIRST_TASK("id")));
}

static void a_client_that_closed_gets_no_task(void **state)
{
    struct talk decider;

    hold(*state, &decider, "PollForDecisionTask", DECISIONS, 1);
    talk_close(&decider);
    expect_no_task_was_lost(*state);
}

static void a_client_that_reset_gets_no_task(void **state)
{
    struct talk decider;

    hold(*state, &decider, "PollForDecisionTask", DECISIONS, 1);
    talk_reset(&decider);
    expect_no_task_was_lost(*state);
}

/* The end of what it sends is seen, although it still reads. */
static void a_client_that_sends_no_more_gets_no_task(void **state)
{
    struct talk decider;

    hold(*state, &decider, "PollForDecisionTask", DECISIONS, 1);
    assert_int_equal(shutdown(decider.fd, SHUT_WR), 0);
    expect_no_task_was_lost(*state);
    talk_close(&decider);
}

static void the_next_in_line_gets_it(void **state)
{
    struct script *script = *state;
    struct talk closed, reset, waiting;

    hold(script, &closed, "PollForDecisionTask", DECISIONS, 1);
    hold(script, &reset, "PollForDecisionTask", DECISIONS, 2);
    hold(script, &waiting, "PollForDecisionTask", DECISIONS, 3);
    talk_close(&closed);
    talk_reset(&reset);
    whole_server_await_polls(&script->whole, 1);
    PLAY(script, START("id"));
    script_expect(script, &waiting, 200, FIRST_TASK("id"));
    talk_close(&waiting);
}

static void a_worker_that_went_away_gets_no_activity(void **state)
{
    struct script *script = *state;
    struct talk worker;

    hold(script, &worker, "PollForActivityTask", ACTIVITIES, 1);
    talk_close(&worker);
    whole_server_await_polls(&script->whole, 0);
    script_start(script, "id");
    PLAY(script, DO("RespondDecisionTaskCompleted",
                    "{'taskToken':'<id-task>','decisions':[{'decisionType':'ScheduleActivityTask',"
                    "'scheduleActivityTaskDecisionAttributes':{'activityId':'1',"
                    "'activityType':{'name':'a','version':'1'}}}]}"));
    EXPECT_HISTORY(script, "id", DECIDED, ACTIVITY_SCHEDULED(5, BEGIN, "1", 4));
}

/* ---- too many ---- */

#define TOO_MANY "Limit on maximum concurrent poll requests per task list reached"
#define MANY 1000

/* Both ends of every connection are in this process. */
static bool may_open_many(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return false;
    limit.rlim_cur = limit.rlim_max;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= 2 * MANY + 100;
}

static void a_thousand_polls_and_no_more(void **state)
{
    struct script *script = *state;
    static struct talk held[MANY];

    if (!may_open_many()) {
        print_message("left out: too few files may be open\n");
        skip();
    }
    for (uint64_t i = 0; i < MANY; i++)
        hold(script, &held[i], "PollForDecisionTask", DECISIONS, i + 1);
    PLAY(script, FAULT("PollForDecisionTask", DECISIONS, "LimitExceededFault", TOO_MANY));
    talk_close(&held[0]);
    whole_server_await_polls(&script->whole, MANY - 1);
    hold(script, &held[0], "PollForDecisionTask", DECISIONS, MANY);
    PLAY(script, FAULT("PollForDecisionTask", DECISIONS, "LimitExceededFault", TOO_MANY),
         START("id"));
    script_expect(script, &held[1], 200, FIRST_TASK("id"));
    for (int i = 0; i < MANY; i++)
        talk_close(&held[i]);
}

static void each_list_has_its_own_limit(void **state)
{
    struct whole_server_options options = { .limits = LIMITS_DOCUMENTED };
    struct talk decider, worker, other;

    (void)state;
    options.limits.pollers_per_list = 1;
    struct script *script = script_new(&options);
    script_register(script);
    hold(script, &decider, "PollForDecisionTask", DECISIONS, 1);
    hold(script, &worker, "PollForActivityTask", "{'domain':'d','taskList':{'name':'deciders'}}",
         2);
    hold(script, &other, "PollForActivityTask", ACTIVITIES, 3);
    PLAY(script, FAULT("PollForDecisionTask", DECISIONS, "LimitExceededFault", TOO_MANY),
         FAULT("PollForActivityTask", ACTIVITIES, "LimitExceededFault", TOO_MANY));
    talk_close(&decider);
    talk_close(&worker);
    talk_close(&other);
    script_free(script);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(a_poll_is_held_for_its_time_and_no_longer),
        test(the_oldest_poll_ends_first),
        test(the_connection_can_be_used_again),
        test(an_empty_token_for_those_who_want_it),
        test(held_polls_are_answered_when_the_server_ends),
        test(a_decision_task_is_handed_out_the_moment_it_is_there),
        test(an_activity_task_is_handed_out_the_moment_it_is_there),
        test(a_timer_wakes_the_decider),
        test(first_come_first_served),
        test(other_lists_are_other_lists),
        test(a_client_that_closed_gets_no_task),
        test(a_client_that_reset_gets_no_task),
        test(a_client_that_sends_no_more_gets_no_task),
        test(the_next_in_line_gets_it),
        test(a_worker_that_went_away_gets_no_activity),
        test(a_thousand_polls_and_no_more),
        test(each_list_has_its_own_limit),
    };

    return cmocka_run_group_tests_name("long polls", tests, NULL, NULL);
}
