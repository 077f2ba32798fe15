#include "net/http.h"

#include "base/memory.h"

struct http *http_new(const struct http_limits *limits)
{
    struct http *http = memory_new(sizeof(*http));
    http_head_init(&http->head, limits);
    return http;
}

void http_free(struct http *http)
{
    http_head_deinit(&http->head);
    http_body_deinit(&http->body);
    memory_free(http);
}

void http_reset(struct http *http)
{
    http_head_reset(&http->head);
    http->state = HTTP_IN_HEAD;
    http->refusal = 0;
}

static void refuse(struct http *http, int status)
{
    http->state = HTTP_REFUSED;
    http->refusal = status;
}

static size_t read_head(struct http *http, struct bytes data)
{
    size_t used = 0;
    int status = http_head_read(&http->head, data, &used);

    if (status) {
        refuse(http, status);
    } else if (http->head.complete) {
        http_body_begin(&http->body, &http->head);
        http->state = http->body.state == BODY_DONE ? HTTP_WHOLE : HTTP_IN_BODY;
    }
    return used;
}

static size_t read_body(struct http *http, struct bytes data)
{
    size_t used = 0;
    int status = http_body_read(&http->body, data, &used);

    if (status)
        refuse(http, status);
    else if (http->body.state == BODY_DONE)
        http->state = HTTP_WHOLE;
    return used;
}

size_t http_read(struct http *http, struct bytes data)
{
    size_t used = 0;

    ensure(http->state == HTTP_IN_HEAD || http->state == HTTP_IN_BODY);
    if (http->state == HTTP_IN_HEAD)
        used = read_head(http, data);
    if (http->state == HTTP_IN_BODY && used < data.len)
        used += read_body(http, bytes_skip(data, used));
    return used;
}

bool http_wants_continue(const struct http *http)
{
    /* Bytes of the body that are there already show that the client did not wait. */
    return http->state == HTTP_IN_BODY && http->head.continues &&
           http_body_bytes(&http->body).len == 0;
}

size_t http_held_bytes(const struct http *http)
{
    return sizeof(*http) + http->head.text.capacity +
           http->head.fields_room * sizeof(http->head.fields[0]) + http->body.text.capacity;
}

struct http_request http_request(const struct http *http)
{
    ensure(http->state == HTTP_WHOLE);
    return (struct http_request){
        .verb = http->head.verb,
        .head = &http->head,
        .path = http_head_path(&http->head),
        .body = http_body_bytes(&http->body),
    };
}
