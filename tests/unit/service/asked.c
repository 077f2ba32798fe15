#include "asked.h"
#include "wire/decode.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

struct call *asked(struct json_reader *json, struct arena *arena, enum operation operation,
                   struct bytes text)
{
    struct call *call = call_new();
    char *padded = arena_alloc_text(arena, text.len + JSON_PADDING);
    struct fault fault;

    for (size_t i = 0; i < text.len; i++)
        padded[i] = text.ptr[i] == '\'' ? '"' : text.ptr[i];
    call->account = ACCOUNT;
    fault = decode_request(json, operation, bytes_of(padded, text.len), &call->arena,
                           &call->request);
    assert_int_equal(fault.code, FAULT_NONE);
    return call;
}
