/*
 * http - one request at a time, read from whatever pieces arrive.
 *
 * Knows no socket and no clock. A connection borrows one while a request is on its way and gives it
 * back, so that idle connections and held polls hold none.
 */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include "net/http_body.h"
#include "net/http_head.h"

enum http_state {
    HTTP_IN_HEAD,
    HTTP_IN_BODY,
    HTTP_WHOLE,   /* ask http_request */
    HTTP_REFUSED, /* with `refusal`; the rest of the connection's bytes mean nothing */
};

struct http {
    enum http_state state;
    int refusal; /* an HTTP status */
    struct http_head head;
    struct http_body body;
    struct http *next; /* for whoever keeps spare ones */
};

/* A whole request, borrowed from its http until the reset. */
struct http_request {
    enum http_verb verb;
    const struct http_head *head; /* with all headers as they were sent */
    struct bytes path;            /* without query */
    struct bytes body;            /* JSON_PADDING readable bytes follow */
};

struct http *http_new(const struct http_limits *limits);
void http_free(struct http *http);
/* Ready for the next request; keeps a little memory. */
void http_reset(struct http *http);

/* Reads on; returns how many bytes were used: all of them while the request is not whole. */
size_t http_read(struct http *http, struct bytes data);

/* The client waits for "100 Continue" before it sends the body. */
bool http_wants_continue(const struct http *http);

/* The memory that what came so far takes. */
size_t http_held_bytes(const struct http *http);

struct http_request http_request(const struct http *http);

#endif
