/*
 * A connection is in one state at a time:
 *
 *   READING    --whole request-->  IN_SERVICE  --answer-->  WRITING  --written-->  READING
 *      |  answered here (faults, /healthz) ------------------^  |
 *      +--refused: an answer that closes-----------------------^+--last answer-->  LINGERING  --> closed
 *
 * Reading goes on in every state, so that the end of the connection is seen while a poll is held. What a client sends ahead of its
 * answer is kept, up to a bound; then reading stops, and the kernel is asked now and again whether the client is still there.
 */
#include "net/connection.h"

#include "base/memory.h"
#include "net/exchange.h"
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

/* What a client may send ahead while an answer is under way. */
#define AHEAD_BYTES_MAX ((size_t)64 << 10)
#define KEEPALIVE_S 30
#define USER_TIMEOUT_MS 60000

enum connection_state { READING, IN_SERVICE, WRITING, LINGERING, CLOSED };

struct connection {
    struct list link; /* in loop.connections */
    struct loop *loop;
    uv_tcp_t tcp;
    uv_shutdown_t shutdown;
    enum connection_state state;
    struct deadline deadline;
    struct http *http; /* borrowed while a request is on its way; else NULL */
    struct call *call; /* in the service; else NULL */
    struct answer answer; /* content type and farewell of the request under way */
    struct text ahead;    /* what came behind the request under way */
    bool is_head;         /* the answer's body is not sent */
    bool continued;       /* "100 Continue" was sent */
    bool read_stopped;
    bool draining;
    bool half_closed; /* the client sends no more; it may still read the answer under way */
    bool socket_closed;
};

/* Bytes that the kernel did not take at once. */
struct pending_write {
    uv_write_t request;
    struct connection *connection;
    size_t len;
    char bytes[];
};

static void consume(struct connection *connection, struct bytes data);

struct connection *connection_of_link(struct list *link)
{
    return (struct connection *)(void *)((char *)link - offsetof(struct connection, link));
}

/* ---- the end */

static void free_if_over(struct connection *connection)
{
    struct loop *loop = connection->loop;

    if (!connection->socket_closed || connection->call)
        return;
    list_remove(&connection->link);
    text_deinit(&connection->ahead);
    atomic_fetch_sub(loop->open_connections, 1);
    memory_free(connection);
    loop_connection_freed(loop);
}

static void on_closed(uv_handle_t *handle)
{
    struct connection *connection = handle->data;

    connection->socket_closed = true;
    free_if_over(connection);
}

static void drop_http(struct connection *connection)
{
    if (connection->http)
        loop_return_http(connection->loop, connection->http);
    connection->http = NULL;
}

void connection_close(struct connection *connection)
{
    if (connection->state == CLOSED)
        return;
    if (connection->call) /* a poll is never given a task from here on (P6) */
        (void)service_abandon(connection->loop->config.service, connection->call);
    connection->state = CLOSED;
    deadline_clear(&connection->deadline);
    drop_http(connection);
    text_reset(&connection->ahead);
    uv_close((uv_handle_t *)&connection->tcp, on_closed);
}

static void on_shutdown(uv_shutdown_t *shutdown, int status)
{
    (void)status;
    (void)shutdown; /* the client's own end, or the deadline, closes */
}

/* Our last word is said: closing at once could destroy it while the client still sends. */
static void linger(struct connection *connection)
{
    if (connection->draining || connection->half_closed ||
        uv_shutdown(&connection->shutdown, (uv_stream_t *)&connection->tcp, on_shutdown) != 0) {
        connection_close(connection);
        return;
    }
    connection->state = LINGERING;
    loop_set_deadline(connection->loop, &connection->deadline, DEADLINE_LINGER);
}

/* ---- reading on and off */

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct connection *connection = handle->data;

    (void)suggested;
    *buffer = uv_buf_init(connection->loop->read_buffer, READ_BUFFER_BYTES);
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer);

static void start_reading(struct connection *connection)
{
    connection->read_stopped = false;
    if (uv_read_start((uv_stream_t *)&connection->tcp, on_alloc, on_read) != 0)
        connection_close(connection);
}

static void stop_reading(struct connection *connection)
{
    connection->read_stopped = true;
    uv_read_stop((uv_stream_t *)&connection->tcp);
    if (connection->state == IN_SERVICE)
        loop_set_deadline(connection->loop, &connection->deadline, DEADLINE_PROBE);
}

/* With reading stopped an end goes unseen: the kernel knows. */
static bool peer_is_gone(const struct connection *connection)
{
    uv_os_fd_t fd;
    struct pollfd poll_fd = { .events = POLLRDHUP };

    if (uv_fileno((const uv_handle_t *)&connection->tcp, &fd) != 0)
        return true;
    poll_fd.fd = fd;
    return poll(&poll_fd, 1, 0) > 0 && (poll_fd.revents & (POLLRDHUP | POLLHUP | POLLERR));
}

static void keep_ahead(struct connection *connection, struct bytes data)
{
    text_append(&connection->ahead, data);
    if (connection->ahead.overflowed) /* cannot be: reading stops before; a broken promise ends the connection */
        connection_close(connection);
    else if (connection->ahead.len >= AHEAD_BYTES_MAX && !connection->read_stopped)
        stop_reading(connection);
}

/* ---- writing */

/* The answer is with the kernel. */
static void finish_answer(struct connection *connection)
{
    if (connection->answer.farewell == FAREWELL_CLOSE || connection->half_closed) {
        linger(connection);
        return;
    }
    connection->state = READING;
    loop_set_deadline(connection->loop, &connection->deadline, DEADLINE_IDLE);
}

/* Goes on with what the client sent ahead. */
static void resume(struct connection *connection)
{
    struct text ahead = connection->ahead;

    if (connection->state != READING)
        return;
    text_init(&connection->ahead, AHEAD_BYTES_MAX + READ_BUFFER_BYTES);
    if (connection->read_stopped)
        start_reading(connection);
    consume(connection, text_bytes(&ahead));
    text_deinit(&ahead);
}

static void on_written(uv_write_t *request, int status)
{
    struct pending_write *write = request->data;
    struct connection *connection = write->connection;

    memory_free(write);
    if (connection->state != WRITING)
        return; /* closed meanwhile */
    if (status != 0) {
        connection_close(connection);
        return;
    }
    finish_answer(connection);
    resume(connection);
}

static void write_rest(struct connection *connection, const uv_buf_t buffers[2], size_t written)
{
    size_t total = buffers[0].len + buffers[1].len;
    struct pending_write *write = memory_new(sizeof(*write) + total - written);
    uv_buf_t rest;

    write->request.data = write;
    write->connection = connection;
    for (int i = 0; i < 2; i++) {
        size_t skip = written < buffers[i].len ? written : buffers[i].len;

        memcpy(write->bytes + write->len, buffers[i].base + skip, buffers[i].len - skip);
        write->len += buffers[i].len - skip;
        written -= skip;
    }
    rest = uv_buf_init(write->bytes, (unsigned)write->len);
    if (uv_write(&write->request, (uv_stream_t *)&connection->tcp, &rest, 1, on_written) != 0) {
        memory_free(write);
        connection_close(connection);
        return;
    }
    loop_set_deadline(connection->loop, &connection->deadline, DEADLINE_WRITE);
}

/* Writes the answer whose body stands in loop.body; what the kernel does not take at once follows. */
static void send_answer(struct connection *connection)
{
    struct loop *loop = connection->loop;
    uv_buf_t buffers[2];
    size_t body_len = connection->is_head ? 0 : loop->body.len;
    int written;

    if (connection->draining)
        connection->answer.farewell = FAREWELL_CLOSE;
    text_reset(&loop->head);
    answer_head(&loop->head, &connection->answer, loop->body.len, &loop->stamp);
    buffers[0] = uv_buf_init(loop->head.ptr, (unsigned)loop->head.len);
    buffers[1] = uv_buf_init(loop->body.ptr, (unsigned)body_len);
    connection->state = WRITING;
    written = uv_try_write((uv_stream_t *)&connection->tcp, buffers, body_len ? 2 : 1);
    if (written == UV_EAGAIN)
        written = 0;
    if (written < 0)
        connection_close(connection);
    else if ((size_t)written < loop->head.len + body_len)
        write_rest(connection, buffers, (size_t)written);
    else
        finish_answer(connection);
}

/* An answer of HTTP itself, after which the connection ends. */
static void refuse(struct connection *connection, int status)
{
    drop_http(connection);
    text_reset(&connection->loop->body);
    connection->is_head = false;
    connection->answer = (struct answer){ .status = status, .farewell = FAREWELL_CLOSE };
    send_answer(connection);
}

/* ---- requests */

/* Any thread: the call goes back to its loop. */
static void on_answer(struct call *call)
{
    struct connection *connection = call->owner;

    mailbox_post(&connection->loop->answers, &call->mail);
}

static void submit(struct connection *connection, struct call *call)
{
    call->owner = connection;
    call->on_answer = on_answer;
    connection->call = call;
    connection->state = IN_SERVICE;
    connection->loop->call_count++;
    deadline_clear(&connection->deadline);
    service_submit(connection->loop->config.service, call);
}

static enum farewell farewell_of(const struct http_head *head)
{
    if (!head->keeps_alive)
        return FAREWELL_CLOSE;
    return head->is_http_1_0 ? FAREWELL_KEEP_ALIVE : FAREWELL_NONE;
}

static void begin_request(struct connection *connection)
{
    struct loop *loop = connection->loop;
    struct http_request request = http_request(connection->http);
    enum farewell farewell = farewell_of(&connection->http->head);
    struct exchange exchange = {
        .request = &request,
        .json = loop->json,
        .service = loop->config.service,
        .account = loop->config.account,
        .body = &loop->body,
    };

    text_reset(&loop->body);
    exchange_begin(&exchange);
    connection->is_head = request.verb == VERB_HEAD;
    connection->answer = exchange.answer;
    connection->answer.farewell = farewell;
    connection->continued = false;
    drop_http(connection);
    if (exchange.call)
        submit(connection, exchange.call);
    else
        send_answer(connection);
}

void connection_answered(struct call *call)
{
    struct connection *connection = call->owner;
    struct loop *loop = connection->loop;

    loop->call_count--;
    connection->call = NULL;
    if (connection->state == CLOSED) {
        call_free(call);
        free_if_over(connection);
        return;
    }
    text_reset(&loop->body);
    exchange_finish(call, &connection->answer, &loop->body);
    call_free(call);
    send_answer(connection);
    resume(connection);
}

static void send_continue(struct connection *connection)
{
    uv_buf_t buffer = uv_buf_init((char[]){ "HTTP/1.1 100 Continue\r\n\r\n" }, 25);

    connection->continued = true;
    if (uv_try_write((uv_stream_t *)&connection->tcp, &buffer, 1) != 25)
        connection_close(connection);
}

/* Reads as much of one request as there is; what is left belongs to the next. */
static struct bytes read_request(struct connection *connection, struct bytes data)
{
    struct http *http = connection->http;
    bool was_in_head;
    size_t used;

    if (http == NULL) {
        http = connection->http = loop_borrow_http(connection->loop);
        loop_set_deadline(connection->loop, &connection->deadline, DEADLINE_HEADER);
    }
    was_in_head = http->state == HTTP_IN_HEAD;
    used = http_read(http, data);
    if (http->state == HTTP_REFUSED) {
        refuse(connection, http->refusal);
    } else if (http->state == HTTP_WHOLE) {
        begin_request(connection);
    } else if (http->state == HTTP_IN_BODY && was_in_head) {
        loop_set_deadline(connection->loop, &connection->deadline, DEADLINE_BODY);
        if (http_wants_continue(http) && !connection->continued)
            send_continue(connection);
    }
    return bytes_skip(data, used);
}

static void consume(struct connection *connection, struct bytes data)
{
    while (data.len && connection->state == READING)
        data = read_request(connection, data);
    if (data.len && (connection->state == IN_SERVICE || connection->state == WRITING) &&
        connection->answer.farewell != FAREWELL_CLOSE)
        keep_ahead(connection, data);
}

/* ---- what libuv tells */

/* The client sends no more. A poll of its is over; any other call goes on, and its answer is the last. */
static void on_end(struct connection *connection)
{
    bool poll_is_over = connection->state == IN_SERVICE && connection->call &&
                        service_abandon(connection->loop->config.service, connection->call);

    if (poll_is_over || connection->state == READING || connection->state == LINGERING) {
        connection_close(connection);
        return;
    }
    connection->half_closed = true;
    uv_read_stop((uv_stream_t *)&connection->tcp);
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer)
{
    struct connection *connection = stream->data;

    if (connection->state == CLOSED)
        return;
    if (count == UV_EOF)
        on_end(connection);
    else if (count < 0)
        connection_close(connection);
    else if (connection->state != LINGERING) /* else: read and forgotten */
        consume(connection, bytes_of(buffer->base, (size_t)count));
}

static void probe(struct connection *connection)
{
    if (peer_is_gone(connection))
        on_end(connection);
    else
        loop_set_deadline(connection->loop, &connection->deadline, DEADLINE_PROBE);
}

void connection_expired(struct deadline *deadline)
{
    struct connection *connection =
        (struct connection *)(void *)((char *)deadline - offsetof(struct connection, deadline));

    switch (deadline->kind) {
    case DEADLINE_HEADER:
    case DEADLINE_BODY:
        refuse(connection, 408);
        break;
    case DEADLINE_PROBE:
        probe(connection);
        break;
    default:
        connection_close(connection);
        break;
    }
}

void connection_drain(struct connection *connection)
{
    connection->draining = true;
    if (connection->state == READING || connection->state == LINGERING)
        connection_close(connection);
}

/* ---- the beginning */

static void set_options(struct connection *connection)
{
    int user_timeout_ms = USER_TIMEOUT_MS;
    uv_os_fd_t fd;

    uv_tcp_nodelay(&connection->tcp, 1);
    uv_tcp_keepalive(&connection->tcp, 1, KEEPALIVE_S);
    if (uv_fileno((const uv_handle_t *)&connection->tcp, &fd) == 0)
        setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout_ms, sizeof(user_timeout_ms));
}

void connection_accept(struct loop *loop, uv_stream_t *listener)
{
    struct connection *connection = memory_new(sizeof(*connection));
    bool too_many = atomic_fetch_add(loop->open_connections, 1) >= loop->config.connections_max;

    connection->loop = loop;
    deadline_init(&connection->deadline);
    text_init(&connection->ahead, AHEAD_BYTES_MAX + READ_BUFFER_BYTES);
    list_append(&loop->connections, &connection->link);
    loop->connection_count++;
    ensure(uv_tcp_init(&loop->uv, &connection->tcp) == 0);
    connection->tcp.data = connection;
    if (uv_accept(listener, (uv_stream_t *)&connection->tcp) != 0 || too_many || loop->draining) {
        connection_close(connection);
        return;
    }
    set_options(connection);
    loop_set_deadline(loop, &connection->deadline, DEADLINE_IDLE);
    start_reading(connection);
}
