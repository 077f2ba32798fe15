#include "net/answer.h"

static const char *const content_types[] = {
    [CONTENT_JSON] = "application/json",
    [CONTENT_AMZ_JSON] = "application/x-amz-json-1.0",
    [CONTENT_XML] = "application/xml",
    [CONTENT_METRICS] = "text/plain; version=0.0.4; charset=utf-8",
};

static const struct {
    int status;
    const char *line;
} status_lines[] = {
    { 200, "HTTP/1.1 200 OK\r\n" },
    { 400, "HTTP/1.1 400 Bad Request\r\n" },
    { 404, "HTTP/1.1 404 Not Found\r\n" },
    { 408, "HTTP/1.1 408 Request Timeout\r\n" },
    { 413, "HTTP/1.1 413 Content Too Large\r\n" },
    { 417, "HTTP/1.1 417 Expectation Failed\r\n" },
    { 431, "HTTP/1.1 431 Request Header Fields Too Large\r\n" },
    { 500, "HTTP/1.1 500 Internal Server Error\r\n" },
    { 503, "HTTP/1.1 503 Service Unavailable\r\n" },
    { 505, "HTTP/1.1 505 HTTP Version Not Supported\r\n" },
};

static const char *const farewells[] = {
    [FAREWELL_NONE] = "",
    [FAREWELL_KEEP_ALIVE] = "Connection: keep-alive\r\n",
    [FAREWELL_CLOSE] = "Connection: close\r\n",
};

static bool ends_type(char c)
{
    return c == ';' || c == ' ' || c == '\t';
}

bool answer_content_type(struct bytes header, enum content_type *out)
{
    size_t len = 0;

    while (len < header.len && !ends_type(header.ptr[len]))
        len++;
    for (int i = CONTENT_JSON; i <= CONTENT_AMZ_JSON; i++) {
        if (bytes_equal_ignoring_case(bytes_of(header.ptr, len), bytes_of_cstr(content_types[i]))) {
            *out = (enum content_type)i;
            return true;
        }
    }
    return false;
}

static const char *status_line(int status)
{
    size_t i = 0;
    while (status_lines[i].status != status) {
        i++;
        ensure(i < sizeof(status_lines) / sizeof(status_lines[0]));
    }
    return status_lines[i].line;
}

static void append_query_error(struct text *out, const struct answer *answer)
{
    if (answer->fault == FAULT_NONE)
        return;
    text_append_cstr(out, "x-amzn-query-error: ");
    text_append_cstr(out, fault_kinds[answer->fault].name);
    text_append_cstr(out, answer->status >= 500 ? ";Receiver\r\n" : ";Sender\r\n");
}

/* An answer is data: to be looked at as what it says it is, on a page of its own, and not kept.
 * Where TLS was spoken once, browsers are to come back with it. */
static void append_advice(struct text *out, const struct answer *answer)
{
    if (answer->is_of_api)
        return;
    text_append_cstr(out, "Cache-Control: no-store\r\n"
                          "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"
                          "X-Content-Type-Options: nosniff\r\n");
    if (answer->is_encrypted)
        text_append_cstr(out, "Strict-Transport-Security: max-age=31536000\r\n");
}

void answer_head(struct text *out, const struct answer *answer, size_t body_len,
                 struct stamp *stamp)
{
    text_append_cstr(out, status_line(answer->status));
    text_append(out, BYTES("x-amzn-RequestId: "));
    text_append(out, bytes_of(answer->request_id, REQUEST_ID_LEN));
    text_append(out, BYTES("\r\nContent-Type: "));
    text_append_cstr(out, content_types[answer->content_type]);
    text_append(out, BYTES("\r\nContent-Length: "));
    text_append_u64(out, body_len);
    text_append(out, BYTES("\r\nDate: "));
    text_append_cstr(out, stamp_date(stamp));
    text_append(out, BYTES("\r\n"));
    append_query_error(out, answer);
    append_advice(out, answer);
    text_append_cstr(out, farewells[answer->farewell]);
    text_append(out, BYTES("\r\n"));
}
