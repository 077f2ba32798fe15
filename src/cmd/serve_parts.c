#include "cmd/serve_parts.h"

#include "base/log.h"
#include "base/random.h"
#include "cmd/confine.h"
#include "cmd/descriptors.h"
#include "cmd/entrance.h"
#include "cmd/identity_store.h"
#include "store/layout.h"
#include "store/memory/memory.h"
#include "store/rocks/rocks.h"

/* How long clients have to take their last answers. */
#define FINISH_TIMEOUT ((struct duration){ 500 })

/* Are callers to be recognised? */
static bool has_identities(const struct settings *settings)
{
    return settings_text(settings, SERVE_IDENTITIES)[0] != '\0';
}

/* ---- opening */

/* A log that was cut at its very end looks like one that a power failure left: whoever doubts can
 * compare this with what was said before. */
static void tell_last_turn(const struct store *store)
{
    struct store_meta meta;

    store_get_meta(store, &meta);
    log_info("the last turn found", LOG_NUMBER("turn", meta.turn),
             LOG_NUMBER("committed_ms", meta.clock.ms));
}

static enum err open_store(const struct settings *settings, struct store **out)
{
    bool is_on_disk = settings_number(settings, SERVE_STORE) != STORE_MEMORY;
    uint8_t key[SERVER_KEY_BYTES];
    struct kv *kv = NULL;
    enum err err = OK;

    if (!is_on_disk)
        kv = kv_memory_new();
    else
        err = kv_rocks_open(settings_text(settings, SERVE_DATA), &kv);
    if (err)
        return err;
    random_system(key, sizeof key);
    err = layout_open(kv, key, out);
    if (!err && is_on_disk)
        tell_last_turn(*out);
    return err;
}

static uint32_t number(const struct settings *settings, enum serve_setting setting)
{
    uint64_t value = settings_number(settings, setting);
    ensure(value <= UINT32_MAX); /* the table's maximum is below */
    return (uint32_t)value;
}

static struct limits limits_of(const struct settings *settings)
{
    struct limits limits = LIMITS_DOCUMENTED;
    limits.domains = number(settings, SERVE_LIMIT_DOMAINS);
    limits.workflow_types = number(settings, SERVE_LIMIT_WORKFLOW_TYPES);
    limits.activity_types = number(settings, SERVE_LIMIT_ACTIVITY_TYPES);
    limits.open_executions = number(settings, SERVE_LIMIT_OPEN_EXECUTIONS);
    limits.open_activities = number(settings, SERVE_LIMIT_OPEN_ACTIVITIES);
    limits.open_timers = number(settings, SERVE_LIMIT_OPEN_TIMERS);
    limits.open_children = number(settings, SERVE_LIMIT_OPEN_CHILDREN);
    limits.open_lambdas = number(settings, SERVE_LIMIT_OPEN_LAMBDAS);
    limits.history_events = number(settings, SERVE_LIMIT_HISTORY_EVENTS);
    limits.pollers_per_list = number(settings, SERVE_LIMIT_POLLERS_PER_LIST);
    limits.tags_per_domain = number(settings, SERVE_LIMIT_TAGS_PER_DOMAIN);
    limits.execution_seconds = number(settings, SERVE_LIMIT_EXECUTION_SECONDS);
    limits.retention_days = number(settings, SERVE_LIMIT_RETENTION_DAYS);
    limits.poll_seconds = number(settings, SERVE_POLL_SECONDS);
    limits.page_token_seconds = number(settings, SERVE_PAGE_TOKEN_SECONDS);
    limits.count_results = number(settings, SERVE_COUNT_RESULTS);
    return limits;
}

/* NULL when there is no endpoint. */
static struct invoker *start_invoker(const struct settings *settings)
{
    struct invoker_config config = {
        .endpoint = settings_text(settings, SERVE_LAMBDA_ENDPOINT),
        .region = settings_text(settings, SERVE_REGION),
        .access_key_id = settings_text(settings, SERVE_LAMBDA_ACCESS_KEY_ID),
        .secret_access_key = settings_text(settings, SERVE_LAMBDA_SECRET_ACCESS_KEY),
        .concurrency_max = number(settings, SERVE_LAMBDA_CONCURRENCY),
    };
    return config.endpoint[0] ? invoker_start(&config) : NULL;
}

static enum err open_service(const struct settings *settings, struct store *store,
                             const struct invoker *invoker, struct service **out)
{
    struct service_config config = {
        .world = &world_system,
        .store = store,
        .limits = limits_of(settings),
        .region = bytes_of_cstr(settings_text(settings, SERVE_REGION)),
        .empty_poll_token = settings_is_on(settings, SERVE_EMPTY_POLL_TOKEN),
        .throttles = settings_is_on(settings, SERVE_THROTTLES),
        .execution_bytes_max = settings_number(settings, SERVE_EXECUTION_BYTES),
        .recent_bytes_max = settings_number(settings, SERVE_RECENT_BYTES),
        .free_bytes_min = settings_number(settings, SERVE_FREE_BYTES_MIN),
        .readers = (int)number(settings, SERVE_READERS),
        .lambda = invoker ? invoker_face(invoker) : NULL,
    };
    return service_open(&config, out);
}

/* Identities, where there are any: `gate` keeps them, and the file is watched. */
static enum err open_gate(const struct settings *settings, struct serve_parts *parts)
{
    const char *path = settings_text(settings, SERVE_IDENTITIES);
    struct identities *identities;
    struct text problem;

    if (!has_identities(settings))
        return OK;
    parts->identities_bit = watch_add(parts->watch, path);
    text_init(&problem, 65536);
    identities = identity_store_load(path, &problem);
    if (identities) {
        gate_init(&parts->gate, identities);
        parts->has_gate = true;
    } else {
        log_error("the identities cannot be used", LOG_TEXT("problem", text_bytes(&problem)));
    }
    text_deinit(&problem);
    return identities ? OK : ERR_INVALID;
}

static enum err open_audit(const struct settings *settings, struct audit **out)
{
    const char *path = settings_text(settings, SERVE_AUDIT_LOG);

    return path[0] ? audit_open(path, out) : OK;
}

/* The certificate, where TLS is spoken. */
static enum err open_tls(const struct settings *settings, struct serve_parts *parts)
{
    if (!entrance_speaks_tls(settings))
        return OK;
    parts->tls_bits = entrance_watch(settings, parts->watch);
    parts->tls = entrance_open_tls(settings);
    return parts->tls ? OK : ERR_INVALID;
}

static enum err start_server(const struct settings *settings, uint32_t connections_max,
                             struct serve_parts *parts)
{
    struct server_config config = {
        .service = parts->service,
        .world = &world_system,
        .tls = parts->tls,
        .loops = (int)number(settings, SERVE_LOOPS),
        .gate = parts->has_gate ? &parts->gate : NULL,
        .account = settings_number(settings, SERVE_ACCOUNT),
        .region = bytes_of_cstr(settings_text(settings, SERVE_REGION)),
        .audit = parts->audit,
        .connections_max = connections_max,
        .connections_per_address_max = number(settings, SERVE_CONNECTIONS_PER_ADDRESS_MAX),
        .handshakes_max = number(settings, SERVE_HANDSHAKES_MAX),
        .held_bytes_max = settings_number(settings, SERVE_HELD_BYTES_MAX),
        .header_bytes_max = number(settings, SERVE_HEADER_BYTES_MAX),
        .header_lines_max = number(settings, SERVE_HEADER_LINES_MAX),
        .request_bytes_max = number(settings, SERVE_REQUEST_BYTES_MAX),
        .header_timeout_s = number(settings, SERVE_HEADER_TIMEOUT),
        .body_timeout_s = number(settings, SERVE_BODY_TIMEOUT),
        .write_timeout_s = number(settings, SERVE_WRITE_TIMEOUT),
        .idle_timeout_s = number(settings, SERVE_IDLE_TIMEOUT),
    };
    entrance_set(settings, &config);
    return server_start(&config, &parts->server);
}

/* Who may come in, and what is written of them. */
static enum err open_doors(const struct settings *settings, struct serve_parts *parts)
{
    enum err err;

    if (has_identities(settings) || entrance_speaks_tls(settings) ||
        settings_text(settings, SERVE_LAMBDA_SECRET_ACCESS_KEY)[0])
        confine_memory();
    err = open_gate(settings, parts);
    if (!err)
        err = open_tls(settings, parts);
    return err ? err : open_audit(settings, &parts->audit);
}

static void close_doors(struct serve_parts *parts)
{
    audit_close(parts->audit);
    if (parts->has_gate)
        gate_deinit(&parts->gate);
    tls_close(parts->tls);
    watch_free(parts->watch);
}

enum err serve_parts_open(struct serve_parts *parts, const struct settings *settings)
{
    uint32_t connections_max;
    enum err err = descriptors_share(settings, &connections_max);
    if (!err)
        err = open_doors(settings, parts);
    if (err)
        goto close_doors;
    err = open_store(settings, &parts->store);
    if (err)
        goto close_doors;
    parts->invoker = start_invoker(settings);
    err = open_service(settings, parts->store, parts->invoker, &parts->service);
    if (err)
        goto stop_invoker;
    err = start_server(settings, connections_max, parts);
    if (err)
        goto close_service;
    return OK;
close_service:
    service_close(parts->service);
stop_invoker:
    if (parts->invoker)
        invoker_stop(parts->invoker);
    store_close(parts->store);
close_doors:
    close_doors(parts);
    return err;
}

/* ---- while it runs, and at the end */

void serve_parts_renew_identities(struct serve_parts *parts, const struct settings *settings)
{
    struct identities *identities;
    struct text problem;

    text_init(&problem, 65536);
    identities = identity_store_load(settings_text(settings, SERVE_IDENTITIES), &problem);
    if (identities) {
        size_t keys = identities_count_keys(identities);

        gate_exchange(&parts->gate, identities);
        log_info("new identities are in force", LOG_NUMBER("keys", keys));
    } else {
        log_error("the identities cannot be used; the old ones stay in force",
                  LOG_TEXT("problem", text_bytes(&problem)));
    }
    text_deinit(&problem);
}

enum err serve_parts_close(struct serve_parts *parts)
{
    server_drain(parts->server);
    service_stop(parts->service);
    pthread_join(parts->turns, NULL);
    server_finish(parts->server, FINISH_TIMEOUT);
    if (parts->invoker)
        invoker_stop(parts->invoker);
    service_close(parts->service);
    enum err err = store_close(parts->store);
    if (err)
        log_error("the store could not be closed in good order", LOG_CSTR("reason", err_text(err)));
    close_doors(parts);
    return err;
}
