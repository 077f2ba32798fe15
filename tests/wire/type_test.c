/*
 * RegisterWorkflowType, DescribeWorkflowType, ListWorkflowTypes, DeprecateWorkflowType, and the
 * same for activity types, which are told once where both kinds behave alike.
 */
#include "script.h"
#include <stdio.h>

static int domain_setup(void **state)
{
    script_setup(state);
    PLAY(*state, DO("RegisterDomain", "{'name':'d','workflowExecutionRetentionPeriodInDays':'1'}"));
    return 0;
}

#define test(f) cmocka_unit_test_setup_teardown(f, domain_setup, script_teardown)

#define W1 "{'domain':'d','workflowType':{'name':'w','version':'1'}}"
#define A1 "{'domain':'d','activityType':{'name':'a','version':'1'}}"
#define NEW_W(name, version) "{'domain':'d','name':'" name "','version':'" version "'}"
#define WORKFLOW_TEXT(name, version) "WorkflowType=[name=" name ", version=" version "]"
#define ACTIVITY_TEXT(name, version) "ActivityType=[name=" name ", version=" version "]"
#define WORKFLOW(name, version)                                                     \
    "{'creationDate':" BEGIN ",'status':'REGISTERED','workflowType':{'name':'" name \
    "','version':'" version "'}}"
#define ACTIVITY(name, version)                                                         \
    "{'activityType':{'name':'" name "','version':'" version "'},'creationDate':" BEGIN \
    ",'status':'REGISTERED'}"

/* ---- names ---- */

/* `count` characters of four bytes. */
static void bind_wide(struct script *script, const char *name, int count)
{
    char text[4 * 256 + 1] = { 0 };

    for (int i = 0; i < count; i++)
        memcpy(text + 4 * i, "\xf0\x9f\x98\x80", 4);
    script_bind(script, name, bytes_of(text, 4 * (size_t)count));
}

static void names_are_as_long_as_they_may_be_in_the_widest_characters(void **state)
{
    bind_wide(*state, "name", 256);
    bind_wide(*state, "version", 64);
    PLAY(*state, DO("RegisterWorkflowType", NEW_W("<name>", "<version>")),
         GET("DescribeWorkflowType",
             "{'domain':'d','workflowType':{'name':'<name>','version':'<version>'}}",
             "{'configuration':{},'typeInfo':" WORKFLOW("<name>", "<version>") "}"),
         DO("RegisterActivityType", NEW_W("<name>", "<version>")),
         GET("DescribeActivityType",
             "{'domain':'d','activityType':{'name':'<name>','version':'<version>'}}",
             "{'configuration':{},'typeInfo':" ACTIVITY("<name>", "<version>") "}"));
}

/* ---- describing ---- */

static void a_workflow_type_has_just_the_defaults_it_was_given(void **state)
{
    PLAY(*state, DO("RegisterWorkflowType", NEW_W("w", "1")),
         GET("DescribeWorkflowType", W1, "{'configuration':{},'typeInfo':" WORKFLOW("w", "1") "}"));
}

static void a_workflow_type_with_all_defaults(void **state)
{
    PLAY(*state,
         DO("RegisterWorkflowType", "{'domain':'d','name':'w','version':'1','description':'ships',"
                                    "'defaultTaskStartToCloseTimeout':'NONE',"
                                    "'defaultExecutionStartToCloseTimeout':'31536000',"
                                    "'defaultTaskList':{'name':'list'},'defaultTaskPriority':'-5',"
                                    "'defaultChildPolicy':'REQUEST_CANCEL',"
                                    "'defaultLambdaRole':'arn:aws:iam::123456789012:role/r'}"),
         GET("DescribeWorkflowType", W1,
             "{'configuration':{'defaultChildPolicy':'REQUEST_CANCEL',"
             "'defaultExecutionStartToCloseTimeout':'31536000',"
             "'defaultLambdaRole':'arn:aws:iam::123456789012:role/r',"
             "'defaultTaskList':{'name':'list'},'defaultTaskPriority':'-5',"
             "'defaultTaskStartToCloseTimeout':'NONE'},"
             "'typeInfo':{'creationDate':" BEGIN ",'description':'ships','status':'REGISTERED',"
             "'workflowType':{'name':'w','version':'1'}}}"));
}

static void every_child_policy_can_be_the_default(void **state)
{
    static const char *const policies[] = { "TERMINATE", "REQUEST_CANCEL", "ABANDON" };

    for (int i = 0; i < 3; i++) {
        script_bind(*state, "policy", bytes_of_cstr(policies[i]));
        PLAY(*state,
             DO("RegisterWorkflowType",
                "{'domain':'d','name':'<policy>','version':'1','defaultChildPolicy':'<policy>'}"),
             GET("DescribeWorkflowType",
                 "{'domain':'d','workflowType':{'name':'<policy>','version':'1'}}",
                 "{'configuration':{'defaultChildPolicy':'<policy>'},'typeInfo':" WORKFLOW(
                     "<policy>", "1") "}"));
    }
}

static void an_activity_type_has_just_the_defaults_it_was_given(void **state)
{
    PLAY(*state, DO("RegisterActivityType", NEW_W("a", "1")),
         GET("DescribeActivityType", A1, "{'configuration':{},'typeInfo':" ACTIVITY("a", "1") "}"));
}

static void an_activity_type_with_all_defaults(void **state)
{
    PLAY(*state,
         DO("RegisterActivityType",
            "{'domain':'d','name':'a','version':'1','description':'packs',"
            "'defaultTaskStartToCloseTimeout':'15','defaultTaskHeartbeatTimeout':'10',"
            "'defaultTaskList':{'name':'tl'},'defaultTaskPriority':'2147483647',"
            "'defaultTaskScheduleToStartTimeout':'30','defaultTaskScheduleToCloseTimeout':'NONE'}"),
         GET("DescribeActivityType", A1,
             "{'configuration':{'defaultTaskHeartbeatTimeout':'10','defaultTaskList':{'name':'tl'},"
             "'defaultTaskPriority':'2147483647','defaultTaskScheduleToCloseTimeout':'NONE',"
             "'defaultTaskScheduleToStartTimeout':'30','defaultTaskStartToCloseTimeout':'15'},"
             "'typeInfo':{'activityType':{'name':'a','version':'1'},'creationDate':" BEGIN
             ",'description':'packs','status':'REGISTERED'}}"));
}

static void an_empty_duration_is_none_given(void **state)
{
    PLAY(*state,
         DO("RegisterWorkflowType",
            "{'domain':'d','name':'w','version':'1','defaultTaskStartToCloseTimeout':'',"
            "'defaultExecutionStartToCloseTimeout':''}"),
         GET("DescribeWorkflowType", W1, "{'configuration':{},'typeInfo':" WORKFLOW("w", "1") "}"));
}

static void both_kinds_have_names_of_their_own(void **state)
{
    PLAY(*state, DO("RegisterWorkflowType", NEW_W("a", "1")),
         FAULT("DescribeActivityType", A1, "UnknownResourceFault",
               "Unknown type: " ACTIVITY_TEXT("a", "1")),
         DO("RegisterActivityType", NEW_W("a", "1")));
}

/* ---- faults ---- */

static void a_version_is_taken_for_ever(void **state)
{
    PLAY(*state, DO("RegisterWorkflowType", NEW_W("w", "1")),
         DO("RegisterWorkflowType", NEW_W("w", "2")),
         FAULT("RegisterWorkflowType", NEW_W("w", "1"), "TypeAlreadyExistsFault",
               WORKFLOW_TEXT("w", "1")),
         DO("DeprecateWorkflowType", W1),
         FAULT("RegisterWorkflowType", NEW_W("w", "1"), "TypeAlreadyExistsFault",
               WORKFLOW_TEXT("w", "1")),
         DO("RegisterActivityType", NEW_W("a", "1")),
         FAULT("RegisterActivityType", NEW_W("a", "1"), "TypeAlreadyExistsFault",
               ACTIVITY_TEXT("a", "1")),
         DO("DeprecateActivityType", A1),
         FAULT("RegisterActivityType", NEW_W("a", "1"), "TypeAlreadyExistsFault",
               ACTIVITY_TEXT("a", "1")));
}

static void unknown_types(void **state)
{
    PLAY(*state,
         FAULT("DescribeWorkflowType", W1, "UnknownResourceFault",
               "Unknown type: " WORKFLOW_TEXT("w", "1")),
         FAULT("DeprecateWorkflowType", W1, "UnknownResourceFault",
               "Unknown type: " WORKFLOW_TEXT("w", "1")),
         FAULT("DescribeActivityType", A1, "UnknownResourceFault",
               "Unknown type: " ACTIVITY_TEXT("a", "1")),
         FAULT("DeprecateActivityType", A1, "UnknownResourceFault",
               "Unknown type: " ACTIVITY_TEXT("a", "1")));
}

#define NOWHERE(operation, rest)                                              \
    FAULT(operation, "{'domain':'nowhere'," rest "}", "UnknownResourceFault", \
          "Unknown domain: nowhere")

static void unknown_domain(void **state)
{
    PLAY(*state, NOWHERE("RegisterWorkflowType", "'name':'w','version':'1'"),
         NOWHERE("DescribeWorkflowType", "'workflowType':{'name':'w','version':'1'}"),
         NOWHERE("ListWorkflowTypes", "'registrationStatus':'REGISTERED'"),
         NOWHERE("DeprecateWorkflowType", "'workflowType':{'name':'w','version':'1'}"),
         NOWHERE("RegisterActivityType", "'name':'a','version':'1'"),
         NOWHERE("DescribeActivityType", "'activityType':{'name':'a','version':'1'}"),
         NOWHERE("ListActivityTypes", "'registrationStatus':'REGISTERED'"),
         NOWHERE("DeprecateActivityType", "'activityType':{'name':'a','version':'1'}"));
}

static void a_deprecated_domain_takes_no_new_types(void **state)
{
    PLAY(*state, DO("DeprecateDomain", "{'name':'d'}"),
         FAULT("RegisterWorkflowType", NEW_W("w", "1"), "DomainDeprecatedFault", "d"),
         FAULT("RegisterActivityType", NEW_W("a", "1"), "DomainDeprecatedFault", "d"),
         GET("ListWorkflowTypes", "{'domain':'d','registrationStatus':'REGISTERED'}",
             "{'typeInfos':[]}"));
}

static void deprecated_types_say_since_when(void **state)
{
    PLAY(*state, DO("RegisterWorkflowType", NEW_W("w", "1")),
         DO("RegisterActivityType", NEW_W("a", "1")));
    script_advance(*state, 526);
    PLAY(*state, DO("DeprecateWorkflowType", W1), DO("DeprecateActivityType", A1),
         GET("DescribeWorkflowType", W1,
             "{'configuration':{},'typeInfo':{'creationDate':" BEGIN
             ",'deprecationDate':1.32659262E9,'status':'DEPRECATED',"
             "'workflowType':{'name':'w','version':'1'}}}"),
         FAULT("DeprecateWorkflowType", W1, "TypeDeprecatedFault", WORKFLOW_TEXT("w", "1")),
         GET("DescribeActivityType", A1,
             "{'configuration':{},'typeInfo':{'activityType':{'name':'a','version':'1'},"
             "'creationDate':" BEGIN ",'deprecationDate':1.32659262E9,'status':'DEPRECATED'}}"),
         FAULT("DeprecateActivityType", A1, "TypeDeprecatedFault", ACTIVITY_TEXT("a", "1")));
}

static void types_have_a_limit(void **state)
{
    struct whole_server_options options = { .limits = LIMITS_DOCUMENTED };

    (void)state;
    options.limits.workflow_types = 2;
    options.limits.activity_types = 1;
    struct script *script = script_new(&options);
    PLAY(script, DO("RegisterDomain", "{'name':'d','workflowExecutionRetentionPeriodInDays':'1'}"),
         DO("RegisterWorkflowType", NEW_W("w", "1")), DO("RegisterWorkflowType", NEW_W("w", "2")),
         DO("DeprecateWorkflowType", W1),
         FAULT("RegisterWorkflowType", NEW_W("w", "3"), "LimitExceededFault",
               "Limit of 2 workflow types per domain reached"),
         DO("RegisterActivityType", NEW_W("a", "1")),
         FAULT("RegisterActivityType", NEW_W("a", "2"), "LimitExceededFault",
               "Limit of 1 activity types per domain reached"));
    script_free(script);
}

/* ---- lists ---- */

static void register_some(struct script *script)
{
    PLAY(script, DO("RegisterWorkflowType", NEW_W("v", "2")),
         DO("RegisterWorkflowType", NEW_W("w", "1")), DO("RegisterWorkflowType", NEW_W("v", "1")),
         DO("RegisterActivityType", NEW_W("b", "1")), DO("RegisterActivityType", NEW_W("a", "10")),
         DO("RegisterActivityType", NEW_W("a", "9")));
}

static void nothing_to_list(void **state)
{
    PLAY(*state,
         GET("ListWorkflowTypes", "{'domain':'d','registrationStatus':'REGISTERED'}",
             "{'typeInfos':[]}"),
         GET("ListActivityTypes", "{'domain':'d','registrationStatus':'DEPRECATED'}",
             "{'typeInfos':[]}"));
}

static void types_are_listed_by_name_and_version(void **state)
{
    register_some(*state);
    PLAY(
        *state,
        GET("ListWorkflowTypes", "{'domain':'d','registrationStatus':'REGISTERED'}",
            "{'typeInfos':[" LIST(WORKFLOW("v", "1"), WORKFLOW("v", "2"), WORKFLOW("w", "1")) "]}"),
        GET("ListWorkflowTypes",
            "{'domain':'d','registrationStatus':'REGISTERED','reverseOrder':true}",
            "{'typeInfos':[" LIST(WORKFLOW("w", "1"), WORKFLOW("v", "2"), WORKFLOW("v", "1")) "]}"),
        GET("ListActivityTypes", "{'domain':'d','registrationStatus':'REGISTERED'}",
            "{'typeInfos':[" LIST(ACTIVITY("a", "10"), ACTIVITY("a", "9"),
                                  ACTIVITY("b", "1")) "]}"),
        GET("ListActivityTypes",
            "{'domain':'d','registrationStatus':'REGISTERED','reverseOrder':true}",
            "{'typeInfos':[" LIST(ACTIVITY("b", "1"), ACTIVITY("a", "9"),
                                  ACTIVITY("a", "10")) "]}"));
}

static void types_of_one_name(void **state)
{
    register_some(*state);
    PLAY(*state,
         GET("ListWorkflowTypes", "{'domain':'d','registrationStatus':'REGISTERED','name':'v'}",
             "{'typeInfos':[" LIST(WORKFLOW("v", "1"), WORKFLOW("v", "2")) "]}"),
         GET("ListWorkflowTypes", "{'domain':'d','registrationStatus':'REGISTERED','name':'V'}",
             "{'typeInfos':[]}"),
         GET("ListActivityTypes", "{'domain':'d','registrationStatus':'REGISTERED','name':'b'}",
             "{'typeInfos':[" ACTIVITY("b", "1") "]}"));
}

/* Names around it, a version that no text follows, and one of the other status between two. */
static void types_of_one_name_either_way_and_in_pages(void **state)
{
    static const char *const versions[] = { "1", "2", "\xf4\x8f\xbf\xbf" };

    for (int i = 0; i < 3; i++) {
        script_bind(*state, "version", bytes_of_cstr(versions[i]));
        PLAY(*state, DO("RegisterActivityType", NEW_W("b", "<version>")),
             DO("RegisterActivityType", NEW_W("a", "<version>")),
             DO("RegisterActivityType", NEW_W("bb", "<version>")));
    }
#define OF(name, more) "{'domain':'d','registrationStatus':'REGISTERED','name':'" name "'" more "}"
#define BACK ",'reverseOrder':true"
    PLAY(*state,
         DO("DeprecateActivityType", "{'domain':'d','activityType':{'name':'b','version':'2'}}"),
         GET("ListActivityTypes", OF("b", ""),
             "{'typeInfos':[" LIST(ACTIVITY("b", "1"), ACTIVITY("b", "<version>")) "]}"),
         GET("ListActivityTypes", OF("b", BACK),
             "{'typeInfos':[" LIST(ACTIVITY("b", "<version>"), ACTIVITY("b", "1")) "]}"),
         GET("ListActivityTypes", OF("b", BACK ",'maximumPageSize':1"),
             "{'nextPageToken':'<next>','typeInfos':[" ACTIVITY("b", "<version>") "]}"),
         GET("ListActivityTypes", OF("b", BACK ",'maximumPageSize':1,'nextPageToken':'<next>'"),
             "{'typeInfos':[" ACTIVITY("b", "1") "]}"),
         GET("ListActivityTypes", OF("ba", BACK), "{'typeInfos':[]}"),
         GET("ListActivityTypes", OF("c", ""), "{'typeInfos':[]}"),
         GET("ListActivityTypes", OF("A", BACK), "{'typeInfos':[]}"));
#undef OF
#undef BACK
}

static void each_status_has_its_list(void **state)
{
    register_some(*state);
    PLAY(*state, DO("DeprecateWorkflowType", W1),
         GET("ListWorkflowTypes", "{'domain':'d','registrationStatus':'REGISTERED'}",
             "{'typeInfos':[" LIST(WORKFLOW("v", "1"), WORKFLOW("v", "2")) "]}"),
         GET("ListWorkflowTypes", "{'domain':'d','registrationStatus':'DEPRECATED'}",
             "{'typeInfos':[{'creationDate':" BEGIN ",'deprecationDate':" BEGIN
             ",'status':'DEPRECATED','workflowType':{'name':'w','version':'1'}}]}"));
}

static void pages_of_types(void **state)
{
    register_some(*state);
    PLAY(*state,
         GET("ListWorkflowTypes",
             "{'domain':'d','registrationStatus':'REGISTERED','maximumPageSize':1}",
             "{'nextPageToken':'<second>','typeInfos':[" WORKFLOW("v", "1") "]}"),
         GET("ListWorkflowTypes",
             "{'domain':'d','registrationStatus':'REGISTERED','maximumPageSize':1,"
             "'nextPageToken':'<second>'}",
             "{'nextPageToken':'<third>','typeInfos':[" WORKFLOW("v", "2") "]}"),
         GET("ListWorkflowTypes",
             "{'domain':'d','registrationStatus':'REGISTERED','maximumPageSize':1,"
             "'nextPageToken':'<third>'}",
             "{'typeInfos':[" WORKFLOW("w", "1") "]}"),
         GET("ListActivityTypes",
             "{'domain':'d','registrationStatus':'REGISTERED','maximumPageSize':2}",
             "{'nextPageToken':'<last>','typeInfos':[" LIST(ACTIVITY("a", "10"),
                                                            ACTIVITY("a", "9")) "]}"),
         GET("ListActivityTypes",
             "{'domain':'d','registrationStatus':'REGISTERED','maximumPageSize':2,"
             "'nextPageToken':'<last>'}",
             "{'typeInfos':[" ACTIVITY("b", "1") "]}"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(names_are_as_long_as_they_may_be_in_the_widest_characters),
        test(a_workflow_type_has_just_the_defaults_it_was_given),
        test(a_workflow_type_with_all_defaults),
        test(every_child_policy_can_be_the_default),
        test(an_activity_type_has_just_the_defaults_it_was_given),
        test(an_activity_type_with_all_defaults),
        test(an_empty_duration_is_none_given),
        test(both_kinds_have_names_of_their_own),
        test(a_version_is_taken_for_ever),
        test(unknown_types),
        test(unknown_domain),
        test(a_deprecated_domain_takes_no_new_types),
        test(deprecated_types_say_since_when),
        test(types_have_a_limit),
        test(nothing_to_list),
        test(types_are_listed_by_name_and_version),
        test(types_of_one_name),
        test(types_of_one_name_either_way_and_in_pages),
        test(each_status_has_its_list),
        test(pages_of_types),
    };

    return cmocka_run_group_tests_name("types", tests, NULL, NULL);
}
