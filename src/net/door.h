/*
 * door - where clients come in: a loop's share of one listening socket.
 *
 * While there are no descriptors left, in this process or on this machine, a door rests and looks
 * again a little later: newcomers wait in the kernel's queue, and those inside are served on. A
 * line in the log says so once for each shortage. Used on the loop's thread only.
 */
#ifndef NET_DOOR_H
#define NET_DOOR_H

#include "net/listener.h"
#include <stdbool.h>
#include <uv.h>

struct loop;

struct door {
    uv_poll_t queue;
    uv_timer_t rest;
    struct loop *loop;
    enum listener_kind kind;
    int fd;
    bool is_short; /* of descriptors, and that was said */
};

/* Lets clients in from the listening socket `fd`, which stays the caller's. */
void door_open(struct door *door, struct loop *loop, enum listener_kind kind, int fd);
/* Lets nobody in any more. Its handles are libuv's until the loop has turned. */
void door_close(struct door *door);

#endif
