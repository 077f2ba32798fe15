/*
 * A request over HTTP, once in one piece and once in pieces whose sizes are the input's first
 * bytes: both must read the same.
 */
#include "target.h"

#include "base/memory.h"
#include "net/http.h"

static const struct http_limits limits = { 2048, 20, 8192 };

/* Each piece lies in a block of its own, so that a sanitizer sees what is read behind it. */
static size_t read_piece(struct http *http, struct bytes piece)
{
    char *copy = exact_copy(piece);
    size_t used = http_read(http, bytes_of(copy, piece.len));

    memory_free(copy);
    return used;
}

static bool goes_on(const struct http *http)
{
    return http->state == HTTP_IN_HEAD || http->state == HTTP_IN_BODY;
}

static size_t read_pieces(struct http *http, struct bytes rest, struct bytes sizes)
{
    size_t all = 0;

    while (goes_on(http) && rest.len) {
        size_t size = sizes.len ? (uint8_t)sizes.ptr[all % sizes.len] % 16 + 1u : 1;
        struct bytes piece = take_bytes(&rest, size);
        size_t used = read_piece(http, piece);

        ensure(used <= piece.len);
        ensure(used == piece.len || !goes_on(http));
        all += used;
    }
    return all;
}

static void compare_requests(const struct http *a, const struct http *b)
{
    struct http_request one = http_request(a), other = http_request(b);

    ensure(one.verb == other.verb && bytes_equal(one.path, other.path));
    ensure(bytes_equal(one.body, other.body));
    for (int i = 0; i < HEADER_COUNT; i++) {
        struct bytes value = http_head_value(&a->head, (enum http_header)i),
                     twin = http_head_value(&b->head, (enum http_header)i);
        ensure(bytes_equal(value, twin) && bytes_is_absent(value) == bytes_is_absent(twin));
    }
    ensure(a->head.lines == b->head.lines && a->head.keeps_alive == b->head.keeps_alive);
    for (uint32_t i = 0; i < a->head.lines; i++) {
        struct http_line line = http_head_line(&a->head, i), twin = http_head_line(&b->head, i);
        ensure(bytes_equal(line.name, twin.name) && bytes_equal(line.value, twin.value));
    }
    ensure(one.body.len <= limits.request_bytes_max);
}

static void run(struct bytes input)
{
    struct bytes sizes = take_bytes(&input, 4);
    struct http *whole = http_new(&limits), *pieces = http_new(&limits);
    size_t used = read_piece(whole, input);
    size_t used_in_pieces = read_pieces(pieces, input, sizes);

    ensure(whole->state == pieces->state);
    if (whole->state == HTTP_WHOLE) {
        ensure(used == used_in_pieces);
        compare_requests(whole, pieces);
    }
    ensure(whole->state != HTTP_REFUSED || whole->refusal >= 400);
    http_reset(whole); /* what one request leaves must not show in the next */
    ensure(read_piece(whole, input) == used);
    ensure(whole->state == pieces->state);
    http_free(whole);
    http_free(pieces);
}

const struct target target_http = { "http", run };
