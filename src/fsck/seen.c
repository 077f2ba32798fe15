#include "fsck/seen.h"

#include "base/hash.h"
#include "base/memory.h"
#include <stdlib.h>

/* ---- runs ---- */

void seen_runs_deinit(struct seen_runs *seen)
{
    memory_free(seen->items);
}

void seen_runs_add(struct seen_runs *seen, const struct seen_run *run)
{
    if (seen->count == seen->capacity) {
        seen->capacity = seen->capacity ? seen->capacity * 2 : 1024;
        seen->items = memory_resize(seen->items, seen->capacity * sizeof(*seen->items));
    }
    seen->items[seen->count++] = *run;
}

static int compare(const void *a, const void *b)
{
    uint64_t left = ((const struct seen_run *)a)->key.run;
    uint64_t right = ((const struct seen_run *)b)->key.run;

    return (left > right) - (left < right);
}

const struct seen_run *seen_runs_sort(struct seen_runs *seen)
{
    if (seen->count == 0)
        return NULL;
    qsort(seen->items, seen->count, sizeof(*seen->items), compare);
    for (size_t i = 1; i < seen->count; i++) {
        if (seen->items[i - 1].key.run == seen->items[i].key.run)
            return &seen->items[i];
    }
    return NULL;
}

const struct seen_run *seen_runs_find(const struct seen_runs *seen, uint64_t run)
{
    const struct seen_run wanted = { .key = { .run = run } };

    if (seen->count == 0)
        return NULL;
    return bsearch(&wanted, seen->items, seen->count, sizeof(*seen->items), compare);
}

/* ---- keys ---- */

struct seen_key {
    size_t len; /* of the bytes behind it */
};

static struct bytes bytes_of_key(const struct seen_key *key)
{
    return bytes_of(key + 1, key->len);
}

static bool is_key(const void *object, const void *key)
{
    return bytes_equal(bytes_of_key(object), *(const struct bytes *)key);
}

void seen_keys_deinit(struct seen_keys *keys)
{
    map_drain(&keys->map, memory_free);
    map_deinit(&keys->map);
}

void seen_keys_add(struct seen_keys *keys, struct bytes key)
{
    struct seen_key *copy;

    if (seen_keys_has(keys, key))
        return;
    copy = memory_new(sizeof(*copy) + key.len);
    copy->len = key.len;
    memcpy(copy + 1, key.ptr, key.len);
    map_add(&keys->map, hash_bytes(key), copy);
}

bool seen_keys_has(const struct seen_keys *keys, struct bytes key)
{
    return map_find(&keys->map, hash_bytes(key), is_key, &key) != NULL;
}
