/*
 * http_body - the body of one request: so many bytes, or chunks.
 *
 * Chunk extensions and trailers are read over and forgotten, within bounds. Strict about line ends,
 * like http_head. Grows with what arrives, never with what was announced.
 */
#ifndef NET_HTTP_BODY_H
#define NET_HTTP_BODY_H

#include "base/bytes.h"
#include "base/ensure.h"
#include "base/text.h"
#include "net/http_head.h"
#include <stdint.h>

enum http_body_state {
    BODY_COUNTED,    /* `left` more bytes make it whole */
    BODY_SIZE_FIRST, /* the first digit of a chunk's size */
    BODY_SIZE,       /* further digits */
    BODY_SIZE_SPACE, /* white space between size and extension */
    BODY_EXTENSION,
    BODY_SIZE_LF,
    BODY_CHUNK, /* `left` more bytes make this chunk whole */
    BODY_CHUNK_CR,
    BODY_CHUNK_LF,
    BODY_LINE_FIRST, /* behind the last chunk: the first byte of a trailer, or CR */
    BODY_LINE,
    BODY_LINE_LF,
    BODY_LAST_LF,
    BODY_DONE,
};

struct http_body {
    enum http_body_state state;
    uint64_t left;
    struct text text;
    uint32_t bytes_max; /* of the text */
    uint32_t framing;   /* bytes around the chunks so far */
    uint32_t trailers;  /* bytes of trailers so far */
    uint32_t trailers_max;
};

/* A zeroed body can be begun and deinitialised. */
void http_body_deinit(struct http_body *body);

/* Prepares for the body that `head`, complete, announces. Keeps memory from the last one if that is
 * little. */
void http_body_begin(struct http_body *body, const struct http_head *head);

/* Reads on. Returns 0 and in *used how many bytes belong to the body (all, unless its state is
 * BODY_DONE then); or the HTTP status with which to refuse. */
must_use int http_body_read(struct http_body *body, struct bytes data, size_t *used);

/* What came so far, with JSON_PADDING readable bytes behind it. Lives until the next read or begin.
 */
struct bytes http_body_bytes(const struct http_body *body);

#endif
