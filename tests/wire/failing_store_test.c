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

/* What is there may go on, but nothing begins. */
static void no_room_for_more(void **state)
{
    struct script *script = *state;

    free_bytes = BYTES_MIN - 1;
    script_ask(script, &script->talk, "StartWorkflowExecution", "{" OF_ID("more") "," TYPE_W "}");
    talk_receive(&script->talk);
    assert_int_equal(talk_status(&script->talk), 503);
    assert_true(bytes_equal_cstr(talk_header(&script->talk, "x-amzn-query-error"),
                                 "ServiceUnavailableException;Receiver"));
    assert_true(
        bytes_equal_cstr(script->talk.body,
                         "{\"__type\":\"com.amazon.coral.service#ServiceUnavailableException\"}"));
    PLAY(script, ANSWER_TO("id-task", COMPLETE), NOBODY("more"));
    free_bytes = BYTES_MIN;
    script_start(script, "more");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(what_cannot_be_read),
        test(no_room_for_more),
    };

    return cmocka_run_group_tests_name("a store that fails", tests, NULL, NULL);
}
