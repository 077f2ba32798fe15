/*
 * http_head - the request line and the headers of one request, by the parser library.
 *
 * The only file that knows which library that is. It also refuses what the library lets pass: bare
 * line feeds, folded lines, control characters, space before a colon, a Host that is missing or
 * doubled, any transfer coding but chunked. The body is not the library's business: see
 * http_body.h.
 *
 * Keeps all headers as they came, because a signature is over the received bytes; those that
 * somebody asks for by name are found without a search. Bounded by its limits; reused from request
 * to request.
 */
#ifndef NET_HTTP_HEAD_H
#define NET_HTTP_HEAD_H

#include "base/bytes.h"
#include "base/ensure.h"
#include "base/text.h"
#include <stdint.h>

struct http_parser;

/* How much a client may send. */
struct http_limits {
    uint32_t header_bytes_max;  /* request line and headers, or trailers */
    uint32_t header_lines_max;  /* headers */
    uint32_t request_bytes_max; /* headers and body */
};

enum http_verb { VERB_GET, VERB_HEAD, VERB_POST, VERB_OTHER };

/* The headers that are asked for by name. Each may come once. */
enum http_header {
    HEADER_HOST,
    HEADER_CONTENT_TYPE,
    HEADER_X_AMZ_TARGET,
    HEADER_AUTHORIZATION,
    HEADER_X_AMZN_AUTHORIZATION,
    HEADER_X_AMZ_DATE,
    HEADER_DATE,
    HEADER_X_AMZ_SECURITY_TOKEN,
    HEADER_EXPECT,
    HEADER_TRANSFER_ENCODING,
    HEADER_COUNT,
};

/* A piece of http_head.text. */
struct http_span {
    size_t start, len;
    bool seen;
};

/* A header on its way into http_head.text. */
struct http_field {
    struct http_span name, value;
};

/* A header as it was sent, without white space around the value. */
struct http_line {
    struct bytes name, value;
};

struct http_head {
    /* Of a complete head. */
    enum http_verb verb;
    bool is_http_1_0;
    bool keeps_alive; /* the client expects the connection to stay open */
    bool chunked;     /* else the body has content_length bytes */
    bool continues;   /* Expect: 100-continue */
    uint64_t content_length;

    /* On the way there. */
    bool complete;
    uint32_t bytes, lines;
    struct http_limits limits;
    struct http_parser *parser;
    struct text text;    /* all that was read */
    const char *reading; /* what the parser is looking at */
    struct http_span url;
    struct http_field *fields; /* `lines` of them, in the order of their arrival */
    uint32_t fields_room;
    struct http_span values[HEADER_COUNT]; /* of the headers that are asked for by name */
    char last;                             /* the byte read last, or 0 */
    int refusal;                           /* decided inside a callback of the library */
};

void http_head_init(struct http_head *head, const struct http_limits *limits);
void http_head_deinit(struct http_head *head);
/* Ready for another request; keeps the memory. */
void http_head_reset(struct http_head *head);

/* Reads on. Returns 0 and in *used how many bytes belong to the head (all, unless it is complete
 * then); or the HTTP status with which to refuse, after which only a reset helps. */
must_use int http_head_read(struct http_head *head, struct bytes data, size_t *used);

/* Of a complete head, without white space around it; absent when not sent. Lives until the reset.
 */
struct bytes http_head_value(const struct http_head *head, enum http_header header);
/* All of them, in the order of their arrival: header `i` of `head->lines`. Lives until the reset.
 */
struct http_line http_head_line(const struct http_head *head, uint32_t i);
/* "POST", as sent. Static. */
struct bytes http_head_method(const struct http_head *head);
/* The path of the URL, without its query. Lives until the reset. */
struct bytes http_head_path(const struct http_head *head);
/* What follows the question mark in the URL, as sent; absent when there is none. Lives until the
 * reset. */
struct bytes http_head_query(const struct http_head *head);

#endif
