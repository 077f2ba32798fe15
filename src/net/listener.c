#include "net/listener.h"

#include "base/bytes.h"
#include "base/log.h"
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 4096 /* the kernel cuts it to net.core.somaxconn */

/* An address cut into what getaddrinfo takes, NUL ended. */
struct place {
    char host[256];
    char port[8];
};

static bool copy_cstr(char *out, size_t size, const char *from, size_t len)
{
    if (len == 0 || len >= size)
        return false;
    memcpy(out, from, len);
    out[len] = '\0';
    return true;
}

static bool is_port(const char *text)
{
    unsigned long long port;
    return bytes_parse_u64(bytes_of_cstr(text), &port) && port <= UINT16_MAX;
}

/* "HOST:PORT" or "[HOST]:PORT". Without the brackets an IPv6 address would be guesswork. */
static bool split(const char *address, struct place *out)
{
    const char *colon = strrchr(address, ':');
    const char *host = address;

    if (!colon || !copy_cstr(out->port, sizeof(out->port), colon + 1, strlen(colon + 1)))
        return false;
    const char *end = colon;
    if (host[0] == '[') {
        host++;
        end--;
        if (end < host || *end != ']')
            return false;
    } else if (memchr(host, ':', (size_t)(end - host))) {
        return false;
    }
    return copy_cstr(out->host, sizeof(out->host), host, (size_t)(end - host)) &&
           is_port(out->port);
}

static enum err failed(const char *address, const char *reason, enum err err)
{
    log_error("cannot listen", LOG_CSTR("address", address), LOG_CSTR("reason", reason));
    return err;
}

static enum err failed_errno(const char *address, int error)
{
    const char *reason = strerrordesc_np(error); /* strerror is not safe with threads */
    enum err err = ERR_IO;

    if (error == EADDRINUSE)
        err = ERR_BUSY;
    else if (error == EADDRNOTAVAIL)
        err = ERR_INVALID;
    return failed(address, reason ? reason : "unknown error", err);
}

static void set(int fd, int level, int option, int value)
{
    /* None of these is worth refusing to start for. */
    (void)setsockopt(fd, level, option, &value, sizeof(value));
}

/* Linux hands all of this down to the sockets that accept gives, which saves each of them six
 * calls. A client that vanished without a word (power, cable) is noticed within about 45 seconds
 * even while its poll is held and nothing is sent. */
static void set_inherited(int fd)
{
    set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set(fd, IPPROTO_TCP, TCP_KEEPIDLE, 15);
    set(fd, IPPROTO_TCP, TCP_KEEPINTVL, 10);
    set(fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
    set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 45000);
}

/* A listening socket, or -1 with errno set. `only_its_family`: an IPv6 socket leaves IPv4 to
 * another. */
static int open_socket(const struct addrinfo *info, bool only_its_family)
{
    int fd = socket(info->ai_family, info->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC,
                    info->ai_protocol);
    if (fd < 0)
        return -1;
    set(fd, SOL_SOCKET, SO_REUSEADDR, 1); /* connections of a process before us may linger */
    if (info->ai_family == AF_INET6)
        set(fd, IPPROTO_IPV6, IPV6_V6ONLY, only_its_family);
    set_inherited(fd);
    if (bind(fd, info->ai_addr, info->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

/* Where the port lies, in either family. */
static in_port_t *port_of(struct sockaddr *address)
{
    if (address->sa_family == AF_INET6)
        return &((struct sockaddr_in6 *)(void *)address)->sin6_port;
    return &((struct sockaddr_in *)(void *)address)->sin_port;
}

static uint16_t bound_port(int fd)
{
    struct sockaddr_storage address = { 0 };
    socklen_t len = sizeof(address);

    ensure(getsockname(fd, (struct sockaddr *)&address, &len) == 0);
    return ntohs(*port_of((struct sockaddr *)&address));
}

/* 0, or the errno of the first address that could not be had. */
static int open_all(const struct addrinfo *infos, struct listener *out)
{
    for (const struct addrinfo *info = infos; info && out->count < LISTENER_SOCKETS_MAX;
         info = info->ai_next) {
        if (out->port) /* asked for any port: the one that the first socket got */
            *port_of(info->ai_addr) = htons(out->port);
        int fd = open_socket(info, infos->ai_next != NULL);
        /* A name may stand for ::1 where the machine has no IPv6; the resolver puts such a one
         * last. */
        if (fd < 0 && (info->ai_next || out->count > 0) &&
            (errno == EADDRNOTAVAIL || errno == EAFNOSUPPORT))
            continue;
        if (fd < 0)
            return errno;
        out->fds[out->count++] = fd;
        out->port = bound_port(fd);
    }
    return 0;
}

enum err listener_open(const char *address, struct listener *out)
{
    struct place place;
    struct addrinfo *infos;
    struct addrinfo hints = {
        .ai_family = AF_UNSPEC,
        .ai_socktype = SOCK_STREAM,
        .ai_flags = AI_PASSIVE | AI_NUMERICSERV,
    };

    *out = (struct listener){ 0 };
    if (!split(address, &place))
        return failed(address, "not of the form HOST:PORT", ERR_INVALID);
    int error = getaddrinfo(place.host, place.port, &hints, &infos);
    if (error)
        return failed(address, gai_strerror(error), ERR_INVALID);
    error = open_all(infos, out);
    freeaddrinfo(infos);
    if (!error)
        return OK;
    listener_close(out);
    return failed_errno(address, error);
}

/* ---- Unix sockets */

static int new_unix_socket(void)
{
    return socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/* A full queue (EAGAIN) shows as well that somebody listens. */
static bool somebody_answers(const struct sockaddr_un *address)
{
    int fd = new_unix_socket();

    if (fd < 0)
        return true;
    bool answers = connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 ||
                   errno != ECONNREFUSED;
    close(fd);
    return answers;
}

/* Removes what a process that is no more has left; false when something else is there. */
static bool make_way(const struct sockaddr_un *address)
{
    struct stat stat;

    if (lstat(address->sun_path, &stat) != 0)
        return true;
    if (!S_ISSOCK(stat.st_mode) || somebody_answers(address))
        return false;
    log_info("removing a socket that nobody answers on", LOG_CSTR("path", address->sun_path));
    return unlink(address->sun_path) == 0;
}

/* The file is made with `mode` at most, so that nobody slips in before the rest is granted. */
static int open_unix_socket(const struct sockaddr_un *address, mode_t mode)
{
    int fd = new_unix_socket();

    if (fd < 0)
        return -1;
    if (fchmod(fd, mode) == 0 &&
        bind(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 &&
        chmod(address->sun_path, mode) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

static void remember_file(struct listener *listener, const char *path)
{
    struct stat stat;

    if (lstat(path, &stat) != 0)
        return;
    listener->path = path;
    listener->device = stat.st_dev;
    listener->inode = stat.st_ino;
}

enum err listener_open_unix(const char *path, mode_t mode, struct listener *out)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    *out = (struct listener){ .kind = LISTENER_UNIX };
    if (!copy_cstr(address.sun_path, sizeof(address.sun_path), path, strlen(path)))
        return failed(path, "a path of a socket has 1 to 107 bytes", ERR_INVALID);
    if (!make_way(&address))
        return failed_errno(path, EADDRINUSE);
    int fd = open_unix_socket(&address, mode);
    if (fd < 0)
        return failed_errno(path, errno);
    out->fds[out->count++] = fd;
    remember_file(out, path);
    return OK;
}

static void remove_file(struct listener *listener)
{
    struct stat stat;

    if (listener->path && lstat(listener->path, &stat) == 0 && stat.st_dev == listener->device &&
        stat.st_ino == listener->inode)
        (void)unlink(listener->path);
    listener->path = NULL;
}

void listener_close(struct listener *listener)
{
    for (int i = 0; i < listener->count; i++)
        close(listener->fds[i]);
    listener->count = 0;
    remove_file(listener);
}
