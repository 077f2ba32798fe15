#include "bench/secure.h"

#include "base/memory.h"
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>

#define HANDSHAKE_MS 5000 /* to wait for each word of the server's */

struct secure {
    SSL_CTX *context;
};

struct secure_channel {
    SSL *ssl;
};

struct secure *secure_new(const char *ca_file)
{
    struct secure *secure = memory_new(sizeof *secure);
    int trusts;

    secure->context = SSL_CTX_new(TLS_client_method());
    ensure(secure->context);
    SSL_CTX_set_verify(secure->context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_mode(secure->context, SSL_MODE_ENABLE_PARTIAL_WRITE |
                                          SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                          SSL_MODE_RELEASE_BUFFERS);
    if (ca_file[0])
        trusts = SSL_CTX_load_verify_locations(secure->context, ca_file, NULL);
    else
        trusts = SSL_CTX_set_default_verify_paths(secure->context);
    if (trusts == 1)
        return secure;
    secure_free(secure);
    return NULL;
}

void secure_free(struct secure *secure)
{
    if (secure == NULL)
        return;
    SSL_CTX_free(secure->context);
    memory_free(secure);
}

/* Sets errno for the failed operation with this result. False when it can go on once the socket is
 * ready for *wanted. */
static bool is_over(SSL *ssl, int result, short *wanted)
{
    int error = SSL_get_error(ssl, result);

    *wanted = error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
    errno = EIO;
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
        return true;
    errno = EAGAIN;
    return false;
}

static bool shake_hands(SSL *ssl, int fd)
{
    struct pollfd socket = { .fd = fd };
    int result;

    for (;;) {
        ERR_clear_error();
        result = SSL_connect(ssl);
        if (result == 1)
            return true;
        if (is_over(ssl, result, &socket.events))
            return false;
        if (poll(&socket, 1, HANDSHAKE_MS) == 0) {
            errno = ETIMEDOUT;
            return false;
        }
    }
}

/* Sets whom the certificate must name: an address, or a name, which the server is told as well
 * (SNI). */
static bool expect(SSL *ssl, const char *host)
{
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1)
        return true;
    return SSL_set1_host(ssl, host) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1;
}

struct secure_channel *secure_open(struct secure *secure, const char *host, int fd)
{
    struct secure_channel *channel = memory_new(sizeof *channel);

    channel->ssl = SSL_new(secure->context);
    ensure(channel->ssl);
    if (SSL_set_fd(channel->ssl, fd) == 1 && expect(channel->ssl, host) &&
        shake_hands(channel->ssl, fd))
        return channel;
    SSL_free(channel->ssl);
    memory_free(channel);
    return NULL;
}

void secure_close(struct secure_channel *channel)
{
    if (channel == NULL)
        return;
    ERR_clear_error();
    (void)SSL_shutdown(channel->ssl);
    SSL_free(channel->ssl);
    memory_free(channel);
}

ssize_t secure_read(struct secure_channel *channel, void *into, size_t len)
{
    size_t got;
    short wanted;

    ERR_clear_error();
    int result = SSL_read_ex(channel->ssl, into, len, &got);
    if (result == 1)
        return (ssize_t)got;
    if (SSL_get_error(channel->ssl, result) == SSL_ERROR_ZERO_RETURN)
        return 0;
    (void)is_over(channel->ssl, result, &wanted);
    return -1;
}

ssize_t secure_write(struct secure_channel *channel, const void *from, size_t len)
{
    size_t sent;
    short wanted;

    ERR_clear_error();
    int result = SSL_write_ex(channel->ssl, from, len, &sent);
    if (result == 1)
        return (ssize_t)sent;
    (void)is_over(channel->ssl, result, &wanted);
    return -1;
}
