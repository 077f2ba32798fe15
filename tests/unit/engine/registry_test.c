/* Accounts share one registry, and none sees what another one has; domains are numbered. */
#include "engine/registry.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

struct fixture {
    struct arena arena;
    struct registry registry;
    struct limits limits;
};

static struct registry_command command_of(struct fixture *fixture, uint64_t account)
{
    return (struct registry_command){ .registry = &fixture->registry,
                                      .limits = &fixture->limits,
                                      .account = account,
                                      .region = BYTES("us-east-1"),
                                      .arena = &fixture->arena };
}

static struct registry_record register_domain(struct fixture *fixture, uint64_t account,
                                              struct bytes name)
{
    const struct registry_command command = command_of(fixture, account);
    const struct register_domain_input input = {
        .name = name, .workflow_execution_retention_period_in_days = BYTES("7")
    };
    struct registry_records records = { 0 };

    assert_true(fault_is_none(registry_register_domain(&command, &input, &records)));
    assert_int_equal(records.count, 1);
    registry_apply(&fixture->registry, &records.items[0]);
    return records.items[0];
}

/* The middle one of three, so that there are others on both sides. */
static int set_up(void **state)
{
    static struct fixture fixture;

    fixture = (struct fixture){ .limits = LIMITS_DOCUMENTED };
    arena_init(&fixture.arena, "test", 1u << 20);
    registry_init(&fixture.registry);
    for (uint64_t account = 1; account <= 3; account++) {
        register_domain(&fixture, account, BYTES("a"));
        register_domain(&fixture, account, BYTES("b"));
    }
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

static void a_walk_stays_in_its_account(void **state)
{
    const struct registry *registry = &((struct fixture *)*state)->registry;
    const char *const names[] = { "a", "b" };

    for (int reverse = 0; reverse <= 1; reverse++) {
        const struct domain *domain = registry_next_domain(registry, 2, BYTES_ABSENT, reverse);

        for (int i = 0; i < 2; i++) {
            assert_non_null(domain);
            assert_int_equal(domain->account, 2);
            assert_true(bytes_equal_cstr(domain->name, names[reverse ? 1 - i : i]));
            domain = registry_next_domain(registry, 2, domain->name, reverse);
        }
        assert_null(domain);
    }
    assert_null(registry_next_domain(registry, 4, BYTES_ABSENT, false));
    assert_null(registry_next_domain(registry, 4, BYTES_ABSENT, true));
}

static void the_same_name_is_another_domain_elsewhere(void **state)
{
    const struct registry *registry = &((struct fixture *)*state)->registry;
    const struct domain *mine = registry_find_domain(registry, 2, BYTES("a"));
    const struct domain *theirs = registry_find_domain(registry, 3, BYTES("a"));

    assert_non_null(mine);
    assert_int_equal(mine->account, 2);
    assert_int_equal(theirs->account, 3);
    assert_int_not_equal(mine->number, theirs->number);
    assert_ptr_equal(registry_get_domain(registry, mine->number), mine);
    assert_null(registry_find_domain(registry, 4, BYTES("a")));
}

/* A number is part of the keys of all that its domain holds: none may be given twice. */
static void numbers_are_given_one_by_one(void **state)
{
    struct fixture *fixture = *state;
    const struct domain *last = registry_find_domain(&fixture->registry, 3, BYTES("b"));

    assert_int_equal(registry_find_domain(&fixture->registry, 1, BYTES("a"))->number, 1);
    assert_int_equal(registry_find_domain(&fixture->registry, 1, BYTES("b"))->number, 2);
    assert_int_equal(last->number, 6);
    assert_int_equal(register_domain(fixture, 1, BYTES("c")).domain_number, 7);
}

/* As after a restart, when they come in the order in which the store has them. */
static void numbers_go_on_after_the_highest(void **state)
{
    struct fixture *fixture = *state;
    const struct registry_record seventh = register_domain(fixture, 1, BYTES("c"));
    const struct registry_record eighth = register_domain(fixture, 1, BYTES("d"));

    registry_deinit(&fixture->registry);
    registry_init(&fixture->registry);
    registry_apply(&fixture->registry, &eighth);
    registry_apply(&fixture->registry, &seventh);
    assert_int_equal(registry_find_domain(&fixture->registry, 1, BYTES("c"))->number, 7);
    assert_int_equal(register_domain(fixture, 1, BYTES("e")).domain_number, 9);
}

/* ---- tags ---- */

#define TAGS 20000

/* "0" to "19999" with their squares as values. */
static struct resource_tag *numbered_tags(struct arena *arena)
{
    struct resource_tag *tags = arena_array(arena, struct resource_tag, TAGS);

    for (unsigned i = 0; i < TAGS; i++)
        tags[i] = (struct resource_tag){ arena_printf(arena, "%u", i),
                                         arena_printf(arena, "%u", i * i) };
    return tags;
}

static struct domain *tag(struct fixture *fixture, struct resource_tag_list tags)
{
    const struct registry_command command = command_of(fixture, 1);
    struct domain *domain = registry_find_domain(&fixture->registry, 1, BYTES("a"));
    struct registry_records records = { 0 };

    assert_true(fault_is_none(registry_tag_domain(&command, domain, tags, &records)));
    assert_int_equal(records.count, 1);
    registry_apply(&fixture->registry, &records.items[0]);
    return domain;
}

static struct domain *untag(struct fixture *fixture, struct bytes_list keys)
{
    const struct registry_command command = command_of(fixture, 1);
    struct domain *domain = registry_find_domain(&fixture->registry, 1, BYTES("a"));
    struct registry_records records = { 0 };

    assert_true(fault_is_none(registry_untag_domain(&command, domain, keys, &records)));
    assert_int_equal(records.count, 1);
    registry_apply(&fixture->registry, &records.items[0]);
    return domain;
}

/* They are looked at until there are too many, and no longer. */
static void too_many_tags_take_no_more_than_those_that_may_be(void **state)
{
    struct fixture *fixture = *state;
    const struct registry_command command = command_of(fixture, 1);
    struct domain *domain = registry_find_domain(&fixture->registry, 1, BYTES("a"));
    struct registry_records records = { 0 };
    struct arena arena;

    arena_init(&arena, "tags", 16u << 20);
    const struct resource_tag_list tags = { numbered_tags(&arena), TAGS };
    const size_t before = fixture->arena.used;
    const struct fault fault = registry_tag_domain(&command, domain, tags, &records);
    assert_int_equal(fault.code, FAULT_TOO_MANY_TAGS);
    assert_int_equal(records.count, 0);
    assert_true(fixture->arena.used - before < 100 * sizeof(struct resource_tag));
    arena_deinit(&arena);
}

/* Fifty, each many times over. */
static void a_tag_that_comes_again_does_not_count_again(void **state)
{
    struct fixture *fixture = *state;
    struct arena arena;

    arena_init(&arena, "tags", 16u << 20);
    struct resource_tag *tags = numbered_tags(&arena);
    for (size_t i = 0; i < TAGS; i++)
        tags[i].key = tags[i % 50].key;
    const struct domain *domain = tag(fixture, (struct resource_tag_list){ tags, TAGS });
    assert_int_equal(domain->tags.count, 50);
    for (size_t i = 0; i < 50; i++) {
        assert_true(bytes_equal(domain->tags.items[i].key, tags[i].key));
        assert_true(bytes_equal(domain->tags.items[i].value, tags[TAGS - 50 + i].value));
    }
    arena_deinit(&arena);
}

static void any_number_of_tags_comes_and_goes(void **state)
{
    struct fixture *fixture = *state;
    struct arena arena;

    fixture->limits.tags_per_domain = 0;
    arena_deinit(&fixture->arena);
    arena_init(&fixture->arena, "test", 64u << 20);
    arena_init(&arena, "tags", 16u << 20);
    struct resource_tag *tags = numbered_tags(&arena);
    struct bytes *keys = arena_array(&arena, struct bytes, 2 * TAGS);
    tag(fixture, (struct resource_tag_list){ tags, TAGS / 2 });
    tags[7].value = BYTES_ABSENT;
    const struct domain *domain = tag(fixture, (struct resource_tag_list){ tags, TAGS });
    assert_int_equal(domain->tags.count, TAGS);
    for (size_t i = 0; i < TAGS; i++) {
        assert_true(bytes_equal(domain->tags.items[i].key, tags[i].key));
        assert_true(bytes_equal(domain->tags.items[i].value, tags[i].value));
    }
    assert_false(bytes_is_absent(domain->tags.items[7].value));

    for (size_t i = 0; i < 2 * TAGS; i++) /* the odd ones, twice, and strangers */
        keys[i] = i % 2 ? tags[i % TAGS].key : BYTES("stranger");
    domain = untag(fixture, (struct bytes_list){ keys, 2 * TAGS });
    assert_int_equal(domain->tags.count, TAGS / 2);
    for (size_t i = 0; i < TAGS / 2; i++)
        assert_true(bytes_equal(domain->tags.items[i].key, tags[2 * i].key));
    assert_int_equal(untag(fixture, (struct bytes_list){ keys, 0 })->tags.count, TAGS / 2);
    arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_walk_stays_in_its_account, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_same_name_is_another_domain_elsewhere, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(numbers_are_given_one_by_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(numbers_go_on_after_the_highest, set_up, tear_down),
        cmocka_unit_test_setup_teardown(too_many_tags_take_no_more_than_those_that_may_be, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_tag_that_comes_again_does_not_count_again, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(any_number_of_tags_comes_and_goes, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
