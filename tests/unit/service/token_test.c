/* Tokens: what was sealed opens, and nothing else does. */
#include "service/token.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static const uint8_t key[SERVER_KEY_BYTES] = { 1, 2, 3 };
static const uint8_t other_key[SERVER_KEY_BYTES] = { 3, 2, 1 };
static const struct task_token sample = {
    .kind = TOKEN_ACTIVITY_TASK,
    .key = { .account = 123456789012, .domain = 7, .run = UINT64_C(0x0102030405060708) },
    .scheduled_event_id = 5,
    .started_event_id = 6,
};

struct fixture {
    struct arena arena;
    struct token_sealer *sealer;
    struct token_sealer *opener; /* of the same key: does not know what the sealer made */
};

static int set_up(void **state)
{
    static struct fixture fixture;

    arena_init(&fixture.arena, "test", 1u << 24);
    fixture.sealer = token_sealer_new(key);
    fixture.opener = token_sealer_new(key);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    token_sealer_free(fixture->sealer);
    token_sealer_free(fixture->opener);
    arena_deinit(&fixture->arena);
    return 0;
}

static void assert_opens(struct token_sealer *sealer, struct bytes text,
                         const struct task_token *token)
{
    enum token_kind other = token->kind == TOKEN_DECISION_TASK ? TOKEN_ACTIVITY_TASK
                                                               : TOKEN_DECISION_TASK;
    struct task_token opened;

    assert_false(token_open_task(sealer, text, other, &opened));
    assert_true(token_open_task(sealer, text, token->kind, &opened));
    assert_int_equal(opened.kind, token->kind);
    assert_int_equal(opened.key.account, token->key.account);
    assert_int_equal(opened.key.domain, token->key.domain);
    assert_int_equal(opened.key.run, token->key.run);
    assert_int_equal(opened.scheduled_event_id, token->scheduled_event_id);
    assert_int_equal(opened.started_event_id, token->started_event_id);
}

static void test_a_task_token_opens(void **state)
{
    struct fixture *fixture = *state;
    struct bytes text = token_seal_task(fixture->sealer, &sample, &fixture->arena);

    assert_true(text.len <= 1024);
    assert_opens(fixture->opener, text, &sample);
}

/* Of more tokens than are remembered. */
static void test_the_sealer_opens_its_own_as_another_does(void **state)
{
    enum { COUNT = 10000 };
    static struct bytes texts[COUNT];
    struct fixture *fixture = *state;
    struct task_token token = sample;

    for (int i = 0; i < COUNT; i++) {
        token.kind = i % 2 ? TOKEN_DECISION_TASK : TOKEN_ACTIVITY_TASK;
        token.key.run = (uint64_t)i;
        texts[i] = token_seal_task(fixture->sealer, &token, &fixture->arena);
        assert_opens(fixture->sealer, texts[i], &token);
    }
    for (int i = 0; i < COUNT; i++) {
        token.kind = i % 2 ? TOKEN_DECISION_TASK : TOKEN_ACTIVITY_TASK;
        token.key.run = (uint64_t)i;
        assert_opens(fixture->sealer, texts[i], &token);
        assert_opens(fixture->opener, texts[i], &token);
    }
}

/* What was given out once is understood for ever: these bytes never change. */
static void test_the_form_is_final(void **state)
{
    struct fixture *fixture = *state;
    struct bytes text = token_seal_task(fixture->sealer, &sample, &fixture->arena);
    static const char expected[] =
        "AQAC9+s/WebPdjFKCaXj0MDqs8FW3PtfIIqPj4c+oKbHAndasVyA+VQQELnkngovFPc78ukFqQ==";

    assert_int_equal(text.len, sizeof(expected) - 1);
    assert_memory_equal(text.ptr, expected, sizeof(expected) - 1);
}

/* Numbers count over all accounts: tokens of two neighbouring runs have nothing in common behind
 * the head. */
static void test_a_token_shows_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct task_token neighbour = sample;
    struct bytes text = token_seal_task(fixture->sealer, &sample, &fixture->arena), other;
    size_t same = 0;

    neighbour.key.run++;
    other = token_seal_task(fixture->sealer, &neighbour, &fixture->arena);
    assert_memory_equal(text.ptr, other.ptr, 4); /* version, key id, kind */
    for (size_t i = 4; i < text.len; i++)
        same += text.ptr[i] == other.ptr[i];
    assert_true(same < 12); /* of 72, when one in 64 is alike by chance */
}

static void test_another_kind_or_key_does_not_open(void **state)
{
    struct fixture *fixture = *state;
    struct bytes text = token_seal_task(fixture->sealer, &sample, &fixture->arena);
    struct token_sealer *other = token_sealer_new(other_key);
    struct task_token opened;

    assert_false(token_open_task(fixture->opener, text, TOKEN_DECISION_TASK, &opened));
    assert_false(token_open_task(other, text, TOKEN_ACTIVITY_TASK, &opened));
    token_sealer_free(other);
}

static void test_no_changed_character_opens(void **state)
{
    struct fixture *fixture = *state;
    struct bytes text = token_seal_task(fixture->sealer, &sample, &fixture->arena);
    struct task_token opened;
    char copy[128];

    for (size_t i = 0; i < text.len; i++) {
        for (const char *c = "AZaz09+/="; *c; c++) {
            memcpy(copy, text.ptr, text.len);
            if (copy[i] == *c)
                continue;
            copy[i] = *c;
            assert_false(token_open_task(fixture->opener, bytes_of(copy, text.len),
                                         TOKEN_ACTIVITY_TASK, &opened));
            assert_false(token_open_task(fixture->sealer, bytes_of(copy, text.len),
                                         TOKEN_ACTIVITY_TASK, &opened));
        }
        assert_false(
            token_open_task(fixture->opener, bytes_of(text.ptr, i), TOKEN_ACTIVITY_TASK, &opened));
    }
}

static struct request list_request(struct list_domains_input *input)
{
    return (struct request){ .operation = OPERATION_LIST_DOMAINS, .input = input };
}

static struct fault open_page(struct fixture *fixture, uint64_t account,
                              struct list_domains_input *input, struct bytes text, int64_t now_ms,
                              struct page_position *position)
{
    struct request request = list_request(input);

    return token_open_page(fixture->sealer, account, &request, text, (struct instant){ now_ms }, 60,
                           &fixture->arena, position);
}

static void test_a_page_token_belongs_to_its_query(void **state)
{
    struct fixture *fixture = *state;
    struct list_domains_input input = { .registration_status = REGISTRATION_STATUS_REGISTERED,
                                        .maximum_page_size = 10 };
    struct list_domains_input other = { .registration_status = REGISTRATION_STATUS_DEPRECATED };
    struct request request = list_request(&input);
    struct page_position position = { .numbers = { 1, 2, 3, 4, 5, 6 },
                                      .text = BYTES("name"),
                                      .more = BYTES("") };
    struct page_position opened;
    struct bytes text = token_seal_page(fixture->sealer, 1, &request, (struct instant){ 1000 },
                                        &position, &fixture->arena);

    input.next_page_token = text;
    input.maximum_page_size = 20; /* may change */
    assert_true(fault_is_none(open_page(fixture, 1, &input, text, 61000, &opened)));
    assert_memory_equal(opened.numbers, position.numbers, sizeof(position.numbers));
    assert_true(bytes_equal(opened.text, BYTES("name")));
    assert_false(bytes_is_absent(opened.more));
    assert_int_equal(open_page(fixture, 2, &input, text, 61000, &opened).code, FAULT_VALIDATION);
    assert_int_equal(open_page(fixture, 1, &other, text, 61000, &opened).code, FAULT_VALIDATION);
}

static void test_a_page_token_gets_old(void **state)
{
    struct fixture *fixture = *state;
    struct list_domains_input input = { .registration_status = REGISTRATION_STATUS_REGISTERED };
    struct request request = list_request(&input);
    struct page_position position = { .text = BYTES("name") }, opened;
    struct bytes text = token_seal_page(fixture->sealer, 1, &request, (struct instant){ 1000 },
                                        &position, &fixture->arena);
    struct fault fault = open_page(fixture, 1, &input, text, 61001, &opened);

    assert_true(
        bytes_equal(fault.message, BYTES("Specified token has exceeded its maximum lifetime")));
}

static void test_the_longest_names_fit_a_page_token(void **state)
{
    static char name[1024 + 256];
    struct fixture *fixture = *state;
    struct list_domains_input input = { .registration_status = REGISTRATION_STATUS_REGISTERED };
    struct request request = list_request(&input);
    struct page_position position = { .text = bytes_of(name, 1024), .more = bytes_of(name, 256) };
    struct bytes text;

    memset(name, 'x', sizeof(name));
    text = token_seal_page(fixture->sealer, 1, &request, (struct instant){ 1000 }, &position,
                           &fixture->arena);
    assert_true(text.len <= 2048);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_task_token_opens, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_sealer_opens_its_own_as_another_does, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_the_form_is_final, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_token_shows_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_another_kind_or_key_does_not_open, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_changed_character_opens, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_page_token_belongs_to_its_query, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_page_token_gets_old, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_longest_names_fit_a_page_token, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
