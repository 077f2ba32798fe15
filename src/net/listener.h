/*
 * listener - the sockets that clients connect to: bound once, shared by all loops.
 *
 * A name with several addresses gets a socket for each. Bound without SO_REUSEPORT, so that a port
 * that somebody else listens on is refused instead of shared. The file of a Unix socket goes with
 * its listener; one that was left behind by a process that is no more is replaced.
 */
#ifndef NET_LISTENER_H
#define NET_LISTENER_H

#include "base/ensure.h"
#include "base/err.h"
#include <stdint.h>
#include <sys/types.h>

#define LISTENER_SOCKETS_MAX 8

/* What is spoken to those who connect. */
enum listener_kind {
    LISTENER_PLAIN,
    LISTENER_TLS,
    LISTENER_UNIX,
    LISTENER_METRICS /* plain, and nothing but figures */
};

struct listener {
    enum listener_kind kind; /* LISTENER_PLAIN at first */
    int fds[LISTENER_SOCKETS_MAX];
    int count;
    uint16_t port;
    const char *path; /* of a Unix socket; with which file it is: somebody may put another there */
    dev_t device;
    ino_t inode;
};

/* Binds and listens on "HOST:PORT" (see server.h). ERR_INVALID: not an address of this machine;
 * ERR_BUSY: in use; ERR_IO: anything else. Each comes after a line in the log. */
must_use enum err listener_open(const char *address, struct listener *out);

/* The same on a Unix socket at `path`, which outlives the listener, with these permissions.
 * ERR_BUSY: somebody answers there, or it is a file of another kind. */
must_use enum err listener_open_unix(const char *path, mode_t mode, struct listener *out);

/* Closes the sockets and removes the file; duplicates stay open. Closing twice is harmless. */
void listener_close(struct listener *listener);

#endif
