/*
 * The service on a thread of its own behind a real server, called over HTTP on loopback; time is
 * the test's.
 *
 * When does nothing move any more? A call of ours that asks for nothing is a barrier: when it is
 * answered, the turn that took it is over. Two of them one after the other hold a whole turn
 * between them; a turn that nothing had arrived for and that changed nothing left nothing to do.
 * What is still unanswered then is parked, and the service counts its parked polls. Nothing here
 * waits for a time to pass.
 */
#include "http_backend.h"
#include "http_client.h"
#include "stored.h"

#include "base/ensure.h"
#include "base/memory.h"
#include "net/server.h"
#include <pthread.h>
#include <semaphore.h>

/* How often a connection is looked at for an answer, and when that is given up: a server that
 * hangs. */
#define LOOK_MS 2
#define LOOKS_MAX 30000
#define ASKS_MAX 256

struct http_session {
    struct session session;
    struct stored stored;
    struct service *service;
    struct server *server;
    pthread_t turns;
    sem_t passed;                /* a barrier was answered */
    struct http_client client;   /* for everything but polls */
    struct ask *polls[ASKS_MAX]; /* that were not answered yet; each has a connection of its own */
    size_t poll_count;
};

/* ---- running it ---- */

static void *run_turns(void *context)
{
    struct http_session *own = context;

    ensure(service_run(own->service) == OK);
    return NULL;
}

static void start(struct http_session *own)
{
    const struct options *options = &own->session.options;
    struct service_config service = {
        .world = &own->session.world.world,
        .limits = options->limits,
        .region = BYTES("us-east-1"),
        .empty_poll_token = options->empty_poll_token,
        .throttles = options->throttles,
        .recent_bytes_max = 16384,    /* some tasks come from memory, some from the store */
        .execution_bytes_max = 16384, /* and some executions sleep */
        .lambda = options->lambda ? &own->session.lambda.face : NULL,
    };
    struct server_config server = {
        SERVER_CONFIG_DEFAULTS,
        .world = &own->session.world.aside,
        .listen = "127.0.0.1:0",
        .account = SCENARIO_ACCOUNT,
    };

    stored_open(&own->stored);
    service.store = own->stored.store;
    ensure(service_open(&service, &own->service) == OK);
    server.service = own->service;
    ensure(server_start(&server, &own->server) == OK);
    ensure(pthread_create(&own->turns, NULL, run_turns, own) == 0);
    ensure(http_client_open(&own->client, server_port(own->server)));
}

static struct session *open_on(const struct options *options, const struct backend *backend,
                               enum stored_kind kind)
{
    struct http_session *own = memory_new(sizeof(*own));

    own->session = (struct session){ .backend = backend, .options = *options };
    manual_world_init(&own->session.world);
    scripted_lambda_init(&own->session.lambda);
    stored_init(&own->stored, kind);
    sem_init(&own->passed, 0, 0);
    start(own);
    return &own->session;
}

static struct session *open_memory(const struct options *options)
{
    return open_on(options, &backend_http_memory, STORED_IN_MEMORY);
}

static struct session *open_rocks(const struct options *options)
{
    return open_on(options, &backend_http_rocks, STORED_ON_ROCKS);
}

/* ---- waiting ---- */

static void on_barrier(struct call *call)
{
    struct http_session *own = call->owner;

    call_free(call);
    sem_post(&own->passed);
}

static void pass_barrier(struct http_session *own)
{
    static const struct describe_domain_input nothing = { .name = { "a barrier", 9 } };
    struct call *call = call_new();

    call->account = SCENARIO_ACCOUNT;
    call->request = (struct request){ .operation = OPERATION_DESCRIBE_DOMAIN,
                                      .describe_domain = &nothing };
    call->owner = own;
    call->on_answer = on_barrier;
    service_submit(own->service, call);
    while (sem_wait(&own->passed) != 0)
        continue;
}

static void keep_answer(struct ask *ask, int status, struct bytes body)
{
    ask->answered = true;
    ask->ok = status == 200;
    text_append(&ask->reply, body);
}

static void drop_poll(struct http_session *own, size_t index)
{
    struct http_client *client = own->polls[index]->inside;

    http_client_close(client);
    memory_free(client);
    own->polls[index]->inside = NULL;
    own->polls[index] = own->polls[--own->poll_count];
}

/* Takes what answers have come; waits a moment for them at the first connection. */
static void read_polls(struct http_session *own)
{
    for (size_t i = own->poll_count; i-- > 0;) {
        struct ask *ask = own->polls[i];
        struct bytes body;
        int status;
        enum http_progress progress = http_client_read(ask->inside, i ? 0 : LOOK_MS, &status,
                                                       &body);

        if (progress == HTTP_WAITING)
            continue;
        if (progress == HTTP_ANSWERED)
            keep_answer(ask, status, body);
        else
            own->session.problem = "the connection of a poll broke";
        drop_poll(own, i);
    }
}

static bool all_are_parked(const struct http_session *own)
{
    return service_figures(own->service).parked_polls == own->poll_count;
}

static void wait_for_polls(struct http_session *own)
{
    for (int look = 0; !all_are_parked(own); look++) {
        if (look == LOOKS_MAX) {
            own->session.problem = "a poll is neither answered nor parked";
            return;
        }
        read_polls(own);
        if (own->poll_count == 0)
            pass_barrier(own); /* a client that is gone has yet to be noticed */
    }
}

static void settle(struct session *session)
{
    struct http_session *own = (struct http_session *)session;
    uint64_t before;

    do {
        wait_for_polls(own);
        before = service_figures(own->service).commits;
        pass_barrier(own);
        pass_barrier(own);
    } while (!session->problem &&
             (service_figures(own->service).commits != before || !all_are_parked(own)));
}

/* ---- calls ---- */

static void wait_for_answer(struct http_session *own, struct ask *ask)
{
    struct bytes body;
    int status;

    for (int look = 0; look < LOOKS_MAX; look++) {
        enum http_progress progress = http_client_read(&own->client, LOOK_MS, &status, &body);

        if (progress == HTTP_WAITING)
            continue;
        if (progress == HTTP_ANSWERED)
            keep_answer(ask, status, body);
        else
            own->session.problem = "the connection broke";
        return;
    }
    own->session.problem = "no answer came";
}

static void submit_poll(struct http_session *own, struct ask *ask)
{
    struct http_client *client = memory_new(sizeof(*client));

    ensure(own->poll_count < ASKS_MAX);
    ensure(http_client_open(client, server_port(own->server)));
    ask->inside = client;
    own->polls[own->poll_count++] = ask;
    if (!http_client_send(client, ask->operation, ask->body))
        own->session.problem = "a poll could not be sent";
}

static void submit(struct session *session, struct ask *ask)
{
    struct http_session *own = (struct http_session *)session;

    if (ask_is_poll(ask))
        submit_poll(own, ask);
    else if (http_client_send(&own->client, ask->operation, ask->body))
        wait_for_answer(own, ask);
    else
        session->problem = "a call could not be sent";
    settle(session);
}

static void hang_up(struct session *session, struct ask *ask)
{
    struct http_session *own = (struct http_session *)session;

    for (size_t i = 0; i < own->poll_count; i++) {
        if (own->polls[i] == ask) {
            drop_poll(own, i);
            break;
        }
    }
    settle(session);
}

/* ---- ending ---- */

/* Held polls are answered before the server goes; it lingers a while over connections whose client
 * does not close. */
static void stop(struct http_session *own)
{
    server_drain(own->server);
    service_stop(own->service);
    ensure(pthread_join(own->turns, NULL) == 0);
    for (int look = 0; own->poll_count && look < LOOKS_MAX; look++)
        read_polls(own);
    http_client_close(&own->client);
    server_finish(own->server, duration_of_s(10));
    scripted_lambda_give_up(&own->session.lambda);
    service_close(own->service);
    stored_close(&own->stored);
}

static void restart(struct session *session, struct duration down)
{
    struct http_session *own = (struct http_session *)session;

    stop(own);
    manual_world_advance(&session->world, down);
    start(own);
    settle(session);
}

static void close_session(struct session *session)
{
    struct http_session *own = (struct http_session *)session;

    stop(own);
    stored_deinit(&own->stored);
    scripted_lambda_deinit(&own->session.lambda);
    sem_destroy(&own->passed);
    memory_free(own);
}

const struct backend backend_http_memory = {
    .name = "http-memory",
    .can_restart = true,
    .has_service = true,
    .open = open_memory,
    .close = close_session,
    .submit = submit,
    .settle = settle,
    .hang_up = hang_up,
    .restart = restart,
};

const struct backend backend_http_rocks = {
    .name = "http-rocks",
    .can_restart = true,
    .has_service = true,
    .on_disk = true,
    .open = open_rocks,
    .close = close_session,
    .submit = submit,
    .settle = settle,
    .hang_up = hang_up,
    .restart = restart,
};
