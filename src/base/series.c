/*
 * Blocks of ascending numbers, one behind the other. No block is empty, and of two neighbours one
 * is more than a quarter full. A full last block is followed by a new one, so that numbers that
 * only rise fill every block to the brim; elsewhere a full block is cut in half.
 */
#include "base/series.h"

#include "base/ensure.h"
#include "base/memory.h"
#include <string.h>

#define BLOCK_NUMBERS_MAX 256
#define BLOCK_NUMBERS_FIRST 2

struct series_block {
    uint64_t *numbers;
    uint32_t count, capacity;
};

void series_deinit(struct series *series)
{
    for (uint32_t i = 0; i < series->block_count; i++)
        memory_free(series->blocks[i].numbers);
    memory_free(series->blocks);
    *series = (struct series){ 0 };
}

/* ---- blocks ---- */

static struct series_block *insert_block(struct series *series, uint32_t at)
{
    struct series_block *blocks;

    if (series->block_count == series->block_capacity) {
        series->block_capacity = series->block_capacity ? series->block_capacity * 2 : 1;
        series->blocks = memory_resize(series->blocks,
                                       series->block_capacity * sizeof(*series->blocks));
    }
    blocks = series->blocks;
    memmove(&blocks[at + 1], &blocks[at], (series->block_count - at) * sizeof(*blocks));
    blocks[at] = (struct series_block){ 0 };
    series->block_count++;
    return &blocks[at];
}

static void remove_block(struct series *series, uint32_t at)
{
    struct series_block *blocks = series->blocks;

    memory_free(blocks[at].numbers);
    series->block_count--;
    memmove(&blocks[at], &blocks[at + 1], (series->block_count - at) * sizeof(*blocks));
    if (series->block_count == 0)
        series_deinit(series);
}

static void make_room(struct series_block *block, uint32_t count)
{
    uint32_t capacity = block->capacity ? block->capacity : BLOCK_NUMBERS_FIRST;

    while (capacity < count)
        capacity *= 2;
    if (capacity == block->capacity)
        return;
    block->numbers = memory_resize(block->numbers, capacity * sizeof(*block->numbers));
    block->capacity = capacity;
}

static void append(struct series_block *block, const uint64_t *numbers, uint32_t count)
{
    make_room(block, block->count + count);
    memcpy(block->numbers + block->count, numbers, count * sizeof(*numbers));
    block->count += count;
}

/* The second half of a full block goes into one of its own. */
static void split(struct series *series, uint32_t at)
{
    struct series_block *second = insert_block(series, at + 1);
    struct series_block *first = &series->blocks[at];

    first->count = BLOCK_NUMBERS_MAX / 2;
    append(second, first->numbers + first->count, BLOCK_NUMBERS_MAX / 2);
}

static void merge(struct series *series, uint32_t at)
{
    struct series_block *first, *second;

    if (at + 1 >= series->block_count)
        return;
    first = &series->blocks[at];
    second = &series->blocks[at + 1];
    if (first->count + second->count > BLOCK_NUMBERS_MAX / 2)
        return;
    append(first, second->numbers, second->count);
    remove_block(series, at + 1);
}

/* ---- finding ---- */

/* The first block whose last number is reached; block_count when there is none. */
static uint32_t find_block(const struct series *series, series_reached_fn *reached,
                           const void *context)
{
    uint32_t low = 0, high = series->block_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct series_block *block = &series->blocks[middle];

        if (reached(block->numbers[block->count - 1], context))
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static uint32_t find_in_block(const struct series_block *block, series_reached_fn *reached,
                              const void *context)
{
    uint32_t low = 0, high = block->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (reached(block->numbers[middle], context))
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

bool series_first_reached(const struct series *series, series_reached_fn *reached,
                          const void *context, struct series_place *place)
{
    place->block = find_block(series, reached, context);
    place->index = 0;
    if (place->block == series->block_count)
        return false;
    place->index = find_in_block(&series->blocks[place->block], reached, context);
    return true;
}

bool series_last_not_reached(const struct series *series, series_reached_fn *reached,
                             const void *context, struct series_place *place)
{
    if (series_first_reached(series, reached, context, place))
        return series_prev(series, place);
    if (series->block_count == 0)
        return false;
    place->block = series->block_count - 1;
    place->index = series->blocks[place->block].count - 1;
    return true;
}

static bool is_at_or_after(uint64_t number, const void *context)
{
    return number >= *(const uint64_t *)context;
}

static bool is_after(uint64_t number, const void *context)
{
    return number > *(const uint64_t *)context;
}

bool series_at_or_after(const struct series *series, uint64_t number, struct series_place *place)
{
    return series_first_reached(series, is_at_or_after, &number, place);
}

bool series_at_or_before(const struct series *series, uint64_t number, struct series_place *place)
{
    return series_last_not_reached(series, is_after, &number, place);
}

bool series_next(const struct series *series, struct series_place *place)
{
    if (++place->index < series->blocks[place->block].count)
        return true;
    place->index = 0;
    return ++place->block < series->block_count;
}

bool series_prev(const struct series *series, struct series_place *place)
{
    if (place->index > 0) {
        place->index--;
        return true;
    }
    if (place->block == 0)
        return false;
    place->block--;
    place->index = series->blocks[place->block].count - 1;
    return true;
}

uint64_t series_get(const struct series *series, struct series_place place)
{
    return series->blocks[place.block].numbers[place.index];
}

size_t series_distance(const struct series *series, struct series_place first,
                       struct series_place last)
{
    size_t count = 0;

    if (last.block < first.block || (last.block == first.block && last.index < first.index))
        return 0;
    for (uint32_t i = first.block; i < last.block; i++)
        count += series->blocks[i].count;
    return count + last.index + 1 - first.index;
}

size_t series_memory(const struct series *series)
{
    size_t bytes = series->block_capacity * sizeof(*series->blocks);

    for (uint32_t i = 0; i < series->block_count; i++)
        bytes += series->blocks[i].capacity * sizeof(uint64_t);
    return bytes;
}

/* ---- changing ---- */

static void append_last(struct series *series, uint64_t number)
{
    struct series_block *last = series->block_count ? &series->blocks[series->block_count - 1]
                                                    : NULL;

    if (last == NULL || last->count == BLOCK_NUMBERS_MAX)
        last = insert_block(series, series->block_count);
    append(last, &number, 1);
}

static void insert_at(struct series *series, struct series_place place, uint64_t number)
{
    struct series_block *block;

    if (series->blocks[place.block].count == BLOCK_NUMBERS_MAX) {
        split(series, place.block);
        if (place.index > BLOCK_NUMBERS_MAX / 2) {
            place.block++;
            place.index -= BLOCK_NUMBERS_MAX / 2;
        }
    }
    block = &series->blocks[place.block];
    make_room(block, block->count + 1);
    memmove(block->numbers + place.index + 1, block->numbers + place.index,
            (block->count - place.index) * sizeof(number));
    block->numbers[place.index] = number;
    block->count++;
}

/* So it is with numbers that rise: no need to search. */
static bool is_behind_all(const struct series *series, uint64_t number)
{
    const struct series_block *last;

    if (series->block_count == 0)
        return true;
    last = &series->blocks[series->block_count - 1];
    return last->numbers[last->count - 1] < number;
}

bool series_add(struct series *series, uint64_t number)
{
    struct series_place place;

    if (is_behind_all(series, number)) {
        append_last(series, number);
    } else {
        ensure(series_at_or_after(series, number, &place));
        if (series_get(series, place) == number)
            return false;
        insert_at(series, place, number);
    }
    series->count++;
    return true;
}

void series_remove(struct series *series, uint64_t number)
{
    struct series_place place;
    struct series_block *block;

    ensure(series_at_or_after(series, number, &place) && series_get(series, place) == number);
    block = &series->blocks[place.block];
    block->count--;
    memmove(block->numbers + place.index, block->numbers + place.index + 1,
            (block->count - place.index) * sizeof(number));
    series->count--;
    if (block->count == 0) {
        remove_block(series, place.block);
        return;
    }
    merge(series, place.block);
    if (place.block > 0)
        merge(series, place.block - 1);
}
