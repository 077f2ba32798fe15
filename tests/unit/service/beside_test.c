/*
 * What would hold up a turn is done beside it: long pages are written by a reader, and what has
 * expired goes a little at a time.
 */
#include "asked.h"
#include "base/log.h"
#include "base/random.h"
#include "service/inner.h"
#include "store/key.h"
#include "store/layout.h"
#include "store/memory/memory.h"
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>
#include <cmocka.h>

#define BEGINNING INT64_C(1767225600000)

struct fixture {
    struct arena arena;
    struct world world;
    struct random_sequence sequence;
    struct instant now;
    struct kv *kv;
    const struct kv_functions *functions; /* of the database beneath */
    struct kv_functions counting;
    uint64_t writes;
    _Atomic bool holds_lists;   /* whoever walks over closed runs waits as long */
    _Atomic bool holds_readers; /* each reader does, before it walks over anything */
    pthread_t turns;            /* the thread of the turns */
    struct store *store;
    struct service *service;
    struct json_reader *json;
};

static struct fixture fixture_of_test;

/* The answer to a call, and who gave it. */
struct answer {
    pthread_t giver;
    uint64_t writes; /* of the store until then */
    _Atomic bool is_there;
};

static struct instant read_clock(void *context)
{
    return ((struct fixture *)context)->now;
}

static void fill(void *context, void *out, size_t len)
{
    random_fill(&((struct fixture *)context)->sequence, out, len);
}

static enum err count_write(struct kv *kv, const struct kv_operation *operations, size_t count,
                            bool sync)
{
    fixture_of_test.writes++;
    return fixture_of_test.functions->write(kv, operations, count, sync);
}

static struct kv_iterator *iterate_unless_held(struct kv *kv, enum kv_space space,
                                               struct bytes begin, struct bytes end)
{
    bool reads = pthread_equal(pthread_self(), fixture_of_test.turns) == 0;

    while ((space == KV_CLOSED && atomic_load(&fixture_of_test.holds_lists)) ||
           (reads && atomic_load(&fixture_of_test.holds_readers)))
        sched_yield();
    return fixture_of_test.functions->iterate(kv, space, begin, end);
}

static void on_answer(struct call *call)
{
    struct answer *answer = call->owner;

    answer->giver = pthread_self();
    answer->writes = fixture_of_test.writes;
    atomic_store(&answer->is_there, true);
}

static struct call *answered_in(struct answer *answer, struct call *call)
{
    *answer = (struct answer){ 0 };
    call->owner = answer;
    call->on_answer = on_answer;
    return call;
}

/* One turn, or as many as there is something to do at once. */
static void turn(struct fixture *fixture)
{
    do
        assert_int_equal(service_turn(fixture->service), OK);
    while (service_idle(fixture->service).ms == 0);
}

/* Submits it; true when the turn itself has answered it, and not a reader. */
static bool is_answered_by_turn(struct fixture *fixture, struct call *call)
{
    struct answer *answer = call->owner;

    service_submit(fixture->service, call);
    turn(fixture);
    while (!atomic_load(&answer->is_there))
        sched_yield();
    assert_int_equal(call->fault.code, FAULT_NONE);
    return pthread_equal(answer->giver, pthread_self()) != 0;
}

static struct call *request(struct fixture *fixture, struct answer *answer,
                            enum operation operation, struct bytes text)
{
    return answered_in(answer, asked(fixture->json, &fixture->arena, operation, text));
}

/* Does a call; true when the turn itself has answered it. */
static bool ask(struct fixture *fixture, enum operation operation, struct bytes text)
{
    struct answer answer;
    struct call *call = request(fixture, &answer, operation, text);
    bool by_turn = is_answered_by_turn(fixture, call);

    call_free(call);
    return by_turn;
}

#define ASK(operation, ...) ask(fixture, operation, arena_printf(&fixture->arena, __VA_ARGS__))

static void start(struct fixture *fixture, int number)
{
    ASK(OPERATION_START_WORKFLOW_EXECUTION,
        "{'domain':'d','workflowId':'order-%d','workflowType':{'name':'w','version':'1'}}", number);
}

static int set_up(void **state)
{
    static const uint8_t key[SERVER_KEY_BYTES] = "a key of the test";
    struct fixture *fixture = &fixture_of_test;
    struct kv *kv = kv_memory_new();
    struct service_config config = {
        .world = &fixture->world,
        .limits = LIMITS_DOCUMENTED,
        .region = BYTES("us-east-1"),
        .readers = 1,
        .empty_poll_token = true,
    };

    *fixture = (struct fixture){ .sequence = { 7 },
                                 .now = { BEGINNING },
                                 .turns = pthread_self() };
    arena_init(&fixture->arena, "test", (size_t)1 << 28);
    fixture->world = (struct world){ fixture, read_clock, read_clock, fill };
    fixture->json = json_reader_new();
    fixture->kv = kv;
    fixture->functions = kv->functions;
    fixture->counting = *kv->functions;
    fixture->counting.write = count_write;
    fixture->counting.iterate = iterate_unless_held;
    kv->functions = &fixture->counting;
    assert_int_equal(layout_open(kv, key, &fixture->store), OK);
    config.store = fixture->store;
    assert_int_equal(service_open(&config, &fixture->service), OK);
    ask(fixture, OPERATION_REGISTER_DOMAIN, ASKED_DOMAIN);
    ask(fixture, OPERATION_REGISTER_WORKFLOW_TYPE, ASKED_WORKFLOW_TYPE);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    service_close(fixture->service);
    store_close(fixture->store);
    json_reader_free(fixture->json);
    arena_deinit(&fixture->arena);
    return 0;
}

/* ---- pages ---- */

static void test_a_long_list_is_written_by_a_reader(void **state)
{
    struct fixture *fixture = *state;

    for (int i = 0; i < 100; i++)
        start(fixture, i);
    assert_true(ASK(OPERATION_LIST_OPEN_WORKFLOW_EXECUTIONS,
                    "{'domain':'d','startTimeFilter':{'oldestDate':1},'maximumPageSize':10}"));
    assert_false(ASK(OPERATION_LIST_OPEN_WORKFLOW_EXECUTIONS,
                     "{'domain':'d','startTimeFilter':{'oldestDate':1}}"));
}

/* What is listed goes on in the same turn: the page says what was when it was asked for. */
static void test_a_list_is_of_its_moment(void **state)
{
    struct fixture *fixture = *state;
    const struct workflow_execution_infos *output;
    struct answer listed, terminated[40];
    struct call *list, *calls[40];

    for (int i = 0; i < 40; i++)
        start(fixture, i);
    list = request(fixture, &listed, OPERATION_LIST_OPEN_WORKFLOW_EXECUTIONS,
                   BYTES("{'domain':'d','startTimeFilter':{'oldestDate':1}}"));
    service_submit(fixture->service, list);
    for (int i = 0; i < 40; i++) {
        calls[i] = request(
            fixture, &terminated[i], OPERATION_TERMINATE_WORKFLOW_EXECUTION,
            arena_printf(&fixture->arena, "{'domain':'d','workflowId':'order-%d'}", i));
        service_submit(fixture->service, calls[i]);
    }
    turn(fixture);
    while (!atomic_load(&listed.is_there))
        sched_yield();
    output = list->output;
    for (int i = 0; i < 40; i++) {
        struct bytes id = arena_printf(&fixture->arena, "\"order-%d\"", i);

        assert_true(terminated[i].is_there);
        assert_non_null(
            memmem(output->execution_infos.ptr, output->execution_infos.len, id.ptr, id.len));
        call_free(calls[i]);
    }
    assert_null(memmem(output->execution_infos.ptr, output->execution_infos.len, "CLOSED", 6));
    call_free(list);
}

static void test_figures_are_written_by_a_reader(void **state)
{
    struct fixture *fixture = *state;
    struct answer answer;
    struct call *call = answered_in(&answer, call_new());
    const struct bytes *page;

    start(fixture, 1);
    call->asks_for_metrics = true;
    assert_false(is_answered_by_turn(fixture, call));
    page = call->output;
    assert_non_null(memmem(page->ptr, page->len, "\nweir_open_executions 1\n", 24));
    call_free(call);
}

/* A list of closed runs that takes for ever, and behind it somebody who wants a few events. */
static void test_no_short_read_waits_behind_a_long_one(void **state)
{
    struct fixture *fixture = *state;
    struct answer listed, read;
    struct call *list, *history;

    start(fixture, 1);
    atomic_store(&fixture->holds_lists, true);
    list = request(fixture, &listed, OPERATION_LIST_CLOSED_WORKFLOW_EXECUTIONS,
                   BYTES("{'domain':'d','startTimeFilter':{'oldestDate':1}}"));
    service_submit(fixture->service, list);
    history = request(
        fixture, &read, OPERATION_GET_WORKFLOW_EXECUTION_HISTORY,
        arena_printf(&fixture->arena,
                     "{'domain':'d','execution':{'workflowId':'order-1','runId':'%.*s'}}",
                     BYTES_FMT(runs_get(&fixture->service->runs, 1)->run->run_id)));
    assert_false(is_answered_by_turn(fixture, history));
    assert_false(atomic_load(&listed.is_there));
    atomic_store(&fixture->holds_lists, false);
    while (!atomic_load(&listed.is_there))
        sched_yield();
    call_free(history);
    call_free(list);
}

/* Whoever takes the answers may go once service_run is over. */
static void test_an_orderly_end_waits_for_the_readers(void **state)
{
    enum { READS = 200 };
    struct fixture *fixture = *state;
    struct answer answers[READS];
    struct call *calls[READS];

    for (int i = 0; i < 100; i++)
        start(fixture, i);
    for (int i = 0; i < READS; i++) {
        calls[i] = request(fixture, &answers[i], OPERATION_LIST_OPEN_WORKFLOW_EXECUTIONS,
                           BYTES("{'domain':'d','startTimeFilter':{'oldestDate':1}}"));
        service_submit(fixture->service, calls[i]);
    }
    service_stop(fixture->service);
    assert_int_equal(service_run(fixture->service), OK);
    for (int i = 0; i < READS; i++) {
        assert_true(atomic_load(&answers[i].is_there));
        call_free(calls[i]);
    }
}

/* ---- checkpoints ---- */

/* What the store writes for its next start comes after the answers of the turn. */
static void test_no_answer_waits_for_a_checkpoint(void **state)
{
    struct fixture *fixture = *state;
    int checkpoints = 0;

    for (int i = 0; i < 5000; i++) {
        struct answer answer;
        struct call *call = request(fixture, &answer, OPERATION_START_WORKFLOW_EXECUTION,
                                    arena_printf(&fixture->arena,
                                                 "{'domain':'d','workflowId':'order-%d',"
                                                 "'workflowType':{'name':'w','version':'1'}}",
                                                 i));
        uint64_t before = fixture->writes;

        service_submit(fixture->service, call);
        assert_int_equal(service_turn(fixture->service), OK);
        assert_int_equal(answer.writes, before + 1);
        checkpoints += fixture->writes > before + 1;
        call_free(call);
    }
    assert_in_range(checkpoints, 1, 5);
}

/* The answers before it are true and leave. Nobody is served any more then, so it ends by itself,
 * and does not wait for somebody to come. */
static void test_a_failed_checkpoint_ends_an_idle_server(void **state)
{
    struct fixture *fixture = *state;
    uint64_t writes = 0;

    log_set_level(LOG_OFF);
    for (int i = 0; store_failure(fixture->store) == OK; i++) {
        kv_memory_fail_write(fixture->kv, 2, ERR_NO_SPACE);
        writes = fixture->writes;
        start(fixture, i);
    }
    assert_int_equal(fixture->writes, writes + 2);
    alarm(30);
    assert_int_equal(service_run(fixture->service), ERR_NO_SPACE);
    alarm(0);
    log_set_level(LOG_INFO);
}

/* ---- retention ---- */

static uint64_t expired(const struct fixture *fixture)
{
    return fixture->service->metrics.expired;
}

/* Turns as the loop makes them while nobody calls, until it would wait longer than a second. */
static void idle_on(struct fixture *fixture)
{
    for (;;) {
        struct duration idle = service_idle(fixture->service);

        if (idle.ms < 0 || idle.ms > 1000)
            return;
        fixture->now.ms += idle.ms;
        assert_int_equal(service_turn(fixture->service), OK);
    }
}

static void close_some(struct fixture *fixture, int count, int signals)
{
    for (int i = 0; i < count; i++) {
        start(fixture, i);
        for (int k = 0; k < signals; k++)
            ASK(OPERATION_SIGNAL_WORKFLOW_EXECUTION,
                "{'domain':'d','workflowId':'order-%d','signalName':'s'}", i);
        ASK(OPERATION_TERMINATE_WORKFLOW_EXECUTION, "{'domain':'d','workflowId':'order-%d'}", i);
    }
}

static void test_what_has_expired_goes_a_little_at_a_time(void **state)
{
    struct fixture *fixture = *state;

    close_some(fixture, 200, 0);
    fixture->now.ms += 24 * 3600 * 1000;
    assert_int_equal(service_turn(fixture->service), OK);
    assert_in_range(expired(fixture), 1, 32);
    assert_int_equal(service_turn(fixture->service), OK);
    assert_in_range(expired(fixture), 1, 32); /* turns in between that remove nothing */
    idle_on(fixture);
    assert_int_equal(expired(fixture), 200);
}

/* More of them in a row than one removal looks at; and the others wait no hour for them. */
static void test_damage_keeps_nobody_waiting(void **state)
{
    struct fixture *fixture = *state;

    close_some(fixture, 100, 0);
    for (uint64_t run = 1; run <= 70; run++) {
        struct run_key key = { ACCOUNT, 1, run };
        const struct kv_operation put = { KV_PUT, KV_CLOSED, key_summary(&fixture->arena, key),
                                          BYTES("nonsense") };
        assert_int_equal(fixture->functions->write(fixture->kv, &put, 1, true), OK);
    }
    log_set_level(LOG_OFF);
    fixture->now.ms += 24 * 3600 * 1000;
    assert_int_equal(service_turn(fixture->service), OK);
    idle_on(fixture);
    log_set_level(LOG_INFO);
    assert_int_equal(expired(fixture), 30);
}

/* It is not the number of runs that takes time, but what they left. */
static void test_of_long_histories_fewer_go_at_a_time(void **state)
{
    struct fixture *fixture = *state;

    close_some(fixture, 8, 600);
    fixture->now.ms += 24 * 3600 * 1000;
    assert_int_equal(service_turn(fixture->service), OK);
    assert_in_range(expired(fixture), 1, 2);
    idle_on(fixture);
    assert_int_equal(expired(fixture), 8);
}

/* While there are commits it goes with them: nobody waits for a sync that is not his own. */
static void test_what_has_expired_goes_with_a_commit(void **state)
{
    struct fixture *fixture = *state;
    uint64_t writes;

    start(fixture, 1000);
    close_some(fixture, 100, 0);
    fixture->now.ms += 24 * 3600 * 1000 - 1000;
    for (int i = 0; i < 20; i++) {
        writes = fixture->writes;
        ASK(OPERATION_SIGNAL_WORKFLOW_EXECUTION,
            "{'domain':'d','workflowId':'order-1000','signalName':'%d'}", i);
        assert_int_equal(fixture->writes, writes + 1);
        fixture->now.ms += 100;
    }
    assert_int_equal(expired(fixture), 100);
}

/* ---- tasks of runs that are gone ---- */

/* Polls for a task of the run `order` in `e`, which is closed and removed before the task is read.
 * The poll has found nothing then; gives its answer. */
static struct call *poll_too_late(struct fixture *fixture, enum operation operation)
{
    uint64_t removed = expired(fixture);
    struct answer answer;
    struct call *call = request(fixture, &answer, operation,
                                BYTES("{'domain':'e','taskList':{'name':'l'}}"));

    atomic_store(&fixture->holds_readers, true);
    service_submit(fixture->service, call);
    turn(fixture);
    ASK(OPERATION_TERMINATE_WORKFLOW_EXECUTION, "{'domain':'e','workflowId':'order'}");
    while (expired(fixture) == removed) {
        fixture->now.ms += 1000;
        turn(fixture);
    }
    assert_false(atomic_load(&answer.is_there));
    atomic_store(&fixture->holds_readers, false);
    while (!atomic_load(&answer.is_there))
        sched_yield();
    assert_int_equal(call->fault.code, FAULT_NONE);
    return call;
}

static void start_where_nothing_is_kept(struct fixture *fixture)
{
    ASK(OPERATION_START_WORKFLOW_EXECUTION,
        "{'domain':'e','workflowId':'order','workflowType':{'name':'w','version':'1'}}");
}

static void register_where_nothing_is_kept(struct fixture *fixture)
{
    ASK(OPERATION_REGISTER_DOMAIN, "{'name':'e','workflowExecutionRetentionPeriodInDays':'0'}");
    ASK(OPERATION_REGISTER_WORKFLOW_TYPE,
        "{'domain':'e','name':'w','version':'1','defaultTaskStartToCloseTimeout':'NONE',"
        "'defaultExecutionStartToCloseTimeout':'8640000','defaultTaskList':{'name':'l'},"
        "'defaultChildPolicy':'TERMINATE'}");
    ASK(OPERATION_REGISTER_ACTIVITY_TYPE,
        "{'domain':'e','name':'a','version':'1','defaultTaskStartToCloseTimeout':'NONE',"
        "'defaultTaskHeartbeatTimeout':'NONE','defaultTaskList':{'name':'l'},"
        "'defaultTaskScheduleToStartTimeout':'NONE','defaultTaskScheduleToCloseTimeout':'NONE'}");
    start_where_nothing_is_kept(fixture);
}

static void schedule_an_activity(struct fixture *fixture)
{
    struct answer answer;
    struct call *poll = request(fixture, &answer, OPERATION_POLL_FOR_DECISION_TASK,
                                BYTES("{'domain':'e','taskList':{'name':'l'}}"));

    assert_false(is_answered_by_turn(fixture, poll));
    ASK(OPERATION_RESPOND_DECISION_TASK_COMPLETED,
        "{'taskToken':'%.*s','decisions':[{'decisionType':'ScheduleActivityTask',"
        "'scheduleActivityTaskDecisionAttributes':{'activityId':'1',"
        "'activityType':{'name':'a','version':'1'}}}]}",
        BYTES_FMT(((const struct decision_task_output *)poll->output)->task_token));
    call_free(poll);
}

static void assert_empty(struct bytes token)
{
    assert_false(bytes_is_absent(token));
    assert_int_equal(token.len, 0);
}

static void test_a_task_of_a_run_that_is_gone_is_none(void **state)
{
    struct fixture *fixture = *state;
    const struct decision_task_output *decision;
    const struct activity_task_output *activity;
    struct call *call;

    register_where_nothing_is_kept(fixture);
    call = poll_too_late(fixture, OPERATION_POLL_FOR_DECISION_TASK);
    decision = call->output;
    assert_empty(decision->task_token);
    assert_int_equal(decision->started_event_id, 0);
    call_free(call);

    start_where_nothing_is_kept(fixture);
    schedule_an_activity(fixture);
    call = poll_too_late(fixture, OPERATION_POLL_FOR_ACTIVITY_TASK);
    activity = call->output;
    assert_empty(activity->task_token);
    assert_int_equal(activity->started_event_id, 0);
    call_free(call);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_long_list_is_written_by_a_reader, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_list_is_of_its_moment, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_figures_are_written_by_a_reader, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_short_read_waits_behind_a_long_one, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_an_orderly_end_waits_for_the_readers, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_no_answer_waits_for_a_checkpoint, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_failed_checkpoint_ends_an_idle_server, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_what_has_expired_goes_a_little_at_a_time, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_what_has_expired_goes_with_a_commit, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_damage_keeps_nobody_waiting, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_of_long_histories_fewer_go_at_a_time, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_task_of_a_run_that_is_gone_is_none, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
