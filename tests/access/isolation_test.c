/*
 * An account does not learn that there is another. The same calls of account B are made twice: to a
 * server where account A has the same names and is busy, and to one where A never was. Every answer
 * must be the same, byte for byte.
 */
#include "deeds.h"
#include "transcript.h"

#include <stdio.h>
#include <stdlib.h>

/* So low that A alone reaches them. */
#define DOMAINS_MAX 3
#define OPEN_MAX 5
#define ENTROPY_OF_THE_OTHER ((uint64_t)1 << 32)

struct run {
    struct stage *stage;
    bool has_a;
    struct transcript transcript;
};

static struct credentials a, b, poor;

/* What B may have heard of A by some other way: bound under these names in both runs. */
static const char *const heard[] = {
    "a-arn",       "a-busy-run",   "a-done-run", "a-decision", "a-activity", "a-domains",
    "a-workflows", "a-activities", "a-open",     "a-closed",   "a-history",  "a-task-page",
};
#define HEARD (sizeof(heard) / sizeof(heard[0]))

/* ---- A ---- */

/* Page tokens of every operation that has pages, one thing to a page. */
static void keep_pages(struct stage *stage)
{
    static const struct {
        const char *operation, *request, *name;
    } pages[] = {
        { "ListDomains", "{'registrationStatus':'REGISTERED','maximumPageSize':1}", "a-domains" },
        { "ListWorkflowTypes",
          "{'domain':'d','registrationStatus':'REGISTERED','maximumPageSize':1}", "a-workflows" },
        { "ListActivityTypes",
          "{'domain':'d','registrationStatus':'REGISTERED','maximumPageSize':1}", "a-activities" },
        { "ListOpenWorkflowExecutions",
          "{'domain':'d','startTimeFilter':{'oldestDate':0},'maximumPageSize':1}", "a-open" },
        { "ListClosedWorkflowExecutions",
          "{'domain':'d','startTimeFilter':{'oldestDate':0},'maximumPageSize':1}", "a-closed" },
        { "GetWorkflowExecutionHistory",
          "{'domain':'d','execution':{'workflowId':'busy','runId':'<busy-run>'},"
          "'maximumPageSize':1}",
          "a-history" },
        { "PollForDecisionTask",
          "{'domain':'d','taskList':{'name':'deciders'},'maximumPageSize':1}", "a-task-page" },
    };

    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        stage_do(stage, &a, pages[i].operation, pages[i].request);
        stage_keep(stage, pages[i].name, "nextPageToken");
    }
}

static void start_of_a(struct stage *stage, const char *id)
{
    char request[128];

    snprintf(request, sizeof(request),
             "{'domain':'d','workflowId':'%s','workflowType':{'name':'w','version':'1'}}", id);
    stage_do(stage, &a, "StartWorkflowExecution", request);
}

static void copy_name(struct stage *stage, const char *from)
{
    char to[24];

    snprintf(to, sizeof(to), "a-%s", from);
    stage_bind(stage, to, bytes_of_cstr(stage_value(stage, from)));
}

/* A fills its account up to every limit. */
static void let_a_live(struct stage *stage)
{
    deed_prepare(stage, &a, OPERATION_COUNT, "d");
    copy_name(stage, "arn");
    copy_name(stage, "busy-run");
    copy_name(stage, "done-run");
    copy_name(stage, "decision");
    copy_name(stage, "activity");
    stage_do(stage, &a, "RegisterWorkflowType", "{'domain':'d','name':'secret','version':'1'}");
    stage_do(stage, &a, "RegisterActivityType", "{'domain':'d','name':'secret','version':'1'}");
    for (int i = 2; i <= DOMAINS_MAX; i++) {
        char request[128];

        snprintf(request, sizeof(request),
                 "{'name':'secret-%d','workflowExecutionRetentionPeriodInDays':'1'}", i);
        stage_do(stage, &a, "RegisterDomain", request);
    }
    start_of_a(stage, "more-1");
    stage_do(stage, &a, "TerminateWorkflowExecution", "{'domain':'d','workflowId':'more-1'}");
    start_of_a(stage, "more-1");
    start_of_a(stage, "more-2");
    keep_pages(stage);
}

static void hear_of_a(struct stage *stage, const struct stage *from)
{
    for (size_t i = 0; i < HEARD; i++)
        stage_bind(stage, heard[i], bytes_of_cstr(stage_value(from, heard[i])));
}

/* ---- B ---- */

static void ask_as(struct run *run, const struct credentials *who, const char *operation,
                   const char *template)
{
    char title[256];

    stage_call(run->stage, who, operation, template);
    snprintf(title, sizeof(title), "%s %s", operation, template);
    transcript_add(&run->transcript, title, &run->stage->talk);
}

static void ask(struct run *run, const char *operation, const char *template)
{
    ask_as(run, &b, operation, template);
}

/* Every operation with A's names, run ids, tokens and ARN. B has nothing of its own yet, so no poll
 * is held. */
static void try_all_on_nothing(struct run *run)
{
    struct stage *stage = run->stage;

    stage_bind(stage, "domain", BYTES("d"));
    stage_bind(stage, "arn", bytes_of_cstr(stage_value(stage, "a-arn")));
    stage_bind(stage, "busy-run", bytes_of_cstr(stage_value(stage, "a-busy-run")));
    stage_bind(stage, "decision", bytes_of_cstr(stage_value(stage, "a-decision")));
    stage_bind(stage, "activity", bytes_of_cstr(stage_value(stage, "a-activity")));
    for (enum operation operation = 0; operation < OPERATION_COUNT; operation++) {
        ask(run, operation_names[operation], deeds[operation].request);
        ask_as(run, &poor, operation_names[operation], deeds[operation].request);
    }
}

#define PAGE(operation, request, token)                                              \
    {                                                                                \
        operation, "{" request ",'maximumPageSize':1,'nextPageToken':'<" token ">'}" \
    }
#define OF_A "{'workflowId':'busy','runId':'<a-busy-run>'}"
#define DONE_OF_A "{'workflowId':'done','runId':'<a-done-run>'}"

/* What names a thing of A's, now that B has a domain and workflows of the same names. */
static const struct {
    const char *operation, *request;
} questions[] = {
    PAGE("ListDomains", "'registrationStatus':'REGISTERED'", "a-domains"),
    PAGE("ListWorkflowTypes", "'domain':'d','registrationStatus':'REGISTERED'", "a-workflows"),
    PAGE("ListActivityTypes", "'domain':'d','registrationStatus':'REGISTERED'", "a-activities"),
    PAGE("ListOpenWorkflowExecutions", "'domain':'d','startTimeFilter':{'oldestDate':0}", "a-open"),
    PAGE("ListClosedWorkflowExecutions", "'domain':'d','startTimeFilter':{'oldestDate':0}",
         "a-closed"),
    PAGE("GetWorkflowExecutionHistory", "'domain':'d','execution':" OF_A, "a-history"),
    PAGE("PollForDecisionTask", "'domain':'d','taskList':{'name':'deciders'}", "a-task-page"),
    { "DescribeWorkflowExecution", "{'domain':'d','execution':" OF_A "}" },
    { "DescribeWorkflowExecution", "{'domain':'d','execution':" DONE_OF_A "}" },
    { "GetWorkflowExecutionHistory", "{'domain':'d','execution':" OF_A "}" },
    { "GetWorkflowExecutionHistory", "{'domain':'d','execution':" DONE_OF_A "}" },
    { "SignalWorkflowExecution",
      "{'domain':'d','workflowId':'busy','runId':'<a-busy-run>','signalName':'s'}" },
    { "RequestCancelWorkflowExecution",
      "{'domain':'d','workflowId':'busy','runId':'<a-busy-run>'}" },
    { "TerminateWorkflowExecution", "{'domain':'d','workflowId':'busy','runId':'<a-busy-run>'}" },
    { "SignalWorkflowExecution", "{'domain':'d','workflowId':'more-2','signalName':'s'}" },
    { "RequestCancelWorkflowExecution", "{'domain':'d','workflowId':'more-2'}" },
    { "TerminateWorkflowExecution", "{'domain':'d','workflowId':'more-2'}" },
    { "RecordActivityTaskHeartbeat", "{'taskToken':'<a-activity>'}" },
    { "RespondActivityTaskCompleted", "{'taskToken':'<a-activity>'}" },
    { "RespondActivityTaskFailed", "{'taskToken':'<a-activity>'}" },
    { "RespondActivityTaskCanceled", "{'taskToken':'<a-activity>'}" },
    { "RespondDecisionTaskCompleted", "{'taskToken':'<a-decision>'}" },
    { "TagResource", "{'resourceArn':'<a-arn>','tags':[{'key':'k','value':'v'}]}" },
    { "UntagResource", "{'resourceArn':'<a-arn>','tagKeys':['environment']}" },
    { "ListTagsForResource", "{'resourceArn':'<a-arn>'}" },
    { "DescribeDomain", "{'name':'secret-2'}" },
    { "DescribeWorkflowType", "{'domain':'d','workflowType':{'name':'secret','version':'1'}}" },
    { "DescribeActivityType", "{'domain':'d','activityType':{'name':'secret','version':'1'}}" },
    { "DeprecateWorkflowType", "{'domain':'d','workflowType':{'name':'secret','version':'1'}}" },
    { "CountOpenWorkflowExecutions", "{'domain':'d','startTimeFilter':{'oldestDate':0}}" },
    { "CountClosedWorkflowExecutions", "{'domain':'d','startTimeFilter':{'oldestDate':0}}" },
    { "CountPendingActivityTasks", "{'domain':'d','taskList':{'name':'workers'}}" },
    { "CountPendingDecisionTasks", "{'domain':'d','taskList':{'name':'deciders'}}" },
    { "ListOpenWorkflowExecutions", "{'domain':'d','startTimeFilter':{'oldestDate':0}}" },
    { "ListClosedWorkflowExecutions", "{'domain':'d','startTimeFilter':{'oldestDate':0}}" },
    { "ListDomains", "{'registrationStatus':'REGISTERED'}" },
    { "ListDomains", "{'registrationStatus':'DEPRECATED'}" },
    { "ListWorkflowTypes", "{'domain':'d','registrationStatus':'REGISTERED'}" },
    { "ListActivityTypes", "{'domain':'d','registrationStatus':'REGISTERED'}" },
    { "DescribeWorkflowExecution",
      "{'domain':'d','execution':{'workflowId':'busy','runId':'<busy-run>'}}" },
    { "GetWorkflowExecutionHistory",
      "{'domain':'d','execution':{'workflowId':'busy','runId':'<busy-run>'}}" },
    { "PollForDecisionTask", "{'domain':'d','taskList':{'name':'deciders'}}" },
    { "PollForActivityTask", "{'domain':'d','taskList':{'name':'workers'}}" },
};

static void ask_of_a(struct run *run)
{
    for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++)
        ask(run, questions[i].operation, questions[i].request);
}

/* With tokens of its own B does all that there is. */
static void do_all_of_its_own(struct run *run)
{
    for (enum operation operation = 0; operation < OPERATION_COUNT; operation++) {
        if (operation == OPERATION_POLL_FOR_ACTIVITY_TASK ||
            operation == OPERATION_POLL_FOR_DECISION_TASK ||
            operation == OPERATION_DEPRECATE_DOMAIN)
            continue;
        ask(run, operation_names[operation], deeds[operation].request);
    }
    stage_settle(run->stage, &b);
    ask(run, "ListClosedWorkflowExecutions", "{'domain':'d','startTimeFilter':{'oldestDate':0}}");
}

/* ---- what is shared: limits, rates, lists ---- */

static void fill_up_to_the_limits(struct run *run)
{
    char request[128];

    for (int i = 0; i < DOMAINS_MAX; i++) {
        snprintf(request, sizeof(request),
                 "{'name':'own-%d','workflowExecutionRetentionPeriodInDays':'1'}", i);
        ask(run, "RegisterDomain", request);
    }
    ask(run, "UndeprecateWorkflowType", "{'domain':'d','workflowType':{'name':'w','version':'1'}}");
    for (int i = 0; i < OPEN_MAX; i++) {
        snprintf(request, sizeof(request),
                 "{'domain':'d','workflowId':'own-%d','workflowType':{'name':'w','version':'1'}}",
                 i);
        ask(run, "StartWorkflowExecution", request);
    }
}

/* How often this may be asked before it is too often. */
static int drain(struct stage *stage, const struct credentials *who)
{
    int count = 0;

    while (stage_call(stage, who, "ListDomains", "{'registrationStatus':'REGISTERED'}") == 200)
        count++;
    return count;
}

static void use_up_the_rate(struct run *run)
{
    if (run->has_a)
        assert_true(drain(run->stage, &a) > 0);
    text_printf(&run->transcript.text, "B asks %d times\n", drain(run->stage, &b));
    transcript_add(&run->transcript, "and once more", &run->stage->talk);
}

#define IDLE "{'domain':'d','taskList':{'name':'idle'}}"

/* One may wait on a list, and A does so in its own. A task of A's is none of B's. */
static void wait_for_a_task(struct run *run)
{
    struct stage *stage = run->stage;
    struct talk of_a, of_b;
    uint64_t polls = run->has_a ? 2 : 1;

    talk_open(&of_a, stage->whole.port);
    talk_open(&of_b, stage->whole.port);
    if (run->has_a) {
        stage_ask(stage, &of_a, &a, "PollForDecisionTask", IDLE);
        whole_server_await_polls(&stage->whole, 1);
    }
    stage_ask(stage, &of_b, &b, "PollForDecisionTask", IDLE);
    whole_server_await_polls(&stage->whole, polls);
    ask(run, "PollForDecisionTask", IDLE); /* one too many */
    if (run->has_a) {
        stage_do(stage, &a, "TerminateWorkflowExecution", "{'domain':'d','workflowId':'more-2'}");
        stage_do(stage, &a, "StartWorkflowExecution",
                 "{'domain':'d','workflowId':'idle','workflowType':{'name':'w','version':'1'},"
                 "'taskList':{'name':'idle'}}");
        talk_receive(&of_a);
        assert_false(bytes_is_absent(stage_member(of_a.body, "taskToken")));
    }
    whole_server_await_polls(&stage->whole, 1);
    assert_false(talk_has_reply(&of_b));
    stage_advance(stage, &b, 60000);
    talk_receive(&of_b);
    transcript_add(&run->transcript, "a poll that was held", &of_b);
    talk_close(&of_a);
    talk_close(&of_b);
}

static void ask_for_health(struct run *run)
{
    talk_send(&run->stage->talk, BYTES("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"));
    talk_receive(&run->stage->talk);
    transcript_add(&run->transcript, "health", &run->stage->talk);
}

/* ---- the two runs ---- */

static void begin_run(struct run *run, const struct run *before)
{
    struct whole_server_options options = { .limits = LIMITS_DOCUMENTED, .throttles = true };
    struct people people;

    options.limits.domains = DOMAINS_MAX;
    options.limits.open_executions = OPEN_MAX;
    options.limits.pollers_per_list = 1;
    people_init(&people);
    people_add(&people, IN_A, "a", ALLOW_ALL);
    people_add(&people, IN_B, "b", ALLOW_ALL);
    people_add(&people, IN_B, "poor", ALLOW("swf:*", "arn:aws:swf:*:" ACCOUNT_B ":/domain/own"));
    transcript_init(&run->transcript);
    run->stage = stage_new(&people, &options);
    people_deinit(&people);
    run->has_a = before == NULL;
    if (run->has_a) {
        let_a_live(run->stage);
    } else {
        /* Otherwise B would be given the run ids that A had. */
        atomic_store(&run->stage->whole.manual.entropy, ENTROPY_OF_THE_OTHER);
        hear_of_a(run->stage, before->stage);
    }
}

static void live_as_b(struct run *run)
{
    try_all_on_nothing(run);
    ask_for_health(run);
    deed_prepare(run->stage, &b, OPERATION_COUNT, "d");
    ask_of_a(run);
    do_all_of_its_own(run);
    fill_up_to_the_limits(run);
    wait_for_a_task(run);
    use_up_the_rate(run);
    ask_for_health(run);
}

static void end_run(struct run *run)
{
    transcript_deinit(&run->transcript);
    stage_free(run->stage);
}

static void nobody_learns_that_there_is_another(void **state)
{
    struct run with, without;

    (void)state;
    begin_run(&with, NULL);
    live_as_b(&with);
    begin_run(&without, &with);
    live_as_b(&without);
    transcript_expect_same(&with.transcript, &without.transcript);
    assert_true(with.transcript.text.len > 50000); /* something was said */
    end_run(&with);
    end_run(&without);
}

/* All that B tried in A's name left A as it was. */
static void nothing_of_another_is_changed(void **state)
{
    struct text before, after;
    struct run run;

    (void)state;
    begin_run(&run, NULL);
    stage_bind(run.stage, "domain", BYTES("d"));
    text_init(&before, STAGE_TEXT_MAX);
    text_init(&after, STAGE_TEXT_MAX);
    deed_look(run.stage, &a, &before);
    const char *names[] = { "busy-run", "deciding-run", "waiting-run", "done-run" };
    char *runs[4];
    for (int i = 0; i < 4; i++)
        runs[i] = strdup(stage_value(run.stage, names[i]));
    try_all_on_nothing(&run);
    deed_prepare(run.stage, &b, OPERATION_COUNT, "d");
    ask_of_a(&run);
    do_all_of_its_own(&run);
    for (int i = 0; i < 4; i++) {
        stage_bind(run.stage, names[i], bytes_of_cstr(runs[i]));
        free(runs[i]);
    }
    stage_bind(run.stage, "arn", bytes_of_cstr(stage_value(run.stage, "a-arn")));
    deed_look(run.stage, &a, &after);
    assert_true(bytes_equal(text_bytes(&before), text_bytes(&after)));
    text_deinit(&before);
    text_deinit(&after);
    end_run(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_learns_that_there_is_another),
        cmocka_unit_test(nothing_of_another_is_changed),
    };

    a = people_user_keys("a");
    b = people_user_keys("b");
    poor = people_user_keys("poor");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
