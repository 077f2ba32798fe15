/*
 * PollForDecisionTask: what is handed out. How polls wait is in long_poll_test.c.
 */
#include "script.h"

static int started_setup(void **state)
{
    script_setup(state);
    script_register(*state);
    PLAY(*state, GET("StartWorkflowExecution",
                     "{'domain':'d','workflowId':'id','workflowType':{'name':'w','version':'1'}}",
                     "{'runId':'<id-run>'}"));
    return 0;
}

#define test(f) cmocka_unit_test_setup_teardown(f, started_setup, script_teardown)

#define POLL(rest) "{'domain':'d','taskList':{'name':'deciders'}" rest "}"
#define TASK(events, previous, started, rest)                            \
    "{'events':[" events "]" rest ",'previousStartedEventId':" #previous \
    ",'startedEventId':" #started ",'taskToken':'<task>',"               \
    "'workflowExecution':{'runId':'<id-run>','workflowId':'id'},"        \
    "'workflowType':{'name':'w','version':'1'}}"
#define E1 STARTED(BEGIN)
#define E2 DECISION_SCHEDULED(2, BEGIN)
#define E3 DECISION_STARTED(3, BEGIN, 2)
#define SIGNAL DO("SignalWorkflowExecution", "{'domain':'d','workflowId':'id','signalName':'s'}")
#define SIGNALED(id)                                                                 \
    EVENT_AFTER(id, BEGIN, "WorkflowExecutionSignaled", "workflowExecutionSignaled", \
                "'externalInitiatedEventId':0,'signalName':'s'")

static void the_first_task_shows_the_whole_history(void **state)
{
    PLAY(*state, GET("PollForDecisionTask", POLL(""), TASK(LIST(E1, E2, E3), 0, 3, "")));
    EXPECT_HISTORY(*state, "id", BEGUN);
}

static void the_identity_is_recorded(void **state)
{
    PLAY(*state, GET("PollForDecisionTask", POLL(",'identity':'me \\'n\\' you'"),
                     TASK(LIST(E1, E2,
                               EVENT_BEFORE(3, BEGIN, "DecisionTaskStarted", "decisionTaskStarted",
                                            "'identity':'me \\'n\\' you','scheduledEventId':2")),
                          0, 3, "")));
}

static void the_token_is_base64_of_at_most_1024(void **state)
{
    PLAY(*state, GET("PollForDecisionTask", POLL(""), TASK(LIST(E1, E2, E3), 0, 3, "")));
    const char *token = script_value(*state, "task");
    size_t length = strlen(token);

    assert_in_range(length, 1, 1024);
    assert_int_equal(length % 4, 0);
    assert_true(
        strspn(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") ==
        length);
}

static void the_next_task_says_where_the_last_one_was(void **state)
{
    script_decide(*state, "first");
    PLAY(*state, DO("RespondDecisionTaskCompleted", "{'taskToken':'<first>'}"), SIGNAL,
         GET("PollForDecisionTask", POLL(""),
             TASK(LIST(DECIDED, SIGNALED(5), DECISION_SCHEDULED(6, BEGIN),
                       DECISION_STARTED(7, BEGIN, 6)),
                  3, 7, "")));
}

/* Q-PREV1: only what a decider has completed counts. */
static void a_task_that_timed_out_was_no_previous_one(void **state)
{
    script_decide(*state, "lost");
    script_advance(*state, 600 * 1000);
    PLAY(
        *state,
        GET("PollForDecisionTask", POLL(""),
            TASK(LIST(BEGUN,
                      EVENT_BEFORE(
                          4, "1.326593219474E9", "DecisionTaskTimedOut", "decisionTaskTimedOut",
                          "'scheduledEventId':2,'startedEventId':3,'timeoutType':'START_TO_CLOSE'"),
                      DECISION_SCHEDULED(5, "1.326593219474E9"),
                      DECISION_STARTED(6, "1.326593219474E9", 5)),
                 0, 6, "")));
}

static void only_what_is_new(void **state)
{
    script_decide(*state, "first");
    PLAY(*state, DO("RespondDecisionTaskCompleted", "{'taskToken':'<first>'}"), SIGNAL,
         GET("PollForDecisionTask", POLL(",'startAtPreviousStartedEvent':true"),
             TASK(LIST(E3, DECISION_COMPLETED(4, BEGIN, 2, 3), SIGNALED(5),
                       DECISION_SCHEDULED(6, BEGIN), DECISION_STARTED(7, BEGIN, 6)),
                  3, 7, "")));
}

static void only_what_is_new_is_all_at_first(void **state)
{
    PLAY(*state, GET("PollForDecisionTask", POLL(",'startAtPreviousStartedEvent':true"),
                     TASK(LIST(E1, E2, E3), 0, 3, "")));
}

static void only_what_is_new_backwards(void **state)
{
    script_decide(*state, "first");
    PLAY(*state, DO("RespondDecisionTaskCompleted", "{'taskToken':'<first>'}"), SIGNAL,
         GET("PollForDecisionTask", POLL(",'startAtPreviousStartedEvent':true,'reverseOrder':true"),
             TASK(LIST(DECISION_STARTED(7, BEGIN, 6), DECISION_SCHEDULED(6, BEGIN), SIGNALED(5),
                       DECISION_COMPLETED(4, BEGIN, 2, 3), E3),
                  3, 7, "")));
}

static void backwards(void **state)
{
    PLAY(*state, GET("PollForDecisionTask", POLL(",'reverseOrder':true"),
                     TASK(LIST(E3, E2, E1), 0, 3, "")));
}

/* ---- pages ---- */

#define PAGE(events, rest)                                                             \
    "{'events':[" events "]" rest ",'previousStartedEventId':0,'startedEventId':3,"    \
    "'taskToken':'<task>','workflowExecution':{'runId':'<id-run>','workflowId':'id'}," \
    "'workflowType':{'name':'w','version':'1'}}"

static void page_by_page(void **state)
{
    PLAY(*state,
         GET("PollForDecisionTask", POLL(",'maximumPageSize':1"),
             PAGE(E1, ",'nextPageToken':'<second>'")),
         SIGNAL, /* does not show in a task that was handed out already */
         GET("PollForDecisionTask", POLL(",'maximumPageSize':1,'nextPageToken':'<second>'"),
             PAGE(E2, ",'nextPageToken':'<third>'")),
         GET("PollForDecisionTask", POLL(",'maximumPageSize':1,'nextPageToken':'<third>'"),
             PAGE(E3, "")),
         GET("PollForDecisionTask", POLL(",'maximumPageSize':2,'nextPageToken':'<second>'"),
             PAGE(LIST(E2, E3), "")));
}

static void a_full_last_page_has_no_token(void **state)
{
    PLAY(*state,
         GET("PollForDecisionTask", POLL(",'maximumPageSize':3"), PAGE(LIST(E1, E2, E3), "")));
}

static void pages_backwards(void **state)
{
    PLAY(*state,
         GET("PollForDecisionTask", POLL(",'maximumPageSize':2,'reverseOrder':true"),
             PAGE(LIST(E3, E2), ",'nextPageToken':'<last>'")),
         GET("PollForDecisionTask",
             POLL(",'maximumPageSize':2,'reverseOrder':true,'nextPageToken':'<last>'"),
             PAGE(E1, "")));
}

/* Recorded: some clients answer with the token of the first page, some with that of the last. */
static void the_token_of_any_page_answers_the_task(void **state)
{
    PLAY(
        *state,
        GET("PollForDecisionTask", POLL(",'maximumPageSize':2"),
            "{'events':[" LIST(E1, E2) "],'nextPageToken':'<next>','previousStartedEventId':0,"
                                       "'startedEventId':3,'taskToken':'<first>',"
                                       "'workflowExecution':{'runId':'<id-run>','workflowId':'id'},"
                                       "'workflowType':{'name':'w','version':'1'}}"),
        GET("PollForDecisionTask", POLL(",'maximumPageSize':2,'nextPageToken':'<next>'"),
            "{'events':[" E3 "],'previousStartedEventId':0,'startedEventId':3,"
            "'taskToken':'<last>','workflowExecution':{'runId':'<id-run>','workflowId':'id'},"
            "'workflowType':{'name':'w','version':'1'}}"),
        DO("RespondDecisionTaskCompleted", "{'taskToken':'<last>'}"),
        FAULT("RespondDecisionTaskCompleted", "{'taskToken':'<first>'}", "UnknownResourceFault",
              "Unknown decision task, scheduledEventId = 2"));
}

/* Q-PAGE2 */
static void pages_of_a_task_that_is_done(void **state)
{
    PLAY(*state,
         GET("PollForDecisionTask", POLL(",'maximumPageSize':2"),
             PAGE(LIST(E1, E2), ",'nextPageToken':'<next>'")),
         DO("RespondDecisionTaskCompleted",
            "{'taskToken':'<task>','decisions':[{'decisionType':'CompleteWorkflowExecution'}]}"),
         GET("PollForDecisionTask", POLL(",'maximumPageSize':2,'nextPageToken':'<next>'"),
             PAGE(E3, "")));
}

static void a_page_token_is_bound_to_its_query(void **state)
{
    PLAY(*state,
         GET("PollForDecisionTask", POLL(",'maximumPageSize':2"),
             PAGE(LIST(E1, E2), ",'nextPageToken':'<next>'")),
         INVALID("PollForDecisionTask", POLL(",'reverseOrder':true,'nextPageToken':'<next>'"),
                 "Invalid token"),
         INVALID("PollForDecisionTask",
                 "{'domain':'d','taskList':{'name':'others'},'nextPageToken':'<next>'}",
                 "Invalid token"),
         INVALID("GetWorkflowExecutionHistory",
                 "{'domain':'d','execution':{'workflowId':'id','runId':'<id-run>'},"
                 "'nextPageToken':'<next>'}",
                 "Invalid token"),
         INVALID("PollForDecisionTask", POLL(",'nextPageToken':'<task>'"), "Invalid token"));
}

static void a_page_token_lives_for_a_day(void **state)
{
    PLAY(*state, GET("PollForDecisionTask", POLL(",'maximumPageSize':2"),
                     PAGE(LIST(E1, E2), ",'nextPageToken':'<next>'")));
    script_advance(*state, INT64_C(86401) * 1000);
    PLAY(*state,
         INVALID("PollForDecisionTask", POLL(",'maximumPageSize':2,'nextPageToken':'<next>'"),
                 "Specified token has exceeded its maximum lifetime"));
}

/* ---- faults ---- */

static void unknown_domain(void **state)
{
    PLAY(*state, FAULT("PollForDecisionTask", "{'domain':'x','taskList':{'name':'deciders'}}",
                       "UnknownResourceFault", "Unknown domain: x"));
}

static void a_deprecated_domain_goes_on(void **state)
{
    PLAY(*state, DO("DeprecateDomain", "{'name':'d'}"),
         GET("PollForDecisionTask", POLL(""), TASK(LIST(E1, E2, E3), 0, 3, "")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(the_first_task_shows_the_whole_history),
        test(the_identity_is_recorded),
        test(the_token_is_base64_of_at_most_1024),
        test(the_next_task_says_where_the_last_one_was),
        test(a_task_that_timed_out_was_no_previous_one),
        test(only_what_is_new),
        test(only_what_is_new_is_all_at_first),
        test(only_what_is_new_backwards),
        test(backwards),
        test(page_by_page),
        test(a_full_last_page_has_no_token),
        test(pages_backwards),
        test(the_token_of_any_page_answers_the_task),
        test(pages_of_a_task_that_is_done),
        test(a_page_token_is_bound_to_its_query),
        test(a_page_token_lives_for_a_day),
        test(unknown_domain),
        test(a_deprecated_domain_goes_on),
    };

    return cmocka_run_group_tests_name("decision polls", tests, NULL, NULL);
}
