/*
 * signer - Signature Version 4 from the other side: signs canonical requests that a test has
 * written out by hand, by OpenSSL's plain functions.
 */
#ifndef TESTS_AUTH_SIGNER_H
#define TESTS_AUTH_SIGNER_H

#include "base/bytes.h"

struct signer_scope {
    const char *secret;
    const char *date; /* "20130609T100015Z" */
    const char *region, *service;
};

/* In hexadecimal, NUL ended. */
void signer_digest(struct bytes data, char out[65]);
void signer_sign(const struct signer_scope *scope, struct bytes canonical, char out[65]);

/* AWS3, with "SHA256" or "SHA1" for the digest and for the key; in base 64, NUL ended. */
void signer_sign_aws3(const char *secret, const char *digest, const char *mac, struct bytes text,
                      char out[65]);

#endif
