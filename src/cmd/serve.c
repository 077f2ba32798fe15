/*
 * weir serve - wires the parts and runs them until told to end.
 *
 * The main thread opens everything, then waits for a signal. Turns run on a thread of their own,
 * the network on its loops. The end comes in one of two ways:
 *
 *   SIGTERM, SIGINT    no new requests, held polls answered empty, what is under way finished, the
 * store closed: status 0 a failed commit    nothing is answered any more, not even what seems
 * harmless: the process ends at once, status 1
 */
#include "cmd/command.h"
#include "cmd/confine.h"
#include "cmd/entrance.h"
#include "cmd/identity_store.h"
#include "cmd/serve_settings.h"
#include "cmd/version.h"
#include "cmd/watch.h"

#include "base/hash.h"
#include "base/log.h"
#include "base/random.h"
#include "lambda/invoker.h"
#include "net/audit.h"
#include "net/gate.h"
#include "net/server.h"
#include "service/service.h"
#include "store/layout.h"
#include "store/memory/memory.h"
#include "store/rocks/rocks.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

/* How long clients have to take their last answers. */
#define FINISH_TIMEOUT ((struct duration){ 500 })

struct parts {
    struct watch *watch;
    struct gate gate;
    bool has_gate;
    struct tls *tls;                   /* NULL: none is spoken */
    unsigned identities_bit, tls_bits; /* of their files */
    struct audit *audit;               /* NULL: no audit log */
    struct store *store;
    struct invoker *invoker; /* NULL: no endpoint for Lambda functions */
    struct service *service;
    struct server *server;
    pthread_t turns;
};

/* ---- before anything is opened */

static bool has_identities(const struct settings *settings)
{
    return settings_text(settings, SERVE_IDENTITIES)[0] != '\0';
}

/* A key is two settings. */
static bool may_sign(const struct settings *settings)
{
    bool has_id = settings_text(settings, SERVE_LAMBDA_ACCESS_KEY_ID)[0] != '\0';
    bool has_secret = settings_text(settings, SERVE_LAMBDA_SECRET_ACCESS_KEY)[0] != '\0';

    if (has_id == has_secret)
        return true;
    fprintf(stderr,
            "weir serve: --lambda-access-key-id and --lambda-secret-access-key: need each other\n");
    return false;
}

/* File descriptors that are not connections: the store's files and our own. */
#define OTHER_FILES 1024

/* How many files this process may open, once the soft limit (often 1,024) is raised as far as
 * `wanted` asks. */
static uint64_t raise_file_limit(uint64_t wanted)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return wanted;
    if (limit.rlim_cur < wanted && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : (rlim_t)wanted;
        (void)setrlimit(RLIMIT_NOFILE, &limit); /* what became of it is asked below */
        (void)getrlimit(RLIMIT_NOFILE, &limit);
    }
    return limit.rlim_cur;
}

/* The connections to hold at once: as many as asked for, while the store is never short of files
 * because of them. */
static uint32_t connections_max(const struct settings *settings)
{
    uint64_t asked = settings_number(settings, SERVE_CONNECTIONS_MAX);
    uint64_t files = raise_file_limit(asked + OTHER_FILES);
    uint64_t possible = files > 2 * OTHER_FILES ? files - OTHER_FILES : files / 2;
    if (possible >= asked)
        return (uint32_t)asked;
    log_info("fewer connections than asked for: the limit of open files is low",
             LOG_NUMBER("connections", possible), LOG_NUMBER("asked", asked),
             LOG_NUMBER("files", files));
    return (uint32_t)possible;
}

/* ---- opening */

static enum err open_store(const struct settings *settings, struct store **out)
{
    uint8_t key[SERVER_KEY_BYTES];
    struct kv *kv = NULL;
    enum err err = OK;

    if (settings_number(settings, SERVE_STORE) == STORE_MEMORY)
        kv = kv_memory_new();
    else
        err = kv_rocks_open(settings_text(settings, SERVE_DATA), &kv);
    if (err)
        return err;
    random_system(key, sizeof key);
    return layout_open(kv, key, out);
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
        .free_bytes_min = settings_number(settings, SERVE_FREE_BYTES_MIN),
        .readers = (int)number(settings, SERVE_READERS),
        .lambda = invoker ? invoker_face(invoker) : NULL,
    };
    return service_open(&config, out);
}

/* Identities, where there are any: `gate` keeps them, and the file is watched. */
static enum err open_gate(const struct settings *settings, struct parts *parts)
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
static enum err open_tls(const struct settings *settings, struct parts *parts)
{
    if (!entrance_speaks_tls(settings))
        return OK;
    parts->tls_bits = entrance_watch(settings, parts->watch);
    parts->tls = entrance_open_tls(settings);
    return parts->tls ? OK : ERR_INVALID;
}

static enum err start_server(const struct settings *settings, struct parts *parts)
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
        .connections_max = connections_max(settings),
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
static enum err open_doors(const struct settings *settings, struct parts *parts)
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

static void close_doors(struct parts *parts)
{
    audit_close(parts->audit);
    if (parts->has_gate)
        gate_deinit(&parts->gate);
    tls_close(parts->tls);
    watch_free(parts->watch);
}

/* Opens all parts, or closes again what it opened; whoever failed has said why in the log. */
static enum err open_parts(const struct settings *settings, struct parts *parts)
{
    enum err err = open_doors(settings, parts);
    if (err)
        goto close_doors;
    err = open_store(settings, &parts->store);
    if (err)
        goto close_doors;
    parts->invoker = start_invoker(settings);
    err = open_service(settings, parts->store, parts->invoker, &parts->service);
    if (err)
        goto stop_invoker;
    err = start_server(settings, parts);
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

/* ---- running and ending */

static void *run_turns(void *argument)
{
    struct parts *parts = argument;
    enum err err = service_run(parts->service);
    if (err) {
        /* What the disk holds now is anyone's guess: no answer, no orderly end; the next start
         * reads it. */
        log_error("the store failed; ending without another answer",
                  LOG_CSTR("reason", err_text(err)));
        _Exit(EXIT_FAILED);
    }
    return NULL;
}

/* A file with an error changes nothing. */
static void load_identities(const struct settings *settings, struct parts *parts)
{
    struct identities *identities;
    struct text problem;

    text_init(&problem, 65536);
    identities = identity_store_load(settings_text(settings, SERVE_IDENTITIES), &problem);
    if (identities) {
        log_info("new identities are in force",
                 LOG_NUMBER("keys", identities_count_keys(identities)));
        gate_exchange(&parts->gate, identities);
    } else {
        log_error("the identities cannot be used; the old ones stay in force",
                  LOG_TEXT("problem", text_bytes(&problem)));
    }
    text_deinit(&problem);
}

static void wait_for_end(const struct settings *settings, struct parts *parts)
{
    struct watch_news news = watch_wait(parts->watch);

    for (; news.signal != SIGTERM && news.signal != SIGINT; news = watch_wait(parts->watch)) {
        if (news.changed & parts->identities_bit)
            load_identities(settings, parts);
        if (news.changed & parts->tls_bits)
            entrance_reload_tls(parts->tls);
        if (news.signal == SIGHUP && parts->audit)
            audit_reopen(parts->audit);
    }
    log_info("stopping", LOG_CSTR("signal", news.signal == SIGTERM ? "SIGTERM" : "SIGINT"));
    /* They stay blocked: process groups and wrappers often send the same signal twice, and the end
     * is near anyway. */
}

static void close_parts(struct parts *parts)
{
    server_drain(parts->server);
    service_stop(parts->service);
    pthread_join(parts->turns, NULL);
    server_finish(parts->server, FINISH_TIMEOUT);
    if (parts->invoker)
        invoker_stop(parts->invoker);
    service_close(parts->service);
    store_close(parts->store);
    close_doors(parts);
}

static void set_log_level(const struct settings *settings)
{
    enum log_level level = LOG_INFO;
    ensure(log_parse_level(bytes_of_cstr(settings_text(settings, SERVE_LOG_LEVEL)), &level));
    log_set_level(level);
}

/* Nobody outside can choose names that meet in one slot of a table. */
static void key_hashes(void)
{
    uint8_t key[16];

    random_system(key, sizeof key);
    hash_set_key(key);
}

static enum exit_status serve(const struct settings *settings)
{
    struct parts parts = { 0 };

    set_log_level(settings);
    key_hashes();
    if (!entrance_makes_sense(settings) || !may_sign(settings))
        return EXIT_USAGE;
    signal(SIGPIPE, SIG_IGN); /* a client that hangs up is an error of its write, no more */
    parts.watch = watch_new();
    if (open_parts(settings, &parts) != OK)
        return EXIT_FAILED;

    if (settings_is_on(settings, SERVE_CONFINE))
        confine_calls(parts.invoker != NULL);
    ensure(pthread_create(&parts.turns, NULL, run_turns, &parts) == 0);
    log_info("started", LOG_CSTR("version", WEIR_VERSION),
             LOG_CSTR("listen", settings_text(settings, SERVE_LISTEN)),
             LOG_CSTR("tls_listen", settings_text(settings, SERVE_TLS_LISTEN)),
             LOG_CSTR("unix_socket", settings_text(settings, SERVE_UNIX_SOCKET)),
             LOG_CSTR("store", settings_text(settings, SERVE_STORE)));
    entrance_announce(settings, parts.server);
    wait_for_end(settings, &parts);
    close_parts(&parts);
    log_info("stopped");
    return EXIT_DONE;
}

const struct command command_serve = {
    .name = "serve",
    .summary = "run the server",
    .description =
        "Serves the Amazon SWF API over HTTP until SIGTERM or SIGINT ends it. Any AWS SDK, the AWS CLI "
        "and the Flow frameworks work against it when their endpoint is set to the URL that it prints "
        "on its first line.\n\n"
        "Every change is on disk before it is acknowledged (store rocksdb). If the disk refuses a write, the "
        "server ends at once rather than answer what it cannot keep; started again, it goes on from "
        "what is there.\n\n"
        "With --identities every call must be signed by one of the file's access keys and permitted by "
        "its owner's policies; 'weir help user' says how to make the file. Without it any credentials are "
        "accepted, and therefore only on addresses that this machine alone can reach.\n\n"
        "With --tls-listen it speaks TLS, and with --unix-socket it serves this machine without a port; "
        "each of the listeners may stand alone.\n\n"
        "A change of the identities file, or of the certificate and its key, takes effect at once; SIGHUP "
        "has all of them read again, and opens the audit log again after it was moved away.",
    .closing = "EXIT STATUS\n"
               "    0  ended by SIGTERM or SIGINT, everything in order\n"
               "    1  the port, the store or the disk said no; the log says why\n"
               "    2  a setting is unknown or ill-formed\n\n"
               "EXAMPLES\n"
               "    weir serve\n"
               "    weir serve --listen 127.0.0.1:0 --store memory\n"
               "    weir serve --listen '' --tls-listen 0.0.0.0:9443 --tls-cert weir.pem \\\n"
               "        --tls-key weir.key --identities identities.json\n"
               "    weir serve --config /etc/weir.conf --print-config\n",
    .settings = serve_settings,
    .setting_count = SERVE_SETTING_COUNT,
    .takes_file = true,
    .run = serve,
};
