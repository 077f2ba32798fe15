/*
 * The body of a call, for the operation that the first byte names: decoded, judged by the rules,
 * written again and read again, which must give the same.
 */
#include "target.h"

#include "auth/request_context.h"
#include "model/limits.h"
#include "wire/copy.h"
#include "wire/decode.h"
#include "wire/encode.h"
#include "wire/rules.h"

#define TEXT_BYTES_MAX ((size_t)64 << 20)

struct call {
    struct json_reader *reader;
    struct arena arena;
    struct request request;
};

static void call_init(struct call *call, size_t body_bytes)
{
    *call = (struct call){ .reader = json_reader_new() };
    arena_init(&call->arena, "request", DECODE_ARENA_BYTES(body_bytes));
}

static void call_deinit(struct call *call)
{
    arena_deinit(&call->arena);
    json_reader_free(call->reader);
}

/* `text` has the padding behind it. */
static bool decode(struct call *call, enum operation operation, struct bytes body)
{
    struct fault fault = decode_request(call->reader, operation, body, &call->arena,
                                        &call->request);

    ensure(fault_is_none(fault) || fault.code == FAULT_SERIALIZATION ||
           fault.code == FAULT_VALIDATION);
    return fault_is_none(fault);
}

static void pad(struct text *text)
{
    memset(text_reserve(text, JSON_PADDING), 0, JSON_PADDING);
}

/* Writing gives the same text for what was read of it; and so does a copy. */
static void check_round(const struct request *request)
{
    struct text once, twice;
    struct call again;

    text_init(&once, TEXT_BYTES_MAX);
    text_init(&twice, TEXT_BYTES_MAX);
    encode_request(&once, request);
    pad(&once);
    call_init(&again, once.len);
    ensure(decode(&again, request->operation, text_bytes(&once)));
    encode_request(&twice, &again.request);
    ensure(bytes_equal(text_bytes(&once), text_bytes(&twice)));
    call_deinit(&again);
    text_deinit(&once);
    text_deinit(&twice);
}

static void check_context(struct call *call)
{
    const struct caller caller = { .principal_arn = BYTES("arn:aws:iam::1:user/u") };
    const struct request_facts facts = { 0 };
    struct context context;

    context_init(&context, &call->arena);
    request_context_of_call(&context, &call->request, &caller, &facts);
}

static void judge(struct call *call)
{
    const struct limits limits = LIMITS_DOCUMENTED;
    struct fault fault = check_rules(&call->request, &limits, &call->arena);

    ensure(fault_is_none(fault) || fault.code == FAULT_VALIDATION);
    if (fault_is_none(fault))
        check_round(&call->request);
}

static void run(struct bytes input)
{
    enum operation operation = (enum operation)(take_u8(&input) % OPERATION_COUNT);
    struct text body;
    struct call call;

    text_init(&body, TEXT_BYTES_MAX);
    text_append(&body, input);
    pad(&body);
    call_init(&call, body.len);
    if (decode(&call, operation, text_bytes(&body))) {
        check_round(&call.request);
        check_context(&call);
        judge(&call);
    }
    call_deinit(&call);
    text_deinit(&body);
}

const struct target target_operation = { "operation", run };
