/*
 * peer_address - where a connection comes from: an IP address, or nothing that has one (a Unix
 * socket).
 */
#ifndef NET_PEER_ADDRESS_H
#define NET_PEER_ADDRESS_H

#include "base/bytes.h"
#include <stdint.h>
#include <sys/socket.h>

struct peer_address {
    uint8_t len; /* 4 or 16; 0: none */
    uint8_t bytes[16];
};

#define PEER_ADDRESS_TEXT_MAX 46

/* An IPv4 address that came mapped into IPv6 (::ffff:192.0.2.1) counts as IPv4. */
struct peer_address peer_address_of(const struct sockaddr *address);

/* "192.0.2.1", "2001:db8::1"; absent when there is none. Lies in `buffer`. */
struct bytes peer_address_print(const struct peer_address *address,
                                char buffer[PEER_ADDRESS_TEXT_MAX]);

#endif
