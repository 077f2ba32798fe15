/*
 * What clients are told when the disk cannot be read, or is almost full.
 */
#include "family.h"

#include "store/memory/memory.h"

#define BYTES_MIN 1000

/* A store in memory that does what the test wants. Read from several threads. */
static struct kv_functions moody;
static const struct kv_functions *well;
static _Atomic bool reads_fail;
static _Atomic uint64_t free_bytes;

static enum err get(struct kv *kv, enum kv_space space, struct bytes key, struct arena *arena,
                    struct bytes *value)
{
    return reads_fail ? ERR_IO : well->get(kv, space, key, arena, value);
}

static bool valid(const struct kv_iterator *iterator)
{
    return !reads_fail && well->valid(iterator);
}

static enum err status(const struct kv_iterator *iterator)
{
    return reads_fail ? ERR_IO : well->status(iterator);
}

static uint64_t tell_free_bytes(struct kv *kv)
{
    (void)kv;
    return free_bytes;
}

static struct kv *moody_kv(void)
{
    struct kv *kv = kv_memory_new();

    well = kv->functions;
    moody = *well;
    moody.get = get;
    moody.valid = valid;
    moody.status = status;
    moody.free_bytes = tell_free_bytes;
    kv->functions = &moody;
    reads_fail = false;
    free_bytes = BYTES_MIN;
    return kv;
}

static int moody_setup(void **state)
{
    *state = script_new(&(struct whole_server_options){
        .limits = LIMITS_DOCUMENTED, .kv = moody_kv(), .free_bytes_min = BYTES_MIN });
    script_register(*state);
    script_start(*state, "id");
    return 0;
}

#define test(f) cmocka_unit_test_setup_teardown(f, moody_setup, script_teardown)

static void expect_internal_failure(struct script *script, const char *operation,
                                    const char *request)
{
    script_ask(script, &script->talk, operation, request);
    talk_receive(&script->talk);
    assert_int_equal(talk_status(&script->talk), 500);
    assert_true(bytes_equal_cstr(talk_header(&script->talk, "x-amzn-query-error"),
                                 "InternalFailure;Receiver"));
    assert_true(bytes_equal_cstr(script->talk.body,
                                 "{\"__type\":\"com.amazon.coral.service#InternalFailure\"}"));
}

/* The server lives on, and knows everything again when the disk does. */
static void what_cannot_be_read(void **state)
{
#define OF_EXECUTION "{'domain':'d','execution':" NAMES("id") "}"
    PLAY(*state, DO("TerminateWorkflowExecution", "{" OF_ID("id") "}"));
    reads_fail = true;
    expect_internal_failure(*state, "GetWorkflowExecutionHistory", OF_EXECUTION);
    expect_internal_failure(*state, "DescribeWorkflowExecution", OF_EXECUTION);
    expect_internal_failure(*state, "ListClosedWorkflowExecutions",
                            "{'domain':'d','startTimeFilter':{'oldestDate':0}}");
    reads_fail = false;
    EXPECT_HISTORY(*state, "id", BEGUN, TERMINATED(4, BEGIN, "OPERATOR_INITIATED", "TERMINATE"));
}

/* The device has so much left, and the server sees it: it looks once a second. */
static void leave_free(struct script *script, uint64_t bytes)
{
    free_bytes = bytes;
    script_advance(script, 1000);
}

static void expect_no_start(struct script *script, const char *request)
{
    script_ask(script, &script->talk, "StartWorkflowExecution", request);
    talk_receive(&script->talk);
    assert_int_equal(talk_status(&script->talk), 503);
    assert_true(bytes_equal_cstr(talk_header(&script->talk, "x-amzn-query-error"),
                                 "ServiceUnavailableException;Receiver"));
    assert_true(
        bytes_equal_cstr(script->talk.body,
                         "{\"__type\":\"com.amazon.coral.service#ServiceUnavailableException\"}"));
}

#define MORE "{" OF_ID("more") "," TYPE_W "}"

/* What is there may go on, but nothing begins. */
static void no_room_for_more(void **state)
{
    struct script *script = *state;

    leave_free(script, BYTES_MIN - 1);
    expect_no_start(script, MORE);
    PLAY(script, ANSWER_TO("id-task", COMPLETE), NOBODY("more"));
    leave_free(script, 2 * BYTES_MIN);
    script_start(script, "more");
}

/* A device about the bound does not let in and refuse by turns. */
static void room_again_is_more_room(void **state)
{
    struct script *script = *state;

    leave_free(script, BYTES_MIN - 1);
    expect_no_start(script, MORE);
    leave_free(script, BYTES_MIN + BYTES_MIN / 4 - 1);
    expect_no_start(script, MORE);
    leave_free(script, BYTES_MIN + BYTES_MIN / 4);
    script_start(script, "more");
    leave_free(script, BYTES_MIN);
    script_start(script, "still-more");
}

/* What a workflow begins belongs to it, and all that makes room is done. */
static void what_is_open_goes_on(void **state)
{
    struct script *script = *state;

    leave_free(script, 0);
    PLAY(script, DO("SignalWorkflowExecution", "{" OF_ID("id") ",'signalName':'s'}"),
         ANSWER_TO("id-task", CHILD("child", "")));
    script_settle(script);
    script_decide_on(script, "child", "child-task");
    PLAY(script, ANSWER_TO("child-task", CONTINUE("'taskList':{'name':'child'}")));
    script_decide_on(script, "child", "again-task");
    PLAY(script, ANSWER_TO("again-task", COMPLETE),
         DO("TerminateWorkflowExecution", "{" OF_ID("id") "}"), NOBODY("id"), NOBODY("child"));
}

/* A start that would not happen anyway is refused for the reason that stays. */
static void other_faults_come_first(void **state)
{
    struct script *script = *state;

    leave_free(script, 0);
    PLAY(script, FAULT("StartWorkflowExecution", "{" OF_ID("id") "," TYPE_W "}",
                       "WorkflowExecutionAlreadyStartedFault", "Already Started"));
    expect_no_start(script, MORE);
}

static void expect_health(struct script *script, const char *status)
{
    talk_send(&script->talk, BYTES("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"));
    talk_receive(&script->talk);
    assert_int_equal(talk_status(&script->talk), 200);
    assert_non_null(memmem(script->talk.body.ptr, script->talk.body.len, status, strlen(status)));
}

static void health_says_so(void **state)
{
    leave_free(*state, BYTES_MIN);
    expect_health(*state, "\"status\":\"ok\"}");
    leave_free(*state, BYTES_MIN - 1);
    expect_health(*state, "\"status\":\"short of space\"}");
    leave_free(*state, 2 * BYTES_MIN);
    expect_health(*state, "\"status\":\"ok\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(what_cannot_be_read),  test(no_room_for_more),        test(room_again_is_more_room),
        test(what_is_open_goes_on), test(other_faults_come_first), test(health_says_so),
    };

    return cmocka_run_group_tests_name("a store that fails", tests, NULL, NULL);
}
