#include "net/server.h"

#include "base/log.h"
#include "base/memory.h"
#include "net/crowd.h"
#include "net/listener.h"
#include "net/loop.h"
#include "service/call.h"
#include "wire/decode.h"

#define LOOPS_MAX 64

struct server {
    struct listener listeners[LISTENERS_MAX];
    int listener_count;
    struct house house;
    int loop_count;
    struct loop *loops[LOOPS_MAX];
};

/* A limit of 0 would refuse everything, silently and much later; a request longer than a call has
 * room for would stop the process. */
static bool limits_make_sense(const struct server_config *config)
{
    return config->loops >= 1 && config->loops <= LOOPS_MAX && config->connections_max > 0 &&
           config->handshakes_max > 0 && config->held_bytes_max > 0 &&
           config->header_bytes_max > 0 && config->header_lines_max > 0 &&
           config->request_bytes_max >= config->header_bytes_max &&
           DECODE_ARENA_BYTES(config->request_bytes_max) <= CALL_BYTES_MAX &&
           config->header_timeout_s > 0 && config->body_timeout_s > 0 &&
           config->write_timeout_s > 0 && config->idle_timeout_s > 0 &&
           (!config->tls_listen || config->tls);
}

static void close_listeners(struct server *server)
{
    for (int i = 0; i < server->listener_count; i++)
        listener_close(&server->listeners[i]);
}

/* `address` may be NULL: nothing to do. */
static enum err open_listener(struct server *server, const char *address, enum listener_kind kind)
{
    struct listener *listener = &server->listeners[server->listener_count];
    enum err err;

    if (!address)
        return OK;
    err = listener_open(address, listener);
    if (err)
        return err;
    listener->kind = kind;
    server->listener_count++;
    return OK;
}

static enum err open_listeners(struct server *server, const struct server_config *config)
{
    enum err err = open_listener(server, config->listen, LISTENER_PLAIN);

    if (!err)
        err = open_listener(server, config->tls_listen, LISTENER_TLS);
    if (!err)
        err = open_listener(server, config->metrics_listen, LISTENER_METRICS);
    if (err || !config->unix_socket)
        return err;
    err = listener_open_unix(config->unix_socket, config->unix_socket_mode,
                             &server->listeners[server->listener_count]);
    if (!err)
        server->listener_count++;
    return err;
}

static struct crowd *new_crowd(const struct server_config *config)
{
    const struct crowd_bounds bounds = {
        .clients_max = config->connections_max,
        .clients_per_address_max = config->connections_per_address_max,
        .held_bytes_max = config->held_bytes_max,
    };

    return crowd_new(&bounds);
}

enum err server_start(const struct server_config *config, struct server **out)
{
    if (!limits_make_sense(config)) {
        log_error("the limits of the server do not make sense");
        return ERR_INVALID;
    }
    struct server *server = memory_new(sizeof(*server));
    enum err err = open_listeners(server, config);
    if (err) {
        close_listeners(server);
        memory_free(server);
        return err;
    }
    server->house.crowd = new_crowd(config);
    server->house.traffic = memory_new(sizeof(struct traffic) * (size_t)config->loops);
    server->house.loop_count = config->loops;
    for (int i = 0; i < config->loops; i++)
        server->loops[server->loop_count++] = loop_start(config, server->listeners,
                                                         server->listener_count, &server->house, i);
    *out = server;
    return OK;
}

static uint16_t port_of(const struct server *server, enum listener_kind kind)
{
    for (int i = 0; i < server->listener_count; i++)
        if (server->listeners[i].kind == kind)
            return server->listeners[i].port;
    return 0;
}

uint16_t server_port(const struct server *server)
{
    return port_of(server, LISTENER_PLAIN);
}

uint16_t server_tls_port(const struct server *server)
{
    return port_of(server, LISTENER_TLS);
}

uint16_t server_metrics_port(const struct server *server)
{
    return port_of(server, LISTENER_METRICS);
}

void server_drain(struct server *server)
{
    close_listeners(server);
    for (int i = 0; i < server->loop_count; i++)
        loop_drain(server->loops[i]);
    for (int i = 0; i < server->loop_count; i++)
        loop_wait_drained(server->loops[i]);
}

void server_finish(struct server *server, struct duration timeout)
{
    close_listeners(server);
    for (int i = 0; i < server->loop_count; i++)
        loop_finish_begin(server->loops[i], timeout);
    for (int i = 0; i < server->loop_count; i++)
        loop_finish_end(server->loops[i]);
    crowd_free(server->house.crowd);
    memory_free(server->house.traffic);
    memory_free(server);
}
