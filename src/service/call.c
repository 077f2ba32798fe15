#include "service/call.h"
#include "base/memory.h"

struct call *call_new(void)
{
    struct call *call = memory_new(sizeof(*call));

    arena_init(&call->arena, "call", CALL_BYTES_MAX);
    list_init(&call->waiting);
    list_init(&call->parked);
    atomic_init(&call->state, CALL_WAITING);
    return call;
}

void call_free(struct call *call)
{
    if (call == NULL)
        return;
    if (call->authority)
        call->authority->kind->release(call->authority);
    arena_deinit(&call->arena);
    memory_free(call);
}
