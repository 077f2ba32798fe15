/*
 * Pages, and the tokens that lead from one to the next; GetWorkflowExecutionHistory as the example,
 * because it is the same for all.
 */
#include "script.h"

static int started_setup(void **state)
{
    script_setup(state);
    script_register(*state);
    script_start(*state, "id");
    return 0;
}

#define test(f) cmocka_unit_test_setup_teardown(f, started_setup, script_teardown)

#define HISTORY(rest) "{'domain':'d','execution':{'workflowId':'id','runId':'<id-run>'}" rest "}"
#define E1 STARTED(BEGIN)
#define E2 DECISION_SCHEDULED(2, BEGIN)
#define E3 DECISION_STARTED(3, BEGIN, 2)

static void size_0_and_none_are_the_largest(void **state)
{
    PLAY(*state,
         GET("GetWorkflowExecutionHistory", HISTORY(""), "{'events':[" LIST(E1, E2, E3) "]}"),
         GET("GetWorkflowExecutionHistory", HISTORY(",'maximumPageSize':0"),
             "{'events':[" LIST(E1, E2, E3) "]}"),
         GET("GetWorkflowExecutionHistory", HISTORY(",'maximumPageSize':1000"),
             "{'events':[" LIST(E1, E2, E3) "]}"));
}

static void sizes_out_of_range(void **state)
{
    PLAY(*state,
         REFUSED("GetWorkflowExecutionHistory", HISTORY(",'maximumPageSize':1001"), "`1001`",
                 "maximumPageSize", "Member must have value less than or equal to 1000"),
         REFUSED("GetWorkflowExecutionHistory", HISTORY(",'maximumPageSize':-1"), "`-1`",
                 "maximumPageSize", "Member must have value greater than or equal to 0"));
}

static void one_by_one(void **state)
{
    PLAY(*state,
         GET("GetWorkflowExecutionHistory", HISTORY(",'maximumPageSize':1"),
             "{'events':[" E1 "],'nextPageToken':'<second>'}"),
         GET("GetWorkflowExecutionHistory",
             HISTORY(",'maximumPageSize':1,'nextPageToken':'<second>'"),
             "{'events':[" E2 "],'nextPageToken':'<third>'}"),
         GET("GetWorkflowExecutionHistory",
             HISTORY(",'maximumPageSize':1,'nextPageToken':'<third>'"), "{'events':[" E3 "]}"));
}

static void a_full_last_page_has_no_token(void **state)
{
    PLAY(*state, GET("GetWorkflowExecutionHistory", HISTORY(",'maximumPageSize':3"),
                     "{'events':[" LIST(E1, E2, E3) "]}"));
}

static void backwards(void **state)
{
    PLAY(*state,
         GET("GetWorkflowExecutionHistory", HISTORY(",'reverseOrder':true"),
             "{'events':[" LIST(E3, E2, E1) "]}"),
         GET("GetWorkflowExecutionHistory", HISTORY(",'reverseOrder':true,'maximumPageSize':2"),
             "{'events':[" LIST(E3, E2) "],'nextPageToken':'<last>'}"),
         GET("GetWorkflowExecutionHistory",
             HISTORY(",'reverseOrder':true,'maximumPageSize':2,'nextPageToken':'<last>'"),
             "{'events':[" E1 "]}"));
}

static void a_token_may_be_used_again_and_with_another_size(void **state)
{
    PLAY(*state,
         GET("GetWorkflowExecutionHistory", HISTORY(",'maximumPageSize':1"),
             "{'events':[" E1 "],'nextPageToken':'<second>'}"),
         GET("GetWorkflowExecutionHistory", HISTORY(",'nextPageToken':'<second>'"),
             "{'events':[" LIST(E2, E3) "]}"),
         GET("GetWorkflowExecutionHistory",
             HISTORY(",'maximumPageSize':2,'nextPageToken':'<second>'"),
             "{'events':[" LIST(E2, E3) "]}"));
}

static void an_empty_token_is_none_given(void **state)
{
    PLAY(*state, GET("GetWorkflowExecutionHistory", HISTORY(",'nextPageToken':''"),
                     "{'events':[" LIST(E1, E2, E3) "]}"));
}

static void events_that_came_meanwhile_are_shown(void **state)
{
    PLAY(*state,
         GET("GetWorkflowExecutionHistory", HISTORY(",'maximumPageSize':2"),
             "{'events':[" LIST(E1, E2) "],'nextPageToken':'<next>'}"),
         DO("TerminateWorkflowExecution", "{'domain':'d','workflowId':'id'}"),
         GET("GetWorkflowExecutionHistory",
             HISTORY(",'maximumPageSize':2,'nextPageToken':'<next>'"),
             "{'events':[" LIST(
                 E3,
                 EVENT_AFTER(4, BEGIN, "WorkflowExecutionTerminated", "workflowExecutionTerminated",
                             "'cause':'OPERATOR_INITIATED','childPolicy':'TERMINATE'")) "]}"));
}

/* ---- tokens that are none ---- */

static void other_arguments_make_the_token_invalid(void **state)
{
    script_start(*state, "other");
    PLAY(*state, DO("RegisterDomain", "{'name':'e','workflowExecutionRetentionPeriodInDays':'1'}"),
         GET("GetWorkflowExecutionHistory", HISTORY(",'maximumPageSize':1"),
             "{'events':[" E1 "],'nextPageToken':'<second>'}"),
         INVALID("GetWorkflowExecutionHistory",
                 HISTORY(",'reverseOrder':true,'nextPageToken':'<second>'"), "Invalid token"),
         INVALID("GetWorkflowExecutionHistory",
                 "{'domain':'d','execution':{'workflowId':'other','runId':'<other-run>'},"
                 "'nextPageToken':'<second>'}",
                 "Invalid token"),
         INVALID("GetWorkflowExecutionHistory",
                 "{'domain':'e','execution':{'workflowId':'id','runId':'<id-run>'},"
                 "'nextPageToken':'<second>'}",
                 "Invalid token"));
}

static void a_token_belongs_to_its_operation(void **state)
{
    PLAY(*state, DO("RegisterDomain", "{'name':'e','workflowExecutionRetentionPeriodInDays':'1'}"),
         GET("ListDomains", "{'registrationStatus':'REGISTERED','maximumPageSize':1}",
             "{'domainInfos':[{'arn':'arn:aws:swf:us-east-1:123456789012:/domain/d','name':'d',"
             "'status':'REGISTERED'}],'nextPageToken':'<domains>'}"),
         INVALID("GetWorkflowExecutionHistory", HISTORY(",'nextPageToken':'<domains>'"),
                 "Invalid token"),
         INVALID("ListWorkflowTypes",
                 "{'domain':'d','registrationStatus':'REGISTERED','nextPageToken':'<domains>'}",
                 "Invalid token"),
         INVALID("ListActivityTypes",
                 "{'domain':'d','registrationStatus':'REGISTERED','nextPageToken':'<domains>'}",
                 "Invalid token"),
         INVALID("PollForDecisionTask",
                 "{'domain':'d','taskList':{'name':'deciders'},'nextPageToken':'<domains>'}",
                 "Invalid token"),
         INVALID("ListDomains", "{'registrationStatus':'DEPRECATED','nextPageToken':'<domains>'}",
                 "Invalid token"),
         INVALID(
             "ListDomains",
             "{'registrationStatus':'REGISTERED','reverseOrder':true,'nextPageToken':'<domains>'}",
             "Invalid token"));
}

static void what_was_never_a_token(void **state)
{
    PLAY(*state,
         INVALID("GetWorkflowExecutionHistory", HISTORY(",'nextPageToken':'x'"), "Invalid token"),
         INVALID("GetWorkflowExecutionHistory", HISTORY(",'nextPageToken':'AAAAKgAAAAEAAAAA'"),
                 "Invalid token"),
         INVALID("GetWorkflowExecutionHistory", HISTORY(",'nextPageToken':'<id-task>'"),
                 "Invalid token"),
         INVALID("ListDomains", "{'registrationStatus':'REGISTERED','nextPageToken':'\xc3\xa9'}",
                 "Invalid token"));
}

/* A token with any one of its characters changed is none. */
static void a_changed_token(void **state)
{
    struct script *script = *state;

    PLAY(script, GET("GetWorkflowExecutionHistory", HISTORY(",'maximumPageSize':1"),
                     "{'events':[" E1 "],'nextPageToken':'<second>'}"));
    size_t length = strlen(script_value(script, "second"));
    for (size_t i = 0; i < length; i++) {
        char changed[3072];
        assert_true(length < sizeof(changed));
        memcpy(changed, script_value(script, "second"), length);
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        script_bind(script, "changed", bytes_of(changed, length));
        PLAY(script, INVALID("GetWorkflowExecutionHistory", HISTORY(",'nextPageToken':'<changed>'"),
                             "Invalid token"));
    }
}

#define EXPIRED "Specified token has exceeded its maximum lifetime"

static void a_token_lives_for_a_day(void **state)
{
    PLAY(*state, DO("TerminateWorkflowExecution", "{'domain':'d','workflowId':'id'}"),
         GET("GetWorkflowExecutionHistory", HISTORY(",'maximumPageSize':3"),
             "{'events':[" LIST(E1, E2, E3) "],'nextPageToken':'<next>'}"),
         DO("RegisterDomain", "{'name':'e','workflowExecutionRetentionPeriodInDays':'1'}"),
         GET("ListDomains", "{'registrationStatus':'REGISTERED','maximumPageSize':1}",
             "{'domainInfos':[{'arn':'arn:aws:swf:us-east-1:123456789012:/domain/d','name':'d',"
             "'status':'REGISTERED'}],'nextPageToken':'<domains>'}"));
    script_advance(*state, INT64_C(86400) * 1000 - 1);
    PLAY(*state, GET("GetWorkflowExecutionHistory", HISTORY(",'nextPageToken':'<next>'"),
                     "{'events':[" EVENT_AFTER(
                         4, BEGIN, "WorkflowExecutionTerminated", "workflowExecutionTerminated",
                         "'cause':'OPERATOR_INITIATED','childPolicy':'TERMINATE'") "]}"));
    script_advance(*state, 1001); /* a token may know its age in whole seconds */
    PLAY(*state,
         INVALID("GetWorkflowExecutionHistory", HISTORY(",'nextPageToken':'<next>'"), EXPIRED),
         INVALID("ListDomains", "{'registrationStatus':'REGISTERED','nextPageToken':'<domains>'}",
                 EXPIRED));
}

/* ---- histories that are none ---- */

static void unknown_histories(void **state)
{
    PLAY(*state,
         FAULT("GetWorkflowExecutionHistory",
               "{'domain':'x','execution':{'workflowId':'id','runId':'<id-run>'}}",
               "UnknownResourceFault", "Unknown domain: x"),
         FAULT("GetWorkflowExecutionHistory",
               "{'domain':'d','execution':{'workflowId':'x','runId':'<id-run>'}}",
               "UnknownResourceFault",
               "Unknown execution: WorkflowExecution=[workflowId=x, runId=<id-run>]"),
         FAULT("GetWorkflowExecutionHistory",
               "{'domain':'d','execution':{'workflowId':'id','runId':'x'}}", "UnknownResourceFault",
               "Unknown execution: WorkflowExecution=[workflowId=id, runId=x]"));
}

static void a_thousand_events_are_a_page(void **state)
{
    PLAY(*state, DO("RespondDecisionTaskCompleted", "{'taskToken':'<id-task>'}"));
    for (int i = 0; i < 997; i++) /* 4 + 1 + DecisionTaskScheduled + 995 more */
        PLAY(*state,
             DO("SignalWorkflowExecution", "{'domain':'d','workflowId':'id','signalName':'s'}"));
    script_ask(*state, &((struct script *)*state)->talk, "GetWorkflowExecutionHistory",
               HISTORY(""));
    talk_receive(&((struct script *)*state)->talk);
    struct bytes body = ((struct script *)*state)->talk.body;
    assert_non_null(memmem(body.ptr, body.len, "\"eventId\":1000,", 15));
    assert_null(memmem(body.ptr, body.len, "\"eventId\":1001,", 15));
    assert_null(memmem(body.ptr, body.len, "\"eventId\":1002,", 15));
    assert_non_null(memmem(body.ptr, body.len, "],\"nextPageToken\":\"", 18));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(size_0_and_none_are_the_largest),
        test(sizes_out_of_range),
        test(one_by_one),
        test(a_full_last_page_has_no_token),
        test(backwards),
        test(a_token_may_be_used_again_and_with_another_size),
        test(an_empty_token_is_none_given),
        test(events_that_came_meanwhile_are_shown),
        test(other_arguments_make_the_token_invalid),
        test(a_token_belongs_to_its_operation),
        test(what_was_never_a_token),
        test(a_changed_token),
        test(a_token_lives_for_a_day),
        test(unknown_histories),
        test(a_thousand_events_are_a_page),
    };

    return cmocka_run_group_tests_name("pages", tests, NULL, NULL);
}
