#include "certificates.h"

#include "certificates/issuer.h"
#include <ftw.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>

static char folder[64];

static int remove_one(const char *path, const struct stat *stat, int type, struct FTW *place)
{
    (void)stat, (void)type, (void)place;
    return remove(path);
}

static void remove_all(void)
{
    (void)nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void issue(struct issuer *issuer, const char *name, int days)
{
    char certificate[CERTIFICATE_PATH_MAX], key[CERTIFICATE_PATH_MAX];

    snprintf(certificate, sizeof(certificate), "%s/%s.pem", folder, name);
    snprintf(key, sizeof(key), "%s/%s.key", folder, name);
    issuer_issue(issuer, name, days, certificate, key);
}

static void make_all(void)
{
    struct issuer *authority = issuer_new("authority");
    struct issuer *nobody = issuer_new("nobody");
    char path[CERTIFICATE_PATH_MAX];

    snprintf(folder, sizeof(folder), "/tmp/weir_certificates.XXXXXX");
    ensure(mkdtemp(folder));
    atexit(remove_all);
    snprintf(path, sizeof(path), "%s/authority.pem", folder);
    issuer_write(authority, path);
    issue(authority, "server", 30);
    issue(authority, "other", 30);
    issue(authority, "old", -1);
    issue(authority, "client", 30);
    issue(nobody, "stranger", 30);
    snprintf(path, sizeof(path), "%s/revoking.pem", folder);
    issuer_write(authority, path);
    issue(authority, "revoked", 30);
    issuer_append_revocations(authority, true, 1, path);
    snprintf(path, sizeof(path), "%s/outdated.pem", folder);
    issuer_write(authority, path);
    issuer_append_revocations(authority, false, -1, path);
    issuer_free(authority);
    issuer_free(nobody);
}

const char *certificates_path(const char *name)
{
    static char paths[8][CERTIFICATE_PATH_MAX];
    static unsigned next;
    char *path = paths[next++ % 8];

    if (!folder[0])
        make_all();
    snprintf(path, CERTIFICATE_PATH_MAX, "%s/%s", folder, name);
    return path;
}

struct tls_files certificates_server(void)
{
    static char certificate[CERTIFICATE_PATH_MAX], key[CERTIFICATE_PATH_MAX];

    snprintf(certificate, sizeof(certificate), "%s", certificates_path("server.pem"));
    snprintf(key, sizeof(key), "%s", certificates_path("server.key"));
    return (struct tls_files){ .certificate = certificate, .key = key };
}

struct tls *certificates_open_tls(void)
{
    struct tls_files files = certificates_server();
    struct text problem;
    struct tls *tls;

    text_init(&problem, 4096);
    tls = tls_open(&files, &problem);
    ensure(tls);
    text_deinit(&problem);
    return tls;
}

SSL *certificates_client_session_as(const char *name)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    char file[64];
    SSL *ssl;

    ensure(context);
    ensure(SSL_CTX_load_verify_locations(context, certificates_path("authority.pem"), NULL) == 1);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    if (name) {
        snprintf(file, sizeof(file), "%s.pem", name);
        ensure(SSL_CTX_use_certificate_file(context, certificates_path(file), SSL_FILETYPE_PEM) ==
               1);
        snprintf(file, sizeof(file), "%s.key", name);
        ensure(SSL_CTX_use_PrivateKey_file(context, certificates_path(file), SSL_FILETYPE_PEM) ==
               1);
    }
    ssl = SSL_new(context);
    ensure(ssl && SSL_set1_host(ssl, "localhost") == 1);
    SSL_CTX_free(context);
    SSL_set_connect_state(ssl);
    return ssl;
}

SSL *certificates_client_session(void)
{
    return certificates_client_session_as(NULL);
}
