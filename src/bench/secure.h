/*
 * secure - TLS on the side of the client (OpenSSL): what all connections of a run share, and one of
 * them.
 *
 * A server must show a certificate for the name by which it was called, signed by an authority of
 * the file, or of this machine where there is none.
 */
#ifndef BENCH_SECURE_H
#define BENCH_SECURE_H

#include "base/ensure.h"
#include <stdbool.h>
#include <sys/types.h>

struct secure; /* used by many threads */
struct secure_channel;

/* NULL when the file (PEM; "": this machine's authorities) cannot be used. */
struct secure *secure_new(const char *ca_file);
void secure_free(struct secure *secure);

/* Shakes hands over a connected socket that does not block, and waits for it, seconds at most; NULL
 * when the handshake fails or takes too long. The socket stays the caller's. */
struct secure_channel *secure_open(struct secure *secure, const char *host, int fd);
/* Says goodbye, if the socket takes it at once. */
void secure_close(struct secure_channel *channel);

/* As read and write of such a socket: -1 with EAGAIN when nothing can be done now. A write that was
 * not done begins with the same bytes next time, wherever they lie then. */
ssize_t secure_read(struct secure_channel *channel, void *into, size_t len);
ssize_t secure_write(struct secure_channel *channel, const void *from, size_t len);

#endif
