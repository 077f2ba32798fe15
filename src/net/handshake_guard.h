/*
 * handshake_guard - how long the messages of a client's TLS handshake claim to be, as far as they
 * come in the clear.
 *
 * OpenSSL makes room for a whole message as soon as it has read its length, 128 kB for a
 * ClientHello. Nine bytes of a client that says nothing more must not cost that, so claims beyond
 * HANDSHAKE_MESSAGE_MAX are refused, and so is what is no record of TLS. Takes bytes in any pieces
 * and keeps none of them.
 */
#ifndef NET_HANDSHAKE_GUARD_H
#define NET_HANDSHAKE_GUARD_H

#include "base/bytes.h"
#include "base/ensure.h"
#include <stdint.h>

/* A chain of certificates fits; a ClientHello is a tenth of it. */
#define HANDSHAKE_MESSAGE_MAX (32 << 10)

/* Zeroed at first. */
struct handshake_guard {
    uint8_t record[5], message[4]; /* headers, as far as they came */
    uint8_t record_len, message_len;
    uint32_t record_left, message_left; /* of their contents */
    bool changed_cipher;
};

/* False when `data`, the next bytes of the client, must not reach OpenSSL. With TLS 1.2 what
 * follows a ChangeCipherSpec is encrypted. */
must_use bool handshake_guard_pass(struct handshake_guard *guard, struct bytes data,
                                   bool is_tls_1_2);

#endif
