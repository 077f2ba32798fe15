#include "endpoint.h"
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define REQUEST_BYTES_MAX (1u << 20)

void endpoint_open(struct endpoint *endpoint)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof(address);

    endpoint->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ensure(bind(endpoint->fd, (struct sockaddr *)&address, len) == 0);
    ensure(getsockname(endpoint->fd, (struct sockaddr *)&address, &len) == 0);
    snprintf(endpoint->url, sizeof(endpoint->url), "http://127.0.0.1:%u", ntohs(address.sin_port));
}

void endpoint_listen(struct endpoint *endpoint)
{
    ensure(listen(endpoint->fd, 16) == 0);
}

void endpoint_close(struct endpoint *endpoint)
{
    close(endpoint->fd);
}

bool endpoint_is_called(const struct endpoint *endpoint)
{
    struct pollfd door = { endpoint->fd, POLLIN, 0 };

    return poll(&door, 1, 0) == 1;
}

static bool is_whole(struct visit *visit)
{
    const char *end = strstr(visit->text.ptr, "\r\n\r\n");

    visit->body = end ? end + 4 : NULL;
    return end && strlen(visit->body) >= strtoul(visit_header(visit, "Content-Length"), NULL, 10);
}

void endpoint_accept(struct endpoint *endpoint, struct visit *visit)
{
    char piece[4096];
    ssize_t got;

    visit->fd = accept(endpoint->fd, NULL, NULL);
    ensure(visit->fd >= 0);
    text_init(&visit->text, REQUEST_BYTES_MAX);
    do {
        got = read(visit->fd, piece, sizeof(piece));
        ensure(got > 0);
        text_append(&visit->text, bytes_of(piece, (size_t)got));
        text_append_char(&visit->text, '\0');
        visit->text.len--;
    } while (!is_whole(visit));
}

void visit_end(struct visit *visit)
{
    close(visit->fd);
    text_deinit(&visit->text);
}

/* The client may have hung up already: then nobody minds. */
static void send_all(int fd, struct bytes bytes)
{
    while (bytes.len) {
        ssize_t sent = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);

        if (sent <= 0)
            return;
        bytes = bytes_skip(bytes, (size_t)sent);
    }
}

void visit_answer(struct visit *visit, const char *status, const char *headers, struct bytes body)
{
    struct text head;

    text_init(&head, 4096);
    text_printf(&head, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n%s\r\n", status, body.len, headers);
    send_all(visit->fd, text_bytes(&head));
    send_all(visit->fd, body);
    text_deinit(&head);
    visit_end(visit);
}

const char *visit_header(const struct visit *visit, const char *name)
{
    static char value[1024];
    const char *line = strstr(visit->text.ptr, "\r\n");
    size_t len = strlen(name);

    for (; line && line[2] != '\r'; line = strstr(line + 2, "\r\n")) {
        if (strncasecmp(line + 2, name, len) == 0 && line[2 + len] == ':') {
            const char *from = line + 3 + len;

            from += strspn(from, " ");
            snprintf(value, sizeof(value), "%.*s", (int)strcspn(from, "\r"), from);
            return value;
        }
    }
    return "";
}
