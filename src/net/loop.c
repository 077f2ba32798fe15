#include "net/loop.h"

#include "base/log.h"
#include "base/memory.h"
#include "net/answer.h"
#include "net/connection.h"
#include <signal.h>

#define SPARE_HTTP_MAX 64
/* What a spare one may hold for whoever comes next; it counts in nobody's sum. */
#define SPARE_HTTP_BYTES_MAX ((size_t)64 << 10)
#define LINGER_MS 2000
#define PROBE_MS 500
#define AWAY_MS 1000
/* TLS adds 22 to 29 bytes to each 16 kB; a head and a sealed answer take turns in one text. */
#define SEALED_BYTES_MAX (2 * ANSWER_BYTES_MAX)
/* A key for each client, day and region; about 500 bytes each. */
#define SIGNING_KEYS_MAX 1024

/* For calls of libuv that fail only through a bug of ours, or when the machine has no memory
 * left. */
static void must(int uv_error)
{
    ensure(uv_error == 0);
}

/* The end */

static void stop_if_over(struct loop *loop)
{
    if (!loop->finishing || loop->ended)
        return;
    if (loop->connection_count == 0) {
        loop->ended = true;
        uv_close((uv_handle_t *)&loop->wake, NULL);
        uv_close((uv_handle_t *)&loop->deadline_timer, NULL);
        uv_close((uv_handle_t *)&loop->finish_timer, NULL);
    } else if (loop->forced && loop->connection_count == loop->call_count) {
        /* All that is left are calls that nobody will answer any more. */
        uv_stop(&loop->uv);
    }
}

void loop_connection_freed(struct loop *loop)
{
    loop->connection_count--;
    stop_if_over(loop);
}

static void for_each_connection(struct loop *loop, void (*visit)(struct connection *connection))
{
    struct list *next;

    for (struct list *link = list_first(&loop->connections); link; link = next) {
        next = list_next(&loop->connections, link);
        visit(connection_of_link(link));
    }
}

static void on_finish_timeout(uv_timer_t *timer)
{
    struct loop *loop = timer->data;

    loop->forced = true;
    for_each_connection(loop, connection_close);
    stop_if_over(loop);
}

static void drain(struct loop *loop)
{
    if (loop->draining)
        return;
    loop->draining = true;
    for (int i = 0; i < loop->door_count; i++)
        door_close(&loop->doors[i]);
    for_each_connection(loop, connection_drain);
    sem_post(&loop->drained);
}

static void finish(struct loop *loop)
{
    if (loop->finishing)
        return;
    drain(loop);
    loop->finishing = true;
    must(uv_timer_start(&loop->finish_timer, on_finish_timeout, (uint64_t)loop->finish_timeout.ms,
                        0));
    stop_if_over(loop);
}

/* What wakes it */

static void take_answers(struct loop *loop)
{
    struct mail *next;

    for (struct mail *mail = mailbox_take(&loop->answers); mail; mail = next) {
        next = mail->next;
        connection_answered((struct call *)(void *)((char *)mail - offsetof(struct call, mail)));
    }
}

static void on_wake(uv_async_t *wake)
{
    struct loop *loop = wake->data;

    take_answers(loop);
    if (atomic_load(&loop->drain_asked))
        drain(loop);
    if (atomic_load(&loop->finish_asked))
        finish(loop);
}

/* Any thread. */
static void wake_loop(void *context)
{
    struct loop *loop = context;
    uv_async_send(&loop->wake);
}

static void arm_timer(struct loop *loop);

/* When the timer fires this late, the clients were not slow: this process was stopped, or the
 * machine slept. What they sent meanwhile is not read yet, so all deadlines begin anew. */
static void pardon_if_away(struct loop *loop)
{
    uint64_t late_ms = uv_now(&loop->uv) - loop->timer_at;

    if (late_ms > AWAY_MS)
        deadlines_renew(&loop->deadlines, uv_now(&loop->uv));
}

static void on_deadline(uv_timer_t *timer)
{
    struct loop *loop = timer->data;
    struct deadline *due;

    pardon_if_away(loop);
    loop->timer_at = DEADLINE_NONE;
    while ((due = deadlines_pop_due(&loop->deadlines, uv_now(&loop->uv))))
        connection_expired(due);
    arm_timer(loop);
}

/* A timer that will fire earlier than needed is left as it is: once it fires, the deadlines are
 * looked at again. */
static void arm_timer(struct loop *loop)
{
    uint64_t next = deadlines_next(&loop->deadlines);
    uint64_t now = uv_now(&loop->uv);

    if (next >= loop->timer_at)
        return;
    loop->timer_at = next;
    must(uv_timer_start(&loop->deadline_timer, on_deadline, next > now ? next - now : 0, 0));
}

void loop_set_deadline(struct loop *loop, struct deadline *deadline, enum deadline_kind kind)
{
    deadline_set(&loop->deadlines, deadline, kind, uv_now(&loop->uv));
    if (deadline->at < loop->timer_at)
        arm_timer(loop);
}

void loop_shed(struct loop *loop)
{
    static const enum deadline_kind kinds[] = { DEADLINE_BODY, DEADLINE_WRITE, DEADLINE_HEADER };
    struct deadline *slowest;

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        while (crowd_is_heavy(loop->crowd) &&
               (slowest = deadlines_first(&loop->deadlines, kinds[i])))
            connection_shed(slowest);
}

/* What connections share */

struct http *loop_borrow_http(struct loop *loop)
{
    struct http *http = loop->spare;
    struct http_limits limits = {
        .header_bytes_max = loop->config.header_bytes_max,
        .header_lines_max = loop->config.header_lines_max,
        .request_bytes_max = loop->config.request_bytes_max,
    };

    if (!http)
        return http_new(&limits);
    loop->spare = http->next;
    loop->spare_count--;
    return http;
}

void loop_return_http(struct loop *loop, struct http *http)
{
    if (loop->spare_count == SPARE_HTTP_MAX || http_held_bytes(http) > SPARE_HTTP_BYTES_MAX) {
        http_free(http);
        return;
    }
    http_reset(http);
    http->next = loop->spare;
    loop->spare = http;
    loop->spare_count++;
}

/* Beginning and freeing */

static void init_uv(struct loop *loop)
{
    must(uv_loop_init(&loop->uv));
    must(uv_async_init(&loop->uv, &loop->wake, on_wake));
    must(uv_timer_init(&loop->uv, &loop->deadline_timer));
    must(uv_timer_init(&loop->uv, &loop->finish_timer));
    loop->wake.data = loop;
    loop->deadline_timer.data = loop;
    loop->finish_timer.data = loop;
}

static void open_doors(struct loop *loop, const struct listener *listeners, int count)
{
    for (int i = 0; i < count; i++)
        for (int j = 0; j < listeners[i].count; j++)
            door_open(&loop->doors[loop->door_count++], loop, listeners[i].kind,
                      listeners[i].fds[j]);
}

static void init_deadlines(struct loop *loop)
{
    const struct server_config *config = &loop->config;
    const uint64_t patience_ms[DEADLINE_KINDS] = {
        [DEADLINE_HANDSHAKE] = (uint64_t)config->header_timeout_s * 1000,
        [DEADLINE_IDLE] = (uint64_t)config->idle_timeout_s * 1000,
        [DEADLINE_HEADER] = (uint64_t)config->header_timeout_s * 1000,
        [DEADLINE_BODY] = (uint64_t)config->body_timeout_s * 1000,
        [DEADLINE_WRITE] = (uint64_t)config->write_timeout_s * 1000,
        [DEADLINE_LINGER] = LINGER_MS,
        [DEADLINE_PROBE] = PROBE_MS,
    };

    deadlines_init(&loop->deadlines, patience_ms);
    loop->timer_at = DEADLINE_NONE;
}

/* When the last call came back just as the loop gave up waiting for it, handles are closed that
 * libuv has not let go of. */
static void *run(void *context)
{
    struct loop *loop = context;

    while (uv_run(&loop->uv, UV_RUN_DEFAULT) != 0 && loop->ended)
        continue;
    return NULL;
}

/* Signals are the main thread's business. */
static void start_thread(struct loop *loop)
{
    sigset_t all, before;

    sigfillset(&all);
    ensure(pthread_sigmask(SIG_BLOCK, &all, &before) == 0);
    ensure(pthread_create(&loop->thread, NULL, run, loop) == 0);
    ensure(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
}

struct loop *loop_start(const struct server_config *config, const struct listener *listeners,
                        int listener_count, const struct house *house, int number)
{
    struct loop *loop = memory_new(sizeof(*loop));

    loop->config = *config;
    loop->house = house;
    loop->crowd = house->crowd;
    loop->traffic = &house->traffic[number];
    list_init(&loop->connections);
    ensure(sem_init(&loop->drained, 0, 0) == 0);
    mailbox_init(&loop->answers, wake_loop, loop);
    init_deadlines(loop);
    stamp_init(&loop->stamp, config->world);
    loop->json = json_reader_new();
    gate_view_init(&loop->gate, config->gate);
    loop->verifier = signature_verifier_new(SIGNING_KEYS_MAX);
    text_init(&loop->head, SEALED_BYTES_MAX);
    text_init(&loop->body, ANSWER_BYTES_MAX);
    text_init(&loop->sealed, SEALED_BYTES_MAX);
    init_uv(loop);
    open_doors(loop, listeners, listener_count);
    start_thread(loop);
    return loop;
}

void loop_drain(struct loop *loop)
{
    atomic_store(&loop->drain_asked, true);
    wake_loop(loop);
}

void loop_wait_drained(struct loop *loop)
{
    while (sem_wait(&loop->drained) != 0)
        continue;             /* a signal */
    sem_post(&loop->drained); /* so that a second call does not wait for ever */
}

void loop_finish_begin(struct loop *loop, struct duration timeout)
{
    loop->finish_timeout = timeout;
    atomic_store(&loop->finish_asked, true);
    wake_loop(loop);
}

static void loop_free(struct loop *loop)
{
    must(uv_loop_close(&loop->uv));
    while (loop->spare) {
        struct http *http = loop->spare;
        loop->spare = http->next;
        http_free(http);
    }
    mailbox_deinit(&loop->answers);
    sem_destroy(&loop->drained);
    json_reader_free(loop->json);
    gate_view_deinit(&loop->gate);
    signature_verifier_free(loop->verifier);
    text_deinit(&loop->head);
    text_deinit(&loop->body);
    text_deinit(&loop->sealed);
    memory_free(loop);
}

void loop_finish_end(struct loop *loop)
{
    ensure(pthread_join(loop->thread, NULL) == 0);
    if (loop->ended) {
        loop_free(loop);
        return;
    }
    /* The loop is not freed: the service may still hand a call back, and needs its mailbox. */
    for_each_connection(loop, connection_leave_crowd);
    log_warn("calls were left without an answer", LOG_NUMBER("calls", loop->call_count));
}
