/*
 * The quotas as settings of the program: what a flag says reaches what it is about. What each quota
 * then does is the business of tests/scenario.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "cmd/serve_settings.h"
#include "model/limits.h"
#include "must.h"
#include "peer.h"
#include "process.h"
#include <stdio.h>
#include <stdlib.h>

#define TEXT_BYTES_MAX ((size_t)16 << 20)

struct fixture {
    struct scratch scratch;
    char log[SCRATCH_PATH_MAX];
    struct process server;
    struct peer peer;
    struct text request;
};

/* ---- defaults ---- */

#define FIELD(name) offsetof(struct limits, name)

static const struct {
    enum serve_setting setting;
    size_t field;
} quotas[] = {
    { SERVE_LIMIT_DOMAINS, FIELD(domains) },
    { SERVE_LIMIT_WORKFLOW_TYPES, FIELD(workflow_types) },
    { SERVE_LIMIT_ACTIVITY_TYPES, FIELD(activity_types) },
    { SERVE_LIMIT_OPEN_EXECUTIONS, FIELD(open_executions) },
    { SERVE_LIMIT_OPEN_ACTIVITIES, FIELD(open_activities) },
    { SERVE_LIMIT_OPEN_TIMERS, FIELD(open_timers) },
    { SERVE_LIMIT_OPEN_CHILDREN, FIELD(open_children) },
    { SERVE_LIMIT_OPEN_LAMBDAS, FIELD(open_lambdas) },
    { SERVE_LIMIT_HISTORY_EVENTS, FIELD(history_events) },
    { SERVE_LIMIT_POLLERS_PER_LIST, FIELD(pollers_per_list) },
    { SERVE_LIMIT_TAGS_PER_DOMAIN, FIELD(tags_per_domain) },
    { SERVE_LIMIT_EXECUTION_SECONDS, FIELD(execution_seconds) },
    { SERVE_LIMIT_RETENTION_DAYS, FIELD(retention_days) },
    { SERVE_COUNT_RESULTS, FIELD(count_results) },
    { SERVE_POLL_SECONDS, FIELD(poll_seconds) },
    { SERVE_PAGE_TOKEN_SECONDS, FIELD(page_token_seconds) },
};

/* Every limit is a setting, and without one it is the documented value. */
static void test_defaults_are_the_documented_values(void **state)
{
    const struct limits documented = LIMITS_DOCUMENTED;

    (void)state;
    assert_int_equal(sizeof(quotas) / sizeof(quotas[0]), sizeof(documented) / sizeof(uint32_t));
    for (size_t i = 0; i < sizeof(quotas) / sizeof(quotas[0]); i++) {
        const struct setting *setting = &serve_settings[quotas[i].setting];
        uint32_t value;

        memcpy(&value, (const char *)&documented + quotas[i].field, sizeof(value));
        if (strtoul(setting->fallback, NULL, 10) != value)
            fail_msg("--%s is %s and not %u", setting->name, setting->fallback, (unsigned)value);
    }
}

/* ---- the program ---- */

static int setup(void **state)
{
    static struct fixture fixture;

    fixture = (struct fixture){ .peer = { .fd = -1 } };
    scratch_init(&fixture.scratch);
    scratch_path(&fixture.scratch, "log", fixture.log);
    text_init(&fixture.request, TEXT_BYTES_MAX);
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    peer_close(&fixture->peer);
    process_kill(&fixture->server);
    text_deinit(&fixture->request);
    scratch_deinit(&fixture->scratch);
    return 0;
}

static void serve(struct fixture *fixture, const char *const arguments[])
{
    process_serve(&fixture->server, fixture->log, NULL, arguments, NULL);
    must_listen(&fixture->server);
    assert_true(peer_connect(&fixture->peer, fixture->server.port));
}

static void send_call(struct fixture *fixture, struct peer *peer, const char *operation,
                      const char *body)
{
    text_reset(&fixture->request);
    peer_write_call(&fixture->request, operation, bytes_of_cstr(body));
    assert_true(peer_send(peer, text_bytes(&fixture->request)));
}

static struct bytes call(struct fixture *fixture, const char *operation, const char *body)
{
    struct peer_answer answer;

    send_call(fixture, &fixture->peer, operation, body);
    assert_true(peer_receive(&fixture->peer, &answer));
    return answer.body;
}

static bool holds(struct bytes text, const char *word)
{
    return text.len && memmem(text.ptr, text.len, word, strlen(word)) != NULL;
}

/* The answer holds `word`; empty: the call has no fault. */
static void expect(struct fixture *fixture, const char *operation, const char *body,
                   const char *word)
{
    struct bytes answer = call(fixture, operation, body);

    if (word[0] ? !holds(answer, word) : holds(answer, "__type"))
        fail_msg("%s: \"%s\" is not in %.*s", operation, word, BYTES_FMT(answer));
}

#define WORKFLOW(name, timeout)                                                                        \
    "{\"domain\":\"d\",\"name\":\"" name "\",\"version\":\"1\",\"defaultChildPolicy\":"                \
    "\"TERMINATE\",\"defaultTaskList\":{\"name\":\"l\"},\"defaultTaskStartToCloseTimeout\":\"" timeout \
    "\",\"defaultExecutionStartToCloseTimeout\":\"" timeout "\"}"
#define ACTIVITY(name)                                                                \
    "{\"domain\":\"d\",\"name\":\"" name "\",\"version\":\"1\",\"defaultTaskList\":{" \
    "\"name\":\"l\"},\"defaultTaskStartToCloseTimeout\":\"NONE\","                    \
    "\"defaultTaskScheduleToStartTimeout\":\"NONE\",\"defaultTaskHeartbeatTimeout\":" \
    "\"NONE\",\"defaultTaskScheduleToCloseTimeout\":\"NONE\"}"
#define RUN(id)                              \
    "{\"domain\":\"d\",\"workflowId\":\"" id \
    "\",\"workflowType\":{\"name\":\"w\",\"version\":\"1\"}}"
#define LIST(name) "{\"domain\":\"d\",\"taskList\":{\"name\":\"" name "\"}}"
#define DOMAIN_ARN "\"resourceArn\":\"arn:aws:swf:us-east-1:123456789012:/domain/d\""

static void register_all(struct fixture *fixture)
{
    expect(fixture, "RegisterDomain",
           "{\"name\":\"d\",\"workflowExecutionRetentionPeriodInDays\":\"1\"}", "");
    expect(fixture, "RegisterWorkflowType", WORKFLOW("w", "600"), "");
    expect(fixture, "RegisterActivityType", ACTIVITY("a"), "");
}

static void test_registration(void **state)
{
    struct fixture *fixture = *state;

    serve(fixture,
          (const char *const[]){ "--limit-domains", "1", "--limit-workflow-types", "1",
                                 "--limit-activity-types", "1", "--limit-tags-per-domain", "1",
                                 "--limit-open-executions", "2", "--count-results", "1", NULL });
    register_all(fixture);
    expect(fixture, "RegisterDomain",
           "{\"name\":\"e\",\"workflowExecutionRetentionPeriodInDays\":\"1\"}",
           "Limit of 1 domains");
    expect(fixture, "RegisterWorkflowType", WORKFLOW("v", "600"), "Limit of 1 workflow types");
    expect(fixture, "RegisterActivityType", ACTIVITY("b"), "Limit of 1 activity types");
    expect(fixture, "TagResource", "{" DOMAIN_ARN ",\"tags\":[{\"key\":\"k\"},{\"key\":\"l\"}]}",
           "TooManyTagsFault");
    expect(fixture, "StartWorkflowExecution", RUN("1"), "");
    expect(fixture, "StartWorkflowExecution", RUN("2"), "");
    expect(fixture, "StartWorkflowExecution", RUN("3"), "Limit of 2 open executions");
    expect(fixture, "CountOpenWorkflowExecutions",
           "{\"domain\":\"d\",\"startTimeFilter\":{\"oldestDate\":0}}",
           "{\"count\":1,\"truncated\":true}");
}

#define DECISION(type, name, attributes) \
    "{\"decisionType\":\"" type "\",\"" name "DecisionAttributes\":{" attributes "}}"
#define TWICE(type, name, id, attributes)                \
    DECISION(type, name, "\"" id "\":\"1\"," attributes) \
    "," DECISION(type, name, "\"" id "\":\"2\"," attributes)
#define TYPE(kind, name) "\"" kind "Type\":{\"name\":\"" name "\",\"version\":\"1\"}"

static const char two_of_each[] =
    TWICE("ScheduleActivityTask", "scheduleActivityTask", "activityId", TYPE("activity", "a")) "," TWICE(
        "StartTimer", "startTimer", "timerId",
        "\"startToFireTimeout\":\"600\"") "," TWICE("StartChildWorkflowExecution",
                                                    "startChildWorkflowExecution", "workflowId",
                                                    TYPE(
                                                        "workflow",
                                                        "w") ",\"taskList\":{\"name\":\"children\"}") "," TWICE("ScheduleLambdaFunction",
                                                                                                                "scheduleLambdaFunction",
                                                                                                                "id",
                                                                                                                "\"name\":\"f\"");

/* The value of a member that is a string, in `out`. */
static void find_text(struct bytes answer, const char *member, char out[2048])
{
    char before[64];
    const char *at, *end;

    snprintf(before, sizeof(before), "\"%s\":\"", member);
    at = memmem(answer.ptr, answer.len, before, strlen(before));
    assert_non_null(at);
    at += strlen(before);
    end = memchr(at, '"', (size_t)(answer.ptr + answer.len - at));
    snprintf(out, 2048, "%.*s", (int)(end - at), at);
}

static void test_executions(void **state)
{
    struct fixture *fixture = *state;
    char run_id[2048], token[2048], body[8192];

    serve(fixture, (const char *const[]){ "--limit-open-activities", "1", "--limit-open-timers",
                                          "1", "--limit-open-children", "1", "--limit-open-lambdas",
                                          "1", "--limit-history-events", "40", "--lambda-endpoint",
                                          "http://127.0.0.1:9", NULL });
    register_all(fixture);
    find_text(call(fixture, "StartWorkflowExecution", RUN("1")), "runId", run_id);
    find_text(call(fixture, "PollForDecisionTask", LIST("l")), "taskToken", token);
    snprintf(body, sizeof(body), "{\"taskToken\":\"%s\",\"decisions\":[%s]}", token, two_of_each);
    expect(fixture, "RespondDecisionTaskCompleted", body, "");
    snprintf(body, sizeof(body),
             "{\"domain\":\"d\",\"execution\":{\"workflowId\":\"1\",\"runId\":\"%s\"}}", run_id);
    expect(fixture, "GetWorkflowExecutionHistory", body, "OPEN_ACTIVITIES_LIMIT_EXCEEDED");
    expect(fixture, "GetWorkflowExecutionHistory", body, "OPEN_TIMERS_LIMIT_EXCEEDED");
    expect(fixture, "GetWorkflowExecutionHistory", body, "OPEN_CHILDREN_LIMIT_EXCEEDED");
    expect(fixture, "GetWorkflowExecutionHistory", body, "OPEN_LAMBDA_FUNCTIONS_LIMIT_EXCEEDED");
    for (int i = 0; i < 40; i++)
        call(fixture, "SignalWorkflowExecution",
             "{\"domain\":\"d\",\"workflowId\":\"1\",\"signalName\":\"s\"}");
    expect(fixture, "GetWorkflowExecutionHistory", body, "EVENT_LIMIT_EXCEEDED");
}

/* Of two polls on one list one is held until its time is over, the other one too many. */
static void test_polls(void **state)
{
    struct fixture *fixture = *state;
    struct peer_answer answers[2];
    struct peer other;

    serve(fixture, (const char *const[]){ "--limit-pollers-per-list", "1", "--poll-seconds", "1",
                                          "--empty-poll-token", NULL });
    register_all(fixture);
    assert_true(peer_connect(&other, fixture->server.port));
    send_call(fixture, &fixture->peer, "PollForActivityTask", LIST("idle"));
    send_call(fixture, &other, "PollForActivityTask", LIST("idle"));
    assert_true(peer_receive(&fixture->peer, &answers[0]));
    assert_true(peer_receive(&other, &answers[1]));
    assert_int_equal(holds(answers[0].body, "LimitExceededFault") +
                         holds(answers[1].body, "LimitExceededFault"),
                     1);
    assert_int_equal(holds(answers[0].body, "\"taskToken\":\"\"") +
                         holds(answers[1].body, "\"taskToken\":\"\""),
                     1);
    peer_close(&other);
}

/* Far more calls than the bucket holds, faster than it fills: at 6 a second. */
static void test_throttles(void **state)
{
    struct fixture *fixture = *state;
    bool throttled = false;

    serve(fixture, (const char *const[]){ "--throttles", NULL });
    for (int i = 0; i < 100000 && !throttled; i++)
        throttled = holds(call(fixture, "ListDomains", "{\"registrationStatus\":\"REGISTERED\"}"),
                          "com.amazon.coral.availability#ThrottlingException");
    assert_true(throttled);
}

#define test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults_are_the_documented_values),
        test(test_registration),
        test(test_executions),
        test(test_polls),
        test(test_throttles),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
