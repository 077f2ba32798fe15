/* Executions that idle sleep, and whatever touches one wakes it as it was. */
#include "asked.h"
#include "base/random.h"
#include "service/inner.h"
#include "sound/sound.h"
#include "store/key.h"
#include "store/layout.h"
#include "store/memory/memory.h"
#include "store/record.h"
#include "store/value.h"
#include "store/walk.h"
#include "wire/encode.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#define BEGINNING INT64_C(1767225600000)

struct fixture {
    struct arena arena;
    struct world world;
    struct random_sequence sequence;
    struct instant now;
    struct kv *kv; /* outlives the store, as a disk does */
    struct store *store;
    struct service *service;
    struct json_reader *json;
    size_t memory_max;
};

static struct instant read_clock(void *context)
{
    return ((struct fixture *)context)->now;
}

static void fill(void *context, void *out, size_t len)
{
    random_fill(&((struct fixture *)context)->sequence, out, len);
}

static enum err try_to_open(struct fixture *fixture)
{
    static const uint8_t key[SERVER_KEY_BYTES] = "a key of the test";
    struct service_config config = {
        .world = &fixture->world,
        .limits = LIMITS_DOCUMENTED,
        .region = BYTES("us-east-1"),
        .execution_bytes_max = fixture->memory_max,
    };

    assert_int_equal(layout_open(fixture->kv, key, &fixture->store), OK);
    config.store = fixture->store;
    return service_open(&config, &fixture->service);
}

static void open_service(struct fixture *fixture)
{
    assert_int_equal(try_to_open(fixture), OK);
}

/* As a crash would end it. */
static void close_service(struct fixture *fixture)
{
    service_close(fixture->service);
    store_close(fixture->store);
}

/* As kill -9 would: nothing more is written. */
static void kill_service(struct fixture *fixture)
{
    kv_memory_fail_write(fixture->kv, 1, ERR_IO);
    close_service(fixture);
    kv_memory_fail_write(fixture->kv, 0, OK);
}

static void end_orderly(struct fixture *fixture)
{
    service_rest(fixture->service);
    close_service(fixture);
    sound_check(fixture->kv);
}

static void turn(struct fixture *fixture)
{
    do
        assert_int_equal(service_turn(fixture->service), OK);
    while (service_idle(fixture->service).ms == 0);
}

static void on_answer(struct call *call)
{
    *(bool *)call->owner = true;
}

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

/* The reply as JSON. */
static const char *ask(struct fixture *fixture, enum operation operation, const char *request)
{
    bool answered;
    struct call *call = submit(fixture, operation, request, &answered);
    struct text reply;
    const char *copy;

    turn(fixture);
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

#define ASK(operation, ...) ask(fixture, operation, arena_printf(&fixture->arena, __VA_ARGS__).ptr)

static const char *token_in(struct fixture *fixture, const char *reply)
{
    const char *name = "\"taskToken\":\"";
    const char *value = strstr(reply, name);

    assert_non_null(value);
    value += strlen(name);
    return arena_printf(&fixture->arena, "%.*s%c", (int)(strchr(value, '"') - value), value, '\0')
        .ptr;
}

static void start(struct fixture *fixture, const char *id)
{
    ASK(OPERATION_START_WORKFLOW_EXECUTION,
        "{'domain':'d','workflowId':'%s','workflowType':{'name':'w','version':'1'},"
        "'tagList':['red']}%c",
        id, '\0');
}

static void signal_with(struct fixture *fixture, const char *id, const char *input)
{
    ASK(OPERATION_SIGNAL_WORKFLOW_EXECUTION,
        "{'domain':'d','workflowId':'%s','signalName':'s','input':'%s'}%c", id, input, '\0');
}

static void decide(struct fixture *fixture, const char *decisions)
{
    const char *task = ask(fixture, OPERATION_POLL_FOR_DECISION_TASK,
                           "{'domain':'d','taskList':{'name':'l'}}");

    ASK(OPERATION_RESPOND_DECISION_TASK_COMPLETED, "{'taskToken':'%s','decisions':[%s]}%c",
        token_in(fixture, task), decisions, '\0');
}

#define TIMER                       \
    "{'decisionType':'StartTimer'," \
    "'startTimerDecisionAttributes':{'timerId':'t','startToFireTimeout':'60'}}"
#define ACTIVITY(heartbeat)                                       \
    "{'decisionType':'ScheduleActivityTask',"                     \
    "'scheduleActivityTaskDecisionAttributes':{'activityId':'a'," \
    "'activityType':{'name':'a','version':'1'},'heartbeatTimeout':'" heartbeat "'}}"

static void make(void **state, size_t memory_max)
{
    static struct fixture fixture;

    fixture = (struct fixture){ .sequence = { 7 }, .now = { BEGINNING } };
    fixture.memory_max = memory_max;
    arena_init(&fixture.arena, "test", (size_t)1 << 28);
    fixture.world = (struct world){ &fixture, read_clock, read_clock, fill };
    fixture.json = json_reader_new();
    fixture.kv = kv_memory_new();
    kv_memory_keep(fixture.kv, true);
    open_service(&fixture);
    ask(&fixture, OPERATION_REGISTER_DOMAIN,
        "{'name':'d','workflowExecutionRetentionPeriodInDays':'7'}");
    ask(&fixture, OPERATION_REGISTER_WORKFLOW_TYPE,
        "{'domain':'d','name':'w','version':'1','defaultTaskStartToCloseTimeout':'NONE',"
        "'defaultExecutionStartToCloseTimeout':'86400','defaultTaskList':{'name':'l'},"
        "'defaultChildPolicy':'TERMINATE'}");
    ask(&fixture, OPERATION_REGISTER_ACTIVITY_TYPE,
        "{'domain':'d','name':'a','version':'1','defaultTaskStartToCloseTimeout':'NONE',"
        "'defaultTaskHeartbeatTimeout':'NONE','defaultTaskList':{'name':'workers'},"
        "'defaultTaskScheduleToStartTimeout':'NONE','defaultTaskScheduleToCloseTimeout':'NONE'}");
    *state = &fixture;
}

static int set_up(void **state)
{
    make(state, 1);
    return 0;
}

static int set_up_roomy(void **state)
{
    make(state, 0);
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

static uint64_t sleeping(const struct fixture *fixture)
{
    return fixture->service->runs.count - fixture->service->awake.count;
}

static struct run *get(struct fixture *fixture, uint64_t number)
{
    struct run *run;

    assert_int_equal(awake_get(fixture->service, number, &run), OK);
    return run;
}

/* ---- sleeping and waking ---- */

static void test_whatever_touches_one_wakes_it(void **state)
{
    struct fixture *fixture = *state;

    start(fixture, "order-1");
    assert_int_equal(sleeping(fixture), 1);
    assert_int_equal(fixture->service->awake.woken, 0);
    signal_with(fixture, "order-1", "apples"); /* a call that names it */
    assert_int_equal(fixture->service->awake.woken, 1);
    decide(fixture, TIMER); /* a task that is handed out, and its token */
    assert_int_equal(fixture->service->awake.woken, 3);
    assert_int_equal(sleeping(fixture), 1);
    fixture->now.ms += 60 * 1000;
    turn(fixture); /* a deadline */
    assert_int_equal(fixture->service->awake.woken, 4);
    assert_non_null(strstr(ASK(OPERATION_COUNT_PENDING_DECISION_TASKS,
                               "{'domain':'d','taskList':{'name':'l'}}%c", '\0'),
                           "\"count\":1"));
    assert_int_equal(fixture->service->awake.woken, 4);
    assert_int_equal(sleeping(fixture), 1);
}

static void test_lists_wake_nobody(void **state)
{
    struct fixture *fixture = *state;
    const char *list =
        "{'domain':'d','startTimeFilter':{'oldestDate':1},'tagFilter':{'tag':'red'}}";
    const char *asleep;

    start(fixture, "order-1");
    start(fixture, "order-2");
    ask(fixture, OPERATION_REQUEST_CANCEL_WORKFLOW_EXECUTION,
        "{'domain':'d','workflowId':'order-2'}");
    assert_int_equal(fixture->service->awake.woken, 1);
    asleep = ask(fixture, OPERATION_LIST_OPEN_WORKFLOW_EXECUTIONS, list);
    assert_int_equal(fixture->service->awake.woken, 1);
    assert_int_equal(sleeping(fixture), 2);
    close_service(fixture);
    fixture->memory_max = 0;
    open_service(fixture);
    get(fixture, 1);
    get(fixture, 2);
    assert_int_equal(sleeping(fixture), 0);
    assert_string_equal(ask(fixture, OPERATION_LIST_OPEN_WORKFLOW_EXECUTIONS, list), asleep);
}

/* 32,768 characters of four bytes each: as much as an input may be. */
static const char *longest_input(struct fixture *fixture)
{
    char *input = arena_alloc_text(&fixture->arena, 4 * 32768 + 1);

    for (int i = 0; i < 32768; i++)
        memcpy(input + 4 * i, "\xf0\x9f\x98\x80", 4);
    input[4 * 32768] = '\0';
    return input;
}

/* All these beginnings together are more than a call may hold, and what a list tells of them is
 * little. */
static void test_a_list_holds_no_beginnings(void **state)
{
    enum { RUNS = 300 };
    struct fixture *fixture = *state;
    const char *input = longest_input(fixture), *list, *at;
    int listed = 0;

    for (int i = 0; i < RUNS; i++)
        ASK(OPERATION_START_WORKFLOW_EXECUTION,
            "{'domain':'d','workflowId':'order-%d','workflowType':{'name':'w','version':'1'},"
            "'input':'%s'}%c",
            i, input, '\0');
    assert_int_equal(sleeping(fixture), RUNS);
    list = ask(fixture, OPERATION_LIST_OPEN_WORKFLOW_EXECUTIONS,
               "{'domain':'d','startTimeFilter':{'oldestDate':1}}");
    for (at = list; (at = strstr(at, "\"workflowId\"")); at++)
        listed++;
    assert_int_equal(listed, RUNS);
}

static void test_what_no_history_says_keeps_awake(void **state)
{
    struct fixture *fixture = *state;
    const char *task;

    start(fixture, "order-1");
    decide(fixture, ACTIVITY("30"));
    assert_int_equal(sleeping(fixture), 1);
    task = token_in(fixture, ask(fixture, OPERATION_POLL_FOR_ACTIVITY_TASK,
                                 "{'domain':'d','taskList':{'name':'workers'}}"));
    assert_int_equal(sleeping(fixture), 0); /* the worker may send heartbeats */
    ASK(OPERATION_RECORD_ACTIVITY_TASK_HEARTBEAT, "{'taskToken':'%s','details':'half'}%c", task,
        '\0');
    assert_int_equal(sleeping(fixture), 0);
    ASK(OPERATION_RESPOND_ACTIVITY_TASK_COMPLETED, "{'taskToken':'%s'}%c", task, '\0');
    assert_int_equal(sleeping(fixture), 1);
}

static void test_a_large_history_keeps_awake(void **state)
{
    struct fixture *fixture = *state;
    char input[32001];

    memset(input, 'x', sizeof(input) - 1);
    input[sizeof(input) - 1] = '\0';
    start(fixture, "order-1");
    for (int i = 0; i < 8; i++)
        signal_with(fixture, "order-1", input);
    assert_int_equal(sleeping(fixture), 1);
    signal_with(fixture, "order-1", input);
    assert_int_equal(sleeping(fixture), 0);
}

/* So many as are too many, those that were used longest ago. */
static void test_only_as_many_sleep_as_must(void **state)
{
    struct fixture *fixture = *state;
    char id[16];

    close_service(fixture);
    fixture->memory_max = 64 << 10;
    open_service(fixture);
    for (int i = 1; i <= 100; i++) {
        snprintf(id, sizeof(id), "order-%d", i);
        start(fixture, id);
    }
    assert_in_range(fixture->service->awake.count, 10, 90);
    assert_true(fixture->service->awake.memory + runs_memory(&fixture->service->runs) <= 64 << 10);
    assert_null(runs_get(&fixture->service->runs, 1)->run);
    assert_non_null(runs_get(&fixture->service->runs, 100)->run);
}

/* What a turn gives to what was due. */
#define DUE_OF(whole) ((whole) / TURN_PARTS * TURN_PARTS_DUE)

static void start_sleepers(struct fixture *fixture, int count)
{
    char id[16];

    for (int i = 1; i <= count; i++) {
        snprintf(id, sizeof(id), "order-%d", i);
        start(fixture, id);
    }
    assert_int_equal(sleeping(fixture), count);
}

/* All at once would keep everybody waiting. */
static void test_a_turn_wakes_so_many_and_no_more(void **state)
{
    struct fixture *fixture = *state;

    start_sleepers(fixture, DUE_OF(AWAKE_WAKES_MAX) + 10);
    fixture->now.ms += INT64_C(86400) * 1000; /* they all time out */
    assert_int_equal(service_turn(fixture->service), OK);
    assert_int_equal(fixture->service->awake.woken, DUE_OF(AWAKE_WAKES_MAX));
    assert_int_equal(fixture->service->runs.count, 10);
    assert_int_equal(service_idle(fixture->service).ms, 0);
    assert_int_equal(service_turn(fixture->service), OK);
    assert_int_equal(fixture->service->runs.count, 0);
}

/* Those who call do not wait until all of it is done. */
static void test_calls_are_taken_while_there_is_much_to_catch_up_with(void **state)
{
    struct fixture *fixture = *state;
    bool answered;
    struct call *call;

    start_sleepers(fixture, 2 * AWAKE_WAKES_MAX);
    fixture->now.ms += INT64_C(86400) * 1000; /* they all time out */
    call = submit(fixture, OPERATION_SIGNAL_WORKFLOW_EXECUTION,
                  "{'domain':'d','workflowId':'nobody','signalName':'s'}", &answered);
    assert_int_equal(service_turn(fixture->service), OK);
    assert_in_range(fixture->service->runs.count, 1, 2 * AWAKE_WAKES_MAX - 1);
    assert_true(answered);
    assert_int_equal(call->fault.code, FAULT_UNKNOWN_RESOURCE);
    call_free(call);
    turn(fixture);
    assert_int_equal(fixture->service->runs.count, 0);
}

/* Nor reads it more than so much. */
static void test_a_turn_reads_so_much_and_no_more(void **state)
{
    const uint64_t count = DUE_OF(AWAKE_WAKE_BYTES) / AWAKE_HISTORY_BYTES_MAX + 10;
    struct fixture *fixture = *state;
    char id[16], input[32001];

    memset(input, 'x', sizeof(input) - 1);
    input[sizeof(input) - 1] = '\0';
    for (uint64_t i = 1; i <= count; i++) {
        snprintf(id, sizeof(id), "order-%d", (int)i);
        start(fixture, id);
        for (int k = 0; k < 8; k++)
            signal_with(fixture, id, input);
    }
    assert_int_equal(sleeping(fixture), count);
    fixture->service->awake.woken = fixture->service->awake.woken_before = 0;
    fixture->now.ms += INT64_C(86400) * 1000; /* they all time out */
    assert_int_equal(service_turn(fixture->service), OK);
    assert_in_range(fixture->service->awake.woken, 2, count - 1);
    assert_int_equal(service_idle(fixture->service).ms, 0);
    assert_int_equal(service_turn(fixture->service), OK);
    assert_int_equal(fixture->service->runs.count, 0);
}

/* ---- rows ---- */

static void test_an_orderly_end_leaves_rows_of_all(void **state)
{
    struct fixture *fixture = *state;

    start(fixture, "order-1");
    start(fixture, "order-2");
    decide(fixture, TIMER);
    assert_int_equal(sleeping(fixture), 0);
    end_orderly(fixture);
    open_service(fixture);
    assert_int_equal(sleeping(fixture), 2);
    fixture->now.ms += 60 * 1000;
    turn(fixture);
    assert_int_equal(fixture->service->awake.woken, 1);
}

static void test_who_idles_gets_a_row_and_stays_awake(void **state)
{
    struct fixture *fixture = *state;

    start(fixture, "order-1");
    fixture->now.ms += AWAKE_IDLE_S * 1000 - 1;
    start(fixture, "order-2");
    assert_int_equal(fixture->service->awake.rows, 0);
    fixture->now.ms += 1;
    turn(fixture);
    assert_int_equal(fixture->service->awake.rows, 1);
    assert_int_equal(sleeping(fixture), 0);
    close_service(fixture);
    open_service(fixture);
    assert_int_equal(sleeping(fixture), 1);
    assert_null(runs_get(&fixture->service->runs, 1)->run);
}

static const char *const names_of_activities =
    "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/* An execution whose row is some 60 kB. */
static void start_large(struct fixture *fixture, const char *id)
{
    struct text decisions;
    char wide[4 * 256 + 1] = "";

    start(fixture, id);
    for (int i = 0; i < 256; i++)
        strcat(wide, "\xf0\x9f\x98\x80");
    text_init(&decisions, 1u << 20);
    for (const char *name = names_of_activities; *name; name++)
        text_printf(&decisions,
                    "%s{'decisionType':'ScheduleActivityTask',"
                    "'scheduleActivityTaskDecisionAttributes':{'activityId':'%c',"
                    "'activityType':{'name':'a','version':'1'},'taskList':{'name':'%s'}}}",
                    name == names_of_activities ? "" : ",", *name, wide);
    text_append_char(&decisions, '\0');
    decide(fixture, decisions.ptr);
    text_deinit(&decisions);
}

/* Rows may be large, and are made in the memory of a turn. */
static void test_one_write_has_so_many_bytes_of_rows(void **state)
{
    struct fixture *fixture = *state;
    struct awake *awake = &fixture->service->awake;
    char id[16];

    for (int i = 1; i <= 150; i++) {
        snprintf(id, sizeof(id), "order-%d", i);
        start_large(fixture, id);
    }
    fixture->now.ms += AWAKE_IDLE_S * 1000;
    turn(fixture);
    assert_in_range(awake->rows, 50, 149);
    service_rest(fixture->service);
    assert_int_equal(awake->rows, 150);
}

/* A change takes the row out in its own commit: a start after a crash knows it. */
static void test_a_change_ends_the_row(void **state)
{
    struct fixture *fixture = *state;

    start(fixture, "order-1");
    end_orderly(fixture);
    open_service(fixture);
    signal_with(fixture, "order-1", "late");
    close_service(fixture);
    open_service(fixture);
    assert_int_equal(sleeping(fixture), 0);
    assert_int_equal(get(fixture, 1)->execution->next_event_id, 4);
}

static void put_row(struct fixture *fixture, struct bytes content)
{
    struct bytes key = key_idle(&fixture->arena, 1);
    struct kv_operation operation = { KV_PUT, KV_STATE, key,
                                      value_of(&fixture->arena, key, content) };

    assert_int_equal(fixture->kv->functions->write(fixture->kv, &operation, 1, true), OK);
}

static struct bytes take_row(struct fixture *fixture)
{
    struct bytes key = key_idle(&fixture->arena, 1);
    struct bytes value, content;

    assert_int_equal(
        fixture->kv->functions->get(fixture->kv, KV_STATE, key, &fixture->arena, &value), OK);
    assert_true(value_open(key, value, &content));
    return content;
}

/* Of a version that nobody knows: the run comes whole, and the next change ends the row all the
 * same.
 */
static void test_a_row_of_another_kind_is_not_used(void **state)
{
    struct fixture *fixture = *state;
    struct bytes row;

    start(fixture, "order-1");
    end_orderly(fixture);
    row = take_row(fixture);
    ((char *)row.ptr)[8 + 4] = 2;
    put_row(fixture, row);
    open_service(fixture);
    assert_int_equal(sleeping(fixture), 0);
    signal_with(fixture, "order-1", "late");
    close_service(fixture);
    ((char *)row.ptr)[8 + 4] = 1;
    open_service(fixture);
    assert_int_equal(get(fixture, 1)->execution->next_event_id, 4);
    assert_false(runs_get(&fixture->service->runs, 1)->is_idle);
}

/* ---- damage ---- */

/* A row that was taken out and is there again, as when the table is lost in which that was written.
 * The turn records know better. */
static void resurrect_row(struct fixture *fixture)
{
    struct bytes row;

    start(fixture, "order-1");
    end_orderly(fixture);
    row = take_row(fixture);
    open_service(fixture);
    signal_with(fixture, "order-1", "late");
    kill_service(fixture);
    put_row(fixture, row);
}

static void test_a_row_from_the_past_is_not_used(void **state)
{
    struct fixture *fixture = *state;

    resurrect_row(fixture);
    open_service(fixture);
    assert_int_equal(sleeping(fixture), 0);
    assert_int_equal(get(fixture, 1)->execution->next_event_id, 4);
    signal_with(fixture, "order-1", "later");
    close_service(fixture);
    sound_check(fixture->kv); /* that change took the row out */
    open_service(fixture);
}

static enum fault_code ask_for_fault(struct fixture *fixture, enum operation operation,
                                     const char *request)
{
    bool answered;
    struct call *call = submit(fixture, operation, request, &answered);
    enum fault_code code;

    turn(fixture);
    assert_true(answered);
    code = call->fault.code;
    call_free(call);
    return code;
}

/* One that lies is noticed when the run wakes, and nothing is said of the run. */
static void test_a_row_that_lies_is_noticed(void **state)
{
    struct fixture *fixture = *state;
    struct bytes row;

    start(fixture, "order-1");
    end_orderly(fixture);
    row = take_row(fixture);
    ((char *)row.ptr)[8 + 4 + 1 + 1 + 8 + 8 + 3]++; /* one event more than there are */
    put_row(fixture, row);
    open_service(fixture);
    assert_int_equal(ask_for_fault(fixture, OPERATION_SIGNAL_WORKFLOW_EXECUTION,
                                   "{'domain':'d','workflowId':'order-1','signalName':'s'}"),
                     FAULT_INTERNAL_FAILURE);
}

static void damage_history(struct fixture *fixture)
{
    const struct run_key run = { ACCOUNT, 1, 1 };
    struct kv_operation operation = { KV_PUT, KV_HISTORY, key_history(&fixture->arena, run, 1),
                                      BYTES("damaged") };

    assert_int_equal(fixture->kv->functions->write(fixture->kv, &operation, 1, true), OK);
}

static void expect_figure(struct fixture *fixture, const char *line)
{
    bool answered = false;
    struct call *call = call_new();
    const struct bytes *page;

    call->owner = &answered;
    call->on_answer = on_answer;
    call->asks_for_metrics = true;
    service_submit(fixture->service, call);
    turn(fixture);
    assert_true(answered);
    page = call->output;
    assert_non_null(memmem(page->ptr, page->len, line, strlen(line)));
    call_free(call);
}

static void remove_from_history(struct fixture *fixture, int64_t event_id)
{
    const struct run_key run = { ACCOUNT, 1, 1 };
    struct kv_operation operation = {
        .action = KV_DELETE,
        .space = KV_HISTORY,
        .key = key_history(&fixture->arena, run, event_id),
    };

    assert_int_equal(fixture->kv->functions->write(fixture->kv, &operation, 1, true), OK);
}

/* An execution of 302 events, each of the last 300 in a record of its own. */
static void make_long(struct fixture *fixture)
{
    start(fixture, "order-1");
    for (int i = 0; i < 300; i++)
        signal_with(fixture, "order-1", "more");
}

static void test_a_long_history_is_folded_whole(void **state)
{
    struct fixture *fixture = *state;
    size_t bytes;

    make_long(fixture);
    bytes = get(fixture, 1)->history_bytes;
    kill_service(fixture);
    open_service(fixture);
    assert_int_equal(sleeping(fixture), 0);
    assert_int_equal(get(fixture, 1)->execution->next_event_id, 303);
    assert_int_equal(get(fixture, 1)->history_bytes, bytes);
}

/* Takes the place of the record of this one event, which says that it is another. */
static void exchange_event(struct fixture *fixture, int64_t event_id, const char *json)
{
    const struct run_key run = { ACCOUNT, 1, 1 };
    struct bytes key = key_history(&fixture->arena, run, event_id);
    struct bytes text = bytes_of_cstr(json);
    struct kv_operation operation = { KV_PUT, KV_HISTORY, key,
                                      record_encode(&fixture->arena, key, event_id, &text, 1) };

    assert_int_equal(fixture->kv->functions->write(fixture->kv, &operation, 1, true), OK);
}

/* However far behind the beginning. */
static void test_an_event_that_cannot_be_is_noticed(void **state)
{
    static const char *const events[] = {
        "{\"eventId\":291,\"eventTimestamp\":1767225600,\"eventType\":\"WorkflowExecutionSignaled\","
        "\"workflowExecutionSignaledEventAttributes\":{\"signalName\":\"s\"}}",
        "{\"eventId\":290,\"eventTimestamp\":1767225600,\"eventType\":\"WorkflowExecutionTimedOut\","
        "\"workflowExecutionTimedOutEventAttributes\":{\"timeoutType\":\"START_TO_CLOSE\","
        "\"childPolicy\":\"TERMINATE\"}}",
        "{\"eventId\":290,\"eventTimestamp\":1767225600,\"eventType\":\"Nothing\"}",
    };
    struct fixture *fixture = *state;

    make_long(fixture);
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        kill_service(fixture);
        exchange_event(fixture, 290, events[i]);
        open_service(fixture);
        assert_int_equal(ask_for_fault(fixture, OPERATION_SIGNAL_WORKFLOW_EXECUTION,
                                       "{'domain':'d','workflowId':'order-1','signalName':'s'}"),
                         FAULT_INTERNAL_FAILURE);
    }
}

/* What was lost with the change is not what the row from before it says. */
static void test_a_row_from_the_past_hides_no_loss(void **state)
{
    struct fixture *fixture = *state;

    resurrect_row(fixture);
    remove_from_history(fixture, 3);
    for (int times = 0; times < 3; times++) { /* an orderly end forgets the turn records */
        open_service(fixture);
        assert_int_equal(ask_for_fault(fixture, OPERATION_SIGNAL_WORKFLOW_EXECUTION,
                                       "{'domain':'d','workflowId':'order-1','signalName':'s'}"),
                         FAULT_INTERNAL_FAILURE);
        service_rest(fixture->service);
        close_service(fixture);
    }
    open_service(fixture);
}

/* Of a run that slept when its history was damaged: calls that name it are told so, its tasks and
 * deadlines come to nothing, and all others go on. */
static void test_a_damaged_history_harms_nobody_else(void **state)
{
    struct fixture *fixture = *state;
    bool answered;
    struct call *poll;

    start(fixture, "order-1");
    start(fixture, "order-2");
    damage_history(fixture);
    expect_figure(fixture, "\nweir_damaged_executions 0\n");
    assert_int_equal(ask_for_fault(fixture, OPERATION_SIGNAL_WORKFLOW_EXECUTION,
                                   "{'domain':'d','workflowId':'order-1','signalName':'s'}"),
                     FAULT_INTERNAL_FAILURE);
    expect_figure(fixture, "\nweir_damaged_executions 1\n");
    assert_int_equal(
        ask_for_fault(
            fixture, OPERATION_START_WORKFLOW_EXECUTION,
            "{'domain':'d','workflowId':'order-1','workflowType':{'name':'w','version':'1'}}"),
        FAULT_INTERNAL_FAILURE);
    assert_int_equal(ask_for_fault(fixture, OPERATION_LIST_OPEN_WORKFLOW_EXECUTIONS,
                                   "{'domain':'d','startTimeFilter':{'oldestDate':1},"
                                   "'executionFilter':{'workflowId':'order-1'}}"),
                     FAULT_INTERNAL_FAILURE);
    decide(fixture, TIMER); /* of order-2 */
    assert_int_equal(get(fixture, 2)->execution->timer_count, 1);
    poll = submit(fixture, OPERATION_POLL_FOR_DECISION_TASK,
                  "{'domain':'d','taskList':{'name':'l'}}", &answered);
    turn(fixture);
    assert_false(answered); /* there is no task left */
    fixture->now.ms += INT64_C(86400) * 1000;
    turn(fixture);
    assert_int_equal(fixture->service->runs.count, 1); /* order-2 has timed out */
    assert_true(answered);
    call_free(poll);
}

static int messages_in_store(struct fixture *fixture)
{
    struct walk walk;
    int count = 0;

    walk_begin(&walk, fixture->kv, KV_STATE, key_kind(&fixture->arena, STATE_MESSAGE));
    for (walk_seek(&walk, walk.begin); walk_is_valid(&walk); walk_next(&walk))
        count++;
    assert_int_equal(walk_end(&walk), OK);
    return count;
}

/* A message to it can neither be delivered nor be said to be undeliverable: it waits in the store,
 * and keeps nobody else from going on. */
static void test_a_message_to_a_damaged_one_waits(void **state)
{
    struct fixture *fixture = *state;
    struct call *call;
    const char *task;
    bool answered;

    start(fixture, "order-1");
    decide(fixture, TIMER);
    start(fixture, "order-2");
    damage_history(fixture);
    task = token_in(fixture, ask(fixture, OPERATION_POLL_FOR_DECISION_TASK,
                                 "{'domain':'d','taskList':{'name':'l'}}"));
    call = submit(fixture, OPERATION_RESPOND_DECISION_TASK_COMPLETED,
                  arena_printf(&fixture->arena,
                               "{'taskToken':'%s','decisions':[{'decisionType':"
                               "'SignalExternalWorkflowExecution',"
                               "'signalExternalWorkflowExecutionDecisionAttributes':"
                               "{'workflowId':'order-1','signalName':'s'}}]}%c",
                               task, '\0')
                      .ptr,
                  &answered);
    turn(fixture);
    assert_true(answered);
    call_free(call);
    assert_int_equal(messages_in_store(fixture), 1);
    turn(fixture);
    assert_true(set_aside_has(&fixture->service->set_aside, 1));
    assert_int_equal(messages_in_store(fixture), 1);
    ask(fixture, OPERATION_SIGNAL_WORKFLOW_EXECUTION,
        "{'domain':'d','workflowId':'order-2','signalName':'s'}");
    assert_int_equal(messages_in_store(fixture), 1);
    service_rest(fixture->service);
    close_service(fixture);
    open_service(fixture);
    turn(fixture);
    assert_true(set_aside_has(&fixture->service->set_aside, 1));
    assert_int_equal(messages_in_store(fixture), 1);
}

/* ---- what the row says ---- */

static void test_a_row_says_all_of_a_stub(void **state)
{
    struct fixture *fixture = *state;
    struct stub_task tasks[] = {
        { TASK_ACTIVITY, 7, -3, { BEGINNING }, BYTES("workers") },
        { TASK_DECISION, 9, INT32_MAX, { BEGINNING + 1 }, BYTES("l") },
    };
    struct bytes tags[] = { BYTES("a"), BYTES("") };
    struct stub_state in = { .started_at = { BEGINNING },
                             .due = INSTANT_NEVER,
                             .event_count = 300,
                             .cancel_requested = true,
                             .workflow_id = BYTES("order"),
                             .type_name = BYTES("w"),
                             .type_version = BYTES("1"),
                             .tags = { tags, 2 },
                             .queued_on = BYTES("behind"),
                             .tasks = tasks,
                             .task_count = 2 };
    struct stub_state out;
    struct bytes row = stub_encode(&in, &fixture->arena);

    assert_true(stub_decode(row, &fixture->arena, &out));
    assert_int_equal(out.started_at.ms, in.started_at.ms);
    assert_int_equal(out.due.ms, in.due.ms);
    assert_int_equal(out.event_count, in.event_count);
    assert_true(out.cancel_requested);
    assert_true(bytes_equal(out.workflow_id, in.workflow_id));
    assert_true(bytes_equal(out.type_name, in.type_name));
    assert_true(bytes_equal(out.type_version, in.type_version));
    assert_int_equal(out.tags.count, 2);
    assert_true(bytes_equal(out.tags.items[0], tags[0]) && out.tags.items[1].len == 0);
    assert_true(bytes_equal(out.queued_on, in.queued_on));
    assert_int_equal(out.task_count, 2);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(out.tasks[i].kind, tasks[i].kind);
        assert_int_equal(out.tasks[i].scheduled_event_id, tasks[i].scheduled_event_id);
        assert_int_equal(out.tasks[i].priority, tasks[i].priority);
        assert_int_equal(out.tasks[i].available_at.ms, tasks[i].available_at.ms);
        assert_true(bytes_equal(out.tasks[i].list_name, tasks[i].list_name));
    }
    for (size_t len = 0; len < row.len; len++)
        assert_false(stub_decode(bytes_of(row.ptr, len), &fixture->arena, &out));
}

#define test_in(f, set) cmocka_unit_test_setup_teardown(f, set, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_in(test_whatever_touches_one_wakes_it, set_up),
        test_in(test_lists_wake_nobody, set_up),
        test_in(test_a_list_holds_no_beginnings, set_up),
        test_in(test_what_no_history_says_keeps_awake, set_up),
        test_in(test_a_large_history_keeps_awake, set_up),
        test_in(test_only_as_many_sleep_as_must, set_up),
        test_in(test_a_turn_wakes_so_many_and_no_more, set_up),
        test_in(test_calls_are_taken_while_there_is_much_to_catch_up_with, set_up),
        test_in(test_a_turn_reads_so_much_and_no_more, set_up),
        test_in(test_an_orderly_end_leaves_rows_of_all, set_up_roomy),
        test_in(test_who_idles_gets_a_row_and_stays_awake, set_up_roomy),
        test_in(test_one_write_has_so_many_bytes_of_rows, set_up_roomy),
        test_in(test_a_change_ends_the_row, set_up_roomy),
        test_in(test_a_row_of_another_kind_is_not_used, set_up_roomy),
        test_in(test_a_row_from_the_past_is_not_used, set_up_roomy),
        test_in(test_a_row_that_lies_is_noticed, set_up_roomy),
        test_in(test_a_row_from_the_past_hides_no_loss, set_up_roomy),
        test_in(test_a_long_history_is_folded_whole, set_up_roomy),
        test_in(test_an_event_that_cannot_be_is_noticed, set_up_roomy),
        test_in(test_a_damaged_history_harms_nobody_else, set_up),
        test_in(test_a_message_to_a_damaged_one_waits, set_up),
        test_in(test_a_row_says_all_of_a_stub, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
