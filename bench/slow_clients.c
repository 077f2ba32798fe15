/*
 * slow_clients - what a normal client notices of thousands that keep the server waiting.
 *
 *   slow_clients [CONNECTIONS] [REQUESTS]
 *
 * Half of the slow ones send a request byte by byte, half are in the middle of a TLS handshake; one
 * that is hung up on comes back. Measured is the time of a call, over a kept connection and over a
 * new one each time, plain and by TLS: first with nobody else there, then among them. The server is
 * a process of its own, with its defaults, in memory.
 */
#include "base/bytes.h"
#include "base/ensure.h"
#include "base/memory.h"
#include "certificates/issuer.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS 10000
#define REQUESTS 5000
#define DRIPS_A_SECOND 2000

static const char request[] =
    "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.0\r\n"
    "X-Amz-Target: SimpleWorkflowService.ListDomains\r\nX-Amz-Date: 20261127T000000Z\r\n"
    "Authorization: AWS4-HMAC-SHA256 Credential=bench/20261127/us-east-1/swf/aws4_request, "
    "SignedHeaders=host;x-amz-date, Signature=00\r\nContent-Length: 35\r\n\r\n"
    "{\"registrationStatus\":\"REGISTERED\"}";

/* ---- the server */

static struct server {
    pid_t pid;
    uint16_t port, tls_port;
    char folder[64], authority[96], certificate[96], key[96];
} server;

static void make_certificates(void)
{
    struct issuer *issuer = issuer_new("bench");

    snprintf(server.folder, sizeof server.folder, "/tmp/weir_bench.XXXXXX");
    ensure(mkdtemp(server.folder));
    snprintf(server.authority, sizeof server.authority, "%s/authority.pem", server.folder);
    snprintf(server.certificate, sizeof server.certificate, "%s/server.pem", server.folder);
    snprintf(server.key, sizeof server.key, "%s/server.key", server.folder);
    issuer_write(issuer, server.authority);
    issuer_issue(issuer, "server", 30, server.certificate, server.key);
    issuer_free(issuer);
}

static void become_server(int out)
{
    const char *told = getenv("WEIR");
    const char *program = told ? told : "build/release/weir";

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    ensure(dup2(out, STDOUT_FILENO) >= 0);
    execl(program, program, "serve", "--store", "memory", "--log-level", "error", "--listen",
          "127.0.0.1:0", "--tls-listen", "127.0.0.1:0", "--tls-cert", server.certificate,
          "--tls-key", server.key, (char *)NULL);
    fprintf(stderr, "cannot run %s: %s\n", program, strerrordesc_np(errno));
    _exit(127);
}

static void start_server(void)
{
    int ends[2];
    unsigned port, tls_port;

    ensure(pipe2(ends, O_CLOEXEC) == 0);
    server.pid = fork();
    ensure(server.pid >= 0);
    if (server.pid == 0)
        become_server(ends[1]);
    close(ends[1]);
    FILE *out = fdopen(ends[0], "r");
    ensure(out);
    if (fscanf(out, "listening on http://127.0.0.1:%u listening on https://127.0.0.1:%u", &port,
               &tls_port) != 2)
        exit(1); /* it has said why */
    server.port = (uint16_t)port;
    server.tls_port = (uint16_t)tls_port;
    fclose(out);
}

static void stop_server(void)
{
    kill(server.pid, SIGTERM);
    waitpid(server.pid, NULL, 0);
    unlink(server.authority);
    unlink(server.certificate);
    unlink(server.key);
    rmdir(server.folder);
}

static size_t resident_kb(void)
{
    char path[64], line[256];
    size_t kb = 0;

    snprintf(path, sizeof path, "/proc/%d/status", (int)server.pid);
    FILE *file = fopen(path, "re");
    ensure(file);
    while (fgets(line, sizeof line, file) && sscanf(line, "VmRSS: %zu kB", &kb) != 1)
        continue;
    fclose(file);
    return kb;
}

/* A socket, or -1. Several addresses, because the server bounds how many come from one. */
static int connect_from(unsigned last_byte, uint16_t port)
{
    struct sockaddr_in from = { .sin_family = AF_INET,
                                .sin_addr = { htonl(INADDR_LOOPBACK - 1 + last_byte) } };
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_addr = { htonl(INADDR_LOOPBACK) },
                              .sin_port = htons(port) };
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    ensure(fd >= 0);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&from, sizeof from) == 0 &&
        connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
        return fd;
    close(fd);
    return -1;
}

/* ---- the slow ones */

static struct crowd {
    int *fds;
    size_t *said; /* bytes so far */
    size_t count;
    struct bytes hello; /* a whole ClientHello */
    atomic_bool ends;
    unsigned long comebacks;
} slow;

/* What one says, in all; TLS for every second one, and of those every second one says a whole
 * ClientHello at once and is then silent. */
static struct bytes words_of(size_t i)
{
    return i % 2 ? slow.hello : bytes_of(request, sizeof request - 40);
}

static bool say(size_t i, size_t len)
{
    struct bytes words = words_of(i);
    ssize_t sent;

    if (slow.said[i] + len > words.len)
        return true;
    sent = send(slow.fds[i], words.ptr + slow.said[i], len, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0)
        slow.said[i] += (size_t)sent;
    return sent > 0 || errno == EAGAIN;
}

static bool is_hung_up(size_t i)
{
    char byte[4096];
    ssize_t got = recv(slow.fds[i], byte, sizeof byte, MSG_DONTWAIT);

    return got == 0 || (got < 0 && errno != EAGAIN);
}

static void come(size_t i)
{
    slow.said[i] = 0;
    slow.fds[i] = connect_from(2 + i % 4, i % 2 ? server.tls_port : server.port);
    if (slow.fds[i] >= 0)
        (void)say(i, i % 4 == 1 ? slow.hello.len : 20);
}

static void drip(size_t i)
{
    if (slow.fds[i] >= 0 && !is_hung_up(i) && say(i, 1))
        return;
    if (slow.fds[i] >= 0)
        close(slow.fds[i]);
    slow.comebacks++;
    come(i);
}

static void *drip_on(void *unused)
{
    const struct timespec pause = { .tv_nsec = 1000000000 / DRIPS_A_SECOND };

    for (size_t i = 0; !atomic_load(&slow.ends); i = (i + 1) % slow.count) {
        drip(i);
        nanosleep(&pause, NULL);
    }
    return unused;
}

static void make_hello(SSL_CTX *context)
{
    SSL *ssl = SSL_new(context);
    BIO *out = BIO_new(BIO_s_mem());
    char *data;

    SSL_set_bio(ssl, BIO_new(BIO_s_mem()), out);
    SSL_set_connect_state(ssl);
    (void)SSL_do_handshake(ssl);
    long len = BIO_get_mem_data(out, &data);
    slow.hello = memory_copy(bytes_of(data, (size_t)len));
    SSL_free(ssl);
}

static pthread_t bring_crowd(size_t count)
{
    pthread_t thread;

    slow.count = count;
    slow.fds = memory_new(count * sizeof *slow.fds);
    slow.said = memory_new(count * sizeof *slow.said);
    for (size_t i = 0; i < count; i++)
        come(i);
    ensure(pthread_create(&thread, NULL, drip_on, NULL) == 0);
    return thread;
}

static void send_crowd_away(pthread_t thread)
{
    atomic_store(&slow.ends, true);
    pthread_join(thread, NULL);
    for (size_t i = 0; i < slow.count; i++)
        if (slow.fds[i] >= 0)
            close(slow.fds[i]);
}

/* ---- the normal one */

struct client {
    SSL_CTX *context; /* NULL: plain */
    SSL *ssl;
    int fd;
};

static void client_connect(struct client *client)
{
    client->fd = connect_from(1, client->context ? server.tls_port : server.port);
    ensure(client->fd >= 0);
    if (!client->context)
        return;
    client->ssl = SSL_new(client->context);
    ensure(client->ssl && SSL_set_fd(client->ssl, client->fd) == 1);
    ensure(SSL_connect(client->ssl) == 1);
}

static void client_close(struct client *client)
{
    SSL_free(client->ssl);
    client->ssl = NULL;
    close(client->fd);
}

static void client_call(struct client *client)
{
    char answer[4096];
    int len = sizeof request - 1, got;

    if (client->ssl) {
        ensure(SSL_write(client->ssl, request, len) == len);
        got = SSL_read(client->ssl, answer, sizeof answer);
    } else {
        ensure(send(client->fd, request, (size_t)len, MSG_NOSIGNAL) == len);
        got = (int)recv(client->fd, answer, sizeof answer, 0);
    }
    ensure(got > 12 && memcmp(answer, "HTTP/1.1 200", 12) == 0);
}

/* ---- measuring */

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static int compare(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

struct measured {
    double median_us, p99_us;
};

static struct measured measure(SSL_CTX *context, bool keeps, size_t count)
{
    int64_t *times = memory_new(count * sizeof *times);
    struct client client = { .context = context };

    if (keeps)
        client_connect(&client);
    for (size_t i = 0; i < count; i++) {
        int64_t start = now_ns();
        if (!keeps)
            client_connect(&client);
        client_call(&client);
        times[i] = now_ns() - start;
        if (!keeps)
            client_close(&client);
    }
    if (keeps)
        client_close(&client);
    qsort(times, count, sizeof *times, compare);
    struct measured measured = { (double)times[count / 2] / 1e3,
                                 (double)times[count * 99 / 100] / 1e3 };
    memory_free(times);
    return measured;
}

static const struct {
    const char *name;
    bool by_tls, keeps;
} ways[] = {
    { "plain, kept", false, true },
    { "plain, new each time", false, false },
    { "TLS, kept", true, true },
    { "TLS, new each time", true, false },
};
#define WAYS (sizeof ways / sizeof ways[0])

static void measure_all(SSL_CTX *context, size_t count, struct measured out[WAYS])
{
    for (size_t i = 0; i < WAYS; i++)
        out[i] = measure(ways[i].by_tls ? context : NULL, ways[i].keeps, count);
}

static void print_all(const struct measured quiet[WAYS], const struct measured among[WAYS])
{
    printf("\n%-22s %10s %10s %10s %10s %10s\n", "microseconds a call", "median", "p99", "median",
           "p99", "p99 ratio");
    printf("%-22s %21s %21s\n", "", "alone", "among them");
    for (size_t i = 0; i < WAYS; i++)
        printf("%-22s %10.0f %10.0f %10.0f %10.0f %10.2f\n", ways[i].name, quiet[i].median_us,
               quiet[i].p99_us, among[i].median_us, among[i].p99_us,
               among[i].p99_us / quiet[i].p99_us);
}

static SSL_CTX *client_context(void)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());

    ensure(context && SSL_CTX_load_verify_locations(context, server.authority, NULL) == 1);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    return context;
}

static size_t number(int argc, char **argv, int place, size_t fallback)
{
    unsigned long long value = fallback;

    if (argc > place && !bytes_parse_u64(bytes_of_cstr(argv[place]), &value))
        exit(2);
    return value > 0 ? (size_t)value : fallback;
}

int main(int argc, char **argv)
{
    size_t connections = number(argc, argv, 1, CONNECTIONS);
    size_t requests = number(argc, argv, 2, REQUESTS);
    struct rlimit files;
    struct measured quiet[WAYS], among[WAYS];

    signal(SIGPIPE, SIG_IGN);
    ensure(getrlimit(RLIMIT_NOFILE, &files) == 0);
    files.rlim_cur = files.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &files);
    make_certificates();
    start_server();
    SSL_CTX *context = client_context();
    make_hello(context);
    measure_all(context, requests / 10 + 1, quiet); /* warms up */
    measure_all(context, requests, quiet);
    size_t before = resident_kb();
    pthread_t thread = bring_crowd(connections);
    measure_all(context, requests, among);
    size_t after = resident_kb();
    send_crowd_away(thread);
    print_all(quiet, among);
    printf("\n%zu slow connections; %lu came back; %.1f kB of memory for each\n", connections,
           slow.comebacks, ((double)after - (double)before) / (double)connections);
    SSL_CTX_free(context);
    memory_free(slow.fds);
    memory_free(slow.said);
    memory_free((void *)(uintptr_t)slow.hello.ptr);
    stop_server();
}
