/*
 * transport - the socket of one client, and what its bytes are: plain, or TLS.
 *
 * The one file that calls libuv for a connection. Lies inside its owner and tells it what happens
 * through `events`; each of them may close the transport. Buffers are the loop's, so that one that
 * waits holds none. Knows no HTTP. Used on the loop's thread only.
 */
#ifndef NET_TRANSPORT_H
#define NET_TRANSPORT_H

#include "net/loop.h"
#include "net/peer_address.h"
#include "net/socket_handle.h"

struct tls_channel;
struct transport;

/* What comes out of a socket at once, and of TLS that kept the beginning of a record. */
#define TRANSPORT_BYTES_MAX (READ_BUFFER_BYTES + TLS_RECORD_BYTES)

struct transport_events {
    void (*opened)(struct transport *transport); /* TLS only: the handshake is over */
    void (*bytes)(struct transport *transport, struct bytes data);
    void (*ended)(struct transport *transport);  /* the client sends no more */
    void (*failed)(struct transport *transport); /* nothing can be read or sent: to be closed */
    void (*taken)(
        struct transport *transport); /* all that transport_send kept is with the kernel */
    void (*closed)(struct transport *transport); /* the last one: the memory may go */
};

struct transport {
    const struct transport_events *events;
    struct loop *loop;
    struct tls_channel *tls; /* from the first byte on, where TLS is spoken */
    bool speaks_tls;
    bool is_reading;
    bool is_closed;      /* its handle may still be libuv's */
    size_t unsent_bytes; /* the memory of what the socket did not take yet */
    size_t own_bytes;    /* of that, TLS's own words */
    union socket_handle socket;
};

/* Makes a transport of the socket `fd`, which belongs to it from now on, of a client that came
 * through `door`. */
void transport_init(struct transport *transport, const struct door *door, int fd,
                    const struct transport_events *events);

/* Without an address where the client came through a Unix socket. */
struct peer_address transport_peer(const struct transport *transport);

void transport_start_reading(struct transport *transport);
/* Bytes that were read already are still handed over. */
void transport_stop_reading(struct transport *transport);

enum transport_sight {
    TRANSPORT_THERE,
    TRANSPORT_ENDED, /* the client sends no more; bytes that were not read may lie before that end
                      */
    TRANSPORT_GONE,
};

/* With reading stopped no end is seen: asks the kernel. No event follows from it. */
enum transport_sight transport_probe(const struct transport *transport);

/* Has the client sent what was not read yet? A socket that is closed then is reset, and what was
 * sent to the client may be lost to it. */
bool transport_has_unread(const struct transport *transport);

enum transport_outcome {
    TRANSPORT_SENT,    /* the kernel has all of it */
    TRANSPORT_SENDING, /* `taken` follows, or `failed` */
    TRANSPORT_FAILED,  /* to be closed */
};

/* Sends both, one at a time: not before the last one is taken. Both come back empty. With `is_last`
 * TLS says behind it that no more will come. */
enum transport_outcome transport_send(struct transport *transport, struct text *head,
                                      struct text *body, bool is_last);

/* Sends a few words, if there is room for all of them. */
must_use bool transport_say(struct transport *transport, struct bytes words);

/* Nothing more will be sent. Only while nothing is kept. */
void transport_end(struct transport *transport);

/* No event follows but `closed`, and that not from within. Says goodbye where TLS wants it. */
void transport_close(struct transport *transport);

#endif
