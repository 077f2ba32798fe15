/*
 * Operations that are not built yet say so, once what they were asked is right.
 */
#include "script.h"

#define test(f) cmocka_unit_test_setup_teardown(f, script_setup, script_teardown)

#define UNBUILT(operation, request)                                             \
    {                                                                           \
        operation, request, 400,                                                \
            FAULT_BODY("com.amazon.coral.service#UnknownOperationException",    \
                       operation " is not implemented by this version of Weir") \
    }
#define TIME "'startTimeFilter':{'oldestDate':0}"

static void operations_that_are_not_built(void **state)
{
    PLAY(*state, UNBUILT("CountClosedWorkflowExecutions", "{'domain':'d'," TIME "}"),
         UNBUILT("CountOpenWorkflowExecutions", "{'domain':'d'," TIME "}"),
         UNBUILT("CountPendingActivityTasks", "{'domain':'d','taskList':{'name':'l'}}"),
         UNBUILT("CountPendingDecisionTasks", "{'domain':'d','taskList':{'name':'l'}}"),
         UNBUILT("DeleteActivityType", "{'domain':'d','activityType':{'name':'a','version':'1'}}"),
         UNBUILT("DeleteWorkflowType", "{'domain':'d','workflowType':{'name':'w','version':'1'}}"),
         UNBUILT("ListClosedWorkflowExecutions", "{'domain':'d'," TIME "}"),
         UNBUILT("ListOpenWorkflowExecutions", "{'domain':'d'," TIME "}"),
         UNBUILT("ListTagsForResource",
                 "{'resourceArn':'arn:aws:swf:us-east-1:123456789012:/domain/d'}"),
         UNBUILT("TagResource", "{'resourceArn':'arn:aws:swf:us-east-1:123456789012:/domain/d',"
                                "'tags':[{'key':'k'}]}"),
         UNBUILT("UntagResource", "{'resourceArn':'arn:aws:swf:us-east-1:123456789012:/domain/d',"
                                  "'tagKeys':['k']}"),
         UNBUILT("UndeprecateActivityType",
                 "{'domain':'d','activityType':{'name':'a','version':'1'}}"),
         UNBUILT("UndeprecateDomain", "{'name':'d'}"),
         UNBUILT("UndeprecateWorkflowType",
                 "{'domain':'d','workflowType':{'name':'w','version':'1'}}"));
}

#define BOTH "Cannot specify both a startTimeFilter and a closeTimeFilter"
#define EXCLUSIVE(list) \
    "Cannot specify more than one exclusive filters in the same query: [" list "]"

static void filters_are_checked_all_the_same(void **state)
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
        test(operations_that_are_not_built),
        test(filters_are_checked_all_the_same),
    };

    return cmocka_run_group_tests_name("unbuilt", tests, NULL, NULL);
}
