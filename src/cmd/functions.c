#include "cmd/functions.h"

#include "base/ensure.h"
#include "base/memory.h"
#include "net/http.h"
#include "net/listener.h"
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATH_BEFORE BYTES("/2015-03-31/functions/")
#define PATH_BEHIND BYTES("/invocations")
#define ANSWER_BYTES_MAX (2u << 20) /* a request has one MiB at most */
#define CALLER_TIMEOUT_S 5

static const struct http_limits limits = { .header_bytes_max = 32768,
                                           .header_lines_max = 100,
                                           .request_bytes_max = 1u << 20 };

struct functions {
    struct listener listener;
    int bell; /* an eventfd: rings at the end */
    pthread_t thread;
    struct http *http;
    struct text answer;
};

/* ---- the functions */

static void append_answer(struct text *out, const char *status, const char *header,
                          struct bytes payload)
{
    text_printf(out,
                "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
                "%sConnection: close\r\n\r\n",
                status, payload.len, header);
    text_append(out, payload);
}

static void answer_price(struct text *out, struct bytes input)
{
    struct text payload;
    text_init(&payload, ANSWER_BYTES_MAX);
    text_printf(&payload, "{\"price\":\"42.00 EUR\",\"for\":%.*s}", BYTES_FMT(input));
    append_answer(out, "200 OK", "", text_bytes(&payload));
    text_deinit(&payload);
}

static void answer_broken(struct text *out)
{
    append_answer(out, "200 OK", "X-Amz-Function-Error: Unhandled\r\n",
                  BYTES("{\"errorMessage\":\"out of order\",\"errorType\":\"Error\"}"));
}

/* The name of the function that a call is for; absent when it is no Invoke call. */
static struct bytes name_of(const struct http_request *request)
{
    struct bytes path = request->path;
    size_t around = PATH_BEFORE.len + PATH_BEHIND.len;
    if (request->verb != VERB_POST || path.len <= around || !bytes_starts_with(path, PATH_BEFORE) ||
        !bytes_equal(bytes_skip(path, path.len - PATH_BEHIND.len), PATH_BEHIND))
        return BYTES_ABSENT;
    return bytes_of(path.ptr + PATH_BEFORE.len, path.len - around);
}

static void append_answer_to(struct text *out, const struct http_request *request)
{
    struct bytes name = name_of(request);
    if (bytes_equal_cstr(name, FUNCTION_PRICE))
        answer_price(out, request->body);
    else if (bytes_equal_cstr(name, FUNCTION_BROKEN))
        answer_broken(out);
    else
        append_answer(out, "404 Not Found", "X-Amzn-ErrorType: ResourceNotFoundException\r\n",
                      BYTES("{\"Message\":\"Function not found\",\"Type\":\"User\"}"));
}

/* ---- the connection */

/* Reads until a request is whole; false when it never is. */
static bool receive(struct functions *functions, int caller)
{
    char piece[4096];
    http_reset(functions->http);
    while (functions->http->state == HTTP_IN_HEAD || functions->http->state == HTTP_IN_BODY) {
        ssize_t got = recv(caller, piece, sizeof piece, 0);
        if (got <= 0)
            return false;
        http_read(functions->http, bytes_of(piece, (size_t)got));
    }
    return functions->http->state == HTTP_WHOLE;
}

static void send_all(int caller, struct bytes rest)
{
    while (rest.len > 0) {
        ssize_t sent = send(caller, rest.ptr, rest.len, MSG_NOSIGNAL);
        if (sent <= 0)
            return; /* the caller has gone; nobody waits for the rest */
        rest = bytes_skip(rest, (size_t)sent);
    }
}

static void serve(struct functions *functions, int caller)
{
    if (!receive(functions, caller))
        return;
    struct http_request request = http_request(functions->http);
    text_reset(&functions->answer);
    append_answer_to(&functions->answer, &request);
    send_all(caller, text_bytes(&functions->answer));
}

/* A caller that says nothing must not hold up the end of the demo. */
static void limit_patience(int caller)
{
    struct timeval limit = { .tv_sec = CALLER_TIMEOUT_S };
    setsockopt(caller, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(caller, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

static void answer_caller(struct functions *functions, int door)
{
    int caller = accept4(door, NULL, NULL, SOCK_CLOEXEC);
    if (caller < 0)
        return; /* it has hung up already */
    limit_patience(caller);
    serve(functions, caller);
    close(caller);
}

static void *run(void *context)
{
    struct functions *functions = context;
    struct pollfd waits[LISTENER_SOCKETS_MAX + 1];
    int doors = functions->listener.count;

    for (int i = 0; i < doors; i++)
        waits[i] = (struct pollfd){ .fd = functions->listener.fds[i], .events = POLLIN };
    waits[doors] = (struct pollfd){ .fd = functions->bell, .events = POLLIN };
    for (;;) {
        if (poll(waits, (nfds_t)doors + 1, -1) < 0)
            continue; /* a signal */
        if (waits[doors].revents)
            return NULL;
        for (int i = 0; i < doors; i++) {
            if (waits[i].revents)
                answer_caller(functions, waits[i].fd);
        }
    }
}

/* ---- its life */

struct functions *functions_start(const char *address)
{
    struct listener listener;
    if (listener_open(address, &listener))
        return NULL;
    struct functions *functions = memory_new(sizeof *functions);
    functions->listener = listener;
    functions->bell = eventfd(0, EFD_CLOEXEC);
    ensure(functions->bell >= 0);
    functions->http = http_new(&limits);
    text_init(&functions->answer, ANSWER_BYTES_MAX + 1024);
    ensure(pthread_create(&functions->thread, NULL, run, functions) == 0);
    return functions;
}

void functions_stop(struct functions *functions)
{
    ensure(eventfd_write(functions->bell, 1) == 0);
    pthread_join(functions->thread, NULL);
    listener_close(&functions->listener);
    close(functions->bell);
    http_free(functions->http);
    text_deinit(&functions->answer);
    memory_free(functions);
}
