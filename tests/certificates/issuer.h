/*
 * issuer - an authority made up for a test, and the certificates that it gives: files in PEM.
 *
 * Whatever goes wrong stops the program.
 */
#ifndef TESTS_CERTIFICATES_ISSUER_H
#define TESTS_CERTIFICATES_ISSUER_H

#include <stdbool.h>

struct issuer;

struct issuer *issuer_new(const char *name);
void issuer_free(struct issuer *issuer);

/* Writes its own certificate, for those who are to trust it. */
void issuer_write(const struct issuer *issuer, const char *path);

/* Gives `name` a certificate for localhost, 127.0.0.1 and ::1, a day old and good for `days` from
 * now (negative: it has expired), and its key, which only the owner may open. */
void issuer_issue(struct issuer *issuer, const char *name, int days, const char *certificate_path,
                  const char *key_path);

/* Appends a list that revokes the certificate issued last, or none, and is good for `days` from now
 * (negative: it has run out). */
void issuer_append_revocations(struct issuer *issuer, bool revokes_last, int days,
                               const char *path);

#endif
