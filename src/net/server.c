#include "net/server.h"

#include "base/log.h"
#include "base/memory.h"
#include "net/listener.h"
#include "net/loop.h"

#define LOOPS_MAX 64

struct server {
    struct listener listener;
    _Atomic uint32_t open_connections;
    int loop_count;
    struct loop *loops[LOOPS_MAX];
};

/* A limit of nothing would refuse everything, later and without a word. */
static bool limits_make_sense(const struct server_config *config)
{
    return config->loops >= 1 && config->loops <= LOOPS_MAX && config->connections_max > 0 &&
           config->header_bytes_max > 0 && config->header_lines_max > 0 &&
           config->request_bytes_max >= config->header_bytes_max && config->header_timeout_s > 0 &&
           config->body_timeout_s > 0 && config->write_timeout_s > 0 && config->idle_timeout_s > 0;
}

enum err server_start(const struct server_config *config, struct server **out)
{
    struct listener listener;

    if (!limits_make_sense(config)) {
        log_error("the limits of the server do not make sense");
        return ERR_INVALID;
    }
    enum err err = listener_open(config->listen, &listener);
    if (err)
        return err;
    struct server *server = memory_new(sizeof(*server));
    server->listener = listener;
    for (int i = 0; i < config->loops; i++)
        server->loops[server->loop_count++] = loop_start(config, &server->listener,
                                                         &server->open_connections);
    *out = server;
    return OK;
}

uint16_t server_port(const struct server *server)
{
    return server->listener.port;
}

void server_drain(struct server *server)
{
    listener_close(&server->listener);
    for (int i = 0; i < server->loop_count; i++)
        loop_drain(server->loops[i]);
    for (int i = 0; i < server->loop_count; i++)
        loop_wait_drained(server->loops[i]);
}

void server_finish(struct server *server, struct duration timeout)
{
    listener_close(&server->listener);
    for (int i = 0; i < server->loop_count; i++)
        loop_finish_begin(server->loops[i], timeout);
    for (int i = 0; i < server->loop_count; i++)
        loop_finish_end(server->loops[i]);
    memory_free(server);
}
