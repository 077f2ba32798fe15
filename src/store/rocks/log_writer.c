#include "store/rocks/log_writer.h"

#include "base/crc32c.h"
#include "base/text.h"
#include "store/rocks/coding.h"
#include "store/rocks/log_format.h"

#define RECORD_BYTES_MAX ((size_t)1 << 30)

static void append_piece(struct text *out, enum piece_type type, struct bytes content)
{
    char header[LOG_HEADER_BYTES] = { 0 };
    uint32_t sum;

    header[6] = (char)type;
    sum = coding_mask(crc32c(crc32c(0, bytes_of(header + 6, 1)), content));
    for (int i = 0; i < 4; i++)
        header[i] = (char)(sum >> (8 * i) & 0xff);
    header[4] = (char)(content.len & 0xff);
    header[5] = (char)(content.len >> 8 & 0xff);
    text_append(out, bytes_of(header, sizeof(header)));
    text_append(out, content);
}

static enum piece_type type_of(bool is_first, bool is_last)
{
    return is_first ? (is_last ? PIECE_WHOLE : PIECE_FIRST) : is_last ? PIECE_LAST : PIECE_MIDDLE;
}

static size_t left_of_block(size_t at)
{
    return LOG_BLOCK_BYTES - at % LOG_BLOCK_BYTES;
}

static void append_record(struct text *out, size_t end, struct bytes rest)
{
    bool is_first = true;

    do {
        while (left_of_block(end + out->len) < LOG_HEADER_BYTES)
            text_append_char(out, '\0');
        size_t room = left_of_block(end + out->len) - LOG_HEADER_BYTES;
        size_t len = rest.len < room ? rest.len : room;
        append_piece(out, type_of(is_first, len == rest.len), bytes_of(rest.ptr, len));
        rest = bytes_skip(rest, len);
        is_first = false;
    } while (rest.len);
}

struct bytes log_record(struct arena *arena, size_t end, struct bytes record)
{
    struct text out;

    text_init(&out, RECORD_BYTES_MAX);
    append_record(&out, end, record);
    struct bytes made = arena_copy(arena, text_bytes(&out));
    text_deinit(&out);
    return made;
}
