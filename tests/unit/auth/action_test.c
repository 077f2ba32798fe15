#include "auth/action.h"

#include "bench.h"

static void every_operation_is_an_action(void **state)
{
    struct bench *bench = *state;

    assert_text(action_of_operation(&bench->arena, OPERATION_START_WORKFLOW_EXECUTION),
                "swf:StartWorkflowExecution");
    for (enum operation i = 0; i < OPERATION_COUNT; i++)
        assert_true(action_exists(action_of_operation(&bench->arena, i)));
}

static void every_decision_is_an_action_but_one(void **state)
{
    struct bench *bench = *state;
    size_t count = 0;

    assert_text(action_of_decision(&bench->arena, DECISION_START_TIMER), "swf:StartTimer");
    for (enum decision_type i = 1; i <= DECISION_TYPE_COUNT; i++) {
        struct bytes action = action_of_decision(&bench->arena, i);
        assert_true(bytes_is_absent(action) == (i == DECISION_SCHEDULE_LAMBDA_FUNCTION));
        if (bytes_is_absent(action))
            continue;
        assert_true(action_exists(action));
        count++;
    }
    assert_int_equal(count, 12);
    assert_false(action_exists(BYTES("swf:ScheduleLambdaFunction")));
}

static void names_are_known_in_any_case(void **state)
{
    (void)state;
    assert_true(action_exists(BYTES("SWF:startTIMER")));
    assert_false(action_exists(BYTES("swf:StartTimers")));
    assert_false(action_exists(BYTES("s3:StartTimer")));
    assert_false(action_exists(BYTES("StartTimer")));
    assert_false(action_exists(BYTES("swf:")));
    assert_false(action_exists(BYTES("")));
}

static void a_near_name_is_suggested(void **state)
{
    struct bench *bench = *state;

    assert_text(action_suggest(&bench->arena, BYTES("swf:StartWorkflowExecutio")),
                "swf:StartWorkflowExecution");
    assert_text(action_suggest(&bench->arena, BYTES("starttimer")), "swf:StartTimer");
    assert_true(bytes_is_absent(action_suggest(&bench->arena, BYTES("swf:Nothing"))));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(every_operation_is_an_action),
        test(every_decision_is_an_action_but_one),
        test(names_are_known_in_any_case),
        test(a_near_name_is_suggested),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
