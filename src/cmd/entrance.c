#include "cmd/entrance.h"

#include "base/log.h"
#include "cmd/address.h"
#include "cmd/serve_settings.h"
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define PROBLEM_BYTES_MAX 4096

static bool is_set(const struct settings *settings, enum serve_setting setting)
{
    return settings_text(settings, setting)[0] != '\0';
}

static const char *text_or_null(const struct settings *settings, enum serve_setting setting)
{
    return is_set(settings, setting) ? settings_text(settings, setting) : NULL;
}

bool entrance_speaks_tls(const struct settings *settings)
{
    return is_set(settings, SERVE_TLS_LISTEN);
}

/* ---- what makes sense */

static bool complain(const char *what)
{
    fprintf(stderr, "weir serve: %s\n", what);
    return false;
}

static bool somebody_can_come(const struct settings *settings)
{
    return is_set(settings, SERVE_LISTEN) || is_set(settings, SERVE_TLS_LISTEN) ||
           is_set(settings, SERVE_UNIX_SOCKET) ||
           complain("--listen: with '' it needs --tls-listen or --unix-socket");
}

/* Without an authority for clients no certificate is asked for, so --tls-client-certs would mean
 * nothing. */
static bool clients_are_asked(const struct settings *settings)
{
    return !is_set(settings, SERVE_TLS_CLIENT_CERTS) || is_set(settings, SERVE_TLS_CLIENT_CA) ||
           complain("--tls-client-certs: needs --tls-client-ca, without which nobody is asked");
}

/* Files for TLS without a TLS listener are refused: they show that one was meant, and nobody would
 * notice that it is missing. */
static bool tls_is_whole(const struct settings *settings)
{
    bool has_certificate = is_set(settings, SERVE_TLS_CERT),
         has_key = is_set(settings, SERVE_TLS_KEY);

    if (entrance_speaks_tls(settings))
        return (has_certificate && has_key) ||
               complain("--tls-listen: needs --tls-cert and --tls-key");
    return (!has_certificate && !has_key && !is_set(settings, SERVE_TLS_CLIENT_CA)) ||
           complain("--tls-cert, --tls-key, --tls-client-ca: need --tls-listen");
}

static void say_who_may_come(const char *listen, bool is_loopback)
{
    if (is_loopback)
        log_info("open: there are no identities, so whoever is on this machine may do everything",
                 LOG_CSTR("listen", listen));
    else
        log_warn("open to the network: whoever reaches it may do everything",
                 LOG_CSTR("listen", listen));
}

/* Without identities everybody may do everything, so only this machine may call. TLS does not
 * change that: it says who the server is. */
static bool may_listen(const struct settings *settings, enum serve_setting setting)
{
    struct address address;
    const char *listen = settings_text(settings, setting);

    if (!is_set(settings, setting) || is_set(settings, SERVE_IDENTITIES))
        return true;
    ensure(address_parse(bytes_of_cstr(listen), &address));
    bool is_loopback = address_is_loopback(address.host);
    if (is_loopback || settings_is_on(settings, SERVE_INSECURE_OPEN)) {
        say_who_may_come(listen, is_loopback);
        return true;
    }
    fprintf(
        stderr,
        "weir serve: --%s %s: without identities must be an address of this machine itself, "
        "as 127.0.0.1:%u; 'weir user add NAME --identities FILE' makes a file for --identities\n",
        settings->table[setting].name, listen, address.port);
    return false;
}

/* The metrics listener never asks who is calling, with identities or without. */
static bool may_show_figures(const struct settings *settings)
{
    const char *listen = settings_text(settings, SERVE_METRICS_LISTEN);
    struct address address;

    if (!is_set(settings, SERVE_METRICS_LISTEN) || settings_is_on(settings, SERVE_METRICS_OPEN))
        return true;
    ensure(address_parse(bytes_of_cstr(listen), &address));
    if (address_is_loopback(address.host))
        return true;
    fprintf(stderr,
            "weir serve: --metrics-listen %s: must be an address of this machine itself, as "
            "127.0.0.1:%u; with --metrics-open whoever reaches it may read the figures\n",
            listen, address.port);
    return false;
}

bool entrance_makes_sense(const struct settings *settings)
{
    return somebody_can_come(settings) && clients_are_asked(settings) && tls_is_whole(settings) &&
           may_listen(settings, SERVE_LISTEN) && may_listen(settings, SERVE_TLS_LISTEN) &&
           may_show_figures(settings);
}

/* ---- TLS */

struct tls *entrance_open_tls(const struct settings *settings)
{
    const struct tls_files files = {
        .certificate = settings_text(settings, SERVE_TLS_CERT),
        .key = settings_text(settings, SERVE_TLS_KEY),
        .client_ca = text_or_null(settings, SERVE_TLS_CLIENT_CA),
        .client_may_have_none = settings_number(settings, SERVE_TLS_CLIENT_CERTS) ==
                                CLIENT_CERTS_OPTIONAL,
    };
    struct text problem;
    struct tls *tls;

    text_init(&problem, PROBLEM_BYTES_MAX);
    tls = tls_open(&files, &problem);
    if (!tls)
        log_error("tls cannot be spoken", LOG_TEXT("problem", text_bytes(&problem)));
    text_deinit(&problem);
    return tls;
}

unsigned entrance_watch(const struct settings *settings, struct watch *watch)
{
    static const enum serve_setting files[] = { SERVE_TLS_CERT, SERVE_TLS_KEY,
                                                SERVE_TLS_CLIENT_CA };
    unsigned bits = 0;

    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        if (is_set(settings, files[i]))
            bits |= watch_add(watch, settings_text(settings, files[i]));
    return bits;
}

/* Certificate and key are two files: while only one of them has been exchanged they do not fit. */
void entrance_reload_tls(struct tls *tls)
{
    struct text problem;

    text_init(&problem, PROBLEM_BYTES_MAX);
    if (tls_reload(tls, &problem))
        log_info("the certificate was read again and is in force for new connections");
    else
        log_error("the certificate cannot be used; the old one stays in force",
                  LOG_TEXT("problem", text_bytes(&problem)));
    text_deinit(&problem);
}

/* ---- the listeners */

void entrance_set(const struct settings *settings, struct server_config *config)
{
    static const mode_t modes[] = { 0600, 0660, 0666 }; /* the setting's choices */

    config->listen = text_or_null(settings, SERVE_LISTEN);
    config->tls_listen = text_or_null(settings, SERVE_TLS_LISTEN);
    config->metrics_listen = text_or_null(settings, SERVE_METRICS_LISTEN);
    config->unix_socket = text_or_null(settings, SERVE_UNIX_SOCKET);
    config->unix_socket_mode = modes[settings_number(settings, SERVE_UNIX_SOCKET_MODE)];
}

static void print_hints(const char *endpoint, const struct settings *settings)
{
    const char *region = settings_text(settings, SERVE_REGION);
    if (settings_number(settings, SERVE_STORE) == STORE_ROCKSDB)
        printf("data in %s\n", settings_text(settings, SERVE_DATA));
    printf("\nTry it from another terminal:\n\n");
    if (is_set(settings, SERVE_IDENTITIES))
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

/* Puts the URL of a listener into `endpoint` and prints it; `port` is the real one, also when the
 * system picked it. */
static void announce(const char *scheme, const char *listen, uint16_t port, char *endpoint,
                     size_t size)
{
    size_t host = bytes_find_last(bytes_of_cstr(listen), ':');

    snprintf(endpoint, size, "%s://%.*s:%u", scheme, (int)host, listen, port);
    printf("listening on %s\n", endpoint);
}

/* The first line of stdout is for scripts as well as for people: "listening on URL". */
void entrance_announce(const struct settings *settings, const struct server *server)
{
    char plain[320] = "", tls[320] = "";

    if (is_set(settings, SERVE_LISTEN))
        announce("http", settings_text(settings, SERVE_LISTEN), server_port(server), plain,
                 sizeof plain);
    if (is_set(settings, SERVE_TLS_LISTEN))
        announce("https", settings_text(settings, SERVE_TLS_LISTEN), server_tls_port(server), tls,
                 sizeof tls);
    if (is_set(settings, SERVE_UNIX_SOCKET))
        printf("listening on unix:%s\n", settings_text(settings, SERVE_UNIX_SOCKET));
    if ((settings_is_on(settings, SERVE_HINTS) || isatty(STDOUT_FILENO)) && (plain[0] || tls[0]))
        print_hints(plain[0] ? plain : tls, settings);
    fflush(stdout);
}
