#include "functions.h"

#include "base/arena.h"
#include "base/ensure.h"
#include "base/memory.h"
#include "base/text.h"
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define REQUEST_BYTES_MAX (1u << 20)
#define PAYLOADS_MAX 50000
#define RAISING_ONE_IN 7

struct functions {
    int door, bell; /* the bell rings at the end */
    char url[64];
    pthread_t thread;
    struct text request;
    pthread_mutex_t mutex; /* of what follows */
    struct arena arena;
    struct bytes *payloads; /* in the order of the calls */
    size_t count;
};

/* ---- what a call comes to */

bool function_raises(struct bytes payload)
{
    unsigned sum = 0;

    for (size_t i = 0; i < payload.len; i++)
        sum += (unsigned char)payload.ptr[i];
    return sum % RAISING_ONE_IN == 0;
}

static void append_answer(struct text *out, struct bytes payload)
{
    text_printf(out, "\"%s %.*s\"", function_raises(payload) ? "cannot" : "did",
                (int)(payload.len < 200 ? payload.len : 200), payload.ptr ? payload.ptr : "");
}

bool function_answers(struct bytes payload, struct bytes answer)
{
    struct text wanted;

    text_init(&wanted, 1024);
    append_answer(&wanted, payload);
    bool same = bytes_equal(text_bytes(&wanted), answer);
    text_deinit(&wanted);
    return same;
}

/* ---- one call */

/* The body of the request so far, once it is whole; absent before. */
static struct bytes find_body(struct bytes request)
{
    static const char length[] = "\r\nContent-Length: ";
    const char *end = memmem(request.ptr, request.len, "\r\n\r\n", 4);
    const char *said = end ? memmem(request.ptr, (size_t)(end - request.ptr), length,
                                    sizeof length - 1)
                           : NULL;
    size_t len = said ? strtoul(said + sizeof length - 1, NULL, 10) : 0;

    if (!end || request.len < (size_t)(end + 4 - request.ptr) + len)
        return BYTES_ABSENT;
    return bytes_of(end + 4, len);
}

static void note_call(struct functions *functions, struct bytes payload)
{
    pthread_mutex_lock(&functions->mutex);
    ensure(functions->count < PAYLOADS_MAX);
    functions->payloads[functions->count++] = arena_copy(&functions->arena, payload);
    pthread_mutex_unlock(&functions->mutex);
}

static void answer(int caller, struct bytes payload)
{
    struct text text, body;

    text_init(&text, 4096);
    text_init(&body, 1024);
    append_answer(&body, payload);
    text_printf(&text, "HTTP/1.1 200 OK\r\nConnection: close\r\n%sContent-Length: %zu\r\n\r\n%.*s",
                function_raises(payload) ? "X-Amz-Function-Error: Handled\r\n" : "", body.len,
                BYTES_FMT(text_bytes(&body)));
    /* A caller that is dead by now does not mind. */
    (void)!send(caller, text.ptr, text.len, MSG_NOSIGNAL);
    text_deinit(&body);
    text_deinit(&text);
}

/* A caller that dies before all of its request is here has called nobody. */
static void serve(struct functions *functions, int caller)
{
    char piece[4096];
    ssize_t got;
    struct bytes body = BYTES_ABSENT;

    text_reset(&functions->request);
    while (bytes_is_absent(body) && (got = recv(caller, piece, sizeof piece, 0)) > 0) {
        text_append(&functions->request, bytes_of(piece, (size_t)got));
        body = find_body(text_bytes(&functions->request));
    }
    if (bytes_is_absent(body))
        return;
    note_call(functions, body);
    answer(caller, body);
}

static void *run(void *context)
{
    struct functions *functions = context;
    struct pollfd waits[] = { { functions->door, POLLIN, 0 }, { functions->bell, POLLIN, 0 } };

    while (waits[1].revents == 0) {
        if (poll(waits, 2, -1) <= 0 || waits[0].revents == 0)
            continue;
        int caller = accept4(functions->door, NULL, NULL, SOCK_CLOEXEC);
        if (caller < 0)
            continue;
        serve(functions, caller);
        close(caller);
    }
    return NULL;
}

/* ---- its life */

static void open_door(struct functions *functions)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof address;

    functions->door = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ensure(bind(functions->door, (struct sockaddr *)&address, len) == 0);
    ensure(listen(functions->door, 128) == 0);
    ensure(getsockname(functions->door, (struct sockaddr *)&address, &len) == 0);
    snprintf(functions->url, sizeof functions->url, "http://127.0.0.1:%u", ntohs(address.sin_port));
}

struct functions *functions_start(void)
{
    struct functions *functions = memory_new(sizeof *functions);

    open_door(functions);
    functions->bell = eventfd(0, EFD_CLOEXEC);
    ensure(functions->bell >= 0);
    text_init(&functions->request, REQUEST_BYTES_MAX);
    pthread_mutex_init(&functions->mutex, NULL);
    arena_init(&functions->arena, "functions", (size_t)256 << 20);
    functions->payloads = arena_array(&functions->arena, struct bytes, PAYLOADS_MAX);
    ensure(pthread_create(&functions->thread, NULL, run, functions) == 0);
    return functions;
}

void functions_stop(struct functions *functions)
{
    ensure(eventfd_write(functions->bell, 1) == 0);
    pthread_join(functions->thread, NULL);
    close(functions->door);
    close(functions->bell);
    text_deinit(&functions->request);
    pthread_mutex_destroy(&functions->mutex);
    arena_deinit(&functions->arena);
    memory_free(functions);
}

const char *functions_url(const struct functions *functions)
{
    return functions->url;
}

unsigned functions_count_calls(struct functions *functions, struct bytes payload)
{
    unsigned calls = 0;

    pthread_mutex_lock(&functions->mutex);
    for (size_t i = 0; i < functions->count; i++)
        calls += bytes_equal(functions->payloads[i], payload);
    pthread_mutex_unlock(&functions->mutex);
    return calls;
}

size_t functions_count_all(struct functions *functions)
{
    pthread_mutex_lock(&functions->mutex);
    size_t count = functions->count;
    pthread_mutex_unlock(&functions->mutex);
    return count;
}
