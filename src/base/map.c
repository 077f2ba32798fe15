/*
 * Open addressing with linear probing. An object lies at the slot of its hash or after it, and no
 * slot in between is empty (M1). Removal keeps that by moving later objects back, so there are no
 * tombstones and a map that changes all day stays as fast as a fresh one. At most three quarters of
 * the slots are taken (M2), so every search ends.
 */
#include "base/map.h"

#include "base/ensure.h"
#include "base/memory.h"

#define CAPACITY_MIN 8

static uint32_t home(const struct map *map, uint64_t hash)
{
    return (uint32_t)hash & (map->capacity - 1);
}

static uint32_t following(const struct map *map, uint32_t i)
{
    return (i + 1) & (map->capacity - 1);
}

static void put(struct map *map, uint64_t hash, void *object)
{
    uint32_t i = home(map, hash);

    while (map->slots[i].object)
        i = following(map, i);
    map->slots[i] = (struct map_slot){ hash, object };
}

static void grow(struct map *map, uint32_t capacity)
{
    struct map old = *map;

    map->capacity = capacity;
    map->slots = memory_new(map->capacity * sizeof(*map->slots));
    for (uint32_t i = 0; i < old.capacity; i++)
        if (old.slots[i].object)
            put(map, old.slots[i].hash, old.slots[i].object);
    memory_free(old.slots);
}

/* M2 */
static bool is_full(uint32_t count, uint32_t capacity)
{
    return count >= capacity / 4 * 3;
}

static uint32_t next_capacity(uint32_t capacity)
{
    ensure(capacity <= UINT32_MAX / 2);
    return capacity ? capacity * 2 : CAPACITY_MIN;
}

void map_reserve(struct map *map, uint32_t count)
{
    uint32_t capacity = map->capacity;

    while (count > 0 && is_full(count - 1, capacity))
        capacity = next_capacity(capacity);
    if (capacity != map->capacity)
        grow(map, capacity);
}

void map_deinit(struct map *map)
{
    memory_free(map->slots);
    *map = (struct map){ 0 };
}

void *map_find(const struct map *map, uint64_t hash, map_matches_fn *matches, const void *key)
{
    if (map->count == 0)
        return NULL;
    for (uint32_t i = home(map, hash); map->slots[i].object; i = following(map, i))
        if (map->slots[i].hash == hash && matches(map->slots[i].object, key))
            return map->slots[i].object;
    return NULL;
}

void map_add(struct map *map, uint64_t hash, void *object)
{
    ensure(object);
    if (is_full(map->count, map->capacity))
        grow(map, next_capacity(map->capacity));
    put(map, hash, object);
    map->count++;
}

/* Empties slot `hole` and keeps M1: what may lie there moves in, and leaves the next hole. */
static void close_hole(struct map *map, uint32_t hole)
{
    uint32_t mask = map->capacity - 1;

    for (uint32_t i = following(map, hole); map->slots[i].object; i = following(map, i)) {
        uint32_t from_home = (i - home(map, map->slots[i].hash)) & mask;
        uint32_t from_hole = (i - hole) & mask;
        if (from_home < from_hole)
            continue; /* its home lies after the hole */
        map->slots[hole] = map->slots[i];
        hole = i;
    }
    map->slots[hole] = (struct map_slot){ 0 };
}

void map_remove(struct map *map, uint64_t hash, void *object)
{
    ensure(map->count > 0);
    uint32_t i = home(map, hash);
    while (map->slots[i].object != object) {
        ensure(map->slots[i].object);
        i = following(map, i);
    }
    close_hole(map, i);
    map->count--;
    if (map->count == 0)
        map_deinit(map);
}

void map_drain(struct map *map, void (*visit)(void *object))
{
    struct map old = *map;

    *map = (struct map){ 0 }; /* `visit` finds an empty map, not a half-drained one */
    for (uint32_t i = 0; i < old.capacity; i++)
        if (old.slots[i].object)
            visit(old.slots[i].object);
    map_deinit(&old);
}
