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

#define CONNECTIONS_AN_ADDRESS 20000
#define CONNECT_TIMEOUT_S 5

static bool look_up(const char *host, const char *port, struct endpoint *out)
{
    struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
    struct addrinfo *found;

    if (getaddrinfo(host, port, &hints, &found) != 0)
        return false;
    memcpy(&out->address, found->ai_addr, found->ai_addrlen);
    out->address_len = found->ai_addrlen;
    if (found->ai_family == AF_INET) {
        const struct sockaddr_in *in = (const void *)&out->address;
        out->is_loopback = ntohl(in->sin_addr.s_addr) >> 24 == 127;
    }
    freeaddrinfo(found);
    return true;
}

bool endpoint_find(const char *url, struct endpoint *out)
{
    char name[300];
    const char *port = "80";

    *out = (struct endpoint){ 0 };
    if (strncmp(url, "http://", 7) != 0)
        return false;
    size_t len = strcspn(url + 7, "/");
    if (len == 0 || len >= sizeof out->host || (url[7 + len] && url[7 + len + 1]))
        return false;
    memcpy(out->host, url + 7, len);
    memcpy(name, out->host, len + 1);
    char *colon = strrchr(name, ':');
    if (colon && !strchr(colon, ']')) {
        *colon = '\0';
        port = colon + 1;
    }
    char *host = name;
    if (host[0] == '[') {
        host++;
        host[strcspn(host, "]")] = '\0';
    }
    return look_up(host, port, out);
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
