#include "store/kv.h"

#include "base/memory.h"

/* The first key after all those with the prefix, on the heap; absent when there is none. */
static struct bytes prefix_end(struct bytes prefix)
{
    while (prefix.len > 0 && (unsigned char)prefix.ptr[prefix.len - 1] == 0xff)
        prefix.len--;
    if (prefix.len == 0)
        return BYTES_ABSENT;
    struct bytes end = memory_copy(prefix);
    ((char *)end.ptr)[end.len - 1]++;
    return end;
}

struct kv_iterator *kv_iterate_prefix(struct kv *kv, enum kv_space space, struct bytes prefix)
{
    struct bytes end = prefix_end(prefix);
    struct kv_iterator *iterator = kv->functions->iterate(kv, space, prefix, end);

    memory_free((char *)end.ptr);
    return iterator;
}
