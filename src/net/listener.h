/*
 * listener - the sockets that clients connect to: bound once, shared by all loops.
 *
 * A name with several addresses gets a socket for each. Bound without SO_REUSEPORT, so that a port
 * that somebody else listens on is refused instead of shared.
 */
#ifndef NET_LISTENER_H
#define NET_LISTENER_H

#include "base/ensure.h"
#include "base/err.h"
#include <stdint.h>

#define LISTENER_SOCKETS_MAX 8

/* What is spoken to those who connect. */
enum listener_kind { LISTENER_PLAIN, LISTENER_TLS, LISTENER_UNIX };

struct listener {
    enum listener_kind kind; /* LISTENER_PLAIN at first */
    int fds[LISTENER_SOCKETS_MAX];
    int count;
    uint16_t port;
};

/* Binds and listens on "HOST:PORT" (see server.h). ERR_INVALID: not an address of this machine;
 * ERR_BUSY: in use; ERR_IO: anything else. Each comes after a line in the log. */
must_use enum err listener_open(const char *address, struct listener *out);

/* Closes the sockets; duplicates stay open. Closing twice is harmless. */
void listener_close(struct listener *listener);

#endif
