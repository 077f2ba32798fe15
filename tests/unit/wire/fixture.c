#include "fixture.h"

#include "base/memory.h"

int fixture_setup(void **state)
{
    struct fixture *fixture = memory_new(sizeof(*fixture));

    fixture->reader = json_reader_new();
    arena_init(&fixture->arena, "test", (size_t)64 << 20);
    text_init(&fixture->body, (size_t)16 << 20);
    *state = fixture;
    return 0;
}

int fixture_teardown(void **state)
{
    struct fixture *fixture = *state;

    text_deinit(&fixture->body);
    arena_deinit(&fixture->arena);
    json_reader_free(fixture->reader);
    memory_free(fixture);
    return 0;
}

struct fault decode(struct fixture *fixture, enum operation operation, struct bytes body)
{
    text_reset(&fixture->body);
    text_append(&fixture->body, body);
    assert_non_null(text_reserve(&fixture->body, JSON_PADDING));
    return decode_request(fixture->reader, operation, text_bytes(&fixture->body), &fixture->arena,
                          &fixture->request);
}

void assert_bytes(struct bytes actual, const char *expected)
{
    if (bytes_is_absent(actual) != (expected == NULL) || !bytes_equal_cstr(actual, expected))
        fail_msg("\"%.*s\" is not \"%s\"", BYTES_FMT(actual), expected ? expected : "(absent)");
}

void assert_no_fault(struct fault fault)
{
    if (!fault_is_none(fault))
        fail_msg("%s: %.*s", fault_kinds[fault.code].name, BYTES_FMT(fault.message));
}

void assert_fault(struct fault fault, enum fault_code code, const char *message)
{
    if (fault.code != code)
        fail_msg("%s (%.*s) is not %s",
                 fault_is_none(fault) ? "no fault" : fault_kinds[fault.code].name,
                 BYTES_FMT(fault.message), fault_kinds[code].name);
    assert_bytes(fault.message, message);
}
