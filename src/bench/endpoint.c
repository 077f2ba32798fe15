#include "bench/endpoint.h"

#include "base/bytes.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <unistd.h>

/* Of the 28,000 ports that Linux has for them it gives every second one first; when those are used
 * up each further connection looks through all of them again. */
#define CONNECTIONS_AN_ADDRESS 10000
#define CONNECT_TIMEOUT_S 5

static void take_address(const struct addrinfo *info, struct endpoint *out)
{
    const struct sockaddr_in *in = (const void *)&out->address;

    memcpy(&out->address, info->ai_addr, info->ai_addrlen);
    out->address_len = info->ai_addrlen;
    out->is_loopback = info->ai_family == AF_INET && ntohl(in->sin_addr.s_addr) >> 24 == 127;
}

static bool is_listened_on(const struct endpoint *endpoint)
{
    int fd = endpoint_connect(endpoint, 0);

    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

/* Of a name with several addresses the first one that somebody listens on: localhost is often ::1
 * first, and the server at 127.0.0.1 alone. */
static bool look_up(const char *host, const char *port, struct endpoint *out)
{
    struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
    struct addrinfo *found;

    if (getaddrinfo(host, port, &hints, &found) != 0)
        return false;
    for (const struct addrinfo *info = found; info; info = info->ai_next) {
        take_address(info, out);
        if (!info->ai_next || is_listened_on(out))
            break;
    }
    freeaddrinfo(found);
    return true;
}

/* What stands behind "http://" or "https://"; NULL: it is neither. */
static const char *skip_scheme(const char *url, struct endpoint *out)
{
    out->speaks_tls = strncmp(url, "https://", 8) == 0;
    if (out->speaks_tls)
        return url + 8;
    return strncmp(url, "http://", 7) == 0 ? url + 7 : NULL;
}

/* Takes the port off `name`, and the brackets. */
static const char *cut_port(char *name, const char *fallback)
{
    char *colon = strrchr(name, ':');
    const char *port = fallback;

    if (colon && !strchr(colon, ']')) {
        *colon = '\0';
        port = colon + 1;
    }
    if (name[0] == '[') {
        name[strcspn(name, "]")] = '\0';
        memmove(name, name + 1, strlen(name));
    }
    return port;
}

bool endpoint_find(const char *url, struct endpoint *out)
{
    *out = (struct endpoint){ 0 };
    const char *host = skip_scheme(url, out);
    size_t len = host ? strcspn(host, "/") : 0;
    if (len == 0 || len >= sizeof out->host || (host[len] && host[len + 1]))
        return false;
    memcpy(out->host, host, len);
    memcpy(out->name, host, len);
    const char *port = cut_port(out->name, out->speaks_tls ? "443" : "80");
    return look_up(out->name, port, out);
}

static bool bind_to(int fd, unsigned number)
{
    struct sockaddr_in from = { .sin_family = AF_INET };
    int on = 1;

    from.sin_addr.s_addr = htonl((INADDR_LOOPBACK) + number / CONNECTIONS_AN_ADDRESS);
    return setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on) == 0 &&
           bind(fd, (const struct sockaddr *)&from, sizeof from) == 0;
}

int endpoint_connect(const struct endpoint *endpoint, unsigned number)
{
    struct timeval patience = { .tv_sec = CONNECT_TIMEOUT_S };
    int on = 1;
    int fd = socket(endpoint->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    if (endpoint->is_loopback && number >= CONNECTIONS_AN_ADDRESS && !bind_to(fd, number))
        goto fail;
    if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) != 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
        connect(fd, (const struct sockaddr *)&endpoint->address, endpoint->address_len) != 0 ||
        fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
        goto fail;
    return fd;
fail:;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}
