/*
 * reply - the head of an HTTP answer, as far as a caller of SWF needs it.
 */
#ifndef BENCH_REPLY_H
#define BENCH_REPLY_H

#include "base/bytes.h"
#include "base/ensure.h"

enum reply_state {
    REPLY_PARTIAL, /* the head, or the body, is not whole yet */
    REPLY_WHOLE,
    REPLY_BROKEN, /* not HTTP/1.1, or a body without a Content-Length */
};

struct reply_head {
    int status;
    size_t len;      /* of the head, the empty line included; 0: not whole yet */
    size_t body_len; /* as announced */
    bool closes;     /* the server ends the connection behind it */
};

/* Looks at what has arrived so far; *out is right as far as it has. */
must_use enum reply_state reply_read(struct bytes arrived, struct reply_head *out);

#endif
