#include "talk.h"

#include "seen/seen.h"
#include "whole_server.h"
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define REPLY_BYTES_MAX ((size_t)32 << 20)
#define HANG_S 120 /* only a server that is broken takes so long */

void talk_open(struct talk *talk, uint16_t port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons(port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct timeval hang = { .tv_sec = HANG_S };

    *talk = (struct talk){ .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
    text_init(&talk->asked, REPLY_BYTES_MAX);
    text_init(&talk->reply, REPLY_BYTES_MAX);
    assert_true(talk->fd >= 0);
    assert_int_equal(setsockopt(talk->fd, SOL_SOCKET, SO_RCVTIMEO, &hang, sizeof(hang)), 0);
    assert_int_equal(connect(talk->fd, (struct sockaddr *)&address, sizeof(address)), 0);
}

void talk_close(struct talk *talk)
{
    close(talk->fd);
    text_deinit(&talk->asked);
    text_deinit(&talk->reply);
}

void talk_reset(struct talk *talk)
{
    struct linger at_once = { .l_onoff = 1, .l_linger = 0 };

    assert_int_equal(setsockopt(talk->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)), 0);
    talk_close(talk);
}

void talk_send(struct talk *talk, struct bytes request)
{
    if (seen_is_wanted() && !talk->is_unseen)
        text_append(&talk->asked, request);
    while (request.len > 0) {
        ssize_t sent = send(talk->fd, request.ptr, request.len, MSG_NOSIGNAL);
        assert_true(sent > 0);
        request = bytes_skip(request, (size_t)sent);
    }
}

/* Where the body begins; 0: the head has not ended yet. */
static size_t head_length(struct bytes received)
{
    const char *end = memmem(received.ptr, received.len, "\r\n\r\n", 4);

    return end ? (size_t)(end - received.ptr) + 4 : 0;
}

static struct bytes header_in(struct bytes head, const char *name)
{
    size_t length = strlen(name);
    const char *end = head.ptr + head.len;

    for (const char *line = head.ptr; line < end;) {
        const char *next = memmem(line, (size_t)(end - line), "\r\n", 2);
        if ((size_t)(next - line) > length + 1 && strncasecmp(line, name, length) == 0 &&
            line[length] == ':')
            return bytes_of(line + length + 2, (size_t)(next - line) - length - 2);
        line = next + 2;
    }
    return BYTES_ABSENT;
}

struct bytes talk_header(const struct talk *talk, const char *name)
{
    return header_in(talk->head, name);
}

static size_t body_length(const struct talk *talk)
{
    unsigned long long length;

    if (!bytes_parse_u64(talk_header(talk, "Content-Length"), &length))
        fail_msg("no Content-Length in: %.*s", BYTES_FMT(talk->head));
    return (size_t)length;
}

static void receive_some(struct talk *talk)
{
    char *room = text_reserve(&talk->reply, 65536);

    assert_non_null(room);
    ssize_t got = recv(talk->fd, room, 65536, 0);
    if (got <= 0)
        fail_msg("no whole reply, but only: %.*s", BYTES_FMT(text_bytes(&talk->reply)));
    text_grow(&talk->reply, (size_t)got);
}

/* What was asked is taken for one request; the second of two in one go has no name then. */
static void note_exchange(struct talk *talk)
{
    struct bytes asked = text_bytes(&talk->asked), target;
    size_t head = head_length(asked), dot;

    target = head ? header_in(bytes_of(asked.ptr, head), "X-Amz-Target") : BYTES_ABSENT;
    dot = bytes_find_last(target, '.');
    if (dot < target.len)
        target = bytes_skip(target, dot + 1);
    seen_exchange(target, bytes_skip(asked, head), talk_status(talk) == 200, talk->body);
    text_reset(&talk->asked);
}

void talk_receive(struct talk *talk)
{
    size_t head;

    text_reset(&talk->reply);
    while ((head = head_length(text_bytes(&talk->reply))) == 0)
        receive_some(talk);
    talk->head = bytes_of(talk->reply.ptr, head);
    size_t whole = head + body_length(talk);
    while (talk->reply.len < whole)
        receive_some(talk);
    assert_int_equal(talk->reply.len, whole);
    talk->head = bytes_of(talk->reply.ptr, head);
    talk->body = bytes_skip(text_bytes(&talk->reply), head);
    if (seen_is_wanted() && !talk->is_unseen)
        note_exchange(talk);
}

bool talk_has_reply(const struct talk *talk)
{
    struct pollfd wanted = { .fd = talk->fd, .events = POLLIN };

    return poll(&wanted, 1, 0) > 0;
}

int talk_status(const struct talk *talk)
{
    assert_true(bytes_starts_with(talk->head, BYTES("HTTP/1.1 ")));
    return atoi(talk->head.ptr + strlen("HTTP/1.1 "));
}
