/* Records of the registry as a start reads them. */
#include "service/records.h"
#include "base/text.h"
#include "engine/registry.h"
#include "store/pack.h"
#include "wire/json.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define VALUE_BYTES_MAX (64u << 20)

static void append_number(struct text *out, uint32_t number)
{
    char bytes[4];
    struct packer packer = packer_at(bytes, sizeof(bytes));

    pack_u32(&packer, number);
    text_append(out, packer_bytes(&packer));
}

/* The record of a domain with so many tags, each as long as a tag may be. */
static void append_domain(struct text *out, int tags)
{
    static const char detail[] =
        "{\"domainInfo\":{\"name\":\"d\",\"status\":\"REGISTERED\"},"
        "\"configuration\":{\"workflowExecutionRetentionPeriodInDays\":\"1\"}}";

    text_append_char(out, 1);
    append_number(out, (uint32_t)strlen(detail));
    text_append_cstr(out, detail);
    text_append_cstr(out, "{\"tags\":[");
    for (int i = 0; i < tags; i++) {
        text_printf(out, "%s{\"key\":\"%08d", i ? "," : "", i);
        for (int k = 8; k < 128; k++)
            text_append_cstr(out, "\xf0\x9f\x98\x80");
        text_append_cstr(out, "\",\"value\":\"");
        for (int k = 0; k < 256; k++)
            text_append_cstr(out, "\xf0\x9f\x98\x80");
        text_append_cstr(out, "\"}");
    }
    text_append_cstr(out, "]}");
}

/* The quota may have been any number once: a start reads what it let in. */
static void test_a_domain_with_many_tags_is_read(void **state)
{
    enum { TAGS = 10000 };
    static const char key[] = { 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1 };
    struct json_reader *json = json_reader_new();
    struct registry registry;
    struct text value;

    (void)state;
    registry_init(&registry);
    text_init(&value, VALUE_BYTES_MAX);
    append_domain(&value, TAGS);
    assert_false(value.overflowed);
    assert_int_equal(
        records_recover(&registry, json, bytes_of(key, sizeof(key)), text_bytes(&value)), OK);
    assert_int_equal(registry_get_domain(&registry, 1)->tags.count, TAGS);
    text_deinit(&value);
    registry_deinit(&registry);
    json_reader_free(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_domain_with_many_tags_is_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
