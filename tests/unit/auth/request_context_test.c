#include "auth/request_context.h"

#include "auth/action.h"
#include "bench.h"
#include "wire/decode.h"

#define TYPE "'workflowType':{'name':'order','version':'2'}"
#define ACTIVITY "'activityType':{'name':'pack','version':'1'}"
#define LIST "'taskList':{'name':'fast'}"
#define RUN "'execution':{'workflowId':'w','runId':'r'}"
#define TIMES "'startTimeFilter':{'oldestDate':1}"
#define ARN "'resourceArn':'arn:aws:swf:r:123456789012:/domain/shop'"
/* What no call is. */
#define NEVER "aws:ViaAWSService=false aws:PrincipalIsAWSService=false "
#define TAGS "'tags':[{'key':'a','value':'1'},{'key':'b'}]"

static const struct resource_tag domain_tags[] = { { BYTES("environment"), BYTES("test") } };
static const struct resource_tag user_tags[] = { { BYTES("team"), BYTES("red") } };

static const struct request_facts facts = {
    .domain_tags = { domain_tags, 1 },
    .default_task_list = BYTES("registered"),
};

static const struct caller caller = {
    .principal_arn = BYTES("arn:aws:iam::123456789012:user/bob"),
    .principal_type = BYTES("User"),
    .account = BYTES("123456789012"),
    .user_name = BYTES("bob"),
    .user_id = BYTES("AIDA1"),
    .tags = { user_tags, 1 },
    .region = BYTES("us-east-1"),
    .source_ip = BYTES("203.0.113.7"),
    .user_agent = BYTES("cli/1"),
    .secure_transport = true,
    .now = { INT64_C(1795773774123) },
};

/* Decodes a body in which ' stands for a quotation mark. */
static struct request request_of(struct bench *bench, enum operation operation, const char *body)
{
    size_t len = strlen(body);
    char *text = arena_alloc_text(&bench->arena, len + JSON_PADDING);
    struct request request;

    memset(text, 0, len + JSON_PADDING);
    for (size_t i = 0; i < len; i++)
        text[i] = (char)(body[i] == '\'' ? '"' : body[i]);
    struct fault fault = decode_request(bench->reader, operation, bytes_of(text, len),
                                        &bench->arena, &request);
    if (!fault_is_none(fault))
        fail_msg("%s: %.*s", operation_names[operation], BYTES_FMT(fault.message));
    return request;
}

static bool is_of_everybody(struct bytes name)
{
    static const struct bytes names[] = {
        BYTES("aws:CurrentTime"),     BYTES("aws:EpochTime"),       BYTES("aws:Principal"),
        BYTES("aws:SourceIp"),        BYTES("aws:UserAgent"),       BYTES("aws:user"),
        BYTES("aws:SecureTransport"), BYTES("aws:RequestedRegion"), BYTES("aws:ResourceTag/"),
        BYTES("aws:ViaAWSService"),
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (bytes_starts_with(name, names[i]))
            return true;
    return false;
}

/* "key=value,value key=value", in the order in which they were added; what is shared comes first.
 */
static struct bytes written_of(struct bench *bench, const struct context *context, bool everything)
{
    struct bytes out = context->rest ? written_of(bench, context->rest, everything) : BYTES("");

    for (size_t i = 0; i < context->count; i++) {
        const struct context_key *key = &context->keys[i];
        if (!everything && is_of_everybody(key->name))
            continue;
        out = arena_printf(&bench->arena, "%.*s%s%.*s=", BYTES_FMT(out), out.len ? " " : "",
                           BYTES_FMT(key->name));
        for (size_t j = 0; j < key->count; j++)
            out = arena_printf(&bench->arena, "%.*s%s%.*s", BYTES_FMT(out), j ? "," : "",
                               BYTES_FMT(key->values[j]));
    }
    return out;
}

static struct bytes written(struct bench *bench, bool everything)
{
    return written_of(bench, &bench->context, everything);
}

static struct shared_context *shared_of(struct bench *bench)
{
    struct shared_context *shared = arena_new(&bench->arena, struct shared_context);

    shared_context_init(shared, &bench->arena, &caller, facts.domain_tags);
    return shared;
}

/* What every operation carries by itself, given all parameters that a policy can see. */
static const struct {
    enum operation operation;
    const char *body;
    const char *keys;
} calls[] = {
    { OPERATION_COUNT_CLOSED_WORKFLOW_EXECUTIONS,
      "{'domain':'shop'," TIMES ",'tagFilter':{'tag':'t'}}", "swf:tagFilter.tag=t" },
    { OPERATION_COUNT_OPEN_WORKFLOW_EXECUTIONS,
      "{'domain':'shop'," TIMES ",'typeFilter':{'name':'order','version':'2'}}",
      "swf:typeFilter.name=order swf:typeFilter.version=2" },
    { OPERATION_COUNT_PENDING_ACTIVITY_TASKS, "{'domain':'shop'," LIST "}",
      "swf:taskList.name=fast" },
    { OPERATION_COUNT_PENDING_DECISION_TASKS, "{'domain':'shop'," LIST "}",
      "swf:taskList.name=fast" },
    { OPERATION_DELETE_ACTIVITY_TYPE, "{'domain':'shop'," ACTIVITY "}",
      "swf:activityType.name=pack swf:activityType.version=1" },
    { OPERATION_DELETE_WORKFLOW_TYPE, "{'domain':'shop'," TYPE "}",
      "swf:workflowType.name=order swf:workflowType.version=2" },
    { OPERATION_DEPRECATE_ACTIVITY_TYPE, "{'domain':'shop'," ACTIVITY "}",
      "swf:activityType.name=pack swf:activityType.version=1" },
    { OPERATION_DEPRECATE_DOMAIN, "{'name':'shop'}", "" },
    { OPERATION_DEPRECATE_WORKFLOW_TYPE, "{'domain':'shop'," TYPE "}",
      "swf:workflowType.name=order swf:workflowType.version=2" },
    { OPERATION_DESCRIBE_ACTIVITY_TYPE, "{'domain':'shop'," ACTIVITY "}",
      "swf:activityType.name=pack swf:activityType.version=1" },
    { OPERATION_DESCRIBE_DOMAIN, "{'name':'shop'}", "" },
    { OPERATION_DESCRIBE_WORKFLOW_EXECUTION, "{'domain':'shop'," RUN "}", "" },
    { OPERATION_DESCRIBE_WORKFLOW_TYPE, "{'domain':'shop'," TYPE "}",
      "swf:workflowType.name=order swf:workflowType.version=2" },
    { OPERATION_GET_WORKFLOW_EXECUTION_HISTORY, "{'domain':'shop'," RUN "}", "" },
    { OPERATION_LIST_ACTIVITY_TYPES,
      "{'domain':'shop','name':'pack','registrationStatus':'REGISTERED'}", "" },
    { OPERATION_LIST_CLOSED_WORKFLOW_EXECUTIONS,
      "{'domain':'shop'," TIMES ",'typeFilter':{'name':'order'},'tagFilter':{'tag':''}}",
      "swf:tagFilter.tag= swf:typeFilter.name=order" },
    { OPERATION_LIST_DOMAINS, "{'registrationStatus':'REGISTERED'}", "" },
    { OPERATION_LIST_OPEN_WORKFLOW_EXECUTIONS, "{'domain':'shop'," TIMES "}", "" },
    { OPERATION_LIST_TAGS_FOR_RESOURCE, "{" ARN "}", "" },
    { OPERATION_LIST_WORKFLOW_TYPES,
      "{'domain':'shop','name':'order','registrationStatus':'REGISTERED'}", "" },
    { OPERATION_POLL_FOR_ACTIVITY_TASK, "{'domain':'shop'," LIST "}", "swf:taskList.name=fast" },
    { OPERATION_POLL_FOR_DECISION_TASK, "{'domain':'shop'," LIST "}", "swf:taskList.name=fast" },
    { OPERATION_RECORD_ACTIVITY_TASK_HEARTBEAT, "{'taskToken':'t'}", "" },
    { OPERATION_REGISTER_ACTIVITY_TYPE,
      "{'domain':'shop','name':'pack','version':'1','defaultTaskList':{'name':'fast'}}",
      "swf:defaultTaskList.name=fast swf:name=pack swf:version=1" },
    { OPERATION_REGISTER_DOMAIN,
      "{'name':'shop','workflowExecutionRetentionPeriodInDays':'1'," TAGS "}",
      "aws:RequestTag/a=1 aws:RequestTag/b= aws:TagKeys=a,b" },
    { OPERATION_REGISTER_WORKFLOW_TYPE, "{'domain':'shop','name':'order','version':'2'}",
      "swf:name=order swf:version=2" },
    { OPERATION_REQUEST_CANCEL_WORKFLOW_EXECUTION, "{'domain':'shop','workflowId':'w'}", "" },
    { OPERATION_RESPOND_ACTIVITY_TASK_CANCELED, "{'taskToken':'t'}", "" },
    { OPERATION_RESPOND_ACTIVITY_TASK_COMPLETED, "{'taskToken':'t'}", "" },
    { OPERATION_RESPOND_ACTIVITY_TASK_FAILED, "{'taskToken':'t'}", "" },
    { OPERATION_RESPOND_DECISION_TASK_COMPLETED, "{'taskToken':'t'," LIST "}", "" },
    { OPERATION_SIGNAL_WORKFLOW_EXECUTION, "{'domain':'shop','workflowId':'w','signalName':'s'}",
      "" },
    { OPERATION_START_WORKFLOW_EXECUTION,
      "{'domain':'shop','workflowId':'w'," TYPE "," LIST ",'tagList':['a','b','c','d','e']}",
      "swf:workflowType.name=order swf:workflowType.version=2 swf:taskList.name=fast "
      "swf:tagList.member.0=a swf:tagList.member.1=b swf:tagList.member.2=c "
      "swf:tagList.member.3=d swf:tagList.member.4=e" },
    { OPERATION_TAG_RESOURCE, "{" ARN "," TAGS "}",
      "aws:RequestTag/a=1 aws:RequestTag/b= aws:TagKeys=a,b" },
    { OPERATION_TERMINATE_WORKFLOW_EXECUTION, "{'domain':'shop','workflowId':'w'}", "" },
    { OPERATION_UNDEPRECATE_ACTIVITY_TYPE, "{'domain':'shop'," ACTIVITY "}",
      "swf:activityType.name=pack swf:activityType.version=1" },
    { OPERATION_UNDEPRECATE_DOMAIN, "{'name':'shop'}", "" },
    { OPERATION_UNDEPRECATE_WORKFLOW_TYPE, "{'domain':'shop'," TYPE "}",
      "swf:workflowType.name=order swf:workflowType.version=2" },
    { OPERATION_UNTAG_RESOURCE, "{" ARN ",'tagKeys':['a','b']}", "aws:TagKeys=a,b" },
};

static void every_call_carries_its_keys(void **state)
{
    struct bench *bench = *state;

    assert_int_equal(sizeof(calls) / sizeof(calls[0]), OPERATION_COUNT);
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        assert_int_equal(calls[i].operation, i);
        struct request request = request_of(bench, calls[i].operation, calls[i].body);
        bench_clear(bench);
        request_context_of_call(&bench->context, &request, &caller, &facts);
        assert_text(written(bench, false), calls[i].keys);
    }
}

/* With the tag "team" a policy would be asked about another. */
static void a_nul_does_not_end_the_key_of_a_tag(void **state)
{
    struct bench *bench = *state;
    struct request request = request_of(bench, OPERATION_TAG_RESOURCE,
                                        "{" ARN ",'tags':[{'key':'team\\u0000x','value':'red'}]}");

    request_context_of_call(&bench->context, &request, &caller, &facts);
    assert_null(context_find(&bench->context, BYTES("aws:RequestTag/team")));
    assert_non_null(context_find(&bench->context, BYTES("aws:RequestTag/team\0x")));
}

static void of_a_tag_given_twice_the_last_value_counts(void **state)
{
    struct bench *bench = *state;
    struct request request = request_of(bench, OPERATION_TAG_RESOURCE,
                                        "{" ARN ",'tags':[{'key':'a','value':'1'},"
                                        "{'key':'b','value':'2'},{'key':'a','value':'3'},"
                                        "{'key':'b'}]}");

    request_context_of_call(&bench->context, &request, &caller, &facts);
    assert_true(bytes_equal_cstr(written(bench, false),
                                 "aws:RequestTag/a=3 aws:RequestTag/b= aws:TagKeys=a,b,a,b"));
}

static void a_registered_default_supplies_a_key(void **state)
{
    struct bench *bench = *state;
    struct request request = request_of(bench, OPERATION_START_WORKFLOW_EXECUTION,
                                        "{'domain':'shop','workflowId':'w'," TYPE "}");

    request_context_of_call(&bench->context, &request, &caller, &facts);
    assert_text(written(bench, false), "swf:workflowType.name=order swf:workflowType.version=2 "
                                       "swf:taskList.name=registered");
    bench_clear(bench);
    request_context_of_call(&bench->context, &request, &caller, &(struct request_facts){ 0 });
    assert_text(written(bench, false), "swf:workflowType.name=order swf:workflowType.version=2");
}

static void a_call_carries_who_calls_and_how(void **state)
{
    struct bench *bench = *state;
    struct request request = request_of(bench, OPERATION_DESCRIBE_DOMAIN, "{'name':'shop'}");

    request_context_of_call(&bench->context, &request, &caller, &facts);
    assert_text(written(bench, true),
                "aws:CurrentTime=2026-11-27T10:02:54.123Z aws:EpochTime=1795773774 " NEVER
                "aws:PrincipalArn=arn:aws:iam::123456789012:user/bob "
                "aws:PrincipalAccount=123456789012 aws:PrincipalType=User aws:username=bob "
                "aws:userid=AIDA1 aws:RequestedRegion=us-east-1 aws:PrincipalTag/team=red "
                "aws:SourceIp=203.0.113.7 aws:UserAgent=cli/1 aws:SecureTransport=true "
                "aws:ResourceTag/environment=test");
}

static void what_is_not_known_of_a_caller_is_no_key(void **state)
{
    struct bench *bench = *state;
    struct request request = request_of(bench, OPERATION_DESCRIBE_DOMAIN, "{'name':'shop'}");

    request_context_of_call(&bench->context, &request, &(struct caller){ .now = { 1000 } },
                            &(struct request_facts){ 0 });
    assert_text(written(bench, true),
                "aws:CurrentTime=1970-01-01T00:00:01.000Z aws:EpochTime=1 " NEVER
                "aws:SecureTransport=false");
}

/* For who cannot have shown a second factor there is no key that says so. */
static void only_of_temporary_credentials_it_is_said_that_there_was_no_second_factor(void **state)
{
    struct bench *bench = *state;
    struct caller temporary = caller;
    const struct context_key *key;

    request_context_of_caller(&bench->context, &caller, true);
    assert_null(context_find(&bench->context, BYTES("aws:MultiFactorAuthPresent")));
    bench_clear(bench);
    temporary.is_temporary = true;
    request_context_of_caller(&bench->context, &temporary, true);
    key = context_find(&bench->context, BYTES("aws:MultiFactorAuthPresent"));
    assert_non_null(key);
    assert_text(key->values[0], "false");
}

static void a_domain_that_is_registered_has_no_tags_yet(void **state)
{
    struct bench *bench = *state;
    struct request request = request_of(
        bench, OPERATION_REGISTER_DOMAIN,
        "{'name':'shop','workflowExecutionRetentionPeriodInDays':'1'}");

    request_context_of_call(&bench->context, &request, &caller, &facts);
    assert_null(context_find(&bench->context, BYTES("aws:ResourceTag/environment")));
    assert_null(context_find(&bench->context, BYTES("aws:TagKeys")));
}

/* ---- decisions */

/* The only decision of a list. */
static struct decision decision_of(struct bench *bench, const char *decision)
{
    struct bytes body = arena_printf(&bench->arena, "{'taskToken':'t','decisions':[%s]}%c",
                                     decision, '\0');
    struct request request = request_of(bench, OPERATION_RESPOND_DECISION_TASK_COMPLETED, body.ptr);

    return request.respond_decision_task_completed->decisions.items[0];
}

static const struct {
    const char *body;
    const char *keys;
} decisions[DECISION_TYPE_COUNT] = {
    { "{'decisionType':'ScheduleActivityTask','scheduleActivityTaskDecisionAttributes':{" ACTIVITY
      ",'activityId':'a'," LIST "}}",
      "swf:activityType.name=pack swf:activityType.version=1 swf:taskList.name=fast" },
    { "{'decisionType':'RequestCancelActivityTask',"
      "'requestCancelActivityTaskDecisionAttributes':{'activityId':'a'}}",
      "" },
    { "{'decisionType':'CompleteWorkflowExecution'}", "" },
    { "{'decisionType':'FailWorkflowExecution'}", "" },
    { "{'decisionType':'CancelWorkflowExecution'}", "" },
    { "{'decisionType':'ContinueAsNewWorkflowExecution',"
      "'continueAsNewWorkflowExecutionDecisionAttributes':{'workflowTypeVersion':'3',"
      "'tagList':['a']," LIST "}}",
      "swf:taskList.name=fast swf:tagList.member.0=a swf:workflowTypeVersion=3 "
      "swf:workflowType.version=3" },
    { "{'decisionType':'RecordMarker','recordMarkerDecisionAttributes':{'markerName':'m'}}", "" },
    { "{'decisionType':'StartTimer','startTimerDecisionAttributes':{'timerId':'t',"
      "'startToFireTimeout':'1'}}",
      "" },
    { "{'decisionType':'CancelTimer','cancelTimerDecisionAttributes':{'timerId':'t'}}", "" },
    { "{'decisionType':'SignalExternalWorkflowExecution',"
      "'signalExternalWorkflowExecutionDecisionAttributes':{'workflowId':'w','signalName':'s'}}",
      "" },
    { "{'decisionType':'RequestCancelExternalWorkflowExecution',"
      "'requestCancelExternalWorkflowExecutionDecisionAttributes':{'workflowId':'w'}}",
      "" },
    { "{'decisionType':'StartChildWorkflowExecution',"
      "'startChildWorkflowExecutionDecisionAttributes':{" TYPE ",'workflowId':'w'," LIST
      ",'tagList':['a','b']}}",
      "swf:workflowType.name=order swf:workflowType.version=2 swf:taskList.name=fast "
      "swf:tagList.member.0=a swf:tagList.member.1=b" },
    { "{'decisionType':'ScheduleLambdaFunction','scheduleLambdaFunctionDecisionAttributes':{"
      "'id':'i','name':'n'}}",
      "" },
};

static void every_decision_carries_its_keys(void **state)
{
    struct bench *bench = *state;

    for (size_t i = 0; i < DECISION_TYPE_COUNT; i++) {
        struct decision decision = decision_of(bench, decisions[i].body);
        assert_int_equal(decision.decision_type, i + 1);
        bench_clear(bench);
        request_context_of_decision(&bench->context, &decision, shared_of(bench),
                                    facts.default_task_list);
        assert_text(written(bench, false), decisions[i].keys);
    }
}

static void a_decision_takes_the_registered_task_list_too(void **state)
{
    static const char *const bodies[] = {
        "{'decisionType':'ScheduleActivityTask','scheduleActivityTaskDecisionAttributes':{" ACTIVITY
        ",'activityId':'a'}}",
        "{'decisionType':'ContinueAsNewWorkflowExecution'}",
        "{'decisionType':'StartChildWorkflowExecution',"
        "'startChildWorkflowExecutionDecisionAttributes':{" TYPE ",'workflowId':'w'}}",
    };
    struct bench *bench = *state;

    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        struct decision decision = decision_of(bench, bodies[i]);
        bench_clear(bench);
        request_context_of_decision(&bench->context, &decision, shared_of(bench),
                                    facts.default_task_list);
        const struct context_key *list = context_find(&bench->context, BYTES("swf:taskList.name"));
        assert_non_null(list);
        assert_text(list->values[0], "registered");
    }
}

static void a_decision_knows_nothing_of_the_connection(void **state)
{
    struct bench *bench = *state;
    struct decision decision = decision_of(bench, "{'decisionType':'CompleteWorkflowExecution'}");

    request_context_of_decision(&bench->context, &decision, shared_of(bench),
                                facts.default_task_list);
    assert_text(written(bench, true),
                "aws:CurrentTime=2026-11-27T10:02:54.123Z aws:EpochTime=1795773774 " NEVER
                "aws:PrincipalArn=arn:aws:iam::123456789012:user/bob "
                "aws:PrincipalAccount=123456789012 aws:PrincipalType=User aws:username=bob "
                "aws:userid=AIDA1 aws:RequestedRegion=us-east-1 aws:PrincipalTag/team=red "
                "aws:ResourceTag/environment=test");
}

/* ---- roles */

/* By a call or by a decision: what the domain is tagged with has nothing to do with it. */
static void a_role_is_passed_by_a_caller_to_the_service(void **state)
{
    struct bench *bench = *state;
    struct shared_context *ways[] = { NULL, shared_of(bench) };

    for (size_t i = 0; i < 2; i++) {
        bench_clear(bench);
        request_context_of_role(&bench->context, &caller, ways[i]);
        assert_text(written(bench, true),
                    "aws:CurrentTime=2026-11-27T10:02:54.123Z aws:EpochTime=1795773774 " NEVER
                    "aws:PrincipalArn=arn:aws:iam::123456789012:user/bob "
                    "aws:PrincipalAccount=123456789012 aws:PrincipalType=User aws:username=bob "
                    "aws:userid=AIDA1 aws:RequestedRegion=us-east-1 aws:PrincipalTag/team=red "
                    "aws:SourceIp=203.0.113.7 aws:UserAgent=cli/1 aws:SecureTransport=true "
                    "iam:PassedToService=swf.amazonaws.com");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(every_call_carries_its_keys),
        test(a_nul_does_not_end_the_key_of_a_tag),
        test(of_a_tag_given_twice_the_last_value_counts),
        test(a_registered_default_supplies_a_key),
        test(a_call_carries_who_calls_and_how),
        test(what_is_not_known_of_a_caller_is_no_key),
        test(only_of_temporary_credentials_it_is_said_that_there_was_no_second_factor),
        test(a_domain_that_is_registered_has_no_tags_yet),
        test(every_decision_carries_its_keys),
        test(a_decision_takes_the_registered_task_list_too),
        test(a_decision_knows_nothing_of_the_connection),
        test(a_role_is_passed_by_a_caller_to_the_service),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
