/*
 * OpenSSL reads and writes through a BIO of our own: it takes from the bytes that were received
 * last and appends to the text that the call brought. OpenSSL's memory BIOs would do as well, but
 * keep buffers for as long as a client stays.
 */
#include "net/tls_channel.h"

#include "base/log.h"
#include "base/memory.h"
#include "net/handshake_guard.h"
#include "net/tls.h"
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>

enum tls_state { SHAKING_HANDS, OPEN, BROKEN };

struct tls_channel {
    SSL *ssl;
    enum tls_state state;
    bool is_finished;
    struct handshake_guard guard;
    struct bytes incoming; /* not taken yet */
    struct text *outgoing; /* of the call under way */
};

/* ---- the BIO */

static int take(BIO *bio, char *to, int size)
{
    struct tls_channel *channel = BIO_get_data(bio);
    size_t len = channel->incoming.len < (size_t)size ? channel->incoming.len : (size_t)size;

    BIO_clear_retry_flags(bio);
    if (len == 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    memcpy(to, channel->incoming.ptr, len);
    channel->incoming = bytes_skip(channel->incoming, len);
    return (int)len;
}

static int give(BIO *bio, const char *data, int len)
{
    struct tls_channel *channel = BIO_get_data(bio);

    BIO_clear_retry_flags(bio);
    text_append(channel->outgoing, bytes_of(data, (size_t)len));
    return channel->outgoing->overflowed ? -1 : len;
}

static long control(BIO *bio, int command, long number, void *pointer)
{
    (void)bio, (void)number, (void)pointer;
    return command == BIO_CTRL_FLUSH; /* nothing waits here */
}

static BIO_METHOD *method;

static void make_method(void)
{
    method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "channel");
    ensure(method && BIO_meth_set_read(method, take) && BIO_meth_set_write(method, give) &&
           BIO_meth_set_ctrl(method, control));
}

static BIO *bio_of(struct tls_channel *channel)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    BIO *bio;

    pthread_once(&once, make_method);
    bio = BIO_new(method);
    ensure(bio);
    BIO_set_data(bio, channel);
    BIO_set_init(bio, 1);
    return bio;
}

/* ---- the channel */

struct tls_channel *tls_channel_new(struct tls *tls)
{
    struct tls_channel *channel = memory_new(sizeof(*channel));
    BIO *bio = bio_of(channel);

    channel->ssl = tls_session(tls);
    SSL_set_bio(channel->ssl, bio, bio);
    return channel;
}

void tls_channel_free(struct tls_channel *channel)
{
    if (!channel)
        return;
    SSL_free(channel->ssl);
    memory_free(channel);
}

void tls_channel_receive(struct tls_channel *channel, struct bytes data)
{
    bool is_tls_1_2 = SSL_version(channel->ssl) == TLS1_2_VERSION;

    channel->incoming = data;
    if (channel->state == SHAKING_HANDS && !handshake_guard_pass(&channel->guard, data, is_tls_1_2))
        channel->state = BROKEN;
}

static void begin(struct tls_channel *channel, struct text *out)
{
    channel->outgoing = out;
    ERR_clear_error(); /* SSL_get_error looks at what others may have left */
}

static enum tls_event broken(struct tls_channel *channel)
{
    const char *reason = ERR_reason_error_string(ERR_peek_error());

    log_debug("tls is broken", LOG_CSTR("reason", reason ? reason : "unknown"));
    channel->state = BROKEN;
    ERR_clear_error();
    return TLS_BROKEN;
}

static enum tls_event failed(struct tls_channel *channel, int result)
{
    switch (SSL_get_error(channel->ssl, result)) {
    case SSL_ERROR_WANT_READ:
        return TLS_WANTS_MORE;
    case SSL_ERROR_ZERO_RETURN:
        return TLS_ENDED;
    default:
        return broken(channel);
    }
}

static enum tls_event shake_hands(struct tls_channel *channel)
{
    int result = SSL_do_handshake(channel->ssl);

    if (result != 1)
        return failed(channel, result);
    channel->state = OPEN;
    return TLS_OPENED;
}

enum tls_event tls_channel_read(struct tls_channel *channel, char *buffer, size_t size, size_t *len,
                                struct text *out)
{
    int result;

    *len = 0;
    if (channel->state == BROKEN)
        return TLS_BROKEN;
    begin(channel, out);
    if (channel->state == SHAKING_HANDS)
        return shake_hands(channel);
    result = SSL_read_ex(channel->ssl, buffer, size, len);
    return result == 1 ? TLS_BYTES : failed(channel, result);
}

bool tls_channel_write(struct tls_channel *channel, struct bytes data, struct text *out)
{
    size_t written;

    if (channel->state != OPEN || channel->is_finished)
        return false;
    begin(channel, out);
    if (data.len == 0 || SSL_write_ex(channel->ssl, data.ptr, data.len, &written) == 1)
        return true;
    broken(channel);
    return false;
}

void tls_channel_finish(struct tls_channel *channel, struct text *out)
{
    if (channel->state != OPEN || channel->is_finished)
        return;
    begin(channel, out);
    channel->is_finished = true;
    (void)SSL_shutdown(channel->ssl); /* an answer to it is not waited for */
    ERR_clear_error();
}
