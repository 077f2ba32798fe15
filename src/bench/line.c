#include "bench/line.h"

#include "bench/reply.h"
#include "wire/encode.h"
#include "wire/json.h"
#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define EVENTS_A_TURN 256
#define READ_BYTES ((size_t)256 << 10)
#define TEXT_BYTES_MAX ((size_t)128 << 20)
/* Servers close idle connections. After this time we close ours first, so that no call is sent into
 * a connection that is just being closed. */
#define IDLE_US_MAX (20 * 1000000)

/* ---- what they share */

static void look_at_clock(struct hub *hub)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    hub->now_us = (uint64_t)at.tv_sec * 1000000 + (uint64_t)at.tv_nsec / 1000;
    clock_gettime(CLOCK_REALTIME, &at);
    hub->wall = (struct instant){ (int64_t)at.tv_sec * 1000 + at.tv_nsec / 1000000 };
}

bool hub_init(struct hub *hub, const struct endpoint *endpoint, struct secure *secure,
              const struct signer_config *identity)
{
    *hub = (struct hub){ .endpoint = endpoint, .secure = secure };
    hub->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (hub->epoll < 0)
        return false;
    hub->signer = signer_new(identity);
    text_init(&hub->body, TEXT_BYTES_MAX);
    text_init(&hub->request, TEXT_BYTES_MAX);
    text_init(&hub->arrived, TEXT_BYTES_MAX);
    look_at_clock(hub);
    return true;
}

void hub_deinit(struct hub *hub)
{
    close(hub->epoll);
    signer_free(hub->signer);
    text_deinit(&hub->body);
    text_deinit(&hub->request);
    text_deinit(&hub->arrived);
}

/* ---- one of them */

void line_init(struct line *line, struct hub *hub, line_answered_fn *fn, void *owner)
{
    *line = (struct line){ .hub = hub, .fd = -1, .on_answer = fn, .owner = owner };
    text_init(&line->unsent, TEXT_BYTES_MAX);
    text_init(&line->arrived, TEXT_BYTES_MAX);
}

static void disconnect(struct line *line)
{
    secure_close(line->channel);
    line->channel = NULL;
    if (line->fd >= 0)
        close(line->fd); /* epoll forgets it by itself */
    line->fd = -1;
    text_deinit(&line->unsent);
    text_deinit(&line->arrived);
    line->sent = 0;
}

void line_deinit(struct line *line)
{
    disconnect(line);
    line->is_waiting = false;
}

static bool watch(struct line *line, int how, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.ptr = line };
    return epoll_ctl(line->hub->epoll, how, line->fd, &event) == 0;
}

/* Where it is spoken. */
static bool begin_tls(struct line *line)
{
    struct hub *hub = line->hub;

    if (hub->endpoint->speaks_tls)
        line->channel = secure_open(hub->secure, hub->endpoint->name, line->fd);
    return line->channel || !hub->endpoint->speaks_tls;
}

static ssize_t write_some(struct line *line, struct bytes data)
{
    return line->channel ? secure_write(line->channel, data.ptr, data.len)
                         : write(line->fd, data.ptr, data.len);
}

static ssize_t read_some(struct line *line, char *into, size_t len)
{
    return line->channel ? secure_read(line->channel, into, len) : read(line->fd, into, len);
}

static bool connect_if_needed(struct line *line)
{
    struct hub *hub = line->hub;

    if (line->fd >= 0 && hub->now_us - line->sent_at_us > IDLE_US_MAX)
        disconnect(line);
    if (line->fd >= 0)
        return true;
    line->fd = endpoint_connect(hub->endpoint, hub->connected++);
    if (line->fd >= 0 && (!begin_tls(line) || !watch(line, EPOLL_CTL_ADD, EPOLLIN)))
        disconnect(line);
    return line->fd >= 0;
}

/* Gives the call back without an answer. */
static void fail(struct line *line)
{
    struct answer none = { .took_us = line->hub->now_us - line->sent_at_us };

    disconnect(line);
    if (!line->is_waiting)
        return; /* it idled, and the server ended it */
    line->is_waiting = false;
    line->on_answer(line, &none);
}

/* Writes all, or keeps the rest for when the kernel takes more; false when the connection is dead.
 */
static bool push(struct line *line, struct bytes data)
{
    ssize_t sent = write_some(line, data);

    if (sent < 0 && errno != EAGAIN)
        return false;
    if (sent == (ssize_t)data.len)
        return true;
    text_append(&line->unsent, bytes_skip(data, sent < 0 ? 0 : (size_t)sent));
    return watch(line, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
}

bool line_call(struct line *line, const struct request *request)
{
    struct hub *hub = line->hub;

    ensure(!line->is_waiting);
    if (!connect_if_needed(line))
        return false;
    text_reset(&hub->body);
    text_reset(&hub->request);
    encode_request(&hub->body, request);
    signer_append(hub->signer, request->operation, text_bytes(&hub->body), hub->wall,
                  &hub->request);
    line->operation = request->operation;
    line->request_len = hub->body.len;
    line->sent_at_us = hub->now_us;
    line->is_waiting = true;
    if (push(line, text_bytes(&hub->request)))
        return true;
    line->is_waiting = false;
    disconnect(line);
    return false;
}

static void push_rest(struct line *line)
{
    struct bytes rest = bytes_skip(text_bytes(&line->unsent), line->sent);
    ssize_t sent = write_some(line, rest);

    if (sent < 0 && errno != EAGAIN) {
        fail(line);
        return;
    }
    line->sent += sent < 0 ? 0 : (size_t)sent;
    if (line->sent < line->unsent.len)
        return;
    text_deinit(&line->unsent);
    line->sent = 0;
    if (!watch(line, EPOLL_CTL_MOD, EPOLLIN))
        fail(line);
}

/* ---- answers */

static void hand_out(struct line *line, struct bytes arrived, const struct reply_head *head)
{
    struct answer answer = {
        .status = head->status,
        .body = bytes_of(arrived.ptr + head->len, head->body_len),
        .request_len = line->request_len,
        .took_us = line->hub->now_us - line->sent_at_us,
    };

    line->is_waiting = false;
    line->sent_at_us = line->hub->now_us;
    line->on_answer(line, &answer);
}

/* Keeps the beginning of an answer until the rest comes. */
static void keep(struct line *line, struct text *arrived)
{
    if (arrived == &line->arrived)
        return;
    line->arrived = *arrived;
    text_init(arrived, TEXT_BYTES_MAX);
}

static void look_at_answer(struct line *line, struct text *arrived)
{
    struct reply_head head;
    struct text own = { 0 };
    enum reply_state state = reply_read(text_bytes(arrived), &head);

    if (state == REPLY_PARTIAL) {
        keep(line, arrived);
        return;
    }
    if (state == REPLY_BROKEN || !line->is_waiting) {
        fail(line);
        return;
    }
    if (arrived == &line->arrived) { /* the next call may begin while this answer is read */
        own = line->arrived;
        arrived = &own;
        text_init(&line->arrived, TEXT_BYTES_MAX);
    }
    if (head.closes)
        disconnect(line);
    hand_out(line, text_bytes(arrived), &head);
    text_deinit(&own);
}

static void pull(struct line *line)
{
    struct hub *hub = line->hub;
    struct text *into = line->arrived.len ? &line->arrived : &hub->arrived;

    if (into == &hub->arrived)
        text_reset(into);
    char *room = text_reserve(into, READ_BYTES + JSON_PADDING);
    ssize_t got = room ? read_some(line, room, READ_BYTES) : 0;
    if (got < 0 && errno == EAGAIN)
        return;
    if (got <= 0) {
        fail(line);
        return;
    }
    text_grow(into, (size_t)got);
    look_at_answer(line, into);
}

/* Waits to the microsecond: the milliseconds of epoll_wait would make calls late by more than is
 * measured. */
static void wait_for_answers(const struct hub *hub, uint64_t timeout_us)
{
    struct pollfd readable = { .fd = hub->epoll, .events = POLLIN };
    struct timespec timeout = { .tv_sec = (time_t)(timeout_us / 1000000),
                                .tv_nsec = (long)(timeout_us % 1000000) * 1000 };

    (void)ppoll(&readable, 1, &timeout, NULL);
}

void hub_turn(struct hub *hub, uint64_t timeout_us)
{
    struct epoll_event events[EVENTS_A_TURN];
    bool is_exact = timeout_us % 1000 != 0;

    if (is_exact)
        wait_for_answers(hub, timeout_us);
    int count = epoll_wait(hub->epoll, events, EVENTS_A_TURN,
                           is_exact ? 0 : (int)(timeout_us / 1000));

    for (int i = 0; i < count; i++) {
        struct line *line = events[i].data.ptr;

        look_at_clock(hub);
        if (line->fd >= 0 && (events[i].events & EPOLLOUT))
            push_rest(line);
        if (line->fd >= 0 && (events[i].events & ~(uint32_t)EPOLLOUT))
            pull(line);
    }
    look_at_clock(hub);
}
