#include "net/tls.h"

#include "base/log.h"
#include "base/memory.h"
#include "net/secret_file.h"
#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <unistd.h>

/* Those of TLS 1.3 are OpenSSL's own. */
#define CIPHERS "ECDHE+AESGCM:ECDHE+CHACHA20"
#define GROUPS "X25519:P-256:P-384"
#define TICKET_SECONDS 3600
#define CHAIN_MAX 8
#define CLIENT_CHAIN_BYTES_MAX (32 << 10)
#define DAYS_TO_WARN 14

struct tls {
    struct tls_files files;
    pthread_mutex_t mutex;
    SSL_CTX *context; /* under the mutex */
};

static bool refuse(struct text *problem, const char *path, const char *why)
{
    text_printf(problem, "%s: %s", path, why);
    return false;
}

/* With the reason that OpenSSL gives last, which is the innermost. */
static bool refuse_for_openssl(struct text *problem, const char *path)
{
    unsigned long error = ERR_peek_error();
    const char *reason = NULL;

    if (ERR_SYSTEM_ERROR(error))
        reason = strerrordesc_np(ERR_GET_REASON(error));
    else if (error)
        reason = ERR_reason_error_string(error);
    refuse(problem, path, reason ? reason : "cannot be used");
    ERR_clear_error();
    return false;
}

/* ---- the certificate and its key */

static bool use_certificate(SSL_CTX *context, const char *path, struct text *problem)
{
    if (SSL_CTX_use_certificate_chain_file(context, path) != 1)
        return refuse_for_openssl(problem, path);
    return true;
}

/* A terminal is not asked. */
static int no_passphrase(char *buffer, int size, int is_writing, void *context)
{
    (void)buffer, (void)size, (void)is_writing, (void)context;
    return -1;
}

static bool use_key_of(SSL_CTX *context, int fd, const char *path, struct text *problem)
{
    BIO *bio = BIO_new_fd(fd, BIO_NOCLOSE);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
    bool ok;

    BIO_free(bio);
    if (!key)
        return refuse(problem, path, "holds no private key that opens without a passphrase");
    ok = SSL_CTX_use_PrivateKey(context, key) == 1 && SSL_CTX_check_private_key(context) == 1;
    EVP_PKEY_free(key);
    return ok || refuse(problem, path, "is not the key of the certificate");
}

static bool use_key(SSL_CTX *context, const char *path, struct text *problem)
{
    int fd = open(path, SECRET_FILE_FLAGS);
    struct stat stat;
    const char *refusal;
    bool ok;

    if (fd < 0)
        return refuse(problem, path, strerrordesc_np(errno));
    refusal = secret_file_refusal(fd, &stat);
    ok = refusal ? refuse(problem, path, refusal) : use_key_of(context, fd, path, problem);
    close(fd);
    return ok;
}

/* Clients will complain too, but rarely to whoever can do something about it. */
static void warn_of_age(SSL_CTX *context, const char *path)
{
    const X509 *certificate = SSL_CTX_get0_certificate(context);
    time_t soon = time(NULL) + (time_t)DAYS_TO_WARN * 24 * 3600;

    if (X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0)
        log_warn("the certificate is not valid yet", LOG_CSTR("file", path));
    else if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0)
        log_warn("the certificate has expired", LOG_CSTR("file", path));
    else if (X509_cmp_time(X509_get0_notAfter(certificate), &soon) < 0)
        log_warn("the certificate will soon expire", LOG_CSTR("file", path),
                 LOG_NUMBER("within_days", DAYS_TO_WARN));
}

/* ---- certificates of clients */

static void warn_of_old_list(const X509_CRL *list, const char *path)
{
    const ASN1_TIME *next = X509_CRL_get0_nextUpdate(list);

    if (next && X509_cmp_current_time(next) < 0)
        log_warn("a revocation list has run out: whom it is about does not get in",
                 LOG_CSTR("file", path));
}

static bool has_revocation_list(X509_STORE *store, const char *path)
{
    STACK_OF(X509_OBJECT) *objects = X509_STORE_get0_objects(store);
    bool has_one = false;

    for (int i = 0; i < sk_X509_OBJECT_num(objects); i++) {
        const X509_CRL *list = X509_OBJECT_get0_X509_CRL(sk_X509_OBJECT_value(objects, i));

        if (list)
            warn_of_old_list(list, path);
        has_one |= list != NULL;
    }
    return has_one;
}

static bool ask_clients(SSL_CTX *context, const struct tls_files *files, struct text *problem)
{
    X509_STORE *store = SSL_CTX_get_cert_store(context);
    X509_LOOKUP *lookup = X509_STORE_add_lookup(store, X509_LOOKUP_file());
    STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(files->client_ca);
    int mode = SSL_VERIFY_PEER;

    if (!names || X509_load_cert_crl_file(lookup, files->client_ca, X509_FILETYPE_PEM) <= 0) {
        sk_X509_NAME_pop_free(names, X509_NAME_free);
        return refuse_for_openssl(problem, files->client_ca);
    }
    SSL_CTX_set_client_CA_list(context, names);
    if (has_revocation_list(store, files->client_ca))
        X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
    if (!files->client_may_have_none)
        mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    SSL_CTX_set_verify(context, mode, NULL);
    SSL_CTX_set_verify_depth(context, CHAIN_MAX);
    SSL_CTX_set_max_cert_list(context, CLIENT_CHAIN_BYTES_MAX);
    return true;
}

/* ---- the rules */

/* A client that offers protocols, none of which is ours, is refused with an alert that says so. */
static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_len,
                           const unsigned char *offered, unsigned offered_len, void *context)
{
    static const unsigned char ours[] = "\x08http/1.1";
    unsigned char *chosen;

    (void)ssl, (void)context;
    if (SSL_select_next_proto(&chosen, out_len, ours, sizeof(ours) - 1, offered, offered_len) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

static SSL_CTX *new_context(void)
{
    static const unsigned char name[] = "weir";
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());

    ensure(context && SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1);
    ensure(SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1);
    ensure(SSL_CTX_set_cipher_list(context, CIPHERS) == 1);
    ensure(SSL_CTX_set1_groups_list(context, GROUPS) == 1);
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF); /* tickets need none */
    SSL_CTX_set_timeout(context, TICKET_SECONDS);
    /* OpenSSL refuses to resume a session whose client showed a certificate unless this is set. */
    ensure(SSL_CTX_set_session_id_context(context, name, sizeof(name) - 1) == 1);
    return context;
}

static SSL_CTX *read_files(const struct tls_files *files, struct text *problem)
{
    SSL_CTX *context = new_context();

    ERR_clear_error();
    if (use_certificate(context, files->certificate, problem) &&
        use_key(context, files->key, problem) &&
        (!files->client_ca || ask_clients(context, files, problem))) {
        warn_of_age(context, files->certificate);
        return context;
    }
    ERR_clear_error();
    SSL_CTX_free(context);
    return NULL;
}

/* ---- what is in force */

struct tls *tls_open(const struct tls_files *files, struct text *problem)
{
    SSL_CTX *context = read_files(files, problem);
    struct tls *tls;

    if (!context)
        return NULL;
    tls = memory_new(sizeof(*tls));
    tls->files = *files;
    tls->context = context;
    ensure(pthread_mutex_init(&tls->mutex, NULL) == 0);
    return tls;
}

void tls_close(struct tls *tls)
{
    if (!tls)
        return;
    SSL_CTX_free(tls->context);
    pthread_mutex_destroy(&tls->mutex);
    memory_free(tls);
}

bool tls_reload(struct tls *tls, struct text *problem)
{
    SSL_CTX *context = read_files(&tls->files, problem);
    SSL_CTX *old;

    if (!context)
        return false;
    pthread_mutex_lock(&tls->mutex);
    old = tls->context;
    tls->context = context;
    pthread_mutex_unlock(&tls->mutex);
    SSL_CTX_free(old); /* sessions have references of their own */
    return true;
}

int64_t tls_expires_at_s(struct tls *tls)
{
    struct tm end = { 0 };

    pthread_mutex_lock(&tls->mutex);
    (void)ASN1_TIME_to_tm(X509_get0_notAfter(SSL_CTX_get0_certificate(tls->context)), &end);
    pthread_mutex_unlock(&tls->mutex);
    return timegm(&end);
}

SSL *tls_session(struct tls *tls)
{
    SSL *ssl;

    pthread_mutex_lock(&tls->mutex);
    ssl = SSL_new(tls->context);
    pthread_mutex_unlock(&tls->mutex);
    ensure(ssl); /* it fails for want of memory only */
    SSL_set_accept_state(ssl);
    return ssl;
}
