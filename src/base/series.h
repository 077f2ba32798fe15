/*
 * series - an ordered set of numbers that mostly grows at its end, in eight bytes a number.
 *
 * For indexes of which there are many with few numbers and few with millions. Adding at the end is
 * cheap, anywhere else it moves some hundred numbers at most. Not shared between threads.
 */
#ifndef BASE_SERIES_H
#define BASE_SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct series_block;

/* A zeroed one is a valid empty one. */
struct series {
    struct series_block *blocks;
    uint32_t block_count, block_capacity;
    size_t count;
};

/* Where a number stands; good until the series changes. */
struct series_place {
    uint32_t block, index;
};

/* Gives its memory back. */
void series_deinit(struct series *series);

/* Adds a number; false, and nothing changes, when it is there already. */
bool series_add(struct series *series, uint64_t number);
/* Takes a number out, which must be there. */
void series_remove(struct series *series, uint64_t number);

/* Does what is looked for begin at this number or before it? Once true, true for all that follow.
 */
typedef bool series_reached_fn(uint64_t number, const void *context);

/* Each sets *place and returns true, or returns false when there is no such number. */
bool series_first_reached(const struct series *series, series_reached_fn *reached,
                          const void *context, struct series_place *place);
bool series_last_not_reached(const struct series *series, series_reached_fn *reached,
                             const void *context, struct series_place *place);
bool series_at_or_after(const struct series *series, uint64_t number, struct series_place *place);
bool series_at_or_before(const struct series *series, uint64_t number, struct series_place *place);
bool series_next(const struct series *series, struct series_place *place);
bool series_prev(const struct series *series, struct series_place *place);

uint64_t series_get(const struct series *series, struct series_place place);
/* How many numbers there are from `first` to `last`, both included; 0 when they are the other way
 * round. */
size_t series_distance(const struct series *series, struct series_place first,
                       struct series_place last);
/* What it has allocated. */
size_t series_memory(const struct series *series);

#endif
