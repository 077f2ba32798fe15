/*
 * traffic - what the loops have answered: calls, faults and how long each took, by operation; and
 * whom they did not serve.
 *
 * Each loop counts for itself, in plain loads and stores; whoever is asked for the figures adds
 * them up. A call's time is from the last byte of its request to the handing over of its answer to
 * the kernel, so that of a poll holds the wait.
 */
#ifndef NET_TRAFFIC_H
#define NET_TRAFFIC_H

#include "base/durations.h"
#include "base/text.h"
#include "model/fault.h"
#include "model/operation.h"
#include <stdatomic.h>

#define TRAFFIC_UNKNOWN OPERATION_COUNT /* no operation could be made out */

/* The statuses with which what is no call is refused. */
#define TRAFFIC_REFUSALS 7

/* What becomes of clients that are not answered at all. */
enum traffic_loss {
    TRAFFIC_CONNECTION_REFUSED, /* there are too many, of all or of one address */
    TRAFFIC_HANDSHAKE_FAILED,   /* of TLS; also those that the client gave up, or took too long */
    TRAFFIC_CLIENT_GIVEN_UP,    /* it did not take its answer, or was too heavy */
    TRAFFIC_LOSS_COUNT
};

/* One writer, any readers. */
struct traffic {
    struct durations times[OPERATION_COUNT + 1];
    _Atomic uint64_t faults[OPERATION_COUNT + 1][FAULT_COUNT];
    _Atomic uint64_t refusals[TRAFFIC_REFUSALS];
    _Atomic uint64_t losses[TRAFFIC_LOSS_COUNT];
};

/* An answer has gone out; `fault` may be FAULT_NONE. */
void traffic_note(struct traffic *traffic, int operation, enum fault_code fault, uint64_t took_us);

/* A request was refused with `status` before it was a call. */
void traffic_note_refusal(struct traffic *traffic, int status);

void traffic_note_loss(struct traffic *traffic, enum traffic_loss loss);

/* Appends the sum of `count` of them as Prometheus text. */
void traffic_write(const struct traffic *traffic, size_t count, struct text *out);

/* Appends what the operating system says of this process: CPU, memory, bytes written. */
void traffic_write_process(struct text *out);

#endif
