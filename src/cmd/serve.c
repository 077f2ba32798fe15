/*
 * weir serve - wires the parts and runs them until told to end.
 *
 * The main thread opens everything, then waits for a signal. Turns run on a thread of their own,
 * the network on its loops.
 *
 * SIGTERM and SIGINT end it in order: no new requests, held polls answered empty, what is under way
 * finished, the store closed, status 0, or 1 if it could not be closed in good order. A failed
 * commit ends it at once: nothing is answered any more, not even what seems harmless; status 1.
 */
#include "cmd/command.h"
#include "cmd/confine.h"
#include "cmd/entrance.h"
#include "cmd/serve_parts.h"
#include "cmd/version.h"

#include "base/hash.h"
#include "base/log.h"
#include "base/random.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

/* ---- before anything is opened */

/* The key for Lambda calls is two settings: both or neither. */
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

/* Headers are a part of their request. */
static bool headers_fit(const struct settings *settings)
{
    if (settings_number(settings, SERVE_HEADER_BYTES_MAX) <=
        settings_number(settings, SERVE_REQUEST_BYTES_MAX))
        return true;
    fprintf(stderr,
            "weir serve: --header-bytes-max %s: must be no more than --request-bytes-max, %s\n",
            settings_text(settings, SERVE_HEADER_BYTES_MAX),
            settings_text(settings, SERVE_REQUEST_BYTES_MAX));
    return false;
}

/* ---- running and ending */

static void *run_turns(void *argument)
{
    struct serve_parts *parts = argument;
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

static void wait_for_end(const struct settings *settings, struct serve_parts *parts)
{
    struct watch_news news = watch_wait(parts->watch);

    for (; news.signal != SIGTERM && news.signal != SIGINT; news = watch_wait(parts->watch)) {
        if (news.changed & parts->identities_bit)
            serve_parts_renew_identities(parts, settings);
        if (news.changed & parts->tls_bits)
            entrance_reload_tls(parts->tls);
        if (news.signal == SIGHUP && parts->audit)
            audit_reopen(parts->audit);
    }
    log_info("stopping", LOG_CSTR("signal", news.signal == SIGTERM ? "SIGTERM" : "SIGINT"));
    /* They stay blocked: process groups and wrappers often send the same signal twice, and the end
     * is near anyway. */
}

static void set_log_level(const struct settings *settings)
{
    enum log_level level = LOG_INFO;
    ensure(log_parse_level(bytes_of_cstr(settings_text(settings, SERVE_LOG_LEVEL)), &level));
    log_set_level(level);
}

/* With a random key for hashes no client can choose names that all fall into one slot of a
 * table. */
static void key_hashes(void)
{
    uint8_t key[16];

    random_system(key, sizeof key);
    hash_set_key(key);
}

static enum exit_status serve(const struct settings *settings)
{
    struct serve_parts parts = { 0 };

    umask(077); /* what it writes is the owner's alone, in whatever folder */
    set_log_level(settings);
    key_hashes();
    if (!entrance_makes_sense(settings) || !may_sign(settings) || !headers_fit(settings))
        return EXIT_USAGE;
    signal(SIGPIPE, SIG_IGN); /* a write to a client that has hung up only fails */
    parts.watch = watch_new();
    if (serve_parts_open(&parts, settings) != OK)
        return EXIT_FAILED;

    if (settings_is_on(settings, SERVE_CONFINE))
        confine_calls(parts.invoker != NULL);
    ensure(pthread_create(&parts.turns, NULL, run_turns, &parts) == 0);
    log_info("started", LOG_CSTR("version", WEIR_VERSION),
             LOG_CSTR("listen", settings_text(settings, SERVE_LISTEN)),
             LOG_CSTR("tls_listen", settings_text(settings, SERVE_TLS_LISTEN)),
             LOG_CSTR("unix_socket", settings_text(settings, SERVE_UNIX_SOCKET)),
             LOG_CSTR("store", settings_text(settings, SERVE_STORE)));
    if (server_metrics_port(parts.server))
        log_info("metrics are shown", LOG_NUMBER("port", server_metrics_port(parts.server)));
    entrance_announce(settings, parts.server);
    wait_for_end(settings, &parts);
    enum err err = serve_parts_close(&parts);
    log_info("stopped");
    return err ? EXIT_FAILED : EXIT_DONE;
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
        "what is there. While little space is left (--free-bytes-min) no workflow begins, and those "
        "that are open go on.\n\n"
        "With --identities every call must be signed by one of the file's access keys and permitted by "
        "its owner's policies; 'weir help user' says how to make the file. Without it any credentials are "
        "accepted, and therefore only on addresses that this machine alone can reach.\n\n"
        "With --tls-listen it speaks TLS, and with --unix-socket it serves this machine without a port; "
        "each of the listeners may stand alone.\n\n"
        "A change of the identities file, or of the certificate, its key and --tls-client-ca, takes effect at once; SIGHUP "
        "has all of them read again, and opens the audit log again after it was moved away.",
    .closing = "EXIT STATUS\n"
               "    0  ended by SIGTERM or SIGINT, everything in order, the store closed\n"
               "    1  the port, the store or the disk said no; the log says why\n"
               "    2  a setting is unknown or ill-formed, or its file cannot be read\n\n"
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
