/* A store that was filled under one region, and is served under another. */
#include "asked.h"
#include "base/random.h"
#include "service/service.h"
#include "store/layout.h"
#include "store/memory/memory.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* after its prerequisites */
#include <cmocka.h>

struct fixture {
    struct arena arena;
    struct world world;
    struct random_sequence sequence;
    struct kv *kv; /* outlives the store, as a disk does */
    struct store *store;
    struct service *service;
    struct json_reader *json;
};

static struct instant read_clock(void *context)
{
    (void)context;
    return (struct instant){ INT64_C(1767225600000) };
}

static void fill(void *context, void *out, size_t len)
{
    random_fill(context, out, len);
}

static void serve(struct fixture *fixture, const char *region)
{
    static const uint8_t key[SERVER_KEY_BYTES] = "a key of the test";
    struct service_config config = {
        .world = &fixture->world,
        .limits = LIMITS_DOCUMENTED,
        .region = bytes_of_cstr(region),
    };

    assert_int_equal(layout_open(fixture->kv, key, &fixture->store), OK);
    config.store = fixture->store;
    assert_int_equal(service_open(&config, &fixture->service), OK);
}

static void end(struct fixture *fixture)
{
    service_close(fixture->service);
    store_close(fixture->store);
}

static int set_up(void **state)
{
    static struct fixture fixture;

    fixture = (struct fixture){ .sequence = { 7 } };
    arena_init(&fixture.arena, "test", (size_t)1 << 20);
    fixture.world = (struct world){ &fixture.sequence, read_clock, read_clock, fill };
    fixture.json = json_reader_new();
    fixture.kv = kv_memory_new();
    kv_memory_keep(fixture.kv, true);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    kv_memory_keep(fixture->kv, false);
    fixture->kv->functions->close(fixture->kv);
    json_reader_free(fixture->json);
    arena_deinit(&fixture->arena);
    return 0;
}

static void on_answer(struct call *call)
{
    *(bool *)call->owner = true;
}

/* An answered call; free with call_free. */
static struct call *ask(struct fixture *fixture, enum operation operation, struct bytes text)
{
    struct call *call = asked(fixture->json, &fixture->arena, operation, text);
    bool answered = false;

    call->owner = &answered;
    call->on_answer = on_answer;
    service_submit(fixture->service, call);
    assert_int_equal(service_turn(fixture->service), OK);
    assert_true(answered);
    return call;
}

static void expect_fault(struct fixture *fixture, enum operation operation, struct bytes text,
                         enum fault_code code)
{
    struct call *call = ask(fixture, operation, text);

    assert_int_equal(call->fault.code, code);
    call_free(call);
}

static void expect_arn(struct fixture *fixture, const char *arn)
{
    struct call *described = ask(fixture, OPERATION_DESCRIBE_DOMAIN, BYTES("{\"name\":\"d\"}"));
    struct call *listed = ask(fixture, OPERATION_LIST_DOMAINS,
                              BYTES("{\"registrationStatus\":\"REGISTERED\"}"));
    const struct domain_detail *detail = described->output;
    const struct domain_infos *infos = listed->output;

    assert_true(bytes_equal_cstr(detail->domain_info->arn, arn));
    assert_int_equal(infos->domain_infos.count, 1);
    assert_true(bytes_equal_cstr(infos->domain_infos.items[0].arn, arn));
    call_free(described);
    call_free(listed);
}

#define TAG(arn) BYTES("{\"resourceArn\":\"" arn "\",\"tags\":[{\"key\":\"k\"}]}")
#define IN_VIRGINIA "arn:aws:swf:us-east-1:123456789012:/domain/d"
#define IN_FRANKFURT "arn:aws:swf:eu-central-1:123456789012:/domain/d"

/* Whoever tags it goes by the ARN that is answered. */
static void an_arn_is_of_the_region_that_is_served(void **state)
{
    struct fixture *fixture = *state;

    serve(fixture, "us-east-1");
    expect_fault(fixture, OPERATION_REGISTER_DOMAIN,
                 BYTES("{\"name\":\"d\",\"workflowExecutionRetentionPeriodInDays\":\"1\"}"),
                 FAULT_NONE);
    expect_arn(fixture, IN_VIRGINIA);
    end(fixture);
    serve(fixture, "eu-central-1");
    expect_arn(fixture, IN_FRANKFURT);
    expect_fault(fixture, OPERATION_TAG_RESOURCE, TAG(IN_FRANKFURT), FAULT_NONE);
    expect_fault(fixture, OPERATION_TAG_RESOURCE, TAG(IN_VIRGINIA), FAULT_UNKNOWN_RESOURCE);
    expect_arn(fixture, IN_FRANKFURT);
    end(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_arn_is_of_the_region_that_is_served, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
