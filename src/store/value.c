#include "store/value.h"

#include "base/crc32c.h"

struct packer value_begin(struct arena *arena, size_t content_size)
{
    struct packer packer = packer_in(arena, VALUE_HEADER_BYTES + content_size);
    pack_u8(&packer, VALUE_FORMAT);
    pack_u32(&packer, 0); /* value_seal fills it in */
    return packer;
}

static uint32_t checksum(struct bytes key, struct bytes value)
{
    uint32_t sum = crc32c(0, key);
    sum = crc32c(sum, bytes_of(value.ptr, 1));
    return crc32c(sum, bytes_skip(value, VALUE_HEADER_BYTES));
}

struct bytes value_seal(struct packer *packer, struct bytes key)
{
    struct bytes value = packer_bytes(packer);
    struct packer header = packer_at(packer->ptr + 1, 4);

    pack_u32(&header, checksum(key, value));
    return value;
}

struct bytes value_of(struct arena *arena, struct bytes key, struct bytes content)
{
    struct packer packer = value_begin(arena, content.len);
    pack_raw(&packer, content);
    return value_seal(&packer, key);
}

bool value_open(struct bytes key, struct bytes value, struct bytes *content)
{
    struct unpacker unpacker = unpacker_of(value);
    uint8_t format = unpack_u8(&unpacker);
    uint32_t sum = unpack_u32(&unpacker);

    if (unpacker.failed || format != VALUE_FORMAT || sum != checksum(key, value))
        return false;
    *content = unpacker.rest;
    return true;
}
