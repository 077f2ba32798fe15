#include "net/http_body.h"

#include "base/ascii.h"
#include "wire/json.h"

#define RESERVE_BYTES_MAX ((size_t)8 << 10) /* at once on the word of a Content-Length */
#define KEEP_BYTES_MAX ((size_t)16 << 10)

void http_body_deinit(struct http_body *body)
{
    text_deinit(&body->text);
}

void http_body_begin(struct http_body *body, const struct http_head *head)
{
    struct text text = body->text;
    size_t expected = head->chunked ? 0 : (size_t)head->content_length;

    if (text.capacity > KEEP_BYTES_MAX)
        text_deinit(&text);
    text_reset(&text);
    *body = (struct http_body){
        .text = text,
        .bytes_max = head->limits.request_bytes_max - head->bytes,
        .trailers_max = head->limits.header_bytes_max,
        .left = head->content_length,
    };
    body->text.bytes_max = (size_t)head->limits.request_bytes_max + JSON_PADDING;
    text_reserve(&body->text,
                 (expected < RESERVE_BYTES_MAX ? expected : RESERVE_BYTES_MAX) + JSON_PADDING);
    if (head->chunked)
        body->state = BODY_SIZE_FIRST;
    else
        body->state = expected > 0 ? BODY_COUNTED : BODY_DONE;
}

/* Takes bytes of content, `left` at most; returns how many. */
static size_t take_content(struct http_body *body, struct bytes data)
{
    size_t len = data.len < body->left ? data.len : (size_t)body->left;
    char *place = text_reserve(&body->text, len + JSON_PADDING);

    ensure(place); /* the size was looked at before the first byte */
    memcpy(place, data.ptr, len);
    text_grow(&body->text, len);
    body->left -= len;
    return len;
}

static int go(struct http_body *body, enum http_body_state state)
{
    body->state = state;
    return 0;
}

static int go_if(struct http_body *body, bool fits, enum http_body_state state)
{
    return fits ? go(body, state) : 400;
}

/* A digit of the size, or what ends it. */
static int read_size(struct http_body *body, char c)
{
    int digit = ascii_hex_value(c);

    if (digit >= 0) {
        body->left = body->left * 16 + (uint64_t)digit;
        return body->left > body->bytes_max - body->text.len ? 413 : go(body, BODY_SIZE);
    }
    if (body->state == BODY_SIZE_FIRST)
        return 400;
    if (c == ' ' || c == '\t')
        return go(body, BODY_SIZE_SPACE);
    if (c == ';')
        return go(body, BODY_EXTENSION);
    return go_if(body, c == '\r', BODY_SIZE_LF);
}

/* A byte of a line whose content nobody wants. */
static int read_over(struct http_body *body, char c, enum http_body_state at_end)
{
    if (c == '\r')
        return go(body, at_end);
    return c == '\n' || c == '\0' ? 400 : 0;
}

static int read_space(struct http_body *body, char c)
{
    if (c == ' ' || c == '\t')
        return 0;
    return go_if(body, c == ';', BODY_EXTENSION);
}

static int read_trailer(struct http_body *body, char c)
{
    if (++body->trailers > body->trailers_max)
        return 431;
    if (body->state == BODY_LINE_FIRST && c == '\r')
        return go(body, BODY_LAST_LF);
    if (body->state == BODY_LINE_FIRST)
        body->state = BODY_LINE;
    return read_over(body, c, BODY_LINE_LF);
}

/* One byte around the chunks. */
static int read_framing(struct http_body *body, char c)
{
    if (++body->framing > body->bytes_max)
        return 413;
    switch (body->state) {
    case BODY_SIZE_FIRST:
    case BODY_SIZE:
        return read_size(body, c);
    case BODY_SIZE_SPACE:
        return read_space(body, c);
    case BODY_EXTENSION:
        return read_over(body, c, BODY_SIZE_LF);
    case BODY_SIZE_LF:
        return go_if(body, c == '\n', body->left > 0 ? BODY_CHUNK : BODY_LINE_FIRST);
    case BODY_CHUNK_CR:
        return go_if(body, c == '\r', BODY_CHUNK_LF);
    case BODY_CHUNK_LF:
        return go_if(body, c == '\n', BODY_SIZE_FIRST);
    case BODY_LINE_FIRST:
    case BODY_LINE:
        return read_trailer(body, c);
    case BODY_LINE_LF:
        return go_if(body, c == '\n', BODY_LINE_FIRST);
    case BODY_LAST_LF:
        return go_if(body, c == '\n', BODY_DONE);
    case BODY_COUNTED:
    case BODY_CHUNK:
    case BODY_DONE:
        break;
    }
    ensure(false); /* content is not framing */
    return 400;
}

int http_body_read(struct http_body *body, struct bytes data, size_t *used)
{
    size_t at = 0;
    int status = 0;

    while (at < data.len && body->state != BODY_DONE && !status) {
        if (body->state == BODY_COUNTED || body->state == BODY_CHUNK) {
            at += take_content(body, bytes_skip(data, at));
            if (body->left == 0)
                body->state = body->state == BODY_CHUNK ? BODY_CHUNK_CR : BODY_DONE;
        } else {
            status = read_framing(body, data.ptr[at++]);
        }
    }
    *used = at;
    return status;
}

struct bytes http_body_bytes(const struct http_body *body)
{
    return text_bytes(&body->text);
}
