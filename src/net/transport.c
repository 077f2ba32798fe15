#include "net/transport.h"

#include "base/memory.h"
#include "net/answer.h"
#include "net/tls_channel.h"
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define OWN_BYTES_MAX ((size_t)64 << 10)

/* What did not fit into the socket at once. */
struct unsent {
    uv_write_t write;
    struct transport *transport;
    bool is_owners; /* the owner's bytes; else TLS's own, whose end is reported to nobody */
    struct text head, body;
};

static uv_stream_t *stream_of(struct transport *transport)
{
    return &transport->socket.stream;
}

static int fd_of(const struct transport *transport)
{
    uv_os_fd_t fd = -1;

    ensure(uv_fileno(&transport->socket.handle, &fd) == 0);
    return fd;
}

/* ---- beginning */

void transport_init(struct transport *transport, const struct door *door, int fd,
                    const struct transport_events *events)
{
    transport->events = events;
    transport->loop = door->loop;
    transport->speaks_tls = door->kind == LISTENER_TLS;
    socket_handle_init(&transport->socket, &door->loop->uv, door->kind == LISTENER_UNIX);
    transport->socket.handle.data = transport;
    socket_handle_open(&transport->socket, fd);
}

struct peer_address transport_peer(const struct transport *transport)
{
    struct sockaddr_storage address;
    socklen_t len = sizeof(address);

    if (getpeername(fd_of(transport), (struct sockaddr *)&address, &len) != 0)
        return (struct peer_address){ 0 };
    return peer_address_of((const struct sockaddr *)&address);
}

/* ---- writing */

static void on_written(uv_write_t *write, int status)
{
    struct unsent *unsent = write->data;
    struct transport *transport = unsent->transport;
    bool is_owners = unsent->is_owners;

    transport->unsent_bytes -= unsent->head.capacity + unsent->body.capacity;
    if (!is_owners)
        transport->own_bytes -= unsent->head.len;
    text_deinit(&unsent->head);
    text_deinit(&unsent->body);
    memory_free(unsent);
    if (transport->is_closed)
        return;
    if (status < 0)
        transport->events->failed(transport);
    else if (is_owners)
        transport->events->taken(transport);
}

static uv_buf_t rest_of(const struct text *text, size_t sent)
{
    size_t skipped = sent < text->len ? sent : text->len;
    return (uv_buf_t){ .base = text->ptr + skipped, .len = text->len - skipped };
}

/* Takes the bytes and their memory, and leaves an empty text behind. */
static struct text take_text(struct text *text)
{
    struct text taken = *text;

    text_init(text, taken.bytes_max);
    return taken;
}

static void write_later(struct transport *transport, struct text *head, struct text *body,
                        size_t sent, bool is_owners)
{
    struct unsent *unsent = memory_new(sizeof(*unsent));

    *unsent = (struct unsent){ .transport = transport, .is_owners = is_owners };
    unsent->head = take_text(head);
    if (body && body->len > 0)
        unsent->body = take_text(body);
    unsent->write.data = unsent;
    if (!is_owners)
        transport->own_bytes += unsent->head.len;
    transport->unsent_bytes += unsent->head.capacity + unsent->body.capacity;
    uv_buf_t parts[2] = {
        rest_of(&unsent->head, sent),
        rest_of(&unsent->body, sent > unsent->head.len ? sent - unsent->head.len : 0),
    };
    int error = uv_write(&unsent->write, stream_of(transport), parts, 2, on_written);
    ensure(error == 0); /* only a handle that is not open could make it fail */
}

/* How many bytes the socket took; -1: it is broken. */
static ssize_t write_now(struct transport *transport, const struct text *head,
                         const struct text *body)
{
    uv_buf_t parts[2] = { rest_of(head, 0) };
    unsigned count = 1;

    if (body && body->len > 0)
        parts[count++] = rest_of(body, 0);
    int sent = uv_try_write(stream_of(transport), parts, count);
    if (sent == UV_EAGAIN)
        return 0;
    return sent < 0 ? -1 : sent;
}

/* Turns both into one text of TLS, which takes the head's place. */
static bool seal(struct transport *transport, struct text *head, struct text *body, bool is_last)
{
    struct text *sealed = &transport->loop->sealed;
    struct text plain;

    /* A small answer is one record. */
    if (head->len + body->len <= TLS_RECORD_BYTES) {
        text_append(head, text_bytes(body));
        text_reset(body);
    }
    if (!tls_channel_write(transport->tls, text_bytes(head), sealed) ||
        !tls_channel_write(transport->tls, text_bytes(body), sealed))
        return false;
    if (is_last)
        tls_channel_finish(transport->tls, sealed);
    plain = *head;
    *head = *sealed;
    *sealed = plain;
    text_reset(sealed);
    text_reset(body);
    return true;
}

static enum transport_outcome send_both(struct transport *transport, struct text *head,
                                        struct text *body)
{
    size_t all = head->len + body->len;
    ssize_t sent = write_now(transport, head, body);

    if (sent < 0)
        return TRANSPORT_FAILED;
    if ((size_t)sent == all)
        return TRANSPORT_SENT;
    write_later(transport, head, body, (size_t)sent, true);
    return TRANSPORT_SENDING;
}

enum transport_outcome transport_send(struct transport *transport, struct text *head,
                                      struct text *body, bool is_last)
{
    enum transport_outcome outcome = TRANSPORT_FAILED;

    if (!transport->tls || seal(transport, head, body, is_last))
        outcome = send_both(transport, head, body);
    text_reset(head);
    text_reset(body);
    text_reset(&transport->loop->sealed);
    return outcome;
}

bool transport_say(struct transport *transport, struct bytes words)
{
    struct text *sealed = &transport->loop->sealed;
    uv_buf_t part = { .base = (char *)(uintptr_t)words.ptr, .len = words.len };
    bool ok = true;

    if (transport->tls) {
        ok = tls_channel_write(transport->tls, words, sealed);
        part = rest_of(sealed, 0);
    }
    ok = ok && uv_try_write(stream_of(transport), &part, 1) == (int)part.len;
    text_reset(sealed);
    return ok;
}

/* Sends what TLS itself has to say: its part of a handshake, a ticket, an alert, a new key. That
 * fits into the socket or waits behind an answer; it piles up only when a client keeps asking and
 * reads nothing. */
static bool send_own_words(struct transport *transport)
{
    struct text *sealed = &transport->loop->sealed;
    ssize_t sent = 0;

    if (sealed->len > 0)
        sent = write_now(transport, sealed, NULL);
    if (sent >= 0 && (size_t)sent < sealed->len) {
        if (transport->own_bytes + sealed->len > OWN_BYTES_MAX)
            sent = -1;
        else
            write_later(transport, sealed, NULL, (size_t)sent, false);
    }
    text_reset(sealed);
    return sent >= 0;
}

/* ---- reading */

/* One event of TLS; false when there is none until more is received. */
static bool step(struct transport *transport)
{
    const struct transport_events *events = transport->events;
    struct loop *loop = transport->loop;
    size_t len;
    enum tls_event event = tls_channel_read(transport->tls, loop->plain, sizeof(loop->plain), &len,
                                            &loop->sealed);

    if (!send_own_words(transport))
        event = TLS_BROKEN;
    switch (event) {
    case TLS_OPENED:
        events->opened(transport);
        return true;
    case TLS_BYTES:
        events->bytes(transport, bytes_of(loop->plain, len));
        return true;
    case TLS_ENDED:
        events->ended(transport);
        return false;
    case TLS_BROKEN:
        events->failed(transport);
        return false;
    case TLS_WANTS_MORE:
        break;
    }
    return false;
}

static void receive(struct transport *transport, struct bytes data)
{
    if (!transport->speaks_tls) {
        transport->events->bytes(transport, data);
        return;
    }
    if (!transport->tls)
        transport->tls = tls_channel_new(transport->loop->config.tls);
    tls_channel_receive(transport->tls, data);
    while (!transport->is_closed && step(transport))
        continue;
}

static void on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *buffer)
{
    struct transport *transport = stream->data;

    if (len > 0)
        receive(transport, bytes_of(buffer->base, (size_t)len));
    else if (len == UV_EOF)
        transport->events->ended(transport);
    else if (len < 0)
        transport->events->failed(transport);
}

static void on_buffer_wanted(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct transport *transport = handle->data;

    (void)suggested;
    buffer->base = transport->loop->read_buffer;
    buffer->len = sizeof(transport->loop->read_buffer);
}

void transport_start_reading(struct transport *transport)
{
    if (transport->is_reading)
        return;
    transport->is_reading = true;
    if (uv_read_start(stream_of(transport), on_buffer_wanted, on_read) != 0)
        transport->events->failed(transport);
}

void transport_stop_reading(struct transport *transport)
{
    uv_read_stop(stream_of(transport));
    transport->is_reading = false;
}

enum transport_sight transport_probe(const struct transport *transport)
{
    struct pollfd socket = { .fd = fd_of(transport), .events = POLLRDHUP };

    (void)poll(&socket, 1, 0);
    if (socket.revents & (POLLERR | POLLHUP))
        return TRANSPORT_GONE;
    return socket.revents & POLLRDHUP ? TRANSPORT_ENDED : TRANSPORT_THERE;
}

bool transport_has_unread(const struct transport *transport)
{
    int bytes = 0;

    return ioctl(fd_of(transport), FIONREAD, &bytes) == 0 && bytes > 0;
}

/* ---- the end */

/* Only where the socket takes it at once. */
static void say_goodbye(struct transport *transport)
{
    struct text *sealed = &transport->loop->sealed;

    if (!transport->tls || uv_stream_get_write_queue_size(stream_of(transport)) > 0)
        return;
    tls_channel_finish(transport->tls, sealed);
    if (sealed->len > 0)
        (void)write_now(transport, sealed, NULL);
    text_reset(sealed);
}

/* Nothing is queued in libuv here, so the kernel may be told directly. */
void transport_end(struct transport *transport)
{
    say_goodbye(transport);
    (void)shutdown(fd_of(transport), SHUT_WR);
}

static void on_closed(uv_handle_t *handle)
{
    struct transport *transport = handle->data;

    tls_channel_free(transport->tls);
    transport->tls = NULL;
    transport->events->closed(transport);
}

void transport_close(struct transport *transport)
{
    if (transport->is_closed)
        return;
    say_goodbye(transport);
    transport->is_closed = true;
    uv_close(&transport->socket.handle, on_closed);
}
