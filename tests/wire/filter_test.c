/*
 * Which filters of lists and counts exclude each other.
 */
#include "script.h"

#define test(f) cmocka_unit_test_setup_teardown(f, script_setup, script_teardown)

#define TIME "'startTimeFilter':{'oldestDate':0}"

#define BOTH "Cannot specify both a startTimeFilter and a closeTimeFilter"
#define EXCLUSIVE(list) \
    "Cannot specify more than one exclusive filters in the same query: [" list "]"

static void filters_exclude_each_other(void **state)
{
    PLAY(*state,
         INVALID("ListClosedWorkflowExecutions", "{'domain':'d'}", "Must specify time filter"),
         INVALID("CountClosedWorkflowExecutions", "{'domain':'d'}", "Must specify time filter"),
         INVALID("ListClosedWorkflowExecutions",
                 "{'domain':'d'," TIME ",'closeTimeFilter':{'oldestDate':1.5}}", BOTH),
         INVALID("CountClosedWorkflowExecutions",
                 "{'domain':'d'," TIME ",'closeTimeFilter':{'oldestDate':1.5}}", BOTH),
         INVALID("ListClosedWorkflowExecutions",
                 "{'domain':'d'," TIME
                 ",'closeStatusFilter':{'status':'FAILED'},'tagFilter':{'tag':'t'},"
                 "'typeFilter':{'name':'w'},'executionFilter':{'workflowId':'id'}}",
                 EXCLUSIVE("executionFilter, typeFilter, tagFilter, closeStatusFilter")),
         INVALID("CountClosedWorkflowExecutions",
                 "{'domain':'d'," TIME ",'tagFilter':{'tag':'t'},'typeFilter':{'name':'w'}}",
                 EXCLUSIVE("typeFilter, tagFilter")),
         INVALID("ListOpenWorkflowExecutions",
                 "{'domain':'d'," TIME
                 ",'tagFilter':{'tag':'t'},'executionFilter':{'workflowId':'id'}}",
                 EXCLUSIVE("executionFilter, tagFilter")),
         INVALID("CountOpenWorkflowExecutions",
                 "{'domain':'d'," TIME
                 ",'typeFilter':{'name':'w'},'executionFilter':{'workflowId':'id'}}",
                 EXCLUSIVE("executionFilter, typeFilter")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(filters_exclude_each_other),
    };

    return cmocka_run_group_tests_name("filters", tests, NULL, NULL);
}
