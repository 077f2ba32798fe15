/* Lambda tasks in a whole service with a memory store: what is called, when, and what becomes of
 * the answers. */
#include "asked.h"
#include "service/lambda.h"
#include "base/random.h"
#include "seen/seen.h"
#include "service/service.h"
#include "sound/sound.h"
#include "store/layout.h"
#include "store/memory/memory.h"
#include "wire/decode.h"
#include "wire/encode.h"
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define TAKEN_MAX 8

/* ---- a world, a disk and an invoker of the test's own ---- */

static int64_t now_ms;

static struct instant read_clock(void *context)
{
    (void)context;
    return (struct instant){ now_ms };
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
    struct lambda_invoker invoker;
    bool has_invoker;
    struct limits limits;
    struct lambda_invocation *taken[TAKEN_MAX]; /* what the service wanted called, in that order */
    size_t taken_count;
    struct service *service;
    struct json_reader *json;
    struct bytes run_id, task_token;
};

static void take(void *context, struct lambda_invocation *invocation)
{
    struct fixture *fixture = context;

    assert_true(fixture->taken_count < TAKEN_MAX);
    fixture->taken[fixture->taken_count++] = invocation;
}

static void open_service(struct fixture *fixture)
{
    static const uint8_t key[SERVER_KEY_BYTES] = "a key of the test";
    struct service_config config = {
        .world = &fixture->world,
        .limits = fixture->limits,
        .region = BYTES("us-east-1"),
        .lambda = fixture->has_invoker ? &fixture->invoker : NULL,
    };

    assert_int_equal(layout_open(fixture->kv, key, &fixture->store), OK);
    config.store = fixture->store;
    assert_int_equal(service_open(&config, &fixture->service), OK);
}

/* As after a crash: the invoker is new, too, and its calls are lost. */
static void close_service(struct fixture *fixture)
{
    while (fixture->taken_count)
        lambda_invocation_free(fixture->taken[--fixture->taken_count]);
    service_close(fixture->service);
    sound_check(fixture->kv);
    store_close(fixture->store);
}

static void restart(struct fixture *fixture)
{
    close_service(fixture);
    open_service(fixture);
}

/* ---- asking ---- */

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

/* A call on its way into the service; *answered tells when it is back. */
static struct call *submit(struct fixture *fixture, enum operation operation, struct bytes body,
                           bool *answered)
{
    struct call *call = asked(fixture->json, &fixture->arena, operation, body);

    *answered = false;
    call->owner = answered;
    call->on_answer = on_answer;
    service_submit(fixture->service, call);
    return call;
}

/* The reply to a call, as JSON. */
static struct bytes ask(struct fixture *fixture, enum operation operation, struct bytes body)
{
    bool answered;
    struct call *call = submit(fixture, operation, body, &answered);
    struct text reply;
    struct bytes copy;

    turn(fixture);
    assert_true(answered);
    assert_int_equal(call->fault.code, FAULT_NONE);
    text_init(&reply, 1u << 22);
    encode_reply(&reply, operation, call->output);
    copy = arena_copy(&fixture->arena, text_bytes(&reply));
    seen_exchange(bytes_of_cstr(operation_names[operation]), body, true, copy);
    text_deinit(&reply);
    call_free(call);
    return copy;
}

static void start(struct fixture *fixture, const char *members)
{
    struct bytes body = arena_printf(
        &fixture->arena,
        "{\"domain\":\"d\",\"workflowId\":\"w\",\"workflowType\":{\"name\":\"t\",\"version\":\"1\"}%s}",
        members);
    struct bytes reply = ask(fixture, OPERATION_START_WORKFLOW_EXECUTION, body);
    struct run_output run;

    assert_true(decode_shape(fixture->json,
                             operation_shapes[OPERATION_START_WORKFLOW_EXECUTION].output, reply,
                             &fixture->arena, &run));
    fixture->run_id = run.run_id;
}

static void poll(struct fixture *fixture)
{
    struct bytes reply = ask(fixture, OPERATION_POLL_FOR_DECISION_TASK,
                             BYTES("{\"domain\":\"d\",\"taskList\":{\"name\":\"l\"}}"));
    struct decision_task_output task;

    assert_true(decode_shape(fixture->json,
                             operation_shapes[OPERATION_POLL_FOR_DECISION_TASK].output, reply,
                             &fixture->arena, &task));
    fixture->task_token = task.task_token;
}

static struct bytes decision_answer(struct fixture *fixture, const char *decisions)
{
    poll(fixture);
    return arena_printf(&fixture->arena, "{\"taskToken\":\"%.*s\",\"decisions\":[%s]}",
                        BYTES_FMT(fixture->task_token), decisions);
}

static void decide(struct fixture *fixture, const char *decisions)
{
    ask(fixture, OPERATION_RESPOND_DECISION_TASK_COMPLETED, decision_answer(fixture, decisions));
}

/* The same, but what follows from it waits for the next turn. */
static void decide_only(struct fixture *fixture, const char *decisions)
{
    bool answered;
    struct call *call = submit(fixture, OPERATION_RESPOND_DECISION_TASK_COMPLETED,
                               decision_answer(fixture, decisions), &answered);

    assert_int_equal(service_turn(fixture->service), OK);
    assert_true(answered);
    call_free(call);
}

#define LAMBDA(id, members)                                                                                   \
    "{\"decisionType\":\"ScheduleLambdaFunction\",\"scheduleLambdaFunctionDecisionAttributes\":{\"id\":\"" id \
    "\",\"name\":\"f\"" members "}}"
#define COMPLETE "{\"decisionType\":\"CompleteWorkflowExecution\"}"
#define TERMINATE BYTES("{\"domain\":\"d\",\"workflowId\":\"w\"}")

/* ---- a workflow with a Lambda role ---- */

static void set_up_with(struct fixture *fixture, bool has_invoker, const char *role)
{
    *fixture = (struct fixture){ .sequence = { 1 },
                                 .has_invoker = has_invoker,
                                 .limits = LIMITS_DOCUMENTED };
    now_ms = INT64_C(1767225600000);
    seen_begin();
    arena_init(&fixture->arena, "test", 16u << 20);
    fixture->world = (struct world){ &fixture->sequence, read_clock, read_clock, fill };
    fixture->invoker = (struct lambda_invoker){ fixture, take };
    fixture->json = json_reader_new();
    fixture->kv = kv_memory_new();
    kv_memory_keep(fixture->kv, true);
    open_service(fixture);
    ask(fixture, OPERATION_REGISTER_DOMAIN,
        BYTES("{\"name\":\"d\",\"workflowExecutionRetentionPeriodInDays\":\"1\"}"));
    ask(fixture, OPERATION_REGISTER_WORKFLOW_TYPE,
        BYTES(
            "{\"domain\":\"d\",\"name\":\"t\",\"version\":\"1\",\"defaultTaskList\":{\"name\":\"l\"},"
            "\"defaultExecutionStartToCloseTimeout\":\"100000\",\"defaultTaskStartToCloseTimeout\":\"NONE\","
            "\"defaultChildPolicy\":\"TERMINATE\"}"));
    start(fixture, role);
}

static struct fixture the_fixture;

static int set_up(void **state)
{
    *state = &the_fixture;
    set_up_with(*state, true, ",\"lambdaRole\":\"role\"");
    return 0;
}

static int set_up_without_role(void **state)
{
    *state = &the_fixture;
    set_up_with(*state, true, "");
    return 0;
}

static int set_up_without_invoker(void **state)
{
    *state = &the_fixture;
    set_up_with(*state, false, ",\"lambdaRole\":\"role\"");
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

/* ---- expecting ---- */

/* The history behind its first four events, which are always the same. */
static struct event *history(struct fixture *fixture, size_t *count)
{
    struct event *events;
    struct bytes reply = ask(
        fixture, OPERATION_GET_WORKFLOW_EXECUTION_HISTORY,
        arena_printf(&fixture->arena,
                     "{\"domain\":\"d\",\"execution\":{\"workflowId\":\"w\",\"runId\":\"%.*s\"}}",
                     BYTES_FMT(fixture->run_id)));

    assert_true(decode_history(fixture->json, reply, &fixture->arena, &events, count));
    assert_true(*count >= 4);
    *count -= 4;
    return events + 4;
}

/* The names of those events, as "LambdaFunctionScheduled LambdaFunctionStarted". */
static void expect_history(struct fixture *fixture, const char *wanted)
{
    struct text names;
    size_t count;
    const struct event *events = history(fixture, &count);

    text_init(&names, 1u << 16);
    for (size_t i = 0; i < count; i++)
        text_printf(&names, "%s%s", i ? " " : "", event_type_names[events[i].type]);
    text_append_char(&names, '\0');
    assert_string_equal(names.ptr, wanted);
    text_deinit(&names);
}

static const struct event *find_event(struct fixture *fixture, enum event_type type)
{
    size_t count;
    const struct event *events = history(fixture, &count);

    for (size_t i = 0; i < count; i++) {
        if (events[i].type == type)
            return &events[i];
    }
    fail_msg("%s is missing", event_type_names[type]);
    return NULL;
}

static void expect_bytes(struct bytes got, const char *wanted)
{
    if (!bytes_equal_cstr(got, wanted))
        fail_msg("'%.*s' is not '%s'", BYTES_FMT(got), wanted);
}

static void expect_failure(struct fixture *fixture, const char *reason, const char *details)
{
    const struct lambda_function_failed_event *failed =
        find_event(fixture, EVENT_LAMBDA_FUNCTION_FAILED)->lambda_function_failed;

    expect_bytes(failed->reason, reason);
    expect_bytes(failed->details, details);
}

/* The oldest invocation comes back with this answer. */
static void give_back(struct fixture *fixture, enum lambda_outcome outcome, struct bytes reason,
                      struct bytes answer)
{
    struct lambda_invocation *invocation = fixture->taken[0];

    assert_true(fixture->taken_count > 0);
    fixture->taken_count--;
    memmove(fixture->taken, fixture->taken + 1, fixture->taken_count * sizeof(fixture->taken[0]));
    invocation->outcome = outcome;
    invocation->reason = arena_copy(&invocation->arena, reason);
    invocation->answer = arena_copy(&invocation->arena, answer);
    invocation->on_done(invocation);
    turn(fixture);
}

static void advance(struct fixture *fixture, int64_t ms)
{
    now_ms += ms;
    turn(fixture);
}

/* ---- the tests ---- */

#define STARTED "LambdaFunctionScheduled LambdaFunctionStarted"

static void test_called_as_asked(void **state)
{
    struct fixture *fixture = *state;

    decide(fixture,
           LAMBDA("a", ",\"input\":\"[1]\",\"startToCloseTimeout\":\"7\"") "," LAMBDA("b", ""));
    expect_history(fixture, "LambdaFunctionScheduled LambdaFunctionScheduled LambdaFunctionStarted "
                            "LambdaFunctionStarted");
    assert_int_equal(fixture->taken_count, 2);
    expect_bytes(fixture->taken[0]->function, "f");
    expect_bytes(fixture->taken[0]->payload, "[1]");
    assert_int_equal(fixture->taken[0]->timeout.ms, 7000);
    expect_bytes(fixture->taken[1]->payload, "{}");
    assert_int_equal(fixture->taken[1]->timeout.ms, 900000);
}

/* Between the decision and the start lies a commit, and what is owed is owed. */
static void test_started_after_a_restart(void **state)
{
    struct fixture *fixture = *state;

    decide_only(fixture, LAMBDA("a", ""));
    assert_int_equal(fixture->taken_count, 0);
    assert_int_equal(service_idle(fixture->service).ms, 0);
    restart(fixture);
    assert_int_equal(fixture->taken_count, 0);
    turn(fixture);
    assert_int_equal(fixture->taken_count, 1);
    expect_history(fixture, STARTED);
}

static void test_completed(void **state)
{
    struct fixture *fixture = *state;
    const struct event *event;

    decide(fixture, LAMBDA("a", ""));
    give_back(fixture, LAMBDA_RETURNED, BYTES_ABSENT, BYTES("{\"x\":\"\xc3\xa9\"}"));
    expect_history(fixture, STARTED " LambdaFunctionCompleted DecisionTaskScheduled");
    event = find_event(fixture, EVENT_LAMBDA_FUNCTION_COMPLETED);
    expect_bytes(event->lambda_function_completed->result, "{\"x\":\"\xc3\xa9\"}");
    assert_int_equal(event->lambda_function_completed->scheduled_event_id, event->id - 2);
    assert_int_equal(event->lambda_function_completed->started_event_id, event->id - 1);
}

static void test_raised(void **state)
{
    struct fixture *fixture = *state;

    decide(fixture, LAMBDA("a", ""));
    give_back(fixture, LAMBDA_RAISED, BYTES("Unhandled"), BYTES("{\"message\":\"oh\"}"));
    expect_history(fixture, STARTED " LambdaFunctionFailed DecisionTaskScheduled");
    expect_failure(fixture, "Unhandled", "{\"message\":\"oh\"}");
}

static void test_refused(void **state)
{
    struct fixture *fixture = *state;

    decide(fixture, LAMBDA("a", "") "," LAMBDA("b", ""));
    give_back(fixture, LAMBDA_REFUSED, BYTES("ResourceNotFoundException"),
              BYTES("{\"Type\":\"User\",\"Message\":\"Function not found: f\"}"));
    expect_failure(fixture, "ResourceNotFoundException", "Function not found: f");
}

static void test_refused_without_json(void **state)
{
    struct fixture *fixture = *state;

    decide(fixture, LAMBDA("a", ""));
    give_back(fixture, LAMBDA_REFUSED, BYTES("HTTP 502"), BYTES("bad gateway"));
    expect_failure(fixture, "HTTP 502", "bad gateway");
}

static struct bytes repeated(struct fixture *fixture, const char *character, size_t count)
{
    struct text text;
    struct bytes copy;

    text_init(&text, 1u << 20);
    for (size_t i = 0; i < count; i++)
        text_append_cstr(&text, character);
    copy = arena_copy(&fixture->arena, text_bytes(&text));
    text_deinit(&text);
    return copy;
}

static void test_the_longest_result(void **state)
{
    struct fixture *fixture = *state;
    struct bytes longest = repeated(fixture, "\xf0\x9f\x98\x80", 32768);

    decide(fixture, LAMBDA("a", ""));
    give_back(fixture, LAMBDA_RETURNED, BYTES_ABSENT, longest);
    assert_true(bytes_equal(
        find_event(fixture, EVENT_LAMBDA_FUNCTION_COMPLETED)->lambda_function_completed->result,
        longest));
}

static void test_a_result_that_is_too_long(void **state)
{
    struct fixture *fixture = *state;

    decide(fixture, LAMBDA("a", ""));
    give_back(fixture, LAMBDA_RETURNED, BYTES_ABSENT, repeated(fixture, "a", 32769));
    expect_failure(fixture, "InvalidResult",
                   "The function's result is longer than 32768 characters.");
}

static void test_a_result_that_is_no_text(void **state)
{
    struct fixture *fixture = *state;

    decide(fixture, LAMBDA("a", ""));
    give_back(fixture, LAMBDA_RETURNED, BYTES_ABSENT, BYTES("\"\xed\xa0\x80\""));
    expect_failure(fixture, "InvalidResult", "The function's result is not valid UTF-8.");
}

static void test_an_error_that_does_not_fit(void **state)
{
    struct fixture *fixture = *state;
    struct bytes error = repeated(fixture, "\xc3\xa9", 32769);
    const struct lambda_function_failed_event *failed;

    decide(fixture, LAMBDA("a", ""));
    give_back(fixture, LAMBDA_RAISED, repeated(fixture, "r", 300),
              bytes_of(error.ptr, error.len - 1));
    failed = find_event(fixture, EVENT_LAMBDA_FUNCTION_FAILED)->lambda_function_failed;
    assert_int_equal(failed->reason.len, 256);
    assert_int_equal(failed->details.len, 65536);
}

static void test_an_error_that_is_no_text(void **state)
{
    struct fixture *fixture = *state;

    decide(fixture, LAMBDA("a", ""));
    give_back(fixture, LAMBDA_RAISED, BYTES("Handled"), BYTES("\xff"));
    expect_failure(fixture, "Handled", "The function's error is not valid UTF-8.");
}

static void test_a_late_answer_changes_nothing(void **state)
{
    struct fixture *fixture = *state;

    decide(fixture, LAMBDA("a", ",\"startToCloseTimeout\":\"5\""));
    now_ms += 5000; /* due, but nobody looked yet */
    give_back(fixture, LAMBDA_RETURNED, BYTES_ABSENT, BYTES("1"));
    expect_history(fixture, STARTED " LambdaFunctionTimedOut DecisionTaskScheduled");
}

static void test_no_answer_is_waited_out(void **state)
{
    struct fixture *fixture = *state;

    decide(fixture, LAMBDA("a", ",\"startToCloseTimeout\":\"5\""));
    give_back(fixture, LAMBDA_NO_ANSWER, BYTES_ABSENT, BYTES_ABSENT);
    expect_history(fixture, STARTED);
    advance(fixture, 4999);
    expect_history(fixture, STARTED);
    advance(fixture, 1);
    expect_history(fixture, STARTED " LambdaFunctionTimedOut DecisionTaskScheduled");
}

static void test_an_answer_for_another_start(void **state)
{
    struct fixture *fixture = *state;
    struct lambda_invocation *late;

    decide(fixture, LAMBDA("a", ",\"startToCloseTimeout\":\"5\""));
    late = fixture->taken[0];
    fixture->taken_count = 0;
    advance(fixture, 5000);
    decide(fixture, LAMBDA("a", "")); /* the id is free again */
    assert_int_equal(fixture->taken_count, 1);
    late->outcome = LAMBDA_RETURNED;
    late->answer = BYTES("\"late\"");
    late->on_done(late);
    turn(fixture);
    give_back(fixture, LAMBDA_RETURNED, BYTES_ABSENT, BYTES("\"timely\""));
    expect_bytes(
        find_event(fixture, EVENT_LAMBDA_FUNCTION_COMPLETED)->lambda_function_completed->result,
        "\"timely\"");
}

static void test_an_answer_for_a_closed_run(void **state)
{
    struct fixture *fixture = *state;

    decide(fixture, LAMBDA("a", ""));
    ask(fixture, OPERATION_TERMINATE_WORKFLOW_EXECUTION, TERMINATE);
    give_back(fixture, LAMBDA_RETURNED, BYTES_ABSENT, BYTES("1"));
    expect_history(fixture, STARTED " WorkflowExecutionTerminated");
}

static void test_closed_before_its_start(void **state)
{
    struct fixture *fixture = *state;

    decide(fixture, LAMBDA("a", "") "," COMPLETE);
    assert_int_equal(fixture->taken_count, 0);
    expect_history(fixture, "LambdaFunctionScheduled WorkflowExecutionCompleted");
}

static void test_not_repeated_after_a_restart(void **state)
{
    struct fixture *fixture = *state;

    decide(fixture, LAMBDA("a", ",\"startToCloseTimeout\":\"60\""));
    restart(fixture);
    turn(fixture);
    assert_int_equal(fixture->taken_count, 0);
    expect_history(fixture, STARTED);
    advance(fixture, 60000);
    expect_history(fixture, STARTED " LambdaFunctionTimedOut DecisionTaskScheduled");
}

static void test_endless_ones_end_with_a_restart(void **state)
{
    struct fixture *fixture = *state;

    decide(fixture, LAMBDA("a", ",\"startToCloseTimeout\":\"NONE\""));
    assert_true(fixture->taken[0]->timeout.ms < 0);
    restart(fixture);
    turn(fixture);
    assert_int_equal(fixture->taken_count, 0);
    expect_history(fixture, STARTED " LambdaFunctionTimedOut DecisionTaskScheduled");
}

static void test_without_a_role(void **state)
{
    struct fixture *fixture = *state;

    decide(fixture, LAMBDA("a", ""));
    assert_int_equal(fixture->taken_count, 0);
    expect_history(fixture,
                   "LambdaFunctionScheduled StartLambdaFunctionFailed DecisionTaskScheduled");
}

static void test_without_an_invoker(void **state)
{
    struct fixture *fixture = *state;

    decide(fixture, LAMBDA("a", ""));
    expect_history(fixture, "ScheduleLambdaFunctionFailed DecisionTaskScheduled");
}

static void test_an_id_in_use(void **state)
{
    struct fixture *fixture = *state;

    decide(fixture, LAMBDA("a", "") "," LAMBDA("a", ""));
    expect_history(fixture, "LambdaFunctionScheduled ScheduleLambdaFunctionFailed "
                            "DecisionTaskScheduled LambdaFunctionStarted");
    assert_int_equal(find_event(fixture, EVENT_SCHEDULE_LAMBDA_FUNCTION_FAILED)
                         ->schedule_lambda_function_failed->cause,
                     SCHEDULE_LAMBDA_FUNCTION_FAILED_CAUSE_ID_ALREADY_IN_USE);
}

static void test_one_too_many(void **state)
{
    struct fixture *fixture = *state;

    fixture->limits.open_lambdas = 1;
    restart(fixture);
    decide(fixture, LAMBDA("a", "") "," LAMBDA("b", ""));
    expect_history(fixture, "LambdaFunctionScheduled ScheduleLambdaFunctionFailed "
                            "DecisionTaskScheduled LambdaFunctionStarted");
    assert_int_equal(find_event(fixture, EVENT_SCHEDULE_LAMBDA_FUNCTION_FAILED)
                         ->schedule_lambda_function_failed->cause,
                     SCHEDULE_LAMBDA_FUNCTION_FAILED_CAUSE_OPEN_LAMBDA_FUNCTIONS_LIMIT_EXCEEDED);
}

/* Scheduled while there was an endpoint, which the next start of the server has no longer. */
static void test_the_endpoint_went_away(void **state)
{
    struct fixture *fixture = *state;

    decide_only(fixture, LAMBDA("a", ""));
    fixture->has_invoker = false;
    restart(fixture);
    turn(fixture);
    expect_history(fixture,
                   "LambdaFunctionScheduled StartLambdaFunctionFailed DecisionTaskScheduled");
    expect_bytes(find_event(fixture, EVENT_START_LAMBDA_FUNCTION_FAILED)
                     ->start_lambda_function_failed->message,
                 "No endpoint for Lambda functions is configured.");
}

static void test_a_failed_commit_calls_nobody(void **state)
{
    struct fixture *fixture = *state;

    decide_only(fixture, LAMBDA("a", ""));
    kv_memory_fail_write(fixture->kv, 1, ERR_IO);
    assert_int_equal(service_turn(fixture->service), ERR_IO);
    assert_int_equal(fixture->taken_count, 0);
    kv_memory_fail_write(fixture->kv, 0, OK);
    restart(fixture);
    turn(fixture);
    assert_int_equal(fixture->taken_count, 1);
    expect_history(fixture, STARTED);
}

static void *answer_elsewhere(void *context)
{
    struct lambda_invocation *invocation = context;

    invocation->outcome = LAMBDA_RETURNED;
    invocation->answer = BYTES("1");
    invocation->on_done(invocation);
    return NULL;
}

static void *run_service(void *context)
{
    assert_int_equal(service_run(context), OK);
    return NULL;
}

/* From a thread of the invoker's, into a service that sleeps. */
static void test_an_answer_wakes_the_service(void **state)
{
    struct fixture *fixture = *state;
    pthread_t runs, answers;
    uint64_t commits;

    decide(fixture, LAMBDA("a", ""));
    commits = service_figures(fixture->service).commits;
    assert_int_equal(pthread_create(&runs, NULL, run_service, fixture->service), 0);
    fixture->taken_count = 0;
    assert_int_equal(pthread_create(&answers, NULL, answer_elsewhere, fixture->taken[0]), 0);
    pthread_join(answers, NULL);
    while (service_figures(fixture->service).commits == commits)
        sched_yield();
    service_stop(fixture->service);
    pthread_join(runs, NULL);
    expect_history(fixture, STARTED " LambdaFunctionCompleted DecisionTaskScheduled");
}

static void answer_at_once(void *context, struct lambda_invocation *invocation)
{
    (void)context;
    answer_elsewhere(invocation);
}

/* The last turn calls a function, and the answer is there before that turn is over. */
static void test_an_answer_in_the_last_turn_counts(void **state)
{
    struct fixture *fixture = *state;

    decide_only(fixture, LAMBDA("a", ""));
    fixture->invoker.invoke = answer_at_once;
    service_stop(fixture->service);
    assert_int_equal(service_run(fixture->service), OK);
    restart(fixture);
    expect_history(fixture, STARTED " LambdaFunctionCompleted DecisionTaskScheduled");
}

static enum err get_nothing(struct kv *kv, enum kv_space space, struct bytes key,
                            struct arena *arena, struct bytes *out)
{
    (void)kv, (void)space, (void)key, (void)arena, (void)out;
    return ERR_IO;
}

/* The commit calls a function, and what it was to remove beside cannot be read: the service ends,
 * and the call is the invoker's all the same. */
static void test_a_failure_after_the_commit_takes_no_call_back(void **state)
{
    struct fixture *fixture = *state;
    const struct kv_functions *well = fixture->kv->functions;
    struct kv_functions unreadable = *well;

    unreadable.get = get_nothing;
    decide(fixture, COMPLETE);
    advance(fixture, 86400 * 1000 - 1000); /* a second before what it left expires */
    start(fixture, ",\"lambdaRole\":\"role\"");
    decide_only(fixture, LAMBDA("a", ""));
    now_ms += 2000;
    fixture->kv->functions = &unreadable;
    assert_int_equal(service_turn(fixture->service), ERR_IO);
    fixture->kv->functions = well;
    assert_int_equal(fixture->taken_count, 1);
    restart(fixture);
    expect_history(fixture, STARTED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_called_as_asked),
        TEST(test_started_after_a_restart),
        TEST(test_completed),
        TEST(test_raised),
        TEST(test_refused),
        TEST(test_refused_without_json),
        TEST(test_the_longest_result),
        TEST(test_a_result_that_is_too_long),
        TEST(test_a_result_that_is_no_text),
        TEST(test_an_error_that_does_not_fit),
        TEST(test_an_error_that_is_no_text),
        TEST(test_a_late_answer_changes_nothing),
        TEST(test_no_answer_is_waited_out),
        TEST(test_an_answer_for_another_start),
        TEST(test_an_answer_for_a_closed_run),
        TEST(test_closed_before_its_start),
        TEST(test_not_repeated_after_a_restart),
        TEST(test_endless_ones_end_with_a_restart),
        TEST(test_an_id_in_use),
        TEST(test_one_too_many),
        TEST(test_the_endpoint_went_away),
        TEST(test_a_failed_commit_calls_nobody),
        TEST(test_an_answer_wakes_the_service),
        TEST(test_an_answer_in_the_last_turn_counts),
        TEST(test_a_failure_after_the_commit_takes_no_call_back),
        cmocka_unit_test_setup_teardown(test_without_a_role, set_up_without_role, tear_down),
        cmocka_unit_test_setup_teardown(test_without_an_invoker, set_up_without_invoker, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
