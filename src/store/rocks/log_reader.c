#include "store/rocks/log_reader.h"

#include "base/crc32c.h"
#include "store/rocks/coding.h"
#include "store/rocks/log_format.h"

#define RECORD_BYTES_MAX ((size_t)4 << 30)

struct piece {
    uint32_t sum;
    enum piece_type type;
    struct bytes content;
};

bool log_piece_was_shorter(uint32_t sum, struct bytes type_and_content)
{
    uint32_t running = 0;

    for (size_t i = 0; i < type_and_content.len; i++) {
        running = crc32c(running, bytes_of(type_and_content.ptr + i, 1));
        if (i > 0 && coding_mask(running) == sum)
            return true;
    }
    return false;
}

void log_reader_init(struct log_reader *reader, struct bytes log)
{
    *reader = (struct log_reader){ .log = log };
    text_init(&reader->joined, RECORD_BYTES_MAX);
}

void log_reader_deinit(struct log_reader *reader)
{
    text_deinit(&reader->joined);
}

/* Reads the piece at `at`, which is not at the end. */
static enum log_state read_piece(struct bytes log, size_t at, struct piece *piece)
{
    struct decoder decoder = { .rest = bytes_skip(log, at) };
    size_t left = decoder.rest.len, left_of_block = LOG_BLOCK_BYTES - at % LOG_BLOCK_BYTES;
    size_t len;

    if (left < LOG_HEADER_BYTES || bytes_are_zero(decoder.rest))
        return LOG_TORN;
    piece->sum = (uint32_t)decode_fixed(&decoder, 4);
    len = (size_t)decode_fixed(&decoder, 2);
    piece->type = (enum piece_type)decode_fixed(&decoder, 1);
    if (piece->type < PIECE_WHOLE || piece->type > PIECE_LAST ||
        LOG_HEADER_BYTES + len > left_of_block)
        return LOG_DAMAGED;
    if (LOG_HEADER_BYTES + len > left)
        return log_piece_was_shorter(piece->sum, bytes_skip(log, at + LOG_HEADER_BYTES - 1))
                   ? LOG_DAMAGED
                   : LOG_TORN;
    piece->content = decode_raw(&decoder, len);
    return coding_mask(crc32c(0, bytes_of(piece->content.ptr - 1, len + 1))) == piece->sum
               ? LOG_GOOD
               : LOG_DAMAGED;
}

static size_t skip_rest_of_block(size_t at)
{
    size_t left_of_block = LOG_BLOCK_BYTES - at % LOG_BLOCK_BYTES;

    return left_of_block < LOG_HEADER_BYTES ? at + left_of_block : at;
}

/* Does a piece of this type belong behind what there is of a record? */
static bool fits(enum piece_type type, bool is_in_record)
{
    return (type == PIECE_WHOLE || type == PIECE_FIRST) != is_in_record;
}

/* The next piece of the record that begins at `record_at`; false when there is none. */
static bool next_piece(struct log_reader *reader, struct piece *piece)
{
    bool is_in_record = reader->at != reader->record_at;

    reader->at = skip_rest_of_block(reader->at);
    if (reader->at >= reader->log.len) {
        reader->state = is_in_record ? LOG_TORN : LOG_GOOD;
        return false;
    }
    reader->state = read_piece(reader->log, reader->at, piece);
    if (reader->state == LOG_GOOD && !fits(piece->type, is_in_record))
        reader->state = LOG_DAMAGED;
    reader->at += reader->state == LOG_GOOD ? LOG_HEADER_BYTES + piece->content.len : 0;
    return reader->state == LOG_GOOD;
}

bool log_reader_next(struct log_reader *reader, struct bytes *record)
{
    struct piece piece;

    reader->at = skip_rest_of_block(reader->at);
    reader->at = reader->at < reader->log.len ? reader->at : reader->log.len;
    reader->record_at = reader->at;
    text_reset(&reader->joined);
    do {
        if (!next_piece(reader, &piece))
            return false;
        if (piece.type != PIECE_WHOLE)
            text_append(&reader->joined, piece.content);
    } while (piece.type == PIECE_FIRST || piece.type == PIECE_MIDDLE);
    *record = piece.type == PIECE_WHOLE ? piece.content : text_bytes(&reader->joined);
    return true;
}

bool log_reader_resume(struct log_reader *reader, struct bytes *record)
{
    enum log_state state = reader->state;
    size_t bad_at = reader->record_at;

    for (size_t at = bad_at + 1; at + LOG_HEADER_BYTES < reader->log.len; at++) {
        unsigned char type = (unsigned char)reader->log.ptr[at + LOG_HEADER_BYTES - 1];
        reader->at = at;
        if ((type == PIECE_WHOLE || type == PIECE_FIRST) && skip_rest_of_block(at) == at &&
            log_reader_next(reader, record))
            return true;
    }
    reader->state = state;
    reader->record_at = bad_at;
    return false;
}
