/*
 * weir serve - wires the parts and runs them until told to end.
 *
 * The main thread opens everything, then waits for a signal. Turns run on a thread of their own,
 * the network on its loops.
 *
 * SIGTERM and SIGINT end it in order: no new requests, held polls answered empty, what is under way
 * finished, the store closed, status 0. A failed commit ends it at once: nothing is answered any
 * more, not even what seems harmless; status 1.
 */
#include "cmd/address.h"
#include "cmd/command.h"
#include "cmd/confine.h"
#include "cmd/serve_parts.h"
#include "cmd/version.h"

#include "base/hash.h"
#include "base/log.h"
#include "base/random.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- before anything is opened */

/* Without identities everybody may do everything, so only this machine may call. */
static bool may_listen(const struct settings *settings)
{
    struct address address;
    const char *listen = settings_text(settings, SERVE_LISTEN);
    ensure(address_parse(bytes_of_cstr(listen), &address));

    if (serve_has_identities(settings))
        return true;
    if (address_is_loopback(address.host)) {
        log_info("open: there are no identities, so whoever is on this machine may do everything",
                 LOG_CSTR("listen", listen));
        return true;
    }
    if (settings_is_on(settings, SERVE_INSECURE_OPEN)) {
        log_warn("open to the network: whoever reaches it may do everything",
                 LOG_CSTR("listen", listen));
        return true;
    }
    fprintf(
        stderr,
        "weir serve: --listen %s: without identities must be an address of this machine itself, "
        "as 127.0.0.1:%u; 'weir user add NAME --identities FILE' makes a file for --identities\n",
        listen, address.port);
    return false;
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

/* ---- saying hello */

static void print_hints(const char *endpoint, const struct settings *settings)
{
    const char *region = settings_text(settings, SERVE_REGION);
    if (settings_number(settings, SERVE_STORE) == STORE_ROCKSDB)
        printf("data in %s\n", settings_text(settings, SERVE_DATA));
    printf("\nTry it from another terminal:\n\n");
    if (serve_has_identities(settings))
        printf("    eval \"$(%s key add USER --identities %s)\"    # a key of one of its users\n",
               program_invocation_name, settings_text(settings, SERVE_IDENTITIES));
    else
        printf("    export AWS_ACCESS_KEY_ID=weir AWS_SECRET_ACCESS_KEY=weir    # any will do\n");
    printf("    %s demo --endpoint %s\n\n"
           "or with the AWS CLI:\n\n"
           "    export AWS_DEFAULT_REGION=%s\n"
           "    export AWS_ENDPOINT_URL=%s    # before AWS CLI 2.13: aws --endpoint-url ...\n"
           "    aws swf list-domains --registration-status REGISTERED\n\n"
           "Ctrl-C ends it.\n",
           program_invocation_name, endpoint, region, endpoint);
}

/* The first line of stdout is for scripts as well as for people: "listening on URL". */
static void announce(const struct settings *settings, const struct server *server)
{
    char endpoint[320];
    const char *listen = settings_text(settings, SERVE_LISTEN);
    size_t host = bytes_find_last(bytes_of_cstr(listen), ':');

    snprintf(endpoint, sizeof endpoint, "http://%.*s:%u", (int)host, listen, server_port(server));
    printf("listening on %s\n", endpoint);
    if (settings_is_on(settings, SERVE_HINTS) || isatty(STDOUT_FILENO))
        print_hints(endpoint, settings);
    fflush(stdout);
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
        if (news.changed && parts->has_gate)
            serve_parts_renew_identities(parts, settings);
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

/* Nobody outside can choose names that meet in one slot of a table. */
static void key_hashes(void)
{
    uint8_t key[16];

    random_system(key, sizeof key);
    hash_set_key(key);
}

static enum exit_status serve(const struct settings *settings)
{
    struct serve_parts parts = { 0 };

    set_log_level(settings);
    key_hashes();
    if (!may_listen(settings) || !may_sign(settings))
        return EXIT_USAGE;
    signal(SIGPIPE, SIG_IGN); /* a client that hangs up is an error of its write, no more */
    parts.watch = watch_new();
    if (serve_parts_open(&parts, settings) != OK)
        return EXIT_FAILED;

    if (settings_is_on(settings, SERVE_CONFINE))
        confine_calls(parts.invoker != NULL);
    ensure(pthread_create(&parts.turns, NULL, run_turns, &parts) == 0);
    log_info("started", LOG_CSTR("version", WEIR_VERSION),
             LOG_CSTR("listen", settings_text(settings, SERVE_LISTEN)),
             LOG_CSTR("store", settings_text(settings, SERVE_STORE)));
    announce(settings, parts.server);
    wait_for_end(settings, &parts);
    serve_parts_close(&parts);
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
        "A change of the identities file takes effect at once; SIGHUP has it read again, and opens the "
        "audit log again after it was moved away.",
    .closing = "EXIT STATUS\n"
               "    0  ended by SIGTERM or SIGINT, everything in order\n"
               "    1  the port, the store or the disk said no; the log says why\n"
               "    2  a setting is unknown or ill-formed\n\n"
               "EXAMPLES\n"
               "    weir serve\n"
               "    weir serve --listen 127.0.0.1:0 --store memory\n"
               "    weir serve --config /etc/weir.conf --print-config\n",
    .settings = serve_settings,
    .setting_count = SERVE_SETTING_COUNT,
    .takes_file = true,
    .run = serve,
};
