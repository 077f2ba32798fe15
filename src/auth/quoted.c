#include "auth/quoted.h"

struct bytes quoted(struct arena *arena, struct bytes sent)
{
    char *copy = arena_alloc_text(arena, sent.len);

    for (size_t i = 0; i < sent.len; i++)
        copy[i] = (sent.ptr[i] & 0x80) ? '?' : sent.ptr[i];
    return bytes_of(copy, sent.len);
}
