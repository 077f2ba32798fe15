/*
 * UndeprecateDomain, UndeprecateWorkflowType and UndeprecateActivityType, DeleteWorkflowType and
 * DeleteActivityType, TagResource, UntagResource and ListTagsForResource.
 */
#include "script.h"
#include <stdio.h>

/* The domain `d` and the types of script_register. */
static int registered_setup(void **state)
{
    script_setup(state);
    script_register(*state);
    return 0;
}

#define test(f) cmocka_unit_test_setup_teardown(f, registered_setup, script_teardown)

#define D "{'name':'d'}"
#define W1 "{'domain':'d','workflowType':{'name':'w','version':'1'}}"
#define A1 "{'domain':'d','activityType':{'name':'a','version':'1'}}"
#define WORKFLOW_TEXT "WorkflowType=[name=w, version=1]"
#define ACTIVITY_TEXT "ActivityType=[name=a, version=1]"
#define UNKNOWN(operation, request, what) \
    FAULT(operation, request, "UnknownResourceFault", "Unknown " what)
#define NOT_DEPRECATED(operation, request)               \
    FAULT(operation, request, "TypeNotDeprecatedFault",  \
          "The type is currently registered and cannot " \
          "be deleted in its current state")
#define START_REQUEST "{'domain':'d','workflowId':'id','workflowType':{'name':'w','version':'1'}}"

#define NEW_W "{'domain':'d','name':'w','version':'1'}"
#define NEW_A "{'domain':'d','name':'a','version':'1'}"
#define WORKFLOW_INFO(dates, status) \
    "{" dates ",'status':'" status "','workflowType':{'name':'w','version':'1'}}"
#define ACTIVITY_INFO(dates, status) \
    "{'activityType':{'name':'a','version':'1'}," dates ",'status':'" status "'}"
#define CREATED "'creationDate':" BEGIN
#define LISTED(operation, of_status, infos)                               \
    GET(operation, "{'domain':'d','registrationStatus':'" of_status "'}", \
        "{'typeInfos':[" infos "]}")

/* ---- domains ---- */

static void only_a_deprecated_domain_comes_back(void **state)
{
    PLAY(*state, UNKNOWN("UndeprecateDomain", "{'name':'x'}", "domain: x"),
         FAULT("UndeprecateDomain", D, "DomainAlreadyExistsFault", "d"), DO("DeprecateDomain", D),
         DO("UndeprecateDomain", D), FAULT("UndeprecateDomain", D, "DomainAlreadyExistsFault", "d"),
         DO("DeprecateDomain", D));
}

static void a_domain_comes_back_as_it_was(void **state)
{
#define INFO                                                                                \
    "{'arn':'arn:aws:swf:us-east-1:123456789012:/domain/e','description':'why','name':'e'," \
    "'status':'REGISTERED'}"
    PLAY(*state,
         DO("RegisterDomain", "{'name':'e','description':'why',"
                              "'workflowExecutionRetentionPeriodInDays':'30'}"),
         DO("DeprecateDomain", "{'name':'e'}"), DO("UndeprecateDomain", "{'name':'e'}"),
         GET("DescribeDomain", "{'name':'e'}",
             "{'configuration':{'workflowExecutionRetentionPeriodInDays':'30'},"
             "'domainInfo':" INFO "}"),
         GET("ListDomains", "{'registrationStatus':'DEPRECATED'}", "{'domainInfos':[]}"),
         GET("ListDomains",
             "{'registrationStatus':'REGISTERED','reverseOrder':true,"
             "'maximumPageSize':1}",
             "{'domainInfos':[" INFO "],'nextPageToken':'<next>'}"));
}

static void its_types_do_not_come_back_with_it(void **state)
{
    script_advance(*state, 526);
    PLAY(*state, DO("DeprecateDomain", D), DO("UndeprecateDomain", D),
         LISTED("ListWorkflowTypes", "REGISTERED", ""),
         LISTED("ListWorkflowTypes", "DEPRECATED",
                WORKFLOW_INFO(CREATED ",'deprecationDate':1.32659262E9", "DEPRECATED")),
         LISTED("ListActivityTypes", "DEPRECATED",
                ACTIVITY_INFO(CREATED ",'deprecationDate':1.32659262E9", "DEPRECATED")),
         DO("UndeprecateWorkflowType", W1), DO("UndeprecateActivityType", A1),
         LISTED("ListWorkflowTypes", "REGISTERED", WORKFLOW_INFO(CREATED, "REGISTERED")),
         LISTED("ListActivityTypes", "REGISTERED", ACTIVITY_INFO(CREATED, "REGISTERED")));
}

static void new_types_may_come_again(void **state)
{
    PLAY(*state, DO("DeprecateDomain", D),
         FAULT("RegisterWorkflowType", "{'domain':'d','name':'new','version':'1'}",
               "DomainDeprecatedFault", "d"),
         DO("UndeprecateDomain", D),
         DO("RegisterWorkflowType", "{'domain':'d','name':'new','version':'1'}"),
         DO("RegisterActivityType", "{'domain':'d','name':'new','version':'1'}"));
}

/* ---- types that come back ---- */

static void only_a_deprecated_workflow_type_comes_back(void **state)
{
    PLAY(*state,
         UNKNOWN("UndeprecateWorkflowType",
                 "{'domain':'x','workflowType':{'name':'w','version':'1'}}", "domain: x"),
         UNKNOWN("UndeprecateWorkflowType",
                 "{'domain':'d','workflowType':{'name':'w','version':'2'}}",
                 "type: WorkflowType=[name=w, version=2]"),
         FAULT("UndeprecateWorkflowType", W1, "TypeAlreadyExistsFault", WORKFLOW_TEXT),
         DO("DeprecateWorkflowType", W1), DO("UndeprecateWorkflowType", W1),
         FAULT("UndeprecateWorkflowType", W1, "TypeAlreadyExistsFault", WORKFLOW_TEXT),
         DO("DeprecateWorkflowType", W1),
         FAULT("DeprecateWorkflowType", W1, "TypeDeprecatedFault", WORKFLOW_TEXT));
}

static void only_a_deprecated_activity_type_comes_back(void **state)
{
    PLAY(*state,
         UNKNOWN("UndeprecateActivityType",
                 "{'domain':'x','activityType':{'name':'a','version':'1'}}", "domain: x"),
         UNKNOWN("UndeprecateActivityType",
                 "{'domain':'d','activityType':{'name':'b','version':'1'}}",
                 "type: ActivityType=[name=b, version=1]"),
         FAULT("UndeprecateActivityType", A1, "TypeAlreadyExistsFault", ACTIVITY_TEXT),
         DO("DeprecateActivityType", A1), DO("UndeprecateActivityType", A1),
         FAULT("UndeprecateActivityType", A1, "TypeAlreadyExistsFault", ACTIVITY_TEXT));
}

static void the_deprecation_date_goes(void **state)
{
    PLAY(*state, DO("RegisterWorkflowType", "{'domain':'d','name':'x','version':'1'}"));
#define X1 "{'domain':'d','workflowType':{'name':'x','version':'1'}}"
#define X_INFO(dates, status) \
    "{" dates ",'status':'" status "','workflowType':{'name':'x','version':'1'}}"
    script_advance(*state, 526);
    PLAY(*state, DO("DeprecateWorkflowType", X1),
         GET("DescribeWorkflowType", X1,
             "{'configuration':{},'typeInfo':" X_INFO(CREATED ",'deprecationDate':1.32659262E9",
                                                      "DEPRECATED") "}"),
         DO("UndeprecateWorkflowType", X1),
         GET("DescribeWorkflowType", X1,
             "{'configuration':{},'typeInfo':" X_INFO(CREATED, "REGISTERED") "}"));
}

static void a_type_that_came_back_is_of_use(void **state)
{
    PLAY(*state, DO("DeprecateWorkflowType", W1),
         FAULT("StartWorkflowExecution", START_REQUEST, "TypeDeprecatedFault", WORKFLOW_TEXT),
         DO("UndeprecateWorkflowType", W1),
         GET("StartWorkflowExecution", START_REQUEST, "{'runId':'<run>'}"));
}

static void no_type_comes_back_to_a_deprecated_domain(void **state)
{
    PLAY(*state, DO("DeprecateDomain", D),
         FAULT("UndeprecateWorkflowType", W1, "DomainDeprecatedFault", "d"),
         FAULT("UndeprecateActivityType", A1, "DomainDeprecatedFault", "d"));
}

/* ---- types that go ---- */

static void only_a_deprecated_type_goes(void **state)
{
    PLAY(*state,
         UNKNOWN("DeleteWorkflowType", "{'domain':'x','workflowType':{'name':'w','version':'1'}}",
                 "domain: x"),
         UNKNOWN("DeleteWorkflowType", "{'domain':'d','workflowType':{'name':'w','version':'2'}}",
                 "type: WorkflowType=[name=w, version=2]"),
         UNKNOWN("DeleteActivityType", "{'domain':'x','activityType':{'name':'a','version':'1'}}",
                 "domain: x"),
         UNKNOWN("DeleteActivityType", "{'domain':'d','activityType':{'name':'w','version':'1'}}",
                 "type: ActivityType=[name=w, version=1]"),
         NOT_DEPRECATED("DeleteWorkflowType", W1), NOT_DEPRECATED("DeleteActivityType", A1),
         DO("DeprecateWorkflowType", W1), DO("UndeprecateWorkflowType", W1),
         NOT_DEPRECATED("DeleteWorkflowType", W1));
}

static void a_deleted_workflow_type_is_unknown(void **state)
{
    PLAY(*state, DO("DeprecateWorkflowType", W1), DO("DeleteWorkflowType", W1),
         UNKNOWN("DescribeWorkflowType", W1, "type: " WORKFLOW_TEXT),
         UNKNOWN("DeprecateWorkflowType", W1, "type: " WORKFLOW_TEXT),
         UNKNOWN("UndeprecateWorkflowType", W1, "type: " WORKFLOW_TEXT),
         UNKNOWN("DeleteWorkflowType", W1, "type: " WORKFLOW_TEXT),
         UNKNOWN("StartWorkflowExecution", START_REQUEST, "type: " WORKFLOW_TEXT),
         LISTED("ListWorkflowTypes", "REGISTERED", ""),
         LISTED("ListWorkflowTypes", "DEPRECATED", ""));
}

static void a_deleted_activity_type_is_unknown(void **state)
{
    PLAY(*state, DO("DeprecateActivityType", A1), DO("DeleteActivityType", A1),
         UNKNOWN("DescribeActivityType", A1, "type: " ACTIVITY_TEXT),
         UNKNOWN("DeprecateActivityType", A1, "type: " ACTIVITY_TEXT),
         UNKNOWN("UndeprecateActivityType", A1, "type: " ACTIVITY_TEXT),
         UNKNOWN("DeleteActivityType", A1, "type: " ACTIVITY_TEXT),
         LISTED("ListActivityTypes", "REGISTERED", ""),
         LISTED("ListActivityTypes", "DEPRECATED", ""));
}

static void one_version_goes_and_the_others_stay(void **state)
{
    PLAY(*state, DO("RegisterWorkflowType", "{'domain':'d','name':'w','version':'2'}"),
         DO("DeprecateWorkflowType", W1), DO("DeleteWorkflowType", W1),
         LISTED("ListWorkflowTypes", "REGISTERED",
                "{" CREATED ",'status':'REGISTERED','workflowType':{'name':'w','version':'2'}}"));
}

static void types_go_from_a_deprecated_domain(void **state)
{
    PLAY(*state, DO("DeprecateDomain", D), DO("DeleteWorkflowType", W1),
         DO("DeleteActivityType", A1), LISTED("ListWorkflowTypes", "DEPRECATED", ""),
         LISTED("ListActivityTypes", "DEPRECATED", ""), DO("UndeprecateDomain", D),
         DO("RegisterWorkflowType", NEW_W), DO("RegisterActivityType", NEW_A));
}

static void what_was_deleted_may_be_registered_anew(void **state)
{
    PLAY(*state, DO("DeprecateWorkflowType", W1), DO("DeprecateActivityType", A1),
         FAULT("RegisterWorkflowType", NEW_W, "TypeAlreadyExistsFault", WORKFLOW_TEXT),
         DO("DeleteWorkflowType", W1), DO("DeleteActivityType", A1));
    script_advance(*state, 526);
    PLAY(*state, DO("RegisterWorkflowType", NEW_W), DO("RegisterActivityType", NEW_A),
         GET("DescribeWorkflowType", W1,
             "{'configuration':{},'typeInfo':" WORKFLOW_INFO("'creationDate':1.32659262E9",
                                                             "REGISTERED") "}"),
         GET("DescribeActivityType", A1,
             "{'configuration':{},'typeInfo':" ACTIVITY_INFO("'creationDate':1.32659262E9",
                                                             "REGISTERED") "}"),
         FAULT("RegisterWorkflowType", NEW_W, "TypeAlreadyExistsFault", WORKFLOW_TEXT));
}

static void open_runs_of_a_deleted_type_go_on(void **state)
{
    script_start(*state, "id");
    PLAY(*state, DO("DeprecateWorkflowType", W1), DO("DeleteWorkflowType", W1),
         DO("RespondDecisionTaskCompleted", "{'taskToken':'<id-task>'}"),
         DO("SignalWorkflowExecution", "{'domain':'d','workflowId':'id','signalName':'s'}"));
    script_decide(*state, "task");
    PLAY(*state,
         GET("CountOpenWorkflowExecutions",
             "{'domain':'d','startTimeFilter':{'oldestDate':0},'typeFilter':{'name':'w',"
             "'version':'1'}}",
             "{'count':1,'truncated':false}"),
         DO("RespondDecisionTaskCompleted",
            "{'taskToken':'<task>','decisions':[{'decisionType':'CompleteWorkflowExecution'}]}"),
         GET("CountClosedWorkflowExecutions",
             "{'domain':'d','startTimeFilter':{'oldestDate':0},'typeFilter':{'name':'w',"
             "'version':'1'}}",
             "{'count':1,'truncated':false}"));
}

static void tasks_of_a_deleted_type_go_on(void **state)
{
    script_start(*state, "id");
    script_schedule(*state, "id-task", "activity");
    PLAY(*state, DO("DeprecateActivityType", A1), DO("DeleteActivityType", A1),
         GET("RecordActivityTaskHeartbeat", "{'taskToken':'<activity>'}",
             "{'cancelRequested':false}"),
         DO("RespondActivityTaskCompleted", "{'taskToken':'<activity>'}"));
}

static void no_task_of_a_deleted_type_begins(void **state)
{
    script_start(*state, "id");
    PLAY(*state, DO("DeprecateActivityType", A1), DO("DeleteActivityType", A1),
         DO("RespondDecisionTaskCompleted",
            "{'taskToken':'<id-task>','decisions':[{'decisionType':'ScheduleActivityTask',"
            "'scheduleActivityTaskDecisionAttributes':{'activityId':'1',"
            "'activityType':{'name':'a','version':'1'}}}]}"));
    EXPECT_HISTORY(*state, "id", DECIDED,
                   EVENT_AFTER(5, BEGIN, "ScheduleActivityTaskFailed", "scheduleActivityTaskFailed",
                               "'activityId':'1','activityType':{'name':'a','version':'1'},"
                               "'cause':'ACTIVITY_TYPE_DOES_NOT_EXIST',"
                               "'decisionTaskCompletedEventId':4"),
                   DECISION_SCHEDULED(6, BEGIN));
}

static void a_deleted_type_leaves_its_place(void **state)
{
    struct limits limits = LIMITS_DOCUMENTED;
    struct script *script;

    (void)state;
    limits.workflow_types = limits.activity_types = 1;
    script = script_new(&(struct whole_server_options){ .limits = limits });
    script_register(script);
    PLAY(script, DO("DeprecateWorkflowType", W1),
         FAULT("RegisterWorkflowType", "{'domain':'d','name':'w','version':'2'}",
               "LimitExceededFault", "Limit of 1 workflow types per domain reached"),
         DO("DeleteWorkflowType", W1),
         DO("RegisterWorkflowType", "{'domain':'d','name':'w','version':'2'}"),
         FAULT("RegisterActivityType", "{'domain':'d','name':'a','version':'2'}",
               "LimitExceededFault", "Limit of 1 activity types per domain reached"),
         DO("DeprecateActivityType", A1), DO("DeleteActivityType", A1),
         DO("RegisterActivityType", "{'domain':'d','name':'a','version':'2'}"));
    script_free(script);
}

/* ---- resource tags ---- */

#define ARN_OF(name) "'resourceArn':'arn:aws:swf:us-east-1:123456789012:/domain/" name "'"
#define ARN ARN_OF("d")
#define TAGS(tags) GET("ListTagsForResource", "{" ARN "}", "{'tags':[" tags "]}")
#define KV(key, value) "{'key':'" key "','value':'" value "'}"
#define TAG(...) DO("TagResource", "{" ARN ",'tags':[" LIST(__VA_ARGS__) "]}")
#define UNTAG(keys) DO("UntagResource", "{" ARN ",'tagKeys':[" keys "]}")

static void a_domain_begins_with_the_tags_it_was_given(void **state)
{
    PLAY(*state, TAGS(""),
         DO("RegisterDomain",
            "{'name':'e','workflowExecutionRetentionPeriodInDays':'1','tags':[" LIST(
                KV("team", "blue"), "{'key':'bare'}") "]}"),
         GET("ListTagsForResource", "{" ARN_OF("e") "}",
             "{'tags':[" LIST(KV("team", "blue"), KV("bare", "")) "]}"));
}

static void tags_are_added_and_replaced(void **state)
{
    PLAY(*state, TAG(KV("k", "1"), KV("K", "2")), TAGS(LIST(KV("k", "1"), KV("K", "2"))),
         TAG(KV("k", "3"), "{'key':'bare'}"),
         TAGS(LIST(KV("k", "3"), KV("K", "2"), KV("bare", ""))));
}

static void the_last_of_one_key_counts(void **state)
{
    PLAY(*state, TAG(KV("k", "1"), KV("x", ""), KV("k", "2")),
         TAGS(LIST(KV("k", "2"), KV("x", ""))));
}

static void tags_are_removed_by_key(void **state)
{
    PLAY(*state, TAG(KV("a", "1"), KV("b", "2"), KV("c", "3")), UNTAG("'b','B','nothing'"),
         TAGS(LIST(KV("a", "1"), KV("c", "3"))), UNTAG("'c','a','a'"), TAGS(""), UNTAG("'a'"),
         TAG(KV("b", "4")), TAGS(KV("b", "4")));
}

static void tags_of_a_deprecated_domain(void **state)
{
    PLAY(*state, TAG(KV("a", "1"), KV("b", "2")), DO("DeprecateDomain", D),
         TAGS(LIST(KV("a", "1"), KV("b", "2"))), UNTAG("'a'"), TAG(KV("c", "3")),
         DO("UndeprecateDomain", D), TAGS(LIST(KV("b", "2"), KV("c", "3"))));
}

static void tags_change_nothing_else(void **state)
{
#define DESCRIBED(status)                                                                \
    GET("DescribeDomain", D,                                                             \
        "{'configuration':{'workflowExecutionRetentionPeriodInDays':'1'},"               \
        "'domainInfo':{'arn':'arn:aws:swf:us-east-1:123456789012:/domain/d','name':'d'," \
        "'status':'" status "'}}")
    PLAY(*state, TAG(KV("a", "1")), DESCRIBED("REGISTERED"), DO("DeprecateDomain", D),
         TAG(KV("b", "1")), DESCRIBED("DEPRECATED"), UNTAG("'a'"), DESCRIBED("DEPRECATED"));
}

/* Tags the domain with `count` keys from `first` on. */
static void tag_numbered(struct script *script, int first, int count, int status, const char *reply)
{
    char request[4096];
    int at = snprintf(request, sizeof(request), "{" ARN ",'tags':[");

    for (int i = 0; i < count; i++)
        at += snprintf(request + at, sizeof(request) - (size_t)at, "%s{'key':'k%d','value':'v'}",
                       i ? "," : "", first + i);
    snprintf(request + at, sizeof(request) - (size_t)at, "]}");
    play_steps(script, &(struct step){ "TagResource", request, status, reply }, 1);
}

static void fifty_tags_and_no_more(void **state)
{
    static const char too_many[] = FAULT_BODY(SWF "TooManyTagsFault",
                                              "Too many tags: a domain has at most 50");

    tag_numbered(*state, 0, 51, 400, too_many);
    PLAY(*state, TAGS(""));
    tag_numbered(*state, 0, 49, 200, "");
    tag_numbered(*state, 48, 3, 400, too_many); /* a key it has, and two new ones */
    tag_numbered(*state, 48, 2, 200, "");
    tag_numbered(*state, 0, 50, 200, "");
    PLAY(*state, UNTAG("'k7'"), TAG(KV("new", "")));
    tag_numbered(*state, 7, 1, 400, too_many);
}

/* ---- ARNs ---- */

#define EACH_WITH(check, ...)                                                         \
    check("ListTagsForResource", "{'resourceArn':" __VA_ARGS__ "}"),                  \
        check("TagResource", "{'resourceArn':" __VA_ARGS__ ",'tags':[{'key':'k'}]}"), \
        check("UntagResource", "{'resourceArn':" __VA_ARGS__ ",'tagKeys':['k']}")

static void refuse_arn(struct script *script, const char *arn)
{
    char request[256], reply[512];

    snprintf(request, sizeof(request), "{'resourceArn':'%s'}", arn);
    snprintf(reply, sizeof(reply),
             FAULT_BODY(VALIDATION,
                        "1 validation error detected: Value `%s` at `resourceArn` failed to "
                        "satisfy constraint: Member must be the ARN of a domain"),
             arn);
    play_steps(script, &(struct step){ "ListTagsForResource", request, 400, reply }, 1);
}

static void what_is_no_arn_of_a_domain(void **state)
{
    refuse_arn(*state, "d");
    refuse_arn(*state, "/domain/d");
    refuse_arn(*state, "arn:aws:swf:us-east-1:123456789012");
    refuse_arn(*state, "arn:aws:swf:us-east-1:123456789012:");
    refuse_arn(*state, "arn:aws:swf:us-east-1:123456789012:/domain/");
    refuse_arn(*state, "arn:aws:swf:us-east-1:123456789012:domain/d");
    refuse_arn(*state, "arn:aws:swf:us-east-1:123456789012:/Domain/d");
    refuse_arn(*state, "arn:aws:swf:us-east-1::/domain/d");
    refuse_arn(*state, "arn:aws:swf:us-east-1:mine:/domain/d");
    refuse_arn(*state, "arn:aws:swf:us-east-1:0123456789012:/domain/d");
    refuse_arn(*state, "arn:aws:swf:us-east-1:1:/domain/d");
    refuse_arn(*state, "arn:awsome:swf:us-east-1:123456789012:/domain/d");
    refuse_arn(*state, "arn:aws:sqs:us-east-1:123456789012:/domain/d");
    refuse_arn(*state, "arn:azure:swf:us-east-1:123456789012:/domain/d");
    refuse_arn(*state, "ARN:aws:swf:us-east-1:123456789012:/domain/d");
}

static void what_is_no_arn_is_refused_by_all(void **state)
{
#define NO_ARN(operation, request) \
    REFUSED(operation, request, "`d`", "resourceArn", "Member must be the ARN of a domain")
    PLAY(*state, EACH_WITH(NO_ARN, "'d'"));
}

static void another_account_is_not_for_this_one(void **state)
{
#define FOREIGN "arn:aws:swf:us-east-1:210987654321:/domain/d"
#define DENIED(operation, request)                                                                   \
    { operation, request, 400,                                                                       \
      "{'__type':'com.amazon.coral.service#AccessDeniedException',"                                  \
      "'Message':'User: arn:aws:iam::123456789012:root is not authorized to perform: swf:" operation \
      " on resource: " FOREIGN "'}" }
    PLAY(*state, EACH_WITH(DENIED, "'" FOREIGN "'"));
}

static void a_domain_that_is_not_there(void **state)
{
#define NOT_THERE(operation, request) UNKNOWN(operation, request, "domain: x")
#define ELSEWHERE(operation, request) UNKNOWN(operation, request, "domain: d")
    PLAY(*state, EACH_WITH(NOT_THERE, "'arn:aws:swf:us-east-1:123456789012:/domain/x'"),
         EACH_WITH(ELSEWHERE, "'arn:aws:swf:eu-west-1:123456789012:/domain/d'"), TAGS(""));
}

static void names_in_arns_are_taken_as_they_are(void **state)
{
    PLAY(*state,
         DO("RegisterDomain",
            "{'name':'Orders Ltd. (1)','workflowExecutionRetentionPeriodInDays':'1'}"),
         DO("TagResource", "{" ARN_OF("Orders Ltd. (1)") ",'tags':[{'key':'k','value':'v'}]}"),
         GET("ListTagsForResource", "{" ARN_OF("Orders Ltd. (1)") "}",
             "{'tags':[" KV("k", "v") "]}"),
         TAGS(""),
         GET("ListTagsForResource",
             "{'resourceArn':'arn:aws-cn:swf:us-east-1:123456789012:/domain/d'}", "{'tags':[]}"));
}

/* ---- texts ---- */

/* What the answer repeats is whole, whichever characters are in it. */
static void a_nul_cuts_no_text(void **state)
{
#define HERE "arn:aws:swf:us-east-1:123456789012:/domain/x\\u0000y"
#define ABROAD "arn:aws:swf:eu-west-1:123456789012:/domain/x\\u0000y"
#define THEIRS "arn:aws:swf:us-east-1:210987654321:/domain/x\\u0000y"
    PLAY(*state, UNKNOWN("DescribeDomain", "{'name':'x\\u0000y'}", "domain: x\\u0000y"),
         UNKNOWN("DescribeWorkflowType",
                 "{'domain':'d','workflowType':{'name':'x\\u0000y','version':'\\u0000'}}",
                 "type: WorkflowType=[name=x\\u0000y, version=\\u0000]"),
         UNKNOWN("DescribeActivityType",
                 "{'domain':'d','activityType':{'name':'x\\u0000y','version':'\\u0000'}}",
                 "type: ActivityType=[name=x\\u0000y, version=\\u0000]"),
         UNKNOWN("SignalWorkflowExecution",
                 "{'domain':'d','workflowId':'x\\u0000y','signalName':'s'}",
                 "execution, workflowId = x\\u0000y"),
         UNKNOWN("TerminateWorkflowExecution",
                 "{'domain':'d','workflowId':'x\\u0000y','runId':'\\u0000r'}",
                 "execution: WorkflowExecution=[workflowId=x\\u0000y, runId=\\u0000r]"),
         REFUSED("ListTagsForResource", "{'resourceArn':'x\\u0000y'}", "`x\\u0000y`", "resourceArn",
                 "Member must be the ARN of a domain"),
         UNKNOWN("ListTagsForResource", "{'resourceArn':'" HERE "'}", "domain: x\\u0000y"),
         UNKNOWN("ListTagsForResource", "{'resourceArn':'" ABROAD "'}", "domain: x\\u0000y"),
         { "ListTagsForResource", "{'resourceArn':'" THEIRS "'}", 400,
           "{'__type':'com.amazon.coral.service#AccessDeniedException',"
           "'Message':'User: arn:aws:iam::123456789012:root is not authorized to perform: "
           "swf:ListTagsForResource on resource: " THEIRS "'}" });
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(only_a_deprecated_domain_comes_back),
        test(a_domain_comes_back_as_it_was),
        test(its_types_do_not_come_back_with_it),
        test(new_types_may_come_again),
        test(only_a_deprecated_workflow_type_comes_back),
        test(only_a_deprecated_activity_type_comes_back),
        test(the_deprecation_date_goes),
        test(a_type_that_came_back_is_of_use),
        test(no_type_comes_back_to_a_deprecated_domain),
        test(only_a_deprecated_type_goes),
        test(a_deleted_workflow_type_is_unknown),
        test(a_deleted_activity_type_is_unknown),
        test(one_version_goes_and_the_others_stay),
        test(types_go_from_a_deprecated_domain),
        test(what_was_deleted_may_be_registered_anew),
        test(open_runs_of_a_deleted_type_go_on),
        test(tasks_of_a_deleted_type_go_on),
        test(no_task_of_a_deleted_type_begins),
        cmocka_unit_test(a_deleted_type_leaves_its_place),
        test(a_domain_begins_with_the_tags_it_was_given),
        test(tags_are_added_and_replaced),
        test(the_last_of_one_key_counts),
        test(tags_are_removed_by_key),
        test(tags_of_a_deprecated_domain),
        test(tags_change_nothing_else),
        test(fifty_tags_and_no_more),
        test(what_is_no_arn_of_a_domain),
        test(what_is_no_arn_is_refused_by_all),
        test(another_account_is_not_for_this_one),
        test(a_domain_that_is_not_there),
        test(names_in_arns_are_taken_as_they_are),
        test(a_nul_cuts_no_text),
    };

    return cmocka_run_group_tests_name("registration", tests, NULL, NULL);
}
