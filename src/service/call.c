#include "service/call.h"
#include "wire/shape.h"

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

struct bytes call_input_text(const struct call *call, const char *name)
{
    const struct shape *shape = operation_shapes[call->request.operation].input;

    for (unsigned i = 0; i < shape->count; i++) {
        const struct member *member = &shape->members[i];

        if (member->kind == KIND_STRING && strcmp(member->name, name) == 0)
            return *(const struct bytes *)((const char *)call->request.input + member->offset);
    }
    return BYTES_ABSENT;
}
