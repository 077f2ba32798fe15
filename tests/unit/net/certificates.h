/*
 * certificates - a folder of certificates made for this program, and the client's end of TLS.
 *
 * One authority signs the server's and the good client's; another one, whom nobody trusts, the
 * stranger's. Removed at the program's end.
 */
#ifndef CERTIFICATES_H
#define CERTIFICATES_H

#include "net/tls.h"
#include <openssl/types.h>

#define CERTIFICATE_PATH_MAX 128

/* "server.pem", say, in the folder; static memory, a few of them at a time. */
const char *certificates_path(const char *name);

/* authority.pem, server.pem and server.key, client.*, stranger.*, old.* (expired); other.*: a
 * second pair for the server; outdated.pem: the authority with a revocation list that has run out.
 * They are made at the first call of any of these functions. */
struct tls_files certificates_server(void);

/* What a server shows: server.pem. */
struct tls *certificates_open_tls(void);

/* A client that trusts the authority. The session is a new one; freed by SSL_free. */
SSL *certificates_client_session(void);
/* The same, with a certificate of its own: "client", say. */
SSL *certificates_client_session_as(const char *name);

#endif
