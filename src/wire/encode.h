/*
 * encode - typed structs into JSON as the service writes it: compact, members in alphabetical
 * order, absent ones left out.
 */
#ifndef WIRE_ENCODE_H
#define WIRE_ENCODE_H

#include "base/arena.h"
#include "base/text.h"
#include "model/fault.h"
#include "model/operation.h"
#include "wire/shape.h"

/* The struct of `shape` at `value`. */
void encode_shape(struct text *out, const struct shape *shape, const void *value);

/* The body of a successful answer: the operation's output structure, or nothing for an operation
 * without one. */
void encode_reply(struct text *out, enum operation operation, const void *output);

/* The body of a call: for clients. */
void encode_request(struct text *out, const struct request *request);

/* One history event: eventId, eventTimestamp, eventType and its attributes, in alphabetical order.
 */
void encode_event(struct text *out, const struct event *event);

/* The body of a fault: {"__type":"...","message":"..."}. */
void encode_fault(struct text *out, struct fault fault);

/* A JSON array of `count` texts that are JSON already, in the arena: they are copied as they are.
 */
struct bytes encode_array(const struct bytes *jsons, size_t count, struct arena *arena);

#endif
