#include "whole_server.h"

#include "base/log.h"
#include "seen/seen.h"
#include "sound/sound.h"
#include "store/layout.h"
#include "store/memory/memory.h"
#include <sched.h>

static const uint8_t key[SERVER_KEY_BYTES] = "the same key in every run of it";

static void *run_turns(void *argument)
{
    struct whole_server *whole = argument;

    assert_int_equal(service_run(whole->service), OK);
    return NULL;
}

static void open_service(struct whole_server *whole, const struct whole_server_options *options)
{
    struct service_config config = {
        .world = &whole->manual.world,
        .store = whole->store,
        .limits = options->limits,
        .region = BYTES("us-east-1"),
        .empty_poll_token = options->empty_poll_token,
        .throttles = options->throttles,
        .rates = options->rates,
        .free_bytes_min = options->free_bytes_min,
        .recent_bytes_max = (size_t)1 << 20,
        .readers = 1,
    };

    assert_int_equal(service_open(&config, &whole->service), OK);
}

static void start_network(struct whole_server *whole, const struct whole_server_options *options)
{
    struct server_config config = {
        SERVER_CONFIG_DEFAULTS,  .service = whole->service,       .world = &whole->manual.world,
        .listen = "127.0.0.1:0", .account = 123456789012,         .region = BYTES("us-east-1"),
        .audit = whole->audit,   .metrics_listen = "127.0.0.1:0",
    };

    if (whole->has_gate)
        config.gate = &whole->gate;
    if (options->loops)
        config.loops = options->loops;
    assert_int_equal(server_start(&config, &whole->server), OK);
    whole->port = server_port(whole->server);
    whole->metrics_port = server_metrics_port(whole->server);
}

void whole_server_start(struct whole_server *whole, const struct whole_server_options *options)
{
    log_set_level(LOG_ERROR);
    seen_begin();
    *whole = (struct whole_server){ 0 };
    manual_world_init(&whole->manual);
    whole->kv = options->kv ? options->kv : kv_memory_new();
    assert_int_equal(layout_open(whole->kv, key, &whole->store), OK);
    open_service(whole, options);
    whole->has_gate = options->identities != NULL;
    if (whole->has_gate)
        gate_init(&whole->gate, options->identities);
    if (options->audit_log)
        assert_int_equal(audit_open(options->audit_log, &whole->audit), OK);
    start_network(whole, options);
    assert_int_equal(pthread_create(&whole->turns, NULL, run_turns, whole), 0);
}

void whole_server_end(struct whole_server *whole)
{
    whole->ending = true;
    server_drain(whole->server);
    service_stop(whole->service);
}

void whole_server_stop(struct whole_server *whole)
{
    if (!whole->ending)
        whole_server_end(whole);
    assert_int_equal(pthread_join(whole->turns, NULL), 0);
    server_finish(whole->server, duration_of_s(5));
    audit_close(whole->audit);
    if (whole->has_gate)
        gate_deinit(&whole->gate);
    service_close(whole->service);
    sound_check(whole->kv);
    store_close(whole->store);
}

void whole_server_await_polls(const struct whole_server *whole, uint64_t count)
{
    while (service_figures(whole->service).parked_polls != count)
        sched_yield();
}
