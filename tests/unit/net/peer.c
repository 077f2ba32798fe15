#include "peer.h"

#include "base/memory.h"
#include "certificates.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>
/* after its prerequisites */
#include <cmocka.h>

const char poll_body[] = "{\"domain\":\"d\",\"taskList\":{\"name\":\"l\"}}";
const char register_body[] = "{\"name\":\"d\",\"workflowExecutionRetentionPeriodInDays\":\"1\"}";
const char count_body[] = "{\"domain\":\"d\",\"startTimeFilter\":{\"oldestDate\":1}}";

struct rig rig_prepare(void)
{
    return (struct rig){ .config = { .world = &still_world,
                                     .listen = "127.0.0.1:0",
                                     .account = 123456789012,
                                     SERVER_CONFIG_DEFAULTS } };
}

void rig_speak_tls(struct rig *rig)
{
    rig->tls = certificates_open_tls();
    rig->config.tls = rig->tls;
    rig->config.tls_listen = rig->config.listen;
    rig->config.listen = NULL;
}

void rig_start(struct rig *rig)
{
    signal(SIGPIPE, SIG_IGN); /* OpenSSL writes to sockets that may be closed */
    rig->service = fake_service_new();
    rig->config.service = rig->service;
    assert_int_equal(server_start(&rig->config, &rig->server), OK);
}

void rig_drain(struct rig *rig)
{
    if (!rig->drained)
        server_drain(rig->server);
    rig->drained = true;
}

void rig_stop(struct rig *rig)
{
    rig_drain(rig);
    fake_service_stop_parking(rig->service);
    server_finish(rig->server, duration_of_s(1));
    fake_service_free(rig->service);
    tls_close(rig->tls);
}

static uint16_t port_of(const struct rig *rig)
{
    return rig->tls ? server_tls_port(rig->server) : server_port(rig->server);
}

static struct peer peer_new(int family)
{
    struct peer peer = { .fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0) };
    struct timeval minute = { .tv_sec = 60 };
    int on = 1;

    assert_true(peer.fd >= 0);
    setsockopt(peer.fd, SOL_SOCKET, SO_RCVTIMEO, &minute, sizeof(minute));
    setsockopt(peer.fd, SOL_SOCKET, SO_SNDTIMEO, &minute, sizeof(minute));
    setsockopt(peer.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return peer;
}

static struct sockaddr_in address_of(const char *host, uint16_t port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };

    assert_int_equal(inet_pton(AF_INET, host, &address.sin_addr), 1);
    return address;
}

struct peer peer_connect_from(const struct rig *rig, const char *host)
{
    struct sockaddr_in from = address_of(host, 0), to = address_of("127.0.0.1", port_of(rig));
    struct peer peer = peer_new(AF_INET);

    assert_int_equal(bind(peer.fd, (struct sockaddr *)&from, sizeof(from)), 0);
    assert_int_equal(connect(peer.fd, (struct sockaddr *)&to, sizeof(to)), 0);
    return peer;
}

struct peer peer_connect_raw(const struct rig *rig)
{
    return peer_connect_from(rig, "127.0.0.1");
}

struct peer peer_connect_unix(const struct rig *rig)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    struct peer peer = peer_new(AF_UNIX);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", rig->config.unix_socket);
    assert_int_equal(connect(peer.fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return peer;
}

bool peer_try_connect(const struct rig *rig, struct peer *out)
{
    *out = peer_connect_raw(rig);
    if (!rig->tls)
        return true;
    out->ssl = certificates_client_session();
    assert_int_equal(SSL_set_fd(out->ssl, out->fd), 1);
    return SSL_connect(out->ssl) == 1;
}

struct peer peer_connect(const struct rig *rig)
{
    struct peer peer;

    assert_true(peer_try_connect(rig, &peer));
    return peer;
}

/* Without a close_notify: the ruder way. */
void peer_close(struct peer *peer)
{
    SSL_free(peer->ssl);
    close(peer->fd);
    memory_free(peer->received);
    *peer = (struct peer){ .fd = -1 };
}

void peer_reset(struct peer *peer)
{
    struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

    setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    peer_close(peer);
}

static ssize_t send_some(struct peer *peer, struct bytes data)
{
    if (peer->ssl)
        return SSL_write(peer->ssl, data.ptr, (int)data.len);
    return send(peer->fd, data.ptr, data.len, MSG_NOSIGNAL);
}

bool peer_try_send(struct peer *peer, struct bytes data)
{
    while (data.len > 0) {
        ssize_t sent = send_some(peer, data);
        if (sent <= 0)
            return false;
        data = bytes_skip(data, (size_t)sent);
    }
    return true;
}

void peer_send(struct peer *peer, struct bytes data)
{
    assert_true(peer_try_send(peer, data));
}

void peer_send_text(struct peer *peer, const char *text)
{
    peer_send(peer, bytes_of_cstr(text));
}

static ssize_t receive_some_tls(SSL *ssl, char *out, size_t size)
{
    int len = SSL_read(ssl, out, (int)size);

    if (len > 0)
        return len;
    return SSL_get_error(ssl, len) == SSL_ERROR_ZERO_RETURN ? 0 : -1;
}

/* Receives once more; 0 at the end, -1 with errno. */
static ssize_t receive(struct peer *peer)
{
    if (peer->capacity - peer->len < 65536) {
        peer->capacity = peer->capacity ? peer->capacity * 2 : 131072;
        peer->received = memory_resize(peer->received, peer->capacity);
    }
    char *out = peer->received + peer->len;
    size_t size = peer->capacity - peer->len - 1;
    ssize_t len = peer->ssl ? receive_some_tls(peer->ssl, out, size) : recv(peer->fd, out, size, 0);
    if (len > 0)
        peer->len += (size_t)len;
    peer->received[peer->len] = '\0';
    return len;
}

static void receive_some(struct peer *peer)
{
    ssize_t len = receive(peer);
    if (len <= 0)
        print_error("no further byte: %s\n", len < 0 ? strerror(errno) : "end of file");
    assert_true(len > 0);
}

static void take(struct peer *peer, char *out, size_t len)
{
    memcpy(out, peer->received, len);
    out[len] = '\0';
    memmove(peer->received, peer->received + len, peer->len - len + 1);
    peer->len -= len;
}

/* The length of the head in what was received, or 0. */
static size_t find_head(const struct peer *peer)
{
    const char *end = peer->len ? strstr(peer->received, "\r\n\r\n") : NULL;
    return end ? (size_t)(end - peer->received) + 4 : 0;
}

static size_t announced(const char *head)
{
    const char *length = strstr(head, "Content-Length: ");
    return length ? strtoul(length + strlen("Content-Length: "), NULL, 10) : 0;
}

struct reply peer_reply_without_body(struct peer *peer)
{
    struct reply reply = { 0 };

    while (find_head(peer) == 0)
        receive_some(peer);
    size_t len = find_head(peer);
    assert_true(len < sizeof(reply.head));
    take(peer, reply.head, len);
    assert_memory_equal(reply.head, "HTTP/1.1 ", 9);
    reply.status = (int)strtol(reply.head + 9, NULL, 10);
    reply.body_len = announced(reply.head);
    return reply;
}

struct reply peer_reply(struct peer *peer)
{
    struct reply reply = peer_reply_without_body(peer);

    while (peer->len < reply.body_len)
        receive_some(peer);
    reply.body = memory_new(reply.body_len + 1);
    take(peer, reply.body, reply.body_len);
    return reply;
}

void reply_free(struct reply *reply)
{
    memory_free(reply->body);
}

void peer_expect_status(struct peer *peer, int status)
{
    struct reply reply = peer_reply(peer);
    if (reply.status != status)
        print_error("%s%s\n", reply.head, reply.body);
    assert_int_equal(reply.status, status);
    reply_free(&reply);
}

void peer_expect_end(struct peer *peer)
{
    assert_int_equal(peer->len, 0);
    ssize_t len = receive(peer);
    if (len != 0)
        print_error("not the end: %s\n", len < 0 ? strerror(errno) : peer->received);
    assert_int_equal(len, 0);
}

bool peer_is_answered(struct peer *peer)
{
    while (find_head(peer) == 0)
        if (receive(peer) <= 0)
            return false;
    struct reply reply = peer_reply(peer);
    reply_free(&reply);
    return true;
}

size_t peer_read_to_end(struct peer *peer)
{
    while (receive(peer) > 0)
        ;
    return peer->len;
}

struct bytes call_text(const char *operation, const char *more, const char *body)
{
    static char text[8192];
    int len = snprintf(text, sizeof(text),
                       "POST / HTTP/1.1\r\n"
                       "Host: localhost\r\n"
                       "X-Amz-Target: SimpleWorkflowService.%s\r\n"
                       "Content-Type: application/x-amz-json-1.0\r\n"
                       "X-Amz-Date: 20260101T000000Z\r\n"
                       "Authorization: AWS4-HMAC-SHA256 "
                       "Credential=AKID/20260101/us-east-1/swf/aws4_request, "
                       "SignedHeaders=host;x-amz-date, Signature=00\r\n"
                       "%s"
                       "Content-Length: %zu\r\n\r\n%s",
                       operation, more ? more : "", strlen(body), body);

    assert_true(len > 0 && (size_t)len < sizeof(text));
    return bytes_of(text, (size_t)len);
}
