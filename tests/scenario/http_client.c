#include "http_client.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWER_BYTES_MAX ((size_t)64 << 20)
#define READ_BYTES 65536

bool http_client_open(struct http_client *client, uint16_t port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
    int on = 1;

    *client = (struct http_client){ .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
    text_init(&client->received, ANSWER_BYTES_MAX);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (client->fd >= 0 && connect(client->fd, (struct sockaddr *)&address, sizeof(address)) == 0) {
        setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        return true;
    }
    http_client_close(client);
    return false;
}

void http_client_close(struct http_client *client)
{
    if (client->fd >= 0)
        close(client->fd);
    client->fd = -1;
    text_deinit(&client->received);
}

static bool send_all(int fd, struct bytes rest)
{
    while (rest.len) {
        ssize_t sent = send(fd, rest.ptr, rest.len, MSG_NOSIGNAL);

        if (sent <= 0)
            return false;
        rest = bytes_skip(rest, (size_t)sent);
    }
    return true;
}

bool http_client_send(struct http_client *client, enum operation operation, struct bytes body)
{
    struct text request;
    bool sent;

    text_init(&request, ANSWER_BYTES_MAX);
    text_printf(
        &request,
        "POST / HTTP/1.1\r\n"
        "Host: localhost\r\n"
        "Content-Type: application/x-amz-json-1.0\r\n"
        "X-Amz-Target: SimpleWorkflowService.%s\r\n"
        "X-Amz-Date: 20260101T000000Z\r\n"
        "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/swf/aws4_request, "
        "SignedHeaders=host;x-amz-date;x-amz-target, "
        "Signature=0000000000000000000000000000000000000000000000000000000000000000\r\n"
        "Content-Length: %zu\r\n\r\n",
        operation_names[operation], body.len);
    text_append(&request, body);
    text_reset(&client->received);
    sent = send_all(client->fd, text_bytes(&request));
    text_deinit(&request);
    return sent;
}

static const char *find_end_of_head(struct bytes received)
{
    return received.len ? memmem(received.ptr, received.len, "\r\n\r\n", 4) : NULL;
}

/* The value of Content-Length in the head; 0 when it has none. */
static size_t body_length(struct bytes head)
{
    static const char name[] = "content-length:";

    for (size_t i = 0; i + sizeof(name) < head.len; i++) {
        if (strncasecmp(head.ptr + i, name, sizeof(name) - 1) == 0)
            return strtoul(head.ptr + i + sizeof(name) - 1, NULL, 10);
    }
    return 0;
}

/* The status that the head begins with; what was received has no NUL behind it. */
static bool read_status(struct bytes received, int *status)
{
    static const struct bytes version = BYTES("HTTP/1.1 ");
    unsigned long long number;

    if (!bytes_starts_with(received, version) || received.len < version.len + 3 ||
        !bytes_parse_u64(bytes_of(received.ptr + version.len, 3), &number))
        return false;
    *status = (int)number;
    return true;
}

static enum http_progress look(const struct http_client *client, int *status, struct bytes *body)
{
    struct bytes received = text_bytes(&client->received);
    const char *end = find_end_of_head(received);
    size_t head, length;

    if (end == NULL)
        return HTTP_WAITING;
    head = (size_t)(end - received.ptr) + 4;
    length = body_length(bytes_of(received.ptr, head));
    if (received.len < head + length)
        return HTTP_WAITING;
    if (!read_status(received, status))
        return HTTP_BROKEN;
    *body = bytes_of(received.ptr + head, length);
    return HTTP_ANSWERED;
}

enum http_progress http_client_read(struct http_client *client, int wait_ms, int *status,
                                    struct bytes *body)
{
    struct pollfd wanted = { .fd = client->fd, .events = POLLIN };
    ssize_t got;
    char *room;

    if (poll(&wanted, 1, wait_ms) <= 0)
        return HTTP_WAITING;
    room = text_reserve(&client->received, READ_BYTES);
    got = room ? recv(client->fd, room, READ_BYTES, 0) : -1;
    if (got <= 0)
        return HTTP_BROKEN;
    text_grow(&client->received, (size_t)got);
    return look(client, status, body);
}
