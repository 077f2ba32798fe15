#include "issuer.h"

#include "base/ensure.h"
#include "base/memory.h"
#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <unistd.h>

#define DAY_S (24L * 3600)

struct issuer {
    EVP_PKEY *key;
    X509 *certificate;
    long serial;
};

static void set_name(X509_NAME *out, const char *name)
{
    ensure(X509_NAME_add_entry_by_txt(out, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1,
                                      0) == 1);
}

static void add_extension(X509 *certificate, int nid, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

    ensure(extension && X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

/* Everything but the issuer's name, the extensions and the signature. */
static X509 *draft(const char *name, EVP_PKEY *key, long serial, int days)
{
    X509 *certificate = X509_new();

    ensure(certificate && X509_set_version(certificate, X509_VERSION_3) == 1);
    ensure(ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial) == 1);
    ensure(X509_gmtime_adj(X509_getm_notBefore(certificate), days < 0 ? 9 * days * DAY_S : -DAY_S));
    ensure(X509_gmtime_adj(X509_getm_notAfter(certificate), days * DAY_S));
    ensure(X509_set_pubkey(certificate, key) == 1);
    set_name(X509_get_subject_name(certificate), name);
    return certificate;
}

static void sign(const struct issuer *issuer, const X509 *by, X509 *certificate)
{
    ensure(X509_set_issuer_name(certificate, X509_get_subject_name(by)) == 1);
    ensure(X509_sign(certificate, issuer->key, EVP_sha256()) > 0);
}

struct issuer *issuer_new(const char *name)
{
    struct issuer *issuer = memory_new(sizeof(*issuer));

    issuer->key = EVP_EC_gen("P-256");
    ensure(issuer->key);
    issuer->serial = 1;
    issuer->certificate = draft(name, issuer->key, issuer->serial, 60);
    add_extension(issuer->certificate, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(issuer->certificate, NID_key_usage, "critical,keyCertSign,cRLSign");
    sign(issuer, issuer->certificate, issuer->certificate);
    return issuer;
}

void issuer_free(struct issuer *issuer)
{
    EVP_PKEY_free(issuer->key);
    X509_free(issuer->certificate);
    memory_free(issuer);
}

static FILE *open_file(const char *path, int flags)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");

    ensure(file);
    return file;
}

static void write_certificate(const X509 *certificate, const char *path)
{
    FILE *file = open_file(path, O_TRUNC);

    ensure(PEM_write_X509(file, certificate) == 1 && fclose(file) == 0);
}

static void write_key(const EVP_PKEY *key, const char *path)
{
    FILE *file = open_file(path, O_TRUNC);

    ensure(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1 && fclose(file) == 0);
}

void issuer_write(const struct issuer *issuer, const char *path)
{
    write_certificate(issuer->certificate, path);
}

void issuer_issue(struct issuer *issuer, const char *name, int days, const char *certificate_path,
                  const char *key_path)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = draft(name, key, ++issuer->serial, days);

    add_extension(certificate, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1");
    add_extension(certificate, NID_ext_key_usage, "serverAuth,clientAuth");
    sign(issuer, issuer->certificate, certificate);
    write_certificate(certificate, certificate_path);
    write_key(key, key_path);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

static void add_revoked(X509_CRL *list, long serial)
{
    X509_REVOKED *revoked = X509_REVOKED_new();
    ASN1_INTEGER *number = ASN1_INTEGER_new();
    ASN1_TIME *now = ASN1_TIME_set(NULL, time(NULL));

    ensure(revoked && number && now && ASN1_INTEGER_set(number, serial) == 1);
    ensure(X509_REVOKED_set_serialNumber(revoked, number) == 1);
    ensure(X509_REVOKED_set_revocationDate(revoked, now) == 1);
    ensure(X509_CRL_add0_revoked(list, revoked) == 1);
    ASN1_INTEGER_free(number);
    ASN1_TIME_free(now);
}

void issuer_append_revocations(struct issuer *issuer, bool revokes_last, int days, const char *path)
{
    X509_CRL *list = X509_CRL_new();
    ASN1_TIME *from = ASN1_TIME_set(NULL, time(NULL) - 2 * DAY_S);
    ASN1_TIME *until = ASN1_TIME_set(NULL, time(NULL) + days * DAY_S);
    FILE *file = open_file(path, O_APPEND);

    ensure(list && from && until && X509_CRL_set_version(list, X509_CRL_VERSION_2) == 1);
    ensure(X509_CRL_set_issuer_name(list, X509_get_subject_name(issuer->certificate)) == 1);
    ensure(X509_CRL_set1_lastUpdate(list, from) == 1 && X509_CRL_set1_nextUpdate(list, until) == 1);
    if (revokes_last)
        add_revoked(list, issuer->serial);
    ensure(X509_CRL_sign(list, issuer->key, EVP_sha256()) > 0);
    ensure(PEM_write_X509_CRL(file, list) == 1 && fclose(file) == 0);
    X509_CRL_free(list);
    ASN1_TIME_free(from);
    ASN1_TIME_free(until);
}
