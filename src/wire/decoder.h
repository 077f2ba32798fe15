/*
 * decoder - the mechanism of decode.h: one parsed JSON value into one struct, led by a shape.
 *
 * Depth is bounded by the shapes, which do not contain themselves; what lies outside of them is
 * skipped. Stops at the first wrong type. Checks no constraint.
 */
#ifndef WIRE_DECODER_H
#define WIRE_DECODER_H

#include "base/arena.h"
#include "base/ensure.h"
#include "wire/constraint.h"
#include "wire/json.h"
#include "wire/shape.h"

struct decoder {
    struct arena *arena; /* for everything that the result points to */
    struct bytes wrong;  /* why decoding stopped: the text of a SerializationException */
    const struct unknown_word *words; /* those met so far, newest first */
};

/* Fills the zeroed struct of `shape` at `object`; false, with decoder->wrong, for a wrong type. */
must_use bool decoder_read(struct decoder *decoder, const struct shape *shape,
                           struct json_value value, void *object);

/* Milliseconds since 1970 of a time in seconds, rounded; absurd times become the nearest that is
 * not. */
struct instant instant_of_seconds(double seconds);

#endif
