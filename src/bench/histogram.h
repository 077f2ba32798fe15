/*
 * histogram - how often a number of microseconds was seen, to within 3 %, in fixed memory.
 *
 * Each power of two has 32 slots of one width. Numbers beyond 2^40 (twelve days) count as that.
 */
#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_SLOTS (37 * 32)

/* A zeroed one is empty. */
struct histogram {
    uint64_t count, sum, max;
    uint32_t slots[HISTOGRAM_SLOTS];
};

void histogram_add(struct histogram *histogram, uint64_t value);
/* Adds all of `from` to `into`. */
void histogram_merge(struct histogram *into, const struct histogram *from);
/* The smallest value at or below which `share` (0 to 1) of all lie; never above the greatest one
 * seen. 0 when it is empty. */
uint64_t histogram_quantile(const struct histogram *histogram, double share);
/* The greatest number that falls into a slot. */
uint64_t histogram_greatest_of(uint32_t slot);

#endif
