/*
 * coding - numbers and texts as RocksDB writes them into its logs: little-endian, or in groups of
 * seven bits, lowest first; a text with its length before it.
 *
 * A sticky cursor: after a read past the end everything is zero and `failed` is set; look once.
 */
#ifndef STORE_ROCKS_CODING_H
#define STORE_ROCKS_CODING_H

#include "base/bytes.h"
#include <stdint.h>

struct decoder {
    struct bytes rest;
    bool failed;
};

static inline struct bytes decode_raw(struct decoder *decoder, uint64_t size)
{
    struct bytes taken = { decoder->rest.ptr, (size_t)size };

    if (decoder->failed || size > decoder->rest.len) {
        decoder->failed = true;
        return BYTES("");
    }
    decoder->rest = bytes_skip(decoder->rest, (size_t)size);
    return taken;
}

static inline uint64_t decode_fixed(struct decoder *decoder, unsigned size)
{
    struct bytes raw = decode_raw(decoder, size);
    uint64_t value = 0;

    for (size_t i = raw.len; i-- > 0;)
        value = value << 8 | (uint8_t)raw.ptr[i];
    return value;
}

static inline uint64_t decode_varint(struct decoder *decoder)
{
    uint64_t value = 0;

    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint64_t group = decode_fixed(decoder, 1);
        value |= (group & 0x7f) << shift;
        if (group < 0x80)
            return value;
    }
    decoder->failed = true;
    return 0;
}

/* A checksum as it is stored: one of bytes that hold checksums would be none. */
static inline uint32_t coding_mask(uint32_t sum)
{
    return (sum >> 15 | sum << 17) + UINT32_C(0xa282ead8);
}

static inline struct bytes decode_text(struct decoder *decoder)
{
    return decode_raw(decoder, decode_varint(decoder));
}

#endif
