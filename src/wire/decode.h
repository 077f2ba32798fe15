/*
 * decode - JSON into the typed structs of the model, led by the tables of wire/shape.h.
 *
 * Checks come in the service's order: JSON syntax, then types (SerializationException), then the
 * model's constraints over the whole input, up to ten problems in one ValidationException. What the
 * service checks by itself comes later, after permission: wire/rules.h. API reference: "Common
 * Errors", and the constraints of every operation's parameters.
 */
#ifndef WIRE_DECODE_H
#define WIRE_DECODE_H

#include "base/arena.h"
#include "model/event.h"
#include "model/fault.h"
#include "model/operation.h"
#include "wire/json.h"
#include "wire/shape.h"

/* Finds the operation that an X-Amz-Target header names: "SimpleWorkflowService.X" or the long form
 * "com.amazonaws.swf.service.model.SimpleWorkflowService.X", case-sensitive; false for anything
 * else. */
must_use bool decode_target(struct bytes target, enum operation *out);

/* What decoding a body and checking it takes of an arena at most: an empty decision is three bytes
 * in a body and 112 in memory, and nothing grows more than that. A request's arena must have room
 * for it, or a caller could stop the process. */
#define DECODE_ARENA_BYTES(body_bytes) ((size_t)(body_bytes)*48 + ((size_t)1 << 20))

/* Decodes the body of a call. `body` has JSON_PADDING readable bytes behind it. On success
 * everything that `out` points to lives in `arena` and is owned by it; else a FAULT_SERIALIZATION
 * or FAULT_VALIDATION whose text lives in `arena`. A decoded decision always has the attributes of
 * its own type: empty ones when it was sent without and its type demands none. */
struct fault decode_request(struct json_reader *reader, enum operation operation, struct bytes body,
                            struct arena *arena, struct request *out);

/* Decodes one JSON text into the struct of `shape` (size shape->size, zeroed first), without
 * constraints: for replies and for what this program stored itself. Unknown members are ignored.
 * False when it is not JSON or a type is wrong. */
must_use bool decode_shape(struct json_reader *reader, const struct shape *shape, struct bytes json,
                           struct arena *arena, void *out);

/* Decodes one event, of a text that is parsed already; false when it is not an event of the model.
 * A time that is not a number is left at 0. */
must_use bool decode_event(struct json_value value, struct arena *arena, struct event *event);

/* Decodes `count` events, each a JSON text as encode_event writes it, into items[0..count-1]; false
 * when one is not an event of the model. */
must_use bool decode_events(struct json_reader *reader, const struct bytes *jsons, size_t count,
                            struct arena *arena, struct event *items);

/* For clients: the member "events" of a reply (GetWorkflowExecutionHistory, PollForDecisionTask),
 * decoded. */
must_use bool decode_history(struct json_reader *reader, struct bytes body, struct arena *arena,
                             struct event **items, size_t *count);

#endif
