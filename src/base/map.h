/*
 * map - a hash set of pointers to objects that hold their own keys.
 *
 * The caller hashes (base/hash.h) and compares. Order is not defined, so it is not offered: there
 * is no iteration but the one that empties it. An empty map holds no memory. The owner keeps the
 * objects.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map_slot {
    uint64_t hash;
    void *object; /* NULL: empty */
};

struct map {
    struct map_slot *slots;
    uint32_t count;
    uint32_t capacity; /* 0 or a power of two */
};

/* Does `object`, which is in the map, have this key? */
typedef bool map_matches_fn(const void *object, const void *key);

/* Gives the slots back; the objects are the caller's. A zeroed map is a valid empty one. */
void map_deinit(struct map *map);

/* The object with this key, or NULL. */
void *map_find(const struct map *map, uint64_t hash, map_matches_fn *matches, const void *key);

/* Makes room for so many objects at once. */
void map_reserve(struct map *map, uint32_t count);

/* Adds `object`; its key must not be there yet. */
void map_add(struct map *map, uint64_t hash, void *object);

/* Takes `object` (by address) out; it must be there under this hash. */
void map_remove(struct map *map, uint64_t hash, void *object);

/* Calls `visit` on every object, in no order, then empties the map: for tearing down. */
void map_drain(struct map *map, void (*visit)(void *object));

#endif
