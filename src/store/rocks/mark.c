/*
 * The file TURN: the number (u64, big-endian), and its CRC-32C (u32).
 */
#include "store/rocks/mark.h"

#include "base/crc32c.h"
#include "base/log.h"
#include "base/memory.h"
#include "store/pack.h"
#include "store/rocks/file.h"

#define MARK_BYTES 12

static uint64_t parse(struct bytes content)
{
    struct unpacker unpacker = unpacker_of(content);
    uint64_t turn = unpack_u64(&unpacker);
    uint32_t sum = unpack_u32(&unpacker);

    return unpacker_is_done(&unpacker) && crc32c(0, bytes_of(content.ptr, 8)) == sum ? turn : 0;
}

uint64_t mark_read(const char *path)
{
    char *file = file_path(path, "TURN");
    struct bytes content;
    uint64_t turn = 0;

    if (file_map(file, &content) == OK) {
        turn = parse(content);
        file_unmap(content);
        if (turn == 0)
            log_warn("the mark of the newest turn cannot be read; it will be made anew",
                     LOG_CSTR("path", file));
    }
    memory_free(file);
    return turn;
}

/* The sync of the folder that is in this makes the name of the log durable that was begun when the
 * buffers were written out: the list of files names it already. */
enum err mark_write(const char *path, uint64_t turn)
{
    char *file = file_path(path, "TURN");
    char content[MARK_BYTES];
    struct packer packer = packer_at(content, sizeof(content));

    pack_u64(&packer, turn);
    pack_u32(&packer, crc32c(0, bytes_of(content, 8)));
    enum err err = file_replace(file, bytes_of(content, sizeof(content)));
    memory_free(file);
    return err;
}
