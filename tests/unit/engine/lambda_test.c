/* Lambda tasks: which are scheduled, what starts and ends them, and what the fold makes of it. */
#include "engine/lambda.h"
#include "engine/due.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define BEGINNING 1000000
#define DECISIONS_MAX 4

struct fixture {
    struct arena arena;
    struct execution *execution;
    struct limits limits;
    struct facts facts;
    struct event_list out; /* of the last transaction */
    int64_t now;
};

/* ---- a run whose decision task is started ---- */

static void begin(struct fixture *fixture)
{
    event_list_init(&fixture->out, &fixture->arena, fixture->execution->next_event_id,
                    (struct instant){ fixture->now });
}

static void commit(struct fixture *fixture)
{
    for (size_t i = 0; i < fixture->out.count; i++)
        execution_apply(fixture->execution, &fixture->out.items[i]);
    execution_check(fixture->execution);
}

static void start_run(struct fixture *fixture, struct bytes lambda_role)
{
    static const struct workflow_type type = { BYTES("order"), BYTES("1") };
    static const struct task_list list = { BYTES("deciders") };
    struct workflow_execution_started_event *started = arena_new(
        &fixture->arena, struct workflow_execution_started_event);

    started->workflow_type = &type;
    started->task_list = &list;
    started->execution_start_to_close_timeout = BYTES("100000");
    started->task_start_to_close_timeout = BYTES("NONE");
    started->lambda_role = lambda_role;
    begin(fixture);
    event_list_add(&fixture->out, EVENT_WORKFLOW_EXECUTION_STARTED, started);
    commit(fixture);
}

static void start_decision_task(struct fixture *fixture)
{
    static const struct task_list list = { BYTES("deciders") };
    struct decision_task_scheduled_event *scheduled = arena_new(
        &fixture->arena, struct decision_task_scheduled_event);
    struct decision_task_started_event *started = arena_new(&fixture->arena,
                                                            struct decision_task_started_event);

    scheduled->task_list = &list;
    begin(fixture);
    if (fixture->execution->decision.waiting_event_id == 0)
        event_list_add(&fixture->out, EVENT_DECISION_TASK_SCHEDULED, scheduled);
    commit(fixture);
    started->scheduled_event_id = fixture->execution->decision.waiting_event_id;
    begin(fixture);
    event_list_add(&fixture->out, EVENT_DECISION_TASK_STARTED, started);
    commit(fixture);
}

static void make_run(struct fixture *fixture, struct bytes lambda_role)
{
    *fixture = (struct fixture){ .limits = LIMITS_DOCUMENTED, .now = BEGINNING };
    arena_init(&fixture->arena, "test", 1u << 20);
    fixture->execution = execution_new();
    fixture->facts = (struct facts){ .limits = &fixture->limits, .lambda_available = true };
    start_run(fixture, lambda_role);
}

static int set_up(void **state)
{
    static struct fixture fixture;

    make_run(&fixture, BYTES("role"));
    *state = &fixture;
    return 0;
}

static int set_up_without_role(void **state)
{
    static struct fixture fixture;

    make_run(&fixture, BYTES_ABSENT);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    execution_free(fixture->execution);
    arena_deinit(&fixture->arena);
    return 0;
}

/* ---- acting ---- */

#define WANTED(text)                          \
    {                                         \
        .id = BYTES(text), .name = BYTES("f") \
    }

static void schedule(struct fixture *fixture,
                     const struct schedule_lambda_function_decision *wanted, size_t count)
{
    struct decision decisions[DECISIONS_MAX] = { 0 };
    struct respond_decision_task_completed_input answer = { .decisions = { decisions, count } };

    for (size_t i = 0; i < count; i++) {
        decisions[i].decision_type = DECISION_SCHEDULE_LAMBDA_FUNCTION;
        decisions[i].schedule_lambda_function = &wanted[i];
    }
    start_decision_task(fixture);
    begin(fixture);
    completion_decide(fixture->execution, &answer, &fixture->facts, &fixture->out);
    commit(fixture);
}

static void schedule_one(struct fixture *fixture, struct bytes id, struct bytes timeout)
{
    struct schedule_lambda_function_decision wanted = { .id = id,
                                                        .name = BYTES("f"),
                                                        .start_to_close_timeout = timeout };

    schedule(fixture, &wanted, 1);
}

static struct lambda *the_lambda(struct fixture *fixture, const char *id)
{
    struct lambda *lambda = lambda_find(fixture->execution, bytes_of_cstr(id));

    assert_non_null(lambda);
    return lambda;
}

static bool start(struct fixture *fixture, const char *id)
{
    const struct lambda *lambda = the_lambda(fixture, id);
    bool started;

    begin(fixture);
    started = lambda_start(fixture->execution, lambda, &fixture->out);
    commit(fixture);
    return started;
}

/* ---- expecting ---- */

static const struct event *expect_event(struct fixture *fixture, size_t index, enum event_type type)
{
    assert_true(index < fixture->out.count);
    assert_int_equal(fixture->out.items[index].type, type);
    return &fixture->out.items[index];
}

static void expect_bytes(struct bytes got, const char *wanted)
{
    assert_true(bytes_equal_cstr(got, wanted));
    assert_int_equal(bytes_is_absent(got), wanted == NULL);
}

static void expect_refusal(struct fixture *fixture, size_t index,
                           enum schedule_lambda_function_failed_cause cause)
{
    const struct event *event = expect_event(fixture, index, EVENT_SCHEDULE_LAMBDA_FUNCTION_FAILED);

    assert_int_equal(event->schedule_lambda_function_failed->cause, cause);
    assert_int_equal(event->schedule_lambda_function_failed->decision_task_completed_event_id,
                     fixture->out.items[0].id);
}

static void expect_open(struct fixture *fixture, int32_t count)
{
    assert_int_equal(execution_open_counts(fixture->execution).open_lambda_functions, count);
}

/* ---- the decision ---- */

static void test_scheduled_as_asked(void **state)
{
    struct fixture *fixture = *state;
    struct schedule_lambda_function_decision wanted = { BYTES("l"), BYTES("f"),
                                                        .control = BYTES("c"), .input = BYTES(""),
                                                        .start_to_close_timeout = BYTES_ABSENT };
    const struct lambda_function_scheduled_event *scheduled;

    schedule(fixture, &wanted, 1);
    scheduled =
        expect_event(fixture, 1, EVENT_LAMBDA_FUNCTION_SCHEDULED)->lambda_function_scheduled;
    expect_bytes(scheduled->id, "l");
    expect_bytes(scheduled->name, "f");
    expect_bytes(scheduled->control, "c");
    expect_bytes(scheduled->input, "");
    expect_bytes(scheduled->start_to_close_timeout, NULL);
    assert_int_equal(scheduled->decision_task_completed_event_id, fixture->out.items[0].id);
    assert_int_equal(fixture->out.count, 2); /* nothing to tell the decider */
    expect_open(fixture, 1);
}

static void test_nobody_calls_functions(void **state)
{
    struct fixture *fixture = *state;

    fixture->facts.lambda_available = false;
    schedule_one(fixture, BYTES("l"), BYTES_ABSENT);
    expect_refusal(fixture, 1,
                   SCHEDULE_LAMBDA_FUNCTION_FAILED_CAUSE_LAMBDA_SERVICE_NOT_AVAILABLE_IN_REGION);
    expect_event(fixture, 2, EVENT_DECISION_TASK_SCHEDULED);
    expect_open(fixture, 0);
}

static void test_an_id_is_taken_while_open(void **state)
{
    struct fixture *fixture = *state;
    struct schedule_lambda_function_decision twice[] = { WANTED("l"), WANTED("l") };
    enum schedule_lambda_function_failed_cause taken =
        SCHEDULE_LAMBDA_FUNCTION_FAILED_CAUSE_ID_ALREADY_IN_USE;

    schedule(fixture, twice, 2);
    expect_event(fixture, 1, EVENT_LAMBDA_FUNCTION_SCHEDULED);
    expect_refusal(fixture, 2, taken);
    fixture->limits.open_lambdas = 1;
    schedule_one(fixture, BYTES("l"), BYTES_ABSENT);
    expect_refusal(fixture, 1, taken); /* and not the limit */
    assert_true(start(fixture, "l"));
    begin(fixture);
    lambda_complete(fixture->execution, the_lambda(fixture, "l"), BYTES("1"), &fixture->out);
    commit(fixture);
    schedule_one(fixture, BYTES("l"), BYTES_ABSENT);
    expect_event(fixture, 1, EVENT_LAMBDA_FUNCTION_SCHEDULED);
}

static void test_the_limit_counts_the_list(void **state)
{
    struct fixture *fixture = *state;
    struct schedule_lambda_function_decision three[] = { WANTED("a"), WANTED("b"), WANTED("c") };

    fixture->limits.open_lambdas = 2;
    schedule(fixture, three, 3);
    expect_event(fixture, 2, EVENT_LAMBDA_FUNCTION_SCHEDULED);
    expect_refusal(fixture, 3,
                   SCHEDULE_LAMBDA_FUNCTION_FAILED_CAUSE_OPEN_LAMBDA_FUNCTIONS_LIMIT_EXCEEDED);
    expect_open(fixture, 2);
    fixture->limits.open_lambdas = 0;
    schedule(fixture, &three[2], 1);
    expect_open(fixture, 3);
}

static bool permits_nothing(const void *caller, const struct decision *decision)
{
    (void)caller;
    (void)decision;
    return false;
}

static void test_no_permission_is_asked(void **state)
{
    struct fixture *fixture = *state;

    fixture->facts.permits = permits_nothing;
    schedule_one(fixture, BYTES("l"), BYTES_ABSENT);
    expect_event(fixture, 1, EVENT_LAMBDA_FUNCTION_SCHEDULED);
}

/* ---- start ---- */

static void test_no_role(void **state)
{
    struct fixture *fixture = *state;
    const struct start_lambda_function_failed_event *failed;
    int64_t scheduled;

    schedule_one(fixture, BYTES("l"), BYTES_ABSENT);
    scheduled = the_lambda(fixture, "l")->scheduled_event_id;
    assert_false(start(fixture, "l"));
    failed =
        expect_event(fixture, 0, EVENT_START_LAMBDA_FUNCTION_FAILED)->start_lambda_function_failed;
    assert_int_equal(failed->scheduled_event_id, scheduled);
    assert_int_equal(failed->cause, START_LAMBDA_FUNCTION_FAILED_CAUSE_ASSUME_ROLE_FAILED);
    expect_bytes(failed->message, "No IAM role is attached to the current workflow execution.");
    expect_event(fixture, 1, EVENT_DECISION_TASK_SCHEDULED);
    expect_open(fixture, 0);
}

static void test_started(void **state)
{
    struct fixture *fixture = *state;

    schedule_one(fixture, BYTES("l"), BYTES_ABSENT);
    assert_true(start(fixture, "l"));
    assert_int_equal(expect_event(fixture, 0, EVENT_LAMBDA_FUNCTION_STARTED)
                         ->lambda_function_started->scheduled_event_id,
                     the_lambda(fixture, "l")->scheduled_event_id);
    assert_int_equal(fixture->out.count, 1);
    assert_int_equal(the_lambda(fixture, "l")->started_event_id, fixture->out.items[0].id);
}

/* ---- ends ---- */

static void test_completed(void **state)
{
    struct fixture *fixture = *state;
    const struct lambda_function_completed_event *completed;

    schedule_one(fixture, BYTES("l"), BYTES_ABSENT);
    start(fixture, "l");
    begin(fixture);
    lambda_complete(fixture->execution, the_lambda(fixture, "l"), BYTES("{\"a\":1}"),
                    &fixture->out);
    completed =
        expect_event(fixture, 0, EVENT_LAMBDA_FUNCTION_COMPLETED)->lambda_function_completed;
    assert_int_equal(completed->scheduled_event_id, the_lambda(fixture, "l")->scheduled_event_id);
    assert_int_equal(completed->started_event_id, the_lambda(fixture, "l")->started_event_id);
    expect_bytes(completed->result, "{\"a\":1}");
    expect_event(fixture, 1, EVENT_DECISION_TASK_SCHEDULED);
    commit(fixture);
    expect_open(fixture, 0);
}

static void test_failed(void **state)
{
    struct fixture *fixture = *state;
    const struct lambda_function_failed_event *failed;

    schedule_one(fixture, BYTES("l"), BYTES_ABSENT);
    start(fixture, "l");
    begin(fixture);
    lambda_fail(fixture->execution, the_lambda(fixture, "l"), BYTES("Unhandled"), BYTES("{}"),
                &fixture->out);
    failed = expect_event(fixture, 0, EVENT_LAMBDA_FUNCTION_FAILED)->lambda_function_failed;
    assert_int_equal(failed->started_event_id, the_lambda(fixture, "l")->started_event_id);
    expect_bytes(failed->reason, "Unhandled");
    expect_bytes(failed->details, "{}");
    expect_event(fixture, 1, EVENT_DECISION_TASK_SCHEDULED);
    commit(fixture);
    expect_open(fixture, 0);
}

static bool is_due(struct fixture *fixture, int64_t at)
{
    bool due;

    fixture->now = at;
    begin(fixture);
    due = due_decide(fixture->execution, (struct instant){ at }, &fixture->out);
    commit(fixture);
    return due;
}

static void test_times_out_after_its_start(void **state)
{
    struct fixture *fixture = *state;
    const struct lambda_function_timed_out_event *timed_out;
    int64_t scheduled, started;

    schedule_one(fixture, BYTES("l"), BYTES("5"));
    assert_false(is_due(fixture, BEGINNING + 7000)); /* what is not started has no deadline */
    start(fixture, "l");
    scheduled = the_lambda(fixture, "l")->scheduled_event_id;
    started = the_lambda(fixture, "l")->started_event_id;
    assert_int_equal(execution_next_due(fixture->execution).ms, BEGINNING + 12000);
    assert_false(is_due(fixture, BEGINNING + 11999));
    assert_true(is_due(fixture, BEGINNING + 12000));
    timed_out =
        expect_event(fixture, 0, EVENT_LAMBDA_FUNCTION_TIMED_OUT)->lambda_function_timed_out;
    assert_int_equal(timed_out->scheduled_event_id, scheduled);
    assert_int_equal(timed_out->started_event_id, started);
    assert_int_equal(timed_out->timeout_type, LAMBDA_FUNCTION_TIMEOUT_TYPE_START_TO_CLOSE);
    expect_event(fixture, 1, EVENT_DECISION_TASK_SCHEDULED);
    expect_open(fixture, 0);
}

static void test_900_seconds_unless_said_otherwise(void **state)
{
    struct fixture *fixture = *state;

    schedule_one(fixture, BYTES("l"), BYTES_ABSENT);
    start(fixture, "l");
    assert_int_equal(execution_next_due(fixture->execution).ms, BEGINNING + 900 * 1000);
}

static void test_none_is_without_end(void **state)
{
    struct fixture *fixture = *state;

    schedule_one(fixture, BYTES("l"), BYTES("NONE"));
    start(fixture, "l");
    assert_int_equal(execution_next_due(fixture->execution).ms,
                     BEGINNING + 100000 * INT64_C(1000)); /* the run's own */
}

/* ---- restart and close ---- */

static void test_a_restart_ends_what_had_no_end(void **state)
{
    struct fixture *fixture = *state;
    struct instant now = { BEGINNING + 60000 };

    schedule_one(fixture, BYTES("endless"), BYTES("NONE"));
    schedule_one(fixture, BYTES("limited"), BYTES("300"));
    schedule_one(fixture, BYTES("waiting"), BYTES("NONE"));
    start(fixture, "endless");
    start(fixture, "limited");
    lambda_restart(fixture->execution, now);
    execution_check(fixture->execution);
    assert_true(is_due(fixture, now.ms));
    assert_int_equal(expect_event(fixture, 0, EVENT_LAMBDA_FUNCTION_TIMED_OUT)
                         ->lambda_function_timed_out->timeout_type,
                     LAMBDA_FUNCTION_TIMEOUT_TYPE_START_TO_CLOSE);
    assert_null(lambda_find(fixture->execution, BYTES("endless")));
    assert_false(is_due(fixture, now.ms));
    assert_int_equal(execution_next_due(fixture->execution).ms,
                     BEGINNING + 300000); /* no sooner than promised */
}

static void test_a_close_drops_it_but_counts_it(void **state)
{
    struct fixture *fixture = *state;
    struct workflow_execution_terminated_event terminated = {
        .child_policy = CHILD_POLICY_ABANDON
    };

    schedule_one(fixture, BYTES("l"), BYTES_ABSENT);
    start(fixture, "l");
    begin(fixture);
    event_list_add(&fixture->out, EVENT_WORKFLOW_EXECUTION_TERMINATED, &terminated);
    commit(fixture);
    expect_open(fixture, 1);
    assert_int_equal(execution_next_due(fixture->execution).ms, INSTANT_NEVER.ms);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_scheduled_as_asked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nobody_calls_functions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_an_id_is_taken_while_open, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_limit_counts_the_list, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_permission_is_asked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_role, set_up_without_role, tear_down),
        cmocka_unit_test_setup_teardown(test_started, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_completed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_failed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_times_out_after_its_start, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_900_seconds_unless_said_otherwise, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_none_is_without_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_restart_ends_what_had_no_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_close_drops_it_but_counts_it, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
