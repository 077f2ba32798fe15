/* Messages between workflows over a crash: whatever the moment, all that one workflow owed another
 * arrives, and arrives once. */
#include "asked.h"
#include "service/messages.h"
#include "base/random.h"
#include "service/inner.h"
#include "sound/sound.h"
#include "store/layout.h"
#include "store/memory/memory.h"
#include "wire/encode.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define AT "1.7672256E9"

/* ---- a world and a disk of the test's own ---- */

#define BEGINNING INT64_C(1767225600000)

static struct instant clock_now = { BEGINNING };

static struct instant read_clock(void *context)
{
    (void)context;
    return clock_now;
}

static void fill(void *context, void *out, size_t len)
{
    random_fill(context, out, len);
}

struct fixture {
    struct arena arena;
    struct world world;
    struct random_sequence sequence;
    struct kv *kv; /* outlives the store, as a disk does */
    struct store *store;
    struct service *service;
    struct json_reader *json;
    const struct throttle_rates *rates; /* NULL: none */
};

static void open_service(struct fixture *fixture)
{
    static const uint8_t key[SERVER_KEY_BYTES] = "a key of the test";
    struct service_config config = {
        .world = &fixture->world,
        .limits = LIMITS_DOCUMENTED,
        .region = BYTES("us-east-1"),
        .throttles = fixture->rates != NULL,
        .rates = fixture->rates,
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

/* A call that the next turn takes. */
static struct call *submit(struct fixture *fixture, enum operation operation, const char *request,
                           bool *answered)
{
    struct call *call = asked(fixture->json, &fixture->arena, operation, bytes_of_cstr(request));

    *answered = false;
    call->owner = answered;
    call->on_answer = on_answer;
    service_submit(fixture->service, call);
    return call;
}

/* One turn, and no more, with one call in it; the reply as JSON. */
static const char *ask(struct fixture *fixture, enum operation operation, const char *request)
{
    bool answered;
    struct call *call = submit(fixture, operation, request, &answered);
    struct text reply;
    const char *copy;

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

static const char *take_task(struct fixture *fixture, const char *id)
{
    const char *poll =
        arena_printf(&fixture->arena, "{'domain':'d','taskList':{'name':'%s'}}%c", id, '\0').ptr;

    return string_behind(fixture, ask(fixture, OPERATION_POLL_FOR_DECISION_TASK, poll),
                         "\"taskToken\":\"");
}

static void decide(struct fixture *fixture, const char *id, const char *decisions)
{
    const char *token = take_task(fixture, id);

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
    clock_now.ms = BEGINNING;
    arena_init(&fixture->arena, "test", 256u << 20);
    fixture->world = (struct world){ &fixture->sequence, read_clock, read_clock, fill };
    fixture->json = json_reader_new();
    fixture->kv = kv_memory_new();
    kv_memory_keep(fixture->kv, true);
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
    kv_memory_keep(fixture->kv, false);
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

/* One signal, and no more. The crash gives the token back, and does not let the second one go. */
static void send_too_fast(struct fixture *fixture, int turns)
{
    static const struct throttle_rates rates = {
        .decisions = { [DECISION_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION] = { 1, 1 } }
    };
    const char *p_run, *c_run;

    fixture->rates = &rates;
    close_service(fixture);
    open_service(fixture);
    p_run = start(fixture, "p", "TERMINATE");
    c_run = start(fixture, "c", "TERMINATE");
    decide(fixture, "p", SIGNAL("c") "," SIGNAL("c"));
    crash_after(fixture, turns);
    expect_tail(fixture, history(fixture, "p", p_run), 7,
                AFTER(7, "SignalExternalWorkflowExecutionFailed",
                      "signalExternalWorkflowExecutionFailed",
                      "'cause':'SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_RATE_EXCEEDED',"
                      "'decisionTaskCompletedEventId':4,'initiatedEventId':6,'workflowId':'c'") ","
                    SCHEDULED(8, "p") ","
                    AFTER(9, "ExternalWorkflowExecutionSignaled",
                          "externalWorkflowExecutionSignaled",
                          "'initiatedEventId':5,'workflowExecution':" C),
                p_run, c_run);
    expect_tail(fixture, history(fixture, "c", c_run), 3, SIGNALED, p_run, c_run);
}

static void a_signal_that_comes_too_fast_never_arrives(void **state)
{
    (void)state;
    at_every_moment(send_too_fast);
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

/* ---- many */

#define PARENTS 3
#define CHILDREN 1000 /* of each: as many as may be open */

/* All of them in one turn: none of the messages that they leave is delivered yet. */
static void ask_all(struct fixture *fixture, enum operation operation,
                    const char *const requests[PARENTS])
{
    struct call *calls[PARENTS];
    bool answered[PARENTS];

    for (int i = 0; i < PARENTS; i++)
        calls[i] = submit(fixture, operation, requests[i], &answered[i]);
    assert_int_equal(service_turn(fixture->service), OK);
    for (int i = 0; i < PARENTS; i++) {
        assert_true(answered[i]);
        assert_int_equal(calls[i]->fault.code, FAULT_NONE);
        call_free(calls[i]);
    }
}

static const char *name_of(struct fixture *fixture, int parent)
{
    return arena_printf(&fixture->arena, "p%d%c", parent, '\0').ptr;
}

/* The children of "p1" are "p1-0", "p1-1", and so on. */
static const char *answer_with_children(struct fixture *fixture, int parent)
{
    struct text request;
    const char *copy;

    text_init(&request, 1u << 20);
    text_printf(&request, "{'taskToken':'%s','decisions':[",
                take_task(fixture, name_of(fixture, parent)));
    for (int i = 0; i < CHILDREN; i++)
        text_printf(&request,
                    "%s{'decisionType':'StartChildWorkflowExecution',"
                    "'startChildWorkflowExecutionDecisionAttributes':{'workflowId':'p%d-%d',"
                    "'workflowType':{'name':'t','version':'1'}}}",
                    i ? "," : "", parent, i);
    text_append_cstr(&request, "]}");
    text_append_char(&request, '\0');
    copy = arena_copy(&fixture->arena, text_bytes(&request)).ptr;
    text_deinit(&request);
    return copy;
}

static int count_of(const char *text, const char *what)
{
    int count = 0;

    for (const char *at = text; (at = strstr(at, what)); at += strlen(what))
        count++;
    return count;
}

/* Every child began once, is known to its parent, and lives. The newest thousand events: one
 * decision task was scheduled with the first news, and waits. */
static void expect_children(struct fixture *fixture, const char *const runs[PARENTS])
{
    for (int i = 0; i < PARENTS; i++) {
        const char *reply = ask(
            fixture, OPERATION_GET_WORKFLOW_EXECUTION_HISTORY,
            arena_printf(&fixture->arena,
                         "{'domain':'d','execution':{'workflowId':'p%d','runId':'%s'},"
                         "'reverseOrder':true}%c",
                         i, runs[i], '\0')
                .ptr);
        assert_int_equal(count_of(reply, "\"ChildWorkflowExecutionStarted\""), 999);
        assert_int_equal(count_of(reply, "\"DecisionTaskScheduled\""), 1);
    }
    assert_non_null(strstr(ask(fixture, OPERATION_COUNT_OPEN_WORKFLOW_EXECUTIONS, LIST_OPEN),
                           "\"count\":3003"));
}

static const char *run_of_child(struct fixture *fixture, enum operation list, int parent, int child)
{
    const char *reply = ask(fixture, list,
                            arena_printf(&fixture->arena,
                                         "{'domain':'d','startTimeFilter':{'oldestDate':0},"
                                         "'executionFilter':{'workflowId':'p%d-%d'}}%c",
                                         parent, child, '\0')
                                .ptr);

    assert_int_equal(count_of(reply, "\"runId\""), 2); /* its own, and its parent's */
    return string_behind(fixture, reply, "\"execution\":{\"runId\":\"");
}

/* What the policy did to every child, once. */
static void expect_policy(struct fixture *fixture, bool terminated)
{
    enum operation list = terminated ? OPERATION_LIST_CLOSED_WORKFLOW_EXECUTIONS
                                     : OPERATION_LIST_OPEN_WORKFLOW_EXECUTIONS;

    assert_non_null(strstr(ask(fixture, OPERATION_COUNT_CLOSED_WORKFLOW_EXECUTIONS, LIST_OPEN),
                           terminated ? "\"count\":3003" : "\"count\":3,"));
    for (int i = 0; i < PARENTS; i++) {
        for (int j = 0; j < CHILDREN; j += 111) {
            const char *id = arena_printf(&fixture->arena, "p%d-%d%c", i, j, '\0').ptr;
            const char *told = history(fixture, id, run_of_child(fixture, list, i, j));
            assert_int_equal(count_of(told, "\"cause\":\"CHILD_POLICY_APPLIED\""), 1);
            assert_int_equal(count_of(told, "\"eventId\""), 3);
        }
    }
}

static void have_many_children(struct fixture *fixture, int turns, const char *policy)
{
    const char *runs[PARENTS], *answers[PARENTS], *ends[PARENTS];

    for (int i = 0; i < PARENTS; i++) {
        runs[i] = start(fixture, name_of(fixture, i), policy);
        answers[i] = answer_with_children(fixture, i);
        ends[i] = arena_printf(&fixture->arena, "{'domain':'d','workflowId':'p%d'}%c", i, '\0').ptr;
    }
    ask_all(fixture, OPERATION_RESPOND_DECISION_TASK_COMPLETED, answers);
    crash_after(fixture, turns); /* of 3000 messages and more, so many were delivered */
    expect_children(fixture, runs);
    ask_all(fixture, OPERATION_TERMINATE_WORKFLOW_EXECUTION, ends);
    crash_after(fixture, turns);
    expect_policy(fixture, strcmp(policy, "TERMINATE") == 0);
}

static void thousands_are_delivered_once(void **state)
{
    static const int moments[] = { 0, 1, 2, 3, 5 };

    (void)state;
    for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
        void *fixture;

        set_up(&fixture);
        have_many_children(fixture, moments[i], i % 2 ? "REQUEST_CANCEL" : "TERMINATE");
        tear_down(&fixture);
    }
}

/* ---- runs that are no more when a message arrives */

#define SHORT_TYPE                                                                            \
    "{'domain':'short','name':'t','version':'1','defaultTaskList':{'name':'l'},"              \
    "'defaultExecutionStartToCloseTimeout':'100000','defaultTaskStartToCloseTimeout':'NONE'," \
    "'defaultChildPolicy':'REQUEST_CANCEL'}"

static const char *ask_short(struct fixture *fixture, enum operation operation, const char *members)
{
    return ask(fixture, operation,
               arena_printf(&fixture->arena, "{'domain':'short',%s}%c", members, '\0').ptr);
}

static void decide_short(struct fixture *fixture, const char *list, const char *decisions)
{
    const char *reply = ask_short(
        fixture, OPERATION_POLL_FOR_DECISION_TASK,
        arena_printf(&fixture->arena, "'taskList':{'name':'%s'}%c", list, '\0').ptr);

    ask(fixture, OPERATION_RESPOND_DECISION_TASK_COMPLETED,
        arena_printf(&fixture->arena, "{'taskToken':'%s','decisions':[%s]}%c",
                     string_behind(fixture, reply, "\"taskToken\":\""), decisions, '\0')
            .ptr);
}

/* A turn that begins so much later removes what is to be kept for no time. */
static void let_expire(void)
{
    clock_now.ms += 2000;
}

/* In a domain that keeps nothing the parent closes, and is gone before its child hears of it; then
 * the child reports to nobody. */
static void be_gone_before_arrival(struct fixture *fixture, int turns)
{
    ask(fixture, OPERATION_REGISTER_DOMAIN,
        "{'name':'short','workflowExecutionRetentionPeriodInDays':'0'}");
    ask(fixture, OPERATION_REGISTER_WORKFLOW_TYPE, SHORT_TYPE);
    ask_short(fixture, OPERATION_START_WORKFLOW_EXECUTION,
              "'workflowId':'p','workflowType':{'name':'t','version':'1'}");
    decide_short(fixture, "l", CHILD("c"));
    settle(fixture);
    decide_short(fixture, "l", SIGNAL("c") "," COMPLETE);
    let_expire();
    crash_after(fixture, turns);
    assert_non_null(strstr(ask_short(fixture, OPERATION_COUNT_CLOSED_WORKFLOW_EXECUTIONS,
                                     "'startTimeFilter':{'oldestDate':0}"),
                           "\"count\":0"));
    const char *reply = ask_short(fixture, OPERATION_POLL_FOR_DECISION_TASK,
                                  "'taskList':{'name':'c'}");
    assert_int_equal(count_of(reply, "\"WorkflowExecutionSignaled\""), 1);
    assert_int_equal(count_of(reply, "\"cause\":\"CHILD_POLICY_APPLIED\""), 1);
    ask(fixture, OPERATION_RESPOND_DECISION_TASK_COMPLETED,
        arena_printf(&fixture->arena, "{'taskToken':'%s','decisions':[" COMPLETE "]}%c",
                     string_behind(fixture, reply, "\"taskToken\":\""), '\0')
            .ptr);
    let_expire();
    crash_after(fixture, turns);
    assert_non_null(strstr(ask_short(fixture, OPERATION_COUNT_OPEN_WORKFLOW_EXECUTIONS,
                                     "'startTimeFilter':{'oldestDate':0}"),
                           "\"count\":0"));
    let_expire();
    settle(fixture);
    close_service(fixture); /* and it starts once more with what is left */
    open_service(fixture);
}

static void messages_outlive_the_runs_they_name(void **state)
{
    (void)state;
    at_every_moment(be_gone_before_arrival);
}

/* ---- more than may be owed */

/* Seven thousand signals, which are some 1 MB, as the decisions of one answer. */
static const char *many_signals(struct fixture *fixture)
{
    struct text decisions;
    struct bytes copy;

    text_init(&decisions, 4u << 20);
    for (int i = 0; i < 7000; i++)
        text_printf(&decisions, "%s" SIGNAL("nobody"), i ? "," : "");
    text_append_char(&decisions, '\0');
    copy = arena_copy(&fixture->arena, text_bytes(&decisions));
    text_deinit(&decisions);
    return copy.ptr;
}

static void owe_too_much(struct fixture *fixture)
{
    const char *decisions = many_signals(fixture);

    for (int i = 0; !messages_are_enough(&fixture->service->messages); i++) {
        assert_in_range(i, 0, 15);
        start(fixture, name_of(fixture, i), "TERMINATE");
        decide(fixture, name_of(fixture, i), decisions);
    }
}

/* Who owes must deliver before anybody may add to it. */
static void calls_wait_while_too_much_is_owed(void **state)
{
    struct fixture *fixture;
    struct call *call;
    bool answered;

    set_up(state);
    fixture = *state;
    owe_too_much(fixture);
    call = submit(fixture, OPERATION_COUNT_OPEN_WORKFLOW_EXECUTIONS, LIST_OPEN, &answered);
    do {
        assert_false(answered);
        assert_int_equal(service_idle(fixture->service).ms, 0);
        assert_int_equal(service_turn(fixture->service), OK);
    } while (messages_are_enough(&fixture->service->messages));
    assert_true(answered);
    call_free(call);
    settle(fixture);
    assert_int_equal(fixture->service->messages.bytes, 0);
    tear_down(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_is_started_once),
        cmocka_unit_test(a_child_fails_to_start_once),
        cmocka_unit_test(a_signal_arrives_once),
        cmocka_unit_test(a_signal_that_comes_too_fast_never_arrives),
        cmocka_unit_test(cancel_requests_arrive_once),
        cmocka_unit_test(a_close_is_reported_once),
        cmocka_unit_test(a_policy_is_applied_once),
        cmocka_unit_test(a_child_that_just_began_ends_with_its_parent),
        cmocka_unit_test(a_message_that_was_taken_back_stays_so),
        cmocka_unit_test(a_new_run_is_found_by_what_the_old_one_sent),
        cmocka_unit_test(thousands_are_delivered_once),
        cmocka_unit_test(messages_outlive_the_runs_they_name),
        cmocka_unit_test(calls_wait_while_too_much_is_owed),
    };

    return cmocka_run_group_tests_name("messages", tests, NULL, NULL);
}
