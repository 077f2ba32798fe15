#include "service/call.h"

/* What nearly all calls take, themselves included. */
#define CALL_BYTES_USUAL 1500

struct call *call_new(void)
{
    struct arena arena;
    struct call *call;

    arena_init(&arena, "call", CALL_BYTES_MAX);
    arena_reserve(&arena, CALL_BYTES_USUAL);
    call = arena_new(&arena, struct call);
    call->arena = arena;
    list_init(&call->waiting);
    list_init(&call->parked);
    atomic_init(&call->state, CALL_WAITING);
    return call;
}

void call_free(struct call *call)
{
    struct arena arena;

    if (call == NULL)
        return;
    if (call->authority)
        call->authority->kind->release(call->authority);
    arena = call->arena; /* the call lies in it */
    arena_deinit(&arena);
}
