/*
 * The audit log of a whole server: a line for each call that changed something or was refused, with
 * who, what and on what; none for the rest; and never a secret or a payload.
 */
#include "deeds.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define USER(name) "arn:aws:iam::" ACCOUNT_A ":user/" name
#define SHOP "arn:aws:swf:us-east-1:" ACCOUNT_A ":/domain/shop"
#define PAYLOAD "what nobody else may read"
#define FUTURE "2012-01-16"
#define PAST "2012-01-14"

struct log {
    struct stage *stage;
    char path[64];
    struct text expected;
};

static struct credentials admin, nobody, packer, guest, late;

static void add_people(struct people *people)
{
    people_add(people, IN_A, "admin", ALLOW_ALL);
    people_add(people, IN_A, "nobody", "");
    people_add(people, IN_A, "packer",
               ALLOW_ALL "," DENY("swf:StartTimer", "*") "," DENY("swf:RecordMarker", "*") "," DENY(
                   "iam:PassRole", "*"));
    people_add_session(people, IN_A, "guest", ALLOW_ALL, NULL, FUTURE);
    people_add_session(people, IN_A, "late", ALLOW_ALL, NULL, PAST);
}

static int setup(void **state)
{
    static struct log log;
    struct whole_server_options options = { .limits = LIMITS_DOCUMENTED, .throttles = true };
    struct people people;
    int fd;

    admin = people_user_keys("admin");
    nobody = people_user_keys("nobody");
    packer = people_user_keys("packer");
    guest = people_session_keys("guest");
    late = people_session_keys("late");
    log = (struct log){ .path = "/tmp/audit_log_test.XXXXXX" };
    fd = mkstemp(log.path);
    assert_true(fd >= 0);
    close(fd);
    text_init(&log.expected, STAGE_TEXT_MAX);
    people_init(&people);
    add_people(&people);
    options.audit_log = log.path;
    log.stage = stage_new(&people, &options);
    people_deinit(&people);
    *state = &log;
    return 0;
}

static int teardown(void **state)
{
    struct log *log = *state;

    text_deinit(&log->expected);
    unlink(log->path);
    return 0;
}

/* ---- what is expected ---- */

static void append(struct log *log, const char *member, const char *value)
{
    if (value)
        text_printf(&log->expected, ",\"%s\":\"%s\"", member, value);
}

/* The line about the call whose reply came last. NULL: not in it. */
static void expect_line(struct log *log, const char *principal, const char *key_id,
                        const char *operation, const char *resource, const char *outcome,
                        const char *refused)
{
    struct bytes id = talk_header(&log->stage->talk, "x-amzn-RequestId");
    char action[64];

    snprintf(action, sizeof(action), "swf:%s", operation ? operation : "");
    text_printf(&log->expected,
                "{\"time\":\"2012-01-15T01:56:59.474Z\",\"requestId\":\"%.*s\","
                "\"sourceAddress\":\"127.0.0.1\"",
                BYTES_FMT(id));
    append(log, "principal", principal);
    append(log, "accessKeyId", key_id);
    append(log, "action", operation ? action : NULL);
    append(log, "resource", resource);
    append(log, "outcome", outcome);
    if (refused)
        text_printf(&log->expected, ",\"refusedDecisions\":[%s]", refused);
    text_append_cstr(&log->expected, "}\n");
}

/* A call that changes something on the shop. */
static void change(struct log *log, const char *operation, const char *template)
{
    stage_do(log->stage, &admin, operation, template);
    expect_line(log, USER("admin"), admin.key_id, operation, SHOP, "ok", NULL);
}

/* One that only reads, or finds nothing to take. */
static void look(struct log *log, const char *operation, const char *template)
{
    stage_do(log->stage, &admin, operation, template);
}

/* One that the service refuses. */
static void refused(struct log *log, const struct credentials *who, const char *principal,
                    const char *operation, const char *template, const char *resource,
                    const char *outcome)
{
    stage_call(log->stage, who, operation, template);
    assert_int_equal(talk_status(&log->stage->talk), 400);
    expect_line(log, principal, who->key_id, operation, resource, outcome, NULL);
}

/* One that does not get to the service: the key is the one that it claims to be signed with. */
static void turned_away(struct log *log, const struct credentials *who, const char *principal,
                        const char *operation, const char *template, const char *outcome)
{
    bool exists = strcmp(operation, "Nothing") != 0;

    stage_call(log->stage, who, operation, template);
    assert_int_equal(talk_status(&log->stage->talk), 400);
    expect_line(log, principal, who->key_id, exists ? operation : NULL, NULL, outcome, NULL);
}

/* ---- what is there ---- */

static void read_file(const char *path, struct text *out)
{
    FILE *file = fopen(path, "r");
    size_t got;

    assert_non_null(file);
    do {
        char *room = text_reserve(out, 65536);

        assert_non_null(room);
        got = fread(room, 1, 65536, file);
        text_grow(out, got);
    } while (got > 0);
    fclose(file);
}

static struct bytes line_at(struct bytes text, size_t at)
{
    size_t from = at;

    while (from > 0 && text.ptr[from - 1] != '\n')
        from--;
    text = bytes_skip(text, from);
    const char *end = memchr(text.ptr, '\n', text.len);
    return bytes_of(text.ptr, end ? (size_t)(end - text.ptr) : text.len);
}

/* Ends the server, so that all is written, and compares. */
static void expect_log(struct log *log, struct text *actual)
{
    struct bytes wanted = text_bytes(&log->expected), got;
    size_t same = 0;

    stage_free(log->stage);
    text_init(actual, STAGE_TEXT_MAX);
    read_file(log->path, actual);
    got = text_bytes(actual);
    while (same < wanted.len && same < got.len && wanted.ptr[same] == got.ptr[same])
        same++;
    if (same < wanted.len || same < got.len)
        fail_msg("the log says\n%.*s\nand not\n%.*s", BYTES_FMT(line_at(got, same)),
                 BYTES_FMT(line_at(wanted, same)));
}

static void expect_nowhere(const struct text *log, const char *secret)
{
    if (memmem(log->ptr, log->len, secret, strlen(secret)))
        fail_msg("the log says \"%s\"", secret);
}

static void expect_no_secrets(const struct text *log)
{
    const struct credentials *const all[] = { &admin, &nobody, &packer, &guest, &late };

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        expect_nowhere(log, all[i]->secret);
        if (all[i]->token[0])
            expect_nowhere(log, all[i]->token);
    }
    expect_nowhere(log, PAYLOAD);
    expect_nowhere(log, "Signature=");
}

/* ---- the tests ---- */

#define WORKFLOW "'workflowType':{'name':'w','version':'1'}"
#define DECISION_LIST "{'domain':'shop','taskList':{'name':'deciders'}}"
#define IDLE_LIST "{'domain':'shop','taskList':{'name':'idle'}}"

static void register_shop(struct log *log)
{
    change(log, "RegisterDomain",
           "{'name':'shop','workflowExecutionRetentionPeriodInDays':'1','description':'" PAYLOAD
           "','tags':[{'key':'k','value':'" PAYLOAD "'}]}");
    change(log, "RegisterWorkflowType",
           "{'domain':'shop','name':'w','version':'1','defaultTaskList':{'name':'deciders'},"
           "'defaultTaskStartToCloseTimeout':'60','defaultExecutionStartToCloseTimeout':'60',"
           "'defaultChildPolicy':'TERMINATE','description':'" PAYLOAD "'}");
    change(log, "RegisterActivityType",
           "{'domain':'shop','name':'a','version':'1','defaultTaskList':{'name':'workers'},"
           "'defaultTaskStartToCloseTimeout':'60','defaultTaskHeartbeatTimeout':'60',"
           "'defaultTaskScheduleToStartTimeout':'60','defaultTaskScheduleToCloseTimeout':'60'}");
}

/* A poll that ends without a task. */
static void poll_in_vain(struct log *log)
{
    struct talk held;

    talk_open(&held, log->stage->whole.port);
    stage_ask(log->stage, &held, &admin, "PollForActivityTask", IDLE_LIST);
    whole_server_await_polls(&log->stage->whole, 1);
    talk_reset(&held);
    whole_server_await_polls(&log->stage->whole, 0);
}

static void work(struct log *log)
{
    struct stage *stage = log->stage;

    change(log, "StartWorkflowExecution",
           "{'domain':'shop','workflowId':'order'," WORKFLOW ",'input':'" PAYLOAD
           "','tagList':['" PAYLOAD "']}");
    stage_keep(stage, "run", "runId");
    look(log, "GetWorkflowExecutionHistory",
         "{'domain':'shop','execution':{'workflowId':'order','runId':'<run>'}}");
    change(log, "SignalWorkflowExecution",
           "{'domain':'shop','workflowId':'order','signalName':'" PAYLOAD "','input':'" PAYLOAD
           "'}");
    change(
        log, "PollForDecisionTask",
        "{'domain':'shop','taskList':{'name':'deciders'},'maximumPageSize':1,'identity':'" PAYLOAD
        "'}");
    stage_keep(stage, "task", "taskToken");
    stage_keep(stage, "page", "nextPageToken");
    look(log, "PollForDecisionTask",
         "{'domain':'shop','taskList':{'name':'deciders'},'maximumPageSize':1,'identity':'" PAYLOAD
         "','nextPageToken':'<page>'}");
    stage_do(stage, &packer, "RespondDecisionTaskCompleted",
             "{'taskToken':'<task>','executionContext':'" PAYLOAD "','decisions':["
             "{'decisionType':'StartTimer','startTimerDecisionAttributes':{'timerId':'1',"
             "'startToFireTimeout':'1','control':'" PAYLOAD "'}},"
             "{'decisionType':'RecordMarker','recordMarkerDecisionAttributes':{'markerName':'m',"
             "'details':'" PAYLOAD "'}},"
             "{'decisionType':'RecordMarker','recordMarkerDecisionAttributes':{'markerName':'n'}},"
             "{'decisionType':'ScheduleActivityTask','scheduleActivityTaskDecisionAttributes':"
             "{'activityId':'1','activityType':{'name':'a','version':'1'},'input':'" PAYLOAD
             "'}}]}");
    expect_line(log, USER("packer"), packer.key_id, "RespondDecisionTaskCompleted", SHOP, "ok",
                "\"RecordMarker\",\"StartTimer\"");
    change(log, "PollForActivityTask", "{'domain':'shop','taskList':{'name':'workers'}}");
    stage_keep(stage, "activity", "taskToken");
    change(log, "RecordActivityTaskHeartbeat",
           "{'taskToken':'<activity>','details':'" PAYLOAD "'}");
    change(log, "RespondActivityTaskFailed",
           "{'taskToken':'<activity>','reason':'" PAYLOAD "','details':'" PAYLOAD "'}");
    change(log, "TagResource",
           "{'resourceArn':'" SHOP "','tags':[{'key':'k','value':'" PAYLOAD "'}]}");
    change(log, "TerminateWorkflowExecution",
           "{'domain':'shop','workflowId':'order','reason':'" PAYLOAD "','details':'" PAYLOAD "'}");
}

static void only_look(struct log *log)
{
    look(log, "DescribeDomain", "{'name':'shop'}");
    look(log, "ListDomains", "{'registrationStatus':'REGISTERED'}");
    look(log, "CountOpenWorkflowExecutions",
         "{'domain':'shop','startTimeFilter':{'oldestDate':0}}");
    look(log, "ListTagsForResource", "{'resourceArn':'" SHOP "'}");
}

static void each_change_is_a_line(void **state)
{
    struct log *log = *state;
    struct text actual;

    register_shop(log);
    only_look(log);
    work(log);
    poll_in_vain(log);
    only_look(log);
    stage_do(log->stage, &guest, "DeprecateDomain", "{'name':'shop'}");
    expect_line(log, "arn:aws:sts::" ACCOUNT_A ":assumed-role/guest/session", guest.key_id,
                "DeprecateDomain", SHOP, "ok", NULL);
    expect_log(log, &actual);
    expect_no_secrets(&actual);
    text_deinit(&actual);
}

static void spoil(struct log *log, const struct credentials *who, const char *header,
                  const char *value, const char *key_id, const char *outcome)
{
    struct letter letter;

    stage_write(log->stage, &letter, "DescribeDomain", "{'name':'shop'}");
    letter_sign(&letter, who);
    letter_remove(&letter, header);
    if (value)
        letter_set(&letter, header, value);
    stage_post(&letter, &log->stage->talk);
    talk_receive(&log->stage->talk);
    expect_line(log, NULL, key_id, "DescribeDomain", NULL, outcome, NULL);
    letter_deinit(&letter);
}

static void refuse_signatures(struct log *log)
{
    struct credentials stranger = people_user_keys("stranger"), liar = admin, forgetful = guest;

    snprintf(liar.secret, sizeof(liar.secret), "%s", nobody.secret);
    forgetful.token[0] = '\0';
    turned_away(log, &stranger, NULL, "ListDomains", "{}", "UnrecognizedClientException");
    turned_away(log, &liar, NULL, "ListDomains", "{}", "InvalidSignatureException");
    turned_away(log, &late, NULL, "ListDomains", "{}", "ExpiredTokenException");
    turned_away(log, &forgetful, NULL, "ListDomains", "{}", "UnrecognizedClientException");
    spoil(log, &admin, "Authorization", NULL, NULL, "MissingAuthenticationTokenException");
    spoil(log, &admin, "Authorization", "AWS4-HMAC-SHA256 Credential=x", NULL,
          "IncompleteSignatureException");
    spoil(log, &admin, "X-Amz-Date", "20120115", admin.key_id, "IncompleteSignatureException");
}

static void refuse_requests(struct log *log)
{
    turned_away(log, &admin, USER("admin"), "DescribeDomain", "{'name':'" PAYLOAD "',",
                "SerializationException");
    turned_away(log, &admin, USER("admin"), "DescribeDomain", "{'name':['" PAYLOAD "']}",
                "SerializationException");
    turned_away(log, &admin, USER("admin"), "DescribeDomain", "{}", "ValidationException");
    turned_away(log, &admin, NULL, "Nothing", "{}", "UnknownOperationException");
}

static void refuse_calls(struct log *log)
{
    refused(log, &nobody, USER("nobody"), "DescribeDomain", "{'name':'shop'}", SHOP,
            "AccessDeniedException");
    refused(log, &nobody, USER("nobody"), "ListDomains", "{'registrationStatus':'REGISTERED'}",
            "arn:aws:swf:us-east-1:" ACCOUNT_A ":/domain/*", "AccessDeniedException");
    refused(log, &admin, USER("admin"), "RegisterWorkflowType",
            "{'domain':'shop','name':'a:b','version':'1'}", SHOP, "ValidationException");
    refused(log, &admin, USER("admin"), "DeprecateDomain", "{'name':'nowhere'}",
            "arn:aws:swf:us-east-1:" ACCOUNT_A ":/domain/nowhere", "UnknownResourceFault");
    refused(log, &admin, USER("admin"), "RespondActivityTaskCompleted",
            "{'taskToken':'none','result':'" PAYLOAD "'}", NULL, "ValidationException");
    refused(log, &packer, USER("packer"), "StartWorkflowExecution",
            "{'domain':'shop','workflowId':'order'," WORKFLOW ",'lambdaRole':'r','input':'" PAYLOAD
            "'}",
            SHOP, "OperationNotPermittedFault");
}

static void refuse_too_much(struct log *log)
{
    while (stage_call(log->stage, &admin, "ListDomains", "{'registrationStatus':'REGISTERED'}") ==
           200)
        continue;
    expect_line(log, USER("admin"), admin.key_id, "ListDomains", NULL, "ThrottlingException", NULL);
}

static void each_refusal_is_a_line(void **state)
{
    struct log *log = *state;
    struct text actual;

    register_shop(log);
    refuse_signatures(log);
    refuse_requests(log);
    refuse_calls(log);
    refuse_too_much(log);
    expect_log(log, &actual);
    expect_no_secrets(&actual);
    text_deinit(&actual);
}

/* What a stranger writes into the header stands in the log only as far as a key id could. */
static void a_strange_key_is_quoted_and_cut(void **state)
{
    struct log *log = *state;
    struct credentials strange = people_user_keys("stranger");
    struct text actual;
    char key[400], shown[400];

    snprintf(strange.key_id, sizeof(strange.key_id), "A\xff\"\xfe\\Z");
    stage_call(log->stage, &strange, "ListDomains", "{}");
    expect_line(log, NULL, "A?\\\"?\\\\Z", "ListDomains", NULL, "UnrecognizedClientException",
                NULL);
    memset(key, 'x', sizeof(key));
    memset(shown, 'x', sizeof(shown));
    key[sizeof(key) - 1] = '\0';
    shown[128] = '\0';
    struct text header;
    text_init(&header, 4096);
    text_printf(&header,
                "AWS4-HMAC-SHA256 Credential=%s/20120115/r/swf/aws4_request, SignedHeaders=host, "
                "Signature=0",
                key);
    text_append_char(&header, '\0');
    spoil(log, &admin, "Authorization", header.ptr, shown, "UnrecognizedClientException");
    text_deinit(&header);
    expect_log(log, &actual);
    text_deinit(&actual);
}

#define test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(each_change_is_a_line),
        test(each_refusal_is_a_line),
        test(a_strange_key_is_quoted_and_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
