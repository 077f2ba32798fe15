#include "auth/name_set.h"

#include "base/hash.h"

static bool is_same(const void *name, const void *key)
{
    return bytes_equal(*(const struct bytes *)name, *(const struct bytes *)key);
}

const struct bytes *name_set_find(const struct map *set, struct bytes name)
{
    return map_find(set, hash_bytes(name), is_same, &name);
}

bool name_set_take(struct map *set, const struct bytes *name)
{
    if (name_set_find(set, *name))
        return false;
    map_add(set, hash_bytes(*name), (void *)(uintptr_t)name);
    return true;
}
