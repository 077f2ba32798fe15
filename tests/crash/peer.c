#include "peer.h"

#include "process.h"
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define ANSWER_BYTES_MAX ((size_t)64 << 20)

bool peer_connect(struct peer *peer, uint16_t port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons(port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct timeval watchdog = { .tv_sec = WATCHDOG_S };
    int on = 1;

    *peer = (struct peer){ .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
    ensure(peer->fd >= 0);
    text_init(&peer->received, ANSWER_BYTES_MAX);
    text_init(&peer->answer, ANSWER_BYTES_MAX);
    setsockopt(peer->fd, SOL_SOCKET, SO_RCVTIMEO, &watchdog, sizeof watchdog);
    setsockopt(peer->fd, SOL_SOCKET, SO_SNDTIMEO, &watchdog, sizeof watchdog);
    setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(peer->fd, (struct sockaddr *)&address, sizeof address) == 0)
        return true;
    peer_close(peer);
    return false;
}

void peer_close(struct peer *peer)
{
    if (peer->fd >= 0)
        close(peer->fd);
    peer->fd = -1;
    text_deinit(&peer->received);
    text_deinit(&peer->answer);
}

bool peer_send(struct peer *peer, struct bytes data)
{
    while (data.len > 0) {
        ssize_t sent = send(peer->fd, data.ptr, data.len, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        data = bytes_skip(data, (size_t)sent);
    }
    return true;
}

void peer_send_end(struct peer *peer)
{
    shutdown(peer->fd, SHUT_WR);
}

/* ---- receiving */

static bool receive_more(struct peer *peer)
{
    char buffer[65536];
    ssize_t got = recv(peer->fd, buffer, sizeof buffer, 0);

    if (got <= 0)
        return false;
    text_append(&peer->received, bytes_of(buffer, (size_t)got));
    return !peer->received.overflowed;
}

/* The length of the head with the empty line behind it; 0 when it is not whole. */
static size_t head_length(struct bytes received)
{
    const char *end = received.len ? memmem(received.ptr, received.len, "\r\n\r\n", 4) : NULL;
    return end ? (size_t)(end - received.ptr) + 4 : 0;
}

static size_t content_length(struct bytes head)
{
    static const char name[] = "\r\ncontent-length: ";

    for (size_t i = 0; i + sizeof name <= head.len; i++)
        if (strncasecmp(head.ptr + i, name, sizeof name - 1) == 0)
            return strtoul(head.ptr + i + sizeof name - 1, NULL, 10);
    return 0;
}

static int status_of(struct bytes head)
{
    return head.len > 12 && bytes_starts_with(head, BYTES("HTTP/1."))
               ? (int)strtol(head.ptr + 9, NULL, 10)
               : 0;
}

/* Forgets the first `len` bytes. */
static void take(struct peer *peer, size_t len)
{
    memmove(peer->received.ptr, peer->received.ptr + len, peer->received.len - len);
    peer->received.len -= len;
}

static bool receive_head(struct peer *peer, size_t *len)
{
    while ((*len = head_length(text_bytes(&peer->received))) == 0)
        if (!receive_more(peer))
            return false;
    return true;
}

bool peer_receive(struct peer *peer, struct peer_answer *out)
{
    size_t head_len;

    do {
        if (!receive_head(peer, &head_len))
            return false;
        out->status = status_of(bytes_of(peer->received.ptr, head_len));
        if (out->status == 100)
            take(peer, head_len);
    } while (out->status == 100);

    size_t body_len = content_length(bytes_of(peer->received.ptr, head_len));
    while (peer->received.len < head_len + body_len)
        if (!receive_more(peer))
            return false;
    text_reset(&peer->answer);
    text_append(&peer->answer, bytes_of(peer->received.ptr, head_len + body_len));
    take(peer, head_len + body_len);
    out->head = bytes_of(peer->answer.ptr, head_len);
    out->body = bytes_of(peer->answer.ptr + head_len, body_len);
    return true;
}

/* ---- requests */

void peer_write_call(struct text *out, const char *operation, struct bytes body)
{
    text_printf(
        out,
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.0\r\n"
        "X-Amz-Target: SimpleWorkflowService.%s\r\nX-Amz-Date: 20261127T000000Z\r\n"
        "Authorization: AWS4-HMAC-SHA256 Credential=crash/20261127/us-east-1/swf/aws4_request, "
        "SignedHeaders=host;x-amz-date;x-amz-target, Signature=%064d\r\n"
        "Content-Length: %zu\r\n\r\n",
        operation, 0, body.len);
    text_append(out, body);
}

bool peer_read_health(uint16_t port, struct text *out)
{
    struct peer_answer answer;
    struct peer peer;

    text_reset(out);
    if (!peer_connect(&peer, port))
        return false;
    bool read = peer_send(&peer, BYTES("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")) &&
                peer_receive(&peer, &answer) && answer.status == 200;
    if (read)
        text_append(out, answer.body);
    peer_close(&peer);
    return read;
}

long long health_number(struct bytes health, const char *name)
{
    char member[64];
    int len = snprintf(member, sizeof member, "\"%s\":", name);
    const char *at = memmem(health.ptr, health.len, member, (size_t)len);
    unsigned long long number;
    size_t digits = 0;

    if (!at)
        return -1;
    struct bytes value = bytes_skip(health, (size_t)(at - health.ptr) + (size_t)len);
    while (digits < value.len && value.ptr[digits] >= '0' && value.ptr[digits] <= '9')
        digits++;
    return bytes_parse_u64(bytes_of(value.ptr, digits), &number) ? (long long)number : -1;
}
