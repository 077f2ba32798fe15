/*
 * server - listeners and event loops: HTTP/1.1 in, calls to the service, answers out.
 *
 * Each loop has its own thread, connections and JSON reader, and shares with the others the
 * listening sockets, the identities in force, and what counts all clients together (struct house).
 * A connection has at most one call in the service; what a client sends behind it waits, bounded.
 * Holds all limits on what a client may send or leave unread.
 */
#ifndef NET_SERVER_H
#define NET_SERVER_H

#include "base/bytes.h"
#include "base/ensure.h"
#include "base/err.h"
#include "service/service.h"
#include <stdint.h>
#include <sys/types.h>

struct audit;
struct gate;
struct server;
struct tls;

struct server_config {
    struct service *service;
    const struct world *world; /* for dates and request ids; deadlines have the loop's own clock */
    int loops;                 /* threads, at least 1 */

    /* Where. Each may be NULL. */
    const char *listen;         /* "HOST:PORT"; [..] around an IPv6 address; port 0: any free one */
    const char *tls_listen;     /* the same, for TLS */
    struct tls *tls;            /* what is shown there */
    const char *metrics_listen; /* the same as `listen`, for /metrics and /healthz alone */
    const char *unix_socket;    /* a path */
    mode_t unix_socket_mode;

    /* For whom. */
    struct gate *gate;   /* who may come in; NULL: everybody */
    uint64_t account;    /* whose calls these are when everybody may come in */
    struct bytes region; /* what aws:RequestedRegion says; static */
    struct audit *audit; /* the log of who did what; NULL: none */

    /* How much. */
    uint32_t connections_max;             /* over all loops; further ones are closed at once */
    uint32_t connections_per_address_max; /* of them; 0: all of them */
    uint32_t handshakes_max; /* of TLS at once, in a loop; beyond it the oldest gives way, if it is
                                slow */
    /* Over all loops, of requests not whole yet and answers not taken yet: beyond it the clients
     * that keep us waiting longest are given up, with 503. As much again of calls under way: beyond
     * that heavy calls get 503. */
    size_t held_bytes_max;
    uint32_t header_bytes_max;  /* request line and headers: 431 beyond */
    uint32_t header_lines_max;  /* 431 beyond */
    uint32_t request_bytes_max; /* headers and body: 413 beyond. What decoding makes of it must fit
                                   into a call */

    /* How long. */
    uint32_t
        header_timeout_s;     /* for a handshake; from a request's first byte to its headers' end */
    uint32_t body_timeout_s;  /* for the whole body */
    uint32_t write_timeout_s; /* for the client to take an answer */
    uint32_t idle_timeout_s;  /* of a keep-alive connection between requests */
};

/* Defaults for everything but service, world, listen and account. */
#define SERVER_CONFIG_DEFAULTS                                                              \
    .loops = 1, .connections_max = 20000, .connections_per_address_max = 10000,             \
    .handshakes_max = 4096, .held_bytes_max = (size_t)256 << 20, .header_bytes_max = 32768, \
    .header_lines_max = 100, .request_bytes_max = 1u << 20, .header_timeout_s = 20,         \
    .body_timeout_s = 60, .write_timeout_s = 60, .idle_timeout_s = 75

/* Binds, listens and starts the loops; they accept at once. The error comes after a line in the log
 * that says which address and why (ERR_BUSY: in use; ERR_INVALID: not an address). */
must_use enum err server_start(const struct server_config *config, struct server **out);

/* The ports that it listens on; 0: it has no such listener. */
uint16_t server_port(const struct server *server);
uint16_t server_tls_port(const struct server *server);
uint16_t server_metrics_port(const struct server *server);

/* Stops accepting and reading; connections without a call in the service are closed; returns when
 * no further call will reach the service. Then, once the service has answered everything (see
 * service_stop), server_finish waits until the answers are written, or at most `timeout`, ends the
 * loops and gives everything back. */
void server_drain(struct server *server);
void server_finish(struct server *server, struct duration timeout);

#endif
