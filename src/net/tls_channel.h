/*
 * tls_channel - TLS between the bytes of a socket and those of a connection.
 *
 * Knows no socket: bytes go in and bytes come out, in whatever pieces. Of what it is given it keeps
 * only a record that is not whole yet, so that an idle channel is small. What is to be sent is
 * appended to the text that each call brings. The one owner of OpenSSL's SSL. Belongs to one
 * thread.
 */
#ifndef NET_TLS_CHANNEL_H
#define NET_TLS_CHANNEL_H

#include "base/text.h"

struct tls;
struct tls_channel;

/* A server's, by what is in force in `tls` now. */
struct tls_channel *tls_channel_new(struct tls *tls);
void tls_channel_free(struct tls_channel *channel);

/* Hands over what came from the socket; borrowed until tls_channel_read says TLS_WANTS_MORE. */
void tls_channel_receive(struct tls_channel *channel, struct bytes data);

enum tls_event {
    TLS_WANTS_MORE, /* what was received so far is not enough: more must come */
    TLS_OPENED,     /* the handshake is over: comes once */
    TLS_BYTES,      /* the client says something */
    TLS_ENDED,      /* the client says that it sends no more */
    TLS_BROKEN,     /* that was not TLS, or a version that we do not speak; nothing more can come */
};

/* What comes next. With TLS_BYTES they are in `buffer`, *len of them. */
enum tls_event tls_channel_read(struct tls_channel *channel, char *buffer, size_t size, size_t *len,
                                struct text *out);

/* Encrypts; only when opened. False when the channel is broken or `out` overflows. */
must_use bool tls_channel_write(struct tls_channel *channel, struct bytes data, struct text *out);

/* Says, once, that no more will be written; nothing where that cannot be said. */
void tls_channel_finish(struct tls_channel *channel, struct text *out);

#endif
