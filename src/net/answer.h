/*
 * answer - what goes back to a client, as data, and its status line and headers as bytes.
 */
#ifndef NET_ANSWER_H
#define NET_ANSWER_H

#include "base/text.h"
#include "model/fault.h"
#include "net/stamp.h"

/* No answer may grow beyond this; the largest page of a history is well below. */
#define ANSWER_BYTES_MAX ((size_t)64 << 20)

enum content_type {
    CONTENT_JSON,     /* application/json */
    CONTENT_AMZ_JSON, /* application/x-amz-json-1.0 */
    CONTENT_XML,
    CONTENT_METRICS, /* Prometheus text */
};

/* What the last words about the connection are. */
enum farewell {
    FAREWELL_NONE,       /* it stays open, as HTTP/1.1 has it anyway */
    FAREWELL_KEEP_ALIVE, /* it stays open, as an HTTP/1.0 client asked */
    FAREWELL_CLOSE,
};

struct answer {
    int status;
    enum content_type content_type;
    enum fault_code fault; /* FAULT_NONE, or what x-amzn-query-error names */
    enum farewell farewell;
    bool is_of_api; /* what SWF would say, with its headers; else it may be a browser that asked */
    bool is_encrypted;                   /* it goes over TLS */
    char request_id[REQUEST_ID_LEN + 1]; /* for clients and logs to name it by */
};

/* The type that a Content-Type header names, with whatever parameters; false when it is neither of
 * the two JSON ones. */
must_use bool answer_content_type(struct bytes header, enum content_type *out);

/* Appends the status line and all headers of an answer whose body has `body_len` bytes. */
void answer_head(struct text *out, const struct answer *answer, size_t body_len,
                 struct stamp *stamp);

#endif
