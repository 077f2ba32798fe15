#include "store/kv.h"

#include "base/memory.h"

struct bytes kv_prefix_end(struct bytes prefix)
{
    while (prefix.len > 0 && (unsigned char)prefix.ptr[prefix.len - 1] == 0xff)
        prefix.len--;
    if (prefix.len == 0)
        return BYTES_ABSENT;
    struct bytes end = memory_copy(prefix);
    ((char *)end.ptr)[end.len - 1]++;
    return end;
}
