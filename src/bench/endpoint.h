/*
 * endpoint - where the server is: an http or https URL, taken apart and looked up once.
 */
#ifndef BENCH_ENDPOINT_H
#define BENCH_ENDPOINT_H

#include "base/ensure.h"
#include <stdbool.h>
#include <sys/socket.h>

struct endpoint {
    char host[300]; /* as the Host header has it: "127.0.0.1:9347" */
    char name[300]; /* without the port, or an address without its brackets */
    bool speaks_tls;
    struct sockaddr_storage address;
    socklen_t address_len;
    bool is_loopback; /* an IPv4 address of this machine itself */
};

/* False when it is not http://HOST[:PORT][/] or https://..., or nothing has that name. Where the
 * name has several addresses connections are tried, and the first address that takes one is meant;
 * the last, if none does. */
must_use bool endpoint_find(const char *url, struct endpoint *out);

/* A connected socket that does not block, or -1 with errno. `number` tells connections apart: one
 * address has no ports for more than 28,000, so on loopback further ones come from 127.0.0.2 and
 * so on. */
must_use int endpoint_connect(const struct endpoint *endpoint, unsigned number);

#endif
