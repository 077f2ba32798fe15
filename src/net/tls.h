/*
 * tls - the certificate, the key and the rules by which TLS is spoken; they may be exchanged while
 * clients come.
 *
 * TLS 1.2 and 1.3 with forward secrecy and authenticated encryption; no renegotiation, no
 * compression, no early data. Tickets are sealed under keys that this process makes and forgets, so
 * a session is resumed only while the certificate it began with is in force. Refuses a key that
 * everybody may read, one that asks for a passphrase, and one that is not the certificate's.
 */
#ifndef NET_TLS_H
#define NET_TLS_H

#include "base/ensure.h"
#include "base/text.h"
#include <stdbool.h>
#include <stdint.h>

struct ssl_st;
struct tls;

/* All in PEM; the texts outlive the struct tls. */
struct tls_files {
    const char *certificate; /* the server's, then those that lead to its root */
    const char *key;
    /* Those who sign the certificates of clients, and their revocation lists, which count when
     * there is one; NULL: clients are not asked for a certificate. */
    const char *client_ca;
    bool client_may_have_none; /* a client that shows no certificate is served as well */
};

/* Reads the files; NULL after a line in `problem`. */
struct tls *tls_open(const struct tls_files *files, struct text *problem);
void tls_close(struct tls *tls);

/* Reads the files again, for those who connect from now on; after a line in `problem` everything is
 * as before. Any thread. */
must_use bool tls_reload(struct tls *tls, struct text *problem);

/* When the certificate in force ends, in seconds since 1970. Any thread. */
int64_t tls_expires_at_s(struct tls *tls);

/* The server's end of a new session, by what is in force; given back with SSL_free. Any thread. */
struct ssl_st *tls_session(struct tls *tls);

#endif
