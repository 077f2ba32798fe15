/*
 * peer - the client's end of a raw connection, and the server's around it, for the tests.
 *
 * Every wait ends with an event of the socket; one that never comes fails the test after a minute.
 */
#ifndef PEER_H
#define PEER_H

#include "base/bytes.h"
#include "fake_service.h"
#include "net/server.h"
#include "net/tls.h"
#include <openssl/types.h>

/* A running server on some port of the loopback, over a fake service. */
struct rig {
    struct service *service;
    struct server *server;
    struct server_config config;
    bool drained;
    struct tls *tls; /* NULL: peers connect without */
};

/* With the defaults; change rig.config and start, or start at once. */
struct rig rig_prepare(void);
/* Before the start: a TLS listener instead, with whom peers speak TLS. */
void rig_speak_tls(struct rig *rig);
void rig_start(struct rig *rig);
void rig_drain(struct rig *rig);
/* Answers what is parked, drains and ends. */
void rig_stop(struct rig *rig);

struct peer {
    int fd;
    SSL *ssl;       /* NULL: plain */
    char *received; /* behind what was taken so far */
    size_t len, capacity;
};

struct peer peer_connect(const struct rig *rig);
/* False when the server does not let it in. To be closed either way. */
bool peer_try_connect(const struct rig *rig, struct peer *out);
/* Without a handshake, if there would be one. */
struct peer peer_connect_raw(const struct rig *rig);
/* From another address of this machine, 127.0.0.2, say. */
struct peer peer_connect_from(const struct rig *rig, const char *address);
/* Through the server's Unix socket. */
struct peer peer_connect_unix(const struct rig *rig);
void peer_close(struct peer *peer);
/* Closes with a reset. */
void peer_reset(struct peer *peer);

void peer_send(struct peer *peer, struct bytes data);
void peer_send_text(struct peer *peer, const char *text);
/* As much as the socket takes; false when the server has closed. */
bool peer_try_send(struct peer *peer, struct bytes data);

struct reply {
    int status;
    char head[2048]; /* status line and headers, with the empty line; NUL ended */
    char *body;      /* NUL ended; freed by reply_free */
    size_t body_len;
};

/* The next answer, whole. */
struct reply peer_reply(struct peer *peer);
/* An answer to HEAD, which has none of the body it tells about. */
struct reply peer_reply_without_body(struct peer *peer);
void reply_free(struct reply *reply);
/* Receives an answer and looks at its status only. */
void peer_expect_status(struct peer *peer, int status);
/* The server closes, in order (TLS: after a close_notify) and without another byte. */
void peer_expect_end(struct peer *peer);
/* Receives an answer, if the server does not close before. */
bool peer_is_answered(struct peer *peer);
/* Everything up to the end, orderly or not; how many bytes. */
size_t peer_read_to_end(struct peer *peer);

/* The bytes of a call: `operation` with `body`, signed somehow, and more header lines if not NULL.
 * Static memory until the next call. */
struct bytes call_text(const char *operation, const char *more, const char *body);
extern const char poll_body[];
extern const char register_body[];
extern const char count_body[];

#endif
