#include "base/memory.h"

#include "base/ensure.h"
#include "base/log.h"
#include <stdlib.h>

static _Noreturn void out_of_memory(size_t size)
{
    log_error("out of memory", LOG_NUMBER("bytes", size));
    abort();
}

void *memory_new(size_t size)
{
    ensure(size > 0);
    void *ptr = calloc(1, size);
    if (!ptr)
        out_of_memory(size);
    return ptr;
}

void *memory_resize(void *ptr, size_t size)
{
    ensure(size > 0);
    void *resized = realloc(ptr, size);
    if (!resized)
        out_of_memory(size);
    return resized;
}

void memory_free(void *ptr)
{
    free(ptr);
}

struct bytes memory_copy(struct bytes b)
{
    if (bytes_is_absent(b))
        return BYTES_ABSENT;
    char *copy = memory_resize(NULL, b.len + 1);
    memcpy(copy, b.ptr, b.len);
    copy[b.len] = '\0';
    return bytes_of(copy, b.len);
}
