/*
 * whole_server - everything that `weir serve` wires together, in this process: memory store,
 * service on a thread of its own, network on a free port of the loopback, all in a manual world.
 *
 * Nothing of it is replaced, so what a test sees is what a client would. With identities every call
 * must be signed by one of them and permitted.
 */
#ifndef TEST_WIRE_WHOLE_SERVER_H
#define TEST_WIRE_WHOLE_SERVER_H

#include "manual_world.h"
#include "net/audit.h"
#include "net/gate.h"
#include "net/server.h"
#include "service/service.h"
#include <pthread.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct whole_server {
    struct manual_world manual;
    struct kv *kv;
    struct store *store;
    struct service *service;
    struct gate gate;
    bool has_gate;
    struct audit *audit;
    struct server *server;
    uint16_t port, metrics_port;
    pthread_t turns;
    bool ending;
};

struct whole_server_options {
    struct limits limits;
    bool empty_poll_token;
    bool throttles;
    const struct throttle_rates *rates; /* NULL: the documented ones */
    struct kv *kv;                      /* NULL: one in memory */
    uint64_t free_bytes_min;
    struct identities *identities; /* a reference, taken; NULL: everybody may do everything */
    const char *audit_log;         /* a file; NULL: none is kept */
    int loops;                     /* 0: one */
};

void whole_server_start(struct whole_server *whole, const struct whole_server_options *options);
/* The first half of an orderly end: no new requests, held polls answered. */
void whole_server_end(struct whole_server *whole);
/* The whole end, or what is left of it. */
void whole_server_stop(struct whole_server *whole);

/* Waits until exactly `count` polls are held. */
void whole_server_await_polls(const struct whole_server *whole, uint64_t count);

#endif
