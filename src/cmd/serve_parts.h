/*
 * serve_parts - what a running server is made of: opened in order, each out of the settings that it
 * needs, and closed in order.
 */
#ifndef CMD_SERVE_PARTS_H
#define CMD_SERVE_PARTS_H

#include "base/err.h"
#include "cmd/serve_settings.h"
#include "cmd/settings.h"
#include "cmd/watch.h"
#include "lambda/invoker.h"
#include "net/audit.h"
#include "net/gate.h"
#include "net/server.h"
#include "net/tls.h"
#include "service/service.h"
#include <pthread.h>

struct serve_parts {
    struct watch *watch;
    struct gate gate;
    bool has_gate;
    struct tls *tls;                   /* NULL: none is spoken */
    unsigned identities_bit, tls_bits; /* of their files, in what the watch says */
    struct audit *audit;               /* NULL: no audit log */
    struct store *store;
    struct invoker *invoker; /* NULL: no endpoint for Lambda functions */
    struct service *service;
    struct server *server;
    pthread_t turns;
};

/* Opens all parts but the watch, which is there, and the thread of the turns, which the caller
 * starts; or closes again what it opened, the watch too. Whoever failed has said why in the log. */
must_use enum err serve_parts_open(struct serve_parts *parts, const struct settings *settings);

/* Reads the identities again. A file with an error changes nothing. */
void serve_parts_renew_identities(struct serve_parts *parts, const struct settings *settings);

/* Ends in order: no new requests, held polls answered empty, what is under way finished. An error
 * when the store could not be closed as it ought to be, which the log says. */
must_use enum err serve_parts_close(struct serve_parts *parts);

#endif
