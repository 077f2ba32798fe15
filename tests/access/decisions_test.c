/*
 * Decisions are judged one by one, by the policies of whoever answers the decision task. A decision
 * that is not permitted leaves its failure in the history, and the rest of the list is done.
 */
#include "deeds.h"

#include <stdio.h>

#define DECISION(type, member, attributes) \
    "{'decisionType':'" type "','" member "':{" attributes "}}"
#define TAGS "'tagList':['t0','t1','t2','t3','t4']"
#define TAG_KEYS                                                            \
    { "swf:tagList.member.0", "t0" }, { "swf:tagList.member.1", "t1" },     \
        { "swf:tagList.member.2", "t2" }, { "swf:tagList.member.3", "t3" }, \
    {                                                                       \
        "swf:tagList.member.4", "t4"                                        \
    }

/* A decision that would come true, and the condition keys that the developer guide says it has. */
struct ruling {
    enum decision_type type;
    const char *text;
    const char *event;   /* when it is permitted */
    const char *failure; /* when it is not */
    bool closes;
    struct condition_key keys[DEED_KEYS_MAX];
};

/* clang-format off */
static const struct ruling rulings[] = {
    { DECISION_CANCEL_TIMER,
      DECISION("CancelTimer", "cancelTimerDecisionAttributes", "'timerId':'running'"),
      "TimerCanceled", "CancelTimerFailed", false, { { NULL, NULL } } },
    { DECISION_CANCEL_WORKFLOW_EXECUTION,
      DECISION("CancelWorkflowExecution", "cancelWorkflowExecutionDecisionAttributes", ""),
      "WorkflowExecutionCanceled", "CancelWorkflowExecutionFailed", true, { { NULL, NULL } } },
    { DECISION_COMPLETE_WORKFLOW_EXECUTION,
      DECISION("CompleteWorkflowExecution", "completeWorkflowExecutionDecisionAttributes", ""),
      "WorkflowExecutionCompleted", "CompleteWorkflowExecutionFailed", true, { { NULL, NULL } } },
    { DECISION_CONTINUE_AS_NEW_WORKFLOW_EXECUTION,
      DECISION("ContinueAsNewWorkflowExecution", "continueAsNewWorkflowExecutionDecisionAttributes",
               "'workflowTypeVersion':'1'," TAGS),
      "WorkflowExecutionContinuedAsNew", "ContinueAsNewWorkflowExecutionFailed", true,
      { { "swf:taskList.name", "deciders" }, { "swf:workflowTypeVersion", "1" },
        { "swf:workflowType.version", "1" }, TAG_KEYS } },
    { DECISION_FAIL_WORKFLOW_EXECUTION,
      DECISION("FailWorkflowExecution", "failWorkflowExecutionDecisionAttributes", ""),
      "WorkflowExecutionFailed", "FailWorkflowExecutionFailed", true, { { NULL, NULL } } },
    { DECISION_RECORD_MARKER,
      DECISION("RecordMarker", "recordMarkerDecisionAttributes", "'markerName':'m'"),
      "MarkerRecorded", "RecordMarkerFailed", false, { { NULL, NULL } } },
    { DECISION_REQUEST_CANCEL_ACTIVITY_TASK,
      DECISION("RequestCancelActivityTask", "requestCancelActivityTaskDecisionAttributes",
               "'activityId':'open'"),
      "ActivityTaskCancelRequested", "RequestCancelActivityTaskFailed", false, { { NULL, NULL } } },
    { DECISION_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION,
      DECISION("RequestCancelExternalWorkflowExecution",
               "requestCancelExternalWorkflowExecutionDecisionAttributes", "'workflowId':'waiting'"),
      "RequestCancelExternalWorkflowExecutionInitiated",
      "RequestCancelExternalWorkflowExecutionFailed", false, { { NULL, NULL } } },
    { DECISION_SCHEDULE_ACTIVITY_TASK,
      DECISION("ScheduleActivityTask", "scheduleActivityTaskDecisionAttributes",
               "'activityId':'new','activityType':{'name':'a','version':'1'}"),
      "ActivityTaskScheduled", "ScheduleActivityTaskFailed", false,
      { { "swf:activityType.name", "a" }, { "swf:activityType.version", "1" },
        { "swf:taskList.name", "workers" } } },
    { DECISION_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION,
      DECISION("SignalExternalWorkflowExecution", "signalExternalWorkflowExecutionDecisionAttributes",
               "'workflowId':'waiting','signalName':'s'"),
      "SignalExternalWorkflowExecutionInitiated", "SignalExternalWorkflowExecutionFailed", false,
      { { NULL, NULL } } },
    { DECISION_START_CHILD_WORKFLOW_EXECUTION,
      DECISION("StartChildWorkflowExecution", "startChildWorkflowExecutionDecisionAttributes",
               "'workflowId':'<workflow>-child','workflowType':{'name':'w','version':'1'}," TAGS),
      "StartChildWorkflowExecutionInitiated", "StartChildWorkflowExecutionFailed", false,
      { { "swf:workflowType.name", "w" }, { "swf:workflowType.version", "1" },
        { "swf:taskList.name", "deciders" }, TAG_KEYS } },
    { DECISION_START_TIMER,
      DECISION("StartTimer", "startTimerDecisionAttributes",
               "'timerId':'new','startToFireTimeout':'10'"),
      "TimerStarted", "StartTimerFailed", false, { { NULL, NULL } } },
};
/* clang-format on */

#define RULINGS (sizeof(rulings) / sizeof(rulings[0]))

#define MARKER \
    DECISION("RecordMarker", "recordMarkerDecisionAttributes", "'markerName':'neighbour'")
#define TIMER(id)                                          \
    DECISION("StartTimer", "startTimerDecisionAttributes", \
             "'timerId':'" id "','startToFireTimeout':'10'")

static struct credentials admin;

/* ---- a workflow that waits for decisions ---- */

static void take_decision_task(struct stage *stage)
{
    stage_do(stage, &admin, "PollForDecisionTask",
             "{'domain':'<domain>','taskList':{'name':'deciders'}}");
    stage_keep(stage, "decision", "taskToken");
}

/* Its decision task is handed out; it has a timer "running" and an activity "open". */
static void begin_workflow(struct stage *stage, const char *id)
{
    stage_bind(stage, "workflow", bytes_of_cstr(id));
    stage_do(stage, &admin, "StartWorkflowExecution",
             "{'domain':'<domain>','workflowId':'<workflow>',"
             "'workflowType':{'name':'w','version':'1'}}");
    stage_keep(stage, "run", "runId");
    take_decision_task(stage);
    stage_do(stage, &admin, "RespondDecisionTaskCompleted",
             "{'taskToken':'<decision>','decisions':[{'decisionType':'StartTimer',"
             "'startTimerDecisionAttributes':{'timerId':'running','startToFireTimeout':'600'}},"
             "{'decisionType':'ScheduleActivityTask','scheduleActivityTaskDecisionAttributes':"
             "{'activityId':'open','activityType':{'name':'a','version':'1'}}}]}");
    stage_do(stage, &admin, "SignalWorkflowExecution",
             "{'domain':'<domain>','workflowId':'<workflow>','signalName':'wake'}");
    take_decision_task(stage);
}

static void read_history(struct stage *stage)
{
    stage_do(stage, &admin, "GetWorkflowExecutionHistory",
             "{'domain':'<domain>','execution':{'workflowId':'<workflow>','runId':'<run>'}}");
}

/* The events since that one of the last reply; the reply ends behind it. */
static struct bytes events_since(struct bytes reply, const char *type)
{
    char wanted[80];
    const char *found = NULL, *next;

    snprintf(wanted, sizeof(wanted), "\"eventType\":\"%s\"", type);
    next = memmem(reply.ptr, reply.len, wanted, strlen(wanted));
    while (next) {
        found = next + strlen(wanted);
        next = memmem(found, (size_t)(reply.ptr + reply.len - found), wanted, strlen(wanted));
    }
    assert_non_null(found);
    return bytes_of(found, (size_t)(reply.ptr + reply.len - found));
}

/* What came of the list that was answered last: "MarkerRecorded StartTimerFailed " */
static void list_events(struct stage *stage, char *out, size_t size)
{
    struct bytes rest, type;

    read_history(stage);
    rest = events_since(stage->talk.body, "DecisionTaskCompleted");
    for (out[0] = '\0'; !bytes_is_absent(type = stage_member(rest, "eventType"));
         rest = bytes_skip(rest, (size_t)(type.ptr + type.len - rest.ptr)))
        snprintf(out + strlen(out), size - strlen(out), "%.*s ", BYTES_FMT(type));
}

/* The reason that this event of the last reply gives. */
static struct bytes cause_of(const struct stage *stage, const char *event)
{
    char wanted[80];
    const char *found;
    struct bytes reply = stage->talk.body;

    snprintf(wanted, sizeof(wanted), "%c%s", event[0] | 0x20, event + 1);
    strncat(wanted, "EventAttributes\":{", sizeof(wanted) - strlen(wanted) - 1);
    found = memmem(reply.ptr, reply.len, wanted, strlen(wanted));
    assert_non_null(found);
    return stage_member(bytes_of(found, (size_t)(reply.ptr + reply.len - found)), "cause");
}

/* Answers the decision task as `who` with the decision between two neighbours, which are timers
 * where it is a marker; behind one, where it closes. */
static void decide(struct stage *stage, const struct credentials *who, const struct ruling *ruling)
{
    bool is_marker = ruling->type == DECISION_RECORD_MARKER;
    char template[2048];

    snprintf(template, sizeof(template), "{'taskToken':'<decision>','decisions':[%s,%s%s%s]}",
             is_marker ? TIMER("1") : MARKER, ruling->text, ruling->closes ? "" : ",",
             ruling->closes ? ""
             : is_marker    ? TIMER("2")
                            : MARKER);
    stage_do(stage, who, "RespondDecisionTaskCompleted", template);
}

/* ---- people ---- */

static const struct condition_key *const *keys_of(const struct ruling *ruling)
{
    static const struct condition_key *lists[4];

    lists[0] = ruling->keys;
    lists[1] = principal_keys;
    lists[2] = domain_keys;
    return lists;
}

/* Someone who may answer decision tasks, make neighbours, and make this decision if `condition`. */
static void add_decider(struct people *people, const struct ruling *ruling, const char *name,
                        const char *condition)
{
    struct text own;

    text_init(&own, STAGE_TEXT_MAX);
    text_printf(&own,
                "{'Effect':'Allow','Action':['swf:RespondDecisionTaskCompleted','swf:%s'],"
                "'Resource':'*'},{'Effect':'Allow','Action':'swf:%s','Resource':'*'",
                ruling->type == DECISION_RECORD_MARKER ? "StartTimer" : "RecordMarker",
                decision_type_names[ruling->type]);
    text_append_cstr(&own, condition);
    text_append(&own, bytes_of("}", 2)); /* and a NUL */
    people_add(people, IN_A, name, own.ptr);
    text_deinit(&own);
}

/* False when it has no key of that number. */
static bool add_conditional(struct people *people, const struct ruling *ruling, const char *name,
                            int wrong)
{
    struct text condition;
    int count;

    text_init(&condition, STAGE_TEXT_MAX);
    count = conditions_append_equal(&condition, keys_of(ruling), name, wrong);
    text_append_char(&condition, '\0');
    if (wrong < count)
        add_decider(people, ruling, name, condition.ptr);
    text_deinit(&condition);
    return wrong < count;
}

static void add_without_others(struct people *people, const struct ruling *ruling, const char *name)
{
    struct text condition;

    text_init(&condition, STAGE_TEXT_MAX);
    conditions_append_no_other(&condition, keys_of(ruling));
    text_append_char(&condition, '\0');
    add_decider(people, ruling, name, condition.ptr);
    text_deinit(&condition);
}

/* All of them; how many there are called "wrong-N". */
static int let_in(struct stage *stage, const struct ruling *ruling)
{
    const char *decision = decision_type_names[ruling->type];
    struct people people;
    char statements[256], name[16];
    int count = 0;

    people_init(&people);
    people_add(&people, IN_A, "admin", ALLOW_ALL);
    snprintf(statements, sizeof(statements), ALLOW_ALL "," DENY("swf:%s", "*"), decision);
    people_add(&people, IN_A, "denied", statements);
    snprintf(statements, sizeof(statements),
             "{'Effect':'Allow','NotAction':'swf:%s','Resource':'*'}", decision);
    people_add(&people, IN_A, "others", statements);
    people_add_bounded(&people, IN_A, "bounded", ALLOW_ALL, statements);
    people_add_session(&people, IN_A, "narrow", ALLOW_ALL, statements, "2013-01-01");
    add_decider(&people, ruling, "only", "");
    add_conditional(&people, ruling, "fitting", -1);
    add_without_others(&people, ruling, "plain");
    do {
        snprintf(name, sizeof(name), "wrong-%d", count);
    } while (add_conditional(&people, ruling, name, count) && ++count);
    stage_admit(stage, &people);
    people_deinit(&people);
    return count;
}

/* ---- refused and permitted ---- */

static void expect_refused(struct stage *stage, const struct ruling *ruling,
                           const struct credentials *who, const char *id)
{
    const char *neighbour = ruling->type == DECISION_RECORD_MARKER ? "TimerStarted"
                                                                   : "MarkerRecorded";
    char expected[256], events[512];

    begin_workflow(stage, id);
    decide(stage, who, ruling);
    list_events(stage, events, sizeof(events));
    snprintf(expected, sizeof(expected), "%s %s %s%sDecisionTaskScheduled ", neighbour,
             ruling->failure, ruling->closes ? "" : neighbour, ruling->closes ? "" : " ");
    assert_string_equal(events, expected);
    if (!bytes_equal_cstr(cause_of(stage, ruling->failure), "OPERATION_NOT_PERMITTED"))
        fail_msg("%s by %s: %.*s", ruling->failure, who->key_id, BYTES_FMT(stage->talk.body));
    stage_do(stage, &admin, "TerminateWorkflowExecution",
             "{'domain':'<domain>','workflowId':'<workflow>'}");
}

static void expect_permitted(struct stage *stage, const struct ruling *ruling, const char *name)
{
    struct credentials keys = people_user_keys(name);
    char events[512];

    begin_workflow(stage, name);
    decide(stage, &keys, ruling);
    list_events(stage, events, sizeof(events));
    if (!strstr(events, ruling->event) || strstr(events, ruling->failure))
        fail_msg("%s by %s: %s", decision_type_names[ruling->type], name, events);
    stage_settle(stage, &admin); /* so that a child is there */
    stage_call(stage, &admin, "TerminateWorkflowExecution",
               "{'domain':'<domain>','workflowId':'<workflow>'}");
    stage_call(stage, &admin, "TerminateWorkflowExecution",
               "{'domain':'<domain>','workflowId':'<workflow>-child'}");
}

/* A domain for each decision, so that nobody else's tasks are in the list. */
static int begin_ruling(struct stage *stage, const struct ruling *ruling)
{
    deed_prepare(stage, &admin, OPERATION_RESPOND_DECISION_TASK_COMPLETED,
                 decision_type_names[ruling->type]);
    take_decision_task(stage); /* of "waiting" */
    return let_in(stage, ruling);
}

static int setup(void **state)
{
    struct people people;

    admin = people_user_keys("admin");
    people_init(&people);
    people_add(&people, IN_A, "admin", ALLOW_ALL);
    *state = stage_new(&people, NULL);
    people_deinit(&people);
    return 0;
}

static void what_is_refused_fails_and_the_rest_is_done(void **state)
{
    static const char *const names[] = { "denied", "others", "bounded" };
    struct credentials narrow = people_session_keys("narrow");

    for (size_t i = 0; i < RULINGS; i++) {
        begin_ruling(*state, &rulings[i]);
        for (size_t j = 0; j < sizeof(names) / sizeof(names[0]); j++) {
            struct credentials keys = people_user_keys(names[j]);

            expect_refused(*state, &rulings[i], &keys, names[j]);
        }
        expect_refused(*state, &rulings[i], &narrow, "narrow");
    }
}

static void what_is_permitted_is_done(void **state)
{
    for (size_t i = 0; i < RULINGS; i++) {
        begin_ruling(*state, &rulings[i]);
        expect_permitted(*state, &rulings[i], "only");
    }
}

static void conditions_see_the_keys_of_the_decision_and_no_others(void **state)
{
    char name[16];

    for (size_t i = 0; i < RULINGS; i++) {
        int count = begin_ruling(*state, &rulings[i]);

        expect_permitted(*state, &rulings[i], "fitting");
        expect_permitted(*state, &rulings[i], "plain");
        for (int wrong = 0; wrong < count; wrong++) {
            snprintf(name, sizeof(name), "wrong-%d", wrong);
            struct credentials keys = people_user_keys(name);

            expect_refused(*state, &rulings[i], &keys, name);
        }
    }
}

/* Each decision of a list by itself: what a policy says of one says nothing of its neighbour. */
static void each_decision_is_judged_by_itself(void **state)
{
    struct stage *stage = *state;
    struct credentials packer = people_user_keys("packer");
    struct people people;
    char events[512];

    deed_prepare(stage, &admin, OPERATION_RESPOND_DECISION_TASK_COMPLETED, "shop");
    take_decision_task(stage);
    people_init(&people);
    people_add(&people, IN_A, "admin", ALLOW_ALL);
    people_add(&people, IN_A, "packer",
               ALLOW("swf:RespondDecisionTaskCompleted", "*") "," STATEMENT(
                   "Allow", "swf:ScheduleActivityTask", "*",
                   ",'Condition':{'StringEquals':{'swf:taskList.name':'express'}}"));
    stage_admit(stage, &people);
    people_deinit(&people);
    begin_workflow(stage, "order");
    stage_do(stage, &packer, "RespondDecisionTaskCompleted",
             "{'taskToken':'<decision>','decisions':[{'decisionType':'ScheduleActivityTask',"
             "'scheduleActivityTaskDecisionAttributes':{'activityId':'1','activityType':"
             "{'name':'a','version':'1'}}},{'decisionType':'ScheduleActivityTask',"
             "'scheduleActivityTaskDecisionAttributes':{'activityId':'2','activityType':"
             "{'name':'a','version':'1'},'taskList':{'name':'express'}}},"
             "{'decisionType':'CompleteWorkflowExecution'}]}");
    list_events(stage, events, sizeof(events));
    assert_string_equal(events, "ScheduleActivityTaskFailed ActivityTaskScheduled "
                                "CompleteWorkflowExecutionFailed DecisionTaskScheduled ");
}

/* The pseudo actions have no name for it: whoever may answer decision tasks may do it. */
static void scheduling_a_function_is_no_action(void **state)
{
    struct stage *stage = *state;
    struct credentials decider = people_user_keys("decider");
    struct people people;
    char events[512];

    deed_prepare(stage, &admin, OPERATION_RESPOND_DECISION_TASK_COMPLETED, "lambda");
    take_decision_task(stage);
    people_init(&people);
    people_add(&people, IN_A, "admin", ALLOW_ALL);
    people_add(&people, IN_A, "decider", ALLOW("swf:RespondDecisionTaskCompleted", "*"));
    stage_admit(stage, &people);
    people_deinit(&people);
    begin_workflow(stage, "order");
    stage_do(stage, &decider, "RespondDecisionTaskCompleted",
             "{'taskToken':'<decision>','decisions':[{'decisionType':'ScheduleLambdaFunction',"
             "'scheduleLambdaFunctionDecisionAttributes':{'id':'f','name':'f'}}]}");
    list_events(stage, events, sizeof(events));
    assert_null(strstr(events, "OPERATION_NOT_PERMITTED"));
    read_history(stage);
    assert_null(memmem(stage->talk.body.ptr, stage->talk.body.len, "NOT_PERMITTED", 13));
}

/* ---- roles ---- */

#define ROLE "arn:aws:iam::" ACCOUNT_A ":role/lambda"
#define START(id)                            \
    "{'domain':'<domain>','workflowId':'" id \
    "','workflowType':{'name':'w','version':'1'},'lambdaRole':'" ROLE "'}"
#define PASSING(role, more) ALLOW("swf:*", "*") "," STATEMENT("Allow", "iam:PassRole", role, more)
#define TO_SERVICE(name) ",'Condition':{'StringEquals':{'iam:PassedToService':'" name "'}}"

static void let_in_those_with_roles(struct stage *stage)
{
    struct people people;

    people_init(&people);
    people_add(&people, IN_A, "admin", ALLOW_ALL);
    people_add(&people, IN_A, "passing", PASSING(ROLE, TO_SERVICE("swf.amazonaws.com")));
    people_add(&people, IN_A, "without", ALLOW("swf:*", "*"));
    people_add(&people, IN_A, "elsewhere", PASSING(ROLE "-of-another", ""));
    people_add(&people, IN_A, "to-others", PASSING(ROLE, TO_SERVICE("lambda.amazonaws.com")));
    people_add(&people, IN_A, "denied", ALLOW_ALL "," DENY("iam:PassRole", "*"));
    stage_admit(stage, &people);
    people_deinit(&people);
}

static const char *const without_the_role[] = { "without", "elsewhere", "to-others", "denied" };
#define WITHOUT_THE_ROLE (sizeof(without_the_role) / sizeof(without_the_role[0]))

static void refuse_the_role(struct stage *stage, const char *name, const char *operation,
                            const char *template)
{
    struct credentials keys = people_user_keys(name);
    uint64_t commits = service_figures(stage->whole.service).commits;

    stage_call(stage, &keys, operation, template);
    stage_expect_fault(stage, "com.amazonaws.swf.base.model#OperationNotPermittedFault",
                       "Not authorized to pass role: " ROLE, name);
    assert_int_equal(service_figures(stage->whole.service).commits, commits);
}

static void a_role_must_be_the_callers_to_pass(void **state)
{
    static const char registration[] =
        "{'domain':'<domain>','name':'r','version':'1','defaultLambdaRole':'" ROLE "'}";
    struct credentials passing = people_user_keys("passing");
    struct credentials without = people_user_keys("without");
    struct stage *stage = *state;

    deed_prepare(stage, &admin, OPERATION_START_WORKFLOW_EXECUTION, "roles");
    let_in_those_with_roles(stage);
    for (size_t i = 0; i < WITHOUT_THE_ROLE; i++) {
        refuse_the_role(stage, without_the_role[i], "StartWorkflowExecution", START("r"));
        refuse_the_role(stage, without_the_role[i], "RegisterWorkflowType", registration);
    }
    stage_do(stage, &passing, "StartWorkflowExecution", START("r"));
    stage_do(stage, &passing, "RegisterWorkflowType", registration);
    /* A role that the type has already was passed by who registered it. */
    stage_do(stage, &without, "StartWorkflowExecution",
             "{'domain':'<domain>','workflowId':'s','workflowType':{'name':'r','version':'1'},"
             "'taskList':{'name':'other'},'executionStartToCloseTimeout':'1',"
             "'taskStartToCloseTimeout':'1','childPolicy':'TERMINATE'}");
}

static void a_role_is_named_whole(void **state)
{
    struct credentials without = people_user_keys("without");
    struct stage *stage = *state;

    deed_prepare(stage, &admin, OPERATION_REGISTER_WORKFLOW_TYPE, "named");
    let_in_those_with_roles(stage);
    stage_call(stage, &without, "RegisterWorkflowType",
               "{'domain':'<domain>','name':'r','version':'1','defaultLambdaRole':'x\\u0000y'}");
    stage_expect_fault(stage, "com.amazonaws.swf.base.model#OperationNotPermittedFault",
                       "Not authorized to pass role: x\\u0000y", "without");
}

/* Permission to start comes before the role, and the model's constraints before both. */
static void a_role_comes_after_the_action(void **state)
{
    struct stage *stage = *state;
    struct credentials nobody = people_user_keys("nobody");
    struct people people;

    deed_prepare(stage, &admin, OPERATION_START_WORKFLOW_EXECUTION, "order");
    people_init(&people);
    people_add(&people, IN_A, "admin", ALLOW_ALL);
    people_add(&people, IN_A, "nobody", ALLOW("iam:PassRole", "*"));
    stage_admit(stage, &people);
    people_deinit(&people);
    stage_call(stage, &nobody, "StartWorkflowExecution", START("r"));
    stage_expect_fault(stage, "com.amazon.coral.service#AccessDeniedException", "User: ", "nobody");
}

static const struct ruling with_roles[] = {
    { DECISION_START_CHILD_WORKFLOW_EXECUTION,
      DECISION("StartChildWorkflowExecution", "startChildWorkflowExecutionDecisionAttributes",
               "'workflowId':'<workflow>-child','workflowType':{'name':'w','version':'1'},"
               "'lambdaRole':'" ROLE "'"),
      "StartChildWorkflowExecutionInitiated",
      "StartChildWorkflowExecutionFailed",
      false,
      { { NULL, NULL } } },
    { DECISION_CONTINUE_AS_NEW_WORKFLOW_EXECUTION,
      DECISION("ContinueAsNewWorkflowExecution", "continueAsNewWorkflowExecutionDecisionAttributes",
               "'lambdaRole':'" ROLE "'"),
      "WorkflowExecutionContinuedAsNew",
      "ContinueAsNewWorkflowExecutionFailed",
      true,
      { { NULL, NULL } } },
};

static void a_role_in_a_decision_must_be_the_deciders_to_pass(void **state)
{
    struct stage *stage = *state;

    deed_prepare(stage, &admin, OPERATION_START_WORKFLOW_EXECUTION, "roles-in-decisions");
    take_decision_task(stage);
    let_in_those_with_roles(stage);
    for (size_t i = 0; i < 2; i++) {
        for (size_t j = 0; j < WITHOUT_THE_ROLE; j++) {
            struct credentials keys = people_user_keys(without_the_role[j]);

            expect_refused(stage, &with_roles[i], &keys, without_the_role[j]);
        }
        expect_permitted(stage, &with_roles[i], "passing");
    }
}

#define test(f) cmocka_unit_test_setup_teardown(f, setup, stage_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(what_is_refused_fails_and_the_rest_is_done),
        test(what_is_permitted_is_done),
        test(conditions_see_the_keys_of_the_decision_and_no_others),
        test(each_decision_is_judged_by_itself),
        test(scheduling_a_function_is_no_action),
        test(a_role_must_be_the_callers_to_pass),
        test(a_role_is_named_whole),
        test(a_role_comes_after_the_action),
        test(a_role_in_a_decision_must_be_the_deciders_to_pass),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
