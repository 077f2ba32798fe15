/* Messages between workflows over a crash: whatever the moment, all that one workflow owed another
 * arrives, and arrives once. */
#include "service/messages.h"
#include "base/random.h"
#include "service/service.h"
#include "sound/sound.h"
#include "store/layout.h"
#include "store/memory/memory.h"
#include "wire/decode.h"
#include "wire/encode.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define ACCOUNT 123456789012
#define AT "1.7672256E9"

/* ---- a world and a disk of the test's own ---- */

static struct instant read_clock(void *context)
{
    (void)context;
    return (struct instant){ INT64_C(1767225600000) };
}

static void fill(void *context, void *out, size_t len)
{
    random_fill(context, out, len);
}

static void stay_open(struct kv *kv)
{
    (void)kv;
}

struct fixture {
    struct arena arena;
    struct world world;
    struct random_sequence sequence;
    struct kv *kv; /* outlives the store, as a disk does */
    const struct kv_functions *functions;
    struct kv_functions lasting;
    struct store *store;
    struct service *service;
    struct json_reader *json;
};

static void open_service(struct fixture *fixture)
{
    static const uint8_t key[SERVER_KEY_BYTES] = "a key of the test";
    struct service_config config = {
        .world = &fixture->world,
        .limits = LIMITS_DOCUMENTED,
        .region = BYTES("us-east-1"),
    };

    assert_int_equal(layout_open(fixture->kv, key, &fixture->store), OK);
    config.store = fixture->store;
    assert_int_equal(service_open(&config, &fixture->service), OK);
}

static void close_service(struct fixture *fixture)
{
    service_close(fixture->service);
    sound_check(fixture->kv);
    store_close(fixture->store);
}

static void settle(struct fixture *fixture)
{
    do
        assert_int_equal(service_turn(fixture->service), OK);
    while (service_idle(fixture->service).ms == 0);
}

/* After so many more turns the service is gone; a new one does what is left. */
static void crash_after(struct fixture *fixture, int turns)
{
    for (int i = 0; i < turns; i++)
        assert_int_equal(service_turn(fixture->service), OK);
    close_service(fixture);
    open_service(fixture);
    settle(fixture);
}

/* ---- asking ---- */

static void on_answer(struct call *call)
{
    *(bool *)call->owner = true;
}

/* One turn, and no more, with one call in it; the reply as JSON. */
static const char *ask(struct fixture *fixture, enum operation operation, const char *request)
{
    size_t len = strlen(request);
    char *padded = arena_alloc_text(&fixture->arena, len + JSON_PADDING);
    struct call *call = call_new();
    bool answered = false;
    struct text reply;
    const char *copy;

    for (size_t i = 0; i <= len; i++)
        padded[i] = request[i] == '\'' ? '"' : request[i];
    call->account = ACCOUNT;
    call->owner = &answered;
    call->on_answer = on_answer;
    assert_int_equal(decode_request(fixture->json, operation, bytes_of(padded, len), &call->arena,
                                    &call->request)
                         .code,
                     FAULT_NONE);
    service_submit(fixture->service, call);
    assert_int_equal(service_turn(fixture->service), OK);
    assert_true(answered);
    assert_int_equal(call->fault.code, FAULT_NONE);
    text_init(&reply, 1u << 22);
    encode_reply(&reply, operation, call->output);
    text_append_char(&reply, '\0');
    copy = arena_copy(&fixture->arena, text_bytes(&reply)).ptr;
    text_deinit(&reply);
    call_free(call);
    return copy;
}

/* The string that a reply has behind this; it is there. */
static const char *string_behind(struct fixture *fixture, const char *reply, const char *name)
{
    const char *value = strstr(reply, name);
    const char *end = value ? strchr(value + strlen(name), '"') : NULL;

    if (end == NULL)
        fail_msg("no %s in %s", name, reply);
    value += strlen(name);
    return arena_printf(&fixture->arena, "%.*s%c", (int)(end - value), value, '\0').ptr;
}

/* A workflow with its own list and a policy; its run id. */
static const char *start(struct fixture *fixture, const char *id, const char *policy)
{
    const char *reply = ask(
        fixture, OPERATION_START_WORKFLOW_EXECUTION,
        arena_printf(&fixture->arena,
                     "{'domain':'d','workflowId':'%s','workflowType':{'name':'t','version':'1'},"
                     "'taskList':{'name':'%s'},'childPolicy':'%s'}%c",
                     id, id, policy, '\0')
            .ptr);

    return string_behind(fixture, reply, "\"runId\":\"");
}

static void decide(struct fixture *fixture, const char *id, const char *decisions)
{
    const char *poll =
        arena_printf(&fixture->arena, "{'domain':'d','taskList':{'name':'%s'}}%c", id, '\0').ptr;
    const char *token = string_behind(fixture, ask(fixture, OPERATION_POLL_FOR_DECISION_TASK, poll),
                                      "\"taskToken\":\"");

    ask(fixture, OPERATION_RESPOND_DECISION_TASK_COMPLETED,
        arena_printf(&fixture->arena, "{'taskToken':'%s','decisions':[%s]}%c", token, decisions,
                     '\0')
            .ptr);
}

static void terminate(struct fixture *fixture, const char *id)
{
    ask(fixture, OPERATION_TERMINATE_WORKFLOW_EXECUTION,
        arena_printf(&fixture->arena, "{'domain':'d','workflowId':'%s'}%c", id, '\0').ptr);
}

#define CHILD(id)                                                             \
    "{'decisionType':'StartChildWorkflowExecution',"                          \
    "'startChildWorkflowExecutionDecisionAttributes':{'workflowId':'" id "'," \
    "'workflowType':{'name':'t','version':'1'},'taskList':{'name':'" id "'}}}"
#define SIGNAL(id)                                                                                 \
    "{'decisionType':'SignalExternalWorkflowExecution',"                                           \
    "'signalExternalWorkflowExecutionDecisionAttributes':{'workflowId':'" id "','signalName':'s'," \
    "'input':'i'}}"
#define CANCEL(id)                                              \
    "{'decisionType':'RequestCancelExternalWorkflowExecution'," \
    "'requestCancelExternalWorkflowExecutionDecisionAttributes':{'workflowId':'" id "'}}"
#define COMPLETE                                   \
    "{'decisionType':'CompleteWorkflowExecution'," \
    "'completeWorkflowExecutionDecisionAttributes':{'result':'r'}}"
#define CONTINUE "{'decisionType':'ContinueAsNewWorkflowExecution'}"

/* ---- expecting ---- */

static const char *history(struct fixture *fixture, const char *id, const char *run_id)
{
    return ask(fixture, OPERATION_GET_WORKFLOW_EXECUTION_HISTORY,
               arena_printf(&fixture->arena,
                            "{'domain':'d','execution':{'workflowId':'%s','runId':'%s'}}%c", id,
                            run_id, '\0')
                   .ptr);
}

static const char *place_of_event(struct fixture *fixture, const char *reply, int id)
{
    const char *place = strstr(reply,
                               arena_printf(&fixture->arena, "\"eventId\":%d,%c", id, '\0').ptr);

    if (place == NULL)
        fail_msg("no event %d in %s", id, reply);
    return place;
}

/* The events from `first` on, exactly; ' stands for ", ^ for the run id of `p`, ~ for the other's.
 */
static void expect_tail(struct fixture *fixture, const char *reply, int first, const char *template,
                        const char *p_run, const char *other_run)
{
    const char *tail = reply;
    struct text wanted;

    text_init(&wanted, 1u << 16);
    for (const char *at = template; *at; at++) {
        if (*at == '^' || *at == '~')
            text_append_cstr(&wanted, *at == '^' ? p_run : other_run);
        else
            text_append_char(&wanted, (char)(*at == '\'' ? '"' : *at));
    }
    text_append(&wanted, bytes_of("]}", sizeof("]}")));
    if (strlen(reply) > strlen(wanted.ptr))
        tail += strlen(reply) - strlen(wanted.ptr);
    assert_string_equal(tail, wanted.ptr);
    assert_true(place_of_event(fixture, reply, first) > tail);
    assert_true(first == 1 || place_of_event(fixture, reply, first - 1) < tail);
    text_deinit(&wanted);
}

/* As the service writes events whose attributes sort behind "eventId", and in front of it. */
#define HEAD(id, type) "'eventId':" #id ",'eventTimestamp':" AT ",'eventType':'" type "'"
#define AFTER(id, type, member, attributes) \
    "{" HEAD(id, type) ",'" member "EventAttributes':{" attributes "}}"
#define BEFORE(id, type, member, attributes) \
    "{'" member "EventAttributes':{" attributes "}," HEAD(id, type) "}"

#define P "{'runId':'^','workflowId':'p'}"
#define C "{'runId':'~','workflowId':'c'}"
#define TYPE "'workflowType':{'name':'t','version':'1'}"
#define SCHEDULED(id, list)                                                \
    BEFORE(id, "DecisionTaskScheduled", "decisionTaskScheduled",           \
           "'scheduleToStartTimeout':'NONE','startToCloseTimeout':'NONE'," \
           "'taskList':{'name':'" list "'}")
#define CHILD_STARTED                                                           \
    BEFORE(6, "ChildWorkflowExecutionStarted", "childWorkflowExecutionStarted", \
           "'initiatedEventId':5,'workflowExecution':" C "," TYPE)              \
    "," SCHEDULED(7, "p")
#define STARTED(continued, parent, list)                                             \
    AFTER(1, "WorkflowExecutionStarted", "workflowExecutionStarted",                 \
          "'childPolicy':'TERMINATE'," continued                                     \
          "'executionStartToCloseTimeout':'100000','parentInitiatedEventId':" parent \
          ",'taskList':{'name':'" list "'},'taskStartToCloseTimeout':'NONE'," TYPE)
#define CHILD_BEGUN STARTED("", "5,'parentWorkflowExecution':" P, "c") "," SCHEDULED(2, "c")
#define SIGNALED                                                        \
    AFTER(3, "WorkflowExecutionSignaled", "workflowExecutionSignaled",  \
          "'externalInitiatedEventId':5,'externalWorkflowExecution':" P \
          ",'input':'i','signalName':'s'")
#define CANCEL_REQUESTED(id, attributes)                                              \
    AFTER(id, "WorkflowExecutionCancelRequested", "workflowExecutionCancelRequested", \
          attributes ",'externalWorkflowExecution':" P)
#define UNKNOWN_TARGET                                                                      \
    AFTER(9, "RequestCancelExternalWorkflowExecutionFailed",                                \
          "requestCancelExternalWorkflowExecutionFailed",                                   \
          "'cause':'UNKNOWN_EXTERNAL_WORKFLOW_EXECUTION','decisionTaskCompletedEventId':4," \
          "'initiatedEventId':5,'workflowId':'nobody'")
#define DELIVERED                                         \
    AFTER(10, "ExternalWorkflowExecutionCancelRequested", \
          "externalWorkflowExecutionCancelRequested",     \
          "'initiatedEventId':6,'workflowExecution':" P)
#define TERMINATED(id, cause)                                               \
    AFTER(id, "WorkflowExecutionTerminated", "workflowExecutionTerminated", \
          "'cause':'" cause "','childPolicy':'TERMINATE'")

static const char *child_run(struct fixture *fixture, const char *p_run)
{
    return string_behind(fixture, history(fixture, "p", p_run),
                         "\"initiatedEventId\":5,\"workflowExecution\":{\"runId\":\"");
}

/* ---- set-up ---- */

static int set_up(void **state)
{
    static struct fixture the_fixture;
    struct fixture *fixture = &the_fixture;

    *state = fixture;
    *fixture = (struct fixture){ .sequence = { 1 } };
    arena_init(&fixture->arena, "test", 16u << 20);
    fixture->world = (struct world){ &fixture->sequence, read_clock, read_clock, fill };
    fixture->json = json_reader_new();
    fixture->kv = kv_memory_new();
    fixture->functions = fixture->kv->functions;
    fixture->lasting = *fixture->functions;
    fixture->lasting.close = stay_open;
    fixture->kv->functions = &fixture->lasting;
    open_service(fixture);
    ask(fixture, OPERATION_REGISTER_DOMAIN,
        "{'name':'d','workflowExecutionRetentionPeriodInDays':'1'}");
    ask(fixture, OPERATION_REGISTER_WORKFLOW_TYPE,
        "{'domain':'d','name':'t','version':'1','defaultTaskList':{'name':'l'},"
        "'defaultExecutionStartToCloseTimeout':'100000','defaultTaskStartToCloseTimeout':'NONE',"
        "'defaultChildPolicy':'TERMINATE'}");
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    close_service(fixture);
    fixture->kv->functions = fixture->functions;
    fixture->kv->functions->close(fixture->kv);
    json_reader_free(fixture->json);
    arena_deinit(&fixture->arena);
    return 0;
}

/* The crash comes after 0 turns (the message is owed), 1 (it is delivered, the reply is owed), 2
 * (the reply is delivered, too) and 3. */
#define TURNS_MAX 3

/* Runs a story once for every such moment, each in a world of its own. */
static void at_every_moment(void (*story)(struct fixture *fixture, int turns))
{
    for (int turns = 0; turns <= TURNS_MAX; turns++) {
        void *state;

        set_up(&state);
        story(state, turns);
        tear_down(&state);
    }
}

/* ---- stories ---- */

static void start_a_child(struct fixture *fixture, int turns)
{
    const char *p_run = start(fixture, "p", "TERMINATE");
    const char *c_run;

    decide(fixture, "p", CHILD("c"));
    crash_after(fixture, turns);
    c_run = child_run(fixture, p_run);
    expect_tail(fixture, history(fixture, "p", p_run), 6, CHILD_STARTED, p_run, c_run);
    expect_tail(fixture, history(fixture, "c", c_run), 1, CHILD_BEGUN, p_run, c_run);
}

static void a_child_is_started_once(void **state)
{
    (void)state;
    at_every_moment(start_a_child);
}

static void fail_to_start_a_child(struct fixture *fixture, int turns)
{
    const char *p_run = start(fixture, "p", "TERMINATE");

    decide(fixture, "p", CHILD("p"));
    crash_after(fixture, turns);
    expect_tail(fixture, history(fixture, "p", p_run), 6,
                AFTER(6, "StartChildWorkflowExecutionFailed", "startChildWorkflowExecutionFailed",
                      "'cause':'WORKFLOW_ALREADY_RUNNING','decisionTaskCompletedEventId':4,"
                      "'initiatedEventId':5,'workflowId':'p'," TYPE) "," SCHEDULED(7, "p"),
                p_run, "");
}

static void a_child_fails_to_start_once(void **state)
{
    (void)state;
    at_every_moment(fail_to_start_a_child);
}

static void send_a_signal(struct fixture *fixture, int turns)
{
    const char *p_run = start(fixture, "p", "TERMINATE");
    const char *c_run = start(fixture, "c", "TERMINATE");

    decide(fixture, "p", SIGNAL("c"));
    crash_after(fixture, turns);
    expect_tail(fixture, history(fixture, "p", p_run), 6,
                AFTER(6, "ExternalWorkflowExecutionSignaled", "externalWorkflowExecutionSignaled",
                      "'initiatedEventId':5,'workflowExecution':" C) "," SCHEDULED(7, "p"),
                p_run, c_run);
    expect_tail(fixture, history(fixture, "c", c_run), 3, SIGNALED, p_run, c_run);
}

static void a_signal_arrives_once(void **state)
{
    (void)state;
    at_every_moment(send_a_signal);
}

static void request_cancel(struct fixture *fixture, int turns)
{
    const char *p_run = start(fixture, "p", "TERMINATE");

    decide(fixture, "p", CANCEL("nobody") "," CANCEL("p"));
    crash_after(fixture, turns);
    expect_tail(fixture, history(fixture, "p", p_run), 7,
                CANCEL_REQUESTED(7, "'externalInitiatedEventId':6") "," SCHEDULED(
                    8, "p") "," UNKNOWN_TARGET "," DELIVERED,
                p_run, "");
}

static void cancel_requests_arrive_once(void **state)
{
    (void)state;
    at_every_moment(request_cancel);
}

static void close_a_child(struct fixture *fixture, int turns)
{
    const char *p_run = start(fixture, "p", "TERMINATE");
    const char *c_run;

    decide(fixture, "p", CHILD("c"));
    settle(fixture);
    c_run = child_run(fixture, p_run);
    decide(fixture, "c", COMPLETE);
    crash_after(fixture, turns);
    expect_tail(fixture, history(fixture, "p", p_run), 6,
                CHILD_STARTED
                "," BEFORE(8, "ChildWorkflowExecutionCompleted", "childWorkflowExecutionCompleted",
                           "'initiatedEventId':5,'result':'r','startedEventId':6,"
                           "'workflowExecution':" C "," TYPE),
                p_run, c_run);
}

static void a_close_is_reported_once(void **state)
{
    (void)state;
    at_every_moment(close_a_child);
}

static void apply_terminate(struct fixture *fixture, int turns)
{
    const char *p_run = start(fixture, "p", "TERMINATE");
    const char *c_run;

    decide(fixture, "p", CHILD("c"));
    settle(fixture);
    c_run = child_run(fixture, p_run);
    terminate(fixture, "p");
    crash_after(fixture, turns);
    expect_tail(fixture, history(fixture, "c", c_run), 1,
                CHILD_BEGUN "," TERMINATED(3, "CHILD_POLICY_APPLIED"), p_run, c_run);
    expect_tail(fixture, history(fixture, "p", p_run), 6,
                CHILD_STARTED "," TERMINATED(8, "OPERATOR_INITIATED"), p_run, c_run);
}

static void apply_request_cancel(struct fixture *fixture, int turns)
{
    const char *p_run = start(fixture, "p", "REQUEST_CANCEL");
    const char *c_run;

    decide(fixture, "p", CHILD("c"));
    settle(fixture);
    c_run = child_run(fixture, p_run);
    terminate(fixture, "p");
    crash_after(fixture, turns);
    expect_tail(fixture, history(fixture, "c", c_run), 1,
                CHILD_BEGUN "," CANCEL_REQUESTED(3, "'cause':'CHILD_POLICY_APPLIED',"
                                                    "'externalInitiatedEventId':0"),
                p_run, c_run);
}

static void a_policy_is_applied_once(void **state)
{
    (void)state;
    at_every_moment(apply_terminate);
    at_every_moment(apply_request_cancel);
}

/* The child is called into being and the parent ends before either of them hears of it. */
static void end_before_the_reply(struct fixture *fixture, int turns)
{
    const char *p_run = start(fixture, "p", "TERMINATE");
    const char *reply;

    decide(fixture, "p", CHILD("c"));
    terminate(fixture, "p"); /* in the turn that delivers the message: the child exists */
    crash_after(fixture, turns);
    reply = ask(fixture, OPERATION_LIST_CLOSED_WORKFLOW_EXECUTIONS,
                "{'domain':'d','startTimeFilter':{'oldestDate':0},"
                "'executionFilter':{'workflowId':'c'}}");
    expect_tail(fixture, history(fixture, "p", p_run), 6, TERMINATED(6, "OPERATOR_INITIATED"),
                p_run, "");
    reply = string_behind(fixture, reply, "\"execution\":{\"runId\":\"");
    expect_tail(fixture, history(fixture, "c", reply), 1,
                CHILD_BEGUN "," TERMINATED(3, "CHILD_POLICY_APPLIED"), p_run, reply);
}

static void a_child_that_just_began_ends_with_its_parent(void **state)
{
    (void)state;
    at_every_moment(end_before_the_reply);
}

#define NO_EXECUTIONS "{\"executionInfos\":[]}"
#define LIST_OPEN "{'domain':'d','startTimeFilter':{'oldestDate':0}}"

static void never_start_a_child(struct fixture *fixture, int turns)
{
    start(fixture, "p", "TERMINATE");
    decide(fixture, "p", CHILD("c") "," COMPLETE);
    crash_after(fixture, turns);
    assert_string_equal(ask(fixture, OPERATION_LIST_OPEN_WORKFLOW_EXECUTIONS, LIST_OPEN),
                        NO_EXECUTIONS);
}

static void a_message_that_was_taken_back_stays_so(void **state)
{
    (void)state;
    at_every_moment(never_start_a_child);
}

static void go_on_as_new(struct fixture *fixture, int turns)
{
    const char *p_run = start(fixture, "p", "TERMINATE");
    const char *new_run;

    decide(fixture, "p", SIGNAL("p") "," CONTINUE);
    crash_after(fixture, turns);
    new_run = string_behind(fixture, history(fixture, "p", p_run), "\"newExecutionRunId\":\"");
    expect_tail(
        fixture, history(fixture, "p", new_run), 1,
        STARTED("'continuedExecutionRunId':'^',", "0", "l") "," SCHEDULED(2, "l") "," SIGNALED,
        p_run, new_run);
}

static void a_new_run_is_found_by_what_the_old_one_sent(void **state)
{
    (void)state;
    at_every_moment(go_on_as_new);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_is_started_once),
        cmocka_unit_test(a_child_fails_to_start_once),
        cmocka_unit_test(a_signal_arrives_once),
        cmocka_unit_test(cancel_requests_arrive_once),
        cmocka_unit_test(a_close_is_reported_once),
        cmocka_unit_test(a_policy_is_applied_once),
        cmocka_unit_test(a_child_that_just_began_ends_with_its_parent),
        cmocka_unit_test(a_message_that_was_taken_back_stays_so),
        cmocka_unit_test(a_new_run_is_found_by_what_the_old_one_sent),
    };

    return cmocka_run_group_tests_name("messages", tests, NULL, NULL);
}
