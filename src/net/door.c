/*
 * Why not uv_listen? When accept fails for want of descriptors, libuv gives up one that it keeps in
 * reserve, accepts and closes everybody who waits, and takes the reserve back. If another thread
 * takes that descriptor first, libuv calls accept for ever and never returns. A server that must
 * outlive a shortage cannot use that.
 */
#include "net/door.h"

#include "base/ensure.h"
#include "base/log.h"
#include "net/connection.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#define REST_MS 100
/* After so many newcomers those who are connected already get their turn. */
#define NEWCOMERS_MAX 64

static void on_newcomers(uv_poll_t *queue, int status, int events);

static void watch(struct door *door)
{
    int error = uv_poll_start(&door->queue, UV_READABLE, on_newcomers);
    ensure(error == 0);
}

static void on_rested(uv_timer_t *rest)
{
    watch(rest->data);
}

static void rest(struct door *door, int why)
{
    if (!door->is_short)
        log_warn("cannot accept connections; those who come wait",
                 LOG_CSTR("reason", strerrordesc_np(why)));
    door->is_short = true;
    uv_poll_stop(&door->queue);
    int error = uv_timer_start(&door->rest, on_rested, REST_MS, 0);
    ensure(error == 0);
}

/* A shortage is over when nobody waits any more, not as soon as one more client got in. */
static void note_empty(struct door *door)
{
    if (door->is_short)
        log_info("connections are accepted again");
    door->is_short = false;
}

/* accept also reports errors of the connection that it was about to hand over: that client is gone,
 * and the socket is well. */
static bool is_newcomers_own(int why)
{
    switch (why) {
    case EINTR:
    case ECONNABORTED:
    case EPROTO:
    case ENOPROTOOPT:
    case EOPNOTSUPP:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENONET:
    case EPERM: /* a firewall's word */
        return true;
    default:
        return false;
    }
}

/* Lets one in; false when there is nobody, or nobody can be let in. */
static bool let_in(struct door *door)
{
    int fd = accept4(door->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd >= 0)
        connection_accept(door, fd);
    else if (errno == EAGAIN)
        note_empty(door);
    else if (!is_newcomers_own(errno))
        rest(door, errno);
    return fd >= 0;
}

/* `status` is not looked at: an error of the socket shows in accept as well. */
static void on_newcomers(uv_poll_t *queue, int status, int events)
{
    struct door *door = queue->data;

    (void)status;
    (void)events;
    for (int i = 0; i < NEWCOMERS_MAX && let_in(door); i++)
        continue;
}

void door_open(struct door *door, struct loop *loop, enum listener_kind kind, int fd)
{
    *door = (struct door){ .loop = loop, .kind = kind, .fd = fcntl(fd, F_DUPFD_CLOEXEC, 3) };
    ensure(door->fd >= 0);
    int error = uv_poll_init(&loop->uv, &door->queue, door->fd);
    ensure(error == 0);
    error = uv_timer_init(&loop->uv, &door->rest);
    ensure(error == 0);
    door->queue.data = door;
    door->rest.data = door;
    watch(door);
}

void door_close(struct door *door)
{
    uv_close((uv_handle_t *)&door->queue, NULL);
    uv_close((uv_handle_t *)&door->rest, NULL);
    close(door->fd);
}
