/*
 * socket_handle - libuv's handle of a socket, of whichever family.
 */
#ifndef NET_SOCKET_HANDLE_H
#define NET_SOCKET_HANDLE_H

#include "base/ensure.h"
#include <stdbool.h>
#include <uv.h>

union socket_handle {
    uv_handle_t handle;
    uv_stream_t stream;
    uv_tcp_t tcp;
    uv_pipe_t pipe;
};

static inline void socket_handle_init(union socket_handle *socket, uv_loop_t *uv, bool is_unix)
{
    int error = is_unix ? uv_pipe_init(uv, &socket->pipe, 0) : uv_tcp_init(uv, &socket->tcp);
    ensure(error == 0);
}

/* Makes it the handle of `fd`, which it owns from now on. */
static inline void socket_handle_open(union socket_handle *socket, int fd)
{
    bool is_unix = socket->handle.type == UV_NAMED_PIPE;
    int error = is_unix ? uv_pipe_open(&socket->pipe, fd) : uv_tcp_open(&socket->tcp, fd);
    ensure(error == 0);
}

#endif
