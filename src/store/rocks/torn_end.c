#include "store/rocks/torn_end.h"

#include "base/crc32c.h"
#include "base/log.h"
#include "store/rocks/coding.h"
#include "store/rocks/file.h"
#include "store/rocks/log_format.h"
#include "store/rocks/log_reader.h"
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#define SECTOR_BYTES 512

/* A look through the end of one log. */
struct look {
    enum torn_kind kind;
    struct bytes rest;  /* of the file, from the block on */
    struct bytes block; /* shorter than a block: the file ends there */
    bool in_record;     /* behind a FIRST or MIDDLE */
    bool torn;          /* what follows is torn */
    bool damaged;       /* or this */
};

/* ---- pieces */

static uint32_t number_at(const char *at)
{
    const unsigned char *byte = (const unsigned char *)at;
    return (uint32_t)byte[0] | (uint32_t)byte[1] << 8 | (uint32_t)byte[2] << 16 |
           (uint32_t)byte[3] << 24;
}

static size_t length_of(const char *piece)
{
    return (size_t)(unsigned char)piece[4] | (size_t)(unsigned char)piece[5] << 8;
}

static bool matches_checksum(const char *piece)
{
    uint32_t crc = crc32c(0, bytes_of(piece + 6, 1 + length_of(piece)));
    return number_at(piece) == coding_mask(crc);
}

/* Is there a sector of which all that belongs to this stretch is zero? */
static bool has_unwritten_sector(const struct look *look, size_t begin, size_t end)
{
    for (size_t at = begin; at < end;) {
        size_t next = (at / SECTOR_BYTES + 1) * SECTOR_BYTES;
        if (next > end)
            next = end;
        if (bytes_are_zero(bytes_of(look->block.ptr + at, next - at)))
            return true;
        at = next;
    }
    return false;
}

/* The header may be what is damaged: where its length was raised the piece goes on into zeros. */
static bool was_shorter(const struct look *look, size_t begin, size_t end)
{
    const char *piece = look->block.ptr + begin;

    return log_piece_was_shorter(number_at(piece), bytes_of(piece + 6, end - begin - 6));
}

/* Was a write to a log cut off, at any byte, in the room that there was for it (log_room)? Then all
 * is zero from there on, also where the piece that ends at `end` would have had something else: as
 * its last byte when it is the last of a record (the seal, rocks.c) or no more than a header, and
 * behind it when another piece follows, which is so at the end of a block alone. */
static bool is_cut_off(const struct look *look, size_t end, enum piece_type type)
{
    if (look->kind != TORN_WRITE)
        return false;
    if (type == PIECE_FIRST || type == PIECE_MIDDLE)
        return end == LOG_BLOCK_BYTES && bytes_are_zero(bytes_skip(look->rest, end));
    return end < look->rest.len && bytes_are_zero(bytes_skip(look->rest, end - 1));
}

/* ---- records */

/* Something between `begin` and `end`, which is a piece or its header, is not as it was written. */
static void note_bad(struct look *look, size_t begin, size_t end, enum piece_type type)
{
    if (look->torn)
        return;
    look->torn = !was_shorter(look, begin, end) &&
                 (has_unwritten_sector(look, begin, end) || is_cut_off(look, end, type));
    look->damaged |= !look->torn;
}

/* A piece that matches its checksum. */
static void note_good(struct look *look, enum piece_type type)
{
    bool begins = type == PIECE_WHOLE || type == PIECE_FIRST;

    if (look->torn) {
        look->damaged |= begins && look->kind == TORN_WRITE;
        return;
    }
    if (begins == look->in_record) {
        look->damaged = true;
        return;
    }
    look->in_record = type == PIECE_FIRST || type == PIECE_MIDDLE;
}

/* One piece; where the next one is, or the end of the block when nobody can say. */
static size_t look_at_piece(struct look *look, size_t at)
{
    const char *piece = look->block.ptr + at;
    size_t end = at + LOG_HEADER_BYTES + length_of(piece);
    enum piece_type type = (enum piece_type)piece[6];
    bool is_known = type >= PIECE_WHOLE && type <= PIECE_LAST;

    if (!is_known || end > LOG_BLOCK_BYTES) {
        note_bad(look, at, at + LOG_HEADER_BYTES, type);
        return look->block.len;
    }
    if (end > look->block.len)
        return look->block.len; /* cut off: RocksDB knows what to do */
    if (matches_checksum(piece))
        note_good(look, type);
    else
        note_bad(look, at, end, type);
    return end;
}

/* Each piece from `at` on. */
static void look_at_block(struct look *look, size_t at)
{
    while (!look->damaged && at + LOG_HEADER_BYTES <= look->block.len)
        at = look_at_piece(look, at);
}

bool torn_end_is(struct bytes file, size_t at, enum torn_kind kind)
{
    struct look look = { .kind = kind };
    size_t in_block = at % LOG_BLOCK_BYTES;

    for (at -= in_block; at < file.len && !look.damaged; at += LOG_BLOCK_BYTES, in_block = 0) {
        look.rest = look.block = bytes_skip(file, at);
        if (look.block.len > LOG_BLOCK_BYTES)
            look.block.len = LOG_BLOCK_BYTES;
        look_at_block(&look, in_block);
    }
    return look.torn && !look.damaged;
}

/* ---- cutting */

static bool cut(const char *path, size_t at)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    bool done = fd >= 0 && ftruncate(fd, (off_t)at) == 0 && fsync(fd) == 0;

    if (fd >= 0)
        close(fd);
    return done;
}

enum err torn_end_cut(const char *path, size_t at)
{
    if (!cut(path, at))
        return file_failed("could not drop an unfinished write", path);
    log_warn("the last write to the store was cut off, as by a loss of power; it was not "
             "acknowledged, and is dropped",
             LOG_CSTR("file", path), LOG_NUMBER("from", (int64_t)at));
    return OK;
}
