/*
 * pack - numbers and texts in stored bytes: big-endian, each text behind its length.
 *
 * A packer fills memory whose size was computed before; another size than that is a bug of ours. An
 * unpacker reads bytes that may be damaged: what does not fit makes it `failed`, reads after that
 * give zeroes, and the owner looks once at the end. What it gives out is borrowed from the bytes it
 * reads.
 */
#ifndef STORE_PACK_H
#define STORE_PACK_H

#include "base/arena.h"
#include "base/bytes.h"
#include <stdbool.h>
#include <stdint.h>

struct packer {
    char *ptr;
    size_t len;
    size_t size;
};

/* One that will hold exactly `size` bytes, which lie in `arena`. */
struct packer packer_in(struct arena *arena, size_t size);
/* One that will hold exactly the `size` bytes at `ptr`. */
struct packer packer_at(void *ptr, size_t size);

void pack_u8(struct packer *packer, uint8_t value);
void pack_u16(struct packer *packer, uint16_t value);
void pack_u32(struct packer *packer, uint32_t value);
void pack_u64(struct packer *packer, uint64_t value);
void pack_raw(struct packer *packer, struct bytes raw);
/* Behind a length of two bytes; an absent text is told from an empty one. At most TEXT16_BYTES_MAX
 * bytes. */
void pack_text16(struct packer *packer, struct bytes text);
/* The same with four bytes, for up to TEXT32_BYTES_MAX. */
void pack_text32(struct packer *packer, struct bytes text);

/* What was packed; the size that was promised. */
struct bytes packer_bytes(const struct packer *packer);

#define TEXT16_BYTES_MAX ((size_t)0xfffe)
#define TEXT32_BYTES_MAX ((size_t)0xfffffffe)

static inline size_t text16_size(struct bytes text)
{
    return 2 + text.len;
}
static inline size_t text32_size(struct bytes text)
{
    return 4 + text.len;
}

struct unpacker {
    struct bytes rest;
    bool failed;
};

static inline struct unpacker unpacker_of(struct bytes bytes)
{
    return (struct unpacker){ .rest = bytes };
}
uint8_t unpack_u8(struct unpacker *unpacker);
uint16_t unpack_u16(struct unpacker *unpacker);
uint32_t unpack_u32(struct unpacker *unpacker);
uint64_t unpack_u64(struct unpacker *unpacker);
struct bytes unpack_raw(struct unpacker *unpacker, size_t size);
struct bytes unpack_text16(struct unpacker *unpacker);
struct bytes unpack_text32(struct unpacker *unpacker);

/* Did everything fit, with nothing left over? */
bool unpacker_is_done(const struct unpacker *unpacker);

#endif
