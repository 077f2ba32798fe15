/*
 * endpoint - the other side of a call: an HTTP server that the test plays itself, one request after
 * the other.
 */
#ifndef TESTS_UNIT_LAMBDA_ENDPOINT_H
#define TESTS_UNIT_LAMBDA_ENDPOINT_H

#include "base/text.h"
#include <stdint.h>

struct endpoint {
    int fd;
    char url[64];
};

/* A request that waits for its answer. */
struct visit {
    int fd;
    struct text text; /* as received, ended by NUL */
    const char *body; /* inside it */
};

/* Takes a free port of the loopback; until endpoint_listen connections to it are refused. */
void endpoint_open(struct endpoint *endpoint);
void endpoint_listen(struct endpoint *endpoint);
void endpoint_close(struct endpoint *endpoint);

/* Waits for the next request and reads it whole. */
void endpoint_accept(struct endpoint *endpoint, struct visit *visit);
/* Is anybody at the door? */
bool endpoint_is_called(const struct endpoint *endpoint);

/* Answers with this status line and these headers (each ended by "\r\n") and body, and hangs up. */
void visit_answer(struct visit *visit, const char *status, const char *headers, struct bytes body);
/* Hangs up without a word. */
void visit_end(struct visit *visit);

/* The value of a header of the request, in memory of its own call; "" when there is none. */
const char *visit_header(const struct visit *visit, const char *name);

#endif
