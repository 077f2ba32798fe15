#include "store/pack.h"

#include "base/ensure.h"
#include <endian.h>

/* Lengths that say "absent". */
#define ABSENT16 UINT16_MAX
#define ABSENT32 UINT32_MAX

struct packer packer_in(struct arena *arena, size_t size)
{
    return packer_at(arena_alloc_text(arena, size), size);
}

struct packer packer_at(void *ptr, size_t size)
{
    return (struct packer){ .ptr = ptr, .size = size };
}

void pack_raw(struct packer *packer, struct bytes raw)
{
    ensure(raw.len <= packer->size - packer->len);
    if (raw.len > 0)
        memcpy(packer->ptr + packer->len, raw.ptr, raw.len);
    packer->len += raw.len;
}

/* The last `size` bytes of the number. */
static void pack_number(struct packer *packer, uint64_t value, size_t size)
{
    uint64_t big_endian = htobe64(value);

    pack_raw(packer, bytes_of((char *)&big_endian + sizeof(big_endian) - size, size));
}

void pack_u8(struct packer *packer, uint8_t value)
{
    pack_number(packer, value, 1);
}

void pack_u16(struct packer *packer, uint16_t value)
{
    pack_number(packer, value, 2);
}

void pack_u32(struct packer *packer, uint32_t value)
{
    pack_number(packer, value, 4);
}

void pack_u64(struct packer *packer, uint64_t value)
{
    pack_number(packer, value, 8);
}

void pack_text16(struct packer *packer, struct bytes text)
{
    ensure(text.len <= TEXT16_BYTES_MAX);
    pack_u16(packer, bytes_is_absent(text) ? ABSENT16 : (uint16_t)text.len);
    pack_raw(packer, text);
}

void pack_text32(struct packer *packer, struct bytes text)
{
    ensure(text.len <= TEXT32_BYTES_MAX);
    pack_u32(packer, bytes_is_absent(text) ? ABSENT32 : (uint32_t)text.len);
    pack_raw(packer, text);
}

struct bytes packer_bytes(const struct packer *packer)
{
    ensure(packer->len == packer->size);
    return bytes_of(packer->ptr, packer->len);
}

struct bytes unpack_raw(struct unpacker *unpacker, size_t size)
{
    struct bytes rest = unpacker->rest;

    if (unpacker->failed || size > rest.len) {
        unpacker->failed = true;
        return BYTES_ABSENT;
    }
    unpacker->rest = bytes_skip(rest, size);
    return bytes_of(rest.ptr, size);
}

static uint64_t unpack_number(struct unpacker *unpacker, size_t size)
{
    struct bytes raw = unpack_raw(unpacker, size);
    uint64_t big_endian = 0;

    if (!bytes_is_absent(raw))
        memcpy((char *)&big_endian + sizeof(big_endian) - size, raw.ptr, size);
    return be64toh(big_endian);
}

uint8_t unpack_u8(struct unpacker *unpacker)
{
    return (uint8_t)unpack_number(unpacker, 1);
}

uint16_t unpack_u16(struct unpacker *unpacker)
{
    return (uint16_t)unpack_number(unpacker, 2);
}

uint32_t unpack_u32(struct unpacker *unpacker)
{
    return (uint32_t)unpack_number(unpacker, 4);
}

uint64_t unpack_u64(struct unpacker *unpacker)
{
    return unpack_number(unpacker, 8);
}

struct bytes unpack_text16(struct unpacker *unpacker)
{
    uint16_t len = unpack_u16(unpacker);
    return len == ABSENT16 ? BYTES_ABSENT : unpack_raw(unpacker, len);
}

struct bytes unpack_text32(struct unpacker *unpacker)
{
    uint32_t len = unpack_u32(unpacker);
    return len == ABSENT32 ? BYTES_ABSENT : unpack_raw(unpacker, len);
}

bool unpacker_is_done(const struct unpacker *unpacker)
{
    return !unpacker->failed && unpacker->rest.len == 0;
}
