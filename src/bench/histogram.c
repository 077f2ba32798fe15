#include "bench/histogram.h"

#define SLOT_BITS 5 /* 32 slots for each power of two; numbers below 64 have one each */
#define VALUE_MAX ((UINT64_C(1) << 41) - 1)

static uint32_t slot_of(uint64_t value)
{
    if (value < UINT64_C(2) << SLOT_BITS)
        return (uint32_t)value;
    unsigned shift = 63 - (unsigned)__builtin_clzll(value) - SLOT_BITS;
    return ((uint32_t)shift << SLOT_BITS) + (uint32_t)(value >> shift);
}

uint64_t histogram_greatest_of(uint32_t slot)
{
    if (slot < 2u << SLOT_BITS)
        return slot;
    unsigned shift = (slot >> SLOT_BITS) - 1;
    uint64_t base = (slot & ((1u << SLOT_BITS) - 1)) + (UINT64_C(1) << SLOT_BITS);
    return ((base + 1) << shift) - 1;
}

void histogram_add(struct histogram *histogram, uint64_t value)
{
    if (value > VALUE_MAX)
        value = VALUE_MAX;
    histogram->count++;
    histogram->sum += value;
    if (value > histogram->max)
        histogram->max = value;
    histogram->slots[slot_of(value)]++;
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
    into->count += from->count;
    into->sum += from->sum;
    if (from->max > into->max)
        into->max = from->max;
    for (uint32_t i = 0; i < HISTOGRAM_SLOTS; i++)
        into->slots[i] += from->slots[i];
}

/* Counts from the lowest slot until enough are seen. */
uint64_t histogram_quantile(const struct histogram *histogram, double share)
{
    double wanted = share * (double)histogram->count;
    uint64_t seen = 0;

    for (uint32_t i = 0; i < HISTOGRAM_SLOTS; i++) {
        seen += histogram->slots[i];
        if (histogram->slots[i] && (double)seen >= wanted) {
            uint64_t value = histogram_greatest_of(i);
            return value < histogram->max ? value : histogram->max;
        }
    }
    return histogram->max;
}
