/*
 * At the end of a table lies its footer: the kind of its checksums, a handle of the block that
 * names the other blocks ("metaindex") and one of the index, some room, a version, and a number by
 * which a table is known. A handle is the place and the length of a block; behind the block stand a
 * byte, how it is compressed, and the checksum of both. The metaindex is a row of keys and handles,
 * and an array of places for seeks that is not needed here.
 */
#include "store/rocks/table_tail.h"

#include "base/crc32c.h"
#include "base/memory.h"
#include "store/rocks/coding.h"
#include "store/rocks/file.h"

#define FOOTER_BYTES 53
#define MAGIC UINT64_C(0x88e241b785f4cff7)
#define CHECKSUM_CRC32C 1
#define PROPERTIES "rocksdb.properties"
#define RESTARTS_MASK UINT32_C(0x7fffffff)

/* The block of the handle there, without what stands behind it; absent when it is damaged. */
static struct bytes take_block(struct bytes table, struct decoder *handle)
{
    uint64_t at = decode_varint(handle), size = decode_varint(handle);
    struct decoder behind;

    if (handle->failed || at > table.len || size > table.len - at || table.len - at - size < 5)
        return BYTES_ABSENT;
    behind.failed = false;
    behind.rest = bytes_skip(table, (size_t)(at + size + 1));
    if (decode_fixed(&behind, 4) !=
        coding_mask(crc32c(0, bytes_of(table.ptr + at, (size_t)size + 1))))
        return BYTES_ABSENT;
    return bytes_of(table.ptr + at, (size_t)size);
}

/* Without the array at its end; absent when that does not fit. */
static struct bytes entries_of(struct bytes block)
{
    struct decoder end = { .rest = block };
    uint64_t restarts;

    if (block.len < 4)
        return BYTES_ABSENT;
    end.rest = bytes_skip(block, block.len - 4);
    restarts = decode_fixed(&end, 4) & RESTARTS_MASK;
    if (restarts > block.len / 4 - 1)
        return BYTES_ABSENT;
    return bytes_of(block.ptr, block.len - 4 - 4 * (size_t)restarts);
}

/* The handle of this key; absent without. Keys are written whole here. */
static struct bytes find_handle(struct bytes entries, const char *wanted)
{
    struct decoder decoder = { .rest = entries };

    while (decoder.rest.len && !decoder.failed) {
        uint64_t shared = decode_varint(&decoder), key_len = decode_varint(&decoder);
        uint64_t value_len = decode_varint(&decoder);
        struct bytes key = decode_raw(&decoder, key_len), value = decode_raw(&decoder, value_len);

        if (!decoder.failed && shared == 0 && bytes_equal_cstr(key, wanted))
            return value;
    }
    return BYTES_ABSENT;
}

static bool is_whole(struct bytes table)
{
    struct decoder footer = { .rest = BYTES("") }, magic, handle;
    struct bytes metaindex, properties;

    if (table.len < FOOTER_BYTES)
        return false;
    footer.rest = bytes_skip(table, table.len - FOOTER_BYTES);
    magic = (struct decoder){ .rest = bytes_skip(table, table.len - 8) };
    if (decode_fixed(&magic, 8) != MAGIC)
        return false;
    if (decode_fixed(&footer, 1) != CHECKSUM_CRC32C)
        return true;
    metaindex = take_block(table, &footer);
    if (bytes_is_absent(metaindex))
        return false;
    properties = find_handle(entries_of(metaindex), PROPERTIES);
    handle = (struct decoder){ .rest = properties };
    return !bytes_is_absent(properties) && !bytes_is_absent(take_block(table, &handle));
}

bool table_tail_is_whole(const char *path)
{
    struct bytes table;
    bool whole;

    if (file_map(path, &table) != OK)
        return false;
    whole = is_whole(table);
    file_unmap(table);
    return whole;
}
