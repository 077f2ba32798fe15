/*
 * traffic - what the loops have answered: calls, faults and how long each took, by operation.
 *
 * Each loop counts for itself, in plain loads and stores; whoever is asked for the figures adds
 * them up. A call's time is from the last byte of its request to the handing over of its answer to
 * the kernel, so that of a poll holds the wait.
 */
#ifndef NET_TRAFFIC_H
#define NET_TRAFFIC_H

#include "base/text.h"
#include "model/fault.h"
#include "model/operation.h"
#include <stdatomic.h>

#define TRAFFIC_BUCKETS 16
#define TRAFFIC_UNKNOWN OPERATION_COUNT /* no operation could be made out */

/* One writer, any readers. */
struct traffic {
    _Atomic uint64_t buckets[OPERATION_COUNT + 1][TRAFFIC_BUCKETS];
    _Atomic uint64_t sum_us[OPERATION_COUNT + 1];
    _Atomic uint64_t faults[OPERATION_COUNT + 1][FAULT_COUNT];
};

/* An answer has gone out; `fault` may be FAULT_NONE. */
void traffic_note(struct traffic *traffic, int operation, enum fault_code fault, uint64_t took_us);

/* Appends the sum of `count` of them as Prometheus text. */
void traffic_write(const struct traffic *traffic, size_t count, struct text *out);

/* Appends what the operating system says of this process: CPU, memory, files, bytes written. */
void traffic_write_process(struct text *out);

#endif
