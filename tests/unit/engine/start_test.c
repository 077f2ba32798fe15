/* How many runs may be open in a domain: the quota is too large to be reached by starting them. */
#include "engine/start.h"
#include "engine/registry.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

struct fixture {
    struct arena arena;
    struct registry registry;
    struct limits limits;
    struct facts facts;
    struct event_list out;
};

static void apply(struct fixture *fixture, const struct registry_records *records)
{
    for (size_t i = 0; i < records->count; i++)
        registry_apply(&fixture->registry, &records->items[i]);
}

static void register_all(struct fixture *fixture)
{
    static const struct task_list list = { BYTES("deciders") };
    static const struct register_domain_input domain = {
        .name = BYTES("d"), .workflow_execution_retention_period_in_days = BYTES("7")
    };
    static const struct register_workflow_type_input type = {
        .domain = BYTES("d"),
        .name = BYTES("order"),
        .version = BYTES("1"),
        .default_task_list = &list,
        .default_execution_start_to_close_timeout = BYTES("60"),
        .default_task_start_to_close_timeout = BYTES("60"),
        .default_child_policy = CHILD_POLICY_ABANDON,
    };
    const struct registry_command command = { .registry = &fixture->registry,
                                              .limits = &fixture->limits,
                                              .account = 1,
                                              .region = BYTES("us-east-1"),
                                              .arena = &fixture->arena };
    struct registry_records records = { 0 };

    assert_true(fault_is_none(registry_register_domain(&command, &domain, &records)));
    apply(fixture, &records);
    records = (struct registry_records){ 0 };
    assert_true(fault_is_none(registry_register_workflow_type(&command, &type, &records)));
    apply(fixture, &records);
}

static int set_up(void **state)
{
    static struct fixture fixture;

    fixture = (struct fixture){ .limits = LIMITS_DOCUMENTED };
    arena_init(&fixture.arena, "test", 1u << 20);
    registry_init(&fixture.registry);
    register_all(&fixture);
    fixture.facts = (struct facts){
        .limits = &fixture.limits,
        .domain = registry_find_domain(&fixture.registry, 1, BYTES("d")),
    };
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    registry_deinit(&fixture->registry);
    arena_deinit(&fixture->arena);
    return 0;
}

static struct fault start(struct fixture *fixture, uint64_t open_executions)
{
    static const struct workflow_type type = { BYTES("order"), BYTES("1") };
    const struct start_workflow_execution_input input = { .domain = BYTES("d"),
                                                          .workflow_id = BYTES("w"),
                                                          .workflow_type = &type };

    fixture->facts.open_executions = open_executions;
    event_list_init(&fixture->out, &fixture->arena, 1, (struct instant){ 1000 });
    return start_decide(&input, &fixture->facts, false, &fixture->out);
}

static void test_the_last_of_the_quota(void **state)
{
    assert_true(fault_is_none(start(*state, 99999)));
    assert_int_equal(((struct fixture *)*state)->out.count, 2);
}

static void test_one_more_than_the_quota(void **state)
{
    assert_int_equal(start(*state, 100000).code, FAULT_LIMIT_EXCEEDED);
    assert_int_equal(((struct fixture *)*state)->out.count, 0);
}

static void test_without_a_quota(void **state)
{
    ((struct fixture *)*state)->limits.open_executions = 0;
    assert_true(fault_is_none(start(*state, 100000)));
    assert_true(fault_is_none(start(*state, UINT64_MAX)));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_last_of_the_quota),
        TEST(test_one_more_than_the_quota),
        TEST(test_without_a_quota),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
